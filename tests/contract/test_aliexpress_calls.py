"""What is asked of AliExpress, and what its answers mean for a window, a notice, a request to cancel, a stock level."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.contract.scripted_wire import Scripted
from tests.contract.test_aliexpress_orders import RECEIPT, detail

from entrepot.marketplaces.aliexpress import MARKETPLACE
from entrepot.marketplaces.aliexpress.connector import AliExpress
from entrepot.marketplaces.contract import (
    Access,
    App,
    CallFailed,
    CancelAnswer,
    Grant,
    Notice,
    NoticeLine,
    OrderDraft,
    Result,
    StockLevel,
    Trouble,
    Unreadable,
    Why,
    Window,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
APP = App("123456", "s3cret", {"api": "https://g.test"})
ACCESS = Access(APP, Grant("2671514005", "t0ken", "r3fresh"))
ALI = AliExpress()
WINDOW = Window(NOW - timedelta(hours=1), NOW - timedelta(minutes=2))
ORDER = "8100000000001000"
FIRST, SECOND = f"{ORDER[:-1]}1", f"{ORDER[:-1]}2"
HANDLES = {f"sub:{FIRST}": "1", f"sub:{SECOND}": "2", "buyer_login_id": "ru123"}
WHOLE = Notice(
    "n-1", ORDER, (NoticeLine(FIRST, 2), NoticeLine(SECOND, 1)), True, "LP123456789CN", "CAINIAO_STANDARD", "Cainiao",
    NOW, handles=HANDLES,
)  # fmt: skip
PART = replace(WHOLE, lines=(NoticeLine(SECOND, 1),), whole=False)


def of(method: str, **body: Any) -> dict[str, Any]:
    return {f"{method.replace('.', '_')}_response": {**body, "request_id": "1"}}


def listing(*ids: str, pages: int = 1) -> dict[str, Any]:
    items = [{"order_id": int(one), "order_status": "IN_CANCEL"} for one in ids]
    result = {"success": True, "total_page": pages, "target_list": {"aeop_order_item_dto": items} if items else {}}
    return of("aliexpress.trade.seller.orderlist.get", result=result)


def target(status: str = "WAIT_SELLER_SEND_GOODS") -> dict[str, Any]:
    return of("aliexpress.trade.new.redefining.findorderbyid", target=detail(status))


def told(*shipments: tuple[int, str]) -> dict[str, Any]:
    subs = [
        {"sub_trade_order_index": index, "shipment_list": {"aeop_shipment_dto": [{"logistics_no": number}]}}
        for index, number in shipments
    ]
    wrapped = {"aeop_seller_shipment_sub_trade_order_dto": subs} if subs else {}
    return of("aliexpress.logistics.querysellershipmentinfo", result_success=True, sub_trade_order_list=wrapped)


RECEIVED = of("aliexpress.solution.order.receiptinfo.get", result=RECEIPT)
SHIPPED = of("aliexpress.logistics.sellershipmentfortop", result_success=True)
REFUSED = of(
    "aliexpress.logistics.sellershipmentfortop",
    result_success=False, result_error_code=-354, result_error_desc="not allowed",
)  # fmt: skip


def test_a_window_is_asked_for_in_pacific_time_with_its_statuses_and_each_order_is_asked_for_by_itself() -> None:
    wire = Scripted([listing(ORDER), target(), RECEIVED])
    page = ALI.pull(wire, ACCESS, WINDOW, now=NOW)
    assert [order.external_id for order in page.orders] == [ORDER]
    assert page.next_page == "ended:"
    assert wire.methods() == [
        "aliexpress.trade.seller.orderlist.get",
        "aliexpress.trade.new.redefining.findorderbyid",
        "aliexpress.solution.order.receiptinfo.get",
    ]
    query = wire.json("param_aeop_order_query", 0)
    assert (query["modified_date_start"], query["modified_date_end"]) == ("2026-11-21 03:00:00", "2026-11-21 03:58:00")
    assert (query["create_date_start"], query["create_date_end"]) == ("2026-05-25 04:58:00", "2026-11-21 03:58:00")
    assert (query["current_page"], query["page_size"]) == (1, 10)
    assert len(query["order_status_list"]) == 11
    assert wire.json("param1", 1) == {"order_id": ORDER}


def test_what_ended_is_a_second_listing_because_it_is_left_out_unless_it_is_named() -> None:
    wire = Scripted([listing()])
    page = ALI.pull(wire, ACCESS, replace(WINDOW, page="ended:"), now=NOW)
    assert (page.orders, page.next_page) == ((), "")
    query = wire.json("param_aeop_order_query")
    assert query["order_status_list"] == ["FUND_PROCESSING", "ARCHIVE", "FINISH"]
    assert query["create_date_start"] == "2026-10-22 04:58:00"


def test_several_pages_are_read_from_the_last_to_the_first() -> None:
    wire = Scripted([listing(ORDER, pages=3), listing(pages=3), listing(pages=3), listing(pages=2)])
    tokens = [""]
    for _ in range(4):
        tokens.append(ALI.pull(wire, ACCESS, replace(WINDOW, page=tokens[-1]), now=NOW).next_page)
    assert tokens == ["", "open:3/3", "open:2/3", "open:1/3", "ended:"]
    assert [wire.json("param_aeop_order_query", n)["current_page"] for n in range(4)] == [1, 3, 2, 1]


def test_a_list_that_grows_while_it_is_read_has_no_end_and_is_given_up() -> None:
    with pytest.raises(CallFailed) as failed:
        ALI.pull(Scripted([listing(ORDER, pages=4)]), ACCESS, replace(WINDOW, page="open:3/3"), now=NOW)
    assert failed.value.trouble is Trouble.PROTOCOL


def test_an_order_leaving_the_window_while_we_page_hides_no_other() -> None:
    """Thirty orders, ten a page; each answer is followed by one order of the first page changing and leaving."""
    world = [f"{n:03}" for n in range(30)]
    seen: set[str] = set()
    left: set[str] = set()

    class Moving(Scripted):
        def send(self, request: Any) -> Any:
            self.sent.append(request)
            method = self.params()["method"]
            if method == "aliexpress.trade.seller.orderlist.get":
                number = self.json("param_aeop_order_query")["current_page"]
                found = world[(number - 1) * 10 : number * 10]
                answer = listing(*found, pages=-(-len(world) // 10))
                left.add(world.pop(0))
            else:
                answer = of(method)  # a detail without a target: unreadable, which names the order all the same
            self.answers = [answer]
            self.sent.pop()
            return super().send(request)

    wire, token = Moving([]), ""
    while not token.startswith("ended"):
        page = ALI.pull(wire, ACCESS, replace(WINDOW, page=token), now=NOW)
        seen |= {order.external_id.zfill(3) for order in page.orders}
        token = page.next_page
    assert len(left) == 4
    assert {f"{n:03}" for n in range(30)} - seen <= left


def test_the_lists_own_word_about_a_cancellation_is_not_believed_but_the_details() -> None:
    page = ALI.pull(Scripted([listing(ORDER), target(), RECEIVED]), ACCESS, WINDOW, now=NOW)
    order = page.orders[0]
    assert not isinstance(order, Unreadable)
    assert (order.external_status, order.cancel_asked_at) == ("WAIT_SELLER_SEND_GOODS", None)


def test_an_order_whose_detail_is_refused_is_kept_unreadable_and_the_page_goes_on() -> None:
    no = {"error_response": {"code": "InvalidParameter", "type": "ISV", "msg": "no such order"}}
    wire = Scripted([listing("5", ORDER), no, target(), RECEIVED])
    page = ALI.pull(wire, ACCESS, WINDOW, now=NOW)
    assert isinstance(page.orders[0], Unreadable)
    assert (page.orders[0].external_id, page.orders[0].reason) == ("5", "InvalidParameter no such order")
    assert page.orders[1].external_id == ORDER


def test_a_token_that_dies_in_the_middle_of_a_page_stops_the_page() -> None:
    dead = {"error_response": {"code": "IllegalAccessToken", "type": "ISP", "msg": "expired"}}
    with pytest.raises(CallFailed) as failed:
        ALI.pull(Scripted([listing(ORDER), dead]), ACCESS, WINDOW, now=NOW)
    assert failed.value.trouble is Trouble.AUTH_EXPIRED


def test_one_stumble_in_the_middle_of_a_page_is_asked_again_and_three_give_the_order_up_and_not_the_page() -> None:
    stumbles = (502, b"bad gateway")
    wire = Scripted([listing(ORDER), stumbles, stumbles, target(), stumbles, RECEIVED])
    assert [order.external_id for order in ALI.pull(wire, ACCESS, WINDOW, now=NOW).orders] == [ORDER]
    (lost,) = ALI.pull(Scripted([listing(ORDER), *[stumbles] * 3]), ACCESS, WINDOW, now=NOW).orders
    assert isinstance(lost, Unreadable)
    assert (lost.external_id, lost.reason[:3], lost.raw["order_id"]) == (ORDER, "502", int(ORDER))
    wire = Scripted([listing("7", ORDER), *[stumbles] * 3, target(), RECEIVED])
    assert [type(order) for order in ALI.pull(wire, ACCESS, WINDOW, now=NOW).orders] == [Unreadable, OrderDraft]


def test_a_page_over_whose_orders_they_all_stumble_is_a_trouble_of_the_store() -> None:
    stumbles = (502, b"bad gateway")
    with pytest.raises(CallFailed) as failed:
        ALI.pull(Scripted([listing("7", ORDER), *[stumbles] * 6]), ACCESS, WINDOW, now=NOW)
    assert failed.value.trouble is Trouble.TRANSIENT
    with pytest.raises(CallFailed) as failed:
        ALI.get(Scripted([*[stumbles] * 3]), ACCESS, [ORDER], now=NOW)  # the house lists it, if their pages still come
    assert failed.value.trouble is Trouble.TRANSIENT


def test_a_listing_that_says_it_failed_is_a_failure() -> None:
    body = {"success": False, "error_code": "SomethingElse", "error_message": "no"}
    with pytest.raises(CallFailed) as failed:
        ALI.pull(Scripted([of("aliexpress.trade.seller.orderlist.get", result=body)]), ACCESS, WINDOW, now=NOW)
    assert (failed.value.trouble, failed.value.message) == (Trouble.INVALID_INPUT, "no")


def test_an_order_that_does_not_exist_is_absent_and_an_unpaid_one_is_not_asked_for_its_address() -> None:
    none = of("aliexpress.trade.new.redefining.findorderbyid")
    wire = Scripted([none, target("PLACE_ORDER_SUCCESS")])
    found = ALI.get(wire, ACCESS, ["5", ORDER], now=NOW)
    assert [one.external_id for one in found] == [ORDER]
    assert len(wire.sent) == 2


def test_a_whole_order_is_told_in_one_call() -> None:
    wire = Scripted([SHIPPED])
    assert ALI.ship(wire, ACCESS, [WHOLE], now=NOW)[0].result is Result.OK
    params = wire.params()
    assert params["method"] == "aliexpress.logistics.sellershipmentfortop"
    assert (params["send_type"], params["out_ref"]) == ("all", ORDER)
    assert (params["service_name"], params["logistics_no"]) == ("CAINIAO_STANDARD", "LP123456789CN")
    assert wire.sent[0].writes is True


def test_a_service_of_the_kind_other_brings_its_page_and_its_carriers_name() -> None:
    wire = Scripted([SHIPPED])
    other = replace(WHOLE, carrier="OTHER_CN", carrier_name="Yanwen", tracking_url="https://track.test/1")
    ALI.ship(wire, ACCESS, [other], now=NOW)
    assert (wire.params()["tracking_website"], wire.params()["actual_carrier"]) == ("https://track.test/1", "Yanwen")


def test_part_of_an_order_is_told_by_its_sub_orders_running_numbers() -> None:
    wire = Scripted([of("aliexpress.logistics.order.shipment", result={"success": True})])
    assert ALI.ship(wire, ACCESS, [PART], now=NOW)[0].result is Result.OK
    assert wire.params()["method"] == "aliexpress.logistics.order.shipment"
    assert wire.json("param_aeop_seller_shipment_sub_trade_order_request") == {
        "trade_order_id": ORDER,
        "sub_trade_order_list": [
            {
                "sub_trade_order_index": "2",
                "send_type": "all",
                "shipment_list": [{"logistics_no": "LP123456789CN", "service_name": "CAINIAO_STANDARD"}],
            }
        ],
    }


def test_the_boolean_counts_even_beside_the_code_minus_one() -> None:
    odd = of("aliexpress.logistics.sellershipmentfortop", result_success=True, result_error_code=-1)
    assert ALI.ship(Scripted([odd]), ACCESS, [WHOLE], now=NOW)[0].result is Result.OK


def sub_orders(*codes: str, success: bool) -> dict[str, Any]:
    subs = [
        {"sub_trade_order_index": n + 1, "error_code": code, "error_msg": f"said {code}"} if code else
        {"sub_trade_order_index": n + 1}
        for n, code in enumerate(codes)
    ]  # fmt: skip
    result = {"success": success, "sub_trade_order_list": {"aeop_seller_shipment_sub_trade_order_dto": subs}}
    return of("aliexpress.logistics.order.shipment", result=result)


def test_one_refused_sub_order_refuses_the_notice_though_the_answer_says_success() -> None:
    both = replace(WHOLE, whole=False)
    wire = Scripted([sub_orders("", "-357", success=True), told((1, "LP123456789CN")), target()])
    done = ALI.ship(wire, ACCESS, [both], now=NOW)[0]
    assert (done.result, done.why, done.code) == (Result.REJECTED, Why.OTHER, "-357")
    assert done.message == "1 of 2 accepted; sub-order 2: said -357"


def test_a_sub_order_that_the_platform_stumbled_over_is_told_again() -> None:
    both = replace(WHOLE, whole=False)
    done = ALI.ship(Scripted([sub_orders("", "-1", success=True)]), ACCESS, [both], now=NOW)[0]
    assert (done.result, done.code) == (Result.RETRY_LATER, "-1")


@pytest.mark.parametrize(
    ("standing", "status", "result", "why", "message"),
    [
        (told((1, "LP123456789CN"), (2, "LP123456789CN")), None, Result.ALREADY_DONE, None, "not allowed"),
        (told((1, "X1"), (2, "X2")), "WAIT_BUYER_ACCEPT_GOODS", Result.REJECTED, Why.SHIPPED_ELSEWHERE, "X1, X2"),
        (told(), "IN_CANCEL", Result.REJECTED, Why.STATE_CHANGED, "not allowed"),
        (told(), "FINISH", Result.REJECTED, Why.STATE_CHANGED, "not allowed"),
        (told(), "WAIT_SELLER_SEND_GOODS", Result.REJECTED, Why.OTHER, "not allowed"),
    ],
)
def test_a_refused_notice_is_told_apart_by_reading_back(
    standing: Any, status: str | None, result: Result, why: Why | None, message: str
) -> None:
    done = ALI.ship(Scripted([REFUSED, standing, target(status or "")]), ACCESS, [WHOLE], now=NOW)[0]
    assert (done.result, done.why, done.code, done.message) == (result, why, "-354", message)


def test_a_refusal_as_repeated_that_reading_back_does_not_show_yet_waits_until_it_does() -> None:
    no = of("aliexpress.logistics.sellershipmentfortop", result_success=False, result_error_desc="Repeated operation")
    done = ALI.ship(Scripted([no, told(), target()]), ACCESS, [WHOLE], now=NOW)[0]
    assert (done.result, done.retry_at) == (Result.RETRY_LATER, NOW + timedelta(minutes=2))


def test_a_number_the_platform_does_not_like_is_a_bad_number() -> None:
    no = of(
        "aliexpress.logistics.sellershipmentfortop",
        result_success=False,
        result_error_desc="The tracking number is wrong",
    )
    done = ALI.ship(Scripted([no, told(), target()]), ACCESS, [WHOLE], now=NOW)[0]
    assert (done.result, done.why) == (Result.REJECTED, Why.BAD_NUMBER)


def test_without_the_platforms_name_of_the_service_nothing_is_sent() -> None:
    wire = Scripted([])
    done = ALI.ship(wire, ACCESS, [replace(WHOLE, carrier="")], now=NOW)[0]
    assert (done.result, done.why) == (Result.REJECTED, Why.BAD_NUMBER)
    assert wire.sent == []


def test_an_answer_that_is_lost_or_says_nothing_leaves_the_outcome_unknown() -> None:
    lost = CallFailed(Trouble.UNKNOWN_OUTCOME, "no answer")
    for answer in (lost, (500, b"oops"), (200, b"<html>"), of("aliexpress.logistics.sellershipmentfortop")):
        assert ALI.ship(Scripted([answer]), ACCESS, [WHOLE], now=NOW)[0].result is Result.UNKNOWN


@pytest.mark.parametrize(
    ("notice", "standing", "status", "result", "why"),
    [
        (WHOLE, told((1, "LP123456789CN"), (2, "LP123456789CN")), "", Result.OK, None),
        (WHOLE, told((1, "LP123456789CN")), "", Result.RETRY_LATER, None),
        (WHOLE, told(), "", Result.RETRY_LATER, None),
        (WHOLE, told((1, "X1"), (2, "X1")), "WAIT_BUYER_ACCEPT_GOODS", Result.REJECTED, Why.SHIPPED_ELSEWHERE),
        (PART, told((1, "X1")), "", Result.RETRY_LATER, None),
        (PART, told((1, "X1"), (2, "LP123456789CN")), "", Result.OK, None),
        (PART, told((2, "X1")), "", Result.REJECTED, Why.SHIPPED_ELSEWHERE),
    ],
)
def test_looking_up_goes_by_the_numbers_of_the_notices_own_sub_orders(
    notice: Notice, standing: Any, status: str, result: Result, why: Why | None
) -> None:
    done = ALI.look_up(Scripted([standing, target(status)]), ACCESS, [notice], now=NOW)[0]
    assert (done.result, done.why, done.retry_at) == (result, why, None)


def test_a_look_up_that_fails_leaves_every_notice_open() -> None:
    other = replace(WHOLE, key="n-2")
    with pytest.raises(CallFailed):
        ALI.look_up(Scripted([(502, b"")]), ACCESS, [WHOLE, other], now=NOW)
    answers = [told((1, "LP123456789CN"), (2, "LP123456789CN")), (502, b"")]
    done = ALI.look_up(Scripted(answers), ACCESS, [WHOLE, other], now=NOW)
    assert [(one.key, one.result) for one in done] == [("n-1", Result.OK), ("n-2", Result.UNKNOWN)]


def test_a_correction_names_the_old_number_and_the_old_service() -> None:
    wire = Scripted([of("aliexpress.logistics.sellermodifiedshipmentfortop", result_success=True)])
    fixed = replace(WHOLE, replaces="OLD1", replaces_carrier="EMS")
    assert ALI.renumber(wire, ACCESS, [fixed], now=NOW)[0].result is Result.OK
    params = wire.params()
    assert (params["old_logistics_no"], params["old_service_name"]) == ("OLD1", "EMS")
    assert (params["new_logistics_no"], params["new_service_name"]) == ("LP123456789CN", "CAINIAO_STANDARD")


@pytest.mark.parametrize(("accept", "method"), [(True, "acceptcancel"), (False, "refusecancel")])
def test_a_request_to_cancel_is_answered_with_the_buyers_login(accept: bool, method: str) -> None:
    name = f"aliexpress.trade.seller.order.{method}"
    wire = Scripted([of(name, result={"success": True})])
    answer = CancelAnswer("c-1", ORDER, "", accept, "already packed", HANDLES)
    assert ALI.answer_cancellations(wire, ACCESS, [answer], now=NOW)[0].result is Result.OK
    sent = wire.json("param_order_cancel_request")
    assert wire.params()["method"] == name
    assert (sent["order_id"], sent["buyer_login_id"]) == (ORDER, "ru123")
    assert sent.get("memo") == (None if accept else "already packed")


def test_stock_of_many_products_goes_twenty_a_call_and_each_is_answered_for_itself() -> None:
    levels = [StockLevel(f"s{n}", f"{1000 + n}", f"SKU-{n}", n) for n in range(25)]
    name = "aliexpress.solution.batch.product.inventory.update"
    failed = {"synchronize_product_response_dto": [{"product_id": 1003, "error_code": "E", "error_message": "gone"}]}
    busy = {"synchronize_product_response_dto": [{"product_id": 1024, "error_code": "SYSTEM_ERROR"}]}
    wire = Scripted([of(name, update_success=False, update_failed_list=failed),
                     of(name, update_success=False, update_failed_list=busy)])  # fmt: skip
    done = ALI.set_stock(wire, ACCESS, levels, now=NOW)
    assert [one.key for one in done] == [level.key for level in levels]
    assert [len(wire.json("mutiple_product_update_list", n)) for n in (0, 1)] == [20, 5]
    results = {one.key: one.result for one in done}
    assert results.pop("s3") is Result.REJECTED
    assert results.pop("s24") is Result.RETRY_LATER
    assert set(results.values()) == {Result.OK}
    assert wire.json("mutiple_product_update_list", 0)[0] == {
        "product_id": "1000",
        "multiple_sku_update_list": [{"sku_code": "SKU-0", "inventory": 0}],
    }


def test_tokens_come_from_the_system_calls_with_the_lifetimes_the_answer_gives() -> None:
    body = {
        "code": "0", "access_token": "a", "refresh_token": "r", "expires_in": 60, "refresh_expires_in": 3600,
        "seller_id": "2671514005", "user_nick": "cn1alpha",
    }  # fmt: skip
    wire = Scripted([body, {**body, "access_token": "b", "refresh_token": None}])
    grant = ALI.exchange(wire, APP, {"code": "3_x"}, back_to="https://us.test", now=NOW)[0]
    assert wire.sent[0].url == "https://g.test/rest/auth/token/create"
    assert (grant.account, grant.access_token, grant.refresh_token) == ("2671514005", "a", "r")
    assert (grant.expires_at, grant.refresh_expires_at) == (NOW + timedelta(seconds=60), NOW + timedelta(hours=1))
    newer = ALI.refresh(wire, Access(APP, grant), now=NOW)
    assert wire.sent[1].url == "https://g.test/rest/auth/token/refresh"
    assert (newer.account, newer.access_token, newer.refresh_token) == ("2671514005", "b", "r")


def test_the_authorize_page_is_asked_for_with_our_key_and_state() -> None:
    url = ALI.authorize_url(App("123456", "s"), state="st/1", back_to="https://us.test/back")
    assert url == (
        "https://api-sg.aliexpress.com/oauth/authorize?response_type=code&force_auth=true"
        "&redirect_uri=https%3A%2F%2Fus.test%2Fback&client_id=123456&state=st%2F1"
    )


def test_a_seller_who_declines_brings_no_grant() -> None:
    with pytest.raises(CallFailed) as failed:
        ALI.exchange(Scripted([]), APP, {"error": "access_denied"}, back_to="", now=NOW)
    assert (failed.value.trouble, failed.value.message) == (Trouble.AUTH_REVOKED, "access_denied")


def test_the_package_shows_a_connector_of_its_name() -> None:
    assert MARKETPLACE.connector is not None
    assert MARKETPLACE.connector().name == MARKETPLACE.name == MARKETPLACE.policy.name == "aliexpress"
