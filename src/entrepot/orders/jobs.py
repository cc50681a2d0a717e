"""Background work of orders: three lines each, safe to run twice. Time is read here and handed down."""

from typing import Any

from procrastinate import JobContext
from procrastinate.contrib.django import app

from entrepot.core.clock import now
from entrepot.orders.hold import release_due
from entrepot.orders.import_file import TASK, run

TRIES = 3


@app.task(name=TASK, queue="imports", retry=TRIES, pass_context=True)
def import_order_file(context: JobContext, /, **request: Any) -> None:
    run(request, at=now(), give_up=context.job.attempts >= TRIES)


@app.periodic(cron="* * * * *")
@app.task(name="release_due", queue="sweeper", queueing_lock="release_due")
def release_held(timestamp: int) -> None:
    release_due(at=now())
