"""The first pass over a table: which rows belong together, and what the columns prove about dates and decimals."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from zoneinfo import ZoneInfo

from entrepot.marketplaces.file import dates, money
from entrepot.marketplaces.file.cells import Cell, id_of, norm, text_of
from entrepot.marketplaces.file.layouts import Layout
from entrepot.marketplaces.file.mapping import Expression, Plan, cell_of
from entrepot.marketplaces.file.table import Table

DATE_FIELDS = ("placed_at", "paid_at", "ship_by_at", "cancelled_at", "shipped_at")
MONEY_FIELDS = ("unit_price", "total")
EVIDENCE_LIMIT = 50_000
"""Different texts of a column that are looked at; the thirteenth of some month comes long before."""


@dataclass(frozen=True, slots=True)
class OrderRow:
    number: int  # 1-based row in the file
    cells: list[Cell]
    order_id: str  # "" for a row that names no order
    lost_digits: bool


@dataclass(slots=True)
class Survey:
    last_row: dict[str, int] = field(default_factory=dict)  # order id -> its last row
    row_count: int = 0
    date_readers: dict[str, dates.DateReader] = field(default_factory=dict)
    decimals: dict[str, str] = field(default_factory=dict)


def order_rows(table: Table, plan: Plan) -> Iterator[OrderRow]:
    """The data rows, each with its order's id; the layout's description rows and footers are left out."""
    expression, layout = plan.columns["order_id"], plan.layout
    continues = bool(layout and layout.blank_id_continues)
    current, current_lost = "", False
    first = table.header_row + 1
    for number, cells in table.rows():
        if layout and skipped(layout, number == first, cells, plan):
            continue
        order_id, lost = row_id(cells, expression)
        if not order_id and continues:
            order_id, lost = current, current_lost
        current, current_lost = order_id, lost
        yield OrderRow(number, cells, order_id, lost)


def row_id(cells: list[Cell], expression: Expression) -> tuple[str, bool]:
    for position, *_ in expression:
        if position < len(cells) and (found := id_of(cells[position]))[0]:
            return found
    return "", False


def skipped(layout: Layout, is_first: bool, cells: list[Cell], plan: Plan) -> bool:
    """A row that the layout itself explains as no data."""
    if layout.described and is_first:
        quantity = plan.columns.get("quantity")
        return quantity is not None and money.parse_quantity(cell_of(cells, quantity)) is None
    quantity = plan.columns.get("quantity")
    if layout.footer and quantity is not None and money.parse_quantity(cell_of(cells, quantity)) is None:
        filled = (norm(text).lstrip("0123456789") for cell in cells if (text := text_of(cell)))
        marks = tuple(map(norm, layout.footer))
        return any(text.startswith(marks) for text in islice(filled, 2))
    return False


def survey(table: Table, plan: Plan, *, time_zone: str) -> Survey:
    """Read the whole table once. Raises FileRefused for what makes the file unreadable, before any order is given."""
    result = Survey()
    seen: dict[str, set[str]] = {name: set() for name in (*DATE_FIELDS, *MONEY_FIELDS) if name in plan.columns}
    watched = [(texts, plan.columns[name][0][0], plan.columns[name]) for name, texts in seen.items()]
    for row in order_rows(table, plan):
        result.row_count += 1
        if row.order_id:
            result.last_row[row.order_id] = row.number
        cells = row.cells
        for texts, position, expression in watched:
            cell = cells[position] if position < len(cells) else ""
            if cell == "" and len(expression) > 1:
                cell = cell_of(cells, expression)
            if isinstance(cell, str) and len(texts) < EVIDENCE_LIMIT:
                texts.add(cell)
    decide_dates(result, seen, plan.layout, time_zone)
    for name in MONEY_FIELDS:
        if name in seen:
            result.decimals[name] = money.decimal_sign(seen[name])
    settle_together(result.decimals)
    return result


def settle_together(decimals: dict[str, str]) -> None:
    """A column without evidence follows the other money column."""
    known = next((sign for sign in decimals.values() if sign), "")
    for name, sign in decimals.items():
        decimals[name] = sign or known


def decide_dates(result: Survey, seen: dict[str, set[str]], layout: Layout | None, time_zone: str) -> None:
    zone = ZoneInfo(time_zone)
    own = {name: dates.evidence(seen[name]) for name in DATE_FIELDS if name in seen}
    fallback = next((order for order in own.values() if order), "")
    usual = dates.MDY if dates.month_first(time_zone) else dates.DMY
    for name, order in own.items():
        proven = order or (layout.date_order if layout else "") or fallback
        result.date_readers[name] = dates.DateReader(zone=zone, order=proven or usual, proven=bool(proven))
