"""The packing slip that lies in or beside the parcel: what is in it and for whom. No prices, ever."""

from __future__ import annotations

from collections.abc import Sequence

from entrepot.parcels.documents import address
from entrepot.parcels.documents.sheet import Align, Sheet
from entrepot.parcels.documents.tables import Column, cells, foot, head, pages_of
from entrepot.parcels.documents.values import DocumentLine, SlipValues

WIDTH_MM, HEIGHT_MM, _MARGIN = 148, 210, 10
_RIGHT = WIDTH_MM - _MARGIN
_ROW = 7.6
_FIRST_TOP, _NOTE_HEIGHT, _NEXT_TOP, _FOOT = 76.0, 15.0, 34.0, 14.0
_COLUMNS = (
    Column("SKU", 18, 32, 8.5, bold=True),
    Column("Name 品名", 52, 48, 9),
    Column("Variation 规格", 102, 22, 8),
    Column("Qty 数量", 126, 12, 11, bold=True, align=Align.RIGHT),
)


def packing_slips_pdf(slips: Sequence[SlipValues]) -> bytes:
    """A5, one slip after the other in the given order; long ones take several pages. ValueError when there is none."""
    if not slips:
        raise ValueError("a document needs at least one packing slip")
    sheet = Sheet(WIDTH_MM, HEIGHT_MM, "Packing slips")
    for slip in slips:
        _draw_slip(sheet, slip)
    return sheet.pdf()


def _draw_slip(sheet: Sheet, slip: SlipValues) -> None:
    top = _FIRST_TOP + (_NOTE_HEIGHT if slip.note else 0)
    pages = pages_of(
        slip.lines, [_ROW] * len(slip.lines), HEIGHT_MM - top - _FOOT - 8, HEIGHT_MM - _NEXT_TOP - _FOOT - 8
    )
    pieces = sum(line.quantity for line in slip.lines)
    for number, lines in enumerate(pages, 1):
        _draw_title(sheet, slip)
        if number == 1:
            _draw_parties(sheet, slip)
            start = top
        else:
            start = _NEXT_TOP
        y = _draw_lines(sheet, lines, start)
        if number == len(pages):
            sheet.text(_RIGHT, y + 6, f"{pieces} pieces 件", 10, bold=True, align=Align.RIGHT)
        foot(sheet, f"{slip.store_name} · {slip.parcel_number} · {slip.printed_on}", number, len(pages), _MARGIN)
        sheet.next_page()


def _draw_title(sheet: Sheet, slip: SlipValues) -> None:
    sheet.fitted(_MARGIN, 15, slip.store_name, 95, 15, 8, bold=True)
    sheet.text(_MARGIN, 21, "Packing slip 配货单", 9)
    sheet.fitted(_RIGHT - 21, 15, slip.parcel_number, 45, 11, 7, bold=True, align=Align.RIGHT)
    sheet.text(_RIGHT - 21, 21, slip.printed_on.isoformat(), 9, align=Align.RIGHT)
    sheet.qr(_RIGHT - 18, 6, slip.parcel_number, 19)


def _draw_parties(sheet: Sheet, slip: SlipValues) -> None:
    sheet.line(_MARGIN, 27, _RIGHT, 27)
    for x, title, party in ((_MARGIN, "TO 收件人", slip.recipient), (80.0, "FROM 寄件人", slip.sender)):
        shown = address.own_script(party)
        sheet.text(x, 31, title, 6)
        lines = [*shown.lines, address.country_name(party)]
        if party.phone:
            lines.append(f"Tel {party.phone}")
        sheet.fitted(x, 36, shown.name, 58, 10.5, 7, bold=True)
        sheet.block(x, 37.5, lines, 58, 20, 8.5, 5.5, leading=1.25)
    count = len(slip.order_numbers)
    title = f"{count} orders 合并订单" if count > 1 else "Order 订单"
    sheet.line(_MARGIN, 60, _RIGHT, 60)
    sheet.text(_MARGIN, 64.5, title, 7, bold=count > 1)
    sheet.block(38, 61.5, ("   ".join(slip.order_numbers),), _RIGHT - 38, 7, 8.5, 5)
    if slip.note:
        sheet.line(_MARGIN, 69.5, _RIGHT, 69.5)
        sheet.block(_MARGIN, 70.8, (slip.note,), _RIGHT - _MARGIN, _NOTE_HEIGHT - 2, 11, 6.5, bold=True)


def _draw_lines(sheet: Sheet, lines: Sequence[DocumentLine], top: float) -> float:
    head(sheet, _COLUMNS, top - 2.5, _MARGIN)
    y = top
    for line in lines:
        sheet.tick_box(_MARGIN, y + 1.6, 4)
        texts = (line.sku_code, line.name or line.name_customs_en, line.variation, str(line.quantity))
        cells(sheet, _COLUMNS, texts, y + 5)
        y += _ROW
        sheet.line(_MARGIN, y, _RIGHT, y, 0.12)
    return y
