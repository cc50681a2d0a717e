"""The twin of AliExpress over HTTP: signatures, lists by page number, shipments, cancellations, stock, faults."""

import hashlib
import hmac
import json
import urllib.parse
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.sandbox.played import Got, Played, playing

from entrepot.sandbox.twins import iop

BASE = "/aliexpress/api"
BACK = "http://127.0.0.1:9/back"
LIST, DETAIL = "aliexpress.trade.seller.orderlist.get", "aliexpress.trade.new.redefining.findorderbyid"
RECEIPT = "aliexpress.solution.order.receiptinfo.get"
SHIP, SHIP_LINES = "aliexpress.logistics.sellershipmentfortop", "aliexpress.logistics.order.shipment"
MODIFY, QUERY = "aliexpress.logistics.sellermodifiedshipmentfortop", "aliexpress.logistics.querysellershipmentinfo"
STOCK = "aliexpress.solution.batch.product.inventory.update"


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Played]:
    with playing(tmp_path) as one:
        yield one


class Seller:
    """Signs and calls as a connector would; the signature is computed here, not by the twin's own function."""

    def __init__(self, played: Played, shop: str = "alpha") -> None:
        self.played = played
        app = played.control("apps")["aliexpress"]
        self.key, self.secret = app["key"], app["secret"]
        self.tokens = self.rest("/auth/token/create", code=self.code(shop)).json
        self.session = self.tokens["access_token"]

    def code(self, shop: str) -> str:
        asked = {"response_type": "code", "client_id": self.key, "redirect_uri": BACK, "state": "s"}
        form = {"shop": shop, "decision": "allow"}
        back = self.played.call("POST", f"{BASE}/oauth/authorize", query=asked, form=form).headers["location"]
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(back).query)
        assert query["state"] == ["s"]
        return query["code"][0]

    def signed(self, path: str, **params: str) -> dict[str, str]:
        sent = {"app_key": self.key, "timestamp": str(self.played.now_ms()), "sign_method": "sha256", **params}
        text = path + "".join(key + sent[key] for key in sorted(sent))
        return {**sent, "sign": hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest().upper()}

    def rest(self, path: str, **params: str) -> Got:
        return self.played.call("POST", f"{BASE}/rest{path}", form=self.signed(path, **params))

    def raw(self, method: str, **params: Any) -> Got:
        texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}
        form = self.signed("", method=method, session=self.session, **texts)
        return self.played.call("POST", f"{BASE}/sync", form=form)

    def call(self, method: str, **params: Any) -> Any:
        got = self.raw(method, **params)
        assert got.status == 200, got.body
        assert list(got.json) == [f"{method.replace('.', '_')}_response"], got.body
        return got.json[f"{method.replace('.', '_')}_response"]

    def refused(self, method: str, **params: Any) -> tuple[str, str]:
        got = self.raw(method, **params)
        assert (got.status, list(got.json)) == (200, ["error_response"])
        error = got.json["error_response"]
        assert sorted(error) == ["code", "msg", "request_id", "type"]
        return error["type"], error["code"]

    def list(self, **query: Any) -> Any:
        return self.call(LIST, param_aeop_order_query=query)["result"]

    def detail(self, order_id: str) -> Any:
        return self.call(DETAIL, param1={"order_id": int(order_id)})["target"]

    def receipt(self, order_id: str) -> Any:
        return self.call(RECEIPT, param1={"order_id": int(order_id)})["result"]

    def ship(self, order_id: str, number: str = "LT00001CN", **more: str) -> Any:
        given = {"service_name": "YANWEN_AM", "send_type": "all", "out_ref": order_id, "logistics_no": number}
        return self.call(SHIP, **{**given, **more})

    def ship_lines(self, order_id: str, *subs: tuple[int, str, str]) -> Any:
        """(index, number, all|part) each."""
        rows = [
            {
                "sub_trade_order_index": str(index),
                "send_type": send_type,
                "shipment_list": [{"logistics_no": number, "service_name": "YANWEN_AM"}],
            }
            for index, number, send_type in subs
        ]
        asked = {"trade_order_id": order_id, "sub_trade_order_list": rows}
        return self.call(SHIP_LINES, param_aeop_seller_shipment_sub_trade_order_request=asked)["result"]


