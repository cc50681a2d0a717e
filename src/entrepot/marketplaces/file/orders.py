"""The second pass over a table: rows to orders, and to refusals for the rows that hold none.

Store first, judge later: whatever is odd about an order is a `Problem` on a draft that is still given out.
"""

import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from entrepot.marketplaces.contract import LineDraft, OrderDraft, OrderKind
from entrepot.marketplaces.file.cells import Cell, id_of, raw_of, text_of
from entrepot.marketplaces.file.facts import Facts
from entrepot.marketplaces.file.mapping import Plan, cell_of, read_column
from entrepot.marketplaces.file.money import parse_amount, parse_quantity, too_large
from entrepot.marketplaces.file.survey import OrderRow, Survey, order_rows
from entrepot.marketplaces.file.table import Table
from entrepot.marketplaces.order_file import Problem, RefusedRow

CANCELLATION_ID = re.compile(r"^[Cc]\d+$")
LONGEST_ID = 200
Answer = OrderDraft | RefusedRow


@dataclass(slots=True)
class Line:
    row: OrderRow
    quantity: int
    minor: int = 0


@dataclass(slots=True)
class Orders:
    """Turns the rows of one table into answers, in the order in which each order first appears."""

    table: Table
    plan: Plan
    survey: Survey
    currency: str
    names: list[str] = field(default_factory=list)

    def answers(self) -> Iterator[Answer]:
        """Every data row is in exactly one draft or is one refusal."""
        open_orders: dict[str, list[OrderRow]] = {}
        waiting: deque[str | int] = deque()
        done: dict[str | int, list[Answer]] = {}
        for row in order_rows(self.table, self.plan):
            if fault := fault_of_id(row.order_id):
                waiting.append(row.number)
                done[row.number] = [self.refuse(row, "order_id", fault)]
            else:
                if row.order_id not in open_orders:
                    open_orders[row.order_id] = []
                    waiting.append(row.order_id)
                open_orders[row.order_id].append(row)
                if row.number == self.survey.last_row[row.order_id]:
                    done[row.order_id] = self.order(open_orders.pop(row.order_id))
            while waiting and waiting[0] in done:
                yield from done.pop(waiting.popleft())

    def refuse(self, row: OrderRow, name: str, reason: str) -> RefusedRow:
        return RefusedRow(row=row.number, field=name, reason=reason, cells=tuple(map(raw_of, row.cells)))

    def order(self, rows: list[OrderRow]) -> list[Answer]:
        if rows[0].lost_digits and (refused := self.collided(rows)):
            return in_row_order(refused)
        items, summaries = self.split_summaries(rows)
        lines, refused = self.read_quantities(items)
        kind = OrderKind.ORDER
        negative = [line for line in lines if line.quantity < 0]
        if negative and len(negative) == len(lines) and not refused and CANCELLATION_ID.match(rows[0].order_id):
            kind = OrderKind.CANCELLATION
            for line in lines:
                line.quantity = -line.quantity
        elif negative:
            reason = (
                "All quantities are negative: this is a stock adjustment, not an order. Book it as a stock movement."
                if len(negative) == len(lines)
                else "A negative quantity takes goods back. Record it as a return, or delete the row."
            )
            refused += [self.refuse(line.row, "quantity", reason) for line in negative]
            lines = [line for line in lines if line.quantity > 0]
        if lines:
            return self.priced(kind, summaries, lines, refused)
        refused += [self.refuse(row, "quantity", "The order has no row with a quantity.") for row in summaries]
        return in_row_order(refused)

    def collided(self, rows: list[OrderRow]) -> list[RefusedRow]:
        """Rounded numbers of different orders look equal. Rows that differ in more than the item are not one order."""
        columns = [
            e for name in ("recipient_name", "line1", "buyer_id", "placed_at") if (e := self.plan.columns.get(name))
        ]
        if len({tuple(read_column(row.cells, column) for column in columns) for row in rows}) == 1:
            return []
        reason = (
            f"Several orders share the number {rows[0].order_id}, because a spreadsheet program has cut off its last "
            "digits. Export the file again and import it without opening and saving it in between."
        )
        return [self.refuse(row, "order_id", reason) for row in rows]

    def split_summaries(self, rows: list[OrderRow]) -> tuple[list[OrderRow], list[OrderRow]]:
        """Item rows, and the rows that hold the money of an order of several items but no item."""
        if len(rows) == 1 or not (self.plan.layout and self.plan.layout.summary_rows):
            return rows, []
        item = [e for name in ("sku", "title", "listing_id") if (e := self.plan.columns.get(name))]
        summaries = [row for row in rows if not any(read_column(row.cells, column) for column in item)]
        if len(summaries) == len(rows):
            return rows, []
        return [row for row in rows if row not in summaries], summaries

    def read_quantities(self, rows: list[OrderRow]) -> tuple[list[Line], list[RefusedRow]]:
        column = self.plan.columns["quantity"]
        lines: list[Line] = []
        refused: list[RefusedRow] = []
        for row in rows:
            cell = cell_of(row.cells, column)
            quantity = parse_quantity(cell)
            if quantity:
                lines.append(Line(row, quantity))
                continue
            text = text_of(cell)
            if quantity == 0:
                reason = "The quantity is 0, so there is nothing to ship. Correct it, or delete the row."
            elif too_large(cell):
                reason = f"“{text[:40]}” is more pieces than can be counted. Correct the quantity."
            elif text:
                reason = f"“{text[:40]}” is not a whole number of pieces. Correct the quantity."
            else:
                reason = "The row has no quantity. Fill it in, or delete the row."
            refused.append(self.refuse(row, "quantity", reason))
        return lines, refused

    def priced(
        self, kind: OrderKind, summaries: list[OrderRow], lines: list[Line], refused: list[RefusedRow]
    ) -> list[Answer]:
        rows = sorted([*summaries, *(line.row for line in lines)], key=lambda row: row.number)
        facts = Facts(self.plan, self.survey, rows)
        currency = facts.currency(self.currency)
        for line in lines:
            line.minor = self.price(line, currency, facts)
        if all(line.minor < 0 for line in lines) and not rows[0].order_id.isdigit():
            reason = "All prices are negative: this is a money adjustment, not an order. Book it in the ledger."
            refused += [self.refuse(row, "unit_price", reason) for row in rows]
            return in_row_order(refused)
        drafts = tuple(self.line(position, line, facts) for position, line in enumerate(lines, 1))
        return [self.draft(kind, rows, drafts, facts, currency), *refused]

    def price(self, line: Line, currency: str, facts: Facts) -> int:
        column = self.plan.columns.get("unit_price")
        cell = cell_of(line.row.cells, column) if column else ""
        if cell == "":
            facts.problems[Problem.NO_PRICE] = None
            return 0
        amount = parse_amount(cell, currency=currency, decimal=self.survey.decimals["unit_price"])
        if amount is None:
            facts.problems[Problem.BAD_PRICE] = None
            return 0
        minor, exact = amount.minor, amount.exact
        if self.plan.layout and self.plan.layout.line_total:
            minor, rest = divmod(amount.minor, line.quantity)
            exact = exact and not rest
        if not exact:
            facts.problems[Problem.PRICE_ROUNDED] = None
        if amount.doubtful:
            facts.problems[Problem.AMBIGUOUS_PRICE] = None
        if minor <= 0:
            facts.problems[Problem.NEGATIVE_PRICE if minor < 0 else Problem.ZERO_PRICE] = None
        return minor

    def line(self, position: int, line: Line, facts: Facts) -> LineDraft:
        read, cells = self.plan.columns, line.row.cells

        def value(name: str) -> str:
            return read_column(cells, read[name]) if name in read else ""

        sku = id_of(cell_of(cells, read["sku"]))[0] if "sku" in read else ""
        title = value("title")
        if not sku:
            facts.problems[Problem.NO_SKU if title else Problem.NO_ITEM_NAME] = None
        return LineDraft(
            external_id=(id_of(cell_of(cells, read["line_id"]))[0] if "line_id" in read else "") or str(position),
            sku_code=sku,
            title=title,
            quantity=line.quantity,
            unit_price_minor=line.minor,
            variation=value("variation"),
            listing_id=id_of(cell_of(cells, read["listing_id"]))[0] if "listing_id" in read else "",
            row=line.row.number,
        )

    def draft(
        self, kind: OrderKind, rows: list[OrderRow], lines: tuple[LineDraft, ...], facts: Facts, currency: str
    ) -> OrderDraft:
        width = len(self.table.header)
        if any(len(row.cells) > width and any(map(text_of, row.cells[width:])) for row in rows):
            facts.problems[Problem.EXTRA_CELLS] = None
        raw = tuple(self.raw(row.cells) for row in rows)
        if any("\ufffd" in "".join(cells.values()) for cells in raw):
            facts.problems[Problem.UNREADABLE_TEXT] = None
        if rows[0].lost_digits:
            facts.problems[Problem.ID_LOST_DIGITS] = None
        placed_at, paid_at = facts.placed_at(), facts.instant("paid_at")
        payment, status = facts.payment(), facts.first("status")
        total = facts.total(currency, sum(line.quantity * line.unit_price_minor for line in lines), kind)
        return OrderDraft(
            external_id=rows[0].order_id,
            kind=kind,
            payment=payment,
            external_status=status,
            placed_at=placed_at,
            paid_at=paid_at,
            ship_by_at=facts.instant("ship_by_at"),
            currency=currency,
            total_minor=total,
            buyer_id=facts.identifier("buyer_id"),
            buyer_name=facts.first("buyer_name"),
            buyer_note=facts.first("buyer_note"),
            shipping_choice=facts.first("shipping_choice"),
            recipient=facts.recipient(),
            lines=distinct(lines),
            cancelled=facts.cancelled(),
            shipped=facts.shipped(),
            problems=tuple(facts.problems),
            raw=raw,
            rows=tuple(row.number for row in rows),
        )

    def raw(self, cells: list[Cell]) -> Mapping[str, str]:
        header = self.table.header
        result = dict(zip(header, map(raw_of, cells), strict=False))
        for position, cell in enumerate(cells[len(header) :], len(header) + 1):
            if cell != "":
                result[f"column {position}"] = raw_of(cell)
        return result


def fault_of_id(order_id: str) -> str:
    """Why a row with this order number is no order; "" if it is one."""
    if not order_id:
        return "The row has no order number. Fill it in, or delete the row."
    if len(order_id) > LONGEST_ID:
        return f"The order number has {len(order_id)} characters, at most {LONGEST_ID} are possible. Correct it."
    return ""


def in_row_order(refused: list[RefusedRow]) -> list[Answer]:
    return [*sorted(refused, key=lambda refusal: refusal.row)]


def distinct(lines: tuple[LineDraft, ...]) -> tuple[LineDraft, ...]:
    """Line ids that repeat within an order name nothing: then the position is the id."""
    if len({line.external_id for line in lines}) == len(lines):
        return lines
    return tuple(
        LineDraft(
            external_id=str(position),
            sku_code=line.sku_code,
            title=line.title,
            quantity=line.quantity,
            unit_price_minor=line.unit_price_minor,
            variation=line.variation,
            listing_id=line.listing_id,
            row=line.row,
        )
        for position, line in enumerate(lines, 1)
    )
