"""The reader against files nobody here wrote. The data lie beside the project and are not part of it."""

import csv
import json
import lzma
from pathlib import Path

import pytest

from entrepot.marketplaces.contract import OrderDraft, OrderKind
from entrepot.marketplaces.file.table import open_table
from entrepot.marketplaces.order_file import FileRefused, Problem, RefusedRow
from entrepot.marketplaces.registry import order_file

SHARED = Path(__file__).parents[3] / "shared" / "data"
HEADERS = SHARED / "export_headers" / "headers.json"


def files(folder: str, *patterns: str) -> list[Path]:
    return sorted(path for pattern in patterns for path in (SHARED / folder).rglob(pattern))


def needed(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"the shared data set {path.name} is not beside the project")
    return path


MALFORMED = [
    *files("malformed_sheetjs", "*.xls*", "*.ods", "*.xml"),
    *files("malformed_msoffcrypto", "*.xls*"),
]


@pytest.mark.skipif(not MALFORMED, reason="the shared malformed workbooks are not beside the project")
@pytest.mark.parametrize("path", MALFORMED, ids=lambda path: path.name)
def test_an_odd_or_locked_workbook_gives_a_table_or_a_clear_refusal(path: Path) -> None:
    if "password" in path.name or path.suffix == ".xml":
        with pytest.raises(FileRefused) as refused:
            order_file().preview(path)
        assert refused.value.code == ("unsupported_format" if path.suffix == ".xml" else "encrypted")
    else:
        preview = order_file().preview(path)
        assert preview.format == {".xls": "xls", ".ods": "ods"}.get(path.suffix, "xlsx")
        assert preview.header


def test_all_invoices_of_a_year_are_accounted_for(tmp_path: Path) -> None:
    packed = needed(SHARED / "online_retail" / "transactions_2010-12_2011-08.csv.xz")
    path = tmp_path / "invoices.csv"
    path.write_bytes(lzma.decompress(packed.read_bytes()))
    orders, cancellations, refused_ids, rows, problems = 0, 0, set(), 0, set()
    for answer in order_file().orders(path, time_zone="Europe/London", currency="GBP"):
        if isinstance(answer, RefusedRow):
            refused_ids.add(answer.cells[0])
            rows += 1
            continue
        rows += len(answer.rows)
        problems.update(answer.problems)
        cancellations += answer.kind is OrderKind.CANCELLATION
        orders += answer.kind is OrderKind.ORDER
    assert (orders, cancellations, len(refused_ids)) == (12_978, 2_554, 927)
    assert orders + cancellations + len(refused_ids) == 16_459
    assert rows == 320_705
    assert {"A563186", "A563187"} < refused_ids
    assert problems == {Problem.NO_ADDRESS, Problem.ZERO_PRICE, Problem.UNKNOWN_COUNTRY, Problem.PRICE_ROUNDED}


@pytest.mark.parametrize(
    ("key", "layout"),
    [
        ("shopify_orders_export", "shopify"),
        ("ebay_orders_report", "ebay"),
        ("amazon_orders_report", "amazon_orders"),
        ("amazon_unshipped_orders_report", "amazon_unshipped"),
        ("etsy_EtsySoldOrderItems", "etsy_items"),
        ("etsy_EtsySoldOrders", "etsy_orders"),
        ("shopee_my_en", "shopee"),
        ("tiktok_shop_vn_en", "tiktok"),
        ("tiktok_shop_my_en", "tiktok"),
        ("1688_purchase_orders_zh", "1688"),
    ],
)
def test_the_header_of_a_real_export_maps_itself(tmp_path: Path, key: str, layout: str) -> None:
    header = json.loads(needed(HEADERS).read_text())[key]["header"]
    with (tmp_path / "o.csv").open("w", newline="") as file:
        csv.writer(file, delimiter="\t" if key.startswith("amazon") else ",").writerow(header)
    preview = order_file().preview(tmp_path / "o.csv")
    assert (preview.layout, preview.missing) == (layout, ())


def test_a_statement_of_fees_is_no_order_file(tmp_path: Path) -> None:
    header = json.loads(needed(HEADERS).read_text())["etsy_etsy_statement"]["header"]
    (tmp_path / "o.csv").write_text(",".join(header) + "\n")
    assert order_file().preview(tmp_path / "o.csv").missing == ("order_id", "quantity")


SPECTRUM = files("csv_spectrum/csvs", "*.csv")


@pytest.mark.skipif(not SPECTRUM, reason="the shared CSV cases are not beside the project")
@pytest.mark.parametrize("path", SPECTRUM, ids=lambda path: path.stem)
def test_every_case_of_csv_quoting_is_read_to_the_letter(path: Path) -> None:
    text = (path.parents[1] / "json" / f"{path.stem}.json").read_text(encoding="utf-8")
    if b"\r" not in path.read_bytes():  # the stored copy of one case has lost its carriage returns
        text = text.replace("\\r\\n", "\\n")
    expected = json.loads(text)
    if isinstance(expected, dict):  # one answer is an object, with a telephone number that is not the file's
        expected = [expected | {"Contact Phone Number": "2095257564"}]
    with open_table(path) as table:
        rows = [dict(zip(table.header, cells, strict=True)) for _, cells in table.rows()]
    assert rows == expected


def test_shopify_orders_of_another_tool_are_read(tmp_path: Path) -> None:
    path = needed(SHARED / "export_shopify_synthetic" / "shopify_orders_sample.csv")
    answers = list(order_file().orders(path, time_zone="UTC", currency="USD"))
    orders = [answer for answer in answers if isinstance(answer, OrderDraft)]
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(orders) == len(answers) == len({row["Name"] for row in rows})
    assert sum(len(order.rows) for order in orders) == len(rows)
    assert (orders[0].external_id, orders[0].total_minor, len(orders[0].lines)) == ("#1001", 18350, 3)


def test_awkward_strings_pass_through_a_file_unchanged(tmp_path: Path) -> None:
    strings = json.loads(needed(SHARED / "naughty_strings" / "blns.json").read_text(encoding="utf-8"))
    path = tmp_path / "o.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["Order ID", "SKU", "Quantity", "Title"])
        for number, text in enumerate(strings, 1):
            writer.writerow([f"A{number}", "S", "1", text])
    answers = list(order_file().orders(path, time_zone="UTC", currency="EUR"))
    assert [answer.raw[0].get("Title", "") for answer in answers if isinstance(answer, OrderDraft)] == [
        text.replace("\0", "") for text in strings
    ]