@pytest.fixture
def seller(played: Played) -> Seller:
    return Seller(played)


def ids(result: Any) -> list[str]:
    return [str(one["order_id"]) for one in result.get("target_list", {}).get("aeop_order_item_dto", [])]


def pacific(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, ZoneInfo("America/Los_Angeles")).strftime("%Y-%m-%d %H:%M:%S")


def act(played: Played, order_id: str, what: str) -> str:
    entry = played.control("act", marketplace="aliexpress", order_id=order_id, act=what)
    return str(entry["status"])


def wide(played: Played, lines: int) -> str:
    """An order with this many lines."""
    for order_id in played.make("aliexpress", count=60):
        if len(played.entry("aliexpress", order_id)["lines"]) == lines:
            return order_id
    raise AssertionError(f"no order of {lines} lines")


# -- access


def test_the_signature_is_that_of_the_published_vector() -> None:
    params = {
        "access_token": "test", "app_key": "123456", "order_id": "1234", "sign_method": "sha256", "timestamp": "1517820392000",
    }  # fmt: skip
    signed = iop.signature("helloworld", "/order/get", params)
    assert signed == "4190D32361CFB9581350222F345CB77F3B19F0E31D162316848A2C1FFD5FAB4A"


def test_a_code_becomes_tokens_once_and_the_refresh_token_gives_new_access(seller: Seller) -> None:
    assert (seller.tokens["code"], seller.tokens["seller_id"]) == ("0", "2671514005")
    assert (seller.tokens["expires_in"], seller.tokens["refresh_expires_in"]) == (30 * 86400, 60 * 86400)
    assert seller.tokens["expire_time"] == seller.played.now_ms() + 30 * 86400 * 1000
    code = seller.code("beta")
    assert seller.rest("/auth/token/create", code=code).json["seller_id"] == "2671514006"
    again = seller.rest("/auth/token/create", code=code).json
    assert (again["type"], again["code"]) == ("ISP", "InvalidCode")
    fresh = seller.rest("/auth/token/refresh", refresh_token=seller.tokens["refresh_token"]).json
    assert fresh["access_token"] != seller.tokens["access_token"]
    assert fresh["refresh_token"] == seller.tokens["refresh_token"]
    seller.played.control("tokens", marketplace="aliexpress", shop="alpha", act="revoke")
    gone = seller.rest("/auth/token/refresh", refresh_token=seller.tokens["refresh_token"]).json
    assert sorted(gone) == ["code", "message", "request_id", "type"]
    assert gone["code"] == "IllegalRefreshToken"


def test_a_business_method_is_signed_without_a_path_and_may_be_a_get(seller: Seller) -> None:
    params = {"method": LIST, "session": seller.session, "param_aeop_order_query": "{}"}
    good = seller.played.call("GET", f"{BASE}/sync", query=seller.signed("", **params))
    assert good.json["aliexpress_trade_seller_orderlist_get_response"]["result"]["success"] is True
    with_path = seller.played.call("GET", f"{BASE}/sync", query=seller.signed("/sync", **params))
    assert with_path.json["error_response"]["code"] == "IncompleteSignature"
    unsigned = {name: text for name, text in seller.signed("", **params).items() if name != "sign"}
    missing = seller.played.call("GET", f"{BASE}/sync", query=unsigned)
    assert missing.json["error_response"]["code"] == "MissingParameter"


def test_a_timestamp_may_be_five_minutes_off_the_platforms_clock_and_no_more(seller: Seller) -> None:
    for off, code in ((299_000, None), (-299_000, None), (301_000, "IllegalTimestamp"), (-301_000, "IllegalTimestamp")):
        stamp = str(seller.played.now_ms() + off)
        params = seller.signed("", method=LIST, session=seller.session, param_aeop_order_query="{}", timestamp=stamp)
        got = seller.played.call("POST", f"{BASE}/sync", form=params).json
        assert got.get("error_response", {}).get("code") == code


