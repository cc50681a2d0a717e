"""The twin of Lazada over HTTP: lists by offset, items, packages, pushes, faults."""

import hashlib
import hmac
import json
import threading
import urllib.parse
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.sandbox.played import Got, Played, playing

BACK = "http://127.0.0.1:9/back"


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Played]:
    with playing(tmp_path) as one:
        yield one


class Seller:
    """Signs and calls as a connector would; the signature is computed here, not by the twin's own function."""

    def __init__(self, played: Played, shop: str = "alpha") -> None:
        self.played = played
        app = played.control("apps")["lazada"]
        self.key, self.secret = app["key"], app["secret"]
        asked = {"response_type": "code", "client_id": self.key, "redirect_uri": BACK, "force_auth": "true"}
        form = {"shop": shop, "decision": "allow"}
        back = played.call("POST", "/lazada/auth/oauth/authorize", query=asked, form=form).headers["location"]
        self.code = urllib.parse.parse_qs(urllib.parse.urlsplit(back).query)["code"][0]
        self.tokens = self.send("/lazada/auth/rest", "/auth/token/create", {"code": self.code}).json
        self.session = self.tokens["access_token"]

    def send(self, base: str, path: str, params: dict[str, str], method: str = "POST", stamp: int | None = None) -> Got:
        stamp = self.played.now_ms() if stamp is None else stamp
        sent = {"app_key": self.key, "timestamp": str(stamp), "sign_method": "sha256", **params}
        text = path + "".join(key + sent[key] for key in sorted(sent))
        sent["sign"] = hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest().upper()
        if method == "GET":
            return self.played.call("GET", base + path, query=sent)
        return self.played.call("POST", base + path, form=sent)

    def raw(self, path: str, method: str = "GET", **params: Any) -> Any:
        texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}
        got = self.send("/lazada/api", path, {"access_token": self.session, **texts}, method)
        assert got.status == 200, got.body
        return got.json

    def call(self, path: str, method: str = "GET", **params: Any) -> Any:
        body = self.raw(path, method, **params)
        assert body["code"] == "0", body
        return body.get("data", body.get("result"))

    def orders(self, **more: str) -> list[str]:
        since = datetime.fromtimestamp(self.played.now_ms() / 1000 - 3600, UTC).isoformat(timespec="seconds")
        found = self.call("/orders/get", **{"update_after": since, **more})
        return [str(one["order_id"]) for one in found["orders"]]

    def items(self, order_id: str) -> Any:
        return self.call("/order/items/get", order_id=order_id)

    def pack(self, order_id: str, item_ids: list[Any]) -> Any:
        asked = {
            "pack_order_list": [{"order_id": int(order_id), "order_item_list": item_ids}],
            "delivery_type": "dropship",
            "shipping_allocate_type": "TFS",
        }
        result = self.call("/order/fulfill/pack", "POST", packReq=asked)
        assert result["success"] is True
        return result["data"]["pack_order_list"][0]["order_item_list"]

    def ready(self, package: str) -> Any:
        result = self.call("/order/package/rts", "POST", readyToShipReq={"packages": [{"package_id": package}]})
        return result["data"]["packages"][0]


@pytest.fixture
def seller(played: Played) -> Seller:
    return Seller(played)


def several(played: Played, pieces: int) -> str:
    """An order of at least this many pieces."""
    for order_id in played.make("lazada", count=60):
        if len(played.entry("lazada", order_id)["lines"]) >= pieces:
            return order_id
    raise AssertionError(f"no order of {pieces} pieces")


def test_a_code_becomes_tokens_that_name_the_seller_of_the_country(seller: Seller) -> None:
    assert (seller.tokens["code"], seller.tokens["country"]) == ("0", "sg")
    assert [one["seller_id"] for one in seller.tokens["country_user_info"]] == ["1000100200"]
    params = {"refresh_token": seller.tokens["refresh_token"]}
    fresh = seller.send("/lazada/auth/rest", "/auth/token/refresh", params).json
    assert (fresh["code"], fresh["access_token"] != seller.session) == ("0", True)
    again = seller.send("/lazada/auth/rest", "/auth/token/create", {"code": seller.code}).json
    assert again["code"] == "InvalidCode"


