"""Amounts, dates and countries as people and programs write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from entrepot.marketplaces.file import dates
from entrepot.marketplaces.file.cells import id_of
from entrepot.marketplaces.file.countries import country_code
from entrepot.marketplaces.file.money import Amount, currency_of_header, decimal_sign, parse_amount, parse_quantity


@pytest.mark.parametrize(
    ("text", "currency", "minor", "named"),
    [
        ("12.50", "USD", 1250, ""),
        ("12", "USD", 1200, ""),
        ("-3.1", "USD", -310, ""),
        ("1 234,50 €", "USD", 123450, "EUR"),
        ("1\u202f234,50\u00a0€", "USD", 123450, "EUR"),
        ("EUR 90,00", "USD", 9000, "EUR"),
        ("1,234.50", "USD", 123450, ""),
        ("1.234,50", "EUR", 123450, ""),
        ("1'234.50", "CHF", 123450, ""),
        ("1,234", "USD", 123400, ""),
        ("1,234,567", "USD", 123456700, ""),
        ("$5.00", "AUD", 500, "AUD"),
        ("$5.00", "EUR", 500, "USD"),
        ("US$5.00", "AUD", 500, "USD"),
        ("£25.00", "EUR", 2500, "GBP"),
        ("¥1200", "JPY", 1200, "JPY"),
        ("¥1200", "USD", 120000, "CNY"),
        ("1200円", "USD", 1200, "JPY"),
        ("1200", "JPY", 1200, ""),
        ("1.250", "JPY", 1250, ""),
        ("1,250", "JPY", 1250, ""),
        ("210.000 ₫", "USD", 210000, "VND"),
        ("1.234", "KWD", 1234, ""),
        ("Rp 10,000", "IDR", 1000000, "IDR"),
        ("RM12.50", "MYR", 1250, "MYR"),
        ("(5.00)", "USD", -500, ""),
        ("−5.00", "USD", -500, ""),
        ("5.00-", "USD", -500, ""),
        ("１２．５０", "USD", 1250, ""),
        (19.99, "USD", 1999, ""),
        (0.1 + 0.2, "USD", 30, ""),
        (1200.0, "JPY", 1200, ""),
    ],
)
def test_an_amount_becomes_minor_units(text: str | float, currency: str, minor: int, named: str) -> None:
    assert parse_amount(text, currency=currency) == Amount(minor, True, named)


@pytest.mark.parametrize(
    ("text", "currency", "decimal", "expected"),
    [
        ("1.250", "EUR", "", Amount(125, True, "", doubtful=True)),
        ("1.250", "EUR", ".", Amount(125, True, "")),
        ("1,250", "KWD", "", Amount(1250, True, "", doubtful=True)),
        ("1.250", "KWD", "", Amount(1250, True, "")),
        ("210.000", "VND", ",", Amount(210000, True, "")),
        ("210.000", "VND", ".", Amount(210, True, "", doubtful=True)),
    ],
)
def test_a_sign_that_may_separate_thousands_is_doubtful_unless_currency_or_column_decide(
    text: str, currency: str, decimal: str, expected: Amount
) -> None:
    assert parse_amount(text, currency=currency, decimal=decimal) == expected


@pytest.mark.parametrize(
    ("header", "currency"),
    [
        ("单价(元)", "CNY"),
        ("Price （€）", "EUR"),
        ("Price EUR", "EUR"),
        ("Betrag in €", "EUR"),
        ("PRICE [USD]", "USD"),
        ("TOTAL ALL", ""),
        ("Price for all", ""),
        ("Confirmed", ""),
        ("EUR", ""),
    ],
)
def test_a_header_names_a_currency_in_brackets_or_as_its_last_word(header: str, currency: str) -> None:
    assert currency_of_header(header, "GBP") == currency


@pytest.mark.parametrize("text", ["", "free", "n/a", "1.2.3,4,5", "1 or 2", "12-13", "about twelve 12", "NaN", "1e5"])
def test_what_is_no_amount_is_none(text: str) -> None:
    assert parse_amount(text, currency="USD") is None


def test_an_amount_finer_than_the_minor_unit_is_rounded_and_says_so() -> None:
    assert parse_amount("0.001", currency="GBP") == Amount(0, False, "")
    assert parse_amount("0.005", currency="GBP") == Amount(1, False, "")
    assert parse_amount("10.5", currency="JPY") == Amount(11, False, "")


def test_the_column_decides_what_a_point_before_three_digits_means() -> None:
    assert decimal_sign(["1.234", "12,50"]) == ","
    assert decimal_sign(["1,234", "12.50"]) == "."
    assert decimal_sign(["1.234", "5"]) == ""
    assert decimal_sign(["1.234", "1250000.000"]) == "."
    assert parse_amount("1.234", currency="EUR", decimal=",") == Amount(123400, True, "")
    assert parse_amount("1,234", currency="EUR", decimal=".") == Amount(123400, True, "")
    assert parse_amount("1,234", currency="EUR", decimal=",") == Amount(123, False, "")


@pytest.mark.parametrize(
    ("cell", "quantity"),
    [("2", 2), (" 2 ", 2), ("2.0", 2), (2.0, 2), ("-3", -3), ("x2", 2), ("2 pcs", 2), ("2件", 2), ("1,000", 1000),
     ("+4", 4)],
)  # fmt: skip
def test_a_whole_number_of_pieces_is_read(cell: str | float, quantity: int) -> None:
    assert parse_quantity(cell) == quantity


@pytest.mark.parametrize("cell", ["", "two", "1.5", 1.5, "1/2", "99999999999", 1e18, "2-3", "1_000", float("inf")])
def test_what_is_no_number_of_pieces_is_none(cell: str | float) -> None:
    assert parse_quantity(cell) is None


def read_date(cell: str | float, *, order: str = "dmy", zone: str = "UTC") -> datetime | None:
    return dates.DateReader(zone=ZoneInfo(zone), order=order, proven=True).read(cell).at


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-10-05", datetime(2026, 10, 5, tzinfo=UTC)),
        ("2026/10/5 13:04", datetime(2026, 10, 5, 13, 4, tzinfo=UTC)),
        ("2026.10.05", datetime(2026, 10, 5, tzinfo=UTC)),
        ("2026年10月5日 13:04", datetime(2026, 10, 5, 13, 4, tzinfo=UTC)),
        ("2026-10-05T13:04:05+02:00", datetime(2026, 10, 5, 11, 4, 5, tzinfo=UTC)),
        ("2026-10-05 13:04:05 -0500", datetime(2026, 10, 5, 18, 4, 5, tzinfo=UTC)),
        ("2026-10-05T13:04:05.123Z", datetime(2026, 10, 5, 13, 4, 5, tzinfo=UTC)),
        ("2026-10-05 01:04:05 PM PDT", datetime(2026, 10, 5, 20, 4, 5, tzinfo=UTC)),
        ("2026-10-05 12:30 am", datetime(2026, 10, 5, 0, 30, tzinfo=UTC)),
        ("20261005", datetime(2026, 10, 5, tzinfo=UTC)),
        ("20261005130405", datetime(2026, 10, 5, 13, 4, 5, tzinfo=UTC)),
        ("05/10/2026", datetime(2026, 10, 5, tzinfo=UTC)),
        ("5.10.26 07:08:09", datetime(2026, 10, 5, 7, 8, 9, tzinfo=UTC)),
        ("05-10-2026 20:30", datetime(2026, 10, 5, 20, 30, tzinfo=UTC)),
        ("Oct-05-26", datetime(2026, 10, 5, tzinfo=UTC)),
        ("05-oct.-26", datetime(2026, 10, 5, tzinfo=UTC)),
        ("5. Oktober 2026", datetime(2026, 10, 5, tzinfo=UTC)),
        ("05 août 2026", datetime(2026, 8, 5, tzinfo=UTC)),
        ("October 5th, 2026 1:04 PM", datetime(2026, 10, 5, 13, 4, tzinfo=UTC)),
        ("Mon, 5 Oct 2026 13:04:05 +0000", datetime(2026, 10, 5, 13, 4, 5, tzinfo=UTC)),
        (46300.5, datetime(2026, 10, 5, 12, 0, tzinfo=UTC)),
    ],
)
def test_a_date_is_read_however_it_is_written(text: str | float, expected: datetime) -> None:
    assert read_date(text) == expected


@pytest.mark.parametrize(
    "text", ["soon", "2026-13-01", "31/02/2026", "2026-10-05 25:00", "0", "12", "05/10", "10-05", "May", "99/99/9999"]
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert read_date(text) is None


def test_a_time_without_zone_is_the_stores_own_also_in_summer() -> None:
    assert read_date("2026-07-05 12:00", zone="Europe/Berlin") == datetime(2026, 7, 5, 10, 0, tzinfo=UTC)
    assert read_date("2026-01-05 12:00", zone="Europe/Berlin") == datetime(2026, 1, 5, 11, 0, tzinfo=UTC)


def test_a_thirteenth_anywhere_in_the_column_decides_the_order() -> None:
    assert dates.evidence(["05/10/2026", "13/10/2026"]) == "dmy"
    assert dates.evidence(["05/10/2026", "10/13/2026 10:00"]) == "mdy"
    assert dates.evidence(["05/10/2026", "2026-10-13"]) == ""
    assert read_date("05/10/2026", order="mdy") == datetime(2026, 5, 10, tzinfo=UTC)


def test_only_an_undecided_order_is_ambiguous() -> None:
    reader = dates.DateReader(zone=ZoneInfo("UTC"), order="dmy", proven=False)
    assert reader.read("05/10/2026").ambiguous
    assert not reader.read("05/05/2026").ambiguous
    assert not reader.read("2026-10-05").ambiguous
    assert not reader.read("25/10/2026").ambiguous


def test_the_month_comes_first_in_american_stores() -> None:
    assert dates.month_first("America/New_York")
    assert not dates.month_first("Europe/London")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("DE", "DE"), ("deu", "DE"), ("Germany", "DE"), ("Deutschland", "DE"), ("Allemagne", "DE"),
        ("德国", "DE"),
        ("Германия", "DE"), ("ドイツ", "DE"), ("독일", "DE"), ("EIRE", "IE"), ("USA", "US"), ("U.S.A.", "US"),
        ("UK", "GB"),
        ("United Kingdom", "GB"), ("United States", "US"), ("Czech Republic", "CZ"), ("RSA", ""), ("Hong Kong", "HK"),
        ("Côte d’Ivoire", "CI"), ("Cote d'Ivoire", "CI"), ("South Korea", "KR"), ("Korea, Republic of", "KR"),
        ("Netherlands (the)", "NL"), ("DE - Germany", "DE"), ("中国/China", "CN"), ("Vietnam", "VN"), ("Namibia", "NA"),
        ("Unspecified", ""), ("European Community", ""), ("Channel Islands", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_country_is_known_by_its_names(text: str, code: str) -> None:
    assert country_code(text) == code


@pytest.mark.parametrize(
    ("cell", "text", "lost"),
    [
        ("576822014471093123", "576822014471093123", False),
        ("\t576822014471093123\t", "576822014471093123", False),
        ('="576822014471093123"', "576822014471093123", False),
        ("'00123", "00123", False),
        ("201803160331005770000", "201803160331005770000", False),
        (5.76822014471093e17, "576822014471093000", True),
        (123456789012340.0, "123456789012340", False),
        (1234567890123450.0, "1234567890123450", True),
        (17850.0, "17850", False),
        ("5.76822E+17", "5.76822E+17", True),
        ("12E5", "12E5", False),
        ("A-1 b", "A-1 b", False),
    ],
)
def test_an_identifier_stays_exact_or_is_known_to_have_lost_digits(cell: str | float, text: str, lost: bool) -> None:
    found, known_lost = id_of(cell)
    assert known_lost == lost
    assert found == (text if not isinstance(cell, float) or not lost else f"{cell:.0f}")
