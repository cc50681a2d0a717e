"""A clock five minutes off, ours or theirs: no order is skipped, nothing is told blindly, and the page says why."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.cast import World
from tests.db.test_notices import notices, ready
from tests.scripted import AT, Scripted, connect, play

from entrepot.connections.calls import Line
from entrepot.connections.standing import standings
from entrepot.marketplaces.contract import CallFailed, Trouble
from entrepot.orders.sync import sync_store
from entrepot.parcels.telling import tell_store

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
OFF = 5 * MINUTE


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    yield from play(monkeypatch)


@pytest.mark.parametrize("ours", [OFF, -OFF], ids=["ahead", "behind"])
def test_a_clock_five_minutes_off_skips_no_order_and_brings_none_twice(
    alice: World, there: Scripted, monkeypatch: pytest.MonkeyPatch, ours: timedelta
) -> None:
    """Their lists hold only what has happened by their clock; an order comes every minute and we look every two."""
    there.can = replace(there.can, overlap=MINUTE)  # reading a little twice does not hide it
    store = connect(alice)
    real = there.pull
    now = AT

    def of_their_time(wire: Any, access: Any, window: Any, *, now: datetime) -> Any:
        later = {number: there.changed.pop(number) for number in list(there.changed) if there.changed[number] > theirs}
        try:
            return real(wire, access, window, now=now)
        finally:
            there.changed.update(later)

    there.pull = of_their_time  # type: ignore[method-assign]
    for n in range(40):
        there.put(f"S-{n:02}", AT + n * MINUTE)
    created = 0
    for n in range(0, 60, 2):
        theirs = AT + n * MINUTE
        now = theirs + ours
        monkeypatch.setattr(Line, "their_time", theirs)
        run = sync_store(alice.organization_id, store, why="timer", clock=lambda: now)  # noqa: B023 - called at once
        assert run is not None
        assert run.trouble == ""
        created += run.created
    assert created == 40
    assert alice.value("SELECT count(*) FROM orders_order WHERE organization_id = %s") == 40


def test_a_clock_five_minutes_off_that_the_marketplace_refuses_is_named_and_nothing_is_told(
    alice: World, there: Scripted
) -> None:
    store, parcels = ready(alice, there, "S-1")
    alice.do("ship_parcels", parcels)

    def refuse(name: str) -> None:
        if name in ("pull", "ship"):
            raise CallFailed(Trouble.CLOCK_SKEW, "timestamp is five minutes off", code="36009004")

    there.before = refuse
    at = AT + HOUR
    run = sync_store(alice.organization_id, store, why="timer", clock=lambda: at)
    assert run is not None
    assert run.trouble == Trouble.CLOCK_SKEW
    assert tell_store(alice.organization_id, store, "scripted", clock=lambda: at) == 0
    assert (notices(alice), there.numbers.get("S-1")) == ([("S-1", "due")], None)
    with alice.scope():
        (row,) = standings(alice.organization_id, store)
    assert (row["trouble"], row["message"]) == ("clock_skew", "timestamp is five minutes off")
    there.before = lambda _name: None  # somebody set the clock
    at += HOUR
    assert tell_store(alice.organization_id, store, "scripted", clock=lambda: at) == 1
    assert notices(alice) == [("S-1", "accepted")]
