"""Pack and unpack: which orders share a parcel, what is refused, and how it is taken back."""

from uuid import uuid4

import orjson
import pytest
from tests.cast import World, address, answers, draft, line

from entrepot.core.report import Refusal


def parcel_lines(world: World, parcel: int) -> list[tuple[str, str, int]]:
    """(order, line, pieces) in a parcel."""
    return world.rows(
        """
        SELECT o.external_id, l.external_id, pl.quantity FROM parcels_parcelline pl
        JOIN orders_orderline l ON l.organization_id = pl.organization_id AND l.id = pl.order_line_id
        JOIN orders_order o ON o.organization_id = pl.organization_id AND o.id = pl.order_id
        WHERE pl.organization_id = %s AND pl.parcel_id = %s ORDER BY o.external_id, l.external_id
        """,
        parcel,
    )


def reviewed(world: World, *drafts: object) -> list[int]:
    world.take_in(*drafts)  # type: ignore[arg-type]
    ids = world.order_ids(*(d.external_id for d in drafts))  # type: ignore[attr-defined]
    assert world.do("review_orders", ids).refused == []
    return ids


def test_orders_of_one_recipient_share_a_parcel_and_the_reason_is_kept(alice: World) -> None:
    ids = reviewed(
        alice, draft("A", line(quantity=2), n=1, total_minor=300), draft("B", n=1, total_minor=500), draft("C", n=2)
    )
    report = alice.do("pack_orders", ids)
    merged, alone = (int(i) for i in report.result["parcels"])
    assert parcel_lines(alice, merged) == [("A", "1", 2), ("B", "1", 1)]
    assert parcel_lines(alice, alone) == [("C", "1", 1)]
    assert alice.rows(
        "SELECT stage, supply, order_count, line_count, total_minor, recipient_name FROM parcels_parcel"
        " WHERE organization_id = %s ORDER BY id"
    ) == [("to_process", "", 2, 2, 800, "Buyer 1"), ("to_process", "", 1, 1, 1990, "Buyer 2")]
    (why,) = alice.column(
        "SELECT why FROM core_event WHERE organization_id = %s AND subject = 'parcel' AND subject_id = %s", merged
    )
    assert orjson.loads(why)["merged"] == ["A", "B"]
    assert alice.order_stages(ids) == ["packed"] * 3
    assert alice.counts() == {"order.packed": 3, "parcel.to_process": 2}
    assert alice.column("SELECT packed FROM orders_orderline WHERE organization_id = %s ORDER BY id") == [2, 1, 1]


def test_without_merging_each_order_gets_its_own_parcel(alice: World) -> None:
    ids = reviewed(alice, draft("A", n=1), draft("B", n=1))
    assert len(alice.do("pack_orders", ids, merge=False).result["parcels"]) == 2


def test_another_service_currency_or_address_is_never_merged(alice: World) -> None:
    ids = reviewed(
        alice,
        draft("A", n=1),
        draft("B", n=1, shipping_choice="express"),
        draft("C", n=1, currency="EUR"),
        draft("D", n=1, recipient=address(1, line1="9 Other Street")),
        draft("E", n=1, buyer_id="somebody else"),
    )
    assert len(alice.do("pack_orders", ids).result["parcels"]) == 5


