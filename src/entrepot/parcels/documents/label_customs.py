"""The CN22 part of the label, with the parcel's own QR code beside it."""

from __future__ import annotations

from entrepot.parcels.documents.cn22 import DeclaredRow, declaration
from entrepot.parcels.documents.figures import kilograms, kilograms_known, money
from entrepot.parcels.documents.sheet import Align, Sheet
from entrepot.parcels.documents.typeset import latinized
from entrepot.parcels.documents.values import DeclarationCategory, LabelValues

ROWS = 5
_LEFT, _RIGHT, _QR_LEFT, _QR_SIDE = 2.5, 74.0, 77.0, 20.5
# right or left edges of the columns in mm
_QUANTITY, _WHAT, _WHAT_WIDTH, _HS, _ORIGIN, _WEIGHT, _VALUE = 5.8, 6.6, 29.4, 37.0, 49.2, 60.0, 74.0
_FIRST_ROW, _ROW_STEP = 13.0, 2.45
_CATEGORIES = (
    (DeclarationCategory.GIFT, "Gift", 2.5),
    (DeclarationCategory.DOCUMENTS, "Documents", 10.0),
    (DeclarationCategory.SAMPLE, "Commercial sample", 23.0),
    (DeclarationCategory.SALE, "Sale of goods", 42.5),
    (DeclarationCategory.RETURNED, "Returned", 56.0),
    (DeclarationCategory.OTHER, "Other", 67.2),
)


def customs_frame(sheet: Sheet, top: float) -> None:
    """The form itself."""
    sheet.text(_LEFT, top + 3.0, "CUSTOMS DECLARATION · DÉCLARATION EN DOUANE", 5.4, bold=True)
    sheet.text(_RIGHT, top + 3.3, "CN 22", 8.5, bold=True, align=Align.RIGHT)
    sheet.text(_LEFT, top + 5.2, "May be opened officially · Peut être ouvert d’office", 5)
    for _, name, x in _CATEGORIES:
        sheet.text(x + 2.3, top + 7.9, name, 5)
    sheet.line(_LEFT, top + 8.75, _RIGHT, top + 8.75)
    title = top + 10.55
    sheet.text(_LEFT, title, "Quantity and description of contents", 4.6)
    sheet.text(_HS, title, "HS no.", 4.6)
    sheet.text(_ORIGIN, title, "Origin", 4.6, align=Align.CENTRE)
    sheet.text(_WEIGHT, title, "Net kg", 4.6, align=Align.RIGHT)
    sheet.text(_VALUE, title, "Value", 4.6, align=Align.RIGHT)
    sheet.line(_LEFT, top + 23.75, _RIGHT, top + 23.75)
    sheet.text(_LEFT, top + 25.9, "Total", 5.2, bold=True)
    for row, text in enumerate(
        (
            "I certify that the particulars given in this declaration are correct and that this item does not",
            "contain any dangerous article or articles prohibited by legislation or postal or customs regulations.",
        )
    ):
        sheet.text(_LEFT, top + 28.4 + row * 1.75, text, 4.2)
    sheet.line(75.5, top + 1.5, 75.5, top + 32.25)


def draw_customs(sheet: Sheet, label: LabelValues, top: float) -> None:
    """Rows, totals, category and signature line, and the QR code with the parcel number."""
    for category, _, x in _CATEGORIES:
        sheet.tick_box(x, top + 6.15, 1.75, ticked=category is label.category)
    form = declaration(label.lines, ROWS)
    sheet.fitted(_RIGHT, top + 5.2, label.service_name, 25, 5, 4.2, align=Align.RIGHT)
    baseline = top + _FIRST_ROW
    for row in form.rows:
        _draw_row(sheet, row, baseline)
        baseline += _ROW_STEP
    total = top + 25.9
    if len(form.totals) > 1:  # several currencies need the whole line
        whole = f"{kilograms_known(form.net_grams)} kg · {form.total_text}"
        sheet.fitted(_VALUE, total, whole, 60, 5.4, 4, bold=True, align=Align.RIGHT)
    else:
        if label.weight_grams:
            sheet.fitted(12, total, f"gross {kilograms(label.weight_grams)} kg", 30, 5.2, 4.6)
        sheet.text(_WEIGHT, total, kilograms_known(form.net_grams), 5.4, bold=True, align=Align.RIGHT)
        sheet.fitted(_VALUE, total, form.total_text, 13.2, 5.4, 4, bold=True, align=Align.RIGHT)
    signer = label.sender.company or label.sender.name
    signed = f"{label.printed_on.isoformat()}   {latinized(signer, label.sender.country) or signer}"
    sheet.fitted(_LEFT, top + 32.4, f"Date and signature  {signed}", 71, 5, 4.2)
    _draw_parcel_code(sheet, label, top)


def _draw_row(sheet: Sheet, row: DeclaredRow, y: float) -> None:
    sheet.text(_QUANTITY, y, str(row.quantity), 5.2, align=Align.RIGHT)
    sheet.fitted(_WHAT, y, row.description, _WHAT_WIDTH, 5.2, 4.6)
    sheet.fitted(_HS, y, row.hs_code, 10, 5.2, 4.2)
    sheet.fitted(_ORIGIN, y, row.origin_country, 4, 5.2, 4.2, align=Align.CENTRE)
    sheet.fitted(_WEIGHT, y, kilograms_known(row.weight_grams), 8, 5.2, 4.2, align=Align.RIGHT)
    if row.currency:
        value = f"{row.currency} {money(row.value_minor, row.currency)}"
        sheet.fitted(_VALUE, y, value, 13.2, 5.2, 4.2, align=Align.RIGHT)


def _draw_parcel_code(sheet: Sheet, label: LabelValues, top: float) -> None:
    sheet.qr(_QR_LEFT, top + 0.75, label.parcel_number, _QR_SIDE)
    centre = _QR_LEFT + _QR_SIDE / 2
    sheet.fitted(centre, top + 23.5, label.parcel_number, _QR_SIDE, 7.5, 4.6, bold=True, align=Align.CENTRE)
    if label.goods_mark:
        sheet.box(_QR_LEFT + 1, top + 25.75, _QR_SIDE - 2, 6)
        sheet.fitted(
            centre, top + 30.2, label.goods_mark, _QR_SIDE - 4, 12, 6, bold=True, align=Align.CENTRE, white=True
        )
