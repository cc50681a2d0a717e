"""Figures as they are printed: money, weights, grouped numbers, dates."""

from __future__ import annotations

import re

_NO_MINOR = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"]
)
_THREE_MINOR = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
_S10 = re.compile(r"[A-Z]{2}\d{9}[A-Z]{2}")


def decimals_of(currency: str) -> int:
    """How many decimals the currency's minor unit has: 2 for most, 0 for yen, 3 for dinars."""
    return 0 if currency in _NO_MINOR else 3 if currency in _THREE_MINOR else 2


def money(minor: int, currency: str) -> str:
    """An amount without its currency code: 1250 USD is "12.50", 1250 JPY is "1250" (ISO 4217 minor units)."""
    digits = decimals_of(currency)
    if digits == 0:
        return str(minor)
    sign = "-" if minor < 0 else ""
    whole, rest = divmod(abs(minor), 10**digits)
    return f"{sign}{whole}.{rest:0{digits}d}"


def kilograms(grams: int) -> str:
    """Exact to the gram: 450 is "0.450"."""
    return f"{grams / 1000:.3f}"


def kilograms_known(grams: int) -> str:
    """As `kilograms`; a dash for 0, which means that nobody knows."""
    return kilograms(grams) if grams else "—"


def grouped(number: str) -> str:
    """A waybill number in groups for the eye: S10 numbers as LA 123 456 789 CN, others by fours."""
    if _S10.fullmatch(number):
        return f"{number[:2]} {number[2:5]} {number[5:8]} {number[8:11]} {number[11:]}"
    if " " in number or "-" in number or len(number) <= 6:
        return number
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key in which A-2 stands before A-10; an empty text stands last."""
    if not text:
        return ((2, 0, ""),)
    return tuple(
        (0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part.casefold())
        for part in re.split(r"(\d+)", text)
        if part
    )
