"""Allocate: all or nothing, nearest deadline first, never more than lies on the shelf."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from tests.cast import AT, World, answers, draft, line

from entrepot.core import sql
from entrepot.core.report import Refusal


def numbered(world: World, *drafts: object) -> list[int]:
    """Parcels with numbers, one per draft."""
    world.take_in(*drafts)  # type: ignore[arg-type]
    orders = world.order_ids(*(d.external_id for d in drafts))  # type: ignore[attr-defined]
    world.do("review_orders", orders)
    parcels = [int(i) for i in world.do("pack_orders", orders).result["parcels"]]
    assert world.do("get_waybills", parcels).refused == []
    return parcels


def test_allocated_pieces_are_promised_and_stay_on_hand(alice: World) -> None:
    (parcel,) = numbered(alice, draft("A", line("SKU-00", 2), line("SKU-01", 3, number="2")))
    assert answers(alice.do("allocate_parcels", [parcel])) == [(f"P-{parcel}", None, {})]
    assert (alice.shelf("SKU-00"), alice.shelf("SKU-01")) == ((10_000, 2), (10_000, 3))
    assert alice.column(
        "SELECT quantity FROM inventory_allocation WHERE organization_id = %s AND group_id = %s ORDER BY quantity",
        parcel,
    ) == [2, 3]
    assert alice.rows("SELECT stage, supply FROM parcels_parcel WHERE organization_id = %s") == [
        ("to_print", "in_stock")
    ]
    assert alice.counts() == {"order.packed": 1, "parcel.to_print.in_stock": 1}
    facts = {"stage": "to_print", "expected": "waybill, to_print"}
    assert answers(alice.do("allocate_parcels", [parcel])) == [(f"P-{parcel}", Refusal.WRONG_STAGE, facts)]
    assert alice.shelf("SKU-00") == (10_000, 2)


def test_a_short_parcel_says_what_is_missing_and_takes_nothing(alice: World) -> None:
    alice.stock({"SCARCE": 2})
    (parcel,) = numbered(alice, draft("A", line("SKU-00", 1), line("SCARCE", 5, number="2")))
    assert answers(alice.do("allocate_parcels", [parcel])) == [
        (f"P-{parcel}", Refusal.SHORT, {"missing": "SCARCE × 3"})
    ]
    assert (alice.shelf("SKU-00"), alice.shelf("SCARCE")) == ((10_000, 0), (2, 0))
    assert alice.counts() == {"order.packed": 1, "parcel.to_print.short": 1}
    assert alice.value("SELECT count(*) FROM inventory_allocation WHERE organization_id = %s") == 0


def test_a_short_parcel_is_allocated_once_goods_have_come(alice: World) -> None:
    alice.stock({"SCARCE": 2})
    (parcel,) = numbered(alice, draft("A", line("SCARCE", 5)))
    alice.do("allocate_parcels", [parcel])
    alice.stock({"SCARCE": 5})
    batch = uuid4()
    assert alice.do("allocate_parcels", [parcel], uuid=batch).refused == []
    assert alice.shelf("SCARCE") == (5, 5)
    assert alice.counts() == {"order.packed": 1, "parcel.to_print.in_stock": 1}
    assert alice.undo(batch).refused == []
    assert (alice.shelf("SCARCE"), alice.parcel_stages([parcel])) == ((5, 0), ["waybill"])
    assert alice.counts() == {"order.packed": 1, "parcel.waybill": 1}


def test_the_nearest_deadline_is_served_first_whatever_the_asked_order(alice: World) -> None:
    alice.stock({"SCARCE": 3})
    late, soon = numbered(
        alice,
        draft("LATE", line("SCARCE", 2), n=1, ship_by_at=AT + timedelta(days=3)),
        draft("SOON", line("SCARCE", 2), n=2, ship_by_at=AT + timedelta(days=1)),
    )
    report = alice.do("allocate_parcels", [late, soon])
    assert answers(report) == [(f"P-{late}", Refusal.SHORT, {"missing": "SCARCE × 1"}), (f"P-{soon}", None, {})]


def test_a_later_small_parcel_is_served_though_an_earlier_large_one_is_short(alice: World) -> None:
    alice.stock({"SCARCE": 3})
    large, small = numbered(alice, draft("LARGE", line("SCARCE", 5), n=1), draft("SMALL", line("SCARCE", 3), n=2))
    assert [o.refusal for o in alice.do("allocate_parcels", [large, small]).outcomes] == [Refusal.SHORT, None]
    assert alice.shelf("SCARCE") == (3, 3)


def test_a_pairing_of_two_needs_two_pieces_each(alice: World) -> None:
    parcels = numbered(alice, draft("A", line("SKU-00", 3)))
    with alice.scope():
        sql.run("UPDATE catalog_pairing SET quantity = 2 WHERE organization_id = %s", [alice.organization_id])
    alice.do("allocate_parcels", parcels)
    assert alice.shelf("SKU-00") == (10_000, 6)


def test_a_parcel_of_unknown_goods_needs_nothing_from_the_shelf(alice: World) -> None:
    parcels = numbered(alice, draft("A", line("NEVER-SEEN", 2)))
    assert alice.do("allocate_parcels", parcels).refused == []
    assert alice.value("SELECT count(*) FROM inventory_allocation WHERE organization_id = %s") == 0


def test_a_parcel_without_a_number_is_not_allocated(alice: World) -> None:
    (new,) = alice.packed(1)
    facts = {"stage": "to_process", "expected": "waybill, to_print"}
    assert answers(alice.do("allocate_parcels", [new, 999_999])) == [
        (f"P-{new}", Refusal.WRONG_STAGE, facts),
        ("P-999999", Refusal.NOT_FOUND, {}),
    ]


def test_an_undone_allocation_gives_the_pieces_back_but_not_those_of_a_shipped_parcel(alice: World) -> None:
    stays, goes = alice.numbered(2)
    batch = uuid4()
    alice.do("allocate_parcels", [stays, goes], uuid=batch)
    alice.do("ship_parcels", [goes])
    assert answers(alice.undo(batch)) == [
        (f"P-{stays}", None, {}),
        (f"P-{goes}", Refusal.CHANGED_SINCE, {"stage": "shipped"}),
    ]
    assert (alice.shelf("SKU-00"), alice.shelf("SKU-01")) == ((10_000, 0), (9_999, 0))
    assert alice.counts() == {
        "order.packed": 1, "order.shipped": 1, "parcel.waybill": 1, "parcel.shipped": 1,
    }  # fmt: skip


def test_a_count_below_what_is_promised_is_raised_to_it(alice: World) -> None:
    alice.do("allocate_parcels", numbered(alice, draft("A", line("SKU-00", 4))))
    alice.stock({"SKU-00": 1})
    assert alice.shelf("SKU-00") == (4, 4)
    other = replace(draft("B", line("SKU-00", 1), n=9))
    assert [o.refusal for o in alice.do("allocate_parcels", numbered(alice, other)).outcomes] == [Refusal.SHORT]


def test_a_short_parcel_that_is_to_ship_says_what_it_lacks_now(alice: World) -> None:
    alice.stock({"SCARCE": 2, "RARE": 0})
    goods = line("SCARCE", 5), line("RARE", 1, number="2"), line("SKU-00", 1, number="3")
    parcel, other = numbered(alice, draft("A", *goods), draft("B", line("SCARCE", 1), n=1))
    alice.do("allocate_parcels", [parcel])
    (outcome,) = alice.do("ship_parcels", [parcel]).outcomes
    assert (outcome.refusal, outcome.sentence) == (Refusal.SHORT, "Not enough stock: RARE × 1, SCARCE × 3")
    alice.do("allocate_parcels", [other])  # what is promised to another is not there for this one
    alice.stock({"RARE": 1})
    assert answers(alice.do("ship_parcels", [parcel])) == [(f"P-{parcel}", Refusal.SHORT, {"missing": "SCARCE × 4"})]
    alice.stock({"SCARCE": 6})
    assert answers(alice.do("ship_parcels", [parcel])) == [(f"P-{parcel}", Refusal.NOT_ALLOCATED, {})]
    assert alice.shelf("SCARCE") == (6, 1)
    alice.do("allocate_parcels", [parcel])
    assert alice.do("ship_parcels", [parcel]).refused == []
