"""Leases: what a worker has taken stays its own however slow its calls are, and what it lost it leaves alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.cast import World
from tests.scripted import AT, Scripted, connect, play

from entrepot.connections import pulls, wire
from entrepot.connections.lease import Lease, LostLease
from entrepot.marketplaces.contract import Request
from entrepot.orders import answer, answering  # noqa: F401 - a verb exists once its module is imported
from entrepot.orders.sync import sync_store
from entrepot.parcels import telling

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
CALL = timedelta(seconds=wire.SECONDS)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    yield from play(monkeypatch)


@dataclass
class Slow:
    """A wire whose every answer takes as long as it may; `then` is called with the number of the request."""

    at: datetime = AT
    sent: int = 0
    then: Callable[[int], None] = field(default=lambda _n: None)

    def clock(self) -> datetime:
        return self.at

    def answer(self, _request: httpx.Request) -> httpx.Response:
        self.sent += 1
        self.at += CALL
        self.then(self.sent)
        return httpx.Response(200, content=b"{}")


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    slow = Slow()
    with httpx.Client(transport=httpx.MockTransport(slow.answer)) as client:
        monkeypatch.setattr(wire, "_client", lambda: client)
        yield slow


def call(over: Any, operation: str) -> None:
    over.send(Request(operation, "POST", f"https://scripted.example/{operation}"))


def one_call_each(there: Scripted, name: str) -> None:
    """The scripted marketplace takes a call of its own for each item of a batch."""
    real = getattr(there, name)

    def each(over: Any, access: Any, items: Any, *, now: Any) -> list[Any]:
        done: list[Any] = []
        for item in items:
            call(over, name)
            done += real(over, access, [item], now=now)
        return done

    setattr(there, name, each)


def shipped(world: World, there: Scripted, count: int) -> int:
    """A store with that many notices that are due."""
    there.can = replace(there.can, notices_per_call=count)
    store = connect(world)
    numbers = [f"S-{n:02}" for n in range(count)]
    for n, number in enumerate(numbers):
        there.put(number, AT - HOUR, buyer_id=f"b{n}")
    sync_store(world.organization_id, store, why="button", clock=lambda: AT)
    ids = world.order_ids(*numbers)
    world.do("review_orders", ids)
    parcels = [int(i) for i in world.do("pack_orders", ids).result["parcels"]]
    world.do("get_waybills", parcels)
    world.do("allocate_parcels", parcels)
    assert world.do("ship_parcels", parcels).refused == []
    return store


def statuses(world: World) -> set[str]:
    return set(world.column("SELECT status FROM parcels_shippingnotice WHERE organization_id = %s"))


def test_a_claim_of_many_slow_calls_is_not_taken_by_another_worker(alice: World, there: Scripted, slow: Slow) -> None:
    store = shipped(alice, there, 20)
    one_call_each(there, "ship")
    taken: list[Any] = []
    slow.then = lambda _n: taken.append(telling._claim(alice.organization_id, store, slow.at, 50))
    assert telling.tell_store(alice.organization_id, store, "scripted", clock=slow.clock) == 20
    assert slow.at - AT > 2 * telling.LEASE
    assert taken == [None] * 20
    assert statuses(alice) == {"accepted"}
    assert all(len(numbers) == 1 for numbers in there.numbers.values())


def test_a_worker_that_lost_its_claim_makes_no_further_call_and_writes_nothing(
    alice: World, there: Scripted, slow: Slow
) -> None:
    store = shipped(alice, there, 3)
    one_call_each(there, "ship")
    other: list[Any] = []

    def sleep_long(sent: int) -> None:
        slow.at += telling.LEASE + MINUTE  # the machine stood still: another worker found the lease run out
        other.append(telling._claim(alice.organization_id, store, slow.at, 50))

    slow.then = sleep_long
    assert telling.tell_store(alice.organization_id, store, "scripted", clock=slow.clock) == 0
    assert (slow.sent, len(other[0])) == (1, 3)
    leases = alice.column("SELECT lease_until FROM parcels_shippingnotice WHERE organization_id = %s")
    assert (statuses(alice), set(leases)) == ({"sending"}, {other[0][0]["lease"]})


def test_a_page_of_many_slow_calls_keeps_the_turn(alice: World, there: Scripted, slow: Slow) -> None:
    store = connect(alice)
    there.put("S-1", AT - HOUR)
    real, taken = there.pull, []

    def page(over: Any, *given: Any, **named: Any) -> Any:
        for _ in range(20):  # one call for the list, and one for the details of each order
            call(over, "detail")
        return real(over, *given, **named)

    there.pull = page  # type: ignore[method-assign]
    slow.then = lambda _n: taken.append(pulls.take_turn(alice.organization_id, store, slow.at))
    run = sync_store(alice.organization_id, store, why="button", clock=slow.clock)
    assert slow.at - AT > 2 * pulls.LEASE
    assert taken == [None] * len(taken)
    assert run is not None
    assert (run.created, run.trouble) == (1, "")


def test_a_pull_that_lost_its_turn_makes_no_further_call(alice: World, there: Scripted, slow: Slow) -> None:
    store = connect(alice)
    there.put("S-1", AT - HOUR)
    real, turns = there.pull, []

    def page(over: Any, *given: Any, **named: Any) -> Any:
        call(over, "list")
        call(over, "detail")
        return real(over, *given, **named)

    def sleep_long(_sent: int) -> None:
        slow.at += pulls.LEASE + MINUTE
        turns.append(pulls.take_turn(alice.organization_id, store, slow.at))

    there.pull = page  # type: ignore[method-assign]
    slow.then = sleep_long
    run = sync_store(alice.organization_id, store, why="button", clock=slow.clock)
    assert run is not None
    assert (slow.sent, run.created, run.pages) == (1, 0, 0)
    lease, watermark = alice.rows("SELECT lease_until, watermark FROM connections_sync WHERE organization_id = %s")[0]
    assert (lease, watermark) == (turns[0].lease_until, turns[0].watermark)


def test_a_turn_is_given_back_though_the_page_was_rolled_back(alice: World, there: Scripted) -> None:
    store = connect(alice)
    turn = pulls.take_turn(alice.organization_id, store, AT)
    assert turn is not None
    moved: list[pulls.Turn] = []

    def commit_fails() -> None:
        with alice.scope():
            moved.append(pulls.move(turn, AT + MINUTE, watermark=AT, window=None))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        commit_fails()
    run = pulls.Run("timer", AT, AT, AT, trouble="protocol", message="the commit failed")
    pulls.finish(moved[0], run, AT + MINUTE)
    row = alice.rows(
        "SELECT lease_until, failures, trouble, watermark FROM connections_sync WHERE organization_id = %s"
    )
    assert row == [(None, 1, "protocol", turn.watermark)]
    assert alice.column("SELECT message FROM connections_pull WHERE organization_id = %s") == ["the commit failed"]


def asked_to_cancel(world: World, there: Scripted, count: int) -> int:
    """A store with that many rejections of buyers' wishes that are due."""
    store = connect(world)
    numbers = [f"S-{n:02}" for n in range(count)]
    for n, number in enumerate(numbers):
        there.put(number, AT - HOUR, buyer_id=f"b{n}", cancel_asked_at=AT - HOUR, cancel_request_id=f"R-{n}")
    sync_store(world.organization_id, store, why="button", clock=lambda: AT)
    assert world.do("reject_cancellations", world.order_ids(*numbers)).refused == []
    return store


