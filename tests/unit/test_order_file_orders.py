"""Rows to orders: what is grouped, what is kept with a problem, what is refused."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from entrepot.marketplaces.contract import UNKNOWN_TIME, OrderDraft, OrderKind, PaymentState
from entrepot.marketplaces.order_file import FileRefused, Problem, RefusedRow
from entrepot.marketplaces.registry import order_file

HEADER = "Order ID,Date,SKU,Title,Quantity,Price,Name,Address,Country\n"


def read(tmp_path: Path, text: str, **options: object) -> list[OrderDraft | RefusedRow]:
    path = tmp_path / "orders.csv"
    path.write_text(text, encoding="utf-8")
    given: dict[str, object] = {"time_zone": "UTC", "currency": "EUR"} | options
    return list(order_file().orders(path, **given))  # type: ignore[arg-type]


def one(tmp_path: Path, row: str, **options: object) -> OrderDraft:
    (answer,) = read(tmp_path, HEADER + row + "\n", **options)
    assert isinstance(answer, OrderDraft)
    return answer


GOOD = "A1,2026-10-05,S,Mug,1,5.00,Ann,1 Road,DE"


def test_rows_of_an_order_need_not_stand_together_and_orders_keep_the_files_order(tmp_path: Path) -> None:
    rows = ["A1,2026-10-05,S,Mug,1,5,Ann,1 Road,DE", "A2,2026-10-05,S,Mug,1,5,Bob,2 Road,DE"]
    rows += ["A1,2026-10-05,S,Mug,2,5,Ann,1 Road,DE", ",2026-10-05,S,Mug,2,5,Ann,1 Road,DE"]
    first, second, refused = read(tmp_path, HEADER + "\n".join(rows))
    assert isinstance(first, OrderDraft)
    assert isinstance(second, OrderDraft)
    assert [(first.external_id, first.rows), (second.external_id, second.rows)] == [("A1", (2, 4)), ("A2", (3,))]
    assert [(line.external_id, line.sku_code, line.quantity) for line in first.lines] == [("1", "S", 1), ("2", "S", 2)]
    assert isinstance(refused, RefusedRow)
    assert (refused.row, refused.field) == (5, "order_id")


def test_an_order_without_oddities_has_no_problem(tmp_path: Path) -> None:
    order = one(tmp_path, GOOD)
    assert order.problems == ()
    assert (order.placed_at, order.total_minor) == (datetime(2026, 10, 5, tzinfo=UTC), 500)
    assert (order.payment, order.kind) == (PaymentState.PAID, OrderKind.ORDER)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("A1,,S,Mug,1,5.00,Ann,1 Road,DE", Problem.NO_DATE),
        ("A1,2026-13-45,S,Mug,1,5.00,Ann,1 Road,DE", Problem.BAD_DATE),
        ("A1,05/10/2026,S,Mug,1,5.00,Ann,1 Road,DE", Problem.AMBIGUOUS_DATE),
        ("A1,2026-10-05,S,Mug,1,5.00,Ann,1 Road,", Problem.NO_COUNTRY),
        ("A1,2026-10-05,S,Mug,1,5.00,Ann,1 Road,Unspecified", Problem.UNKNOWN_COUNTRY),
        ("A1,2026-10-05,S,Mug,1,5.00,Ann,,DE", Problem.NO_ADDRESS),
        ("A1,2026-10-05,,Mug,1,5.00,Ann,1 Road,DE", Problem.NO_SKU),
        ("A1,2026-10-05,,,1,5.00,Ann,1 Road,DE", Problem.NO_ITEM_NAME),
        ("A1,2026-10-05,S,Mug,1,,Ann,1 Road,DE", Problem.NO_PRICE),
        ("A1,2026-10-05,S,Mug,1,free,Ann,1 Road,DE", Problem.BAD_PRICE),
        ("A1,2026-10-05,S,Mug,1,0.00,Ann,1 Road,DE", Problem.ZERO_PRICE),
        ("1,2026-10-05,S,Mug,1,-1.00,Ann,1 Road,DE", Problem.NEGATIVE_PRICE),
        ("A1,2026-10-05,S,Mug,1,1.250,Ann,1 Road,DE", Problem.AMBIGUOUS_PRICE),
        ("A1,2026-10-05,S,Mug,1,0.001,Ann,1 Road,DE", Problem.PRICE_ROUNDED),
        ("A1,2026-10-05,S,Mug,1,5.00,Ann,1 Road,DE,more", Problem.EXTRA_CELLS),
        ("5.76822E+17,2026-10-05,S,Mug,1,5.00,Ann,1 Road,DE", Problem.ID_LOST_DIGITS),
    ],
)
def test_an_odd_order_is_taken_in_with_its_problem(tmp_path: Path, row: str, problem: Problem) -> None:
    order = one(tmp_path, row)
    assert problem in order.problems
    assert len(order.lines) == 1


def test_an_order_without_a_readable_date_says_so_in_both_places(tmp_path: Path) -> None:
    assert one(tmp_path, "A1,soon,S,Mug,1,5.00,Ann,1 Road,DE").placed_at == UNKNOWN_TIME


@pytest.mark.parametrize(
    ("quantity", "words"),
    [
        ("", "no quantity"),
        ("0", "nothing to ship"),
        ("two", "not a whole number"),
        ("1.5", "not a whole number"),
        ("99999999999", "more pieces than can be counted"),
        ("-3", "stock adjustment"),
    ],
)
def test_a_row_without_pieces_is_refused_with_the_remedy(tmp_path: Path, quantity: str, words: str) -> None:
    (refused,) = read(tmp_path, HEADER + f"A1,2026-10-05,S,Mug,{quantity},5.00,Ann,1 Road,DE\n")
    assert isinstance(refused, RefusedRow)
    assert (refused.row, refused.field) == (2, "quantity")
    assert words in refused.reason
    assert refused.cells[0] == "A1"


def test_the_good_lines_of_an_order_are_taken_though_one_is_refused(tmp_path: Path) -> None:
    bad = GOOD.replace(",1,5.00", ",-2,5.00")
    order, refused = read(tmp_path, HEADER + GOOD + "\n" + bad + "\n")
    assert isinstance(order, OrderDraft)
    assert isinstance(refused, RefusedRow)
    assert (order.rows, refused.row) == ((2,), 3)
    assert "takes goods back" in refused.reason


INVOICES = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"


def test_a_c_invoice_with_negative_quantities_is_a_cancellation_with_positive_ones(tmp_path: Path) -> None:
    (order,) = read(tmp_path, INVOICES + "C536379,D,Discount,-2,2010-12-01 09:41:00,27.50,14527,United Kingdom\n")
    assert isinstance(order, OrderDraft)
    assert (order.kind, order.lines[0].quantity, order.total_minor) == (OrderKind.CANCELLATION, 2, 5500)
    assert (order.buyer_id, order.recipient.country) == ("14527", "GB")


def test_a_money_adjustment_is_refused_and_not_an_order(tmp_path: Path) -> None:
    (refused,) = read(
        tmp_path, INVOICES + "A563186,B,Adjust bad debt,1,2011-08-12 14:51:00,-11062.06,,United Kingdom\n"
    )
    assert isinstance(refused, RefusedRow)
    assert refused.field == "unit_price"
    assert "money adjustment" in refused.reason


def test_the_invoice_columns_map_themselves_also_without_description_and_customer(tmp_path: Path) -> None:
    path = tmp_path / "invoices.csv"
    path.write_text("InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,Country\n1,S,1,2010-12-01 08:26:00,2.55,EIRE\n")
    preview = order_file().preview(path)
    assert preview.mapping == {
        "order_id": "InvoiceNo",
        "sku": "StockCode",
        "quantity": "Quantity",
        "placed_at": "InvoiceDate",
        "unit_price": "UnitPrice",
        "country": "Country",
    }
    assert (preview.missing, preview.unmapped, preview.row_count) == ((), (), 1)


def test_the_users_mapping_wins_and_the_other_fields_stay_mapped(tmp_path: Path) -> None:
    text = "Order ID,Ref,SKU,Qty,Count\nA1,B7,S,1,9\n"
    (order,) = read(tmp_path, text, mapping={"order_id": "Ref", "quantity": "Count"})
    assert isinstance(order, OrderDraft)
    assert (order.external_id, order.lines[0].quantity, order.lines[0].sku_code) == ("B7", 9, "S")


def test_a_file_in_no_known_words_is_read_by_the_users_mapping(tmp_path: Path) -> None:
    text = "nur ein Titel\n\nAlpha;Beta;Gamma\nA1;3;S-1\n"
    (order,) = read(tmp_path, text, mapping={"order_id": "Alpha", "quantity": "Beta", "sku": "Gamma"})
    assert isinstance(order, OrderDraft)
    assert (order.external_id, order.rows, order.lines[0].quantity, order.lines[0].sku_code) == ("A1", (4,), 3, "S-1")


def test_a_mapping_to_a_column_that_is_not_there_is_refused_with_the_columns(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refused:
        read(tmp_path, HEADER + GOOD, mapping={"sku": "Article"})
    assert refused.value.code == "bad_mapping"
    assert "“Order ID”" in refused.value.sentence


def test_a_file_without_the_required_columns_is_refused_and_its_preview_names_them(tmp_path: Path) -> None:
    path = tmp_path / "colours.csv"
    path.write_text("Colour,Size\nred,4\n")
    assert order_file().preview(path).missing == ("order_id", "quantity", "sku")
    with pytest.raises(FileRefused) as refused:
        order_file().orders(path, time_zone="UTC", currency="EUR")
    assert refused.value.code == "missing_columns"


def test_rounded_numbers_of_different_orders_are_refused_and_never_mixed(tmp_path: Path) -> None:
    rows = "5.76822E+17,2026-10-05,S,Mug,1,5.00,Ann,1 Road,DE\n5.76822E+17,2026-10-05,S,Mug,1,5.00,Bob,2 Road,DE\n"
    answers = read(tmp_path, HEADER + rows)
    assert [answer.row for answer in answers if isinstance(answer, RefusedRow)] == [2, 3]


def test_rows_of_one_order_with_two_recipients_are_shown_to_a_person(tmp_path: Path) -> None:
    (order,) = read(tmp_path, HEADER + GOOD + "\n" + GOOD.replace("Ann", "Bob") + "\n")
    assert isinstance(order, OrderDraft)
    assert (order.recipient.name, order.problems) == ("Ann", (Problem.ROWS_DISAGREE,))


def test_line_ids_that_repeat_within_an_order_give_way_to_positions(tmp_path: Path) -> None:
    text = "Order ID,Line ID,SKU,Quantity\nA1,7,S,1\nA1,7,T,1\n"
    (order,) = read(tmp_path, text)
    assert isinstance(order, OrderDraft)
    assert [line.external_id for line in order.lines] == ["1", "2"]


@pytest.mark.parametrize(
    ("word", "payment", "problem"),
    [
        ("Paid", PaymentState.PAID, None),
        ("pending", PaymentState.UNPAID, None),
        ("已付款", PaymentState.PAID, None),
        ("refunded", PaymentState.REFUNDED, None),
        ("partially_refunded", PaymentState.PAID, Problem.PARTLY_REFUNDED),
        ("glorped", PaymentState.UNPAID, Problem.UNKNOWN_PAYMENT),
    ],
)
def test_payment_words_are_understood_and_an_unknown_one_counts_as_unpaid(
    tmp_path: Path, word: str, payment: PaymentState, problem: Problem | None
) -> None:
    (order,) = read(tmp_path, f"Order ID,SKU,Quantity,Payment status\nA1,S,1,{word}\n")
    assert isinstance(order, OrderDraft)
    assert order.payment == payment
    assert (problem in order.problems) == (problem is not None)
    assert (Problem.UNKNOWN_PAYMENT in order.problems) == (word == "glorped")


def test_an_order_number_beyond_all_measure_is_refused(tmp_path: Path) -> None:
    (refused,) = read(tmp_path, HEADER + GOOD.replace("A1", "A" * 201) + "\n")
    assert isinstance(refused, RefusedRow)
    assert (refused.field, "201 characters" in refused.reason) == ("order_id", True)


def test_a_file_can_be_let_go_after_the_first_order(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text(HEADER + GOOD + "\n" + GOOD.replace("A1", "A2") + "\n")
    answers = order_file().orders(path, time_zone="UTC", currency="EUR")
    first = next(answers)
    answers.close()  # type: ignore[attr-defined]
    assert isinstance(first, OrderDraft)
    assert first.external_id == "A1"
