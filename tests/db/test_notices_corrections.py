"""Corrections: whatever becomes of a number on its way, the next one corrects the one that the marketplace has."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.cast import World
from tests.db.test_notices import notices, numbers_of, ready, shipped_anew, tell
from tests.scripted import AT, Scripted, play

from entrepot.core import sql
from entrepot.marketplaces.contract import CallFailed, Done, Result, Trouble, Why
from entrepot.parcels import notify
from entrepot.parcels.telling import stores_to_tell

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    yield from play(monkeypatch)


def told_early(world: World, there: Scripted) -> tuple[int, list[int], str]:
    """A parcel whose number the marketplace has taken: (store, parcels, number)."""
    store, parcels = ready(world, there, "S-1")
    world.do("notify_parcels", parcels)
    tell(world, store)
    return store, parcels, numbers_of(world, parcels)[0]


def refuse(there: Scripted) -> Callable[[], None]:
    """Corrections are refused until the returned function is called."""
    good = there.renumber

    def bad(_wire: Any, _access: Any, given: Any, *, now: Any) -> list[Done]:
        there.calls.append("renumber")
        return [Done(one.key, Result.REJECTED, Why.BAD_NUMBER, "E1", "no such number") for one in given]

    there.renumber = bad  # type: ignore[method-assign]
    return lambda: setattr(there, "renumber", good)


def test_the_number_after_an_untold_correction_corrects_the_one_that_was_told(alice: World, there: Scripted) -> None:
    store, parcels, _ = told_early(alice, there)
    alice.do("renew_waybills", parcels)
    alice.do("notify_parcels", parcels)
    alice.do("renew_waybills", parcels)
    alice.do("ship_parcels", parcels)
    tell(alice, store, AT + HOUR)
    assert notices(alice) == [("S-1", "accepted"), ("S-1", "withdrawn"), ("S-1", "accepted")]
    assert (there.calls[-1], there.numbers["S-1"]) == ("renumber", numbers_of(alice, parcels))


def test_the_number_after_a_refused_correction_corrects_the_one_that_was_told(alice: World, there: Scripted) -> None:
    store, parcels, _ = told_early(alice, there)
    take_corrections = refuse(there)
    alice.do("renew_waybills", parcels)
    alice.do("notify_parcels", parcels)
    tell(alice, store, AT + MINUTE)
    take_corrections()
    alice.do("renew_waybills", parcels)
    alice.do("ship_parcels", parcels)
    tell(alice, store, AT + HOUR)
    assert notices(alice) == [("S-1", "accepted"), ("S-1", "refused"), ("S-1", "accepted")]
    assert there.numbers["S-1"] == numbers_of(alice, parcels)


def test_the_next_parcel_corrects_the_number_that_an_untold_correction_left_there(
    alice: World, there: Scripted
) -> None:
    store, parcels, _ = told_early(alice, there)
    alice.do("renew_waybills", parcels)
    alice.do("notify_parcels", parcels)
    again = shipped_anew(alice, parcels, "S-1")
    tell(alice, store, AT + HOUR)
    assert notices(alice) == [("S-1", "accepted"), ("S-1", "withdrawn"), ("S-1", "accepted")]
    assert there.numbers["S-1"] == numbers_of(alice, again)


def test_a_correction_that_turns_out_not_to_have_happened_leaves_the_first_number_to_the_next(
    alice: World, there: Scripted
) -> None:
    store, parcels, _ = told_early(alice, there)
    alice.do("renew_waybills", parcels)
    alice.do("notify_parcels", parcels)

    def lose(name: str) -> None:
        if name == "renumber" and there.calls.count("renumber") == 1:
            raise CallFailed(Trouble.UNKNOWN_OUTCOME, "no answer")

    there.before = lose
    tell(alice, store, AT + MINUTE)  # nobody knows whether the second number was taken; in truth it was not
    alice.do("renew_waybills", parcels)
    alice.do("ship_parcels", parcels)
    for minutes in (10, 20, 30):
        tell(alice, store, AT + timedelta(minutes=minutes))
    assert notices(alice) == [("S-1", "accepted"), ("S-1", "withdrawn"), ("S-1", "accepted")]
    assert (there.calls.count("renumber"), there.numbers["S-1"]) == (2, numbers_of(alice, parcels))


def test_the_first_number_on_the_parcel_again_is_told_as_it_is_and_the_one_after_corrects_it(
    alice: World, there: Scripted
) -> None:
    store, parcels, first = told_early(alice, there)

    def renew_and_notify(number: str = "") -> None:
        alice.do("renew_waybills", parcels, numbers={str(parcels[0]): number})
        alice.do("notify_parcels", parcels)

    renew_and_notify()
    renew_and_notify(first)
    tell(alice, store, AT + HOUR)
    assert notices(alice) == [("S-1", "accepted"), ("S-1", "withdrawn"), ("S-1", "accepted")]
    assert (there.calls.count("renumber"), there.numbers["S-1"]) == (0, [first])
    renew_and_notify()
    renew_and_notify(first)
    renew_and_notify()
    tell(alice, store, AT + 2 * HOUR)
    assert (there.calls.count("renumber"), there.numbers["S-1"]) == (1, numbers_of(alice, parcels))


def test_where_told_numbers_cannot_be_corrected_the_number_after_a_refused_one_is_refused_too(
    alice: World, there: Scripted
) -> None:
    store, parcels, first = told_early(alice, there)
    there.can = replace(there.can, renumber=False)
    for _ in range(2):
        alice.do("renew_waybills", parcels)
        alice.do("notify_parcels", parcels)
    assert tell(alice, store, AT + HOUR) == 0
    assert notices(alice) == [("S-1", "accepted"), ("S-1", "refused"), ("S-1", "refused")]
    assert (there.calls.count("ship"), there.numbers["S-1"]) == (1, [first])


def test_a_number_that_a_worker_began_to_tell_a_moment_ago_is_corrected_too(
    alice: World, there: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, parcels = ready(alice, there, "S-1")
    alice.do("notify_parcels", parcels)
    (first,) = numbers_of(alice, parcels)
    read = notify._owed

    def read_and_claimed(organization_id: int, parcel_ids: Any) -> Any:
        owed = read(organization_id, parcel_ids)
        sql.run("UPDATE parcels_shippingnotice SET status = 'sending' WHERE organization_id = %s", [organization_id])
        return owed

    with alice.scope():  # the parcel got another number, and its untold notice is still there to be told
        sql.run(
            "UPDATE parcels_parcel SET waybill_number = 'NEW-1' WHERE organization_id = %s", [alice.organization_id]
        )
        sql.run("UPDATE parcels_waybill SET number = 'NEW-1' WHERE organization_id = %s", [alice.organization_id])
        pool = "UPDATE connections_poolednumber SET drawn_at = NULL WHERE organization_id = %s"
        sql.run(pool, [alice.organization_id])
    monkeypatch.setattr(notify, "_owed", read_and_claimed)
    alice.do("notify_parcels", parcels)
    assert alice.rows(
        "SELECT number, status, replaces FROM parcels_shippingnotice WHERE organization_id = %s ORDER BY id"
    ) == [
        (first, "sending", ""),
        ("NEW-1", "due", first),
    ]


def test_a_number_replaced_while_it_is_told_and_put_off_is_not_told_later(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1")
    alice.do("notify_parcels", parcels)
    real = there.ship

    def replaced_meanwhile(_wire: Any, _access: Any, given: Any, *, now: Any) -> list[Done]:
        alice.do("renew_waybills", parcels)
        alice.do("notify_parcels", parcels)
        there.ship = real  # type: ignore[method-assign]
        return [Done(one.key, Result.RETRY_LATER) for one in given]

    there.ship = replaced_meanwhile  # type: ignore[method-assign]
    tell(alice, store)
    tell(alice, store, AT + HOUR)
    assert notices(alice) == [("S-1", "withdrawn"), ("S-1", "accepted")]
    assert there.numbers["S-1"] == numbers_of(alice, parcels)
    assert stores_to_tell(AT + 2 * HOUR, alice.organization_id) == []
