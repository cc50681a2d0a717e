"""The 100 x 150 mm label: one page each, no scaling, made for 203 dpi thermal printers (black or white only).

From above: service and country, waybill barcode, sender, recipient, customs declaration beside the parcel code, and the
strip for our own picker. Every section has a fixed place, so that eyes and machines find things where they were.
"""

from __future__ import annotations

from collections.abc import Sequence

from entrepot.core.countries import COUNTRIES
from entrepot.parcels.documents import address
from entrepot.parcels.documents.figures import grouped, kilograms
from entrepot.parcels.documents.label_customs import customs_frame, draw_customs
from entrepot.parcels.documents.label_strip import draw_strip, strip_frame
from entrepot.parcels.documents.sheet import Align, Sheet
from entrepot.parcels.documents.typeset import reads_from_right
from entrepot.parcels.documents.values import LabelValues, Party

WIDTH_MM, HEIGHT_MM = 100, 150
LEFT, RIGHT = 2.5, 97.5
SENDER_TOP, RECIPIENT_TOP, CUSTOMS_TOP, STRIP_TOP = 44.5, 58.25, 90.0, 123.75
_UNDELIVERABLE = {"return": "RETURN 退回", "destroy": "DESTROY 销毁"}


def labels_pdf(labels: Sequence[LabelValues]) -> bytes:
    """One label per page in the given order.

    Raises ValueError when there is none, and codes.UnprintableCode when a number cannot stand in a barcode.
    """
    if not labels:
        raise ValueError("a document needs at least one label")
    sheet = Sheet(WIDTH_MM, HEIGHT_MM, "Labels")
    for label in labels:
        draw_label(sheet, label)
        sheet.next_page()
    return sheet.pdf()


def draw_label(sheet: Sheet, label: LabelValues) -> None:
    """Draw one label on the current page."""
    sheet.form("label", _frame)
    _draw_header(sheet, label)
    _draw_waybill(sheet, label.waybill_number)
    _draw_sender(sheet, label)
    _draw_recipient(sheet, label.recipient)
    draw_customs(sheet, label, CUSTOMS_TOP)
    draw_strip(sheet, label, STRIP_TOP)


def _frame(sheet: Sheet) -> None:
    """What is the same on every label."""
    for y in (19.25, SENDER_TOP, RECIPIENT_TOP, CUSTOMS_TOP, STRIP_TOP):
        sheet.line(LEFT, y, RIGHT, y)
    sheet.line(63, SENDER_TOP + 1.5, 63, RECIPIENT_TOP - 1.5)
    sheet.text(LEFT, SENDER_TOP + 2.9, "FROM 寄件人", 5.2)
    sheet.text(LEFT, RECIPIENT_TOP + 2.9, "TO 收件人", 5.2)
    for row, title in enumerate(("DATE 日期", "WEIGHT 重量", "IF UNDELIVERABLE")):
        sheet.text(64.8, SENDER_TOP + 3.7 + row * 4.1, title, 5.2)
    customs_frame(sheet, CUSTOMS_TOP)
    strip_frame(sheet, STRIP_TOP)


def _draw_header(sheet: Sheet, label: LabelValues) -> None:
    code = label.recipient.country.upper()
    known = COUNTRIES.get(code)
    english = label.recipient.country_name_en or (known[0] if known else code)
    if code:
        sheet.box(79.5, 2.5, 18, 14.75)
    sheet.fitted(88.5, 13.9, code, 16, 34, 12, bold=True, align=Align.CENTRE, white=True)
    sheet.block(77.5, 5.4, (english,), 19.5, 6.6, 9, 5.5, bold=True, align=Align.RIGHT, leading=1.05, at_foot=True)
    if known:
        sheet.fitted(77.5, 16.3, known[1], 19.5, 9.5, 4.8, align=Align.RIGHT)
    sheet.block(LEFT, 2.2, (label.service_name,), 54, 6.2, 10, 6, bold=True, leading=1.08)
    sheet.fitted(LEFT, 17.1, label.sorting_code, 54, 25, 9, bold=True)


def _draw_waybill(sheet: Sheet, number: str) -> None:
    if not number:
        sheet.text(WIDTH_MM / 2, 33, "NO WAYBILL NUMBER 无运单号", 14, bold=True, align=Align.CENTRE)
        return
    sheet.bars(WIDTH_MM / 2, 21.25, number, WIDTH_MM, 16.5)
    sheet.fitted(WIDTH_MM / 2, 42.5, grouped(number), RIGHT - LEFT, 13, 7, bold=True, align=Align.CENTRE)


def _draw_sender(sheet: Sheet, label: LabelValues) -> None:
    sender, top = label.sender, SENDER_TOP
    name, rest = address.one_line(sender, abroad=sender.country != label.recipient.country)
    sheet.fitted(15, top + 3.0, name, 25, 7, 5.5, bold=True)
    if sender.phone:
        sheet.fitted(61, top + 3.0, f"Tel {sender.phone}", 21, 6.5, 5, align=Align.RIGHT)
    sheet.block(LEFT, top + 4.3, (rest,), 58.5, 8.9, 7, 5, leading=1.18)
    values = (
        label.printed_on.isoformat(),
        f"{kilograms(label.weight_grams)} kg" if label.weight_grams else "—",
        _UNDELIVERABLE.get(label.undeliverable, "—"),
    )
    for row, text in enumerate(values):
        sheet.fitted(RIGHT, top + 3.8 + row * 4.1, text, 16.5, 7.5, 5.5, bold=True, align=Align.RIGHT)


def _draw_recipient(sheet: Sheet, recipient: Party) -> None:
    top = RECIPIENT_TOP
    own = address.own_script(recipient)
    latin = address.in_latin(own, recipient.country)
    if latin is None:
        _draw_address(sheet, own, LEFT, RIGHT - LEFT, (13.5, 10.5))
    else:
        sheet.line(50, top + 4.25, 50, top + 22.25)
        _draw_address(sheet, own, LEFT, 46, (12.5, 9))
        _draw_address(sheet, latin, 51.5, 46, (11, 8.5))
    sheet.fitted(LEFT, top + 30.1, recipient.postcode, 44, 24, 11, bold=True)
    sheet.fitted(RIGHT, top + 26.4, address.country_name(recipient), 49, 9.5, 6, bold=True, align=Align.RIGHT)
    if recipient.phone:
        sheet.fitted(RIGHT, top + 30.1, f"Tel {recipient.phone}", 49, 9, 6, align=Align.RIGHT)


def _draw_address(sheet: Sheet, shown: address.AddressText, x: float, width: float, sizes: tuple[float, float]) -> None:
    """Name and lines in a column; right-to-left scripts stand at its right edge."""
    edge, align = (x + width, Align.RIGHT) if reads_from_right(shown.name or "".join(shown.lines)) else (x, Align.LEFT)
    top = RECIPIENT_TOP
    sheet.block(edge, top + 3.6, (shown.name,), width, 5.3, sizes[0], 6.5, bold=True, leading=1.05, align=align)
    sheet.block(edge, top + 9.3, shown.lines, width, 12.8, sizes[1], 5.2, leading=1.2, align=align)
