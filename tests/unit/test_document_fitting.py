"""Shrink, then wrap, then cut."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.parcels.documents.fitting import cut, one_line, paragraph, wrap
from entrepot.parcels.documents.typeset import width_of


def test_text_that_fits_keeps_its_size() -> None:
    assert one_line("Gdańsk", 100, 10, 6) == ("Gdańsk", 10)


def test_text_too_long_shrinks_before_it_is_cut() -> None:
    text = "Villingen-Schwenningen"
    natural = width_of(text, 10)
    shown, size = one_line(text, natural * 0.8, 10, 6)
    assert shown == text
    assert 7.8 <= size <= 8
    assert width_of(shown, size) <= natural * 0.8


def test_at_the_floor_text_is_cut_and_marked() -> None:
    shown, size = one_line("Villingen-Schwenningen", 30, 10, 6)
    assert size == 6
    assert shown.endswith("…")
    assert len(shown) > 5
    assert "Villingen-Schwenningen".startswith(shown[:-1])
    assert width_of(shown, 6) <= 30


def test_cutting_leaves_fitting_text_alone() -> None:
    assert cut("abc", 100, 10) == "abc"


def test_words_wrap_at_spaces() -> None:
    width = width_of("one two", 10) + 0.1
    assert wrap("one two six", width, 10) == ["one two", "six"]


def test_chinese_wraps_anywhere_but_not_before_a_comma() -> None:
    lines = wrap("朝阳区建国路，号", width_of("朝阳区建国路", 10) + 1, 10)
    assert lines == ["朝阳区建国", "路，号"]


def test_a_word_wider_than_the_line_is_broken_without_loss() -> None:
    lines = wrap("Donaudampfschifffahrtsgesellschaft", 40, 10)
    assert "".join(lines) == "Donaudampfschifffahrtsgesellschaft"
    assert len(lines) > 2


def test_thai_wraps_at_spaces_and_never_parts_a_letter_from_its_vowels() -> None:
    text = "123/45 ถนนสุขุมวิท แขวงคลองเตยเหนือ"
    assert wrap(text, width_of("123/45 ถนนสุขุมวิท แขวง", 10), 10) == ["123/45 ถนนสุขุมวิท", "แขวงคลองเตยเหนือ"]
    for width in range(20, 90):
        lines = wrap("แขวงคลองเตยเหนือน้ำผึ้ง", width, 10)
        assert "".join(lines) == "แขวงคลองเตยเหนือน้ำผึ้ง"
        assert all(line[0] not in "ะาำ\u0e31\u0e34\u0e37\u0e48\u0e49" for line in lines)
        assert all(line[-1] not in "เแโใไ" for line in lines)


def test_a_paragraph_takes_the_largest_size_at_which_all_lines_fit() -> None:
    fit = paragraph(("first line", "second line"), 200, 24, 12, 6, 1.2)
    assert fit.lines == ("first line", "second line")
    assert fit.size == 10


def test_a_paragraph_that_fits_at_no_size_ends_with_an_ellipsis() -> None:
    fit = paragraph(("word " * 100,), 60, 20, 12, 6, 1.2)
    assert fit.size == 6
    assert len(fit.lines) == 2
    assert fit.lines[-1].endswith("…")


def test_empty_texts_leave_no_lines() -> None:
    assert paragraph(("", "  ", "\u200b"), 60, 20, 12, 6, 1.2).lines == ()


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), st.floats(min_value=25, max_value=200))
def test_no_line_is_wider_than_its_place(text: str, width: float) -> None:
    fit = paragraph((text,), width, 30, 12, 6, 1.2)
    assert all(width_of(line, fit.size) <= width + 0.01 for line in fit.lines)
    shown, size = one_line(text, width, 12, 6)
    assert width_of(shown, size) <= width + 0.01
