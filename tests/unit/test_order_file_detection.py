"""What a file is, is told by its content: format, encoding, delimiter, header row and sheet."""

import datetime
from pathlib import Path

import openpyxl
import pytest

from entrepot.marketplaces.contract import OrderDraft
from entrepot.marketplaces.order_file import Preview, Problem, RefusedRow
from entrepot.marketplaces.registry import order_file

HEADER = ["Order ID", "SKU", "Title", "Quantity", "Price", "Order Date"]


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def preview(path: Path) -> Preview:
    return order_file().preview(path)


def orders(path: Path) -> list[OrderDraft]:
    answers = list(order_file().orders(path, time_zone="UTC", currency="EUR"))
    assert not [answer for answer in answers if isinstance(answer, RefusedRow)]
    return [answer for answer in answers if isinstance(answer, OrderDraft)]


@pytest.mark.parametrize(
    ("text", "encoding", "shown"),
    [
        (
            "订单编号,商品编码,商品名称,数量\nA1,S,蓝色陶瓷咖啡杯子套装,2\nA2,S,红色的盖子与勺子,1\n",
            "gb18030",
            "gb18030",
        ),
        ("訂單編號,SKU,商品名稱,數量\nA1,S,藍色陶瓷咖啡杯子套裝,2\nA2,S,紅色的蓋子與勺子,1\n", "big5", "big5"),
        ("注文番号,商品番号,商品名,個数\nA1,S,青いマグカップのセット,2\nA2,S,赤いふたとスプーン,1\n", "cp932", "cp932"),
        ("주문번호,상품코드,상품명,수량\nA1,S,파란색 머그컵 세트,2\nA2,S,빨간 뚜껑과 숟가락,1\n", "cp949", "cp949"),
        (
            "Order ID;SKU;Title;Quantity\nA1;S;Größe für Müller – Straße 5 €;2\nA2;S;Café crème à l’été;1\n",
            "cp1252",
            "cp1252",
        ),
        ("Order ID,SKU,Title,Quantity\nA1,S,Müller,2\nA2,S,plain,1\n", "cp1252", "cp1252"),
        ("Order ID,SKU,Title,Quantity\nA1,S,Größe 陶瓷,2\nA2,S,plain,1\n", "utf-8", "utf-8"),
        ("Order ID,SKU,Title,Quantity\nA1,S,Größe 陶瓷,2\nA2,S,plain,1\n", "utf-8-sig", "utf-8"),
        ("Order ID,SKU,Title,Quantity\nA1,S,Größe 陶瓷,2\nA2,S,plain,1\n", "utf-16", "utf-16"),
        ("Order ID,SKU,Title,Quantity\nA1,S,Grosse,2\nA2,S,plain,1\n", "utf-16-le", "utf-16-le"),
        ("Order ID,SKU,Title,Quantity\nA1,S,Grosse,2\nA2,S,plain,1\n", "utf-16-be", "utf-16-be"),
        ("Order ID,SKU,Title,Quantity\nA1,S,plain,2\nA2,S,plain,1\n", "ascii", "utf-8"),
    ],
)
def test_the_encoding_is_found_and_no_letter_is_lost(tmp_path: Path, text: str, encoding: str, shown: str) -> None:
    path = write(tmp_path / "orders.dat", text, encoding)
    title = text.splitlines()[1].replace(";", ",").split(",")[2]
    assert preview(path).encoding == shown
    first, second = orders(path)
    assert (first.lines[0].title, first.lines[0].quantity, second.lines[0].quantity) == (title, 2, 1)


def test_one_broken_character_does_not_turn_the_file_into_another_encoding(tmp_path: Path) -> None:
    text = "Order ID,SKU,Title,Quantity\nA1,S,蓝色陶瓷咖啡杯子,2\nA2,S,Stra".encode() + b"\xdfe,1\n"
    (tmp_path / "o.csv").write_bytes(text)
    first, second = orders(tmp_path / "o.csv")
    assert (first.lines[0].title, second.lines[0].title) == ("蓝色陶瓷咖啡杯子", "Stra\ufffde")
    assert Problem.UNREADABLE_TEXT in second.problems
    assert Problem.UNREADABLE_TEXT not in first.problems


@pytest.mark.parametrize(("delimiter", "form"), [(",", "csv"), (";", "csv"), ("\t", "tsv"), ("|", "csv")])
def test_the_delimiter_is_found_though_the_others_stand_in_the_texts(tmp_path: Path, delimiter: str, form: str) -> None:
    others = "".join(sign for sign in ",;|" if sign != delimiter)
    rows = [HEADER, ["A1", "S", f"Mug {others} {others}", "2", "5", "2026-10-05"]]
    path = write(tmp_path / "any name.xlsx", "\n".join(delimiter.join(row) for row in rows))
    found = preview(path)
    assert (found.format, found.delimiter) == (form, delimiter)
    assert orders(path)[0].lines[0].title == f"Mug {others} {others}"


def test_a_declared_separator_and_old_line_ends_are_understood(tmp_path: Path) -> None:
    path = write(tmp_path / "o.csv", "sep=;\rOrder ID;SKU;Quantity\rA1;S;2\r")
    found = preview(path)
    assert (found.delimiter, found.header_row, found.row_count) == (";", 2, 1)


def test_the_header_is_found_below_a_title_and_blank_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "o.csv", "Sales of October,,\n,,\n\nOrder ID,SKU,Quantity\n\nA1,S,2\n,,\nA2,S,1\n")
    found = preview(path)
    assert (found.header_row, found.header, found.row_count) == (4, ("Order ID", "SKU", "Quantity"), 2)
    assert found.sample == (("A1", "S", "2"), ("A2", "S", "1"))
    assert [order.rows for order in orders(path)] == [(6,), (8,)]


