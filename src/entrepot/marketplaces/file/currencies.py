"""The signs that currencies are written with."""

from entrepot.marketplaces.money import EXPONENTS, exponent_of

__all__ = ["EXPONENTS", "SIGNS", "by_sign", "exponent_of"]

SIGNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("US$", ("USD",)), ("AU$", ("AUD",)), ("A$", ("AUD",)), ("CA$", ("CAD",)), ("C$", ("CAD",)), ("HK$", ("HKD",)),
    ("NT$", ("TWD",)), ("NZ$", ("NZD",)), ("S$", ("SGD",)), ("R$", ("BRL",)), ("MX$", ("MXN",)), ("RM", ("MYR",)),
    ("Rp", ("IDR",)), ("CN¥", ("CNY",)), ("RMB", ("CNY",)), ("zł", ("PLN",)), ("Kč", ("CZK",)), ("Ft", ("HUF",)),
    ("kr", ("SEK", "NOK", "DKK", "ISK")), ("€", ("EUR",)), ("£", ("GBP",)), ("₩", ("KRW",)), ("₫", ("VND",)),
    ("đ", ("VND",)),
    ("₱", ("PHP",)), ("฿", ("THB",)), ("₹", ("INR",)), ("₽", ("RUB",)), ("₴", ("UAH",)), ("₺", ("TRY",)),
    ("₪", ("ILS",)), ("元", ("CNY",)), ("円", ("JPY",)), ("원", ("KRW",)),
    ("¥", ("CNY", "JPY")), ("￥", ("CNY", "JPY")),
    ("$", ("USD", "AUD", "CAD", "HKD", "NZD", "SGD", "MXN", "TWD", "CLP", "COP", "ARS")),
)  # fmt: skip
"""Longer signs first. Of several currencies under one sign the store's own counts, else the first."""


def by_sign(text: str, store_currency: str) -> str:
    for sign, currencies in SIGNS:
        if sign in text:
            return store_currency if store_currency in currencies else currencies[0]
    return ""
