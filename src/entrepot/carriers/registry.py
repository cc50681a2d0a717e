"""The one place that opens a carrier adapter."""

from collections.abc import Iterator

from entrepot.carriers.contract import NumberRule
from entrepot.carriers.manual import FORMATS, s10_range

NUMBER_FORMATS = tuple(FORMATS)


def number_rule(number_format: str) -> NumberRule:
    """The rule for a number format, by its name in `ShippingService.number_format`."""
    return FORMATS[number_format]


def expand_range(prefix: str, first: int, last: int, country: str) -> Iterator[str]:
    """The S10 numbers of a range that a post office sold us, check digits included."""
    return s10_range(prefix, first, last, country)
