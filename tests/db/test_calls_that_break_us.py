"""A call that ends in a defect of ours: what it may have done is asked before it is done again, and it stops nobody else."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.cast import World
from tests.db.test_leases import asked_to_cancel
from tests.db.test_notices import notices, ready, tell
from tests.scripted import AT, Scripted, play

from entrepot.marketplaces.contract import CallFailed, Done, Result, Trouble
from entrepot.orders.answering import answer_store

HOUR = timedelta(hours=1)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    yield from play(monkeypatch)


def break_on(there: Scripted, name: str, number: str) -> list[list[str]]:
    """The marketplace does what it is asked, one after the other, and breaks us at this order. Returns the calls."""
    real, calls = getattr(there, name), []

    def breaking(wire: Any, access: Any, given: Any, *, now: Any) -> list[Done]:
        calls.append([one.order_id for one in given])
        done: list[Done] = []
        for one in given:
            if one.order_id == number:
                raise KeyError("a field nobody foresaw")
            done += real(wire, access, [one], now=now)
        return done

    setattr(there, name, breaking)
    return calls


def messages(world: World) -> list[str]:
    return world.column("SELECT message FROM parcels_shippingnotice WHERE organization_id = %s ORDER BY id")


def three(world: World, there: Scripted) -> int:
    store, parcels = ready(world, there, "S-1", "S-2", "S-3")
    there.can = replace(there.can, notices_per_call=10)
    world.do("ship_parcels", parcels)
    return store


DEFECT = "a defect of ours; it was written to the log: KeyError"


def test_what_a_broken_call_may_have_told_is_looked_up_before_anything_is_told_again(
    alice: World, there: Scripted
) -> None:
    store = three(alice, there)
    shipped = break_on(there, "ship", "S-2")
    assert tell(alice, store) == 0
    assert shipped == [["S-1", "S-2", "S-3"]]
    assert notices(alice) == [("S-1", "unknown"), ("S-2", "unknown"), ("S-3", "unknown")]
    assert messages(alice) == [DEFECT] * 3
    assert tell(alice, store, AT + HOUR) == 2  # S-1 as it was found, and S-3, told alone
    assert there.calls.count("look_up") == 1
    assert shipped[1:] == [["S-2"], ["S-3"]]
    assert notices(alice) == [("S-1", "accepted"), ("S-2", "unknown"), ("S-3", "accepted")]
    assert messages(alice) == ["", DEFECT, ""]


def test_a_look_up_without_an_answer_does_not_put_them_together_again(alice: World, there: Scripted) -> None:
    store = three(alice, there)
    shipped = break_on(there, "ship", "S-1")
    tell(alice, store)

    def down(name: str) -> None:
        if name == "look_up" and there.calls.count("look_up") <= 3:
            raise CallFailed(Trouble.TRANSIENT, "503")

    there.before = down
    assert tell(alice, store, AT + HOUR) == 0
    assert messages(alice) == [DEFECT] * 3
    assert tell(alice, store, AT + 2 * HOUR) == 2
    assert shipped == [["S-1", "S-2", "S-3"], ["S-1"], ["S-2"], ["S-3"]]


def test_one_that_cannot_be_looked_up_does_not_stop_the_others(alice: World, there: Scripted) -> None:
    store = three(alice, there)
    break_on(there, "ship", "S-1")
    looked = break_on(there, "look_up", "S-1")
    tell(alice, store)
    assert tell(alice, store, AT + HOUR) == 2
    assert looked == [["S-1", "S-2", "S-3"], ["S-1"], ["S-2"], ["S-3"]]
    assert notices(alice) == [("S-1", "unknown"), ("S-2", "accepted"), ("S-3", "accepted")]


@pytest.mark.parametrize("trouble", [Trouble.INVALID_INPUT, Trouble.BUSINESS_STATE, Trouble.NOT_FOUND])
def test_a_refused_look_up_is_no_refusal_of_what_was_told_and_does_not_stop_the_others(
    alice: World, there: Scripted, trouble: Trouble
) -> None:
    store = three(alice, there)

    def lose(name: str) -> None:
        if name == "shipped":
            raise CallFailed(Trouble.UNKNOWN_OUTCOME, "no answer")

    there.before = lose
    tell(alice, store)
    real = there.look_up

    def refuse(wire: Any, access: Any, given: Any, *, now: Any) -> list[Done]:
        if any(one.order_id == "S-2" for one in given):
            raise CallFailed(trouble, "an id is malformed")
        return real(wire, access, given, now=now)

    there.look_up = refuse  # type: ignore[method-assign]
    assert tell(alice, store, AT + HOUR) == 2
    assert notices(alice) == [("S-1", "accepted"), ("S-2", "unknown"), ("S-3", "accepted")]
    assert messages(alice) == ["", "an id is malformed", ""]
    there.look_up = real  # type: ignore[method-assign]
    assert tell(alice, store, AT + 3 * HOUR) == 1
    assert notices(alice) == [("S-1", "accepted"), ("S-2", "accepted"), ("S-3", "accepted")]
    assert there.calls.count("ship") == 1


def test_a_look_up_that_may_not_be_made_leaves_all_in_doubt(alice: World, there: Scripted) -> None:
    store = three(alice, there)

    def fail(name: str) -> None:
        if name == "shipped":
            raise CallFailed(Trouble.UNKNOWN_OUTCOME, "no answer")
        if name == "look_up":
            raise CallFailed(Trouble.SCOPE_MISSING, "not allowed to read orders")

    there.before = fail
    tell(alice, store)
    assert tell(alice, store, AT + HOUR) == 0
    assert there.calls.count("look_up") == 1
    assert [status for _, status in notices(alice)] == ["unknown"] * 3


def test_a_refusal_after_a_broken_call_may_only_say_that_it_was_answered(alice: World, there: Scripted) -> None:
    """The first answer was taken and nobody heard: a refusal at once would let the order go on as asked to be cancelled."""
    store = asked_to_cancel(alice, there, 2)
    taken: list[str] = []

    def take(_wire: Any, _access: Any, given: Any, *, now: Any) -> list[Done]:
        done: list[Done] = []
        for one in given:
            if one.order_id == "S-01":
                raise KeyError("a field nobody foresaw")
            result = Result.REJECTED if one.order_id in taken else Result.OK
            taken.append(one.order_id)
            done.append(Done(one.key, result, message="no such wish"))
        return done

    there.answer_cancellations = take  # type: ignore[method-assign, assignment]
    answers = "SELECT request_id, status, tries FROM orders_cancelanswer WHERE organization_id = %s ORDER BY request_id"
    assert answer_store(alice.organization_id, store, "scripted", clock=lambda: AT) == 0
    assert taken == ["S-00"]
    assert alice.rows(answers) == [("R-0", "due", 1), ("R-1", "due", 1)]
    assert answer_store(alice.organization_id, store, "scripted", clock=lambda: AT + HOUR) == 0
    assert taken == ["S-00", "S-00"]
    assert alice.rows(answers) == [("R-0", "due", 2), ("R-1", "due", 2)]  # in doubt, not refused
