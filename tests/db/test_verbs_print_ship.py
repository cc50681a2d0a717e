"""Print and ship: a cancelled or stale parcel does neither; stock leaves once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pypdfium2
import pytest
from tests.cast import AT, World, address, answers, draft, line

from entrepot.core import files, sql
from entrepot.core.report import Refusal, Report
from entrepot.inventory import count  # noqa: F401
from entrepot.orders import pair  # noqa: F401 - its verbs exist once it is imported
from entrepot.parcels.contents import read_contents

MOVEMENTS = "SELECT reason, quantity FROM inventory_movement WHERE organization_id = %s AND group_id = %s ORDER BY id"


def test_a_shipped_parcel_leaves_the_shelf_once_and_closes_its_orders(alice: World) -> None:
    alice.take_in(draft("A", line("SKU-00", 2), n=1), draft("B", line("SKU-00", 3), n=1))
    orders = alice.order_ids("A", "B")
    alice.do("review_orders", orders)
    (parcel,) = (int(i) for i in alice.do("pack_orders", orders).result["parcels"])
    alice.do("get_waybills", [parcel])
    alice.do("allocate_parcels", [parcel])
    assert answers(alice.do("ship_parcels", [parcel])) == [(f"P-{parcel}", None, {})]
    assert alice.shelf("SKU-00") == (9_995, 0)
    assert sorted(alice.rows(MOVEMENTS, parcel)) == [("shipped", -3), ("shipped", -2)]
    assert alice.order_stages(orders) == ["shipped", "shipped"]
    assert alice.value("SELECT shipped_at FROM parcels_parcel WHERE organization_id = %s AND id = %s", parcel) == AT
    assert alice.counts() == {"order.shipped": 2, "parcel.shipped": 1}
    assert answers(alice.do("ship_parcels", [parcel])) == [
        (f"P-{parcel}", Refusal.ALREADY_SHIPPED, {"at": AT.isoformat()})
    ]
    assert alice.shelf("SKU-00") == (9_995, 0)


@pytest.mark.by_hand
def test_an_order_in_two_parcels_is_shipped_with_the_last_of_them(alice: World) -> None:
    alice.take_in(draft("A", line("SKU-00", 2)))
    (order,) = alice.order_ids("A")
    alice.do("review_orders", [order])
    (first,) = (int(i) for i in alice.do("pack_orders", [order]).result["parcels"])
    with alice.scope():  # half of it is taken out again, as a split will do
        for query in (
            "UPDATE parcels_parcelline SET quantity = 1 WHERE organization_id = %s",
            "UPDATE orders_orderline SET packed = 1 WHERE organization_id = %s",
            "UPDATE orders_order SET stage = 'to_pack' WHERE organization_id = %s",
        ):
            sql.run(query, [alice.organization_id])
    (second,) = (int(i) for i in alice.do("pack_orders", [order]).result["parcels"])
    for parcel, stage in ((first, "packed"), (second, "shipped")):
        alice.do("get_waybills", [parcel])
        alice.do("allocate_parcels", [parcel])
        assert alice.do("ship_parcels", [parcel]).refused == []
        assert alice.order_stages([order]) == [stage]


def test_every_reason_not_to_ship_is_given_by_its_place_on_the_desk(alice: World) -> None:
    alice.stock({"SCARCE": 0})
    (new,) = alice.packed(1, prefix="NEW")
    (waiting,) = alice.numbered(1, prefix="WAIT")
    (gone,) = alice.packed(1, prefix="GONE")
    alice.do("unpack_parcels", [gone])
    alice.take_in(draft("SHORT", line("SCARCE", 1), n=50))
    alice.do("review_orders", alice.order_ids("SHORT"))
    (short,) = (int(i) for i in alice.do("pack_orders", alice.order_ids("SHORT")).result["parcels"])
    alice.do("get_waybills", [short])
    alice.do("allocate_parcels", [short])
    report = alice.do("ship_parcels", [new, waiting, gone, short, 999_999])
    assert answers(report) == [
        (f"P-{new}", Refusal.NO_WAYBILL, {}),
        (f"P-{waiting}", Refusal.NOT_ALLOCATED, {}),
        (f"P-{gone}", Refusal.WRONG_STAGE, {"stage": "unpacked", "expected": "to_print"}),
        (f"P-{short}", Refusal.SHORT, {"missing": "SCARCE × 1"}),
        ("P-999999", Refusal.NOT_FOUND, {}),
    ]
    assert alice.parcel_stages([new, waiting, gone, short]) == ["to_process", "waybill", "unpacked", "to_print"]


@pytest.mark.parametrize("cancelled", [pytest.param(True, marks=pytest.mark.by_hand), False])
def test_a_cancellation_after_packing_stops_printing_and_shipping(alice: World, cancelled: bool) -> None:
    (parcel, fine) = alice.allocated(2)
    alice.take_in(draft("O-0000", cancelled=True, external_status="cancelled by buyer"))
    (order,) = alice.order_ids("O-0000")
    assert alice.order_stages([order]) == ["packed"]  # until its parcel is unpacked
    refusal, facts = Refusal.CANCELLED_THERE, {"order": "O-0000", "store": "Main Street"}
    if cancelled:
        refusal, facts = Refusal.CANCELLED, {"order": "O-0000"}
        with alice.scope():
            sql.run(
                "UPDATE orders_order SET stage = 'cancelled', ended_at = NULL, ended_by = '' WHERE organization_id = %s AND id = %s",
                [alice.organization_id, order],
            )
    expected = [(f"P-{parcel}", refusal, facts), (f"P-{fine}", None, {})]
    for document in ("label", "pick_list", "packing_slip", "handover"):
        assert answers(alice.do("print_parcels", [parcel, fine], document=document)) == expected
    assert answers(alice.do("ship_parcels", [parcel, fine])) == expected
    assert alice.parcel_stages([parcel, fine]) == ["to_print", "shipped"]
    assert alice.shelf("SKU-00") == (10_000, 1)


@pytest.mark.parametrize("sender", ["{}", '{"name": "Lantern Lane", "line1": "1 Lantern Lane", "country": "CN"}'])
def test_a_label_without_a_whole_sender_is_printed_and_says_so(alice: World, sender: str) -> None:
    (parcel,) = alice.allocated(1)
    with alice.scope():
        sql.run(
            "UPDATE connections_store SET sender = %s::jsonb WHERE organization_id = %s",
            [sender, alice.organization_id],
        )
        (contents,) = read_contents(alice.organization_id, [parcel])
    assert contents.sender.name == ("Main Street" if sender == "{}" else "Lantern Lane")
    report = alice.do("print_parcels", [parcel])
    assert answers(report) == [(f"P-{parcel}", None, {})]
    note = {"note": "no_sender", "parcels": [f"P-{parcel}"], "store_id": alice.store.id, "store": "Main Street"}
    assert note in report.result["notes"]
    for document in ("pick_list", "packing_slip", "handover"):
        notes = alice.do("print_parcels", [parcel], document=document).result.get("notes", [])
        assert note not in notes


def test_a_changed_address_makes_the_label_stale(alice: World) -> None:
    (parcel, fine) = alice.allocated(2)
    result = alice.take_in(draft("O-0000", recipient=address(0, line1="77 New Street")))
    assert result["orders"] == {"created": 0, "updated": 1, "unchanged": 0, "cancelled": 0}
    expected = [(f"P-{parcel}", Refusal.STALE_LABEL, {"order": "O-0000"}), (f"P-{fine}", None, {})]
    assert answers(alice.do("print_parcels", [parcel, fine])) == expected
    assert answers(alice.do("ship_parcels", [parcel, fine])) == expected
    assert alice.parcel_stages([parcel, fine]) == ["to_print", "shipped"]


def test_a_new_waybill_takes_the_new_address_and_the_parcel_ships(alice: World) -> None:
    (parcel,) = alice.allocated(1)
    alice.take_in(draft("O-0000", recipient=address(0, line1="77 New Street")))
    alice.do("void_waybills", [parcel])
    assert alice.do("get_waybills", [parcel]).refused == []
    assert (
        alice.value("SELECT recipient ->> 'line1' FROM parcels_parcel WHERE organization_id = %s AND id = %s", parcel)
        == "77 New Street"
    )
    alice.do("allocate_parcels", [parcel])
    assert alice.do("print_parcels", [parcel]).refused == []
    assert alice.do("ship_parcels", [parcel]).refused == []


def test_orders_of_one_parcel_that_now_go_to_two_places_get_no_waybill(alice: World) -> None:
    alice.take_in(draft("A", n=1), draft("B", n=1))
    orders = alice.order_ids("A", "B")
    alice.do("review_orders", orders)
    (parcel,) = (int(i) for i in alice.do("pack_orders", orders).result["parcels"])
    alice.take_in(draft("B", n=1, recipient=address(1, line1="77 New Street")))
    assert [o.refusal for o in alice.do("get_waybills", [parcel]).outcomes] == [Refusal.STALE_LABEL]


def test_printing_stores_one_file_and_marks_each_parcel(alice: World) -> None:
    first, second = alice.allocated(2)
    report = alice.do("print_parcels", [second, first])
    assert (report.result["pages"], report.result["parcels"]) == (2, 2)
    with alice.scope():
        found = files.find(alice.organization_id, int(report.result["file"]))
    assert found is not None
    assert found[:2] == ("labels-20261120-090000.pdf", "application/pdf")
    assert found[2].read_bytes().startswith(b"%PDF-")
    alice.do("print_parcels", [first])
    assert alice.rows(
        "SELECT id, document, times, last_by_id FROM parcels_printmark WHERE organization_id = %s ORDER BY id"
    ) == [(first, "label", 2, alice.actor.member_id), (second, "label", 1, alice.actor.member_id)]
    assert alice.parcel_stages([first, second]) == ["to_print", "to_print"]


def test_every_reason_not_to_print(alice: World) -> None:
    (new,) = alice.packed(1, prefix="NEW")
    (gone,) = alice.packed(1, prefix="GONE")
    alice.do("unpack_parcels", [gone])
    (done,) = alice.shipped(1, prefix="DONE")
    stages = "waybill, to_print, shipped"
    unpacked = (f"P-{gone}", Refusal.WRONG_STAGE, {"stage": "unpacked", "expected": stages})
    unknown = ("P-999999", Refusal.NOT_FOUND, {})
    wrong = (f"P-{new}", Refusal.WRONG_STAGE, {"stage": "to_process", "expected": stages})
    no_number = (f"P-{new}", Refusal.NO_WAYBILL, {})
    again = (f"P-{done}", None, {})
    off_the_shelf = (f"P-{done}", Refusal.ALREADY_SHIPPED, {"at": AT.isoformat()})
    asked = [new, gone, done, 999_999]
    for document, first in (
        ("label", no_number),
        ("handover", no_number),
        ("packing_slip", wrong),
        ("pick_list", (f"P-{new}", None, {})),
    ):
        last = off_the_shelf if document == "pick_list" else again
        assert answers(alice.do("print_parcels", asked, document=document)) == [first, unpacked, last, unknown]


def test_nothing_to_print_makes_no_file(alice: World) -> None:
    (new,) = alice.packed(1)
    assert dict(alice.do("print_parcels", [new]).result) == {}
    assert alice.value("SELECT count(*) FROM core_storedfile WHERE organization_id = %s") == 0


def test_an_undone_shipping_brings_goods_and_orders_back(alice: World) -> None:
    first, second = alice.allocated(2)
    batch = uuid4()
    alice.do("ship_parcels", [first, second], uuid=batch)
    assert answers(alice.undo(batch)) == [(f"P-{first}", None, {}), (f"P-{second}", None, {})]
    assert alice.rows(MOVEMENTS, first) == [("shipped", -1), ("recalled", 1)]
    assert alice.shelf("SKU-00") == (10_000, 1)
    assert alice.counts() == {"order.packed": 2, "parcel.to_print.in_stock": 2}
    assert alice.order_stages(alice.order_ids("O-0000", "O-0001")) == ["packed", "packed"]
    assert alice.do("ship_parcels", [first]).refused == []
    assert alice.shelf("SKU-00") == (9_999, 0)


@pytest.mark.by_hand
def test_a_parcel_on_the_road_is_not_brought_back_by_undo(alice: World) -> None:
    first, second = alice.allocated(2)
    batch = uuid4()
    alice.do("ship_parcels", [first, second], uuid=batch)
    with alice.scope():
        sql.run(
            "UPDATE parcels_parcel SET stage = 'in_transit' WHERE organization_id = %s AND id = %s",
            [alice.organization_id, second],
        )
    assert answers(alice.undo(batch)) == [
        (f"P-{first}", None, {}),
        (f"P-{second}", Refusal.CHANGED_SINCE, {"stage": "in_transit"}),
    ]
    assert alice.shelf("SKU-01") == (9_999, 0)


def test_the_deadline_of_a_parcel_is_the_nearest_of_its_orders(alice: World) -> None:
    alice.take_in(
        draft("A", n=1, ship_by_at=AT + timedelta(hours=30)), draft("B", n=1, ship_by_at=AT + timedelta(hours=3))
    )
    alice.do("review_orders", alice.order_ids("A", "B"))
    alice.do("pack_orders", alice.order_ids("A", "B"))
    assert alice.column("SELECT deadline_at FROM parcels_parcel WHERE organization_id = %s") == [
        AT + timedelta(hours=3)
    ]


def test_documents_name_every_bin_that_pieces_were_promised_from(alice: World) -> None:
    alice.stock({"TWO-BINS": 4})
    with alice.scope():
        sku = sql.rows(
            "SELECT id FROM catalog_sku WHERE organization_id = %s AND code = 'TWO-BINS'", [alice.organization_id]
        )[0][0]
    alice.do("receive_stock", [sku], pieces=10, bin_code="Z-9")
    alice.take_in(draft("A", line("TWO-BINS", 6)))
    orders = alice.order_ids("A")
    alice.do("review_orders", orders)
    parcels = [int(i) for i in alice.do("pack_orders", orders).result["parcels"]]
    with alice.scope():
        (before,) = read_contents(alice.organization_id, parcels)
    assert [(one.bin, one.quantity) for one in before.lines] == [("A-00", 6)]
    alice.do("get_waybills", parcels)
    assert alice.do("allocate_parcels", parcels).refused == []
    with alice.scope():
        (after,) = read_contents(alice.organization_id, parcels)
    assert [(one.bin, one.quantity) for one in after.lines] == [("A-00", 4), ("Z-9", 2)]


def test_a_bundle_without_declared_values_declares_its_price_once(alice: World) -> None:
    alice.stock({"CUP": 10, "SAUCER": 10})
    alice.take_in(draft("A", line("SET", 1, 3000)))
    (listing,) = alice.column("SELECT id FROM catalog_listing WHERE organization_id = %s AND code = 'SET'")
    skus = dict(alice.rows("SELECT code, id FROM catalog_sku WHERE organization_id = %s AND code IN ('CUP', 'SAUCER')"))
    alice.do("pair_listings", [listing], parts=[[skus["CUP"], 1], [skus["SAUCER"], 2]])
    orders = alice.order_ids("A")
    alice.do("review_orders", orders)
    parcels = [int(i) for i in alice.do("pack_orders", orders).result["parcels"]]
    with alice.scope():
        (content,) = read_contents(alice.organization_id, parcels)
    assert sorted((one.sku_code, one.quantity, one.value_minor) for one in content.lines) == [
        ("CUP", 1, 1000),
        ("SAUCER", 2, 1000),
    ]


def test_slips_and_labels_name_an_order_as_people_do(alice: World) -> None:
    shared = {"buyer_id": "buyer-1", "recipient": address(1)}
    alice.take_in(
        draft("5551234567890", handles={"name": "#1001"}, **shared),
        draft("5551234567891", handles={"name": "#1000"}, **shared),
        draft("A-9", **shared),
    )
    orders = alice.order_ids("5551234567890", "5551234567891", "A-9")
    alice.do("review_orders", orders)
    parcels = [int(i) for i in alice.do("pack_orders", orders).result["parcels"]]
    with alice.scope():
        (content,) = read_contents(alice.organization_id, parcels)
    assert content.label(AT.date()).order_numbers == ("#1000", "#1001", "A-9")
    assert content.slip(AT.date()).order_numbers == ("#1000", "#1001", "A-9")


def test_a_pick_list_is_named_in_both_languages(alice: World) -> None:
    text = pdf_text(alice, alice.do("print_parcels", alice.allocated(1), document="pick_list"))
    assert text.startswith("Pick list 拣货单")


def pdf_text(world: World, report: Report) -> str:
    with world.scope():
        found = files.find(world.organization_id, int(report.result["file"]))
    assert found is not None
    document = pypdfium2.PdfDocument(found[2])
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def test_pages_are_counted_as_the_document_has_them(alice: World) -> None:
    ids = alice.allocated(3)
    one_list = alice.do("print_parcels", ids, document="pick_list")
    assert (one_list.result["pages"], one_list.result["parcels"]) == (2, 3)  # by bin, then by parcel
    labels = alice.do("print_parcels", ids)
    assert (labels.result["pages"], labels.result["parcels"]) == (3, 3)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("label", "2026-11-21"),
        ("pick_list", "2026-11-21 01:30 Asia/Shanghai"),
        ("packing_slip", "2026-11-21"),
        ("handover", "2026-11-21"),
    ],
)
def test_dates_on_paper_are_those_of_the_organizations_own_wall(alice: World, document: str, says: str) -> None:
    ids = alice.allocated(1)
    with alice.scope():
        sql.run("UPDATE core_organization SET time_zone = 'Asia/Shanghai' WHERE id = %s", [alice.organization_id])
    evening = replace(alice, at=datetime(2026, 11, 20, 17, 30, tzinfo=UTC))
    text = pdf_text(evening, evening.do("print_parcels", ids, document=document))
    assert says in text
    assert "2026-11-20" not in text


def weigh(world: World, grams: int, value: int = 0) -> None:
    with world.scope():
        sql.run(
            "UPDATE catalog_sku SET weight_grams = %s, value_minor = %s, currency = 'USD' WHERE organization_id = %s",
            [grams, value, world.organization_id],
        )


def test_an_unknown_weight_is_a_dash_on_the_label_and_named_in_the_answer(alice: World) -> None:
    weigh(alice, 250)
    (known,) = alice.allocated(1, prefix="KNOWN")
    alice.take_in(draft("NEW", line("SKU-00", 2, number="1"), line("NEVER-SEEN", 1, number="2"), n=7))
    orders = alice.order_ids("NEW")
    alice.do("review_orders", orders)
    (unknown,) = (int(i) for i in alice.do("pack_orders", orders).result["parcels"])
    alice.do("get_waybills", [unknown])
    note = {"note": "weight_unknown", "parcels": [f"P-{unknown}"]}
    report = alice.do("print_parcels", [known, unknown])
    assert (report.refused, report.result["notes"]) == ([], [note])
    assert pdf_text(alice, report).count("0.250") == 4  # gross and net, row and total, of the one that is known
    only = pdf_text(alice, alice.do("print_parcels", [unknown]))
    assert "0.500" in only  # the row that is known
    assert "0.000" not in only
    assert "notes" not in alice.do("print_parcels", [known]).result
    assert "notes" not in alice.do("print_parcels", [unknown], document="pick_list").result
    listed = alice.do("print_parcels", [known, unknown], document="handover")
    assert listed.result["notes"] == [note]
    assert "≥ 0.250 kg" in pdf_text(alice, listed)


def test_a_parcel_worth_more_than_300_sdr_asks_for_a_cn23_on_the_label_and_in_the_answer(alice: World) -> None:
    weigh(alice, 250, 38_935)
    (parcel,) = alice.allocated(1)
    report = alice.do("print_parcels", [parcel])
    assert "notes" not in report.result
    assert "CN23" not in pdf_text(alice, report)
    weigh(alice, 250, 38_936)
    report = alice.do("print_parcels", [parcel])
    assert report.result["notes"] == [{"note": "needs_cn23", "parcels": [f"P-{parcel}"]}]
    assert "Value above 300 SDR: needs CN23." in pdf_text(alice, report)
    assert "notes" not in alice.do("print_parcels", [parcel], document="packing_slip").result


def test_what_does_not_move_the_recipient_stands_on_the_next_label_and_not_on_one_that_left(alice: World) -> None:
    here, gone = alice.allocated(2)
    alice.do("ship_parcels", [gone])
    (order,) = alice.order_ids("O-0000")
    alice.take_in(draft("O-0001", n=1, recipient=address(1, company="Harbour Ltd")))
    alice.do("edit_address", [order], company="Lighthouse Ltd")
    assert "Lighthouse Ltd" in pdf_text(alice, alice.do("print_parcels", [here]))
    assert "Harbour Ltd" not in pdf_text(alice, alice.do("print_parcels", [gone]))