def test_a_dead_token_an_unknown_method_and_a_bad_parameter_are_told_apart(seller: Seller) -> None:
    assert seller.refused("aliexpress.no.such.method") == ("ISV", "InvalidApiPath")
    assert seller.refused(LIST) == ("ISV", "MissingParameter")
    assert seller.refused(LIST, param_aeop_order_query={"page_size": 51}) == ("ISV", "InvalidParameter")
    assert seller.refused(LIST, param_aeop_order_query={"order_status": "Shipped"}) == ("ISV", "InvalidParameter")
    seller.played.control("tokens", marketplace="aliexpress", shop="alpha", act="expire")
    assert seller.refused(LIST, param_aeop_order_query={}) == ("ISP", "IllegalAccessToken")


# -- lists and details


def test_the_list_shows_every_order_of_the_shop_once_page_by_page(seller: Seller) -> None:
    made = seller.played.make("aliexpress", count=120)
    seller.played.make("aliexpress", "beta", count=2)
    now = seller.played.now_ms()
    window = {"modified_date_start": pacific(now - 60_000), "modified_date_end": pacific(now)}
    pages = [seller.list(current_page=n, page_size=50, **window) for n in (1, 2, 3, 4)]
    assert [(one["total_count"], one["total_page"], len(ids(one))) for one in pages] == [
        (120, 3, 50), (120, 3, 50), (120, 3, 20), (120, 3, 0),
    ]  # fmt: skip
    assert sorted(one for page in pages for one in ids(page)) == sorted(made)


def test_windows_are_us_pacific_and_both_ends_are_included(seller: Seller) -> None:
    (made,) = seller.played.make("aliexpress")
    now = seller.played.now_ms()
    for start, end, found in (
        (now, now, [made]),
        (now - 60_000, now - 1_000, []),
        (now + 1_000, now + 60_000, []),
    ):
        assert ids(seller.list(modified_date_start=pacific(start), modified_date_end=pacific(end))) == found
    assert ids(seller.list(create_date_start=pacific(now - 3_600_000))) == []  # it was placed yesterday
    assert ids(seller.list(create_date_start=pacific(now - 26 * 3_600_000))) == [made]


def test_finished_orders_are_left_out_unless_asked_for_and_the_list_mistakes_funds_for_finish(seller: Seller) -> None:
    open_, done = seller.played.make("aliexpress", count=2)
    seller.ship(done)
    assert act(seller.played, done, "deliver") == "FUND_PROCESSING"
    assert ids(seller.list()) == [open_]
    found = seller.list(order_status_list=["FUND_PROCESSING"])
    assert ids(found) == [done]
    assert found["target_list"]["aeop_order_item_dto"][0]["order_status"] == "FINISH"
    assert seller.detail(done)["order_status"] == "FUND_PROCESSING"


def test_an_order_says_the_same_in_list_detail_and_ledger(seller: Seller) -> None:
    made = wide(seller.played, 2)
    entry = seller.played.entry("aliexpress", made)
    (listed,) = [
        one for one in seller.list(page_size=50)["target_list"]["aeop_order_item_dto"] if str(one["order_id"]) == made
    ] or [
        one
        for one in seller.list(page_size=50, current_page=2)["target_list"]["aeop_order_item_dto"]
        if str(one["order_id"]) == made
    ]
    target = seller.detail(made)
    assert (listed["pay_amount"]["currency_code"], target["order_amount"]["cent"]) == ("USD", entry["total_minor"])
    assert listed["pay_amount"]["amount"] == f"{entry['total_minor'] / 100:.2f}"
    lines = [(one["line_id"], one["sku"], one["quantity"]) for one in entry["lines"]]
    children = target["child_order_list"]["aeop_tp_child_order_dto"]
    products = listed["product_list"]["aeop_order_product_dto"]
    assert [(one["child_order_id"], one["sku_code"], one["product_count"]) for one in children] == lines
    assert [(str(one["child_id"]), one["sku_code"], one["product_count"]) for one in products] == lines
    assert (listed["left_send_good_day"], listed["left_send_good_hour"]) == ("7", "0")


def test_an_order_of_another_shop_has_no_target(seller: Seller) -> None:
    (made,) = seller.played.make("aliexpress", "beta")
    assert "target" not in seller.call(DETAIL, param1={"order_id": made})
    assert "result" not in seller.call(RECEIPT, param1={"order_id": made})


