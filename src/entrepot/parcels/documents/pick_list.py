"""The pick list: first everything by bin for one walk through the shelves, then parcel by parcel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from entrepot.parcels.documents.figures import natural
from entrepot.parcels.documents.sheet import Align, Sheet
from entrepot.parcels.documents.tables import Column, cells, foot, head, pages_of
from entrepot.parcels.documents.values import PickRow

WIDTH_MM, HEIGHT_MM, _MARGIN = 210, 297, 12
_TOP, _FOOT = 34, 15
_SUMMARY = (
    Column("Bin 库位", 20, 28, 11, bold=True),
    Column("SKU", 50, 38, 9),
    Column("Name 品名", 90, 58, 9.5),
    Column("Variation 规格", 150, 30, 8.5),
    Column("Qty 数量", 182, 16, 12, bold=True, align=Align.RIGHT),
)
_PARCEL = (
    Column("Bin 库位", 20, 28, 9.5, bold=True),
    Column("SKU", 50, 38, 8.5),
    Column("Name 品名", 90, 58, 8.5),
    Column("Variation 规格", 150, 30, 8),
    Column("Qty 数量", 182, 16, 10, bold=True, align=Align.RIGHT),
)
_SUMMARY_HEIGHT, _PARCEL_HEIGHT, _HEADING_HEIGHT = 9.5, 6.2, 9.0


@dataclass(frozen=True, slots=True)
class _Heading:
    """A parcel in the second part: its number, kinds and pieces."""

    parcel_number: str
    kinds: int
    pieces: int


@dataclass(frozen=True, slots=True)
class _Taken:
    """Pieces of one SKU that belong to the parcel above."""

    parcel_number: str
    row: PickRow
    quantity: int


_Entry = _Heading | _Taken


def pick_list_pdf(rows: Sequence[PickRow], *, title: str, printed_at: str) -> bytes:
    """A4, sorted by bin; `printed_at` is printed as given. An empty list is a page that says so."""
    ordered = sorted(rows, key=lambda row: (natural(row.bin), natural(row.sku_code), row.variation))
    room = HEIGHT_MM - _TOP - _FOOT - 6
    first = pages_of(ordered, [_SUMMARY_HEIGHT] * len(ordered), room, room)
    entries = _entries(ordered)
    heights = [_HEADING_HEIGHT if isinstance(entry, _Heading) else _PARCEL_HEIGHT for entry in entries]
    needs = [height + (_PARCEL_HEIGHT if height == _HEADING_HEIGHT else 0) for height in heights]
    second = pages_of(entries, heights, room, room - _HEADING_HEIGHT, needs) if entries else []
    count = len(first) + len(second)
    sheet = Sheet(WIDTH_MM, HEIGHT_MM, title)
    parcels = len({number for row in rows for number, _ in row.parcels})
    facts = f"{len(rows)} SKU rows · {sum(row.quantity for row in rows)} pieces 件 · {parcels} parcels 包裹"
    for number, page in enumerate(first, 1):
        _page(sheet, title, printed_at, "By bin 按库位", facts, number, count)
        _draw_summary(sheet, page)
        sheet.next_page()
    for number, entries_of_page in enumerate(second, len(first) + 1):
        _page(sheet, title, printed_at, "By parcel 按包裹", facts, number, count)
        _draw_parcels(sheet, entries_of_page)
        sheet.next_page()
    return sheet.pdf()


def _entries(rows: Sequence[PickRow]) -> list[_Entry]:
    """Parcels in natural order of their numbers, each with its rows in order of bins."""
    by_parcel: dict[str, list[_Taken]] = {}
    for row in rows:
        for number, quantity in row.parcels:
            by_parcel.setdefault(number, []).append(_Taken(number, row, quantity))
    entries: list[_Entry] = []
    for number in sorted(by_parcel, key=natural):
        taken = by_parcel[number]
        entries.append(_Heading(number, len(taken), sum(part.quantity for part in taken)))
        entries.extend(taken)
    return entries


def _page(sheet: Sheet, title: str, printed_at: str, part: str, facts: str, number: int, count: int) -> None:
    sheet.fitted(_MARGIN, 18, title, 130, 17, 9, bold=True)
    sheet.fitted(WIDTH_MM - _MARGIN, 18, part, 52, 11, 8, align=Align.RIGHT)
    sheet.fitted(_MARGIN, 24, facts, 130, 9, 6)
    sheet.fitted(WIDTH_MM - _MARGIN, 24, printed_at, 52, 9, 6, align=Align.RIGHT)
    head(sheet, _SUMMARY, _TOP - 2.5, _MARGIN)
    foot(sheet, f"{title} · {printed_at}", number, count, _MARGIN)


def _draw_summary(sheet: Sheet, rows: Sequence[PickRow]) -> None:
    if not rows:
        sheet.text(WIDTH_MM / 2, 60, "Nothing to pick 没有待拣货品", 12, align=Align.CENTRE)
    y = float(_TOP)
    for row in rows:
        sheet.tick_box(_MARGIN, y + 1.7, 4.5)
        cells(sheet, _SUMMARY, (row.bin or "—", row.sku_code, row.name, row.variation, str(row.quantity)), y + 5.1)
        where = "   ".join(f"{number} × {quantity}" for number, quantity in row.parcels)
        sheet.fitted(50, y + 8.2, where, 148, 6.5, 5.5)
        y += _SUMMARY_HEIGHT
        sheet.line(_MARGIN, y, WIDTH_MM - _MARGIN, y, 0.12)


def _draw_parcels(sheet: Sheet, entries: Sequence[_Entry]) -> None:
    y = float(_TOP)
    if isinstance(entries[0], _Taken):
        y = _draw_heading(sheet, entries[0].parcel_number, "continued 续上页", y)
    for entry in entries:
        if isinstance(entry, _Heading):
            y = _draw_heading(sheet, entry.parcel_number, f"{entry.kinds} SKU · {entry.pieces} pcs 件", y)
        else:
            row = entry.row
            sheet.tick_box(_MARGIN + 1, y + 1, 3.5)
            texts = (row.bin or "—", row.sku_code, row.name, row.variation, str(entry.quantity))
            cells(sheet, _PARCEL, texts, y + 4.2)
            y += _PARCEL_HEIGHT


def _draw_heading(sheet: Sheet, parcel_number: str, facts: str, y: float) -> float:
    sheet.fitted(_MARGIN, y + 6, parcel_number, 110, 11, 7, bold=True)
    sheet.text(WIDTH_MM - _MARGIN, y + 6, facts, 8.5, align=Align.RIGHT)
    y += _HEADING_HEIGHT
    sheet.line(_MARGIN, y - 1, WIDTH_MM - _MARGIN, y - 1)
    return y
