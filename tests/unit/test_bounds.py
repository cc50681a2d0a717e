"""What a marketplace writes is kept, or the order is unreadable with a sentence; nothing that came can break a table."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
from tests.cast import draft, line

from entrepot.marketplaces.answers import json_value
from entrepot.marketplaces.bounds import clean
from entrepot.marketplaces.contract import OrderDraft, Unreadable
from entrepot.marketplaces.reading import Record, read_each


def read(raw: Any, **changes: Any) -> OrderDraft | Unreadable:
    def one(record: Record) -> OrderDraft:
        return replace(draft("S-1"), buyer_note=record.text("note"), raw=(record.raw,), **changes)

    (found,) = read_each([raw], one)
    return found


def test_half_of_an_emoji_and_nul_do_not_pass_and_a_whole_emoji_does() -> None:
    cut, whole = (
        json_value('{"id": "S-1", "note": "gift \\ud83d", "k\\u0000ey": ["a\\u0000b", "\\ud83d\\ude00"]}'),
        "😀",
    )
    found = read(cut)
    assert isinstance(found, OrderDraft)
    assert (found.buyer_note, found.raw) == (
        "gift \ufffd",
        ({"id": "S-1", "note": "gift \ufffd", "key": ["ab", whole]},),
    )


def test_what_is_clean_stays_as_it_is() -> None:
    value = {"name": "Zoë 李", "n": [1, -(2**63) + 1, 2.5, True, None], "empty": {}}
    assert clean(value) == value
    assert clean(True) is True


def test_a_number_too_long_for_json_and_a_list_too_deep_are_kept_as_texts() -> None:
    deep: Any = "bottom"
    for _ in range(300):
        deep = [deep]
    assert clean({"id": 2**64}) == {"id": "18446744073709551616"}
    assert orjson.dumps(clean(deep)).count(b"[") == 100


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"currency": "USDT"}, "'USDT' is no currency"),
        ({"numbers": ("LX1", "X" * 81)}, "A tracking number has 81 characters"),
        ({"external_id": "9" * 201}, "The order's number has 201 characters"),
        ({"total_minor": 2**63}, "9223372036854775808 is no amount"),
        ({"lines": (line(price=-(2**63)),)}, "-9223372036854775808 is no amount"),
        ({"lines": (line(), line(quantity=2**31))}, "2147483648 is no number of pieces"),
        ({"lines": (line(quantity=-1),)}, "-1 is no number of pieces"),
        ({"lines": (line(), line(quantity=0))}, "0 is no number of pieces"),
        ({"lines": (replace(line(), cancelled=-2),)}, "-2 is no number of pieces"),
    ],
)
def test_a_value_that_no_column_holds_makes_its_order_unreadable(changes: dict[str, Any], reason: str) -> None:
    raw = {"id": "S-1"}
    assert read(raw, **changes) == Unreadable("S-1", reason, raw)


@pytest.mark.parametrize(
    "changes",
    [
        {"currency": "USD", "numbers": ("X" * 80,), "total_minor": 2**63 - 1},
        {"lines": (line(quantity=2**31 - 1, price=-(2**63) + 1),)},
    ],
)
def test_the_greatest_values_are_read(changes: dict[str, Any]) -> None:
    assert isinstance(read({"id": "S-1"}, **changes), OrderDraft)
