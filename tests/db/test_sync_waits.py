"""Waiting for our turn is no failure of a pull, and a run that lost its turn claims no success."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.cast import World
from tests.db.test_sync import here, state, sync
from tests.scripted import AT, Scripted, connect, play

from entrepot.connections import pulls
from entrepot.connections.own_words import BUDGET_SPENT, RENEWING
from entrepot.marketplaces.contract import CallFailed, Trouble

MINUTE = timedelta(minutes=1)
FAR = timedelta(days=365)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    yield from play(monkeypatch)


def throttle(there: Scripted, message: str, until: datetime, *, after: int = 0) -> None:
    """From now on no call goes through, but for the first ones."""
    most = len(there.calls) + after

    def stop(_name: str) -> None:
        if len(there.calls) > most:
            raise CallFailed(Trouble.THROTTLED, message, retry_at=until)

    there.before = stop


def stands(world: World, store: int) -> tuple[Any, ...]:
    row = state(world, store)
    return row["failures"], row["trouble"], row["message"], row["success_at"], row["next_run_at"]


def runs(world: World) -> list[Any]:
    return world.rows(
        "SELECT pages, created, trouble, message FROM connections_pull WHERE organization_id = %s ORDER BY id"
    )


@pytest.mark.parametrize("message", [BUDGET_SPENT, RENEWING])
def test_a_pull_that_waits_for_its_turn_is_no_failure_however_often(
    alice: World, there: Scripted, message: str
) -> None:
    store = connect(alice)
    sync(alice, store)
    throttle(there, message, AT + 4 * MINUTE)
    for seconds in range(60, 66):  # the owner presses the button again and again
        assert sync(alice, store, AT + timedelta(seconds=seconds)).trouble == Trouble.THROTTLED
    assert stands(alice, store) == (0, "", "", AT, AT + 4 * MINUTE)
    assert runs(alice) == [(1, 0, "", "")]
    there.before = lambda _name: None
    assert sync(alice, store, AT + 4 * MINUTE).trouble == ""
    assert stands(alice, store)[3] == AT + 4 * MINUTE


def test_what_came_in_before_the_budget_was_spent_is_kept_and_the_rest_comes_later(
    alice: World, there: Scripted
) -> None:
    store = connect(alice)
    for n in range(5):
        there.put(f"S-{n}", AT - n * timedelta(hours=1) - MINUTE)
    throttle(there, BUDGET_SPENT, AT + 3 * MINUTE, after=1)
    assert sync(alice, store).pages == 1
    assert stands(alice, store) == (0, "", "", None, AT + 3 * MINUTE)  # not up to date yet
    assert runs(alice) == [(1, 2, "", "")]
    there.before = lambda _name: None
    assert sync(alice, store, AT + 3 * MINUTE).created == 3
    assert here(alice) == {f"S-{n}": "to_review" for n in range(5)}


def test_waiting_for_our_turn_does_not_hide_a_trouble_that_was_there(alice: World, there: Scripted) -> None:
    store = connect(alice)

    def down(_name: str) -> None:
        raise CallFailed(Trouble.TRANSIENT, "503")

    there.before = down
    sync(alice, store)
    assert stands(alice, store) == (1, "transient", "503", None, AT + timedelta(seconds=15))
    throttle(there, BUDGET_SPENT, AT + 3 * MINUTE)
    sync(alice, store, AT + MINUTE)
    assert stands(alice, store) == (1, "transient", "503", None, AT + 3 * MINUTE)
    throttle(there, BUDGET_SPENT, AT + 5 * MINUTE, after=1)  # a page came: the trouble is over
    for n in range(3):
        there.put(f"S-{n}", AT - MINUTE)
    sync(alice, store, AT + 3 * MINUTE)
    assert stands(alice, store) == (0, "", "", None, AT + 5 * MINUTE)


def test_a_marketplace_that_names_the_instant_is_called_then_and_not_later_and_later(
    alice: World, there: Scripted
) -> None:
    store = connect(alice)
    throttle(there, "slow down", AT + timedelta(seconds=30))
    for _ in range(6):
        sync(alice, store)
    assert stands(alice, store) == (6, "throttled", "slow down", None, AT + timedelta(seconds=30))
    assert runs(alice) == [(0, 0, "throttled", "slow down")] * 6
    throttle(there, "slow down", AT - MINUTE)  # an instant that is over already
    sync(alice, store, AT + MINUTE)
    assert stands(alice, store)[4] == AT + MINUTE


def test_a_run_that_lost_its_turn_after_a_page_writes_no_success(alice: World, there: Scripted) -> None:
    store = connect(alice)
    for n in range(3):
        there.put(f"S-{n}", AT - MINUTE)
    others: list[Any] = []

    def lose(_name: str) -> None:
        if len(there.calls) == 2:  # the machine stood still for very long: another worker has the store
            others.append(pulls.take_turn(alice.organization_id, store, AT + FAR))

    there.before = lose
    run = sync(alice, store)
    assert (run.pages, run.created, run.trouble) == (2, 2, "")
    row = alice.rows(
        "SELECT started_at, lease_until, success_at, failures, trouble FROM connections_sync WHERE organization_id = %s"
    )
    assert row == [(AT + FAR, others[0].lease_until, None, 0, "")]
    assert runs(alice) == [(2, 2, "busy", "")]
