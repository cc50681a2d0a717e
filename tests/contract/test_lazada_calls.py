"""Lazada: orders with their items, packing and making ready, push messages. Examples follow its documents."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.contract.scripted_wire import Scripted

from entrepot.marketplaces.contract import (
    Access,
    App,
    CallFailed,
    Event,
    EventKind,
    Grant,
    LineDraft,
    Notice,
    NoticeLine,
    OrderDraft,
    PaymentState,
    Result,
    Trouble,
    Unreadable,
    Why,
    Window,
)
from entrepot.marketplaces.iop.sign import push_signature
from entrepot.marketplaces.lazada import MARKETPLACE
from entrepot.marketplaces.lazada.connector import Lazada
from entrepot.marketplaces.reading import Malformed

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
APP = App("123456", "s3cret", {"api": "https://g.test/rest", "auth": "https://a.test"})
ACCESS = Access(APP, Grant("1001", "t0ken", "r3fresh", extra={"country": "th"}))
LAZADA = Lazada()
WINDOW = Window(NOW - timedelta(hours=1), NOW)
NOTICE = Notice("n-1", "215189481504529", (NoticeLine("91", 1), NoticeLine("92", 1)), True, "ours", "", "", NOW)


def order(order_id: int = 215189481504529, **over: Any) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "created_at": "2026-11-20 10:18:27 +0700",
        "updated_at": "2026-11-20 10:18:51 +0700",
        "price": "698.00",
        "customer_first_name": "Somchai",
        "customer_last_name": "",
        "remarks": "",
        "tax_code": "562562",
        "statuses": ["pending"],
        "address_shipping": {
            "country": "Thailand", "first_name": "Somchai", "last_name": "Jaidee", "address1": "6 Moo 3", "address2": "",
            "address3": "Phuket", "address4": "Mueang", "address5": "", "city": "Mueang Phuket", "post_code": "83000",
            "phone": "66812345641",
        },
        **over,
    }  # fmt: skip


def item(item_id: int = 91, status: str = "pending", **over: Any) -> dict[str, Any]:
    return {
        "order_item_id": item_id, "sku": "SB-0001", "name": "Lamp", "item_price": 349.00, "currency": "THB", "status": status,
        "variation": "Color:Red", "product_id": "263327724", "package_id": "", "tracking_code": "", "buyer_id": 30001,
        "updated_at": "2026-11-20 10:20:00 +0700", "sla_time_stamp": "2026-11-22T23:59:59+07:00",
        "shipping_provider_type": "standard", **over,
    }  # fmt: skip


def items(*some: dict[str, Any], order_id: int = 215189481504529) -> dict[str, Any]:
    return {"code": "0", "data": [{"order_id": order_id, "order_items": list(some)}]}


def pulled(listed: dict[str, Any], *some: dict[str, Any]) -> OrderDraft:
    wire = Scripted([{"code": "0", "data": {"orders": [listed]}}, items(*some)])
    found = LAZADA.pull(wire, ACCESS, WINDOW, now=NOW).orders[0]
    assert isinstance(found, OrderDraft), found
    return found


def test_orders_are_listed_by_change_time_oldest_first_and_their_items_fetched_together() -> None:
    wire = Scripted([{"code": "0", "data": {"orders": [order(), order(7)]}}, items(item())])
    page = LAZADA.pull(wire, ACCESS, WINDOW, now=NOW)
    assert page.next_page == ""
    assert wire.sent[0].url.startswith("https://g.test/rest/orders/get?")
    listing = wire.params(0)
    assert (listing["update_after"], listing["update_before"]) == (
        "2026-11-21T11:00:00+00:00",
        "2026-11-21T12:00:00+00:00",
    )
    assert (listing["sort_by"], listing["sort_direction"], listing["limit"], listing["offset"]) == (
        "updated_at",
        "ASC",
        "100",
        "0",
    )
    assert listing["access_token"] == "t0ken"
    assert wire.json("order_ids", 1) == [215189481504529, 7]
    assert isinstance(page.orders[1], Unreadable)
    assert page.orders[1].external_id == "7"


def test_an_order_is_read_with_one_line_per_piece() -> None:
    draft = pulled(order(), item(), item(92, "canceled"))
    assert draft.external_id == "215189481504529"
    assert (draft.currency, draft.total_minor) == ("THB", 69800)
    assert draft.placed_at == datetime(2026, 11, 20, 3, 18, 27, tzinfo=UTC)
    assert draft.updated_at == datetime(2026, 11, 20, 3, 20, tzinfo=UTC)
    assert draft.ship_by_at == datetime(2026, 11, 22, 16, 59, 59, tzinfo=UTC)
    assert draft.payment is PaymentState.PAID
    assert draft.external_status == "pending,canceled"
    assert draft.lines == (
        LineDraft("91", "SB-0001", "Lamp", 1, 34900, "Color:Red", "263327724"),
        LineDraft("92", "SB-0001", "Lamp", 1, 34900, "Color:Red", "263327724", cancelled=1),
    )
    address = draft.recipient
    assert (address.name, address.line1, address.line2) == ("Somchai Jaidee", "6 Moo 3", "Mueang")
    assert (address.city, address.region, address.postcode, address.country) == (
        "Mueang Phuket",
        "Phuket",
        "83000",
        "TH",
    )
    assert (draft.cancelled, draft.shipped, draft.problems) == (False, False, ())


@pytest.mark.parametrize(
    ("states", "payment", "shipped", "cancelled"),
    [
        (("unpaid",), PaymentState.UNPAID, False, False),
        (("packed", "ready_to_ship"), PaymentState.PAID, False, False),
        (("shipped", "pending"), PaymentState.PAID, False, False),
        (("shipped", "canceled"), PaymentState.PAID, True, False),
        (("delivered",), PaymentState.PAID, True, False),
        (("canceled", "cancelled"), PaymentState.UNPAID, False, True),
        (("brand_new",), PaymentState.UNPAID, False, False),
    ],
)
def test_the_order_stands_as_its_items_stand(
    states: tuple[str, ...], payment: PaymentState, shipped: bool, cancelled: bool
) -> None:
    draft = pulled(order(), *(item(n, state) for n, state in enumerate(states)))
    assert (draft.payment, draft.shipped, draft.cancelled) == (payment, shipped, cancelled)
    assert draft.problems == (("unknown_payment",) if "brand_new" in states else ())


def full_page(*some: dict[str, Any]) -> list[Any]:
    """A page, and the items of its orders in two calls."""
    details = {"code": "0", "data": [{"order_id": one["order_id"], "order_items": [item(91)]} for one in some]}
    return [{"code": "0", "data": {"orders": list(some)}}, *([details] * (1 if len(some) <= 50 else 2))]


def changed(seconds: int) -> str:
    return (NOW - timedelta(minutes=30) + timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S +0000")


def test_the_next_page_begins_at_the_last_change_of_the_one_before_and_never_at_an_offset() -> None:
    hundred = [order(n, updated_at=changed(n)) for n in range(1, 101)]
    page = LAZADA.pull(Scripted(full_page(*hundred)), ACCESS, WINDOW, now=NOW)
    assert page.next_page == "2026-11-21T11:31:40+00:00/0/"
    wire = Scripted(full_page(hundred[-1], order(101, updated_at=changed(101))))
    last = LAZADA.pull(wire, ACCESS, replace(WINDOW, page=page.next_page), now=NOW)
    assert [one.external_id for one in last.orders] == ["100", "101"]
    assert last.next_page == ""
    assert (wire.params(0)["update_after"], wire.params(0)["offset"]) == ("2026-11-21T11:31:40+00:00", "0")
    assert wire.params(0)["update_before"] == "2026-11-21T12:00:00+00:00"


def test_orders_of_one_second_are_counted_and_listed_anew_when_one_of_them_has_left() -> None:
    hundred = [order(n, updated_at=changed(0)) for n in range(1, 101)]
    begin = "2026-11-21T11:30:00+00:00"
    page = LAZADA.pull(Scripted(full_page(*hundred)), ACCESS, replace(WINDOW, page=f"{begin}/0/"), now=NOW)
    assert page.next_page == f"{begin}/99/100"
    within = replace(WINDOW, page=page.next_page)
    stayed = Scripted(full_page(hundred[-1], order(101, updated_at=changed(0))))
    assert LAZADA.pull(stayed, ACCESS, within, now=NOW).next_page == ""
    assert (stayed.params(0)["update_after"], stayed.params(0)["offset"]) == (begin, "99")
    moved = LAZADA.pull(Scripted(full_page(order(101, updated_at=changed(0)))), ACCESS, within, now=NOW)
    assert ([one.external_id for one in moved.orders], moved.next_page) == (["101"], f"{begin}/0/101")


@pytest.mark.parametrize(
    ("times", "page", "said"),
    [
        (range(100, 0, -1), "", "The list does not begin with the oldest change."),
        (
            [0] * 100,
            "2026-11-21T11:30:00+00:00/4950/1",
            "More orders changed at one instant than can be paged through.",
        ),
        ([0], "4900", "'4900' is no page of ours"),
    ],
)
def test_a_list_that_cannot_be_paged_through_is_refused(times: Sequence[int], page: str, said: str) -> None:
    some = [order(n, updated_at=changed(seconds)) for n, seconds in enumerate(times, 1)]
    with pytest.raises(CallFailed) as caught:
        LAZADA.pull(Scripted(full_page(*some)), ACCESS, replace(WINDOW, page=page), now=NOW)
    assert (caught.value.trouble, caught.value.message) == (Trouble.PROTOCOL, said)


def provided(kind: str = "TFS", *codes: str) -> dict[str, Any]:
    providers = [{"name": code, "provider_code": code} for code in codes]
    data = {"platform_default": 1, "shipping_allocate_type": kind, "shipment_providers": providers}
    return {"code": "0", "result": {"success": True, "data": data}}


def packed(*some: dict[str, Any]) -> dict[str, Any]:
    data = {"pack_order_list": [{"order_id": 215189481504529, "order_item_list": list(some)}]}
    return {"code": "0", "result": {"success": True, "data": data}}


def ready(code: str = "0", msg: str = "") -> dict[str, Any]:
    data = {"packages": [{"package_id": "FP1", "item_err_code": code, "msg": msg}]}
    return {"code": "0", "result": {"success": True, "data": data}}


GOOD = {"item_err_code": "0", "package_id": "FP1", "tracking_number": "LZ1", "retry": False}


def test_shipping_packs_the_items_and_says_ready_and_brings_lazadas_number_back() -> None:
    wire = Scripted([items(item(), item(92)), provided(), packed({"order_item_id": 91, **GOOD}), ready()])
    done = LAZADA.ship(wire, ACCESS, [NOTICE], now=NOW)[0]
    assert (done.result, done.message, done.remote_id) == (Result.OK, "LZ1", "FP1")
    assert wire.json("packReq", 2) == {
        "pack_order_list": [{"order_id": "215189481504529", "order_item_list": ["91", "92"]}],
        "delivery_type": "dropship",
        "shipping_allocate_type": "TFS",
    }
    assert wire.json("readyToShipReq", 3) == {"packages": [{"package_id": "FP1"}]}


def test_a_cross_border_order_names_its_transfer_warehouse() -> None:
    wire = Scripted([items(item(), item(92)), provided("NTFS", "FM49"), packed({"order_item_id": 91, **GOOD}), ready()])
    assert LAZADA.ship(wire, ACCESS, [NOTICE], now=NOW)[0].result is Result.OK
    assert wire.json("packReq", 2)["shipment_provider_code"] == "FM49"


def test_a_call_made_again_after_packing_goes_on_with_the_second_step() -> None:
    standing = items(item(91, "packed", package_id="FP1", tracking_code="LZ1"), item(92, "packed", package_id="FP1"))
    wire = Scripted([standing, ready()])
    done = LAZADA.ship(wire, ACCESS, [NOTICE], now=NOW)[0]
    assert (done.result, done.remote_id) == (Result.OK, "FP1")
    assert len(wire.sent) == 2


def test_only_what_is_not_packed_yet_is_packed_when_the_first_call_packed_a_part() -> None:
    standing = items(item(91, "packed", package_id="FP1", tracking_code="LZ1"), item(92))
    both = {"code": "0", "result": {"success": True, "data": {"packages": [
        {"package_id": "FP1", "item_err_code": "0"}, {"package_id": "FP2", "item_err_code": "0"}]}}}  # fmt: skip
    second = {"order_item_id": 92, **GOOD, "package_id": "FP2", "tracking_number": "LZ2"}
    wire = Scripted([standing, provided(), packed(second), both])
    done = LAZADA.ship(wire, ACCESS, [NOTICE], now=NOW)[0]
    assert (done.result, done.remote_id, done.message) == (Result.OK, "FP1,FP2", "LZ1, LZ2")
    assert wire.json("packReq", 2)["pack_order_list"][0]["order_item_list"] == ["92"]
    assert wire.json("readyToShipReq", 3) == {"packages": [{"package_id": "FP1"}, {"package_id": "FP2"}]}


def test_items_that_are_ready_already_are_done() -> None:
    standing = items(
        item(91, "ready_to_ship", package_id="FP1", tracking_code="LZ1"), item(92, "shipped", package_id="FP1")
    )
    wire = Scripted([standing, standing])
    assert LAZADA.ship(wire, ACCESS, [NOTICE], now=NOW)[0].result is Result.ALREADY_DONE
    assert LAZADA.look_up(wire, ACCESS, [NOTICE], now=NOW)[0].result is Result.OK


def test_looking_up_items_that_are_not_ready_means_to_tell_again() -> None:
    done = LAZADA.look_up(Scripted([items(item(), item(92))]), ACCESS, [NOTICE], now=NOW)[0]
    assert (done.result, done.retry_at) == (Result.RETRY_LATER, None)


@pytest.mark.parametrize(
    ("answer", "result", "why", "code"),
    [
        (packed({"order_item_id": 91, "item_err_code": "700000", "msg": "no", "retry": False}),
         Result.REJECTED, Why.STATE_CHANGED, "700000"),
        (packed({"order_item_id": 91, "item_err_code": "6", "msg": "busy", "retry": True}), Result.RETRY_LATER, None, "6"),
        ({"code": "0", "result": {"success": False, "error_code": "700004", "error_msg": "param illegal"}},
         Result.REJECTED, Why.OTHER, "700004"),
        (packed(), Result.UNKNOWN, None, ""),
    ],
)  # fmt: skip
def test_each_item_answers_for_itself_though_the_whole_says_success(
    answer: Any, result: Result, why: Why | None, code: str
) -> None:
    done = LAZADA.ship(Scripted([items(item(), item(92)), provided(), answer]), ACCESS, [NOTICE], now=NOW)[0]
    assert (done.result, done.why, done.code) == (result, why, code)


def test_a_package_that_was_cancelled_meanwhile_is_a_changed_state() -> None:
    wire = Scripted(
        [items(item(), item(92)), provided(), packed({**GOOD}), ready("600002", "package already cancelled")]
    )
    done = LAZADA.ship(wire, ACCESS, [NOTICE], now=NOW)[0]
    assert (done.result, done.why, done.message) == (Result.REJECTED, Why.STATE_CHANGED, "package already cancelled")


def test_an_item_the_buyer_cancelled_stops_the_parcel_before_anything_is_packed() -> None:
    wire = Scripted([items(item(), item(92, "canceled"))])
    done = LAZADA.ship(wire, ACCESS, [NOTICE], now=NOW)[0]
    assert (done.result, done.why) == (Result.REJECTED, Why.STATE_CHANGED)
    assert len(wire.sent) == 1


def test_an_account_across_borders_brings_a_grant_per_country() -> None:
    # The example of a token in the platform's own guide, as community SDKs quote it.
    body = {
        "access_token": "50000601c", "refresh_token": "500016000", "country": "cb", "refresh_expires_in": 259200,
        "account_platform": "seller_center", "expires_in": 259200, "account": "xxx@126.com", "code": "0",
        "country_user_info": [
            {"country": "sg", "seller_id": "1001", "user_id": 10101},
            {"country": "my", "seller_id": "2001", "user_id": 20101},
        ],
    }  # fmt: skip
    wire = Scripted([body])
    grants = LAZADA.exchange(wire, APP, {"code": "c"}, back_to="", now=NOW)
    assert wire.sent[0].url == "https://a.test/rest/auth/token/create"
    assert [(grant.account, grant.extra) for grant in grants] == [
        ("1001", {"country": "sg"}), ("2001", {"country": "my"}),
    ]  # fmt: skip
    assert {grant.expires_at for grant in grants} == {NOW + timedelta(days=3)}


def test_a_push_is_believed_only_when_it_is_signed() -> None:
    body = json.dumps({
        "seller_id": "1001", "message_type": 0, "timestamp": 1603766859,
        "data": {"order_status": "unpaid", "trade_order_id": "260422900198363", "status_update_time": 1603766859},
    }).encode()  # fmt: skip
    signed = push_signature("123456", "s3cret", body)
    assert len(signed) == 64
    assert LAZADA.verify(APP, url="", headers={"authorization": signed}, body=body) is True
    assert LAZADA.verify(APP, url="", headers={"authorization": signed.upper()}, body=body) is False
    assert LAZADA.verify(APP, url="", headers={"authorization": signed}, body=body + b" ") is False
    assert LAZADA.verify(APP, url="", headers={}, body=body) is False
    assert LAZADA.events(headers={}, body=body) == [Event(EventKind.ORDER, "1001", ("260422900198363",))]
    ends = json.dumps({"seller_id": "1001", "message_type": 8, "data": {}}).encode()
    assert LAZADA.events(headers={}, body=ends) == [Event(EventKind.EXPIRING, "1001")]
    with pytest.raises(Malformed):
        LAZADA.events(headers={}, body=b"hello")


def test_the_package_shows_a_connector_of_its_name() -> None:
    assert MARKETPLACE.connector is not None
    assert MARKETPLACE.connector().name == MARKETPLACE.name == MARKETPLACE.policy.name == "lazada"
