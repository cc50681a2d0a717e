"""Stock push where nobody knows what stands at the marketplace: a lower number is always told, nothing is told twice."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.cast import World
from tests.db.test_stock_push import HOUR, MINUTE, Shelf, lay, offered, pull, push, rows, sell, turn
from tests.scripted import AT, Scripted, connect, play

from entrepot.connections import own_words
from entrepot.connections.connect import switch
from entrepot.core import sql
from entrepot.inventory.push import LEASE, push_of, refusals_of
from entrepot.marketplaces.contract import Bucket, CallFailed, Done, Result, StockLevel, Trouble
from entrepot.parcels.push import push_store


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    yield from play(monkeypatch)


@pytest.fixture
def shelf(there: Scripted) -> Shelf:
    return Shelf(there)


class Killed(BaseException):
    pass


def kill_after_it_is_taken(world: World, there: Scripted, store: int, at: datetime, mp: pytest.MonkeyPatch) -> None:
    def kill(name: str) -> None:
        if name == "stock is set":
            raise Killed

    there.before = kill
    with mp.context() as dead:
        dead.setattr("entrepot.parcels.push.finish", lambda *_: None)  # the dead give nothing back
        with pytest.raises(Killed):
            push(world, store, at)
    there.before = lambda _name: None


def pushed(world: World) -> Any:
    ((failures, success_at, next_run_at, trouble, lease),) = world.rows(
        "SELECT failures, success_at, next_run_at, trouble, lease_until FROM inventory_stockpush WHERE organization_id = %s"
    )
    return failures, success_at, next_run_at, trouble, lease


@pytest.mark.parametrize("unclear", [Trouble.UNKNOWN_OUTCOME, Trouble.PROTOCOL])
def test_a_lower_number_without_an_answer_is_told_again_though_sales_are_missing(
    alice: World, there: Scripted, shelf: Shelf, unclear: Trouble
) -> None:
    store = connect(alice)
    sell(alice, there, store, "S-1")
    turn(alice, store)
    push(alice, store)

    def silent(name: str) -> None:
        if name == "set_stock":
            raise CallFailed(unclear, "no answer")

    there.before = silent
    lay(alice, {"SKU-00": 50})
    assert push(alice, store, AT + MINUTE).taken == 0
    assert shelf.offered == {"SKU-00": 9999}
    assert rows(alice) == [("SKU-00", 9999, "later")]
    there.before = lambda _name: None
    assert push(alice, store, AT + HOUR).taken == 1  # the last sync is an hour old
    assert shelf.offered == {"SKU-00": 49}
    assert rows(alice) == [("SKU-00", 49, "told")]


def test_a_higher_number_that_was_taken_and_never_written_down_is_lowered_though_sales_are_missing(
    alice: World, there: Scripted, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(alice, {"SKU-00": 6})
    store = connect(alice)
    sell(alice, there, store, "S-1")
    turn(alice, store)
    push(alice, store)
    assert shelf.offered == {"SKU-00": 5}
    lay(alice, {"SKU-00": 101})
    kill_after_it_is_taken(alice, there, store, AT + MINUTE, monkeypatch)
    assert shelf.offered == {"SKU-00": 100}
    assert rows(alice) == [("SKU-00", 5, "asked")]
    lay(alice, {"SKU-00": 20})
    assert push(alice, store, AT + HOUR).taken == 1
    assert shelf.offered == {"SKU-00": 19}


def test_two_numbers_without_an_answer_leave_the_highest_of_them_as_what_may_stand_there(
    alice: World, there: Scripted, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(alice, {"SKU-00": 6})
    store = connect(alice)
    sell(alice, there, store, "S-1")
    turn(alice, store)
    push(alice, store)
    lay(alice, {"SKU-00": 101})
    kill_after_it_is_taken(alice, there, store, AT + MINUTE, monkeypatch)
    lay(alice, {"SKU-00": 20})

    def silent(name: str) -> None:
        if name == "set_stock":
            raise CallFailed(Trouble.UNKNOWN_OUTCOME, "no answer")

    there.before = silent
    assert push(alice, store, AT + LEASE + MINUTE).taken == 0
    assert shelf.offered == {"SKU-00": 100}
    assert rows(alice) == [("SKU-00", 100, "later")]
    there.before = lambda _name: None
    lay(alice, {"SKU-00": 30})  # more than the 19 that got no answer, less than what stands there
    assert push(alice, store, AT + HOUR).taken == 1
    assert shelf.offered == {"SKU-00": 29}


@pytest.mark.parametrize("trouble", [Trouble.TRANSIENT, Trouble.INVALID_INPUT, Trouble.THROTTLED])
def test_a_higher_number_that_was_surely_not_taken_lets_none_through_while_sales_are_missing(
    alice: World, there: Scripted, shelf: Shelf, trouble: Trouble
) -> None:
    """Five stand there, a hundred were refused: fifty would be a raise."""
    lay(alice, {"SKU-00": 6})
    store = connect(alice)
    sell(alice, there, store, "S-1")
    turn(alice, store)
    push(alice, store)
    lay(alice, {"SKU-00": 101})

    def away(name: str) -> None:
        if name == "set_stock":
            raise CallFailed(trouble, "no")

    there.before = away
    for again in (MINUTE, 12 * MINUTE):
        assert push(alice, store, AT + again).taken == 0
    assert there.calls.count("set_stock") == 3
    there.before = lambda _name: None
    lay(alice, {"SKU-00": 51})
    assert push(alice, store, AT + 2 * HOUR).taken == 0
    assert shelf.offered == {"SKU-00": 5}
    lay(alice, {"SKU-00": 5})
    assert push(alice, store, AT + 3 * HOUR).taken == 1
    assert shelf.offered == {"SKU-00": 4}


def test_sales_missing_of_one_store_keep_the_numbers_of_every_other_from_rising(
    alice: World, there: Scripted, shelf: Shelf
) -> None:
    store = connect(alice)
    sell(alice, there, store, "S-1")
    turn(alice, store)
    push(alice, store)
    silent = connect(alice, "Silent store", AT)
    pull(alice, silent)
    later = AT + HOUR
    pull(alice, store, later)
    lay(alice, {"SKU-00": 20_000})
    assert push(alice, store, later).taken == 0
    assert shelf.offered == {"SKU-00": 9999}
    with alice.scope():
        assert push_of(alice.organization_id, store, later)["behind"] == ["Silent store"]
    switch(organization_id=alice.organization_id, store_ids=[silent], enabled=False, actor=alice.actor, at=later)
    with alice.scope():
        assert push_of(alice.organization_id, store, later)["behind"] == []
    assert push(alice, store, later + MINUTE).taken == 1
    assert shelf.offered == {"SKU-00": 19_998}  # each of the two sold one


def test_a_store_that_sells_from_another_shelf_or_was_never_connected_holds_up_no_number(
    alice: World, charlie: World, there: Scripted, shelf: Shelf
) -> None:
    store = connect(alice)
    sell(alice, there, store, "S-1")
    turn(alice, store)
    push(alice, store)
    elsewhere, never = connect(alice, "Elsewhere"), connect(alice, "Never")
    connect(charlie, "His")
    with alice.scope():
        sql.run(
            "UPDATE connections_store SET fulfilment = 'marketplace' WHERE organization_id = %s AND id = %s",
            [alice.organization_id, elsewhere],
        )
        sql.run(
            "DELETE FROM connections_sync WHERE organization_id = %s AND store_id = %s", [alice.organization_id, never]
        )
    lay(alice, {"SKU-00": 20_000})
    assert push(alice, store, AT + MINUTE).taken == 1
    assert shelf.offered == {"SKU-00": 19_999}


def test_a_turn_that_was_lost_says_nothing_of_how_the_telling_goes(alice: World, there: Scripted, shelf: Shelf) -> None:
    """The call took longer than the lease and nobody else came: that is no success and hides no trouble."""
    store = connect(alice)
    sell(alice, there, store, "S-1")
    turn(alice, store)

    def away(name: str) -> None:
        if name == "set_stock":
            raise CallFailed(Trouble.TRANSIENT, "not reachable")

    there.before = away
    push(alice, store)
    before = pushed(alice)
    assert before == (1, None, AT + timedelta(seconds=30), "transient", None)
    clock = AT + MINUTE

    def slow(name: str) -> None:
        nonlocal clock
        if name == "set_stock":
            clock += LEASE

    there.before = slow
    run = push_store(alice.organization_id, store, "scripted", clock=lambda: clock)
    assert run is not None
    assert run.taken == 0
    assert pushed(alice) == before
    there.before = lambda _name: None
    assert push(alice, store, clock).taken == 1


def test_numbers_that_wait_for_our_own_budget_are_no_failure_and_go_at_the_time_it_names(
    alice: World, there: Scripted, shelf: Shelf
) -> None:
    store = connect(alice)
    sell(alice, there, store, "S-1")
    turn(alice, store)
    soon = timedelta(seconds=20)
    for n, spent in enumerate(("set_stock", "get", "set_stock", "get")):
        at = AT + n * soon

        def wait(name: str, spent: str = spent, at: datetime = at) -> None:
            if name == spent:
                raise CallFailed(Trouble.THROTTLED, own_words.BUDGET_SPENT, retry_at=at + soon)

        there.before = wait
        if spent == "get":  # a refused listing's order is asked for anew
            with alice.scope():
                sql.run(
                    "UPDATE inventory_toldstock SET order_id = NULL WHERE organization_id = %s", [alice.organization_id]
                )
        assert push(alice, store, at).taken == 0
        assert pushed(alice) == (0, None, at + soon, "", None)
    assert alice.rows("SELECT tries, due_at FROM inventory_toldstock WHERE organization_id = %s") == [
        (0, AT + 3 * soon)
    ]
    there.before = lambda _name: None
    assert push(alice, store, AT + 4 * soon).taken == 1
    assert pushed(alice) == (0, AT + 4 * soon, AT + 4 * soon + MINUTE, "", None)


def test_the_bucket_of_the_house_itself_makes_numbers_wait_without_a_failure(
    alice: World, there: Scripted, shelf: Shelf
) -> None:
    """The same with the wire's own bucket, not a scripted word of it."""
    from entrepot.connections.wire import HouseWire

    there.buckets = {"": Bucket(per_second=0.01, burst=1)}
    store = connect(alice)
    sell(alice, there, store, "S-1")
    turn(alice, store)

    def tell(wire: HouseWire, access: Any, levels: Sequence[StockLevel], *, now: Any) -> list[Done]:
        wire._wait_for_turn("stock")
        return [Done(level.key, Result.OK) for level in levels]

    there.set_stock = tell  # type: ignore[method-assign,assignment]
    assert push(alice, store).taken == 1
    lay(alice, {"SKU-00": 8})
    assert push(alice, store, AT + MINUTE).taken == 0
    assert pushed(alice) == (0, AT, AT + timedelta(seconds=100), "", None)
    assert push(alice, store, AT + timedelta(seconds=100)).taken == 1


