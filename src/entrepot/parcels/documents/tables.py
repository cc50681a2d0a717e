"""A4 and A5 tables: columns, rows broken over pages, page n of m."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from entrepot.parcels.documents.sheet import Align, Sheet

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its left edge and width in mm, and how its text stands."""

    title: str
    x: float
    width: float
    size: float = 9
    bold: bool = False
    align: Align = Align.LEFT

    @property
    def anchor(self) -> float:
        """Where its text is anchored."""
        return self.x + self.width if self.align is Align.RIGHT else self.x


def head(sheet: Sheet, columns: Sequence[Column], y: float, left: float) -> None:
    """Column titles with a hairline below, from `left` to the end of the last column."""
    for column in columns:
        sheet.fitted(column.anchor, y, column.title, column.width, 7, 5, align=column.align)
    sheet.line(left, y + 1.8, columns[-1].x + columns[-1].width, y + 1.8)


def cells(sheet: Sheet, columns: Sequence[Column], texts: Sequence[str], y: float) -> None:
    """One row; each text is shrunk, then cut, to its column."""
    for column, text in zip(columns, texts, strict=True):
        if text:
            floor = min(column.size, 6)
            sheet.fitted(column.anchor, y, text, column.width, column.size, floor, bold=column.bold, align=column.align)


def pages_of(
    rows: Sequence[_Row],
    heights: Sequence[float],
    first: float,
    other: float,
    needs: Sequence[float] | None = None,
) -> list[list[_Row]]:
    """Rows by page: `first` mm of room on the first page, `other` mm on those after it. At least one page.

    `needs` is the room that must be left for a row to be set, when that is more than its height (a heading is not set
    without the row below it). A row higher than a page gets a page of its own.
    """
    pages: list[list[_Row]] = [[]]
    left = first
    for row, height, need in zip(rows, heights, needs or heights, strict=True):
        if need > left and pages[-1]:
            pages.append([])
            left = other
        pages[-1].append(row)
        left -= height
    return pages


def foot(sheet: Sheet, left: str, number: int, count: int, margin: float) -> None:
    """The last line of a page: what it belongs to, and page n of m."""
    y = sheet.height - 8
    sheet.fitted(margin, y, left, sheet.width - 2 * margin - 30, 7, 5)
    sheet.text(sheet.width - margin, y, f"Page {number} of {count} 第 {number}/{count} 页", 7, align=Align.RIGHT)
