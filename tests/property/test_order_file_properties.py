"""What holds for every file, not only for the ones we thought of."""

import contextlib
import csv
import tempfile
from pathlib import Path
from typing import Any

import openpyxl
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.marketplaces.contract import OrderDraft
from entrepot.marketplaces.file.currencies import EXPONENTS
from entrepot.marketplaces.file.money import parse_amount
from entrepot.marketplaces.file.table import open_table
from entrepot.marketplaces.order_file import FileRefused, RefusedRow
from entrepot.marketplaces.registry import order_file

HEADER = ["Order ID", "SKU", "Title", "Quantity", "Price", "Order Date", "Country"]
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\ufffe\uffff"), max_size=12)
IDS = st.from_regex(r"[1-9][0-9]{17,20}", fullmatch=True)


def orders(path: Path) -> list[Any]:
    return list(order_file().orders(path, time_zone="Europe/Berlin", currency="EUR"))


def written(path: Path, rows: list[list[str]], delimiter: str = ",", encoding: str = "utf-8") -> Path:
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


@given(
    minor=st.integers(-(10**11), 10**11),
    currency=st.sampled_from(sorted(EXPONENTS)),
    thousands=st.sampled_from(["", ",", " ", "'"]),
    sign=st.sampled_from([".", ","]),
    around=st.sampled_from(["{}", "{} {c}", "{c} {}", "{c}{}"]),
)
def test_an_amount_written_in_any_usual_way_comes_back(
    minor: int, currency: str, thousands: str, sign: str, around: str
) -> None:
    exponent = EXPONENTS[currency]
    whole, fraction = divmod(abs(minor), 10**exponent)
    body = f"{whole:,}".replace(",", "." if thousands == sign else thousands)
    text = ("-" if minor < 0 else "") + body + (sign + f"{fraction:0{exponent}d}" if exponent else "")
    amount = parse_amount(around.format(text, c=currency), currency=currency, decimal=sign)
    assert amount is not None
    assert (amount.minor, amount.exact) == (minor, True)


@given(
    st.lists(st.lists(st.text(st.sampled_from("a\"',;\t|\r\n 1ü中"), max_size=8), min_size=3, max_size=3), max_size=8)
)
def test_whatever_stands_in_quotes_comes_back_to_the_letter(rows: list[list[str]]) -> None:
    filled = [["A", *row] for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder) / "o.csv", [["Order ID", "SKU", "Title", "Quantity"], *filled])
        with open_table(path) as table:
            assert [cells for _, cells in table.rows()] == filled


@given(ids=st.lists(IDS, min_size=1, max_size=8, unique=True), tab=st.booleans())
def test_long_ids_survive_a_text_file(ids: list[str], tab: bool) -> None:
    rows = [[text + "\t" * tab, "S", "T", "1", "5", "2026-10-05", "DE"] for text in ids]
    with tempfile.TemporaryDirectory() as folder:
        found = orders(written(Path(folder) / "o.csv", [HEADER, *rows]))
    assert [(order.external_id, "id_lost_digits" in order.problems) for order in found] == [
        (text, False) for text in ids
    ]


@settings(max_examples=8, deadline=None)
@given(ids=st.lists(IDS, min_size=1, max_size=8, unique=True))
def test_long_ids_survive_the_text_cells_of_a_workbook(ids: list[str]) -> None:
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    for text in ids:
        book.active.append([text, text, "T", 1, 5, "2026-10-05", "DE"])
    with tempfile.TemporaryDirectory() as folder:
        book.save(Path(folder) / "o.xlsx")
        found = orders(Path(folder) / "o.xlsx")
    assert [(order.external_id, order.lines[0].sku_code) for order in found] == [(text, text) for text in ids]
    assert not any("id_lost_digits" in order.problems for order in found)


ROW = st.tuples(
    st.one_of(st.sampled_from(["A1", "A2", "C7", "5.76822E+17", ""]), TEXT),
    st.one_of(st.sampled_from(["S", ""]), TEXT),
    TEXT,
    st.one_of(st.integers(-3, 5).map(str), TEXT),
    st.one_of(st.decimals(-5, 5, places=3).map(str), TEXT),
    st.one_of(st.dates().map(str), st.sampled_from(["05/10/2026", "13/10/2026", "10/13/26"]), TEXT),
    st.one_of(st.sampled_from(["DE", "EIRE"]), TEXT),
)


@settings(deadline=None, max_examples=200)
@given(st.lists(ROW, min_size=1, max_size=15), st.sampled_from([",", ";", "\t", "|"]))
def test_no_row_of_any_table_is_lost_or_taken_twice(rows: list[tuple[str, ...]], delimiter: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder) / "o.csv", [HEADER, *map(list, rows)], delimiter)
        with open_table(path) as table:
            expected = [number for number, _ in table.rows()]
        answers = orders(path)
    taken = [row for answer in answers if isinstance(answer, OrderDraft) for row in answer.rows]
    refused = [answer.row for answer in answers if isinstance(answer, RefusedRow)]
    assert sorted(taken + refused) == expected
    for answer in answers:
        if isinstance(answer, OrderDraft):
            assert all(line.quantity > 0 for line in answer.lines)
            assert answer.placed_at.tzinfo is not None
            assert len({line.external_id for line in answer.lines}) == len(answer.lines)
        else:
            assert answer.reason.endswith(".")


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=400))
def test_any_bytes_give_a_table_or_a_refusal_and_nothing_else(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "o.csv"
        path.write_bytes(content)
        with contextlib.suppress(FileRefused):
            assert order_file().preview(path).header_row >= 1
