"""Amounts as marketplaces write them, in integer minor units of their currency."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation


def exponents(decimals: int, codes: str) -> dict[str, int]:
    return dict.fromkeys(codes.split(), decimals)


EXPONENTS = exponents(
    2,
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY "
    "COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR "
    "ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK "
    "MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP "
    "SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW "
    "ZWG ",
)
EXPONENTS |= exponents(0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF")
EXPONENTS |= exponents(3, "BHD IQD JOD KWD LYD OMR TND")
"""Currencies and how many decimals their minor unit has."""


def is_currency(code: str) -> bool:
    """Whether it is the code of a currency that money is paid in today (ISO 4217)."""
    return code in EXPONENTS


def exponent_of(currency: str) -> int:
    """Decimals of the currency's minor unit; 2 for one we do not know."""
    return EXPONENTS.get(currency, 2)


def minor_units(amount: str | int | Decimal, currency: str) -> int:
    """ "12.50" of USD is 1250, "1200" of JPY is 1200. More decimals than the currency has are rounded half up.

    Raises:
        ValueError: it is no amount. A float is refused: it was no longer what the marketplace wrote.
    """
    if isinstance(amount, float | bool):
        raise ValueError(f"{amount!r} is no exact amount")
    try:
        exact = Decimal(amount)
    except InvalidOperation:
        raise ValueError(f"{amount!r} is no amount") from None
    if not exact.is_finite():
        raise ValueError(f"{amount!r} is no amount")
    return int(exact.scaleb(exponent_of(currency)).to_integral_value(ROUND_HALF_UP))
