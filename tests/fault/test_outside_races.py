"""Several workers at what talks to the outside: one token for all, locks in one order, nobody stuck."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction
from tests.cast import World, fresh_world
from tests.fault.test_verbs_races import at_once
from tests.scripted import AT, Scripted, connect, play

from entrepot.connections.calls import open_line
from entrepot.connections.connect import sync_now
from entrepot.connections.grants import SOON
from entrepot.core import sql
from entrepot.marketplaces.contract import CallFailed, Trouble, Window
from entrepot.orders import answer, answering  # noqa: F401 - a verb exists once its module is imported
from entrepot.orders.sync import sync_store

HOUR = timedelta(hours=1)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    yield from play(monkeypatch)


def until(seen: Callable[[], bool], seconds: float = 10) -> bool:
    """Looks again and again, for so long; whether it was seen."""
    ticking = threading.Event()
    for _ in range(int(seconds * 100)):
        if seen():
            return True
        ticking.wait(0.01)
    return False


def waits_for_a_lock() -> bool:
    """Whether somebody waits for a row that somebody else holds."""
    return sql.rows("SELECT 1 FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')") != []


def test_a_single_use_refresh_token_wanted_by_two_workers_is_used_once(committed: str, there: Scripted) -> None:
    world = fresh_world("One token")
    store = connect(world)
    there.token = "token-2"
    both_refused = threading.Barrier(2)
    waited: list[bool] = []

    def step(name: str) -> None:
        if name == "refresh":  # the marketplace is asked while the other worker wants the same
            waited.append(until(waits_for_a_lock))

    real = there.pull

    def pull(wire: Any, access: Any, window: Window, *, now: Any) -> Any:
        if access.grant.access_token != there.token:
            both_refused.wait(10)
        return real(wire, access, window, now=now)

    there.before, there.pull = step, pull  # type: ignore[method-assign]

    def work(_n: int) -> str:
        line = open_line(world.organization_id, store, "scripted", lambda: AT)
        window = Window(AT - HOUR, AT)
        line.ask(lambda wire, access: there.pull(wire, access, window, now=AT), again=True)
        return line.access.grant.refresh_token

    assert at_once(2, work) == ["refresh-2", "refresh-2"]
    assert (there.calls.count("refresh"), there.refreshes, waited) == (1, 1, [True])
    assert world.value("SELECT state FROM connections_grant WHERE organization_id = %s") == "ok"


def test_a_worker_that_waited_too_long_for_the_new_token_comes_again_later(committed: str, there: Scripted) -> None:
    world = fresh_world("Slow token")
    store = connect(world)
    there.token = "token-2"
    late: list[CallFailed] = []

    def second() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '200ms'")  # as after the seconds of the settings
            open_line(world.organization_id, store, "scripted", lambda: AT).renew()
        except CallFailed as failed:
            late.append(failed)
        finally:
            connections.close_all()

    def slow(name: str) -> None:
        if name == "refresh":
            other = threading.Thread(target=second, daemon=True)
            other.start()
            other.join(10)

    there.before = slow
    open_line(world.organization_id, store, "scripted", lambda: AT).renew()
    assert [(failed.trouble, failed.retry_at) for failed in late] == [(Trouble.THROTTLED, AT + SOON)]
    assert there.calls == ["refresh"]
    assert world.value("SELECT state FROM connections_grant WHERE organization_id = %s") == "ok"


def asked_to_cancel(world: World, there: Scripted) -> tuple[int, int]:
    """(store, order) of an answer that is due."""
    store = connect(world)
    there.put("S-1", AT - HOUR, cancel_asked_at=AT - HOUR, cancel_request_id="R-1")
    sync_store(world.organization_id, store, why="button", clock=lambda: AT)
    (order,) = world.order_ids("S-1")
    assert world.do("reject_cancellations", [order]).refused == []
    return store, order


def test_a_worker_that_waits_for_an_order_holds_no_answer_a_person_may_want(committed: str, there: Scripted) -> None:
    world = fresh_world("Answers")
    store, order = asked_to_cancel(world, there)
    answered: list[int] = []

    def give() -> None:
        try:
            answered.append(answering.answer_store(world.organization_id, store, "scripted", clock=lambda: AT))
        finally:
            connections.close_all()

    worker = threading.Thread(target=give, daemon=True)
    with world.scope():
        sql.rows(
            "SELECT id FROM orders_order WHERE organization_id = %s AND id = %s FOR NO KEY UPDATE",
            [world.organization_id, order],
        )
        worker.start()
        assert until(waits_for_a_lock)
        # A person's new answer locks the order, then the answer: it must be free, else both wait for ever.
        sql.rows(
            "SELECT order_id FROM orders_cancelanswer WHERE organization_id = %s AND order_id = %s FOR NO KEY UPDATE NOWAIT",
            [world.organization_id, order],
        )
    worker.join(20)
    assert answered == [1]
    assert world.value("SELECT cancellation_asked_at FROM orders_order WHERE organization_id = %s") is None


def test_stores_synced_by_many_in_opposite_orders_never_lock_each_other_out(committed: str, there: Scripted) -> None:
    world = fresh_world("Buttons")
    first, second = connect(world), connect(world, "Second store")
    held, may_end = threading.Event(), threading.Event()

    def press(n: int) -> None:
        ids = [first, second] if n else [second, first]
        if n:
            with transaction.atomic(), world.scope():
                sql.rows(
                    "SELECT store_id FROM connections_sync WHERE organization_id = %s AND store_id = %s FOR NO KEY UPDATE",
                    [world.organization_id, first],
                )
                held.set()
                assert until(waits_for_a_lock)  # the other one wants the first store
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '500ms'")
                sync_now(organization_id=world.organization_id, store_ids=ids, actor=world.actor, at=AT)
            may_end.set()
            return
        assert held.wait(10)
        sync_now(organization_id=world.organization_id, store_ids=ids, actor=world.actor, at=AT)

    at_once(2, press)
    assert may_end.is_set()
    jobs = sql.rows(
        "SELECT args ->> 'store_id' FROM procrastinate_jobs WHERE task_name = 'sync_store' AND status = 'todo' "
        "AND args ->> 'organization_id' = %s",
        [str(world.organization_id)],
    )
    assert {int(row[0]) for row in jobs} == {first, second}