def test_an_error_nobody_foresaw_leaves_every_number_of_its_call_open_and_sends_none_of_them_again(
    alice: World, there: Scripted, shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    """Six numbers, one that breaks every call it is in: the next runs go in smaller calls, until only that one waits."""
    store = connect(alice)
    codes = [f"SKU-{n:02}" for n in range(6)]
    sell(alice, there, store, "S-1", *(offered(code, number=str(n)) for n, code in enumerate(codes)))
    turn(alice, store)
    calls: list[list[str]] = []
    well = shelf.set_stock

    def broken(wire: Any, access: Any, levels: Sequence[StockLevel], *, now: Any) -> list[Done]:
        calls.append([level.sku_code for level in levels])
        found = well(wire, access, levels, now=now)
        if "SKU-02" in calls[-1]:
            raise KeyError("sku_id")
        return found

    there.set_stock = broken  # type: ignore[method-assign]
    assert push(alice, store).taken == 0
    assert calls == [codes]
    assert rows(alice) == [(code, 9999, "later") for code in codes]
    assert alice.column("SELECT DISTINCT message FROM inventory_toldstock WHERE organization_id = %s") == [
        "a defect of ours; it was written to the log: KeyError"
    ]
    assert "KeyError: 'sku_id'" in caplog.text
    at, taken = AT, []
    for _ in range(3):
        at += HOUR
        pull(alice, store, at)
        taken.append(push(alice, store, at).taken)
    assert taken == [0, 2, 3]
    assert calls[1:] == [codes, codes[:4], codes[4:], *([code] for code in codes[:4])]
    assert [row for row in rows(alice) if row[2] != "told"] == [("SKU-02", 9999, "later")]


def test_of_numbers_told_one_by_one_those_that_were_taken_stay_so_when_the_store_fails_midway(
    alice: World, there: Scripted, shelf: Shelf
) -> None:
    store = connect(alice)
    codes = [f"SKU-{n:02}" for n in range(4)]
    sell(alice, there, store, "S-1", *(offered(code, number=str(n)) for n, code in enumerate(codes)))
    turn(alice, store)
    well = shelf.set_stock

    def failing(wire: Any, access: Any, levels: Sequence[StockLevel], *, now: Any) -> list[Done]:
        if len(levels) > 1:
            raise CallFailed(Trouble.INVALID_INPUT, "one of them is wrong", code="E1")
        if levels[0].sku_code == "SKU-02":
            raise CallFailed(Trouble.TRANSIENT, "not reachable")
        return well(wire, access, levels, now=now)

    there.set_stock = failing  # type: ignore[method-assign]
    run = push(alice, store)
    assert (run.taken, run.trouble) == (2, "transient")
    assert rows(alice) == [
        ("SKU-00", 9999, "told"),
        ("SKU-01", 9999, "told"),
        ("SKU-02", None, "later"),
        ("SKU-03", None, "later"),
    ]


@pytest.mark.parametrize(
    ("message", "ours"),
    [(own_words.NOT_REACHABLE, True), (own_words.defect(KeyError("x")), True), ("Shop is on holiday", False)],
)
def test_the_card_knows_our_own_words_from_the_marketplaces(
    alice: World, there: Scripted, shelf: Shelf, message: str, ours: bool
) -> None:
    store = connect(alice)
    sell(alice, there, store, "S-1")
    turn(alice, store)

    def refuse(_wire: Any, _access: Any, levels: Sequence[StockLevel], *, now: Any) -> list[Done]:
        return [Done(level.key, Result.REJECTED, message=message) for level in levels]

    there.set_stock = refuse  # type: ignore[method-assign]
    push(alice, store)
    with alice.scope():
        ((one),) = refusals_of(alice.organization_id, store)
        assert (one["message"], one["ours"]) == (message, ours)

    def away(name: str) -> None:
        if name == "get":
            raise CallFailed(Trouble.TRANSIENT, message)

    there.before = away
    later = AT + 11 * MINUTE
    push(alice, store, later)
    with alice.scope():
        found = push_of(alice.organization_id, store, later)
    assert (found["message"], found["ours"]) == (message, ours)
