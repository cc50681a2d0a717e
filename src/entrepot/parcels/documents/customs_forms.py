"""Which postal customs form a parcel needs, by its value: CN22 up to 300 SDR, CN23 above (UPU Convention Manual).

SDR are the special drawing rights of the International Monetary Fund, a unit of account with a rate per day. The rates
here are those of one day and stand for an order of magnitude: enough to warn, not to declare. A currency that is not in
the table is not counted.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

CN22_LIMIT_SDR = 300
RATES_OF = date(2025, 1, 17)
# SDR per unit of the currency: IMF, representative rates of RATES_OF, as published in the press on 22 January 2025.
SDR_PER_UNIT: Mapping[str, Decimal] = {
    code: Decimal(rate)
    for code, rate in {
        "AUD": "0.47771", "BRL": "0.127139", "CAD": "0.533772", "CHF": "0.844893", "CLP": "0.000762",
        "CNY": "0.105142", "CZK": "0.031395", "DKK": "0.106351", "EUR": "0.793461", "GBP": "0.940087",
        "ILS": "0.213909", "INR": "0.008899", "JPY": "0.004966", "KRW": "0.00053", "KWD": "2.49784",
        "MXN": "0.03719", "MYR": "0.171165", "NOK": "0.067477", "NZD": "0.432212", "PHP": "0.013171",
        "PLN": "0.185833", "QAR": "0.211734", "RUB": "0.007523", "SAR": "0.205523", "SEK": "0.068961",
        "SGD": "0.564056", "USD": "0.7705", "ZAR": "0.041145",
    }.items()
}  # fmt: skip
# Between these countries goods travel without a customs form.
EUROPEAN_UNION = {
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
}  # fmt: skip


def crosses_customs(sender: str, recipient: str) -> bool:
    """Whether a parcel between two countries (ISO 3166-1 alpha-2) is declared. False when one of them is not known."""
    if not sender or not recipient or sender == recipient:
        return False
    return not {sender, recipient} <= EUROPEAN_UNION


def least_sdr(amounts: Mapping[str, Decimal]) -> Decimal:
    """What amounts (currency -> units, not minor units) are worth at least: currencies without a rate count nothing."""
    return sum((amount * SDR_PER_UNIT.get(code, Decimal()) for code, amount in amounts.items()), Decimal())


def needs_cn23(amounts: Mapping[str, Decimal], *, sender: str, recipient: str) -> bool:
    """Whether a CN22 is too small a form for goods of these values on this way."""
    return crosses_customs(sender, recipient) and least_sdr(amounts) > CN22_LIMIT_SDR
