"""The customs declaration adds up, whatever is folded away."""

from __future__ import annotations

from entrepot.parcels.documents.cn22 import declaration
from entrepot.parcels.documents.values import DocumentLine


def line(
    description: str, quantity: int, grams: int, value: int, currency: str = "USD", hs: str = "940531"
) -> DocumentLine:
    return DocumentLine("SKU", "名", description, "名", quantity, "", "", hs, "CN", grams, value, currency, "")


def test_weight_and_value_are_those_of_all_pieces() -> None:
    form = declaration([line("Lamp", 3, 180, 650), line("Cup", 2, 240, 480)], 5)
    assert [(row.quantity, row.weight_grams, row.value_minor) for row in form.rows] == [(3, 540, 1950), (2, 480, 960)]
    assert (form.net_grams, form.totals, form.hidden) == (1020, (("USD", 2910),), 0)
    assert form.total_text == "USD 29.10"


def test_equal_descriptions_become_one_row() -> None:
    form = declaration([line("Lamp", 1, 180, 650), line("Cup", 1, 240, 480), line("Lamp", 2, 200, 700)], 5)
    assert [(row.description, row.quantity, row.weight_grams, row.value_minor) for row in form.rows] == [
        ("Lamp", 3, 580, 2050),
        ("Cup", 1, 240, 480),
    ]


def test_another_tariff_number_is_another_row() -> None:
    form = declaration([line("Lamp", 1, 1, 1), line("Lamp", 1, 1, 1, hs="701337")], 5)
    assert [row.hs_code for row in form.rows] == ["940531", "701337"]


def test_what_exceeds_the_room_is_folded_and_still_counted() -> None:
    form = declaration([line(f"Article {number}", 2, 100, 500) for number in range(12)], 5)
    assert len(form.rows) == 5
    assert form.hidden == 8
    last = form.rows[-1]
    assert (last.description, last.quantity, last.weight_grams, last.value_minor) == (
        "8 further articles",
        16,
        1600,
        8000,
    )
    assert sum(row.value_minor for row in form.rows) == 12000
    assert (form.net_grams, form.totals) == (2400, (("USD", 12000),))


def test_exactly_as_many_rows_as_there_is_room_are_not_folded() -> None:
    form = declaration([line(f"Article {number}", 1, 1, 1) for number in range(5)], 5)
    assert (len(form.rows), form.hidden) == (5, 0)


def test_an_unknown_weight_is_never_part_of_a_sum() -> None:
    form = declaration([line("Lamp", 3, 180, 650), line("Cup", 2, 0, 480), line("Lamp", 1, 0, 650)], 5)
    assert [(row.description, row.weight_grams) for row in form.rows] == [("Lamp", 0), ("Cup", 0)]
    assert form.net_grams == 0
    folded = declaration([line(f"Article {n}", 1, 100 if n else 0, 1) for n in (1, 2, 3, 4, 5, 0)], 5)
    assert [row.weight_grams for row in folded.rows] == [100, 100, 100, 100, 0]


def test_currencies_are_never_added_together() -> None:
    form = declaration([line("Lamp", 1, 1, 650), line("Cup", 2, 1, 480, currency="JPY")], 5)
    assert form.totals == (("USD", 650), ("JPY", 960))
    assert form.total_text == "USD 6.50 + JPY 960"


def test_a_line_without_english_description_uses_the_name() -> None:
    assert declaration([line("", 1, 1, 1)], 5).rows[0].description == "名"


def test_nothing_declared_is_an_empty_form() -> None:
    form = declaration([], 5)
    assert (form.rows, form.net_grams, form.total_text) == ((), 0, "")
