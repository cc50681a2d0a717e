"""Background work: three lines each, safe to run twice. Time is read here and handed down."""

from procrastinate import JobContext
from procrastinate.contrib.django import app

from entrepot.core.clock import now
from entrepot.core.queue import RUN_BATCH
from entrepot.core.submit import fail, run_queued
from entrepot.core.sweeper import sweep_all

TRIES = 3
MOST_DEATHS = 6  # a job whose worker died so often kills its workers: out of memory, say


@app.task(name=RUN_BATCH, queue="batches", retry=TRIES, pass_context=True)
def run_batch(context: JobContext, *, organization_id: int, batch_id: int) -> None:
    if context.job.attempts >= MOST_DEATHS:
        fail(organization_id, batch_id, now())
        return
    last_try = context.job.attempts >= TRIES
    run_queued(organization_id=organization_id, batch_id=batch_id, at=now(), give_up=last_try)


@app.periodic(cron="* * * * * */30")
@app.task(name="sweep", queue="sweeper", queueing_lock="sweep")
def sweep(timestamp: int) -> None:
    sweep_all(at=now())
