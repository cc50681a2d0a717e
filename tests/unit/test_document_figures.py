"""Figures, codes and country names as printed."""

from __future__ import annotations

import pytest

from entrepot.core.countries import COUNTRIES
from entrepot.marketplaces.file.currencies import EXPONENTS, exponent_of
from entrepot.parcels.documents.codes import UnprintableCode, code128, fits_code128, module_dots, qr
from entrepot.parcels.documents.figures import decimals_of, grouped, kilograms, money, natural


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (1250, "USD", "12.50"),
        (5, "EUR", "0.05"),
        (1250, "JPY", "1250"),
        (1250, "KWD", "1.250"),
        (-1250, "USD", "-12.50"),
        (0, "CNY", "0.00"),
    ],
)
def test_money_has_the_minor_digits_of_its_currency(minor: int, currency: str, text: str) -> None:
    assert money(minor, currency) == text


def test_weights_are_exact_to_the_gram() -> None:
    assert [kilograms(grams) for grams in (0, 7, 450, 12345)] == ["0.000", "0.007", "0.450", "12.345"]


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("LA123456785CN", "LA 123 456 785 CN"),
        ("YT2612345678", "YT26 1234 5678"),
        ("12-34 5678901", "12-34 5678901"),
        ("ABC12", "ABC12"),
    ],
)
def test_waybill_numbers_are_grouped_for_the_eye(number: str, shown: str) -> None:
    assert grouped(number) == shown


def test_bins_sort_as_people_count() -> None:
    assert sorted(["A-10", "B-1", "", "a-2", "A-2-11", "A-2-3", "10-A", "9-A"], key=natural) == [
        "9-A",
        "10-A",
        "a-2",
        "A-2-3",
        "A-2-11",
        "A-10",
        "B-1",
        "",
    ]


def test_code128_of_an_s10_number_is_156_modules_wide() -> None:
    assert fits_code128("LA123456785CN")
    bars, modules = code128("LA123456785CN")
    assert modules == 156
    assert bars[0] == (0, 2)
    assert sum(bars[-1]) == 156


def test_modules_are_three_dots_where_they_fit_and_fewer_where_not() -> None:
    assert [module_dots(modules, 800) for modules in (156, 246, 247, 380, 381)] == [3, 3, 2, 2, 1]


@pytest.mark.parametrize("text", ["", "运单", "a\nb"])
def test_what_code128_cannot_hold_is_an_error(text: str) -> None:
    assert not fits_code128(text)
    with pytest.raises(UnprintableCode):
        code128(text)


def test_a_parcel_number_is_a_qr_code_of_21_modules() -> None:
    stretches, modules = qr("P2611220001")
    assert modules == 21
    assert stretches[0] == (0, 0, 7)  # upper edge of the first finder pattern
    assert all(column + length <= 21 for _, column, length in stretches)


def test_all_countries_have_a_short_name_in_both_languages() -> None:
    assert len(COUNTRIES) == 250
    assert COUNTRIES["PL"] == ("Poland", "波兰")
    assert COUNTRIES["GB"] == ("United Kingdom", "英国")
    assert COUNTRIES["US"] == ("United States", "美国")
    assert all(
        len(code) == 2 and code.isupper() and english and chinese for code, (english, chinese) in COUNTRIES.items()
    )
    assert list(COUNTRIES) == sorted(COUNTRIES)


def test_files_are_read_with_the_minor_units_that_amounts_are_shown_with() -> None:
    assert {code: exponent for code, exponent in EXPONENTS.items() if exponent != decimals_of(code)} == {}
    assert decimals_of("JPY") == exponent_of("JPY") == 0
    assert decimals_of("KWD") == exponent_of("KWD") == 3
