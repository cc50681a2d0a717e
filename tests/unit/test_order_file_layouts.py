"""Each known export maps itself and becomes the orders that stand in it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from entrepot.marketplaces.contract import OrderDraft, PaymentState
from entrepot.marketplaces.order_file import Problem, RefusedRow
from entrepot.marketplaces.registry import order_file

FILES = Path(__file__).parents[1] / "data" / "files"


def read(name: str, *, time_zone: str = "UTC", currency: str = "USD") -> list[OrderDraft]:
    answers = list(order_file().orders(FILES / name, time_zone=time_zone, currency=currency))
    assert not [answer for answer in answers if isinstance(answer, RefusedRow)]
    return [answer for answer in answers if isinstance(answer, OrderDraft)]


def lines_of(order: OrderDraft) -> list[tuple[str, str, int, int]]:
    return [(line.external_id, line.sku_code, line.quantity, line.unit_price_minor) for line in order.lines]


@pytest.mark.parametrize(
    ("name", "layout", "encoding", "delimiter", "header_row"),
    [
        ("shopify.csv", "shopify", "utf-8", ",", 1),
        ("ebay.csv", "ebay", "utf-8", ",", 2),
        ("amazon_orders.txt", "amazon_orders", "utf-8", "\t", 1),
        ("amazon_unshipped.txt", "amazon_unshipped", "utf-8", "\t", 1),
        ("etsy_items.csv", "etsy_items", "utf-8", ",", 1),
        ("etsy_orders.csv", "etsy_orders", "utf-8", ",", 1),
        ("tiktok_vn.csv", "tiktok", "utf-8", ",", 1),
        ("shopee_my.csv", "shopee", "utf-8", ",", 1),
        ("1688.csv", "1688", "gb18030", ",", 1),
        ("tokopedia.csv", "tokopedia", "utf-8", ",", 4),
    ],
)
def test_a_known_export_is_recognised_by_its_header(
    name: str, layout: str, encoding: str, delimiter: str, header_row: int
) -> None:
    preview = order_file().preview(FILES / name)
    found = (preview.layout, preview.encoding, preview.delimiter, preview.header_row, preview.missing)
    assert found == (layout, encoding, delimiter, header_row, ())


def test_shopify_continuation_rows_join_their_order_and_states_are_read() -> None:
    first, second, third = read("shopify.csv")
    assert (first.external_id, first.rows, first.total_minor, first.currency) == ("#1001", (2, 3), 4950, "USD")
    assert lines_of(first) == [("1", "MUG-L", 2, 1225), ("2", "LID-R", 1, 2000)]
    assert first.placed_at == datetime(2026, 10, 5, 14, 0, tzinfo=UTC)
    assert (first.payment, first.external_status, first.problems) == (PaymentState.PAID, "unfulfilled", ())
    assert (first.recipient.postcode, first.recipient.country, first.recipient.line2) == ("02101", "US", "Flat 2")
    assert first.raw[0]["Note Attributes"] == "gift: yes\nwrap: red"
    assert (second.payment, second.paid_at, second.cancelled) == (PaymentState.UNPAID, None, False)
    assert (third.payment, third.cancelled) == (PaymentState.REFUNDED, True)


def test_ebay_summary_row_gives_money_and_address_and_is_not_counted_twice() -> None:
    first, second = read("ebay.csv", time_zone="Europe/London", currency="GBP")
    assert (first.external_id, first.rows, first.total_minor, first.currency) == (
        "12-00001-00001",
        (4, 5, 6),
        2500,
        "GBP",
    )
    assert lines_of(first) == [("2001", "MUG-L", 2, 1000), ("2002", "LID-R", 1, 500)]
    assert (first.recipient.name, first.recipient.city, first.recipient.country) == ("Ann Example", "London", "GB")
    assert first.placed_at == datetime(2026, 10, 4, 23, 0, tzinfo=UTC)  # midnight in London, summer time
    assert second.external_id == "102"  # no order number: the sales record number stands in
    assert (second.placed_at, second.payment) == (datetime(2026, 10, 4, 23, 0, tzinfo=UTC), PaymentState.UNPAID)


def test_amazon_item_price_is_the_price_of_the_whole_line() -> None:
    (order,) = read("amazon_orders.txt")
    assert lines_of(order) == [("10000000000001", "LID-17", 3, 1000)]
    assert (order.total_minor, order.lines[0].title) == (3000, '"Best" lid 17", red')
    assert (order.recipient.line2, order.paid_at) == ("Flat 2 Rear", datetime(2026, 10, 5, 20, 5, tzinfo=UTC))


def test_amazon_unshipped_report_gives_what_is_still_to_ship() -> None:
    (order,) = read("amazon_unshipped.txt")
    assert lines_of(order) == [("10000000000002", "MUG-L", 3, 0)]
    assert order.ship_by_at == datetime(2026, 10, 9, 6, 59, 59, tzinfo=UTC)
    assert order.problems == (Problem.NO_PRICE,)


def test_etsy_writes_the_month_first_wherever_the_store_is() -> None:
    (order,) = read("etsy_items.csv", time_zone="Europe/Paris", currency="EUR")
    assert order.placed_at == datetime(2026, 10, 4, 22, 0, tzinfo=UTC)
    assert lines_of(order) == [("4000000001", "", 2, 1225), ("4000000002", "", 1, 500)]
    assert [line.listing_id for line in order.lines] == ["900000001", "900000002"]
    assert (order.total_minor, order.problems) == (2950, (Problem.NO_SKU,))


def test_etsy_orders_without_items_are_taken_with_a_nameless_line() -> None:
    (order,) = read("etsy_orders.csv")
    assert (order.external_id, order.total_minor, order.lines[0].quantity) == ("3000000001", 3350, 3)
    assert Problem.NO_ITEM_NAME in order.problems


def test_tiktok_ids_lose_their_tabs_and_keep_their_digits() -> None:
    first, second = read("tiktok_vn.csv", time_zone="Asia/Ho_Chi_Minh", currency="VND")
    assert (first.external_id, first.lines[0].listing_id) == ("576822014471093123", "1729384756102938475")
    assert (first.total_minor, first.lines[0].unit_price_minor) == (260000, 120000)  # the dong has no decimals
    assert (first.placed_at, first.problems) == (datetime(2026, 10, 5, 13, 30, tzinfo=UTC), ())
    assert (first.external_status, first.payment, first.cancelled) == ("Chờ giao hàng", PaymentState.PAID, False)
    assert (second.external_id, second.cancelled) == ("576822014471093124", True)


def test_shopee_and_1688_orders_are_complete() -> None:
    (shopee,) = read("shopee_my.csv", time_zone="Asia/Kuala_Lumpur", currency="MYR")
    assert (shopee.total_minor, shopee.payment, shopee.problems) == (5600, PaymentState.PAID, ())
    assert (shopee.recipient.country, shopee.lines[0].variation) == ("MY", "Large")
    (order,) = read("1688.csv", time_zone="Asia/Shanghai", currency="CNY")
    assert (order.external_id, order.rows) == ("4021234567890123456", (2, 3))
    assert (lines_of(order), order.total_minor) == ([("1", "MUG-L", 3, 1000), ("2", "LID-R", 1, 500)], 4000)
    assert (order.recipient.name, order.payment) == ("张三", PaymentState.PAID)


def test_tokopedia_header_in_row_four_is_found() -> None:
    (order,) = read("tokopedia.csv")
    assert (order.external_id, order.rows, order.lines[0].title) == ("INV/20261005/MPL/1", (5,), "Gelas biru")
    assert Problem.NO_DATE in order.problems


def written(tmp_path: Path, *lines: str, currency: str = "USD") -> list[OrderDraft | RefusedRow]:
    (path := tmp_path / "orders.csv").write_text("\n".join(lines), encoding="utf-8")
    return list(order_file().orders(path, time_zone="UTC", currency=currency))


def test_1688_amounts_are_in_the_currency_of_their_header_whatever_the_stores_is(tmp_path: Path) -> None:
    header = "订单编号,买家会员名,收货人姓名,收货地址,货品标题,单价(元),数量,实付款(元)"
    (order,) = written(tmp_path, header, "1001,li,李雷,北京路1号,杯子,32.50,2,65.00", currency="EUR")
    assert isinstance(order, OrderDraft)
    assert (order.currency, order.total_minor, order.lines[0].unit_price_minor) == ("CNY", 6500, 3250)


def test_the_post_town_of_a_malaysian_tiktok_order_is_its_city(tmp_path: Path) -> None:
    header = (
        "Order ID,SKU ID,Seller SKU,Quantity,SKU Unit Original Price,Recipient,Country,State,Post Town,Detail Address"
    )
    (order,) = written(tmp_path, header, "5768,1729,MUG,1,12.50,Ali,Malaysia,Selangor,Shah Alam,1 Jalan Satu")
    assert isinstance(order, OrderDraft)
    assert (order.recipient.city, order.recipient.district, order.recipient.region) == ("Shah Alam", "", "Selangor")


def test_the_footer_of_an_ebay_report_is_no_order_however_many_cells_it_fills(tmp_path: Path) -> None:
    header = "Sales Record Number,Order Number,Buyer Username,Item Number,Item Title,Quantity,Sold For"
    row = "11,01-00001-00001,ann,44,Mug,1,$5.00"
    footers = ("1,record(s) downloaded,from ,Jan-01-26,00:00:00, to ,Jan-31-26", "Seller ID : shop")
    assert [type(answer) for answer in written(tmp_path, header, row, *footers)] == [OrderDraft]
    nameless = "12,01-00002-00002,ben,44,Mug,,$5.00"
    assert [type(answer) for answer in written(tmp_path, header, row, nameless)] == [OrderDraft, RefusedRow]
