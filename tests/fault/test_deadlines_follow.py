"""Deadlines reach the parcels though somebody holds those for long, and though several workers carry them there."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from tests.cast import World, fresh_world
from tests.db.test_collection_clock import RULES, clocks_of
from tests.db.test_notices import ready, tell
from tests.db.test_own_clocks import deadlines, edit, recount
from tests.fault.another import another_transaction
from tests.fault.test_outside_races import until, waits_for_a_lock
from tests.scripted import AT, Scripted, connect, play

from entrepot.core import sql
from entrepot.core.queue import defer
from entrepot.marketplaces.policy import ClockName
from entrepot.orders import sync
from entrepot.parcels.collect import follow_deadlines
from entrepot.parcels.recount import RECOUNT

HOUR = timedelta(hours=1)
DEADLINE = "SELECT deadline_at FROM parcels_parcel WHERE organization_id = %s AND id = %s"


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    monkeypatch.setattr("tests.scripted.POLICY", RULES)
    yield from play(monkeypatch)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    """A scripted marketplace without rules, where orders of one buyer are merged."""
    yield from play(monkeypatch)


@pytest.fixture
def impatient(committed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for a row gives up after a moment, as after the seconds of the settings."""
    options = connection.settings_dict["OPTIONS"]
    assert "lock_timeout=10s" in options["options"]
    connections.close_all()
    monkeypatch.setitem(options, "options", options["options"].replace("lock_timeout=10s", "lock_timeout=200ms"))


@contextmanager
def printing(world: World, parcel: int) -> Iterator[None]:
    """Inside, another holds the parcel, as one who draws its label does."""

    def hold() -> None:
        with world.scope():
            sql.rows(
                "SELECT id FROM parcels_parcel WHERE organization_id = %s AND id = %s FOR NO KEY UPDATE",
                [world.organization_id, parcel],
            )

    with another_transaction(hold):
        yield


def work() -> None:
    """A real worker does what is due."""
    from procrastinate.contrib.django import app

    async def run() -> None:
        running = app.with_connector(app.connector.get_worker_connector())
        async with running.open_async():
            await running.run_worker_async(queues=["batches"], wait=False, install_signal_handlers=False)

    asyncio.run(asyncio.wait_for(run(), 60))


def job(world: World, task: str) -> tuple[str, int, bool]:
    """(status, attempts, whether it waits for its time) of the one job."""
    (found,) = world.rows(
        """
        SELECT status::text, attempts, coalesce(scheduled_at > now(), false) FROM procrastinate_jobs
        WHERE (args ->> 'organization_id')::bigint = %s AND task_name = %s
        """,
        task,
    )
    return tuple(found)


def let_time_pass(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE (args ->> 'organization_id')::bigint = %s",
            [world.organization_id],
        )


def test_answers_are_written_though_a_parcel_is_being_printed_and_its_deadline_follows(
    impatient: None, there: Scripted
) -> None:
    """T-03"""
    world = fresh_world("Printing while told")
    store, parcels = ready(world, there, "S-1", placed_at=AT - HOUR, paid_at=AT - HOUR)
    world.do("notify_parcels", parcels)
    with printing(world, parcels[0]):
        assert tell(world, store) == 1
        assert world.column("SELECT status FROM parcels_shippingnotice WHERE organization_id = %s") == ["accepted"]
        assert clocks_of(world, "S-1") == (AT, AT + 72 * HOUR, AT + 72 * HOUR)
        work()
        assert job(world, "follow_deadlines") == ("todo", 1, True)
        assert world.value(DEADLINE, parcels[0]) == AT + 47 * HOUR
    let_time_pass(world)
    work()
    assert job(world, "follow_deadlines") == ("succeeded", 2, False)
    assert world.value(DEADLINE, parcels[0]) == AT + 72 * HOUR


