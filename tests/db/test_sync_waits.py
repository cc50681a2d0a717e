"""Waiting for our turn is no failure of a pull, and a run that ended early claims no success."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.cast import World
from tests.db.test_sync import here, state, sync
from tests.scripted import AT, Scripted, connect, play

from entrepot.connections import pulls
from entrepot.connections.connect import switch
from entrepot.connections.own_words import BUDGET_SPENT, RENEWING
from entrepot.marketplaces.contract import CallFailed, Page, Trouble, Window
from entrepot.orders.sync import sync_store

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


def refuse_pages(there: Scripted, trouble: Trouble) -> Callable[[], None]:
    """Page tokens are good for nothing any more, until the function that is returned is called."""
    whole = there.pull

    def pull(wire: Any, access: Any, window: Window, *, now: datetime) -> Page:
        if window.page:
            there.calls.append("refused")
            raise CallFailed(trouble, "the page token has expired")
        return whole(wire, access, window, now=now)

    there.pull = pull  # type: ignore[method-assign]
    return lambda: setattr(there, "pull", whole)


def many(there: Scripted, count: int = 5) -> None:
    for n in range(count):
        there.put(f"S-{n}", AT - n * timedelta(hours=1) - MINUTE)


@pytest.mark.parametrize("trouble", [Trouble.INVALID_INPUT, Trouble.PROTOCOL])
def test_a_page_token_that_died_between_two_runs_begins_the_window_anew(
    alice: World, there: Scripted, trouble: Trouble
) -> None:
    store = connect(alice)
    many(there)
    throttle(there, "slow down", AT + MINUTE, after=1)
    assert sync(alice, store).pages == 1
    there.before = lambda _name: None
    refuse_pages(there, trouble)
    there.page_size = 100
    run = sync(alice, store, AT + timedelta(hours=1))
    assert (run.trouble, run.created, run.unchanged, there.calls[-2:]) == ("", 3, 2, ["refused", "pull"])
    assert stands(alice, store)[:4] == (0, "", "", AT + timedelta(hours=1))


def test_a_page_token_that_dies_within_a_run_is_a_trouble_and_the_next_run_begins_anew(
    alice: World, there: Scripted
) -> None:
    store = connect(alice)
    many(there)
    heal = refuse_pages(there, Trouble.PROTOCOL)
    run = sync(alice, store)
    assert (run.trouble, run.message, run.created) == (Trouble.PROTOCOL, "the page token has expired", 2)
    assert there.calls == ["pull", "refused"]
    heal()
    run = sync(alice, store, AT + MINUTE)
    assert (run.trouble, run.created, run.unchanged, run.pages) == ("", 3, 2, 3)
    assert here(alice) == {f"S-{n}": "to_review" for n in range(5)}


def test_a_window_that_is_refused_from_its_first_page_is_a_trouble_of_the_store(alice: World, there: Scripted) -> None:
    store = connect(alice)

    def refuse(_name: str) -> None:
        raise CallFailed(Trouble.INVALID_INPUT, "no such window")

    there.before = refuse
    assert sync(alice, store).trouble == Trouble.INVALID_INPUT
    assert there.calls == ["pull"]


def test_a_run_that_gives_its_place_to_others_is_no_success_and_goes_on_at_once(alice: World, there: Scripted) -> None:
    store = connect(alice)
    sync(alice, store)
    for n in range(5):
        there.put(f"S-{n}", AT + n * MINUTE)
    later = AT + timedelta(days=2)
    run = sync_store(alice.organization_id, store, why="timer", clock=lambda: later, until_time=later)
    assert (run.pages, run.created, run.trouble) == (1, 2, "")  # type: ignore[union-attr]
    assert stands(alice, store) == (0, "", "", AT, later)
    assert sync(alice, store, later + MINUTE).created == 3
    assert stands(alice, store) == (0, "", "", later + MINUTE, later + 6 * MINUTE)


def test_a_store_that_is_switched_off_while_it_is_pulled_is_asked_nothing_more(alice: World, there: Scripted) -> None:
    store = connect(alice)
    many(there)

    def off(_name: str) -> None:
        if len(there.calls) == 2:
            switch(organization_id=alice.organization_id, store_ids=[store], enabled=False, actor=alice.actor, at=AT)

    there.before = off
    run = sync(alice, store)
    assert (run.created, run.trouble, there.calls) == (2, "", ["pull", "pull"])
    assert stands(alice, store)[:4] == (0, "", "", None)
    there.before = lambda _name: None
    switch(organization_id=alice.organization_id, store_ids=[store], enabled=True, actor=alice.actor, at=AT)
    assert sync(alice, store, AT + MINUTE).created == 3