def test_the_address_is_masked_until_risk_control_has_passed_and_then_it_is_the_buyers(seller: Seller) -> None:
    (made,) = seller.played.make("aliexpress", kinds=("unpaid",))
    to = seller.played.entry("aliexpress", made)["recipient"]
    assert seller.detail(made)["order_status"] == "PLACE_ORDER_SUCCESS"
    assert act(seller.played, made, "pay") == "RISK_CONTROL"
    masked = seller.receipt(made)
    assert masked["contact_person"] == to["name"][:3] + "*" * (len(to["name"]) - 3)
    assert "****" in masked["mobile_no"]
    seller.played.jump(24 * 3600 - 10)
    assert seller.detail(made)["order_status"] == "RISK_CONTROL"
    seller.played.jump(20)
    assert seller.detail(made)["order_status"] == "WAIT_SELLER_SEND_GOODS"
    plain = seller.receipt(made)
    assert (plain["contact_person"], plain["detail_address"], plain["country"]) == (
        to["name"],
        to["line1"],
        to["country"],
    )
    assert plain["phone_country"] + plain["mobile_no"] == to["phone"]
    assert "*" in seller.detail(made)["receipt_address"]["contact_person"]


# -- shipping


def test_a_whole_order_is_declared_once_and_said_twice_is_an_error_of_its_own(seller: Seller) -> None:
    (made,) = seller.played.make("aliexpress")
    assert seller.ship(made)["result_success"] is True
    assert seller.detail(made)["order_status"] == "WAIT_BUYER_ACCEPT_GOODS"
    again, other = seller.ship(made), seller.ship(made, "LT99999CN")
    assert (again["result_success"], again["result_error_code"]) == (False, -353)
    assert (other["result_success"], other["result_error_code"]) == (False, -354)
    entry = seller.played.entry("aliexpress", made)
    assert ([one["number"] for one in entry["shipments"]], entry["rejected"]) == (["LT00001CN"], 2)
    assert [one["quantity"] for one in entry["shipments"][0]["lines"]] == [one["quantity"] for one in entry["lines"]]


def test_a_part_keeps_the_order_open_until_all_is_said(seller: Seller) -> None:
    (made,) = seller.played.make("aliexpress")
    assert seller.ship(made, "LT00001CN", send_type="part")["result_success"] is True
    assert seller.detail(made)["order_status"] == "SELLER_PART_SEND_GOODS"
    assert seller.ship(made, "LT00002CN", send_type="all")["result_success"] is True
    assert seller.detail(made)["order_status"] == "WAIT_BUYER_ACCEPT_GOODS"
    assert [one["number"] for one in seller.played.entry("aliexpress", made)["shipments"]] == ["LT00001CN", "LT00002CN"]


def test_sub_orders_are_answered_one_by_one_and_a_good_one_stands_beside_a_bad_one(seller: Seller) -> None:
    made = wide(seller.played, 2)
    result = seller.ship_lines(made, (1, "LT00001CN", "all"), (9, "LT00002CN", "all"))
    told = result["sub_trade_order_list"]["aeop_seller_shipment_sub_trade_order_dto"]
    assert (result["success"], result["error_code"]) == (False, "-357")
    assert [(one["sub_trade_order_index"], one.get("error_code")) for one in told] == [(1, None), (9, "-357")]
    target = seller.detail(made)
    assert target["order_status"] == "SELLER_PART_SEND_GOODS"
    assert [one["order_status"] for one in target["child_order_list"]["aeop_tp_child_order_dto"]] == [
        "WAIT_BUYER_ACCEPT_GOODS",
        "WAIT_SELLER_SEND_GOODS",
    ]
    again = seller.ship_lines(made, (1, "LT00001CN", "all"), (2, "LT00002CN", "all"))
    told = again["sub_trade_order_list"]["aeop_seller_shipment_sub_trade_order_dto"]
    assert [one.get("error_code") for one in told] == ["-353", None]
    assert seller.detail(made)["order_status"] == "WAIT_BUYER_ACCEPT_GOODS"


