"""Amounts as people and programs write them, to integer minor units. No float is ever calculated with."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from entrepot.marketplaces.file.cells import Cell, text_of
from entrepot.marketplaces.file.currencies import EXPONENTS, SIGNS, by_sign, exponent_of

LARGEST_MINOR = 10**15
_PLAIN = re.compile(r"^-?\d{1,13}(?:\.(\d{1,2}))?$")
_CODE = re.compile(r"(?<![A-Za-z])([A-Za-z]{3})(?![A-Za-z])")
_IN_HEADER = re.compile(r"[(（\[［【]\s*([^\s()（）\[\]［］【】]{1,4})\s*[)）\]］】]|\s([^\s()（）]{1,4})$")
_BODY = re.compile(r"\d[\d.,'’ ]*(?:[.,]\d+)?|[.,]\d+")


@dataclass(frozen=True, slots=True)
class Amount:
    minor: int
    exact: bool  # False when digits beyond the minor unit were rounded off
    currency: str  # named in the cell itself, "" if none
    doubtful: bool = False  # its sign may as well separate thousands: a thousand times as much


def decimal_sign(texts: Iterable[str]) -> str:
    """The decimal sign of a column, by the cells that leave no doubt: "." or "," or "" without evidence."""
    votes = {".": 0, ",": 0}
    for text in texts:
        point, comma = text.rfind("."), text.rfind(",")
        if point < 0 and comma < 0:
            continue
        sign, other = (".", ",") if point > comma else (",", ".")
        position = max(point, comma)
        digits = len(re.match(r"\d*", text[position + 1 :])[0])  # type: ignore[index]  # always matches
        if text.count(sign) > 1:
            votes[other] += 1
        elif other in text or digits != 3 or re.search(r"(?<!\d)0?[.,]\d{3}|\d{4}[.,]\d{3}", text):
            votes[sign] += 1
    if votes["."] == votes[","]:
        return ""
    return max(votes, key=lambda sign: votes[sign])


def parse_amount(cell: Cell, *, currency: str, decimal: str = "") -> Amount | None:
    """The amount in minor units of the currency its cell names, else of `currency`. None for what is no amount.

    `decimal` is the column's decimal sign, for `1,234` and `1.234`. Without it both separate thousands in a currency that
    has no decimals; else a comma separates thousands, and a point is a decimal point, which is doubtful where the
    currency has no third decimal. A number cell of a workbook is never in doubt.
    """
    if not isinstance(cell, str):
        return in_minor_units(repr(cell), currency, "")
    text = text_of(cell)
    if _PLAIN.match(text) and exponent_of(currency) == 2:
        whole, _, fraction = text.partition(".")
        sign = -1 if whole[0] == "-" else 1
        return Amount(sign * (abs(int(whole)) * 100 + int((fraction or "0").ljust(2, "0"))), True, "")
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("−", "-").replace("–", "-").replace("\u00a0", " ")
    named = currency_in(text, currency)
    found = _BODY.search(text)
    if not found:
        return None
    before, after = text[: found.start()], text[found.end() :]
    if any(character.isdigit() for character in after):
        return None
    if sum(c.isalpha() for c in before + after) > 5:
        return None
    negative = "-" in before or after.strip().endswith("-") or ("(" in before and ")" in after)
    number, doubtful = plain_number(found[0].strip(), decimal, exponent_of(named or currency))
    amount = in_minor_units(("-" if negative else "") + number, named or currency, named) if number else None
    return replace(amount, doubtful=True) if amount and doubtful else amount


def currency_in(text: str, store_currency: str) -> str:
    for found in _CODE.finditer(text):
        if found[1].upper() in EXPONENTS:
            return found[1].upper()
    return by_sign(text, store_currency)


def currency_of_header(header: str, store_currency: str) -> str:
    """The currency that a column's header names in brackets or as its last word: `单价(元)`, `Price EUR`. "" if none.

    Only a whole word counts, and in a header of capitals only one in brackets: `TOTAL ALL` is not in lek.
    """
    for found in _IN_HEADER.finditer(header.strip()):
        word = found[1] or ("" if header.isupper() else found[2])
        if word in EXPONENTS:
            return word
        if any(word == sign for sign, _ in SIGNS):
            return by_sign(word, store_currency)
    return ""


def plain_number(body: str, decimal: str, exponent: int) -> tuple[str, bool]:
    """Digits with at most one point, and whether that point is doubtful; "" if the signs in it make no sense."""
    doubtful = False
    body = re.sub(r"[ '’]", "", body)
    points, commas = body.count("."), body.count(",")
    if points and commas:
        sign = "." if body.rfind(".") > body.rfind(",") else ","
        if body.count(sign) > 1:
            return "", False
    elif points + commas > 1:
        sign = ""  # only thousands
    elif points + commas == 0:
        return body, False
    else:
        mark = "." if points else ","
        three = len(body) - body.index(mark) - 1 == 3 and 1 <= body.index(mark) <= 3 and body[0] != "0"
        if not three:
            sign = mark
        elif decimal:
            sign = mark if mark == decimal else ""
            doubtful = bool(sign) and exponent == 0
        else:
            sign = mark if exponent == 3 or (mark == "." and exponent) else ""
            doubtful = bool(sign) and (mark, exponent) != (".", 3)
    other = {".": ",", ",": "."}.get(sign, ".,")
    return "".join(c for c in body if c not in other).replace(",", "."), doubtful


def in_minor_units(number: str, currency: str, named: str) -> Amount | None:
    exponent = exponent_of(currency)
    try:
        value = Decimal(number).scaleb(exponent)
        rounded = value.to_integral_value(ROUND_HALF_UP)
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(rounded) > LARGEST_MINOR:
        return None
    return Amount(int(rounded), abs(value - rounded) < Decimal("0.000001"), named)


def parse_quantity(cell: Cell) -> int | None:
    """A whole number of pieces, negative ones included; None for anything else."""
    if not isinstance(cell, str):
        return int(cell) if cell.is_integer() and abs(cell) <= 2_000_000_000 else None
    text = cell
    try:
        value = int(text) if len(text) <= 10 and text.isascii() and "_" not in text else None
    except ValueError:
        value = None
    if value is None:
        text = unicodedata.normalize("NFKC", text_of(text)).replace("−", "-").replace(" ", "")
        found = _QUANTITY.match(text)
        if not found:
            return None
        digits = re.sub(r"\D", "", found[2])
        if len(digits) > 10:
            return None
        value = int(digits) * (-1 if found[1] else 1)
    return value if abs(value) <= 2_000_000_000 else None


def too_large(cell: Cell) -> bool:
    """Whether a cell that is no quantity is one all the same, only beyond every count."""
    return text_of(cell).replace(",", "").isdecimal()


_QUANTITY = re.compile(
    r"^[x×]?\+?(-)?[x×]?(\d{1,3}(?:,\d{3})+|\d+)(?:[.,]0{1,2}|\.0+)?(?:[x×]|pcs?\.?|pieces?|st\.?|stk\.?|件|个|個|点|개)?$",
    re.IGNORECASE,
)