def test_a_recount_that_met_a_parcel_being_printed_comes_again(impatient: None, there: Scripted) -> None:
    """T-01"""
    world = fresh_world("Printing while counted")
    store, parcels = ready(world, there, "S-1", placed_at=AT, paid_at=AT)
    assert edit(world, store, {ClockName.STOCK_UP: 24})
    with world.scope():
        defer(RECOUNT, queue="batches", organization_id=world.organization_id, store_id=store)
    with printing(world, parcels[0]):
        work()
        assert job(world, RECOUNT) == ("todo", 1, True)
        assert deadlines(world) == {"S-1": AT + 48 * HOUR}
    let_time_pass(world)
    work()
    assert job(world, RECOUNT) == ("succeeded", 2, False)
    assert deadlines(world) == {"S-1": AT + 24 * HOUR}
    assert world.value(DEADLINE, parcels[0]) == AT + 24 * HOUR


def test_a_parcel_of_two_orders_that_change_at_once_gets_the_nearest_of_both(committed: str, plain: Scripted) -> None:
    world = fresh_world("Two at once")
    _store, (parcel,) = ready(world, plain, "S-1", "S-2", merged=True, ship_by_at=AT + 10 * HOUR)
    one, two = world.order_ids("S-1", "S-2")

    def put_off(order: int, hours: int) -> None:
        sql.run(
            "UPDATE orders_order SET deadline_at = %s WHERE organization_id = %s AND id = %s",
            [AT + hours * HOUR, world.organization_id, order],
        )
        follow_deadlines(world.organization_id, [order])

    def other() -> None:
        try:
            with world.scope():
                put_off(two, 20)
        finally:
            connections.close_all()

    second = threading.Thread(target=other, daemon=True)
    with world.scope():
        put_off(one, 30)
        second.start()
        waited = until(waits_for_a_lock, 5)
    second.join(10)
    assert world.value(DEADLINE, parcel) == AT + 20 * HOUR
    assert waited


def test_parcels_are_taken_in_the_order_of_their_ids(committed: str, there: Scripted) -> None:
    """Whoever took the second first would wait for ever for one who holds the first and wants the second."""
    world = fresh_world("In order")
    _store, parcels = ready(world, there, "S-1", "S-2", ship_by_at=AT + 10 * HOUR)
    orders = world.order_ids("S-1", "S-2")
    with world.scope():
        sql.run(  # the first lies behind the second in the table
            "UPDATE parcels_parcel SET deadline_at = %s WHERE organization_id = %s AND id = %s",
            [AT, world.organization_id, parcels[0]],
        )
        sql.run(
            "UPDATE orders_order SET deadline_at = %s WHERE organization_id = %s AND id = ANY(%s)",
            [AT + 20 * HOUR, world.organization_id, orders],
        )

    def follow() -> None:
        try:
            with world.scope():
                for way in ("nestloop", "mergejoin", "indexscan", "bitmapscan", "sort"):  # the table's own order shows
                    sql.run(f"SET LOCAL enable_{way} = off")
                follow_deadlines(world.organization_id, orders)
        finally:
            connections.close_all()

    worker = threading.Thread(target=follow, daemon=True)
    with printing(world, parcels[0]):
        worker.start()
        assert until(waits_for_a_lock)
        with world.scope():  # the second is free
            sql.rows(
                "SELECT id FROM parcels_parcel WHERE organization_id = %s AND id = %s FOR NO KEY UPDATE NOWAIT",
                [world.organization_id, parcels[1]],
            )
    worker.join(10)
    assert [world.value(DEADLINE, i) for i in parcels] == [AT + 20 * HOUR] * 2


def test_an_owner_who_changes_settings_waits_for_the_page_that_is_being_written(
    committed: str, there: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-01: the recount after the change then finds what that page brought by the old ones."""
    world = fresh_world("Settings in a page")
    store = connect(world)
    there.put("S-1", AT - HOUR, placed_at=AT - HOUR, paid_at=AT - HOUR)
    real, waited, counted = sync.take_in, [], []

    def owner() -> None:
        try:
            edit(world, store, {ClockName.STOCK_UP: 24})
            counted.append(recount(world, store))
        finally:
            connections.close_all()

    saving = threading.Thread(target=owner, daemon=True)

    def slow(*given: Any) -> None:
        saving.start()
        waited.append(until(waits_for_a_lock, 5))
        real(*given)

    monkeypatch.setattr(sync, "take_in", slow)
    sync.sync_store(world.organization_id, store, why="button", clock=lambda: AT)
    saving.join(10)
    assert deadlines(world) == {"S-1": AT + 23 * HOUR}
    assert (waited, counted) == ([True], [1])
