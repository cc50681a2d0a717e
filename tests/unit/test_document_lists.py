"""Pick list, packing slip and hand-over list."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pypdfium2
import pytest

from entrepot.parcels.documents.codes import UnprintableCode
from entrepot.parcels.documents.handover_list import handover_list_pdf
from entrepot.parcels.documents.packing_slip import packing_slips_pdf
from entrepot.parcels.documents.pick_list import pick_list_pdf
from entrepot.parcels.documents.readback import page_images, read_codes
from entrepot.parcels.documents.sheet import MM
from entrepot.parcels.documents.values import DocumentLine, HandoverRow, HandoverValues, Party, PickRow, SlipValues

BUYER = Party("Łukasz Wiśniewski", "", ("ul. Długa 1",), "Gdańsk", "", "80-001", "PL", "Poland", "+48 601")
SELLER = Party("陈丽", "光织贸易", ("固戍一路12号",), "深圳市", "广东省", "518126", "CN", "China", "")
TWO_LAYERS = "Inner layer: international packaging with the label. 内层国际包装贴面单。"


def pages(pdf: bytes) -> list[str]:
    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(pdf)]


def size_mm(pdf: bytes) -> tuple[int, int]:
    width, height = pypdfium2.PdfDocument(pdf)[0].get_size()
    return round(width / MM), round(height / MM)


def row(number: int, bin_code: str, *parcels: tuple[str, int]) -> PickRow:
    pieces = sum(quantity for _, quantity in parcels)
    return PickRow(bin_code, f"SKU-{number}", "太阳能灯串", "红 / XL", pieces, parcels)


def line(number: int) -> DocumentLine:
    return DocumentLine(
        f"SKU-{number}", "双层玻璃杯", "Glass cup", "玻璃杯", 2, "A-1", "350 ml", "701337", "CN", 240, 98765, "USD", ""
    )


def slip(number: str, lines: int = 2, note: str = "", orders: tuple[str, ...] = ("8190283746551",)) -> SlipValues:
    goods = tuple(line(n) for n in range(lines))
    return SlipValues(number, "Lantern & Loom", SELLER, BUYER, goods, orders, note, date(2026, 11, 22))


def test_the_pick_list_is_a4_and_sorted_by_bin() -> None:
    rows = [row(1, "B-1", ("P2", 1)), row(2, "A-10", ("P1", 2)), row(3, "A-2", ("P1", 1), ("P2", 4))]
    pdf = pick_list_pdf(rows, title="Wave 12", printed_at="2026-11-22 09:30")
    by_bin, by_parcel = pages(pdf)
    assert size_mm(pdf) == (210, 297)
    assert by_bin.index("SKU-3") < by_bin.index("SKU-2") < by_bin.index("SKU-1")
    assert "太阳能灯串" in by_bin
    assert "P1 × 1 P2 × 4" in " ".join(by_bin.split())
    assert "3 SKU rows · 8 pieces 件 · 2 parcels 包裹" in by_bin
    assert "Page 1 of 2" in by_bin
    assert "2026-11-22 09:30" in by_bin
    assert by_parcel.index("P1") < by_parcel.index("SKU-3") < by_parcel.index("SKU-2") < by_parcel.index("P2")
    assert "2 SKU · 3 pcs 件" in by_parcel
    assert "2 SKU · 5 pcs 件" in by_parcel


def test_a_long_pick_list_numbers_its_pages_and_repeats_the_parcel() -> None:
    rows = [row(number, f"A-{number}", ("P1", 1)) for number in range(1, 61)]
    texts = pages(pick_list_pdf(rows, title="Wave 12", printed_at="now"))
    assert [f"Page {number} of {len(texts)}" in text for number, text in enumerate(texts, 1)] == [True] * len(texts)
    assert "continued 续上页" in texts[-1]
    for number in range(1, 61):
        assert sum(f"SKU-{number}\r" in text or f"SKU-{number} " in text for text in texts) == 2


def test_nothing_to_pick_is_said() -> None:
    (text,) = pages(pick_list_pdf([], title="Wave 12", printed_at="now"))
    assert "Nothing to pick 没有待拣货品" in text


@pytest.mark.parametrize("count", [1, 25, 26, 60])
def test_no_page_of_a_pick_list_prints_into_its_margins(count: int) -> None:
    rows = [row(number, "A-1", *((f"PARCEL{p:06d}", 1) for p in range(20))) for number in range(count)]
    for image in page_images(pick_list_pdf(rows, title="T" * 200, printed_at="now"), 2.0):
        left, top, right, bottom = image.point(lambda grey: 255 - grey).getbbox() or (0, 0, 0, 0)
        edge = int(7 * MM * 2)
        assert (left >= edge, top >= edge, right <= image.width - edge, bottom <= image.height - edge) == (True,) * 4


def test_packing_slips_are_a5_in_the_given_order_without_prices() -> None:
    pdf = packing_slips_pdf([slip("P2"), slip("P1")])
    assert size_mm(pdf) == (148, 210)
    assert read_codes(pdf) == [[("QRCode", "P2")], [("QRCode", "P1")]]
    for text in pages(pdf):
        assert "987" not in text
        assert "USD" not in text
        assert "双层玻璃杯" in text
        assert "Łukasz Wiśniewski" in text
        assert "4 pieces 件" in text


def test_the_packing_note_stands_only_on_slips_that_have_one() -> None:
    with_note, without = pages(packing_slips_pdf([slip("P1", note=TWO_LAYERS), slip("P2")]))
    assert "内层国际" in with_note
    assert "内层" not in without


def test_a_merged_slip_names_all_orders() -> None:
    (text,) = pages(packing_slips_pdf([slip("P1", orders=("111", "222", "333"))]))
    assert "3 orders 合并订单" in text
    assert all(order in text for order in ("111", "222", "333"))


def test_a_long_slip_goes_on_over_pages_and_loses_no_line() -> None:
    texts = pages(packing_slips_pdf([slip("P1", lines=40, note=TWO_LAYERS)]))
    assert len(texts) == 3
    found = [number for text in texts for number in range(40) if f"SKU-{number} " in text or f"SKU-{number}\r" in text]
    assert sorted(found) == list(range(40))
    assert ["80 pieces 件" in text for text in texts] == [False, False, True]


def test_no_slips_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one packing slip"):
        packing_slips_pdf([])


def handover(count: int, number: str = "HO-20261122-01") -> HandoverValues:
    rows = tuple(HandoverRow(f"YT26{n:014d}", f"P{n:04d}", "PL", 600 + n, 2) for n in range(count))
    return HandoverValues("YunExpress", "Direct Line", number, date(2026, 11, 22), rows, SELLER)


def test_the_handover_list_has_one_barcode_the_totals_and_every_waybill() -> None:
    pdf = handover_list_pdf(handover(45))
    assert size_mm(pdf) == (210, 297)
    assert read_codes(pdf) == [[("Code128", "HO-20261122-01")], []]
    first, last = pages(pdf)
    assert "27.990 kg" in first
    assert "90" in first
    for n in range(45):
        assert f"YT26{n:014d}" in first + last
    assert "Received by" in last
    assert "Received by" not in first
    assert "45 parcels handed over" in last


def test_a_handover_with_unknown_weights_says_so_in_its_row_and_in_the_total() -> None:
    values = handover(2)
    rows = (values.rows[0], replace(values.rows[1], weight_grams=0))
    (text,) = pages(handover_list_pdf(replace(values, rows=rows)))
    assert "≥ 0.600 kg" in text
    assert "0.000" not in text


def test_an_empty_handover_is_a_page_with_zeros() -> None:
    (text,) = pages(handover_list_pdf(handover(0)))
    assert "0.000 kg" in text


def test_a_batch_number_no_barcode_can_hold_is_an_error() -> None:
    with pytest.raises(UnprintableCode):
        handover_list_pdf(handover(1, number="交接1"))
