"""The strip at the foot of the label, for our own picker and packer; carriers do not need it."""

from __future__ import annotations

from entrepot.parcels.documents.figures import natural
from entrepot.parcels.documents.sheet import Align, Sheet
from entrepot.parcels.documents.values import DocumentLine, LabelValues

_LEFT, _RIGHT = 2.5, 97.5
_FOOT = 147.5
_HEAD, _STEP, _WIDEST_STEP = 4.3, 3.4, 4.3  # mm: orders line, distance of lines when there are many and few
_BIN, _SKU, _NAME, _VARIATION = 2.5, 21.5, 43.5, 71.5


def strip_frame(sheet: Sheet, top: float) -> None:
    """The word before the order numbers."""
    sheet.text(_LEFT, top + 3.1, "PICK 拣货", 5.2)


def draw_strip(sheet: Sheet, label: LabelValues, top: float) -> None:
    """Orders, lines by bin, and the packing instruction when there is one."""
    _draw_orders(sheet, label, top + 3.2)
    foot = _FOOT
    if label.instruction:
        foot -= 6.4
        sheet.line(_LEFT, foot, _RIGHT, foot)
        sheet.block(_LEFT, foot + 0.5, (label.instruction,), 95, 6.0, 7.2, 5, bold=True, leading=1.14)
    height = foot - 0.3 - top - _HEAD
    room = int(height / _STEP)
    lines = sorted(label.lines, key=lambda line: natural(line.bin))
    shown = lines if len(lines) <= room else lines[: room - 1]
    step = max(_STEP, min(_WIDEST_STEP, height / len(lines))) if lines else _STEP
    y = top + _HEAD + step * 0.78
    for line in shown:
        _draw_line(sheet, line, y, step / _STEP)
        y += step
    left_over = len(lines) - len(shown)
    if left_over:
        sheet.text(_BIN, y, f"+{left_over} more, see packing slip 余 {left_over} 项见配货单", 7, bold=True)


def _draw_orders(sheet: Sheet, label: LabelValues, y: float) -> None:
    pieces = sum(line.quantity for line in label.lines)
    sheet.text(_RIGHT, y, f"{pieces} pcs 件", 7, bold=True, align=Align.RIGHT)
    count = len(label.order_numbers)
    x = 14.0
    if count > 1:
        sheet.text(x, y, f"{count} orders 合单", 7, bold=True)
        x = 34.0
    sheet.fitted(x, y, "  ".join(label.order_numbers), 84 - x, 7, 5)


def _draw_line(sheet: Sheet, line: DocumentLine, y: float, scale: float) -> None:
    sheet.fitted(_BIN, y, line.bin or "—", 18, 8.5 * scale, 5.5, bold=True)
    sheet.fitted(_SKU, y, line.sku_code, 21, 7.2 * scale, 5)
    sheet.fitted(_NAME, y, line.name or line.name_customs_zh or line.name_customs_en, 27, 7.5 * scale, 5.8)
    sheet.fitted(_VARIATION, y, line.variation, 17, 7 * scale, 5.2)
    sheet.fitted(_RIGHT, y, f"× {line.quantity}", 8, 9 * scale, 6, bold=True, align=Align.RIGHT)
