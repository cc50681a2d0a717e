"""UPU standard S10: two letters, eight digits, a check digit, two letters of a country. E.g. RB 47312482 9 CN."""

import re
from collections.abc import Iterator

WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
FORM = re.compile(r"^[A-Z]{2}[0-9]{9}[A-Z]{2}$")


def check_digit(serial: str) -> int:
    """Check digit of eight digits: 11 minus the weighted sum modulo 11; 10 becomes 0 and 11 becomes 5.

    >>> check_digit("47312482")
    9
    """
    rest = 11 - sum(weight * int(digit) for weight, digit in zip(WEIGHTS, serial, strict=True)) % 11
    return {10: 0, 11: 5}.get(rest, rest)


def s10_problem(number: str) -> str:
    if not FORM.match(number):
        return "S10 numbers look like RB473124829CN"
    if check_digit(number[2:10]) != int(number[10]):
        return f"the check digit is {number[10]}, it should be {check_digit(number[2:10])}"
    return ""


def s10_range(prefix: str, first: int, last: int, country: str) -> Iterator[str]:
    """Numbers from serial `first` to `last`, both included.

    Raises:
        ValueError: a prefix or country that is not two letters, or serials that are no range of eight digits.
    """
    if not (re.fullmatch("[A-Z]{2}", prefix) and re.fullmatch("[A-Z]{2}", country)):
        raise ValueError("The service indicator and the country are two capital letters each.")
    if not 0 <= first <= last <= 99_999_999:
        raise ValueError("The serials must be eight digits, the first not above the last.")
    for serial in range(first, last + 1):
        digits = f"{serial:08d}"
        yield f"{prefix}{digits}{check_digit(digits)}{country}"
