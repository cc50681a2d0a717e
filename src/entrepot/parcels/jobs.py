"""Background work of parcels: three lines each, safe to run twice. Time is read here and handed down."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import InterfaceError, OperationalError
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from entrepot.core.clock import now
from entrepot.core.queue import defer
from entrepot.core.scope import organization_scope
from entrepot.inventory import push as turns
from entrepot.orders.remains import CLOSE
from entrepot.orders.update import FOLLOW
from entrepot.parcels.collect import follow_deadlines
from entrepot.parcels.notify import TELL, TELL_STORE
from entrepot.parcels.push import PUSH, push_store
from entrepot.parcels.recount import RECOUNT, recount_store
from entrepot.parcels.ship import close_rest
from entrepot.parcels.telling import stores_to_tell, tell_store

# No sweeper repeats these three, and a parcel that is being printed is held for longer than a job waits for it: they come
# again after 2, 4, 8, ... seconds, for half an hour in all.
AGAIN = RetryStrategy(max_attempts=10, exponential_wait=2, retry_exceptions=(OperationalError, InterfaceError))
A_TURN = timedelta(seconds=60)  # a store with very many numbers gives its place to others now and then


@app.task(name=TELL, queue="outside")
def tell_notices(*, organization_id: int) -> None:
    _a_job_each(stores_to_tell(now(), organization_id))


@app.task(name=TELL_STORE, queue="outside")
def tell_notices_of_store(*, organization_id: int, store_id: int, marketplace: str) -> None:
    tell_store(organization_id, store_id, marketplace, clock=now, until_time=now() + A_TURN)


@app.task(name=FOLLOW, queue="batches", retry=AGAIN)
def follow(*, organization_id: int, order_ids: list[int]) -> None:
    with organization_scope(organization_id):
        follow_deadlines(organization_id, order_ids)


@app.task(name=CLOSE, queue="batches", retry=AGAIN)
def close(*, organization_id: int, order_ids: list[int]) -> None:
    with organization_scope(organization_id):
        close_rest(organization_id, order_ids, at=now())


@app.task(name=RECOUNT, queue="batches", retry=AGAIN)
def recount(*, organization_id: int, store_id: int) -> None:
    recount_store(organization_id, store_id, at=now())


@app.periodic(cron="* * * * * */10")
@app.task(name="tell_due", queue="sweeper", queueing_lock="tell_due")
def tell_due(timestamp: int) -> None:
    """What is due again, and what killed workers left behind."""
    _a_job_each(stores_to_tell(now()))


def _a_job_each(stores: Iterable[tuple[int, int, str]]) -> None:
    """A slow or broken marketplace holds up its own stores only."""
    for organization_id, store_id, marketplace in stores:
        once = f"tell-{organization_id}-{store_id}"
        arguments = {"organization_id": organization_id, "store_id": store_id, "marketplace": marketplace}
        defer(TELL_STORE, queue="outside", once=once, **arguments)


@app.task(name=PUSH, queue="outside")
def push_stock(*, organization_id: int, store_id: int, marketplace: str) -> None:
    push_store(organization_id, store_id, marketplace, clock=now, until_time=now() + A_TURN)


@app.periodic(cron="* * * * *")
@app.task(name="push_due", queue="sweeper", queueing_lock="push_due")
def push_due(timestamp: int) -> None:
    for organization_id, store_id, marketplace in turns.due(now()):
        once = f"push-{organization_id}-{store_id}"
        arguments = {"organization_id": organization_id, "store_id": store_id, "marketplace": marketplace}
        defer(PUSH, queue="outside", once=once, **arguments)
