"""Waybill numbers of the postal union: their check digit and ranges of them."""

import pytest

from entrepot.carriers.registry import expand_range, number_rule

RULE = number_rule("s10")


@pytest.mark.parametrize("number", ["RX123456785DE", "RB000000005CN", "EE876543216CA"])
def test_a_right_number_has_no_problem(number: str) -> None:
    assert RULE.problem(number) == ""


@pytest.mark.parametrize("number", ["RX123456780DE", "RX12345678DE", "R1123456785DE", "", "RX1234567855DE"])
def test_a_wrong_number_has_a_problem(number: str) -> None:
    assert RULE.problem(number) != ""


def test_any_single_wrong_digit_is_found() -> None:
    right = "EE876543216CA"  # the check digits 0 and 5 each stand for two remainders: there one error in ten is missed
    wrong = {right[:n] + str(d) + right[n + 1 :] for n in range(2, 11) for d in range(10)} - {right}
    assert len(wrong) == 81
    assert [number for number in wrong if RULE.problem(number) == ""] == []


def test_a_range_holds_only_right_numbers_in_order_and_none_twice() -> None:
    numbers = list(expand_range("RB", 1, 500, "CN"))
    assert len(set(numbers)) == 500
    assert numbers == sorted(numbers)
    assert [number for number in numbers if RULE.problem(number)] == []


def test_spaces_case_and_full_width_letters_do_not_matter() -> None:
    assert RULE.normalise(" ｒx 123456785 de ") == "RX123456785DE"
