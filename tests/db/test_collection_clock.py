"""The clock of collection: it begins when a marketplace has taken all of an order, and its deadline is everywhere."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from tests.cast import World, broken, line
from tests.db.test_notices import ready, tell
from tests.scripted import AT, Scripted, connect, play

from entrepot.marketplaces.policy import ClockName, Policy, StageName, clock
from entrepot.orders.sync import sync_store
from entrepot.parcels.collect import follow_deadlines
from entrepot.parcels.jobs import follow
from entrepot.parcels.recount import recount_store

HOUR = timedelta(hours=1)
RULES = Policy(
    "scripted",
    clocks=tuple(
        clock(name, amount, source="a test")
        for name, amount in (
            (ClockName.STOCK_UP, 48),
            (ClockName.SHIP_BY, 120),
            (ClockName.COLLECT, 72),
            (ClockName.PAY_BY, 48),
        )
    ),
    stages=(StageName("shipped", "Awaiting collection", ("AWAITING_COLLECTION",)),),
    reminders_minutes=(15, 960),
    max_lines_per_parcel=1,
)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    """A scripted marketplace with the clocks of T-01 to T-03."""
    monkeypatch.setattr("tests.scripted.POLICY", RULES)
    yield from play(monkeypatch)


def clocks_of(world: World, number: str) -> tuple[Any, ...]:
    """(ready since, collect by, deadline) of an order."""
    (row,) = world.rows(
        "SELECT ready_at, collect_by_at, deadline_at FROM orders_order WHERE organization_id = %s AND external_id = %s",
        number,
    )
    return tuple(row)


def parcels_follow(world: World) -> None:
    """The worker does the one job that carries deadlines of orders to their parcels."""
    (job,) = world.rows("SELECT args::text FROM procrastinate_jobs WHERE task_name = 'follow_deadlines' AND %s > 0")
    follow(**json.loads(job[0]))


def test_the_clock_begins_when_the_marketplace_has_taken_the_notice(alice: World, there: Scripted) -> None:
    """T-02, T-03, T-04"""
    store, parcels = ready(alice, there, "S-1", placed_at=AT - HOUR, paid_at=AT - HOUR)
    paid = AT - HOUR
    assert clocks_of(alice, "S-1") == (None, None, paid + 48 * HOUR)
    alice.do("notify_parcels", parcels)
    assert clocks_of(alice, "S-1") == (None, None, paid + 48 * HOUR)  # written, not told
    assert tell(alice, store, AT + 2 * HOUR) == 1
    assert clocks_of(alice, "S-1") == (AT + 2 * HOUR, AT + 74 * HOUR, AT + 74 * HOUR)
    deadline = "SELECT deadline_at FROM parcels_parcel WHERE organization_id = %s AND id = %s"
    assert alice.value(deadline, parcels[0]) == paid + 48 * HOUR  # no answer waits for a parcel
    parcels_follow(alice)
    assert alice.value(deadline, parcels[0]) == AT + 74 * HOUR
    assert alice.events("order", alice.order_ids("S-1")[0])[-1] == "await_collection"
    assert broken() == []


def test_a_refused_notice_begins_nothing(alice: World, there: Scripted) -> None:
    """T-03"""
    store, parcels = ready(alice, there, "S-1")
    there.numbers["S-1"] = ["ANOTHER"]
    alice.do("ship_parcels", parcels)
    assert tell(alice, store) == 1
    assert alice.column("SELECT status FROM parcels_shippingnotice WHERE organization_id = %s") == ["refused"]
    assert clocks_of(alice, "S-1")[:2] == (None, None)


def test_an_order_in_two_parcels_is_ready_when_the_last_was_told(alice: World, there: Scripted) -> None:
    """T-03"""
    store, parcels = ready(alice, there, "S-1", lines=(line(number="1"), line("SKU-01", number="2")))
    assert len(parcels) == 2
    alice.do("notify_parcels", parcels[:1])
    assert tell(alice, store) == 1
    assert clocks_of(alice, "S-1")[:2] == (None, None)
    alice.do("notify_parcels", parcels[1:])
    assert tell(alice, store, AT + HOUR) == 1
    assert clocks_of(alice, "S-1")[:2] == (AT + HOUR, AT + 73 * HOUR)


def test_a_newer_version_keeps_the_clock_and_one_in_transit_ends_it(alice: World, there: Scripted) -> None:
    """T-03, T-29"""
    store, parcels = ready(alice, there, "S-1", placed_at=AT - HOUR, paid_at=AT - HOUR)
    alice.do("ship_parcels", parcels)
    tell(alice, store)
    there.put(
        "S-1", AT + HOUR, placed_at=AT - HOUR, paid_at=AT - HOUR, buyer_id="b0", external_status="AWAITING_COLLECTION"
    )
    sync_store(alice.organization_id, store, why="timer", clock=lambda: AT + 2 * HOUR)
    assert clocks_of(alice, "S-1") == (AT, AT + 72 * HOUR, AT + 72 * HOUR)
    there.put("S-1", AT + 20 * HOUR, buyer_id="b0", external_status="IN_TRANSIT", shipped=True)
    sync_store(alice.organization_id, store, why="timer", clock=lambda: AT + 21 * HOUR)
    assert clocks_of(alice, "S-1")[1] is None


def test_what_is_in_transit_awaits_no_collection_again(alice: World, there: Scripted) -> None:
    """Neither counted anew, after the owner changed the hours, nor when another notice of it is taken."""
    store, parcels = ready(alice, there, "S-1")
    alice.do("notify_parcels", parcels)
    tell(alice, store)
    there.put("S-1", AT + HOUR, buyer_id="b0", external_status="IN_TRANSIT", shipped=True)
    sync_store(alice.organization_id, store, why="timer", clock=lambda: AT + 2 * HOUR)
    before = clocks_of(alice, "S-1")
    assert before[1] is None
    assert recount_store(alice.organization_id, store, at=AT + 3 * HOUR) == 0
    assert clocks_of(alice, "S-1") == before


def test_what_was_told_after_it_was_in_transit_awaits_no_collection(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1")
    alice.do("notify_parcels", parcels)
    there.put("S-1", AT + HOUR, buyer_id="b0", external_status="IN_TRANSIT", shipped=True)
    sync_store(alice.organization_id, store, why="timer", clock=lambda: AT + 2 * HOUR)
    tell(alice, store, AT + 3 * HOUR)
    assert clocks_of(alice, "S-1")[:2] == (AT + 3 * HOUR, None)


def test_what_was_arranged_at_the_marketplace_itself_awaits_collection_too(alice: World, there: Scripted) -> None:
    """T-03"""
    store = connect(alice)
    there.put("S-1", AT - HOUR, external_status="AWAITING_COLLECTION")
    sync_store(alice.organization_id, store, why="timer", clock=lambda: AT)
    assert clocks_of(alice, "S-1") == (AT - HOUR, AT + 71 * HOUR, AT + 71 * HOUR)


def test_a_later_instant_of_the_marketplace_moves_the_parcel_too(alice: World, there: Scripted) -> None:
    """T-04"""
    store, parcels = ready(alice, there, "S-1", ship_by_at=AT + 10 * HOUR)
    deadline = "SELECT deadline_at FROM parcels_parcel WHERE organization_id = %s AND id = %s"
    assert alice.value(deadline, parcels[0]) == AT + 10 * HOUR
    there.put("S-1", AT + HOUR, buyer_id="b0", ship_by_at=AT + 30 * HOUR)
    sync_store(alice.organization_id, store, why="timer", clock=lambda: AT + 2 * HOUR)
    ids = alice.order_ids("S-1")
    with alice.scope():
        assert [follow_deadlines(alice.organization_id, ids) for _ in range(2)] == [1, 0]
    assert alice.value(deadline, parcels[0]) == AT + 30 * HOUR


def test_the_parcel_of_an_order_that_grew_follows_its_deadline_too(alice: World, there: Scripted) -> None:
    """What was added waits for review; the goods in the parcel are due all the same."""
    store, parcels = ready(alice, there, "S-1", ship_by_at=AT + 30 * HOUR)
    grown = (line(), line("SKU-01", number="2"))
    for hours, due in ((1, 30), (3, 10)):
        there.put("S-1", AT + hours * HOUR, buyer_id="b0", lines=grown, ship_by_at=AT + due * HOUR)
        sync_store(alice.organization_id, store, why="timer", clock=lambda hours=hours: AT + (hours + 1) * HOUR)
    assert alice.order_stages(alice.order_ids("S-1")) == ["to_review"]
    jobs = alice.rows(
        "SELECT args::text FROM procrastinate_jobs WHERE task_name = 'follow_deadlines' AND %s > 0 ORDER BY id"
    )
    assert [json.loads(job)["order_ids"] for (job,) in jobs] == [alice.order_ids("S-1")] * 2
    follow(**json.loads(jobs[-1][0]))
    deadline = "SELECT deadline_at FROM parcels_parcel WHERE organization_id = %s AND id = %s"
    assert alice.value(deadline, parcels[0]) == AT + 10 * HOUR


def test_an_order_that_was_never_packed_asks_no_parcel_to_follow(alice: World, there: Scripted) -> None:
    store = connect(alice)
    for hours in (1, 3):
        there.put("S-1", AT + hours * HOUR, ship_by_at=AT + (30 + hours) * HOUR)
        sync_store(alice.organization_id, store, why="timer", clock=lambda hours=hours: AT + (hours + 1) * HOUR)
    assert alice.value("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'follow_deadlines' AND %s > 0") == 0
