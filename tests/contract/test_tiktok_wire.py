"""TikTok Shop against facts that others published: a signature vector, an independent signer, typed models."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.contract.wires import PlayedWire, path_and_query
from tiktok_shop_api.generated import models
from tiktok_shop_api.signing import Signer, requires_shop_cipher
from tiktok_shop_api.webhooks import Webhooks

from entrepot.marketplaces.contract import (
    Access,
    Answer,
    App,
    CallFailed,
    CancelAnswer,
    EventKind,
    Grant,
    Notice,
    NoticeLine,
    OrderDraft,
    PaymentState,
    Result,
    StockLevel,
    Trouble,
    Unreadable,
    Why,
    Window,
)
from entrepot.marketplaces.tiktok.connector import TikTokShop
from entrepot.marketplaces.tiktok.errors import trouble_of
from entrepot.marketplaces.tiktok.sign import is_webhook_signed, signature, webhook_signature

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
APP = App("key123", "secret456")
ACCESS = Access(APP, Grant("7495", "token789", "refresh", extra={"shop_cipher": "ROW_cipher"}))
CONNECTOR = TikTokShop()
LINES = ("5764600000001", "5764600000002", "5764600000003")


def line(position: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": LINES[position], "sku_id": "1729", "product_id": "900", "product_name": "Mug", "sku_name": "Blue, 300 ml",
        "seller_sku": "SB-0001", "sale_price": "12.50", "original_price": "15.00", "currency": "GBP",
        "display_status": "AWAITING_SHIPMENT", "package_id": "P1", "package_status": "TO_FULFILL", "tracking_number": "",
    } | changes  # fmt: skip


def order(**changes: Any) -> dict[str, Any]:
    return {
        "id": "576460000000", "status": "AWAITING_SHIPMENT", "user_id": "7494", "create_time": 1795190400,
        "paid_time": 1795190460, "update_time": 1795190470, "rts_sla_time": 1795363200, "buyer_message": "Gift, please",
        "delivery_option_name": "Standard", "shipping_type": "SELLER", "buyer_email": "v1@scs.tiktokw.us", "is_cod": False,
        "payment": {"currency": "GBP", "total_amount": "41.49", "sub_total": "37.50", "shipping_fee": "3.99"},
        "recipient_address": {
            "name": "Zoë Müller", "phone_number": "(+44)7700900123", "address_line1": "1 High Street",
            "address_line2": "Flat 2", "address_line3": "", "postal_code": "SW1A 1AA", "region_code": "GB",
            "post_town": "London",
            "district_info": [
                {"address_level": "L0", "address_level_name": "Country", "address_name": "United Kingdom"},
                {"address_level": "L1", "address_level_name": "Region", "address_name": "England"},
            ],
        },
        "line_items": [line(0), line(1), line(2)], "packages": [{"id": "P1"}],
    } | changes  # fmt: skip


def ok(**data: Any) -> dict[str, Any]:
    return {"code": 0, "message": "Success", "request_id": "r1", "data": data}


def refused(code: int, message: str = "no") -> dict[str, Any]:
    return {"code": code, "message": message, "request_id": "r1"}


def notice(lines: tuple[str, ...] = LINES, **changes: Any) -> Notice:
    facts: dict[str, Any] = {
        "key": "n1", "order_id": "576460000000", "lines": tuple(NoticeLine(one, 1) for one in lines), "whole": True,
        "number": "LX123456789CN", "carrier": "7117858858072016641", "carrier_name": "Royal Mail", "shipped_at": NOW,
    }  # fmt: skip
    return Notice(**(facts | changes))


def test_the_published_signature_is_reproduced() -> None:
    # EcomPHP/tiktokshop-php tests/ClientTest.php, Apache-2.0
    assert (
        signature("app_secret", "/test-api", {"foo": "bar"})
        == "d3cb7fe11ecae942802ceeca67e7cf10120cc12f1517d45fbc1c8cfe5413c80f"
    )


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ({"b": "2", "a": "1", "sign": "x", "access_token": "y"}, b""),
        ({"page_token": "a+b/c=="}, '{"name":"测试 é"}'.encode()),
        ({"ids": "1,2,3", "shop_cipher": "ROW_x", "timestamp": "1696909648"}, b"{}"),
    ],
)
def test_our_signer_agrees_with_an_independent_one(query: dict[str, str], body: bytes) -> None:
    theirs = Signer.sign(
        path="/order/202309/orders/search", query=list(query.items()), content_type="application/json", body=body,
        app_secret="s3cret",
    )  # fmt: skip
    assert signature("s3cret", "/order/202309/orders/search", query, body) == theirs


def test_a_request_is_signed_over_the_very_bytes_that_are_sent() -> None:
    wire = PlayedWire({"orders.search": [ok(orders=[])]})
    CONNECTOR.pull(wire, ACCESS, Window(NOW - timedelta(hours=1), NOW), now=NOW)
    (sent,) = wire.sent
    path, query = path_and_query(sent)
    claimed = query.pop("sign")
    assert (
        Signer.sign(
            path=path,
            query=list(query.items()),
            content_type="application/json",
            body=sent.content,
            app_secret=APP.secret,
        )
        == claimed
    )
    assert query["timestamp"] == str(int(NOW.timestamp()))
    assert query["shop_cipher"] == "ROW_cipher"
    assert sent.headers["x-tts-access-token"] == "token789"
    assert sent.writes is False


def test_every_call_for_a_shop_is_one_the_documentation_knows() -> None:
    wire = busy_wire()
    drive_everything(wire)
    seen = {(request.method, path_and_query(request)[0]) for request in wire.sent}
    assert {pair for pair in seen if not requires_shop_cipher(*pair)} == {("GET", "/authorization/202309/shops")} & seen
    assert len(seen) >= 10


def test_bodies_we_send_pass_through_the_typed_models_unchanged() -> None:
    wire = busy_wire()
    drive_everything(wire)
    typed = {
        "orders.search": models.GetOrderListRequest,
        "cancellations.search": models.SearchCancellationsRequest,
        "packages.ship": models.BatchShipPackagesRequest,
        "orders.split": models.ConfirmOrderSplitRequest,
        "orders.ship": models.MarkPackageAsShippedRequest,
        "packages.renumber": models.UpdatePackageShippingInfoRequest,
        "cancellations.reject": models.RejectCancellationRequest,
        "inventory.search": models.InventorySearchRequest,
        "inventory.update": models.UpdateInventoryRequest,
    }
    checked = set()
    for request in wire.sent:
        if model := typed.get(request.operation):
            body = json.loads(request.content)
            parsed = model.from_dict(json.loads(request.content))
            assert parsed.to_dict() == body, request.operation
            assert parsed.additional_properties == {}, request.operation
            checked.add(request.operation)
    assert checked == set(typed)


def test_the_answers_we_play_are_answers_of_the_documentation() -> None:
    played = ok(orders=[order()])
    typed = models.GetOrderDetailResponse.from_dict(played)
    assert typed.to_dict() == played
    (parsed,) = typed.data.orders
    assert parsed.additional_properties == {}
    assert parsed.line_items[0].additional_properties == {}
    assert parsed.recipient_address.additional_properties == {}


def busy_wire() -> PlayedWire:
    """Answers for a day of work: everything succeeds."""
    waiting = {"order_id": "576460000000", "cancel_id": "C1", "cancel_status": "CANCELLATION_REQUEST_PENDING",
               "cancel_type": "BUYER_CANCEL", "update_time": 1795190480}  # fmt: skip
    return PlayedWire(
        {
            "orders.search": [ok(orders=[order()])],
            "orders.detail": [
                ok(orders=[order()]),
                ok(orders=[order()]),
                ok(orders=[order()]),
                ok(orders=[order(line_items=[line(n, package_id="", package_status="") for n in range(3)])]),
                ok(orders=[order(line_items=[line(n, tracking_number="OLD", package_status="PROCESSING") for n in range(3)])]),
            ],
            "cancellations.search": [ok(cancellations=[waiting])],
            "packages.ship": [ok(errors=[])],
            "orders.split": [ok(packages=[{"splittable_group_id": "0", "id": "P2"}, {"splittable_group_id": "rest", "id": "P3"}])],
            "orders.ship": [ok(package_id="P9")],
            "packages.renumber": [ok()],
            "cancellations.approve": [ok()],
            "cancellations.reject": [ok()],
            "inventory.search": [
                ok(inventory=[{"product_id": "900", "skus": [{
                    "id": "1729", "seller_sku": "SB-0001",
                    "warehouse_inventory": [{"warehouse_id": "W1", "available_quantity": 3}]}]}])
            ],
            "inventory.update": [ok(errors=[])],
        }
    )  # fmt: skip


def drive_everything(wire: PlayedWire) -> None:
    CONNECTOR.pull(wire, ACCESS, Window(NOW - timedelta(hours=1), NOW), now=NOW)
    CONNECTOR.pull(wire, ACCESS, Window(NOW - timedelta(hours=1), NOW, "requests:"), now=NOW)
    whole = CONNECTOR.ship(wire, ACCESS, [notice()], now=NOW)
    without_package = CONNECTOR.ship(wire, ACCESS, [notice(key="n2")], now=NOW)
    renumbered = CONNECTOR.renumber(wire, ACCESS, [notice(replaces="OLD")], now=NOW)
    wire.answers["orders.detail"][:] = [ok(orders=[order()])]
    part = CONNECTOR.ship(wire, ACCESS, [notice(LINES[:1], whole=False)], now=NOW)
    yes = CONNECTOR.answer_cancellations(wire, ACCESS, [CancelAnswer("a1", "576460000000", "C1", True)], now=NOW)
    no = CONNECTOR.answer_cancellations(
        wire, ACCESS, [CancelAnswer("a2", "576460000000", "C1", False, "seller_reject_reason_1")], now=NOW
    )
    stock = CONNECTOR.set_stock(wire, ACCESS, [StockLevel("s1", "900", "SB-0001", 7)], now=NOW)
    for answers in (whole, without_package, renumbered, part, yes, no, stock):
        assert [answer.result for answer in answers] == [Result.OK]


def read(changed: dict[str, Any]) -> OrderDraft | Unreadable:
    wire = PlayedWire({"orders.detail": [ok(orders=[changed])], "cancellations.search": [ok(cancellations=[])]})
    (found,) = CONNECTOR.get(wire, ACCESS, ["576460000000"], now=NOW)
    return found


def draft(**changes: Any) -> OrderDraft:
    found = read(order(**changes))
    assert isinstance(found, OrderDraft)
    return found


def test_an_order_is_read_whole() -> None:
    found = draft()
    assert (found.external_id, found.external_status) == ("576460000000", "AWAITING_SHIPMENT")
    assert found.payment is PaymentState.PAID
    assert found.placed_at == datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    assert found.ship_by_at == datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    assert (found.currency, found.total_minor) == ("GBP", 4149)
    assert [(one.external_id, one.quantity, one.unit_price_minor) for one in found.lines] == [
        (x, 1, 1250) for x in LINES
    ]
    recipient = found.recipient
    assert (recipient.name, recipient.line1, recipient.line2) == ("Zoë Müller", "1 High Street", "Flat 2")
    assert (recipient.city, recipient.region, recipient.country) == ("London", "England", "GB")
    assert found.handles == {"shipping_type": "SELLER", "packages": f"P1={','.join(LINES)}"}
    assert found.problems == ()
    assert found.raw == (order(),)


def test_yen_have_no_minor_unit_and_rupiah_have_two() -> None:
    yen = {"currency": "JPY", "total_amount": "4149"}
    assert draft(payment=yen, line_items=[line(0, currency="JPY", sale_price="1250")]).total_minor == 4149
    rupiah = {"currency": "IDR", "total_amount": "150000"}
    assert draft(payment=rupiah, line_items=[line(0, currency="IDR", sale_price="1250")]).total_minor == 15_000_000


def test_an_order_on_hold_is_paid_held_and_masked() -> None:
    masked = {"name": "Z***", "phone_number": "***", "address_line1": "***", "region_code": "GB"}
    found = draft(status="ON_HOLD", recipient_address=masked)
    assert (found.payment, found.on_hold, found.address_masked) == (PaymentState.PAID, True, True)


def test_the_marketplaces_own_carrier_masks_for_good() -> None:
    masked = {"name": "Z***", "phone_number": "***", "address_line1": "***", "region_code": "GB"}
    assert draft(shipping_type="TIKTOK", recipient_address=masked).address_masked is False


@pytest.mark.parametrize("spelling", ["CANCELLED", "CANCEL"])
def test_both_spellings_of_cancelled_are_one(spelling: str) -> None:
    assert draft(status=spelling).cancelled is True


def test_a_status_nobody_knows_is_taken_in_verbatim_and_shown_to_a_person() -> None:
    found = draft(status="AWAITING_CUSTOMS_REVIEW", paid_time=0, something_new={"a": 1})
    assert found.external_status == "AWAITING_CUSTOMS_REVIEW"
    assert (found.payment, found.problems) == (PaymentState.UNPAID, ("unknown_payment",))


def test_cash_on_delivery_is_released_without_a_time_of_payment() -> None:
    found = draft(is_cod=True, paid_time=0)
    assert (found.payment, found.paid_at) == (PaymentState.PAID, None)


def test_a_wish_to_cancel_names_its_request_and_is_a_newer_version() -> None:
    asked = order(is_buyer_request_cancel=True, request_cancel_time=1795190999)
    waiting = {"order_id": "576460000000", "cancel_id": "C1", "cancel_status": "CANCELLATION_REQUEST_PENDING"}
    wire = PlayedWire({"orders.detail": [ok(orders=[asked])], "cancellations.search": [ok(cancellations=[waiting])]})
    (found,) = CONNECTOR.get(wire, ACCESS, ["576460000000"], now=NOW)
    assert isinstance(found, OrderDraft)
    assert found.cancel_request_id == "C1"
    assert found.cancel_asked_at == found.updated_at == datetime.fromtimestamp(1795190999, UTC)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({"payment": {"currency": "GBP", "total_amount": "a lot"}}, "payment.total_amount is no amount: 'a lot'"),
        ({"create_time": None}, "create_time is missing"),
        ({"line_items": "none"}, "line_items is no list: 'none'"),
        ({"line_items": [{"id": ""}]}, "line_items[0].id is missing"),
    ],
)
def test_an_order_that_cannot_be_read_says_which_field(broken: dict[str, Any], reason: str) -> None:
    found = read(order(**broken))
    assert found == Unreadable("576460000000", reason, order(**broken))


def test_one_unreadable_order_does_not_stop_the_page() -> None:
    wire = PlayedWire(
        {
            "orders.search": [ok(orders=[{"id": "1"}, {"id": "576460000000"}])],
            "orders.detail": [ok(orders=[{"id": "1", "status": []}, "not even an object", order()])],
        }
    )
    page = CONNECTOR.pull(wire, ACCESS, Window(NOW - timedelta(hours=1), NOW), now=NOW)
    assert [type(found).__name__ for found in page.orders] == ["Unreadable", "Unreadable", "OrderDraft"]
    assert [found.external_id for found in page.orders] == ["1", "", "576460000000"]


def test_a_window_ends_only_after_its_requests_to_cancel() -> None:
    wire = PlayedWire(
        {
            "orders.search": [ok(orders=[], next_page_token="t2"), ok(orders=[])],
            "cancellations.search": [ok(cancellations=[], next_page_token="c2"), ok(cancellations=[])],
        }
    )
    pages, page = [], ""
    while True:
        page = CONNECTOR.pull(wire, ACCESS, Window(NOW - timedelta(hours=1), NOW, page), now=NOW).next_page
        pages.append(page)
        if not page:
            break
    assert pages == ["t2", "requests:", "requests:c2", ""]


def test_a_page_that_names_itself_as_the_next_is_noticed() -> None:
    wire = PlayedWire({"orders.search": [ok(orders=[], next_page_token="t2")]})
    with pytest.raises(CallFailed) as caught:
        CONNECTOR.pull(wire, ACCESS, Window(NOW - timedelta(hours=1), NOW, "t2"), now=NOW)
    assert (caught.value.trouble, caught.value.code) == (Trouble.PROTOCOL, "page_loop")


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (refused(36009002), Trouble.THROTTLED),
        (Answer(429, {"retry-after": "7"}, b"slow down"), Trouble.THROTTLED),
        (refused(36009003), Trouble.TRANSIENT),
        (refused(105002, "expired"), Trouble.AUTH_EXPIRED),
        (refused(105005), Trouble.SCOPE_MISSING),
        (refused(36009043), Trouble.SHOP_DISABLED),
        (Answer(200, {}, b"<html>maintenance</html>"), Trouble.PROTOCOL),
        (Answer(502, {}, b"<html>bad gateway</html>"), Trouble.TRANSIENT),
    ],
)
def test_a_failed_call_says_why(answer: Any, trouble: Trouble) -> None:
    wire = PlayedWire({"orders.search": [answer]})
    with pytest.raises(CallFailed) as caught:
        CONNECTOR.pull(wire, ACCESS, Window(NOW - timedelta(hours=1), NOW), now=NOW)
    assert caught.value.trouble is trouble
    if trouble is Trouble.THROTTLED:
        wait = 7 if isinstance(answer, Answer) else 2
        assert caught.value.retry_at == NOW + timedelta(seconds=wait)


@pytest.mark.parametrize(
    ("message", "trouble"),
    [
        ("Invalid timestamp. The value of the `timestamp` query parameter must not be earlier than 5 minutes before the "
         "current time.", Trouble.CLOCK_SKEW),
        ("Invalid credentials. The `x-tts-access-token` header is invalid.", Trouble.AUTH_EXPIRED),
        ("Invalid credentials. Invalid `app_key` query parameter.", Trouble.INVALID_INPUT),
    ],
)  # fmt: skip
def test_one_code_of_theirs_means_several_things_by_its_words(message: str, trouble: Trouble) -> None:
    assert trouble_of("36009004", message) is trouble


def shipped(number: str) -> dict[str, Any]:
    return order(line_items=[line(n, tracking_number=number, package_status="PROCESSING") for n in range(3)])


def test_a_package_that_leaves_is_told_with_our_number() -> None:
    wire = PlayedWire({"orders.detail": [ok(orders=[order()])], "packages.ship": [ok(errors=[])]})
    (answer,) = CONNECTOR.ship(wire, ACCESS, [notice()], now=NOW)
    assert (answer.result, answer.remote_id) == (Result.OK, "P1")
    (sent,) = wire.of("packages.ship")
    assert json.loads(sent.content) == {
        "packages": [
            {
                "id": "P1",
                "self_shipment": {"tracking_number": "LX123456789CN", "shipping_provider_id": "7117858858072016641"},
            }
        ]
    }
    assert sent.writes is True


def test_good_packages_are_told_though_one_of_the_call_is_refused() -> None:
    other = order(id="2", line_items=[line(0, package_id="P2")])
    errors = [{"code": 21011022, "message": "Invalid tracking number", "detail": {"package_id": "P2"}}]
    wire = PlayedWire({"orders.detail": [ok(orders=[order(), other])], "packages.ship": [ok(errors=errors)]})
    answers = CONNECTOR.ship(wire, ACCESS, [notice(), notice(LINES[:1], key="n2", order_id="2")], now=NOW)
    assert [(a.key, a.result, a.why) for a in answers] == [
        ("n1", Result.OK, None),
        ("n2", Result.REJECTED, Why.BAD_NUMBER),
    ]


def test_what_left_under_our_number_is_done_already_and_nothing_is_sent() -> None:
    wire = PlayedWire({"orders.detail": [ok(orders=[shipped("LX123456789CN")])]})
    (answer,) = CONNECTOR.ship(wire, ACCESS, [notice()], now=NOW)
    assert answer.result is Result.ALREADY_DONE
    assert [request.writes for request in wire.sent] == [False]


def test_what_left_under_another_number_is_for_a_person() -> None:
    wire = PlayedWire({"orders.detail": [ok(orders=[shipped("OTHER1")])]})
    (answer,) = CONNECTOR.ship(wire, ACCESS, [notice()], now=NOW)
    assert (answer.result, answer.why, answer.message) == (Result.REJECTED, Why.SHIPPED_ELSEWHERE, "OTHER1")


@pytest.mark.parametrize(("number", "result"), [("LX123456789CN", Result.ALREADY_DONE), ("OTHER1", Result.REJECTED)])
def test_already_shipped_is_decided_by_reading_the_order_again(number: str, result: Result) -> None:
    errors = [{"code": 21011006, "message": "already shipped", "detail": {"package_id": "P1"}}]
    wire = PlayedWire(
        {"orders.detail": [ok(orders=[order()]), ok(orders=[shipped(number)])], "packages.ship": [ok(errors=errors)]}
    )
    (answer,) = CONNECTOR.ship(wire, ACCESS, [notice()], now=NOW)
    assert answer.result is result
    assert answer.why is (Why.SHIPPED_ELSEWHERE if result is Result.REJECTED else None)


def test_already_shipped_that_the_order_does_not_show_yet_is_tried_again_later() -> None:
    errors = [{"code": 21011006, "message": "already shipped", "detail": {"package_id": "P1"}}]
    wire = PlayedWire({"orders.detail": [ok(orders=[order()])], "packages.ship": [ok(errors=errors)]})
    (answer,) = CONNECTOR.ship(wire, ACCESS, [notice()], now=NOW)
    assert (answer.result, answer.retry_at) == (Result.RETRY_LATER, NOW + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("status", "code"), [("CANCELLED", "cancelled"), ("CANCEL", "cancelled"), ("ON_HOLD", "held"), ("UNPAID", "held")]
)
def test_an_order_that_may_not_ship_is_not_told(status: str, code: str) -> None:
    wire = PlayedWire({"orders.detail": [ok(orders=[order(status=status)])]})
    (answer,) = CONNECTOR.ship(wire, ACCESS, [notice()], now=NOW)
    assert (answer.result, answer.why, answer.code) == (Result.REJECTED, Why.STATE_CHANGED, code)


@pytest.mark.parametrize(
    "answer",
    [
        refused(36009003),
        Answer(502, {}, b""),
        Answer(200, {}, b"cut of"),
        CallFailed(Trouble.UNKNOWN_OUTCOME, "no answer"),
    ],
)
def test_a_write_without_a_clear_answer_is_unknown(answer: Any) -> None:
    wire = PlayedWire({"orders.detail": [ok(orders=[order()])], "packages.ship": [answer]})
    (found,) = CONNECTOR.ship(wire, ACCESS, [notice()], now=NOW)
    assert found.result is Result.UNKNOWN


def test_parcels_of_one_order_are_cut_in_one_call_and_told_in_one() -> None:
    groups = [{"splittable_group_id": "0", "id": "P2"}, {"splittable_group_id": "1", "id": "P3"},
              {"splittable_group_id": "rest", "id": "P4"}]  # fmt: skip
    wire = PlayedWire(
        {
            "orders.detail": [ok(orders=[order()])],
            "orders.split": [ok(packages=groups)],
            "packages.ship": [ok(errors=[])],
        }
    )
    first = notice(LINES[:1], whole=False)
    second = notice(LINES[1:2], whole=False, key="n2", number="SECOND")
    answers = CONNECTOR.ship(wire, ACCESS, [first, second], now=NOW)
    assert [(a.key, a.result, a.remote_id) for a in answers] == [("n1", Result.OK, "P2"), ("n2", Result.OK, "P3")]
    (split,) = wire.of("orders.split")
    assert json.loads(split.content) == {
        "splittable_groups": [
            {"id": "0", "order_line_item_ids": [LINES[0]]},
            {"id": "1", "order_line_item_ids": [LINES[1]]},
            {"id": "rest", "order_line_item_ids": [LINES[2]]},
        ]
    }
    (sent,) = wire.of("packages.ship")
    numbers = {one["id"]: one["self_shipment"]["tracking_number"] for one in json.loads(sent.content)["packages"]}
    assert numbers == {"P2": "LX123456789CN", "P3": "SECOND"}


def test_an_internal_error_of_one_package_leaves_it_unknown() -> None:
    errors = [{"code": 36009003, "message": "Internal error", "detail": {"package_id": "P1"}}]
    wire = PlayedWire({"orders.detail": [ok(orders=[order()])], "packages.ship": [ok(errors=errors)]})
    (answer,) = CONNECTOR.ship(wire, ACCESS, [notice()], now=NOW)
    assert (answer.result, answer.why) == (Result.UNKNOWN, None)


def test_an_order_of_their_own_carrier_takes_no_number_of_ours() -> None:
    wire = PlayedWire({"orders.detail": [ok(orders=[order(shipping_type="TIKTOK")])]})
    (answer,) = CONNECTOR.ship(wire, ACCESS, [notice()], now=NOW)
    assert (answer.result, answer.why, answer.code) == (Result.REJECTED, Why.OTHER, "platform_shipping")


def test_look_up_says_what_happened_to_an_unknown_notice() -> None:
    for number, result, why in (
        ("LX123456789CN", Result.OK, None),
        ("OTHER1", Result.REJECTED, Why.SHIPPED_ELSEWHERE),
        ("", Result.RETRY_LATER, None),
    ):
        seen = shipped(number) if number else order()
        wire = PlayedWire({"orders.detail": [ok(orders=[seen])]})
        (answer,) = CONNECTOR.look_up(wire, ACCESS, [notice()], now=NOW)
        assert (answer.result, answer.why, answer.retry_at) == (result, why, None)


def test_webhooks_are_signed_and_parsed_as_their_models_say() -> None:
    told = {"type": 1, "tts_notification_id": "72", "shop_id": "7495", "timestamp": 1795190470,
            "data": {"order_id": "576", "order_status": "CANCEL", "is_on_hold_order": False, "update_time": 1795190470}}  # fmt: skip
    body = json.dumps(told).encode()
    signed = webhook_signature(APP.key, APP.secret, body)
    assert Webhooks.verify(app_key=APP.key, app_secret=APP.secret, raw_body=body, signature=signed)
    assert Webhooks.parse(body).data.order_id == "576"
    assert CONNECTOR.verify(APP, url="", headers={"authorization": signed}, body=body)
    assert not is_webhook_signed(APP.key, APP.secret, body + b" ", signed)
    assert not CONNECTOR.verify(APP, url="", headers={}, body=body)
    (event,) = CONNECTOR.events(headers={}, body=body)
    assert (event.kind, event.account, event.order_ids, event.delivery_id) == (EventKind.ORDER, "7495", ("576",), "72")


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        (4, {"package_list": [{"package_id": "P", "order_id_list": ["1", "2"]}]}, (EventKind.ORDER, ("1", "2"))),
        (11, {"order_id": "9", "cancel_status": "CANCELLATION_REQUEST_CANCELLED"}, (EventKind.ORDER, ("9",))),
        (6, {"message": "bye"}, (EventKind.REVOKED, ())),
        (7, {"expiration_time": "1795190470"}, (EventKind.EXPIRING, ())),
        (999, {}, (EventKind.OTHER, ())),
    ],
)
def test_webhooks_by_number(kind: int, data: dict[str, Any], expected: tuple[EventKind, tuple[str, ...]]) -> None:
    body = json.dumps({"type": kind, "shop_id": "7495", "data": data}).encode()
    (event,) = CONNECTOR.events(headers={}, body=body)
    assert (event.kind, event.order_ids) == expected


def test_no_secret_stands_in_what_is_printed() -> None:
    printed = repr(ACCESS) + repr(PlayedWire({"orders.search": [ok(orders=[])]}).answers)
    wire = PlayedWire({"token.refresh": [refused(36004004, "refresh token is used")]})
    with pytest.raises(CallFailed) as caught:
        CONNECTOR.refresh(wire, ACCESS, now=NOW)
    assert caught.value.trouble is Trouble.AUTH_REVOKED
    printed += repr(wire.sent) + str(caught.value)
    for secret in ("secret456", "token789"):
        assert secret not in printed


def test_the_page_of_consent_is_named_by_the_service_id_or_by_the_key_where_there_is_none() -> None:
    for extra, named in (({"service_id": "7495"}, "7495"), ({"service_id": ""}, "key123"), ({}, "key123")):
        app = replace(APP, extra=extra)
        assert f"?service_id={named}&state=st&" in CONNECTOR.authorize_url(app, state="st", back_to="https://us.test/b")