def test_a_timestamp_may_be_two_hours_off_and_a_path_not_signed_is_refused(seller: Seller) -> None:
    params = {"access_token": seller.session, "order_id": "1"}
    for off, code in ((7_199_000, "16"), (7_201_000, "IllegalTimestamp")):
        got = seller.send("/lazada/api", "/order/get", params, "GET", seller.played.now_ms() + off)
        assert (got.status, got.json["code"]) == (200, code)
    sent = {**params, "app_key": seller.key, "timestamp": str(seller.played.now_ms()), "sign_method": "sha256"}
    text = "".join(key + sent[key] for key in sorted(sent))
    sent["sign"] = hmac.new(seller.secret.encode(), text.encode(), hashlib.sha256).hexdigest().upper()
    assert seller.played.call("GET", "/lazada/api/order/get", query=sent).json["code"] == "IncompleteSignature"
    seller.played.control("tokens", marketplace="lazada", shop="alpha", act="expire")
    assert seller.raw("/order/get", order_id="1")["code"] == "IllegalAccessToken"


def test_the_list_goes_by_offset_and_refuses_what_is_out_of_bounds(seller: Seller) -> None:
    made = seller.played.make("lazada", count=25)
    seller.played.make("lazada", "beta")
    way = {"sort_by": "updated_at", "sort_direction": "ASC", "limit": "10"}
    pages = [seller.orders(offset=str(offset), **way) for offset in (0, 10, 20)]
    assert [one for page in pages for one in page] == made
    since = "2020-01-01T00:00:00+00:00"
    assert seller.raw("/orders/get")["code"] == "MissingParameter"
    assert seller.raw("/orders/get", update_after=since, limit="101")["code"] == "17"
    assert seller.raw("/orders/get", update_after=since, offset="5001")["code"] == "18"
    assert seller.raw("/orders/get", update_after="yesterday")["code"] == "14"
    assert seller.raw("/order/get", order_id="1")["code"] == "16"


def test_each_piece_is_an_item_with_the_status_and_prices_of_the_order(seller: Seller) -> None:
    made = several(seller.played, 3)
    entry = seller.played.entry("lazada", made)
    order, items = seller.call("/order/get", order_id=made), seller.items(made)
    assert (order["items_count"], order["statuses"]) == (len(items), ["pending"])
    assert order["price"] == f"{entry['total_minor'] / 100:.2f}"
    assert [(str(one["order_item_id"]), one["sku"]) for one in items] == [
        (line["line_id"], line["sku"]) for line in entry["lines"]
    ]
    assert round(sum(one["item_price"] for one in items) * 100) == entry["total_minor"]
    assert order["address_shipping"]["first_name"] == entry["recipient"]["name"]
    assert (order["address_shipping"]["country"], entry["recipient"]["country"]) == ("Singapore", "SG")
    assert order["created_at"].endswith(" +0800")
    (both,) = seller.call("/orders/items/get", order_ids=[int(made), 5])
    assert both["order_items"] == items


def test_some_items_are_packed_and_made_ready_and_the_rest_stays_pending(seller: Seller) -> None:
    made = several(seller.played, 2)
    first, *rest = [one["order_item_id"] for one in seller.items(made)]
    (packed,) = seller.pack(made, [first])
    assert (packed["item_err_code"], packed["order_item_id"]) == ("0", first)
    assert [one["status"] for one in seller.items(made)] == ["packed", *["pending"] * len(rest)]
    assert seller.played.entry("lazada", made)["shipments"] == []
    assert seller.ready(packed["package_id"])["item_err_code"] == "0"
    assert seller.items(made)[0]["status"] == "ready_to_ship"
    (shipment,) = seller.played.entry("lazada", made)["shipments"]
    assert (shipment["number"], shipment["lines"]) == (
        packed["tracking_number"],
        [{"line_id": str(first), "quantity": 1}],
    )
    assert seller.ready(packed["package_id"])["item_err_code"] == "700000"
    again = seller.pack(made, [first, 7])
    assert [(one["item_err_code"], one["retry"]) for one in again] == [("700026", False), ("700020", False)]
    assert seller.played.entry("lazada", made)["rejected"] == 2


