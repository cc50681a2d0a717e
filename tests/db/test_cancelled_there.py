"""An order that its marketplace has cancelled while its goods lie in a parcel, or after they left."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from tests.cast import World, answers, broken, draft, line
from tests.scripted import AT, Scripted, connect, play

from entrepot.core import sql
from entrepot.marketplaces.contract import PaymentState
from entrepot.orders import answer  # noqa: F401 - a verb exists once its module is imported
from entrepot.orders.answering import answer_store
from entrepot.orders.sync import sync_store

HOUR = timedelta(hours=1)
ENDED = """
    SELECT external_id, stage, ended_by, cancellation_asked_at, answer_by_at FROM orders_order
    WHERE organization_id = %s ORDER BY external_id
    """
MARKS = (
    "SELECT settled_at IS NOT NULL, intercept_at IS NOT NULL FROM parcels_parcel WHERE organization_id = %s AND id = %s"
)
LINES = "SELECT quantity, packed, cancelled FROM orders_orderline WHERE organization_id = %s AND order_id = %s"


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    yield from play(monkeypatch)


def sync(world: World, store: int, hours: float = 0) -> None:
    sync_store(world.organization_id, store, why="button", clock=lambda: AT + hours * HOUR)


def ready(world: World, there: Scripted, *numbers: str, **facts: Any) -> tuple[int, list[int]]:
    """A connected store and parcels of its orders, ready to ship."""
    store = connect(world)
    for n, number in enumerate(numbers):
        there.put(number, AT - HOUR, buyer_id=f"b{n}", **facts)
    sync(world, store)
    ids = world.order_ids(*numbers)
    assert world.do("review_orders", ids).refused == []
    parcels = [int(i) for i in world.do("pack_orders", ids, merge=False).result["parcels"]]
    for verb in ("get_waybills", "allocate_parcels"):
        assert world.do(verb, parcels).refused == []
    return store, parcels


def cancelled(world: World, there: Scripted, store: int, number: str, hours: int = 1, **facts: Any) -> None:
    there.put(number, AT + hours * HOUR, cancelled=True, external_status="CANCELLED", buyer_id="b0", **facts)
    sync(world, store, hours + 0.5)


def test_a_parcel_of_a_cancelled_order_is_stopped_with_that_reason_and_nobody_is_to_be_answered(
    alice: World, there: Scripted
) -> None:
    store, (parcel,) = ready(alice, there, "S-1")
    cancelled(alice, there, store, "S-1")
    assert alice.rows(ENDED) == [("S-1", "packed", "marketplace", None, None)]
    stopped = [(f"P-{parcel}", "cancelled_there", {"order": "S-1", "store": "Scripted store"})]
    for verb, options in (
        ("print_parcels", {"document": "label"}), ("print_parcels", {"document": "pick_list"}), ("ship_parcels", {}),
        ("notify_parcels", {}),
    ):  # fmt: skip
        assert answers(alice.do(verb, [parcel], **options)) == stopped
    asked = alice.do("accept_cancellations", alice.order_ids("S-1"))
    assert [outcome.refusal for outcome in asked.outcomes] == ["not_asked"]


def test_unpacking_it_is_all_that_is_left_and_cancels_the_order(alice: World, there: Scripted) -> None:
    store, (parcel,) = ready(alice, there, "S-1")
    (order,) = alice.order_ids("S-1")
    shelf = alice.shelf("SKU-00")
    cancelled(alice, there, store, "S-1")
    assert alice.do("unpack_parcels", [parcel]).done == [parcel]
    assert alice.order_stages([order]) == ["cancelled"]
    assert alice.rows(LINES, order) == [(1, 0, 1)]
    assert alice.shelf("SKU-00") == (shelf[0], shelf[1] - 1)
    assert alice.column("SELECT status FROM parcels_waybill WHERE organization_id = %s AND parcel_id = %s", parcel) == [
        "voided"
    ]
    assert alice.counts() == {"order.cancelled": 1, "parcel.unpacked": 1}
    assert alice.events("order", order)[-1] == "cancel"
    assert broken() == []


def test_of_a_shared_parcel_the_cancelled_order_ends_and_the_other_waits_to_be_packed_again(
    alice: World, there: Scripted
) -> None:
    store = connect(alice)
    for number in ("S-1", "S-2"):
        there.put(number, AT - HOUR)
    sync(alice, store)
    ids = alice.order_ids("S-1", "S-2")
    alice.do("review_orders", ids)
    (parcel,) = (int(i) for i in alice.do("pack_orders", ids).result["parcels"])
    there.put("S-1", AT + HOUR, cancelled=True)
    sync(alice, store, 2)
    assert alice.do("unpack_parcels", [parcel]).done == [parcel]
    assert alice.order_stages(ids) == ["cancelled", "to_pack"]
    assert alice.do("pack_orders", ids).done == [ids[1]]
    assert broken() == []


def test_an_undone_pack_ends_the_order_as_unpacking_does(alice: World, there: Scripted) -> None:
    store, batch = connect(alice), uuid4()
    there.put("S-1", AT - HOUR)
    sync(alice, store)
    ids = alice.order_ids("S-1")
    alice.do("review_orders", ids)
    alice.do("pack_orders", ids, uuid=batch)
    there.put("S-1", AT + HOUR, cancelled=True)
    sync(alice, store, 2)
    assert alice.undo(batch).refused == []
    assert alice.order_stages(ids) == ["cancelled"]


def test_a_cancellation_that_the_marketplace_takes_back_frees_the_parcel(alice: World, there: Scripted) -> None:
    store, (parcel,) = ready(alice, there, "S-1")
    cancelled(alice, there, store, "S-1")
    there.put("S-1", AT + 2 * HOUR, buyer_id="b0")
    sync(alice, store, 3)
    assert alice.rows(ENDED) == [("S-1", "packed", "", None, None)]
    assert alice.do("ship_parcels", [parcel]).done == [parcel]


def test_a_wish_that_we_accepted_and_the_marketplace_confirmed_ends_with_unpacking(
    alice: World, there: Scripted
) -> None:
    store, (parcel,) = ready(alice, there, "S-1")
    ids = alice.order_ids("S-1")
    there.put("S-1", AT + HOUR, cancel_asked_at=AT + HOUR, cancel_request_id="R-1", buyer_id="b0")
    sync(alice, store, 1.5)
    assert alice.do("accept_cancellations", ids).done == ids
    assert answer_store(alice.organization_id, store, "scripted", clock=lambda: AT + HOUR) == 1
    cancelled(alice, there, store, "S-1", 2)
    assert alice.rows(ENDED) == [("S-1", "packed", "marketplace", None, None)]
    assert alice.do("unpack_parcels", [parcel]).done == [parcel]
    assert alice.order_stages(ids) == ["cancelled"]


def test_a_wish_that_we_accepted_ends_by_itself_though_unpacked_before_the_marketplace_confirmed(
    alice: World, there: Scripted
) -> None:
    store, (parcel,) = ready(alice, there, "S-1")
    ids = alice.order_ids("S-1")
    there.put("S-1", AT + HOUR, cancel_asked_at=AT + HOUR, cancel_request_id="R-1", buyer_id="b0")
    sync(alice, store, 1.5)
    alice.do("accept_cancellations", ids)
    alice.do("unpack_parcels", [parcel])
    assert alice.order_stages(ids) == ["to_pack"]
    assert [outcome.refusal for outcome in alice.do("pack_orders", ids).outcomes] == ["cancellation_asked"]
    answer_store(alice.organization_id, store, "scripted", clock=lambda: AT + HOUR)
    cancelled(alice, there, store, "S-1", 2)
    assert alice.order_stages(ids) == ["cancelled"]
    assert broken() == []


def test_accepting_while_packed_where_nobody_is_told_ends_with_unpacking(alice: World) -> None:
    (parcel,) = alice.allocated(1)
    (order,) = alice.order_ids("O-0000")
    with alice.scope():
        sql.run(
            "UPDATE orders_order SET cancellation_asked_at = %s, answer_by_at = %s WHERE organization_id = %s",
            [AT, AT + HOUR, alice.organization_id],
        )
    assert alice.do("accept_cancellations", [order]).done == [order]
    assert alice.rows(ENDED) == [("O-0000", "packed", "us", None, None)]
    assert answers(alice.do("ship_parcels", [parcel])) == [(f"P-{parcel}", "cancelled", {"order": "O-0000"})]
    alice.do("unpack_parcels", [parcel])
    assert alice.order_stages([order]) == ["cancelled"]
    assert broken() == []


def test_a_wish_that_was_rejected_or_withdrawn_leaves_no_mark(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1", "S-2")
    (no,) = alice.order_ids("S-1")
    for n, number in enumerate(("S-1", "S-2")):
        there.put(number, AT + HOUR, cancel_asked_at=AT + HOUR, cancel_request_id=f"R-{n}", buyer_id=f"b{n}")
    sync(alice, store, 1.5)
    assert [outcome.refusal for outcome in alice.do("ship_parcels", parcels).outcomes] == ["cancellation_asked"] * 2
    alice.do("reject_cancellations", [no])
    answer_store(alice.organization_id, store, "scripted", clock=lambda: AT + HOUR)
    there.put("S-2", AT + 2 * HOUR, buyer_id="b1")
    sync(alice, store, 3)
    assert alice.rows(ENDED) == [("S-1", "packed", "", None, None), ("S-2", "packed", "", None, None)]
    assert alice.do("ship_parcels", parcels).done == parcels


def test_undoing_our_cancellation_does_not_revive_what_the_marketplace_cancelled_since(
    alice: World, there: Scripted
) -> None:
    store, batch = connect(alice), uuid4()
    for number in ("S-1", "S-2"):
        there.put(number, AT - HOUR)
    sync(alice, store)
    ids = alice.order_ids("S-1", "S-2")
    alice.do("cancel_orders", ids, uuid=batch, reason="Out of stock")
    there.put("S-1", AT + HOUR, cancelled=True)
    sync(alice, store, 2)
    assert answers(alice.undo(batch)) == [("S-1", "cancelled", {"order": "S-1"}), ("S-2", None, {})]
    assert alice.order_stages(ids) == ["cancelled", "to_review"]


# -- where is it? (K-40)


def test_not_handed_over_takes_the_mark_away_and_history_says_who(bob: World, alice: World, there: Scripted) -> None:
    store, (parcel,) = ready(alice, there, "S-1")
    cancelled(alice, there, store, "S-1")
    bob, batch = replace(bob, at=AT + 2 * HOUR), uuid4()
    assert bob.do("mark_not_handed_over", [parcel], uuid=batch).done == [parcel]
    assert alice.rows(MARKS, parcel) == [(True, False)]
    assert alice.rows(
        "SELECT actor_id, at FROM core_event WHERE organization_id = %s AND verb = 'not_handed_over'"
    ) == [(bob.actor.member_id, bob.at)]
    assert answers(bob.do("mark_not_handed_over", [parcel])) == [(f"P-{parcel}", "not_cancelled", {})]
    assert [outcome.refusal for outcome in bob.do("ship_parcels", [parcel]).outcomes] == ["cancelled_there"]
    assert bob.undo(batch).refused == []
    assert alice.rows(MARKS, parcel) == [(False, False)]


def test_a_parcel_whose_order_lives_is_asked_nothing(alice: World) -> None:
    (parcel,) = alice.allocated(1)
    for verb in ("mark_not_handed_over", "mark_handed_over"):
        assert answers(alice.do(verb, [parcel])) == [(f"P-{parcel}", "not_cancelled", {})]
    assert answers(alice.do("close_intercepts", [parcel])) == [(f"P-{parcel}", "no_intercept", {})]


def test_already_handed_over_ships_it_here_tells_nobody_and_opens_an_intercept(alice: World, there: Scripted) -> None:
    store, (parcel,) = ready(alice, there, "S-1")
    cancelled(alice, there, store, "S-1")
    on_hand = alice.shelf("SKU-00")[0]
    assert alice.do("mark_handed_over", [parcel]).done == [parcel]
    assert alice.parcel_stages([parcel]) == ["shipped"]
    assert alice.rows(MARKS, parcel) == [(False, True)]
    assert alice.shelf("SKU-00") == (on_hand - 1, 0)
    assert alice.value("SELECT count(*) FROM parcels_shippingnotice WHERE organization_id = %s") == 0
    assert broken() == []


def test_an_intercepted_parcel_comes_back_with_its_stock_and_unpacking_cancels_the_order(
    alice: World, there: Scripted
) -> None:
    store, (parcel,) = ready(alice, there, "S-1")
    cancelled(alice, there, store, "S-1")
    before = alice.shelf("SKU-00")
    alice.do("mark_handed_over", [parcel])
    assert alice.do("close_intercepts", [parcel], outcome="back").done == [parcel]
    assert alice.parcel_stages([parcel]) == ["to_print"]
    assert (alice.shelf("SKU-00"), alice.rows(MARKS, parcel)) == (before, [(True, False)])
    assert [outcome.refusal for outcome in alice.do("ship_parcels", [parcel]).outcomes] == ["cancelled_there"]
    alice.do("unpack_parcels", [parcel])
    assert alice.order_stages(alice.order_ids("S-1")) == ["cancelled"]
    assert broken() == []


def test_an_order_cancelled_after_shipping_asks_and_a_parcel_that_is_gone_ends_it(
    alice: World, there: Scripted
) -> None:
    store, (parcel,) = ready(alice, there, "S-1")
    alice.do("ship_parcels", [parcel])
    cancelled(alice, there, store, "S-1")
    alice, ids = replace(alice, at=AT + 2 * HOUR), alice.order_ids("S-1")
    assert alice.rows(ENDED) == [("S-1", "shipped", "marketplace", None, None)]
    assert alice.do("mark_handed_over", [parcel]).done == [parcel]
    assert alice.rows(MARKS, parcel) == [(False, True)]
    assert alice.do("close_intercepts", [parcel], outcome="gone").done == [parcel]
    assert (alice.order_stages(ids), alice.parcel_stages([parcel])) == (["cancelled"], ["shipped"])
    assert alice.counts() == {"order.cancelled": 1, "parcel.shipped": 1}
    assert answers(alice.do("close_intercepts", [parcel])) == [(f"P-{parcel}", "no_intercept", {})]
    there.put(
        "S-1", AT + 5 * HOUR, cancelled=True, buyer_id="b0", buyer_note="refunded"
    )  # a newer version asks nothing
    sync(alice, store, 6)
    assert [outcome.refusal for outcome in alice.do("mark_handed_over", [parcel]).outcomes] == ["not_cancelled"]
    assert broken() == []


def test_a_parcel_shipped_on_the_screen_only_is_called_back_when_it_is_still_here(
    alice: World, there: Scripted
) -> None:
    store, (parcel,) = ready(alice, there, "S-1")
    alice.do("ship_parcels", [parcel])
    cancelled(alice, there, store, "S-1")
    assert alice.do("mark_not_handed_over", [parcel]).done == [parcel]
    assert alice.parcel_stages([parcel]) == ["to_print"]
    assert alice.order_stages(alice.order_ids("S-1")) == ["packed"]
    alice.do("unpack_parcels", [parcel])
    assert alice.order_stages(alice.order_ids("S-1")) == ["cancelled"]
    assert broken() == []


def test_undoing_handed_over_brings_the_parcel_back_to_the_shelf(alice: World, there: Scripted) -> None:
    store, (here, gone) = ready(alice, there, "S-1", "S-2")
    alice.do("ship_parcels", [gone])
    cancelled(alice, there, store, "S-1")
    there.put("S-2", AT + 2 * HOUR, cancelled=True, buyer_id="b1")
    sync(alice, store, 3)
    batch = uuid4()
    assert alice.do("mark_handed_over", [here, gone], uuid=batch).refused == []
    assert alice.undo(batch).refused == []
    assert alice.parcel_stages([here, gone]) == ["to_print", "shipped"]
    assert (alice.rows(MARKS, here), alice.rows(MARKS, gone)) == ([(False, False)], [(False, False)])
    assert broken() == []


def test_a_refund_after_shipping_asks_nobody_where_the_parcel_is(alice: World, there: Scripted) -> None:
    store, (parcel,) = ready(alice, there, "S-1")
    alice.do("ship_parcels", [parcel])
    there.put("S-1", AT + HOUR, payment=PaymentState.REFUNDED, buyer_id="b0")
    sync(alice, store, 2)
    assert alice.rows(ENDED) == [("S-1", "shipped", "", None, None)]


def test_what_has_neither_number_nor_stock_cannot_have_left(alice: World, there: Scripted) -> None:
    alice.take_in(draft("A", line(), n=1), draft("B", line(), n=2))
    ids = alice.order_ids("A", "B")
    alice.do("review_orders", ids)
    new, numbered = (int(i) for i in alice.do("pack_orders", ids).result["parcels"])
    alice.do("get_waybills", [numbered])
    alice.take_in(draft("A", line(), n=1, cancelled=True), draft("B", line(), n=2, cancelled=True))
    assert answers(alice.do("mark_handed_over", [new, numbered])) == [
        (f"P-{new}", "no_waybill", {}), (f"P-{numbered}", "not_allocated", {}),
    ]  # fmt: skip