def test_repeated_and_empty_headers_get_names_of_their_own(tmp_path: Path) -> None:
    path = write(tmp_path / "o.csv", "Order ID,Quantity,SKU,Note,,Note\nA1,1,S,x,y,z\n")
    assert preview(path).header == ("Order ID", "Quantity", "SKU", "Note", "column 5", "Note (2)")
    assert orders(path)[0].raw == (
        {"Order ID": "A1", "Quantity": "1", "SKU": "S", "Note": "x", "column 5": "y", "Note (2)": "z"},
    )


def test_decimal_commas_and_day_first_dates_are_proven_by_the_whole_column(tmp_path: Path) -> None:
    text = "Order ID;SKU;Quantity;Price;Order Date\nA1;S;1;1.234;05/10/2026\nA2;S;1;12,50;13/10/2026\n"
    first, second = orders(write(tmp_path / "o.csv", text))
    assert (first.lines[0].unit_price_minor, second.lines[0].unit_price_minor) == (123400, 1250)
    assert (first.placed_at.month, first.problems.count(Problem.AMBIGUOUS_DATE)) == (10, 0)


def workbook(path: Path, rows: list[list[object]], *, title: str = "Orders", hidden: bool = False) -> Path:
    book = openpyxl.Workbook()
    notes = book.active
    notes.title = "Read me"
    notes.append(["This workbook was exported."])
    sheet = book.create_sheet(title)
    for row in rows:
        sheet.append(row)
    if hidden:
        sheet.sheet_state = "hidden"
    book.save(path)
    return path


def test_the_sheet_with_the_orders_is_chosen_and_its_cells_are_typed(tmp_path: Path) -> None:
    at = datetime.datetime(2026, 10, 5, 13, 4)
    rows: list[list[object]] = [["", "", ""], list(HEADER), ["576822014471093123", 1234, "Mug", 2, 19.99, at]]
    path = workbook(tmp_path / "ä 发货.csv", rows)
    found = preview(path)
    assert (found.format, found.sheet, found.header_row, found.encoding, found.delimiter) == (
        "xlsx",
        "Orders",
        2,
        "",
        "",
    )
    (order,) = orders(path)
    assert (order.external_id, order.rows, order.lines[0].sku_code) == ("576822014471093123", (3,), "1234")
    assert (order.lines[0].quantity, order.lines[0].unit_price_minor) == (2, 1999)
    assert order.placed_at == at.replace(tzinfo=datetime.UTC)


def test_a_table_that_does_not_begin_in_the_corner_keeps_its_row_numbers(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for column, (name, value) in enumerate(zip(HEADER, ["A1", "S", "Mug", 2, 5, "2026-10-05"], strict=True), 3):
        sheet.cell(row=7, column=column, value=name)
        sheet.cell(row=9, column=column, value=value)
    book.save(tmp_path / "o.xlsx")
    assert preview(tmp_path / "o.xlsx").header_row == 7
    assert orders(tmp_path / "o.xlsx")[0].rows == (9,)


def test_an_id_that_a_workbook_holds_as_a_number_is_known_to_be_damaged(tmp_path: Path) -> None:
    path = workbook(tmp_path / "o.xlsx", [list(HEADER), [5.76822014471093e17, "S", "Mug", 1, 5, "2026-10-05"]])
    (order,) = orders(path)
    assert Problem.ID_LOST_DIGITS in order.problems


def test_the_tiktok_row_that_describes_the_columns_is_no_order(tmp_path: Path) -> None:
    header = ["Order ID", "SKU ID", "Seller SKU", "Quantity", "SKU Unit Original Price", "Created Time", "Recipient"]
    explained = ["Platform unique order ID.", "Platform SKU ID.", "Seller's SKU.", "SKU sold quantity.", "", "", ""]
    row = ["576822014471093123", "1729384756102938475", "S", "2", "120000", "05/10/2026 20:30:00", "Ann"]
    path = workbook(tmp_path / "tiktok.xlsx", [list(header), list(explained), list(row)])
    found = preview(path)
    assert (found.layout, found.header_row) == ("tiktok", 1)
    (order,) = orders(path)
    assert (order.external_id, order.rows, order.lines[0].quantity) == ("576822014471093123", (3,), 2)


def test_a_french_report_is_read_through_its_signs(tmp_path: Path) -> None:
    header = "Numéro d’enregistrement des ventes;Numéro de commande;Pseudo de l’acheteur;Titre de l’objet;Quantité;"
    header += "Vendu pour;Prix total;Date de vente;Nom de l’acheteur"
    rows = [
        ";" * 8,
        header,
        ";" * 8,
        "101;12-00001-00001;ann_e;;3;;1 234,50 €;05-oct.-26;Ann Exemple",
        "101;12-00001-00001;ann_e;Tasse bleue;2;EUR 90,00;;05-oct.-26;",
        "101;12-00001-00001;ann_e;Couvercle;1;EUR 1 054,50;;05-oct.-26;",
        "",
        "1 enregistrement(s) téléchargé(s)",
        "Seller ID : exemple",
    ]
    path = write(tmp_path / "ventes.csv", "\r\n".join(rows), "cp1252")
    found = preview(path)
    assert (found.layout, found.delimiter, found.header_row, found.encoding) == ("ebay_fr", ";", 2, "cp1252")
    (order,) = orders(path)
    assert (order.currency, order.total_minor, order.rows) == ("EUR", 123450, (4, 5, 6))
    assert [(line.quantity, line.unit_price_minor) for line in order.lines] == [(2, 9000), (1, 105450)]
    assert (order.placed_at, order.buyer_name) == (datetime.datetime(2026, 10, 5, tzinfo=datetime.UTC), "Ann Exemple")