@pytest.mark.by_hand
def test_a_refused_order_keeps_its_reason_while_the_good_one_is_packed(alice: World) -> None:
    alice.take_in(draft("GOOD", n=1), draft("EMPTY", n=2), draft("ASKED", n=3), draft("NEW", n=4), draft("GONE", n=5))
    ids = alice.order_ids("GOOD", "EMPTY", "ASKED", "NEW", "GONE")
    alice.do("review_orders", alice.order_ids("GOOD", "EMPTY", "ASKED"))
    alice.do("cancel_orders", alice.order_ids("GONE"))
    with alice.scope():
        from entrepot.core import sql

        sql.run(
            "UPDATE orders_orderline SET cancelled = quantity WHERE organization_id = %s AND order_id = %s",
            [alice.organization_id, ids[1]],
        )
        sql.run(
            "UPDATE orders_order SET cancellation_asked_at = %s WHERE organization_id = %s AND id = %s",
            [alice.at, alice.organization_id, ids[2]],
        )
    report = alice.do("pack_orders", [*ids, 999_999])
    assert answers(report) == [
        ("GOOD", None, {}),
        ("EMPTY", Refusal.NOTHING_TO_PACK, {}),
        ("ASKED", Refusal.CANCELLATION_ASKED, {"order": "ASKED"}),
        ("NEW", Refusal.WRONG_STAGE, {"stage": "to_review", "expected": "to_pack"}),
        ("GONE", Refusal.CANCELLED, {"order": "GONE"}),
        ("999999", Refusal.NOT_FOUND, {}),
    ]
    assert len(report.result["parcels"]) == 1
    assert alice.order_stages(ids) == ["packed", "to_pack", "to_pack", "to_review", "cancelled"]


def test_an_unpacked_parcel_gives_everything_back(alice: World) -> None:
    (parcel,) = alice.allocated(1)
    (order,) = alice.order_ids("O-0000")
    assert alice.shelf("SKU-00") == (10_000, 1)
    assert answers(alice.do("unpack_parcels", [parcel])) == [(f"P-{parcel}", None, {})]
    assert alice.parcel_stages([parcel]) == ["unpacked"]
    assert alice.order_stages([order]) == ["to_pack"]
    assert alice.shelf("SKU-00") == (10_000, 0)
    assert alice.column("SELECT packed FROM orders_orderline WHERE organization_id = %s") == [0]
    assert alice.rows("SELECT status, is_current FROM parcels_waybill WHERE organization_id = %s") == [
        ("voided", False)
    ]
    assert alice.counts() == {"order.to_pack": 1, "parcel.unpacked": 1}
    assert answers(alice.do("unpack_parcels", [parcel])) == [
        (f"P-{parcel}", Refusal.WRONG_STAGE, {"stage": "unpacked", "expected": "to_process, waybill, to_print"})
    ]


def test_a_shipped_parcel_is_not_unpacked(alice: World) -> None:
    (parcel,) = alice.shipped(1)
    facts = {"stage": "shipped", "expected": "to_process, waybill, to_print"}
    assert answers(alice.do("unpack_parcels", [parcel])) == [(f"P-{parcel}", Refusal.WRONG_STAGE, facts)]
    assert alice.parcel_stages([parcel]) == ["shipped"]


def test_an_undone_pack_takes_apart_what_still_waits_and_answers_for_the_rest(alice: World) -> None:
    ids, batch = reviewed(alice, draft("A", n=1), draft("B", n=2)), uuid4()
    first, second = (int(i) for i in alice.do("pack_orders", ids, uuid=batch).result["parcels"])
    alice.do("get_waybills", [second])
    assert answers(alice.undo(batch)) == [
        (f"P-{first}", None, {}),
        (f"P-{second}", Refusal.CHANGED_SINCE, {"stage": "waybill"}),
    ]
    assert alice.order_stages(ids) == ["to_pack", "packed"]
    assert alice.counts() == {
        "order.to_pack": 1,
        "order.packed": 1,
        "parcel.unpacked": 1,
        "parcel.waybill": 1,
    }


def test_an_unpacked_order_can_be_packed_again_into_a_new_parcel(alice: World) -> None:
    (parcel,) = alice.packed(1)
    alice.do("unpack_parcels", [parcel])
    again = alice.do("pack_orders", alice.order_ids("O-0000"))
    assert again.refused == []
    assert parcel_lines(alice, int(again.result["parcels"][0])) == [("O-0000", "1", 1)]
    assert parcel_lines(alice, parcel) == []
