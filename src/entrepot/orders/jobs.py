"""Background work of orders: three lines each, safe to run twice. Time is read here and handed down."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from procrastinate import JobContext
from procrastinate.contrib.django import app

from entrepot.connections import pulls
from entrepot.core.clock import now
from entrepot.core.queue import defer
from entrepot.orders.answering import ANSWER, ANSWER_STORE, answer_store, stores_to_answer
from entrepot.orders.hold import release_due
from entrepot.orders.import_file import TASK, run
from entrepot.orders.sync import SYNC, sync_store

TRIES = 3
A_TURN = timedelta(seconds=60)  # a long catch-up gives its place to other stores now and then


@app.task(name=TASK, queue="imports", retry=TRIES, pass_context=True)
def import_order_file(context: JobContext, /, **request: Any) -> None:
    run(request, at=now(), give_up=context.job.attempts >= TRIES)


@app.periodic(cron="* * * * *")
@app.task(name="release_due", queue="sweeper", queueing_lock="release_due")
def release_held(timestamp: int) -> None:
    release_due(at=now())


@app.task(name=SYNC, queue="outside")
def sync(*, organization_id: int, store_id: int, why: str) -> None:
    sync_store(organization_id, store_id, why=why, clock=now, until_time=now() + A_TURN)


@app.periodic(cron="* * * * * */5")
@app.task(name="sync_due", queue="sweeper", queueing_lock="sync_due")
def sync_due(timestamp: int) -> None:
    """Each store in a job of its own: a slow or broken one holds up nobody."""
    for organization_id, store_id in pulls.due(now()):
        once = f"sync-{organization_id}-{store_id}"
        defer(SYNC, queue="outside", once=once, organization_id=organization_id, store_id=store_id, why="timer")


@app.task(name=ANSWER, queue="outside")
def answer_cancellations(*, organization_id: int) -> None:
    _a_job_each(stores_to_answer(now(), organization_id))


@app.task(name=ANSWER_STORE, queue="outside")
def answer_cancellations_of_store(*, organization_id: int, store_id: int, marketplace: str) -> None:
    answer_store(organization_id, store_id, marketplace, clock=now)


@app.periodic(cron="* * * * * */10")
@app.task(name="answer_due", queue="sweeper", queueing_lock="answer_due")
def answer_due(timestamp: int) -> None:
    _a_job_each(stores_to_answer(now()))


def _a_job_each(stores: Iterable[tuple[int, int, str]]) -> None:
    for organization_id, store_id, marketplace in stores:
        once = f"answer-{organization_id}-{store_id}"
        arguments = {"organization_id": organization_id, "store_id": store_id, "marketplace": marketplace}
        defer(ANSWER_STORE, queue="outside", once=once, **arguments)