def test_many_slow_answers_are_not_given_by_another_worker_too(alice: World, there: Scripted, slow: Slow) -> None:
    store = asked_to_cancel(alice, there, 20)
    one_call_each(there, "answer_cancellations")
    taken: list[Any] = []
    slow.then = lambda _n: taken.append(answering._claim(alice.organization_id, store, slow.at))
    assert answering.answer_store(alice.organization_id, store, "scripted", clock=slow.clock) == 20
    assert slow.at - AT > 2 * answering.LEASE
    assert taken == [[]] * 20
    assert set(alice.column("SELECT status FROM orders_cancelanswer WHERE organization_id = %s")) == {"done"}


def test_an_answer_that_came_after_the_lease_ran_out_is_not_written(alice: World, there: Scripted) -> None:
    store = asked_to_cancel(alice, there, 1)
    late: list[Any] = []

    def sleep_long(name: str) -> None:
        if name == "answer_cancellations":
            late.extend(answering._claim(alice.organization_id, store, AT + HOUR))

    there.before = sleep_long
    assert answering.answer_store(alice.organization_id, store, "scripted", clock=lambda: AT) == 0
    row = alice.rows("SELECT status, lease_until, answered_at FROM orders_cancelanswer WHERE organization_id = %s")
    assert row == [("sending", AT + HOUR + answering.LEASE, None)]
    assert alice.value("SELECT cancellation_asked_at FROM orders_order WHERE organization_id = %s") == AT - HOUR
    assert len(late) == 1


def test_one_answer_that_breaks_us_does_not_stop_the_others(alice: World, there: Scripted) -> None:
    store = asked_to_cancel(alice, there, 2)
    real = there.answer_cancellations

    def break_on_one(over: Any, access: Any, given: Any, *, now: Any) -> Any:
        if any(one.order_id == "S-00" for one in given):
            raise KeyError("a field nobody foresaw")
        return real(over, access, given, now=now)

    there.answer_cancellations = break_on_one  # type: ignore[method-assign]
    assert answering.answer_store(alice.organization_id, store, "scripted", clock=lambda: AT) == 0
    assert answering.answer_store(alice.organization_id, store, "scripted", clock=lambda: AT + HOUR) == 1  # one by one
    rows = alice.rows(
        "SELECT request_id, status FROM orders_cancelanswer WHERE organization_id = %s ORDER BY request_id"
    )
    assert rows == [("R-0", "due"), ("R-1", "done")]


def test_a_lease_is_renewed_once_in_a_third_of_its_length() -> None:
    slow, written = Slow(), []
    lease = Lease(slow.clock, timedelta(seconds=90))
    lease.keep()  # nothing is held yet
    lease.take(AT + timedelta(seconds=90), lambda since, until: written.append((since, until)) is None)
    for _ in range(9):
        lease.keep()
        slow.at += timedelta(seconds=10)
    assert written == [
        (AT + timedelta(seconds=90), AT + timedelta(seconds=120)),
        (AT + timedelta(seconds=120), AT + timedelta(seconds=150)),
    ]


def test_a_lease_that_is_lost_says_so() -> None:
    lease = Lease(lambda: AT, timedelta(seconds=90))
    lease.take(AT, lambda _since, _until: False)
    with pytest.raises(LostLease):
        lease.keep()
