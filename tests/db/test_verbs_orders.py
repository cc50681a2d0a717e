"""Review, hold, release, cancel: outcomes, history, counts and undo of each."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from tests.cast import AT, World, answers, draft, line, taken_back

from entrepot.core.report import Refusal


def test_a_review_moves_orders_on_and_writes_one_event_each(alice: World) -> None:
    ids = alice.orders(2)
    report = alice.do("review_orders", ids)
    assert answers(report) == [("O-0000", None, {}), ("O-0001", None, {})]
    assert alice.order_stages(ids) == ["to_pack", "to_pack"]
    assert alice.counts() == {"order.to_pack": 2}
    assert alice.rows(
        """
        SELECT e.verb, e.before ->> 'stage', e.after ->> 'stage', m.name FROM core_event e
        JOIN core_member m ON m.organization_id = e.organization_id AND m.id = e.actor_id
        WHERE e.organization_id = %s AND e.subject = 'order' AND e.subject_id = %s AND e.at = %s ORDER BY e.id
        """,
        ids[0],
        AT,
    ) == [("import", None, "to_review", "Alice"), ("review", "to_review", "to_pack", "Alice")]


def test_undoing_a_review_brings_back_the_mark_of_what_the_marketplace_changed(alice: World) -> None:
    alice.take_in(draft("A"), draft("B", n=1))
    ids, mark = (
        alice.order_ids("A", "B"),
        "SELECT altered_at FROM orders_order WHERE organization_id = %s AND id = ANY(%s)",
    )
    replace(alice, at=AT + timedelta(hours=1)).take_in(draft("A", line("SKU-05")))
    uuid = uuid4()
    alice.do("review_orders", ids, uuid=uuid)
    assert alice.column(mark + " ORDER BY id", ids) == [None, None]
    replace(alice, at=AT + timedelta(hours=2)).take_in(draft("B", line("SKU-05"), n=1))
    assert alice.undo(uuid).refused == []
    assert alice.column(mark + " ORDER BY id", ids) == [AT + timedelta(hours=1), AT + timedelta(hours=2)]


def test_answers_stand_in_the_asked_order_once_each_and_good_ones_go_on(alice: World) -> None:
    first, second, third = alice.orders(3)
    alice.do("review_orders", [second])
    report = alice.do("review_orders", [third, 999_999, second, first, third])
    assert answers(report) == [
        ("O-0002", None, {}),
        ("999999", Refusal.NOT_FOUND, {}),
        ("O-0001", Refusal.WRONG_STAGE, {"stage": "to_pack", "expected": "to_review"}),
        ("O-0000", None, {}),
    ]
    assert alice.order_stages([first, second, third]) == ["to_pack"] * 3
    assert alice.counts() == {"order.to_pack": 3}


def test_cancelled_and_held_orders_are_refused_by_name_of_the_reason(alice: World) -> None:
    cancelled, held = alice.orders(2)
    alice.do("cancel_orders", [cancelled], reason="sold out")
    alice.do("hold_orders", [held], reason="odd address")
    assert answers(alice.do("review_orders", [cancelled, held])) == [
        ("O-0000", Refusal.CANCELLED, {"order": "O-0000"}),
        ("O-0001", Refusal.ON_HOLD, {"reason": "odd address"}),
    ]
    assert alice.counts() == {"order.cancelled": 1, "order.on_hold": 1}


def test_a_hold_keeps_reason_and_date_and_a_release_leads_to_review_again(alice: World) -> None:
    (order,) = alice.reviewed(1)
    until = AT + timedelta(days=2)
    alice.do("hold_orders", [order], reason="odd address", until=until.isoformat())
    columns = "SELECT stage, hold_reason, held_until FROM orders_order WHERE organization_id = %s AND id = %s"
    assert alice.rows(columns, order) == [("on_hold", "odd address", until)]
    assert answers(alice.do("hold_orders", [order])) == [("O-0000", Refusal.ON_HOLD, {"reason": "odd address"})]
    assert alice.do("release_orders", [order]).refused == []
    assert alice.rows(columns, order) == [("to_review", "", None)]
    assert answers(alice.do("release_orders", [order])) == [
        ("O-0000", Refusal.WRONG_STAGE, {"stage": "to_review", "expected": "on_hold"})
    ]
    assert alice.events("order", order) == ["import", "review", "hold", "release"]
    assert alice.counts() == {"order.to_review": 1}


def test_a_cancelled_order_has_all_its_free_pieces_cancelled(alice: World) -> None:
    alice.take_in(draft("A", line("SKU-00", 3), line("SKU-01", 2, number="2")))
    ids = alice.order_ids("A")
    assert alice.do("cancel_orders", ids, reason="the buyer asked").refused == []
    assert alice.column(
        "SELECT cancelled FROM orders_orderline WHERE organization_id = %s AND order_id = %s ORDER BY id", ids[0]
    ) == [3, 2]
    assert alice.rows(
        "SELECT after ->> 'stage', after ->> 'reason' FROM core_event WHERE organization_id = %s AND verb = 'cancel'"
        " AND subject_id = %s",
        ids[0],
    ) == [("cancelled", "the buyer asked")]


def test_packed_and_shipped_orders_cannot_be_cancelled_held_or_reviewed(alice: World) -> None:
    alice.packed(1, prefix="P")
    alice.shipped(1, prefix="S")
    ids = alice.order_ids("P-0000", "S-0000")
    for verb, expected in (
        ("cancel_orders", "unpaid, to_review, to_pack, on_hold, followed"),
        ("hold_orders", "to_review, to_pack"),
        ("review_orders", "to_review"),
        ("release_orders", "on_hold"),
    ):
        assert answers(alice.do(verb, ids)) == [
            ("P-0000", Refusal.WRONG_STAGE, {"stage": "packed", "expected": expected}),
            ("S-0000", Refusal.WRONG_STAGE, {"stage": "shipped", "expected": expected}),
        ]
    assert alice.order_stages(ids) == ["packed", "shipped"]


@pytest.mark.parametrize("from_review", [True, False])
def test_an_undone_hold_goes_back_to_where_the_order_was(alice: World, from_review: bool) -> None:
    ids = alice.orders(1) if from_review else alice.reviewed(1)
    batch = uuid4()
    alice.do("hold_orders", ids, reason="wait", uuid=batch)
    assert answers(alice.undo(batch)) == [("O-0000", None, {})]
    assert alice.order_stages(ids) == ["to_review" if from_review else "to_pack"]
    assert alice.value("SELECT hold_reason FROM orders_order WHERE organization_id = %s AND id = %s", ids[0]) == ""
    assert alice.batch(batch)["status"] == "undone"


def test_an_undone_release_is_held_again_for_the_same_reason(alice: World) -> None:
    ids = alice.orders(1)
    until = AT + timedelta(days=1)
    alice.do("hold_orders", ids, reason="wait for the buyer", until=until.isoformat())
    batch = uuid4()
    alice.do("release_orders", ids, uuid=batch)
    assert alice.undo(batch).refused == []
    assert alice.rows(
        "SELECT stage, hold_reason, held_until FROM orders_order WHERE organization_id = %s AND id = %s", ids[0]
    ) == [("on_hold", "wait for the buyer", until)]


def test_an_undone_cancellation_frees_the_pieces_but_not_those_a_document_took_back(alice: World) -> None:
    alice.take_in(draft("A", line("SKU-00", 3), line("SKU-01", 2, number="2"), n=1))
    alice.take_in(taken_back("A-minus", line("SKU-00", 1), n=1))
    ids, batch = alice.order_ids("A"), uuid4()
    lines = "SELECT cancelled FROM orders_orderline WHERE organization_id = %s AND order_id = %s ORDER BY id"
    assert alice.column(lines, ids[0]) == [1, 0]
    alice.do("cancel_orders", ids, uuid=batch)
    assert alice.column(lines, ids[0]) == [3, 2]
    alice.undo(batch)
    assert alice.column(lines, ids[0]) == [1, 0]
    assert alice.order_stages(ids) == ["to_review"]


def test_undo_answers_for_orders_that_moved_on_and_puts_back_the_others(alice: World) -> None:
    stayed, moved = alice.orders(2)
    batch = uuid4()
    alice.do("review_orders", [stayed, moved], uuid=batch)
    alice.do("pack_orders", [moved])
    assert answers(alice.undo(batch)) == [
        ("O-0000", None, {}),
        ("O-0001", Refusal.CHANGED_SINCE, {"stage": "packed"}),
    ]
    assert alice.order_stages([stayed, moved]) == ["to_review", "packed"]


def test_undo_leaves_alone_what_a_later_batch_did_though_the_stage_is_the_same(alice: World) -> None:
    (order,) = alice.orders(1)
    first, second = uuid4(), uuid4()
    alice.do("hold_orders", [order], reason="first", uuid=first)
    alice.do("release_orders", [order])
    alice.do("hold_orders", [order], reason="second", uuid=second)
    assert answers(alice.undo(first)) == [("O-0000", Refusal.CHANGED_SINCE, {"stage": "on_hold"})]
    assert alice.rows("SELECT stage, hold_reason FROM orders_order WHERE organization_id = %s AND id = %s", order) == [
        ("on_hold", "second")
    ]
    assert alice.undo(second).refused == []
    assert alice.order_stages([order]) == ["to_review"]


def test_an_undone_cancellation_does_not_bring_back_what_a_newer_version_took_out(alice: World) -> None:
    alice.take_in(draft("A", line("SKU-00", 2), line("SKU-01", 3, number="2")))
    alice.take_in(draft("A", line("SKU-00", 2), external_status="changed"))
    orders, batch = alice.order_ids("A"), uuid4()
    lines = "SELECT cancelled FROM orders_orderline WHERE organization_id = %s AND order_id = %s ORDER BY id"
    assert alice.column(lines, orders[0]) == [0, 3]
    alice.do("cancel_orders", orders, uuid=batch)
    assert alice.column(lines, orders[0]) == [2, 3]
    assert alice.undo(batch).refused == []
    assert alice.column(lines, orders[0]) == [0, 3]
