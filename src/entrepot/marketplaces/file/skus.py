"""SKU files: catalogue facts and opening stock, one row a SKU."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from entrepot.marketplaces.file.cells import Cell, id_of, norm, raw_of, text_of
from entrepot.marketplaces.file.countries import country_code
from entrepot.marketplaces.file.currencies import EXPONENTS
from entrepot.marketplaces.file.goods import CLASSES, goods_class
from entrepot.marketplaces.file.mapping import Plan, cell_of, read_column
from entrepot.marketplaces.file.money import (
    currency_in,
    currency_of_header,
    decimal_sign,
    parse_amount,
    parse_quantity,
    too_large,
)
from entrepot.marketplaces.file.table import Table
from entrepot.marketplaces.order_file import RefusedRow, SkuDraft

TEXTS = ("name", "name_customs_en", "name_customs_zh", "bin", "image_url")
IDENTIFIERS = ("barcode",)
LONGEST = {"code": 100, "name": 300, "name_customs_en": 200, "name_customs_zh": 200, "barcode": 60, "bin": 40}
"""Characters the house keeps of each. A longer cell refuses its row, not the whole file."""
LONGEST_WEIGHT = 100
GRAMS_IN: dict[str, Decimal] = dict.fromkeys(("g", "gr", "gram", "grams", "克"), Decimal(1))
GRAMS_IN |= dict.fromkeys(("kg", "kgs", "千克", "公斤"), Decimal(1000))
GRAMS_IN |= {"lb": Decimal("453.59237"), "lbs": Decimal("453.59237"), "oz": Decimal("28.349523125")}
_UNIT = re.compile(r"^(.*?)\s*([^\d\s.,]+)?$")
_HS = re.compile(r"^\d{4,12}$")


class BadCell(Exception):
    """A cell that cannot be what its column says; the text is the reason given for the row."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(reason)
        self.name = name


