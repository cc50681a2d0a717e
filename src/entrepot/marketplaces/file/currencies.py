"""Currencies: their exponent (how many decimals their minor unit has) and the signs they are written with."""


def exponents(decimals: int, codes: str) -> dict[str, int]:
    return dict.fromkeys(codes.split(), decimals)


EXPONENTS = exponents(
    2,
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY "
    "COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR "
    "ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK "
    "MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP "
    "SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW "
    "ZWG ",
)
EXPONENTS |= exponents(0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF")
EXPONENTS |= exponents(3, "BHD IQD JOD KWD LYD OMR TND")

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


def exponent_of(currency: str) -> int:
    """Decimals of the currency's minor unit; 2 for one we do not know."""
    return EXPONENTS.get(currency, 2)


def by_sign(text: str, store_currency: str) -> str:
    for sign, currencies in SIGNS:
        if sign in text:
            return store_currency if store_currency in currencies else currencies[0]
    return ""
