"""What the rows of one order say together: for each field the first row that has it counts."""

from dataclasses import dataclass, field
from datetime import datetime

from entrepot.marketplaces.contract import UNKNOWN_TIME, Address, OrderKind, PaymentState
from entrepot.marketplaces.file import states
from entrepot.marketplaces.file.cells import Cell, id_of
from entrepot.marketplaces.file.countries import country_code
from entrepot.marketplaces.file.currencies import EXPONENTS
from entrepot.marketplaces.file.mapping import Plan, cell_of, read_column
from entrepot.marketplaces.file.money import LARGEST_MINOR, currency_in, currency_of_header, parse_amount
from entrepot.marketplaces.file.survey import OrderRow, Survey
from entrepot.marketplaces.order_file import Problem


@dataclass(slots=True)
class Facts:
    plan: Plan
    survey: Survey
    rows: list[OrderRow]
    problems: dict[Problem, None] = field(default_factory=dict)  # an ordered set

    def cell(self, name: str) -> Cell:
        column = self.plan.columns.get(name)
        if column is not None:
            for row in self.rows:
                if (found := cell_of(row.cells, column)) != "":
                    return found
        return ""

    def first(self, name: str) -> str:
        column = self.plan.columns.get(name)
        if column is not None:
            for row in self.rows:
                if text := read_column(row.cells, column):
                    return text
        return ""

    def identifier(self, name: str) -> str:
        return id_of(self.cell(name))[0]

    def currency(self, store_currency: str) -> str:
        """The order's currency: its own column, else what stands in the amounts or above them, else the store's."""
        column = self.plan.columns.get("currency")
        if column is not None:
            found = {text for row in self.rows if (text := read_column(row.cells, column))}
            if len(found) > 1:
                self.problems[Problem.MIXED_CURRENCIES] = None
            if text := self.first("currency"):
                code = text.upper() if text.upper() in EXPONENTS else currency_in(text, store_currency)
                if not code:
                    self.problems[Problem.UNKNOWN_CURRENCY] = None
                return code or store_currency
        for name in ("unit_price", "total"):
            cell = self.cell(name)
            if isinstance(cell, str) and cell and (code := currency_in(cell, store_currency)):
                return code
        named = (currency_of_header(self.plan.shown.get(name, ""), store_currency) for name in ("unit_price", "total"))
        return next(filter(None, named), store_currency)

    def total(self, currency: str, of_lines: int, kind: OrderKind) -> int:
        if of_lines > LARGEST_MINOR:
            self.problems[Problem.BAD_PRICE] = None
            of_lines = 0
        cell = self.cell("total")
        if cell == "":
            return of_lines
        amount = parse_amount(cell, currency=currency, decimal=self.survey.decimals["total"])
        if amount is None:
            self.problems[Problem.BAD_PRICE] = None
            return of_lines
        if not amount.exact:
            self.problems[Problem.PRICE_ROUNDED] = None
        if amount.doubtful:
            self.problems[Problem.AMBIGUOUS_PRICE] = None
        if kind is OrderKind.CANCELLATION:
            return abs(amount.minor)
        if amount.minor < 0:
            self.problems[Problem.NEGATIVE_PRICE] = None
        return amount.minor

    def placed_at(self) -> datetime:
        found = self.instant("placed_at")
        if found is None:
            if Problem.BAD_DATE not in self.problems:
                self.problems[Problem.NO_DATE] = None
            return UNKNOWN_TIME
        return found

    def instant(self, name: str) -> datetime | None:
        cell = self.cell(name)
        if cell == "":
            return None
        moment = self.survey.date_readers[name].read(cell)
        if moment.at is None:
            self.problems[Problem.BAD_DATE] = None
        if moment.ambiguous:
            self.problems[Problem.AMBIGUOUS_DATE] = None
        return moment.at

    def payment(self) -> PaymentState:
        word = self.first("payment_status")
        if word:
            if states.says(word, states.PARTLY_REFUNDED):
                self.problems[Problem.PARTLY_REFUNDED] = None
            state = states.payment_of(word)
            if state is None:
                self.problems[Problem.UNKNOWN_PAYMENT] = None
            return state or PaymentState.UNPAID
        status = self.first("status")
        state = states.payment_of(status) if status else None
        if state is None and status and states.says(status, states.SHIPPED):
            state = PaymentState.PAID
        if state is not None:
            return state
        without_date = "paid_at" in self.plan.columns and not self.first("paid_at")
        unpaid = without_date and (self.plan.layout is None or self.plan.layout.unpaid_without_date)
        return PaymentState.UNPAID if unpaid else PaymentState.PAID

    def cancelled(self) -> bool:
        return bool(self.first("cancelled_at")) or states.says(self.first("status"), states.CANCELLED)

    def shipped(self) -> bool:
        status = self.first("status")
        if states.says(status, states.PARTLY_SHIPPED):
            self.problems[Problem.PARTLY_SHIPPED] = None
            return False
        return bool(self.first("shipped_at")) or states.says(status, states.SHIPPED)

    def recipient(self) -> Address:
        country_text = self.first("country")
        country = country_code(country_text) if country_text else ""
        if not country:
            self.problems[Problem.UNKNOWN_COUNTRY if country_text else Problem.NO_COUNTRY] = None
        address = Address(
            name=self.first("recipient_name"),
            company=self.first("company"),
            line1=self.first("line1"),
            line2=self.first("line2"),
            district=self.first("district"),
            city=self.first("city"),
            region=self.first("region"),
            postcode=self.identifier("postcode"),
            country=country,
            phone=self.identifier("phone"),
            email=self.first("buyer_email"),
            tax_id=self.identifier("tax_id"),
        )
        if not address.line1 or not (address.name or address.company):
            self.problems[Problem.NO_ADDRESS] = None
        for name in ("recipient_name", "line1", "country"):
            column = self.plan.columns.get(name)
            if column and len({text for row in self.rows if (text := read_column(row.cells, column))}) > 1:
                self.problems[Problem.ROWS_DISAGREE] = None
        return address
