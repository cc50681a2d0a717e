"""Parcels of cancelled orders until nobody has to look after them any more, wrong presses on the way included."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from tests.cast import AT, World, answers, broken, draft, line, taken_back
from tests.scripted import connect, play

from entrepot.core import sql
from entrepot.marketplaces.contract import PaymentState
from entrepot.orders.sync import sync_store
from entrepot.parcels.whereabouts import count_stopped

HOUR = timedelta(hours=1)
ORDER = draft("A", line("SKU-01", 2), n=1)
MARKS = (
    "SELECT settled_at IS NOT NULL, intercept_at IS NOT NULL FROM parcels_parcel WHERE organization_id = %s AND id = %s"
)
ENDED = "SELECT stage, ended_at, ended_by FROM orders_order WHERE organization_id = %s AND id = %s"
PIECES = "SELECT quantity, packed, cancelled FROM orders_orderline WHERE organization_id = %s AND order_id = %s"


def ready(world: World, *verbs: str, **facts: Any) -> tuple[int, int]:
    """An order and its parcel, after pack and `verbs`."""
    world.take_in(replace(ORDER, **facts))
    (order,) = world.order_ids("A")
    world.do("review_orders", [order])
    return order, packed(world, order, *verbs)


def packed(world: World, order: int, *verbs: str) -> int:
    (parcel,) = (int(i) for i in world.do("pack_orders", [order]).result["parcels"])
    for verb in verbs:
        assert world.do(verb, [parcel]).refused == []
    return parcel


STOCKED = ("get_waybills", "allocate_parcels")
OUT = (*STOCKED, "ship_parcels")


def grown(world: World, order: int, quantity: int = 5) -> None:
    world.take_in(replace(ORDER, lines=(line("SKU-01", quantity),)))
    assert world.order_stages([order]) == ["to_review"]


def cancelled(world: World, quantity: int = 2, **facts: Any) -> None:
    world.take_in(replace(ORDER, lines=(line("SKU-01", quantity),), cancelled=True, **facts))


def unsettled(world: World, stage: str = "to_process", supply: str = "") -> Mapping[str, int]:
    with world.scope():
        return count_stopped(world.organization_id, stage, supply)


def test_a_wrong_not_handed_over_of_a_shipped_parcel_is_taken_back_and_corrected(alice: World) -> None:
    order, parcel = ready(alice, *OUT)
    gone = alice.shelf("SKU-01")
    cancelled(alice)
    batch = uuid4()
    assert alice.do("mark_not_handed_over", [parcel], uuid=batch).done == [parcel]
    assert alice.undo(batch).done == [parcel]
    assert alice.rows(MARKS, parcel) == [(False, False)]
    assert alice.do("mark_handed_over", [parcel]).done == [parcel]
    assert (alice.parcel_stages([parcel]), alice.order_stages([order])) == (["shipped"], ["shipped"])
    assert (alice.rows(MARKS, parcel), alice.shelf("SKU-01")) == ([(False, True)], gone)
    assert broken() == []


def test_not_handed_over_is_not_taken_back_once_somebody_has_said_more(alice: World) -> None:
    _, parcel = ready(alice, *STOCKED)
    cancelled(alice)
    batch = uuid4()
    alice.do("mark_not_handed_over", [parcel], uuid=batch)
    with alice.scope():
        sql.run(
            "UPDATE parcels_parcel SET intercept_at = %s WHERE organization_id = %s AND id = %s",
            [AT, alice.organization_id, parcel],
        )
    assert answers(alice.undo(batch)) == [(f"P-{parcel}", "changed_since", {"stage": "to_print"})]
    assert alice.rows(MARKS, parcel) == [(True, True)]


def test_a_wrong_gone_is_taken_back_with_the_stage_of_its_order(alice: World) -> None:
    order, parcel = ready(alice, *OUT)
    cancelled(alice)
    alice.do("mark_handed_over", [parcel])
    batch = uuid4()
    assert alice.do("close_intercepts", [parcel], uuid=batch, outcome="gone").done == [parcel]
    assert alice.order_stages([order]) == ["cancelled"]
    assert alice.undo(batch).done == [parcel]
    assert (alice.rows(MARKS, parcel), alice.order_stages([order])) == ([(False, True)], ["shipped"])
    assert alice.counts() == {"order.shipped": 1, "parcel.shipped": 1}
    assert alice.do("close_intercepts", [parcel], outcome="back").done == [parcel]
    assert broken() == []


def test_a_wrong_back_is_taken_back_and_the_stock_leaves_again(alice: World) -> None:
    order, parcel = ready(alice, *OUT)
    gone = alice.shelf("SKU-01")
    cancelled(alice)
    alice.do("mark_handed_over", [parcel])
    batch = uuid4()
    assert alice.do("close_intercepts", [parcel], uuid=batch, outcome="back").done == [parcel]
    assert alice.shelf("SKU-01") == (gone[0] + 2, gone[1] + 2)
    assert alice.undo(batch).done == [parcel]
    assert (alice.shelf("SKU-01"), alice.rows(MARKS, parcel)) == (gone, [(False, True)])
    assert (alice.parcel_stages([parcel]), alice.order_stages([order])) == (["shipped"], ["shipped"])
    assert broken() == []


def test_an_intercept_that_was_closed_and_then_unpacked_is_not_opened_again(alice: World) -> None:
    order, parcel = ready(alice, *OUT)
    cancelled(alice)
    alice.do("mark_handed_over", [parcel])
    batch = uuid4()
    alice.do("close_intercepts", [parcel], uuid=batch, outcome="back")
    alice.do("unpack_parcels", [parcel])
    assert answers(alice.undo(batch)) == [(f"P-{parcel}", "changed_since", {"stage": "unpacked"})]
    assert (alice.rows(MARKS, parcel), alice.order_stages([order])) == ([(True, False)], ["cancelled"])


def test_of_a_split_order_the_last_parcel_to_be_settled_cancels_it(alice: World) -> None:
    order, first = ready(alice, *OUT)
    grown(alice, order)
    alice.do("review_orders", [order])
    second = packed(alice, order)
    cancelled(alice, 5)
    alice.do("mark_handed_over", [first])
    alice.do("close_intercepts", [first], outcome="gone")
    assert alice.order_stages([order]) == ["packed"]
    assert alice.do("unpack_parcels", [second]).done == [second]
    assert alice.order_stages([order]) == ["cancelled"]
    assert broken() == []


def test_of_a_split_order_a_parcel_to_intercept_keeps_it_waiting(alice: World) -> None:
    order, first = ready(alice, *OUT)
    grown(alice, order)
    alice.do("review_orders", [order])
    second = packed(alice, order)
    cancelled(alice, 5)
    alice.do("mark_handed_over", [first])
    alice.do("unpack_parcels", [second])
    assert alice.order_stages([order]) == ["packed"]
    alice.do("close_intercepts", [first], outcome="gone")
    assert alice.order_stages([order]) == ["cancelled"]
    assert broken() == []


def test_a_parcel_of_an_order_that_grew_and_was_cancelled_there_is_asked_about(alice: World) -> None:
    order, parcel = ready(alice)
    grown(alice, order)
    cancelled(alice, 5)
    assert alice.rows(ENDED, order) == [("packed", AT, "marketplace")]
    assert unsettled(alice) == {"cancelled": 1, "intercept": 0}
    assert alice.do("unpack_parcels", [parcel]).done == [parcel]
    assert (alice.order_stages([order]), alice.rows(PIECES, order)) == (["cancelled"], [(5, 0, 5)])
    assert alice.counts() == {"order.cancelled": 1, "parcel.unpacked": 1}
    assert broken() == []


def test_a_parcel_of_an_order_that_grew_and_was_cancelled_here_is_asked_about_and_undo_frees_it(alice: World) -> None:
    order, parcel = ready(alice)
    grown(alice, order)
    batch = uuid4()
    assert alice.do("cancel_orders", [order], uuid=batch).done == [order]
    assert alice.rows(ENDED, order) == [("packed", AT, "")]
    assert unsettled(alice) == {"cancelled": 1, "intercept": 0}
    assert broken() == []
    assert alice.undo(batch).done == [order]
    assert alice.rows(ENDED, order) == [("to_review", None, "")]
    assert alice.rows(PIECES, order) == [(5, 2, 0)]
    assert unsettled(alice) == {"cancelled": 0, "intercept": 0}
    alice.do("cancel_orders", [order])
    assert alice.do("unpack_parcels", [parcel]).done == [parcel]
    assert alice.order_stages([order]) == ["cancelled"]
    assert broken() == []


def test_a_parcel_of_an_order_that_grew_and_whose_wish_was_accepted_is_asked_about(alice: World) -> None:
    order, _ = ready(alice)
    grown(alice, order)
    with alice.scope():
        sql.run(
            "UPDATE orders_order SET cancellation_asked_at = %s WHERE organization_id = %s", [AT, alice.organization_id]
        )
    assert alice.do("accept_cancellations", [order]).done == [order]
    assert alice.rows(ENDED, order) == [("packed", AT, "us")]
    assert unsettled(alice) == {"cancelled": 1, "intercept": 0}
    assert broken() == []


def test_money_given_back_before_the_parcel_left_goes_on_to_count_after(alice: World) -> None:
    order, parcel = ready(alice, *STOCKED, updated_at=AT - HOUR)
    refunded = replace(ORDER, payment=PaymentState.REFUNDED, updated_at=AT)
    alice.take_in(refunded)
    alice.do("mark_handed_over", [parcel])
    assert alice.order_stages([order]) == ["shipped"]
    alice.take_in(replace(refunded, buyer_note="again", updated_at=AT + HOUR))
    assert alice.rows(ENDED, order) == [("shipped", AT, "marketplace")]
    alice.take_in(replace(ORDER, updated_at=AT + 2 * HOUR))
    assert alice.rows(ENDED, order) == [("shipped", None, "")]


def test_a_parcel_that_must_not_go_takes_no_stock(alice: World) -> None:
    _, parcel = ready(alice, "get_waybills")
    before = alice.shelf("SKU-01")
    cancelled(alice)
    assert answers(alice.do("allocate_parcels", [parcel])) == [
        (f"P-{parcel}", "cancelled_there", {"order": "A", "store": "Main Street"})
    ]
    assert (alice.shelf("SKU-01"), alice.parcel_stages([parcel])) == (before, ["waybill"])


def test_surplus_pieces_of_one_line_do_not_hide_what_is_left_of_another(alice: World) -> None:
    order, _ = ready(alice, lines=(line("SKU-01", 3), line("SKU-02", 1, number="2")))
    alice.take_in(taken_back("M", line("SKU-01", 2), n=1))
    alice.take_in(taken_back("N", line("SKU-01", 2), n=1))
    assert alice.rows(ENDED, order) == [("packed", None, "")]
    alice.take_in(taken_back("O", line("SKU-01", 1), line("SKU-02", 1, number="2"), n=1))
    assert alice.rows(ENDED, order) == [("packed", AT, "marketplace")]


def test_a_new_answer_does_not_wait_for_the_lease_of_the_old_one(alice: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for there in play(monkeypatch):
        store = connect(alice)
        there.put("S-1", AT - HOUR, cancel_asked_at=AT - HOUR, cancel_request_id="R-1")
        sync_store(alice.organization_id, store, why="button", clock=lambda: AT)
    ids = alice.order_ids("S-1")
    alice.do("accept_cancellations", ids)
    with alice.scope():
        sql.run(
            "UPDATE orders_cancelanswer SET status = 'sending', lease_until = %s WHERE organization_id = %s",
            [AT + HOUR, alice.organization_id],
        )
    assert alice.do("reject_cancellations", ids).done == ids
    found = "SELECT accept, status, lease_until FROM orders_cancelanswer WHERE organization_id = %s"
    assert alice.rows(found) == [(False, "due", None)]
