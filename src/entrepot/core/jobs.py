"""Background work: three lines each, safe to run twice. Time is read here and handed down."""

from typing import Any

from procrastinate.contrib.django import app

from entrepot.core.clock import now


@app.task(name="run_batch", queue="batches", retry=3)
def run_batch(*, organization_id: int, batch_id: int) -> None:
    from entrepot.core.submit import run_queued

    run_queued(organization_id=organization_id, batch_id=batch_id, at=now())


@app.periodic(cron="*/30 * * * * *")
@app.task(name="sweep", queue="sweeper", queueing_lock="sweep", pass_context=False)
def sweep(timestamp: int) -> None:
    from entrepot.core.sweeper import sweep_all

    sweep_all(at=now())


def worker_app() -> Any:
    return app
