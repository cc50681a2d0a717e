"""The rows and totals of the CN22 customs declaration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from entrepot.parcels.documents.figures import money
from entrepot.parcels.documents.values import DocumentLine


@dataclass(frozen=True, slots=True)
class DeclaredRow:
    """Pieces of one description. Weight (grams, net) and value (minor units) are of all pieces together.

    `weight_grams` is 0 when the weight of a piece is not known: part of a weight would be a wrong declaration.
    """

    quantity: int
    description: str
    hs_code: str
    origin_country: str
    weight_grams: int
    value_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Declaration:
    """What the form shows. `hidden` counts the descriptions folded into the last row, 0 when all are shown.

    `net_grams` is 0 when the weight of a row is not known.
    """

    rows: tuple[DeclaredRow, ...]
    hidden: int
    net_grams: int
    totals: tuple[tuple[str, int], ...]  # (currency, minor units), in order of appearance

    @property
    def total_text(self) -> str:
        """The value of all rows: "USD 12.50", several currencies joined by a plus."""
        return " + ".join(f"{currency} {money(minor, currency)}" for currency, minor in self.totals)


def declaration(lines: Sequence[DocumentLine], room: int) -> Declaration:
    """Equal descriptions become one row; what exceeds `room` rows is folded into a last row.

    Nothing is left out of the totals.
    """
    merged: dict[tuple[str, str, str, str], DeclaredRow] = {}
    totals: dict[str, int] = {}
    for line in lines:
        description = line.name_customs_en or line.name or line.sku_code
        key = (description, line.hs_code, line.origin_country, line.currency)
        before = merged.get(key)
        grams, value = line.weight_grams * line.quantity, line.value_minor * line.quantity
        totals[line.currency] = totals.get(line.currency, 0) + value
        merged[key] = DeclaredRow(
            quantity=line.quantity + (before.quantity if before else 0),
            description=description,
            hs_code=line.hs_code,
            origin_country=line.origin_country,
            weight_grams=_together(grams, before.weight_grams) if before else grams,
            value_minor=value + (before.value_minor if before else 0),
            currency=line.currency,
        )
    rows = tuple(merged.values())
    net = _together(*(row.weight_grams for row in rows))
    shown, hidden = rows, 0
    if len(rows) > room:
        shown, folded = rows[: room - 1], rows[room - 1 :]
        hidden = len(folded)
        shown = (*shown, _folded(folded))
    return Declaration(rows=shown, hidden=hidden, net_grams=net, totals=tuple(totals.items()))


def _together(*grams: int) -> int:
    """The sum, or 0 when one of them is not known."""
    return sum(grams) if all(grams) else 0


def _folded(rows: Sequence[DeclaredRow]) -> DeclaredRow:
    """One row for many; its value is given only when all are in one currency (the totals hold the rest)."""
    currencies = {row.currency for row in rows}
    one = currencies.pop() if len(currencies) == 1 else ""
    return DeclaredRow(
        quantity=sum(row.quantity for row in rows),
        description=f"{len(rows)} further articles",
        hs_code="",
        origin_country="",
        weight_grams=_together(*(row.weight_grams for row in rows)),
        value_minor=sum(row.value_minor for row in rows) if one else 0,
        currency=one,
    )
