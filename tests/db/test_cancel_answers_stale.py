"""An answer to a buyer's wish whose own answer was lost: given again, and a refusal is not believed too early."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.cast import World
from tests.db.test_cancel_answers import asked
from tests.scripted import AT, Scripted, play

from entrepot.marketplaces.contract import CallFailed, Done, Result, Trouble, Why
from entrepot.orders.answering import answer_store

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    yield from play(monkeypatch)


def lose_then_refuse(there: Scripted, *, until: datetime, first_is_lost: bool = True) -> None:
    """The first answer is lost; then it refuses, for what it shows is old, until it shows what was done."""

    def answer(_wire: Any, _access: Any, given: Any, *, now: datetime) -> list[Done]:
        there.calls.append("answer")
        if first_is_lost and there.calls.count("answer") == 1:
            raise CallFailed(Trouble.UNKNOWN_OUTCOME, "no answer")
        if now < until:
            return [Done(one.key, Result.REJECTED, Why.STATE_CHANGED, "E7", "not now") for one in given]
        return [Done(one.key, Result.ALREADY_DONE) for one in given]

    there.answer_cancellations = answer  # type: ignore[method-assign]


def status_after(world: World, store: int, span: timedelta) -> str:
    at = AT
    while at <= AT + span:
        answer_store(world.organization_id, store, "scripted", clock=lambda: at)  # noqa: B023 - called at once
        at += 10 * SECOND
    return str(world.value("SELECT status FROM orders_cancelanswer WHERE organization_id = %s"))


def test_a_refusal_after_an_unheard_yes_is_not_believed_while_reads_may_lag(alice: World, there: Scripted) -> None:
    store, ids = asked(alice, there)
    alice.do("reject_cancellations", ids)
    lose_then_refuse(there, until=AT + 2 * MINUTE)
    assert status_after(alice, store, 10 * MINUTE) == "done"
    assert "answer_refused" not in alice.events("order", ids[0])


def test_a_refusal_that_stands_is_one(alice: World, there: Scripted) -> None:
    store, ids = asked(alice, there)
    alice.do("reject_cancellations", ids)
    lose_then_refuse(there, until=AT + 60 * MINUTE)
    assert status_after(alice, store, 4 * MINUTE) == "due"
    assert status_after(alice, store, 10 * MINUTE) == "refused"
    assert alice.events("order", ids[0]).count("answer_refused") == 1


def test_a_refusal_of_a_first_answer_is_believed_at_once(alice: World, there: Scripted) -> None:
    store, ids = asked(alice, there)
    alice.do("reject_cancellations", ids)
    lose_then_refuse(there, until=AT + 60 * MINUTE, first_is_lost=False)
    assert status_after(alice, store, SECOND) == "refused"