def test_a_buyer_may_cancel_until_the_package_is_ready_and_then_carriers_take_it(seller: Seller) -> None:
    gone, sent = seller.played.make("lazada", count=2)
    (first, *_) = seller.pack(sent, [one["order_item_id"] for one in seller.items(sent)])
    seller.ready(first["package_id"])
    seller.played.control("act", marketplace="lazada", order_id=gone, act="cancel")
    assert {(one["status"], one["reason"]) for one in seller.items(gone)} == {("canceled", "Change of mind")}
    assert seller.pack(gone, [seller.items(gone)[0]["order_item_id"]])[0]["item_err_code"] == "700026"
    refused = {"marketplace": "lazada", "order_id": sent, "act": "cancel"}
    assert seller.played.call("POST", "/control/act", value=refused).status == 400
    seller.played.jump(86_401)
    assert {one["status"] for one in seller.items(sent)} == {"shipped"}
    seller.played.jump(4 * 86_400)
    assert {one["status"] for one in seller.items(sent)} == {"delivered"}


def test_an_address_is_masked_for_the_first_hour_where_that_is_asked_for(seller: Seller) -> None:
    (made,) = seller.played.make("lazada", kinds=("masked",))
    name = seller.played.entry("lazada", made)["recipient"]["name"]
    assert seller.call("/order/get", order_id=made)["address_shipping"]["first_name"] == f"{name[0]}**********"
    seller.played.jump(3601)
    assert seller.call("/order/get", order_id=made)["address_shipping"]["first_name"] == name


def test_a_push_for_each_changed_item_is_signed_over_app_key_and_body(seller: Seller) -> None:
    got: list[tuple[str, bytes]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((self.headers["Authorization"], self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *given: Any) -> None:
            return

    receiver = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=receiver.serve_forever)
    thread.start()
    try:
        seller.played.control("webhooks", marketplace="lazada", url=f"http://127.0.0.1:{receiver.server_port}/push")
        (made,) = seller.played.make("lazada")
        pieces = len(seller.items(made))
        sent = 0
        while seller.played.sandbox.world.hooks.deliver_one():
            sent += 1
    finally:
        receiver.shutdown()
        thread.join()
        receiver.server_close()
    assert (sent, len(got)) == (pieces, pieces)
    claimed, body = got[0]
    assert claimed == hmac.new(seller.secret.encode(), seller.key.encode() + body, hashlib.sha256).hexdigest()
    value = json.loads(body)
    assert (value["seller_id"], value["message_type"], value["site"]) == ("1000100200", 0, "lazada_sg")
    assert (value["data"]["trade_order_id"], value["data"]["order_status"]) == (made, "pending")
    assert value["timestamp"] // 1000 == value["data"]["status_update_time"]


def test_throttling_partial_packing_and_other_spellings_have_lazadas_shapes(seller: Seller) -> None:
    made = several(seller.played, 2)
    seller.played.fault("lazada", "throttle")
    said = seller.raw("/order/get", order_id=made)
    assert (said["type"], said["code"]) == ("ISP", "ApiCallLimit")
    seller.played.fault("lazada", "throttle", on=False)
    seller.played.fault("lazada", "partial_batch")
    told = seller.pack(made, [one["order_item_id"] for one in seller.items(made)])
    assert (told[-1]["item_err_code"], told[-1]["retry"]) == ("6", True)
    assert {one["item_err_code"] for one in told[:-1]} == {"0"}
    seller.played.fault("lazada", "partial_batch", on=False)
    seller.played.fault("lazada", "enum_drift")
    assert seller.items(made)[-1]["status"] == "topack"


def test_an_order_that_changes_while_pages_are_read_moves_another_across_the_pages_edge(seller: Seller) -> None:
    made = seller.played.make("lazada", count=25)
    before = datetime.fromtimestamp(seller.played.now_ms() / 1000 + 1, UTC).isoformat(timespec="seconds")
    seller.played.jump(60)
    way = {"sort_by": "updated_at", "sort_direction": "ASC", "limit": "10", "update_before": before}
    seller.played.fault("lazada", "orders_move")
    first = seller.orders(offset="0", **way)
    seller.played.fault("lazada", "orders_move", on=False)
    second = seller.orders(offset="10", **way)
    assert (first, second) == (made[:10], made[11:21])
    seller.played.fault("lazada", "duplicate_page")
    assert seller.orders(offset="20", **way) == [*made[21:], *made[21:]]
