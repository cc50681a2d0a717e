"""Stale reads: a marketplace that still shows an order as it was before we told it, after an answer nobody heard."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.cast import World
from tests.db.test_notices import notices, numbers_of, ready, tell
from tests.scripted import AT, Scripted, play

from entrepot.marketplaces.contract import CallFailed, Done, Result, Trouble, Why
from entrepot.parcels.notices import refused
from entrepot.parcels.telling import READS_LAG

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    yield from play(monkeypatch)


def refuse_what_is_done(there: Scripted, *, catches_up: datetime) -> None:
    """The first answer is lost; a second telling is refused in words that say nothing, and reads lag until then."""
    real_ship, real_look_up = there.ship, there.look_up

    def ship(wire: Any, access: Any, given: Any, *, now: datetime) -> list[Done]:
        told = [bool(there.numbers.get(one.order_id)) for one in given]
        done = real_ship(wire, access, given, now=now)
        if there.calls.count("ship") == 1:
            raise CallFailed(Trouble.UNKNOWN_OUTCOME, "no answer")
        refusal = [Done(one.key, Result.REJECTED, Why.STATE_CHANGED, "E7", "not now") for one in given]
        return [no if was else yes for was, no, yes in zip(told, refusal, done, strict=True)]

    def look_up(wire: Any, access: Any, given: Any, *, now: datetime) -> list[Done]:
        found = real_look_up(wire, access, given, now=now)
        return found if now >= catches_up else [Done(one.key, Result.RETRY_LATER) for one in given]

    there.ship = ship  # type: ignore[method-assign]
    there.look_up = look_up  # type: ignore[method-assign]


def tell_for(world: World, store: int, span: timedelta) -> None:
    """As the timer does: whenever something is due."""
    at = AT
    while at <= AT + span:
        tell(world, store, at)
        at += 10 * SECOND


def test_a_refusal_after_an_unheard_yes_is_looked_up_until_reads_have_caught_up(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1")
    alice.do("ship_parcels", parcels)
    refuse_what_is_done(there, catches_up=AT + 2 * MINUTE)
    tell_for(alice, store, 10 * MINUTE)
    assert notices(alice) == [("S-1", "accepted")]
    assert there.numbers["S-1"] == numbers_of(alice, parcels)
    assert there.calls.count("ship") > 1  # a stale look-up had it told again
    with alice.scope():
        assert refused(alice.organization_id) == []


def test_a_refusal_that_stands_when_reads_have_caught_up_is_one(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1")
    alice.do("ship_parcels", parcels)
    refuse_what_is_done(there, catches_up=AT + HOUR)
    tell_for(alice, store, READS_LAG - 10 * SECOND)
    assert notices(alice) in ([("S-1", "unknown")], [("S-1", "due")])
    tell_for(alice, store, 2 * READS_LAG)
    assert notices(alice) == [("S-1", "refused")]
    with alice.scope():
        (row,) = refused(alice.organization_id)
    assert (row["why"], row["code"], row["message"]) == ("state_changed", "E7", "not now")


def test_a_refusal_of_a_first_telling_is_believed_at_once(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1")
    alice.do("ship_parcels", parcels)
    there.numbers["S-1"] = ["OTHER-1"]
    assert tell(alice, store) == 1
    assert (notices(alice), there.calls.count("look_up")) == ([("S-1", "refused")], 0)


def test_a_bad_number_is_refused_though_the_first_answer_was_lost(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1")
    alice.do("ship_parcels", parcels)

    def lose_then_refuse(_wire: Any, _access: Any, given: Any, *, now: datetime) -> list[Done]:
        there.calls.append("ship")
        if there.calls.count("ship") == 1:
            raise CallFailed(Trouble.UNKNOWN_OUTCOME, "no answer")
        return [Done(one.key, Result.REJECTED, Why.BAD_NUMBER, "E1", "no such number") for one in given]

    there.ship = lose_then_refuse  # type: ignore[method-assign]
    tell_for(alice, store, MINUTE)
    assert (notices(alice), there.calls.count("ship")) == ([("S-1", "refused")], 2)
