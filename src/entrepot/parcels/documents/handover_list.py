"""The list given to the carrier with a batch of parcels: one barcode for the batch, every waybill, two signatures."""

from __future__ import annotations

from entrepot.core.countries import COUNTRIES
from entrepot.parcels.documents import address
from entrepot.parcels.documents.figures import kilograms, kilograms_known
from entrepot.parcels.documents.sheet import Align, Sheet
from entrepot.parcels.documents.tables import Column, cells, foot, head, pages_of
from entrepot.parcels.documents.values import HandoverRow, HandoverValues

WIDTH_MM, HEIGHT_MM, _MARGIN = 210, 297, 12
_RIGHT = WIDTH_MM - _MARGIN
_FIRST_TOP, _NEXT_TOP, _FOOT, _SIGNATURES, _ROW = 76.0, 30.0, 15.0, 34.0, 5.6
_COLUMNS = (
    Column("No.", 12, 10, 8, align=Align.RIGHT),
    Column("Waybill no. 运单号", 26, 62, 9.5, bold=True),
    Column("Parcel 包裹", 90, 42, 8.5),
    Column("Country 国家", 134, 30, 8.5),
    Column("Pcs 件", 164, 12, 8.5, align=Align.RIGHT),
    Column("kg", 178, 20, 8.5, align=Align.RIGHT),
)


def handover_list_pdf(values: HandoverValues) -> bytes:
    """A4. Raises codes.UnprintableCode when the batch number cannot stand in a barcode."""
    numbered = list(enumerate(values.rows, 1))
    last = HEIGHT_MM - _FOOT - _SIGNATURES
    pages = pages_of(numbered, [_ROW] * len(numbered), last - _FIRST_TOP, last - _NEXT_TOP)
    sheet = Sheet(WIDTH_MM, HEIGHT_MM, f"Hand-over {values.number}")
    for number, rows in enumerate(pages, 1):
        sheet.fitted(_MARGIN, 18, f"Hand-over list 交接单 {values.number}", 130, 16, 9, bold=True)
        sheet.text(_RIGHT, 18, values.handed_on.isoformat(), 11, align=Align.RIGHT)
        if number == 1:
            _draw_summary(sheet, values)
        top = _FIRST_TOP if number == 1 else _NEXT_TOP
        _draw_rows(sheet, rows, top)
        if number == len(pages):
            _draw_signatures(sheet, values)
        foot(sheet, f"{values.carrier_name} · {values.service_name} · {values.number}", number, len(pages), _MARGIN)
        sheet.next_page()
    return sheet.pdf()


def _draw_summary(sheet: Sheet, values: HandoverValues) -> None:
    sheet.bars(158, 22, values.number, 80, 15)
    sheet.fitted(158, 41.5, values.number, 78, 10, 6, bold=True, align=Align.CENTRE)
    sheet.fitted(_MARGIN, 26, values.carrier_name, 100, 12, 7, bold=True)
    sheet.fitted(_MARGIN, 31.5, values.service_name, 100, 10, 6)
    sheet.text(_MARGIN, 38, "FROM 寄件人", 6)
    sender = [*address.one_line(values.sender)]
    if values.sender.phone:
        sender.append(f"Tel {values.sender.phone}")
    sheet.block(_MARGIN, 39, sender, 100, 14, 8.5, 5.5, leading=1.25)
    sheet.line(_MARGIN, 56, _RIGHT, 56)
    totals = (
        ("Parcels 包裹", str(len(values.rows))),
        ("Pieces 件", str(sum(row.pieces for row in values.rows))),
        ("Weight 重量", _weight(values)),
    )
    for place, (title, figure) in enumerate(totals):
        x = _MARGIN + place * 45
        sheet.text(x, 60, title, 6.5)
        sheet.fitted(x, 66.5, figure, 43, 15, 8, bold=True)


def _weight(values: HandoverValues) -> str:
    """Of all parcels; "≥" when some of them are of unknown weight."""
    known = sum(row.weight_grams for row in values.rows)
    return f"{'' if all(row.weight_grams for row in values.rows) else '≥ '}{kilograms(known)} kg"


def _draw_rows(sheet: Sheet, rows: list[tuple[int, HandoverRow]], top: float) -> None:
    head(sheet, _COLUMNS, top - 2.5, _MARGIN)
    y = top
    for number, row in rows:
        known = COUNTRIES.get(row.country.upper())
        country = f"{row.country} {known[0]}" if known else row.country
        texts = (
            str(number),
            row.waybill_number or "—",
            row.parcel_number,
            country,
            str(row.pieces),
            kilograms_known(row.weight_grams),
        )
        cells(sheet, _COLUMNS, texts, y + 4.1)
        y += _ROW
        sheet.line(_MARGIN, y, _RIGHT, y, 0.12)


def _draw_signatures(sheet: Sheet, values: HandoverValues) -> None:
    top = HEIGHT_MM - _FOOT - _SIGNATURES + 4
    sheet.fitted(
        _MARGIN,
        top + 4,
        f"{len(values.rows)} parcels handed over and received. 共 {len(values.rows)} 件，已交接。",
        180,
        9,
        7,
    )
    for x, title in ((_MARGIN, "Handed over by 交件人"), (110.0, "Received by 接收人")):
        sheet.line(x, top + 21, x + 50, top + 21)
        sheet.text(x, top + 25, title, 7)
        sheet.line(x + 55, top + 21, x + 86, top + 21)
        sheet.text(x + 55, top + 25, "Date and time 日期时间", 7)
