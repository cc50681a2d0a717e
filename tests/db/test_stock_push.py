"""Stock push: a store is told what it may sell, only what changed, and nothing while it is off."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.cast import World, line
from tests.db.test_verbs_batches import counted
from tests.scripted import AT, Scripted, connect, play

import entrepot.orders.pair  # noqa: F401 - its verbs exist once it is imported
from entrepot.connections.connect import switch
from entrepot.core import sql
from entrepot.core.permissions import NotAllowed
from entrepot.inventory.import_stock import import_skus
from entrepot.inventory.push import LEASE, due, push_of, refusals_of, retry_refused, set_push
from entrepot.marketplaces.contract import CallFailed, Done, LineDraft, PaymentState, Result, StockLevel, Trouble, Why
from entrepot.marketplaces.order_file import SkuDraft
from entrepot.marketplaces.policy import ClockName, Policy, clock
from entrepot.orders.pairing import forget_unknown_skus
from entrepot.orders.sync import sync_store
from entrepot.parcels.push import push_store

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Shelf:
    """What the marketplace offers: code -> pieces, and every telling in order."""

    def __init__(self, there: Scripted) -> None:
        self.there, self.offered, self.told = there, {}, []  # type: ignore[var-annotated]
        self.refused: set[str] = set()
        self.answer: Result = Result.OK
        there.set_stock = self.set_stock  # type: ignore[method-assign]

    def set_stock(self, _wire: Any, access: Any, levels: Sequence[StockLevel], *, now: Any) -> list[Done]:
        self.there._call("set_stock", access)
        found = []
        for level in levels:
            self.told.append((level.listing_id, level.sku_code, level.quantity))
            if level.sku_code in self.refused:
                found.append(Done(level.key, Result.REJECTED, Why.OTHER, "E7", "This product is under review."))
                continue
            if self.answer in (Result.OK, Result.UNKNOWN):
                self.offered[level.sku_code] = level.quantity
            found.append(Done(level.key, self.answer))
        self.there.before("stock is set")
        return found


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    yield from play(monkeypatch)


@pytest.fixture
def shelf(there: Scripted) -> Shelf:
    return Shelf(there)


def offered(code: str, quantity: int = 1, number: str = "1") -> LineDraft:
    return replace(line(code, quantity, number=number), listing_id=f"product of {code}")


def pull(world: World, store: int, at: Any = AT) -> None:
    sync_store(world.organization_id, store, why="button", clock=lambda: at)


def sell(world: World, there: Scripted, store: int, number: str, *lines: LineDraft, **changes: Any) -> int:
    there.put(number, AT - HOUR, lines=lines or (offered("SKU-00"),), **changes)
    pull(world, store)
    return world.order_ids(number)[0]


def lay(world: World, on_hand: Mapping[str, int]) -> None:
    """Counts what lies in the place of each SKU."""
    drafts = [SkuDraft(code, 0, {"name": code, "on_hand": n, "bin": f"A-{code[-2:]}"}) for code, n in on_hand.items()]
    import_skus(
        organization_id=world.organization_id, drafts=drafts, actor=world.actor, at=AT, on_paired=forget_unknown_skus
    )


def turn(world: World, store: int, *, on: bool = True, reserve: int = 0, at: Any = AT) -> bool:
    return set_push(
        organization_id=world.organization_id, store_id=store, is_on=on, reserve=reserve, actor=world.actor, at=at
    )


def push(world: World, store: int, at: Any = AT) -> Any:
    return push_store(world.organization_id, store, "scripted", clock=lambda: at)


def rows(world: World) -> list[Any]:
    return world.rows(
        "SELECT l.code, t.told, t.status FROM inventory_toldstock t JOIN catalog_listing l "
        "ON l.organization_id = t.organization_id AND l.id = t.listing_id WHERE t.organization_id = %s ORDER BY l.code"
    )


def test_a_store_is_told_nothing_until_an_owner_says_so(
    alice: World, bob: World, there: Scripted, shelf: Shelf
) -> None:
    store = connect(alice)
    sell(alice, there, store, "S-1")
    assert push(alice, store) is None
    with pytest.raises(NotAllowed):
        turn(bob, store)
    assert due(AT) == []
    assert turn(alice, store) is True
    assert turn(alice, store) is False
    assert due(AT) == [(alice.organization_id, store, "scripted")]
    assert push(alice, store).taken == 1
    assert shelf.told == [("product of SKU-00", "SKU-00", 9999)]


def test_what_was_sold_is_not_offered_again_from_the_sale_to_the_door(
    alice: World, there: Scripted, shelf: Shelf
) -> None:
    """10,000 on the shelf, two sold: 9,998 in every stage of their order, and when they have left."""
    store = connect(alice)
    order = sell(alice, there, store, "S-1", offered("SKU-00", 2))
    turn(alice, store)
    push(alice, store)
    assert shelf.offered == {"SKU-00": 9998}
    alice.do("review_orders", [order])
    push(alice, store, AT + MINUTE)
    (parcel,) = (int(i) for i in alice.do("pack_orders", [order]).result["parcels"])
    push(alice, store, AT + 2 * MINUTE)
    for n, verb in enumerate(("get_waybills", "allocate_parcels", "ship_parcels")):
        assert alice.do(verb, [parcel]).refused == []
        push(alice, store, AT + (3 + n) * MINUTE)
    assert shelf.told == [("product of SKU-00", "SKU-00", 9998)]  # it never changed, so it was told once


@pytest.mark.parametrize(
    ("changes", "pieces"),
    [
        ({}, 9999),
        ({"on_hold": True}, 9999),
        ({"cancelled": True}, 10_000),
        ({"shipped": True}, 10_000),  # it left before we knew of it
        ({"payment": PaymentState.UNPAID, "paid_at": None}, 9999),  # no end is named: it may be paid at any time
        ({"payment": PaymentState.UNPAID, "paid_at": None, "cancelled": True}, 10_000),
    ],
)
def test_an_order_holds_its_pieces_while_they_may_have_to_be_sent(
    alice: World, there: Scripted, shelf: Shelf, changes: Any, pieces: int
) -> None:
    store = connect(alice)
    sell(alice, there, store, "S-1", **changes)
    turn(alice, store)
    push(alice, store)
    assert shelf.offered == {"SKU-00": pieces}


def test_an_unpaid_order_holds_its_pieces_until_the_instant_its_marketplace_names(
    alice: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = Policy("scripted", clocks=(clock(ClockName.PAY_BY, 48, source="the test's own"),))
    monkeypatch.setattr("tests.scripted.POLICY", rules)
    for there in play(monkeypatch):
        shelf, store = Shelf(there), connect(alice)
        sell(alice, there, store, "S-1", payment=PaymentState.UNPAID, paid_at=None, placed_at=AT - 47 * HOUR)
        turn(alice, store)
        push(alice, store)
        assert shelf.offered == {"SKU-00": 9999}
        pull(alice, store, AT + HOUR)
        push(alice, store, AT + HOUR)
        assert shelf.offered == {"SKU-00": 10_000}


def test_a_sale_in_one_store_lowers_what_another_offers(alice: World, there: Scripted, shelf: Shelf) -> None:
    store = connect(alice)
    sell(alice, there, store, "S-1")
    turn(alice, store)
    push(alice, store)
    alice.take_in(replace(there.orders["S-1"], external_id="F-1"))  # type: ignore[type-var]
    assert push(alice, store, AT + MINUTE).taken == 1
    assert shelf.offered == {"SKU-00": 9998}
    alice.do("cancel_orders", alice.order_ids("F-1"))
    push(alice, store, AT + 2 * MINUTE)
    assert [pieces for _, _, pieces in shelf.told] == [9999, 9998, 9999]


def test_the_reserve_is_kept_back_of_every_sku_and_no_number_is_below_zero(
    alice: World, there: Scripted, shelf: Shelf
) -> None:
    """T-05: stock 10, safety 3: the channel gets 7."""
    lay(alice, {"SKU-00": 11, "SKU-01": 2})
    store = connect(alice)
    sell(alice, there, store, "S-1", offered("SKU-00"), offered("SKU-01", number="2"))
    turn(alice, store, reserve=3)
    push(alice, store)
    assert shelf.offered == {"SKU-00": 7, "SKU-01": 0}
    turn(alice, store, reserve=1)
    push(alice, store, AT + MINUTE)
    assert shelf.offered == {"SKU-00": 9, "SKU-01": 0}
    for wrong in (-1, 1_000_001):
        with pytest.raises(ValueError, match="reserve"):
            turn(alice, store, reserve=wrong)


def test_a_bundle_is_offered_as_often_as_its_scarcest_part_allows(alice: World, there: Scripted, shelf: Shelf) -> None:
    lay(alice, {"SKU-00": 10, "SKU-01": 9})
    store = connect(alice)
    sell(alice, there, store, "S-1", offered("SET"))
    (listing,) = alice.column("SELECT id FROM catalog_listing WHERE organization_id = %s AND code = %s", "SET")
    one, two = alice.column(
        "SELECT id FROM catalog_sku WHERE organization_id = %s AND code < %s ORDER BY code", "SKU-02"
    )
    alice.do("pair_listings", [listing], parts=[(one, 2), (two, 3)])
    turn(alice, store)
    push(alice, store)
    assert shelf.offered == {"SET": 2}  # one is sold: 8 of the first and 6 of the second are left


def test_what_is_not_paired_or_was_never_counted_is_not_told(alice: World, there: Scripted, shelf: Shelf) -> None:
    """A shop whose stock nobody counts must not be closed by us."""
    store = connect(alice)
    sell(alice, there, store, "S-1", offered("SKU-00"), offered("NEW", number="2"), offered("ODD", number="3"))
    listings = dict(alice.rows("SELECT code, id FROM catalog_listing WHERE organization_id = %s"))
    alice.do("make_skus", [listings["NEW"]])
    turn(alice, store)
    push(alice, store)
    assert shelf.offered == {"SKU-00": 9999}
    with alice.scope():
        found = push_of(alice.organization_id, store, AT)
    assert [found[name] for name in ("told", "waiting", "refused", "uncounted")] == [1, 0, 0, 1]


def test_only_what_changed_is_told_and_one_statement_finds_it(alice: World, there: Scripted, shelf: Shelf) -> None:
    store = connect(alice)
    sell(alice, there, store, "S-1", *(offered(f"SKU-{n:02}", number=str(n)) for n in range(4)))
    turn(alice, store)
    assert push(alice, store).taken == 4
    with counted() as quiet:
        assert push(alice, store, AT + MINUTE).taken == 0
    compared = [statement for statement in quiet if "WITH available" in statement]
    assert len(compared) == 1
    lay(alice, {"SKU-02": 5})
    assert push(alice, store, AT + 2 * MINUTE).taken == 1
    assert shelf.told[-1] == ("product of SKU-02", "SKU-02", 4)
    assert len(shelf.told) == 5


def test_a_number_costs_the_same_statements_alone_and_among_many(alice: World, there: Scripted, shelf: Shelf) -> None:
    store = connect(alice)
    there.put("S-0", AT - HOUR, lines=(offered("SKU-00"),))
    sell(alice, there, store, "S-1", *(offered(f"SKU-{n:02}", number=str(n)) for n in range(1, 6)))
    turn(alice, store)
    push(alice, store)
    counts = []
    for n, codes in enumerate((["SKU-00"], [f"SKU-{n:02}" for n in range(6)]), 1):
        lay(alice, dict.fromkeys(codes, 100 * n))
        with counted() as statements:
            assert push(alice, store, AT + n * MINUTE).taken == len(codes)
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_a_killed_worker_leaves_a_number_that_is_told_again_and_is_the_same(
    alice: World, there: Scripted, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = connect(alice)
    sell(alice, there, store, "S-1")
    turn(alice, store)

    class Killed(BaseException):
        pass

    def kill(name: str) -> None:
        if name == "stock is set":
            raise Killed

    there.before = kill
    with monkeypatch.context() as dead:
        dead.setattr("entrepot.parcels.push.finish", lambda *_: None)  # the dead give nothing back
        with pytest.raises(Killed):
            push(alice, store)
    assert rows(alice) == [("SKU-00", None, "asked")]
    there.before = lambda _name: None
    assert push(alice, store, AT + MINUTE) is None  # its lease still runs
    assert due(AT + MINUTE) == []
    assert push(alice, store, AT + LEASE).taken == 1
    assert shelf.told == [("product of SKU-00", "SKU-00", 9999)] * 2
    assert rows(alice) == [("SKU-00", 9999, "told")]


def test_a_telling_without_an_answer_is_told_again(alice: World, there: Scripted, shelf: Shelf) -> None:
    store = connect(alice)
    sell(alice, there, store, "S-1")
    turn(alice, store)
    shelf.answer = Result.UNKNOWN
    assert push(alice, store).taken == 0
    assert rows(alice) == [("SKU-00", 9999, "later")]  # it may stand there
    shelf.answer = Result.OK
    assert push(alice, store, AT + timedelta(seconds=10)).taken == 0  # not yet
    assert push(alice, store, AT + MINUTE).taken == 1
    assert rows(alice) == [("SKU-00", 9999, "told")]


def test_a_refused_listing_says_why_holds_up_nobody_and_is_told_when_there_is_less(
    alice: World, there: Scripted, shelf: Shelf
) -> None:
    store = connect(alice)
    sell(alice, there, store, "S-1", offered("SKU-00"), offered("SKU-01", number="2"))
    turn(alice, store)
    shelf.refused = {"SKU-00"}
    assert push(alice, store).taken == 1
    with alice.scope():
        (refusal,) = refusals_of(alice.organization_id, store)
    assert (refusal["code"], refusal["asked"], refusal["refusal"]) == ("SKU-00", 9999, "E7")
    assert refusal["message"] == "This product is under review."
    told = len(shelf.told)
    lay(alice, {"SKU-00": 20_000})
    push(alice, store, AT + MINUTE)
    assert len(shelf.told) == told  # more can wait until the refusal is old
    lay(alice, {"SKU-00": 5})
    push(alice, store, AT + 2 * MINUTE)
    assert shelf.told[told:] == [("product of SKU-00", "SKU-00", 4)]  # less cannot
    shelf.refused = set()
    assert push(alice, store, AT + 3 * MINUTE).taken == 0
    assert (
        retry_refused(organization_id=alice.organization_id, store_id=store, actor=alice.actor, at=AT + 4 * MINUTE) == 1
    )
    assert push(alice, store, AT + 4 * MINUTE).taken == 1
    assert shelf.offered == {"SKU-00": 4, "SKU-01": 9999}


def test_disabling_a_store_stops_its_sync_stock_push_and_notices_and_keeps_its_data(
    alice: World, there: Scripted, shelf: Shelf
) -> None:
    """D-09. At once: of a batch under way nothing more is told either."""
    from tests.db.test_notices import notices, tell

    from entrepot.connections import pulls
    from entrepot.parcels.telling import stores_to_tell

    store = connect(alice)
    order = sell(alice, there, store, "S-1", offered("SKU-00"), offered("SKU-01", number="2"))
    alice.do("review_orders", [order])
    parcels = [int(i) for i in alice.do("pack_orders", [order]).result["parcels"]]
    for verb in ("get_waybills", "allocate_parcels", "ship_parcels"):
        alice.do(verb, parcels)
    turn(alice, store)
    later = AT + HOUR
    assert (alice.organization_id, store) in pulls.due(later)
    assert (alice.organization_id, store, "scripted") in due(later)
    assert stores_to_tell(later, alice.organization_id) == [(alice.organization_id, store, "scripted")]
    org = alice.organization_id

    def switch_off(name: str) -> None:
        if name == "get":  # the first call of the push: after it nothing is told
            switch(organization_id=org, store_ids=[store], enabled=False, actor=alice.actor, at=AT)

    there.before = switch_off
    push(alice, store)
    assert "get" in there.calls
    assert shelf.told == []
    calls = list(there.calls)
    assert (org, store) not in pulls.due(later)
    assert due(later) == []
    assert stores_to_tell(later, org) == []
    assert push(alice, store, later) is None
    assert sync_store(org, store, why="timer", clock=lambda: later) is None
    assert there.calls == calls
    assert notices(alice) == [("S-1", "due")]
    assert alice.order_ids("S-1") == [order]
    there.before = lambda _name: None
    switch(organization_id=org, store_ids=[store], enabled=True, actor=alice.actor, at=later)
    sync_store(org, store, why="timer", clock=lambda: later)
    assert push(alice, store, later).taken == 2
    assert tell(alice, store, later) == 1


def test_turned_off_nothing_is_told_and_turned_on_again_everything_is(
    alice: World, there: Scripted, shelf: Shelf
) -> None:
    store = connect(alice)
    sell(alice, there, store, "S-1")
    turn(alice, store)
    push(alice, store)
    turn(alice, store, on=False, at=AT + MINUTE)
    lay(alice, {"SKU-00": 7})
    assert push(alice, store, AT + MINUTE) is None
    lay(alice, {"SKU-00": 10_000})
    turn(alice, store, at=AT + 2 * MINUTE)
    assert push(alice, store, AT + 2 * MINUTE).taken == 1  # the same number as before: who knows what stands there now
    assert len(shelf.told) == 2


def test_a_store_whose_sales_do_not_come_in_is_told_less_but_never_more(
    alice: World, there: Scripted, shelf: Shelf
) -> None:
    store = connect(alice)
    sell(alice, there, store, "S-1")
    turn(alice, store)
    push(alice, store)
    later = AT + HOUR  # the last sync is an hour old
    lay(alice, {"SKU-00": 20_000})
    assert push(alice, store, later).taken == 0
    lay(alice, {"SKU-00": 50})
    assert push(alice, store, later + MINUTE).taken == 1
    assert shelf.offered == {"SKU-00": 49}
    lay(alice, {"SKU-00": 60})
    pull(alice, store, later + 2 * MINUTE)
    assert push(alice, store, later + 2 * MINUTE).taken == 1
    assert shelf.offered == {"SKU-00": 59}


def test_a_marketplace_that_cannot_be_reached_is_tried_ever_more_seldom_and_the_store_says_so(
    alice: World, there: Scripted, shelf: Shelf
) -> None:
    store = connect(alice)
    sell(alice, there, store, "S-1")
    turn(alice, store)

    def away(name: str) -> None:
        if name == "set_stock":
            raise CallFailed(Trouble.TRANSIENT, "not reachable")

    there.before = away
    waits = []
    at = AT
    for _ in range(4):
        push(alice, store, at)
        (nxt,) = alice.column("SELECT next_run_at FROM inventory_stockpush WHERE organization_id = %s")
        waits.append((nxt - at).total_seconds())
        at = nxt
    assert waits == [30, 60, 120, 240]
    with alice.scope():
        found = push_of(alice.organization_id, store, AT)
    assert (found["trouble"], found["message"], found["waiting"]) == ("transient", "not reachable", 1)
    there.before = lambda _name: None
    assert push(alice, store, at).taken == 1
    with alice.scope():
        assert push_of(alice.organization_id, store, AT)["trouble"] == ""


def test_when_the_marketplace_is_busy_the_rest_waits_for_the_time_it_names(
    alice: World, there: Scripted, shelf: Shelf
) -> None:
    store = connect(alice)
    sell(alice, there, store, "S-1")
    turn(alice, store)

    def busy(name: str) -> None:
        if name == "set_stock":
            raise CallFailed(Trouble.THROTTLED, "slow down", retry_at=AT + 7 * MINUTE)

    there.before = busy
    push(alice, store)
    assert alice.column("SELECT next_run_at FROM inventory_stockpush WHERE organization_id = %s") == [AT + 7 * MINUTE]
    there.before = lambda _name: None
    assert due(AT + 6 * MINUTE) == []
    assert push(alice, store, AT + 7 * MINUTE).taken == 1


def test_an_ended_token_is_renewed_while_stock_is_told(alice: World, there: Scripted, shelf: Shelf) -> None:
    store = connect(alice)
    sell(alice, there, store, "S-1")
    turn(alice, store)
    there.token = "token-2"
    assert push(alice, store).taken == 1
    assert there.calls[-4:] == ["get", "refresh", "get", "set_stock"]


def test_one_organization_never_counts_or_tells_what_is_of_another(
    alice: World, charlie: World, there: Scripted, shelf: Shelf
) -> None:
    store = connect(alice)
    sell(alice, there, store, "S-1")
    turn(alice, store)
    his = connect(charlie)
    there.put("C-9", AT - HOUR, lines=(offered("SKU-00", 5),))
    pull(charlie, his)
    push(alice, store)
    assert shelf.offered == {"SKU-00": 9999}
    assert push_store(charlie.organization_id, store, "scripted", clock=lambda: AT) is None
    assert rows(charlie) == []


def test_a_refusal_of_a_whole_call_is_found_item_by_item_and_one_of_all_is_the_stores_trouble(
    alice: World, there: Scripted, shelf: Shelf
) -> None:
    store = connect(alice)
    sell(alice, there, store, "S-1", *(offered(f"SKU-{n:02}", number=str(n)) for n in range(6)))
    turn(alice, store)
    bad = {"SKU-02"}
    tell = shelf.set_stock

    def refuse(wire: Any, access: Any, levels: Sequence[StockLevel], *, now: Any) -> list[Done]:
        if bad & {level.sku_code for level in levels}:
            raise CallFailed(Trouble.INVALID_INPUT, "no such thing", code="E1")
        return tell(wire, access, levels, now=now)

    there.set_stock = refuse  # type: ignore[method-assign]
    assert push(alice, store).taken == 5
    assert [row for row in rows(alice) if row[2] != "told"] == [("SKU-02", None, "refused")]
    bad.update(f"SKU-{n:02}" for n in range(6))
    lay(alice, {f"SKU-{n:02}": 7 for n in range(6)})
    run = push(alice, store, AT + MINUTE)
    assert (run.taken, run.trouble, run.message) == (0, "invalid_input", "no such thing")
    assert {status for _, _, status in rows(alice)} == {"later"}  # the store's trouble is no refusal of a listing


def test_a_store_whose_goods_lie_on_another_shelf_is_not_told_ours(alice: World, there: Scripted, shelf: Shelf) -> None:
    store = connect(alice)
    sell(alice, there, store, "S-1")
    turn(alice, store)
    with alice.scope():
        sql.run(
            "UPDATE connections_store SET fulfilment = 'marketplace' WHERE organization_id = %s AND id = %s",
            [alice.organization_id, store],
        )
    assert due(AT) == []
    assert push(alice, store) is None
    assert shelf.told == []