def test_a_correction_needs_the_old_number_and_the_old_service(seller: Seller) -> None:
    (made,) = seller.played.make("aliexpress")
    seller.ship(made, "LT00001CN")
    new = {"out_ref": made, "send_type": "all", "new_logistics_no": "LT00002CN", "new_service_name": "CAINIAO_STANDARD"}
    wrong = seller.call(MODIFY, old_logistics_no="LT00001CN", old_service_name="EMS", **new)
    assert (wrong["result_success"], wrong["result_error_code"]) == (False, -356)
    right = seller.call(MODIFY, old_logistics_no="LT00001CN", old_service_name="YANWEN_AM", **new)
    assert right["result_success"] is True
    shipments = seller.played.entry("aliexpress", made)["shipments"]
    assert [(one["number"], one["carrier"]) for one in shipments] == [("LT00002CN", "CAINIAO_STANDARD")]


def test_what_was_declared_can_be_asked_for_by_sub_order(seller: Seller) -> None:
    made = wide(seller.played, 2)
    seller.ship_lines(made, (2, "LT00007CN", "all"))
    told = seller.call(QUERY, trade_order_id=made)
    assert told["result_success"] is True
    assert told["sub_trade_order_list"]["aeop_seller_shipment_sub_trade_order_dto"] == [
        {
            "sub_trade_order_index": 2,
            "send_type": "all",
            "shipment_list": {
                "aeop_shipment_dto": [
                    {"logistics_no": "LT00007CN", "service_name": "YANWEN_AM", "tracking_web_site": ""}
                ]
            },
        }
    ]
    assert seller.call(QUERY, trade_order_id=made, logistics_no="LT1")["sub_trade_order_list"] == {}


def test_a_number_that_cannot_be_one_and_an_other_service_without_a_site_are_refused(seller: Seller) -> None:
    (made,) = seller.played.make("aliexpress")
    assert seller.ship(made, "L T")["result_error_code"] == -355
    assert seller.ship(made, service_name="Other")["result_error_code"] == -358
    assert seller.ship(made, service_name="Other", tracking_website="https://t.example")["result_success"] is True


# -- cancellations and terms


def test_a_wish_to_cancel_can_be_accepted_or_refused_with_a_memo(seller: Seller) -> None:
    yes, no = seller.played.make("aliexpress", count=2)
    for made in (yes, no):
        assert act(seller.played, made, "ask_cancel") == "IN_CANCEL"
        assert seller.ship(made)["result_error_code"] == -354
    login = seller.detail(yes)["buyerloginid"]

    def answer(what: str, order_id: str, **more: str) -> Any:
        asked = {"order_id": int(order_id), "buyer_login_id": seller.detail(order_id)["buyerloginid"], **more}
        return seller.call(f"aliexpress.trade.seller.order.{what}cancel", param_order_cancel_request=asked)["result"]

    assert answer("accept", yes, buyer_login_id="someone else")["success"] is False
    assert answer("accept", yes, buyer_login_id=login) == {"success": True, "target": True}
    assert seller.detail(yes)["order_end_reason"] == "buyer_cancel_order"
    assert seller.played.entry("aliexpress", yes)["cancelled"] is True
    assert answer("refuse", no)["error_code"] == "MEMO_REQUIRED"
    assert answer("refuse", no, memo="It has left")["success"] is True
    assert seller.detail(no)["order_status"] == "WAIT_SELLER_SEND_GOODS"
    assert seller.ship(no)["result_success"] is True


def test_the_platform_ends_what_was_not_sent_in_seven_days_and_buyers_accept_what_was(seller: Seller) -> None:
    late, sent = seller.played.make("aliexpress", count=2)
    seller.ship(sent)
    seller.played.jump(7 * 86400 + 10)
    assert seller.detail(late)["order_end_reason"] == "seller_send_goods_timeout"
    seller.played.jump(7 * 86400 + 10)
    target = seller.detail(sent)
    assert (target["order_status"], target["order_end_reason"]) == ("FINISH", "buyer_accept_goods")
    assert seller.played.entry("aliexpress", sent)["cancelled"] is False


def test_stock_is_written_per_product_and_each_is_answered(seller: Seller) -> None:
    def row(product: int, code: str, count: int) -> dict[str, Any]:
        return {"product_id": product, "multiple_sku_update_list": [{"sku_code": code, "inventory": str(count)}]}

    products = [row(1005006000000003, "SB-0003", 9), row(5, "SB-0004", 1)]
    body = seller.call(STOCK, mutiple_product_update_list=products)
    assert body["update_success"] is False
    assert body["update_successful_list"]["synchronize_product_response_dto"] == [{"product_id": 1005006000000003}]
    (failed,) = body["update_failed_list"]["synchronize_product_response_dto"]
    assert (failed["product_id"], failed["error_message"]) == (5, "The product does not exist")
    many = [row(1005006000000001, "SB-0001", 1)] * 21
    assert seller.refused(STOCK, mutiple_product_update_list=many) == ("ISV", "InvalidParameter")


