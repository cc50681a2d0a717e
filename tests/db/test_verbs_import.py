"""Import: the same file twice changes nothing, a newer version updates, refused rows are told, cancellations match."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from tests.cast import AT, World, address, broken, draft, fresh_world, line, taken_back

from entrepot.marketplaces.contract import LineDraft, PaymentState
from entrepot.marketplaces.order_file import RefusedRow

LINES = """
    SELECT o.external_id, l.external_id, l.quantity, l.cancelled, l.packed FROM orders_orderline l
    JOIN orders_order o ON o.organization_id = l.organization_id AND o.id = l.order_id
    WHERE l.organization_id = %s ORDER BY o.external_id, l.external_id
"""
TAKEN = """
    SELECT c.external_id, l.sku_code, l.quantity, l.why FROM orders_cancellationline l
    JOIN orders_cancellation c ON c.organization_id = l.organization_id AND c.id = l.cancellation_id
    WHERE l.organization_id = %s ORDER BY c.external_id, l.id
"""


def result(created: int = 0, updated: int = 0, unchanged: int = 0, cancelled: int = 0) -> dict[str, int]:
    return {"created": created, "updated": updated, "unchanged": unchanged, "cancelled": cancelled}


def test_the_same_file_twice_changes_nothing(alice: World) -> None:
    drafts = [draft(f"A-{n}", line(), line("SKU-01", 2, number="2"), n=n) for n in range(3)]
    first = alice.take_in(*drafts)
    assert (first["orders"], first["lines"], first["refused"]) == (result(created=3), 6, [])
    before = (alice.counts(), alice.value("SELECT count(*) FROM core_event WHERE organization_id = %s"))
    second = alice.take_in(*(replace(d, raw=[{"other": "columns"}], rows=(99,)) for d in drafts))
    assert second["orders"] == result(unchanged=3)
    assert (alice.counts(), alice.value("SELECT count(*) FROM core_event WHERE organization_id = %s")) == before
    assert alice.value("SELECT count(*) FROM orders_orderpayload WHERE organization_id = %s") == 3


def test_an_order_lands_where_its_payment_says(alice: World) -> None:
    alice.take_in(
        draft("PAID"),
        draft("UNPAID", payment=PaymentState.UNPAID, paid_at=None),
        draft("REFUNDED", payment=PaymentState.REFUNDED),
        draft("CANCELLED", cancelled=True),
        draft("GONE", shipped=True),
    )
    assert alice.order_stages(alice.order_ids("PAID", "UNPAID", "REFUNDED", "CANCELLED", "GONE")) == [
        "to_review", "unpaid", "cancelled", "cancelled", "shipped",
    ]  # fmt: skip


def test_a_payment_that_arrives_moves_an_unpaid_order_to_review(alice: World) -> None:
    alice.take_in(draft("A", payment=PaymentState.UNPAID, paid_at=None))
    assert alice.take_in(draft("A"))["orders"] == result(updated=1)
    assert alice.order_stages(alice.order_ids("A")) == ["to_review"]
    assert alice.counts() == {"order.to_review": 1}


def test_a_newer_version_updates_facts_and_keeps_what_our_hands_did(alice: World) -> None:
    alice.take_in(draft("A", line(quantity=1), line("SKU-01", 2, number="2")))
    (order,) = alice.order_ids("A")
    alice.do("review_orders", [order])
    newer = draft("A", line(quantity=3), buyer_note="faster please", external_status="paid, changed")
    assert alice.take_in(newer)["orders"] == result(updated=1)
    assert alice.order_stages([order]) == ["to_pack"]
    assert alice.rows(
        "SELECT external_status, buyer_note, review_reasons, line_count FROM orders_order WHERE organization_id = %s"
    ) == [("paid, changed", "faster please", ["buyer_note"], 1)]
    assert alice.rows(LINES) == [("A", "1", 3, 0, 0), ("A", "2", 2, 2, 0)]
    assert alice.value("SELECT count(*) FROM orders_orderpayload WHERE organization_id = %s") == 2


def test_a_newer_version_never_takes_packed_pieces_out_of_a_parcel(alice: World) -> None:
    alice.take_in(draft("A", line(quantity=3)))
    alice.do("review_orders", alice.order_ids("A"))
    alice.do("pack_orders", alice.order_ids("A"))
    alice.take_in(draft("A", line(quantity=1)))
    assert alice.rows(LINES) == [("A", "1", 3, 0, 3)]


def test_an_order_cancelled_at_the_marketplace_is_cancelled_here_unless_it_is_packed(alice: World) -> None:
    alice.take_in(draft("NEW", n=1), draft("PACKED", n=2))
    alice.do("review_orders", alice.order_ids("PACKED"))
    alice.do("pack_orders", alice.order_ids("PACKED"))
    alice.take_in(draft("NEW", n=1, cancelled=True), draft("PACKED", n=2, cancelled=True))
    assert alice.order_stages(alice.order_ids("NEW", "PACKED")) == ["cancelled", "packed"]
    assert alice.rows(
        """
        SELECT external_id, ended_at, ended_by, cancellation_asked_at FROM orders_order
        WHERE organization_id = %s ORDER BY external_id
        """
    ) == [("NEW", AT, "marketplace", None), ("PACKED", AT, "marketplace", None)]
    assert alice.rows(LINES) == [("NEW", "1", 1, 1, 0), ("PACKED", "1", 1, 0, 1)]


def test_refused_rows_are_told_and_the_others_taken_in(alice: World) -> None:
    uuid = uuid4()
    said = alice.take_in(draft("A"), RefusedRow(7, "quantity", "The quantity “two” is no number."), uuid=uuid)
    assert said["rows"] == 2
    assert said["refused"] == [{"row": 7, "field": "quantity", "reason": "The quantity “two” is no number."}]
    batch = alice.batch(uuid)
    assert (batch["status"], batch["done_count"], batch["refused_count"], batch["progress"]) == ("done", 1, 1, 2)
    assert alice.take_in(draft("OTHER"), uuid=uuid) == said
    assert alice.value("SELECT count(*) FROM orders_order WHERE organization_id = %s") == 1


def test_an_order_that_stands_twice_in_a_file_counts_in_its_last_version(alice: World) -> None:
    assert alice.take_in(draft("A", line(quantity=1)), draft("A", line(quantity=5)))["orders"]["created"] == 1
    assert alice.rows(LINES) == [("A", "1", 5, 0, 0)]


def test_unknown_goods_wait_for_review_until_their_sku_is_known(alice: World) -> None:
    alice.take_in(draft("A", line("NEW-THING")), draft("B", recipient=address(2, city="")))
    reasons = "SELECT external_id, review_reasons FROM orders_order WHERE organization_id = %s ORDER BY external_id"
    assert alice.rows(reasons) == [("A", ["unknown_sku"]), ("B", ["no_address"])]
    alice.stock({"NEW-THING": 4})
    assert alice.rows(reasons) == [("A", []), ("B", ["no_address"])]


def test_one_fifty_and_five_hundred_orders_cost_the_same_statements(committed: str) -> None:
    from tests.db.test_verbs_batches import counted

    alice = fresh_world("Budget of importing")
    alice.take_in(draft("LISTINGS", *(line(f"SKU-{k:02}", number=str(k)) for k in range(9))))
    sent = []
    for n in (1, 50, 500):
        with counted() as statements:
            alice.take_in(*(draft(f"N{n}-{k}", line(f"SKU-{k % 9:02}"), n=k) for k in range(n)))
        sent.append(len(statements))
    assert sent[0] == sent[1] == sent[2] <= 25


@pytest.mark.parametrize(
    ("take", "taken", "lines"),
    [
        ([line(quantity=1)], [("M", "SKU-00", 1, "same_price")], [("A", "1", 2, 0, 0), ("B", "1", 2, 1, 0)]),
        (
            [line(quantity=3)],
            [("M", "SKU-00", 2, "same_price"), ("M", "SKU-00", 1, "other_price")],
            [("A", "1", 2, 1, 0), ("B", "1", 2, 2, 0)],
        ),
        (
            [line(quantity=9)],
            [
                ("M", "SKU-00", 2, "same_price"),
                ("M", "SKU-00", 2, "other_price"),
                ("M", "SKU-00", 5, "no_such_line"),
            ],
            [("A", "1", 2, 2, 0), ("B", "1", 2, 2, 0)],
        ),
        (
            [line(quantity=1, price=1000)],
            [("M", "SKU-00", 1, "same_price")],
            [("A", "1", 2, 1, 0), ("B", "1", 2, 0, 0)],
        ),
        (
            [line("SKU-05", 1)],
            [("M", "SKU-05", 1, "no_such_line")],
            [("A", "1", 2, 0, 0), ("B", "1", 2, 0, 0)],
        ),
    ],
)
def test_a_cancellation_takes_back_the_latest_line_of_the_buyer_same_price_first(
    alice: World, take: list[object], taken: list[object], lines: list[object]
) -> None:
    alice.take_in(
        draft("A", line(quantity=2, price=1000), n=1, placed_at=AT - timedelta(hours=9)),
        draft("B", line(quantity=2, price=1990), n=1, placed_at=AT - timedelta(hours=5)),
    )
    said = alice.take_in(taken_back("M", *take, n=1))  # type: ignore[arg-type]
    assert said["orders"] == result(cancelled=1)
    assert alice.rows(TAKEN) == taken
    assert alice.rows(LINES) == lines


def test_a_cancellation_never_takes_from_another_buyer_nor_from_a_later_order(alice: World) -> None:
    alice.take_in(draft("OTHER", n=2), draft("LATER", n=1, placed_at=AT + timedelta(hours=1)))
    alice.take_in(taken_back("M", line(), n=1), taken_back("NOBODY", line(), n=1, buyer_id=""))
    assert alice.rows(TAKEN) == [("M", "SKU-00", 1, "no_such_line"), ("NOBODY", "SKU-00", 1, "no_buyer")]
    assert [row[3] for row in alice.rows(LINES)] == [0, 0]


def test_a_cancellation_of_some_packed_pieces_stops_their_parcel_and_of_shipped_ones_is_a_note(alice: World) -> None:
    for number in ("P", "S"):
        alice.take_in(draft(number, line("SKU-01" if number == "P" else "SKU-02", 2), n=1))
        alice.do("review_orders", alice.order_ids(number))
        parcels = [int(i) for i in alice.do("pack_orders", alice.order_ids(number)).result["parcels"]]
    for verb in ("get_waybills", "allocate_parcels", "ship_parcels"):
        assert alice.do(verb, parcels).refused == []
    alice.take_in(taken_back("M", line("SKU-01"), line("SKU-02", number="2"), n=1))
    assert alice.rows(TAKEN) == [("M", "SKU-01", 1, "packed"), ("M", "SKU-02", 1, "shipped")]
    assert alice.rows(
        """
        SELECT o.external_id, o.stage, o.cancellation_asked_at, l.taken_back, l.cancelled, o.surplus_lines = ARRAY[l.id]
        FROM orders_order o JOIN orders_orderline l ON l.organization_id = o.organization_id AND l.order_id = o.id
        WHERE o.organization_id = %s ORDER BY 1
        """
    ) == [("P", "packed", None, 1, 0, True), ("S", "shipped", None, 0, 0, False)]


def test_a_packed_order_taken_back_whole_stops_its_parcel_and_ends_with_unpacking(alice: World) -> None:
    alice.take_in(draft("P", line(quantity=2), line("SKU-01", number="2"), n=1))
    ids = alice.order_ids("P")
    alice.do("review_orders", ids)
    (parcel,) = (int(i) for i in alice.do("pack_orders", ids).result["parcels"])
    alice.take_in(taken_back("M", line(), line("SKU-01", number="2"), n=1))
    facts = "SELECT ended_by, cancellation_asked_at FROM orders_order WHERE organization_id = %s"
    assert alice.rows(facts) == [("", None)]
    alice.take_in(taken_back("N", line(), n=1))
    assert alice.rows(facts) == [("marketplace", None)]
    alice.do("unpack_parcels", [parcel])
    assert alice.order_stages(ids) == ["cancelled"]
    assert broken() == []


def test_an_order_taken_back_whole_is_cancelled_and_the_same_document_again_changes_nothing(alice: World) -> None:
    alice.take_in(draft("A", line(quantity=2), n=1))
    document = taken_back("M", line(quantity=2), n=1)
    alice.take_in(document)
    assert alice.order_stages(alice.order_ids("A")) == ["cancelled"]
    assert alice.counts() == {"order.cancelled": 1}
    assert alice.take_in(document)["orders"] == result(unchanged=1)
    assert alice.rows(LINES) == [("A", "1", 2, 2, 0)]


def test_orders_and_their_cancellation_may_come_in_one_file_in_any_order(alice: World) -> None:
    alice.take_in(taken_back("M", line(), n=1), draft("A", n=1))
    assert alice.order_stages(alice.order_ids("A")) == ["cancelled"]


def named(number: str, sku: str, title: str, quantity: int = 1) -> LineDraft:
    return LineDraft(number, sku, title, quantity, 1990)


def goods(world: World) -> list[tuple[str, str, int, int]]:
    return world.rows(
        "SELECT external_id, title, quantity, cancelled FROM orders_orderline WHERE organization_id = %s ORDER BY id"
    )


def test_a_line_that_a_shorter_file_left_out_comes_back_with_the_whole_file(alice: World) -> None:
    a, b = named("a", "SKU-00", "Bowl"), named("b", "SKU-01", "Cup")
    for lines, left in (((a, b), [0, 0]), ((a,), [0, 1]), ((a, b), [0, 0]), ((b,), [1, 0]), ((a, b), [0, 0])):
        alice.take_in(draft("X-1", *lines))
        assert [cancelled for *_, cancelled in goods(alice)] == left
    assert alice.take_in(draft("X-1", a, b))["orders"]["unchanged"] == 1


def test_a_file_that_names_no_goods_takes_none_away(alice: World) -> None:
    items = draft("X-1", named("a", "SKU-00", "Bowl"), named("b", "SKU-01", "Cup"))
    only_orders = draft("X-1", named("1", "", "", 3))
    alice.take_in(items)
    alice.take_in(only_orders)
    assert goods(alice) == [("a", "Bowl", 1, 0), ("b", "Cup", 1, 0)]
    alice.take_in(replace(items, buyer_note="gift"))
    assert goods(alice) == [("a", "Bowl", 1, 0), ("b", "Cup", 1, 0)]


def test_goods_that_are_named_later_take_the_place_of_the_nameless_line(alice: World) -> None:
    alice.take_in(draft("X-1", named("1", "", "", 3)))
    alice.take_in(draft("X-1", named("a", "SKU-00", "Bowl")))
    assert goods(alice) == [("1", "", 3, 3), ("a", "Bowl", 1, 0)]
