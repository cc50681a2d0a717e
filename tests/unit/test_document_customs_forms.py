"""When a CN22 is too small a form: above 300 SDR, on a way that crosses a customs border."""

from decimal import Decimal

import pytest

from entrepot.parcels.documents.customs_forms import crosses_customs, least_sdr, needs_cn23


def test_amounts_of_several_currencies_add_up_and_unknown_ones_count_nothing() -> None:
    assert least_sdr({"USD": Decimal(100), "EUR": Decimal("10.50")}) == Decimal("85.3813405")
    assert least_sdr({"XOF": Decimal(10**9)}) == 0
    assert least_sdr({}) == 0


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ({"USD": "389.35"}, False),
        ({"USD": "389.36"}, True),
        ({"JPY": "60411"}, True),
        ({"JPY": "60410"}, False),
        ({"XOF": "100000000"}, False),
        ({"XOF": "100000000", "GBP": "320"}, True),
    ],
)
def test_cn23_begins_above_three_hundred_sdr(amounts: dict[str, str], expected: bool) -> None:
    values = {code: Decimal(amount) for code, amount in amounts.items()}
    assert needs_cn23(values, sender="CN", recipient="DE") is expected
    assert needs_cn23(values, sender="CN", recipient="CN") is False


def test_inside_the_european_union_and_with_unknown_countries_nothing_is_declared() -> None:
    assert crosses_customs("CN", "DE")
    assert crosses_customs("DE", "CH")
    assert not crosses_customs("DE", "FR")
    assert not crosses_customs("", "FR")
    assert not crosses_customs("DE", "")