# -- faults


def test_throttling_and_a_timeout_behind_the_gateway_are_said_with_status_200(seller: Seller) -> None:
    for fault, code in (("throttle", "ApiCallLimit"), ("ok_error", "ServiceTimeout")):
        seller.played.fault("aliexpress", fault)
        assert seller.refused(LIST, param_aeop_order_query={}) == ("ISP", code)
        seller.played.fault("aliexpress", fault, on=False)


def test_success_can_stand_together_with_an_error_code_and_a_sub_order_can_fail_in_a_success(seller: Seller) -> None:
    made, many = seller.played.make("aliexpress")[0], wide(seller.played, 2)
    seller.played.fault("aliexpress", "partial_batch")
    body = seller.ship(made)
    assert (body["result_success"], body["result_error_code"]) == (True, -1)
    result = seller.ship_lines(many, (1, "LT00001CN", "all"), (2, "LT00001CN", "all"))
    told = result["sub_trade_order_list"]["aeop_seller_shipment_sub_trade_order_dto"]
    assert (result["success"], [one.get("error_code") for one in told]) == (True, [None, "-1"])
    seller.played.fault("aliexpress", "partial_batch", on=False)
    assert seller.detail(made)["order_status"] == "WAIT_BUYER_ACCEPT_GOODS"
    assert seller.detail(many)["order_status"] == "SELLER_PART_SEND_GOODS"


def test_a_drifting_list_is_wrong_about_cancellations_and_the_detail_is_right(seller: Seller) -> None:
    asked, calm = seller.played.make("aliexpress", count=2)
    act(seller.played, asked, "ask_cancel")
    seller.played.fault("aliexpress", "enum_drift")
    said = {str(one["order_id"]): one["order_status"] for one in seller.list()["target_list"]["aeop_order_item_dto"]}
    assert said == {asked: "WAIT_SELLER_SEND_GOODS", calm: "IN_CANCEL"}
    assert [seller.detail(one)["order_status"] for one in (asked, calm)] == ["IN_CANCEL", "WAIT_SELLER_SEND_GOODS"]


def test_pages_repeat_never_end_and_shift_when_that_is_turned_on(seller: Seller) -> None:
    seller.played.make("aliexpress", count=30)
    first = ids(seller.list(page_size=10))
    seller.played.fault("aliexpress", "duplicate_page")
    assert ids(seller.list(page_size=10)) == [*first, *first]
    seller.played.fault("aliexpress", "duplicate_page", on=False)
    seller.played.fault("aliexpress", "endless_page")
    last = seller.list(page_size=10, current_page=9)
    assert (last["total_page"], len(ids(last))) == (10, 10)
    seller.played.fault("aliexpress", "endless_page", on=False)
    now = seller.played.now_ms()
    seller.played.jump(60)
    seller.played.fault("aliexpress", "orders_move")
    window = {"modified_date_end": pacific(now), "page_size": 10}
    one = seller.list(current_page=1, **window)
    seller.played.fault("aliexpress", "orders_move", on=False)
    two = seller.list(current_page=2, **window)
    assert (one["total_count"], two["total_count"]) == (30, 29)
    before = [*first, *ids(seller.list(page_size=30))]
    assert set(ids(one)) | set(ids(two)) < set(before)


def test_what_was_answered_is_still_there_after_a_restart(tmp_path: Path) -> None:
    with playing(tmp_path) as played:
        seller = Seller(played)
        (made,) = played.make("aliexpress")
        seller.ship(made, "LT00001CN")
        session = seller.session
    with playing(tmp_path) as played:
        seller.played = played
        seller.session = session
        assert seller.detail(made)["order_status"] == "WAIT_BUYER_ACCEPT_GOODS"
        assert [one["number"] for one in played.entry("aliexpress", made)["shipments"]] == ["LT00001CN"]