@dataclass(slots=True)
class Skus:
    table: Table
    plan: Plan
    currency: str

    def answers(self) -> Iterator[SkuDraft | RefusedRow]:
        """One answer per row, in file order."""
        decimals = {name: self.decimal_of(name) for name in ("value", "weight_grams")}
        first_rows: dict[tuple[str, str], int] = {}
        for number, cells in self.table.rows():
            try:
                code = self.code(cells)
                values = self.values(cells, decimals)
                # A SKU may lie in several bins, but only once in each.
                first = first_rows.setdefault((code, values.get("bin", "")), number)
                if first != number:
                    raise BadCell("code", f"The code {code} stands in row {first} already. Keep one of the rows.")
                yield SkuDraft(code=code, row=number, values=values)
            except BadCell as bad:
                yield RefusedRow(row=number, field=bad.name, reason=str(bad), cells=tuple(map(raw_of, cells)))

    def decimal_of(self, name: str) -> str:
        column = self.plan.columns.get(name)
        if column is None:
            return ""
        texts = (cell for _, cells in self.table.rows() if isinstance(cell := cell_of(cells, column), str) and cell)
        return decimal_sign(texts)

    def code(self, cells: list[Cell]) -> str:
        code, lost = id_of(cell_of(cells, self.plan.columns["code"]))
        if not code:
            raise BadCell("code", "The row has no SKU code. Fill it in, or delete the row.")
        if lost:
            raise BadCell(
                "code", f"The code {code} has lost its last digits in a spreadsheet. Format the column as text."
            )
        if len(code) > LONGEST["code"]:
            raise BadCell(
                "code", f"The code has {len(code)} characters, at most {LONGEST['code']} are allowed. Shorten it."
            )
        return code

    def values(self, cells: list[Cell], decimals: dict[str, str]) -> dict[str, Any]:
        """Only what the row says: an empty cell is left out, so that it takes nothing away."""
        columns = self.plan.columns
        texts = {name: read_column(cells, columns[name]) for name in TEXTS if name in columns}
        texts |= {name: id_of(cell_of(cells, columns[name]))[0] for name in IDENTIFIERS if name in columns}
        values: dict[str, Any] = {name: text for name, text in texts.items() if text}
        for name, text in texts.items():
            if len(text) > (most := LONGEST.get(name, len(text))):
                raise BadCell(name, f"The text has {len(text)} characters, at most {most} are allowed. Shorten it.")
        if text := self.text(cells, "goods_class"):
            if not (goods := goods_class(text)):
                raise BadCell("goods_class", f"“{text[:40]}” is no class of goods. Write one of: {', '.join(CLASSES)}.")
            values["goods_class"] = goods
        if text := self.text(cells, "hs_code"):
            values["hs_code"] = hs_code(text)
        if text := self.text(cells, "origin_country"):
            if not (code := country_code(text)):
                raise BadCell("origin_country", f"“{text[:40]}” is no country. Write its name or its two-letter code.")
            values["origin_country"] = code
        if "weight_grams" in columns and (cell := cell_of(cells, columns["weight_grams"])) != "":
            values["weight_grams"] = self.grams(cell, decimals["weight_grams"])
        if "on_hand" in columns and (cell := cell_of(cells, columns["on_hand"])) != "":
            quantity = parse_quantity(cell)
            if quantity is None and too_large(cell):
                raise BadCell("on_hand", f"“{text_of(cell)[:40]}” is more stock than can be counted. Correct it.")
            if quantity is None or quantity < 0:
                raise BadCell("on_hand", f"“{text_of(cell)[:40]}” is no stock: write a whole number, 0 or more.")
            values["on_hand"] = quantity
        return values | self.value(cells, decimals["value"])

    def text(self, cells: list[Cell], name: str) -> str:
        column = self.plan.columns.get(name)
        return read_column(cells, column) if column else ""

    def value(self, cells: list[Cell], decimal: str) -> dict[str, Any]:
        text = self.text(cells, "currency")
        named = text.upper() if text.upper() in EXPONENTS else currency_in(text, self.currency) if text else ""
        if text and not named:
            raise BadCell("currency", f"“{text[:40]}” is no currency. Write its three-letter code, such as USD.")
        column = self.plan.columns.get("value")
        cell = cell_of(cells, column) if column else ""
        if cell == "":
            return {"currency": named} if named else {}
        usual = currency_of_header(self.plan.shown["value"], self.currency) or self.currency
        amount = parse_amount(cell, currency=named or usual, decimal=decimal)
        if amount is None or amount.minor < 0:
            raise BadCell("value", f"“{text_of(cell)[:40]}” is no value: write an amount, 0 or more.")
        if amount.doubtful:
            raise BadCell(
                "value",
                f"“{text_of(cell)[:40]}” could be a thousand times as much. Write it with two decimals or none.",
            )
        return {"value_minor": amount.minor, "currency": named or amount.currency or usual}

    def grams(self, cell: Cell, decimal: str) -> int:
        """Whole grams. The unit stands in the cell (`1.2 kg`) or in the header (`Weight (kg)`), else it is grams."""
        unit = header_unit(self.plan.shown["weight_grams"])
        body: Cell = cell
        text = text_of(cell)
        if len(text) > LONGEST_WEIGHT:
            unit = ""
        elif isinstance(cell, str) and (found := _UNIT.match(text)) and found[2]:
            body, unit = found[1], found[2].casefold()
        amount = parse_amount(body, currency="KWD", decimal=decimal) if unit in GRAMS_IN else None
        if amount is None or amount.minor < 0:
            raise BadCell("weight_grams", f"“{text_of(cell)[:40]}” is no weight: write a number, in g or kg.")
        grams = (Decimal(amount.minor) * GRAMS_IN[unit] / 1000).to_integral_value(ROUND_HALF_UP)
        if grams > 2_000_000_000:
            raise BadCell("weight_grams", f"“{text_of(cell)[:40]}” is heavier than anything. Correct the weight.")
        return int(grams) or int(amount.minor > 0)


def header_unit(header: str) -> str:
    text = norm(header)
    return next((unit for unit in ("kg", "千克", "公斤", "lb", "oz") if text.endswith((unit, unit + "s"))), "g")


def hs_code(text: str) -> str:
    """Digits only: `8517.12.00` is 85171200. Whether the code exists is for customs facts to say."""
    digits = re.sub(r"[.\s-]", "", text)
    if not _HS.match(digits):
        raise BadCell("hs_code", f"“{text[:40]}” is no customs code: write 4 to 12 digits.")
    return digits
