"""TikTok Shop's twin over real HTTP, read by an independent package's models."""

import json
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest
from pypdfium2 import PdfDocument
from tests.sandbox.running import Front, Mailbox, running
from tests.sandbox.tiktok_caller import Caller, unknown_fields
from tiktok_shop_api import Webhooks

HOUR = 3600
ROYAL_MAIL, YUN = "7117858858072016641", "7117858858072016643"
SEARCH, DETAIL = "/order/202309/orders/search", "/order/202507/orders"
SHIP = "/fulfillment/202309/packages/ship"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with running(tmp_path_factory.mktemp("tiktok")) as played:
        played.control("clock", action="pause")
        yield played


@pytest.fixture
def alpha(sandbox: Front) -> Caller:
    return Caller(sandbox, "alpha").sign_in()


@pytest.fixture
def mailbox(sandbox: Front) -> Iterator[Mailbox]:
    box = Mailbox()
    sandbox.control("webhooks", marketplace="tiktok", url=box.url)
    yield box
    sandbox.control("webhooks", marketplace="tiktok", url="")
    box.close()


def made(sandbox: Front, *kinds: str, shop: str = "alpha") -> str:
    return sandbox.make("tiktok", shop, kinds=kinds or ("plain",))[0]


def act(sandbox: Front, order_id: str, what: str) -> Any:
    return sandbox.control("act", marketplace="tiktok", order_id=order_id, act=what)


def status(sandbox: Front, order_id: str) -> str:
    found: str = sandbox.entry("tiktok", order_id)["status"]
    return found


def package_of(alpha: Caller, order_id: str) -> str:
    found: str = alpha.orders(order_id)[0]["packages"][0]["id"]
    return found


def ship(alpha: Caller, package: str, number: str, provider: str = ROYAL_MAIL) -> Any:
    body = {
        "packages": [{"id": package, "self_shipment": {"tracking_number": number, "shipping_provider_id": provider}}]
    }
    return alpha.ask("BatchShipPackagesResponse", "POST", SHIP, body=body)


def test_the_consent_page_offers_both_shops_and_sends_back_a_code_and_the_state(sandbox: Front) -> None:
    alpha = Caller(sandbox, "alpha")
    page = sandbox.call(
        "GET",
        "/tiktok/authorize",
        query={"service_id": alpha.key, "state": "st-1", "redirect_uri": "http://house.example/"},
    ).body.decode()
    assert 'name="shop" value="alpha"' in page
    assert 'name="shop" value="beta"' in page
    assert 'name="decision" value="allow"' in page
    assert 'name="decision" value="deny"' in page
    back = urllib.parse.urlsplit(alpha.consent("allow").headers["location"])
    answer = urllib.parse.parse_qs(back.query)
    assert (back.netloc, back.path, answer["x"], answer["state"]) == ("house.example", "/back", ["1"], ["st-1"])
    assert answer["code"][0].startswith("ROW_")
    denied = urllib.parse.parse_qs(urllib.parse.urlsplit(alpha.consent("deny").headers["location"]).query)
    assert "code" not in denied
    assert denied["error"] == ["access_denied"]


def test_a_code_works_once_and_so_does_a_refresh_token(sandbox: Front) -> None:
    alpha = Caller(sandbox, "alpha")
    code = urllib.parse.parse_qs(urllib.parse.urlsplit(alpha.consent("allow").headers["location"]).query)["code"][0]
    first = alpha.token("get", auth_code=code, grant_type="authorized_code").json["data"]
    assert first["access_token_expire_in"] == sandbox.now_ms() // 1000 + 7 * 86400
    assert alpha.token("get", auth_code=code, grant_type="authorized_code").json["code"] == 36004004
    renewed = alpha.token("refresh", refresh_token=first["refresh_token"], grant_type="refresh_token").json
    assert renewed["code"] == 0
    again = alpha.token("refresh", refresh_token=first["refresh_token"], grant_type="refresh_token").json
    assert again["code"] == 36004004
    old = alpha.call("GET", "/authorization/202309/shops", token=first["access_token"])
    assert (old.status, old.json["code"]) == (401, 105001)
    new = alpha.call("GET", "/authorization/202309/shops", token=renewed["data"]["access_token"])
    assert [shop["id"] for shop in new.json["data"]["shops"]] == ["7494799900000000001"]


def test_a_request_is_refused_for_a_wrong_signature_time_token_or_cipher(alpha: Caller) -> None:
    now = alpha.sandbox.now_ms() // 1000
    query = {"ids": "1"}
    codes = {
        "good": alpha.call("GET", DETAIL, query),
        "sign": alpha.call("GET", DETAIL, query, sign="0" * 64),
        "5 min late": alpha.call("GET", DETAIL, query, timestamp=str(now - 300)),
        "later": alpha.call("GET", DETAIL, query, timestamp=str(now - 301)),
        "30 s early": alpha.call("GET", DETAIL, query, timestamp=str(now + 30)),
        "earlier": alpha.call("GET", DETAIL, query, timestamp=str(now + 31)),
        "token": alpha.call("GET", DETAIL, query, token="ROW_other"),
        "cipher": alpha.call("GET", DETAIL, query, shop_cipher="GCP_betaCIPHER00002"),
    }
    assert {name: got.json["code"] for name, got in codes.items()} == {
        "good": 0, "sign": 106001, "5 min late": 0, "later": 36009004, "30 s early": 0, "earlier": 36009004,
        "token": 105001, "cipher": 106013,
    }  # fmt: skip


def test_an_expired_token_says_so_and_a_revoked_shop_is_told_by_webhook(sandbox: Front, mailbox: Mailbox) -> None:
    beta = Caller(sandbox, "beta").sign_in()
    sandbox.control("tokens", marketplace="tiktok", shop="beta", act="expire")
    assert beta.call("GET", DETAIL, {"ids": "1"}).json["code"] == 105002
    sandbox.control("tokens", marketplace="tiktok", shop="beta", act="revoke")
    refused = beta.token("refresh", refresh_token=beta.refresh, grant_type="refresh_token")
    assert refused.json["code"] == 36004004
    headers, body = mailbox.wait_for(1)[0]
    event = Webhooks.verify_and_parse(
        app_key=beta.key, app_secret=beta.secret, raw_body=body, signature=headers["authorization"]
    )
    assert (event.type_, event.shop_id) == (6, "7494799900000000002")


def test_search_pages_by_update_time_and_finds_every_order_once(alpha: Caller) -> None:
    since = alpha.sandbox.now_ms() // 1000
    ids = sorted(alpha.sandbox.make("tiktok", "alpha", count=7))
    found: list[str] = []
    token = ""
    for _ in range(4):
        data = alpha.ask(
            "GetOrderListResponse", "POST", SEARCH,
            {"page_size": "2", "sort_field": "update_time", "sort_order": "ASC", **({"page_token": token} if token else {})},
            {"update_time_ge": since, "update_time_lt": since + 1},
        )  # fmt: skip
        found += [order["id"] for order in data["orders"]]
        token = data["next_page_token"]
    assert token == ""
    assert sorted(one for one in found if one in ids) == ids
    assert len(found) == len(set(found)) == data["total_count"]
    late = alpha.ask(
        "GetOrderListResponse", "POST", SEARCH, {"page_size": "2", "sort_field": "update_time", "sort_order": "ASC"},
        {"update_time_ge": since + 1},
    )  # fmt: skip
    assert late["orders"] == []


def test_another_shops_order_does_not_exist(alpha: Caller) -> None:
    theirs = made(alpha.sandbox, shop="beta")
    assert alpha.orders(theirs) == []


def test_a_sellers_parcel_is_shipped_once_and_its_number_can_be_corrected(alpha: Caller) -> None:
    sandbox, order_id = alpha.sandbox, made(alpha.sandbox)
    package = package_of(alpha, order_id)
    assert ship(alpha, package, "RB123456785GB") == {}
    order = alpha.orders(order_id)[0]
    assert (order["status"], order["tracking_number"], order["shipping_provider"]) == (
        "AWAITING_COLLECTION", "RB123456785GB", "Royal Mail",
    )  # fmt: skip
    again = ship(alpha, package, "RB123456785GB")
    assert again["errors"] == [
        {"code": 21011006, "message": "The package has already been shipped", "detail": {"package_id": package}}
    ]
    path = f"/fulfillment/202610/packages/{package}/shipping_info/update"
    body = {"shipping_info_list": [{"tracking_number": "YT2600000001", "shipping_provider_id": YUN}]}
    alpha.ask("UpdatePackageShippingInfoResponse", "POST", path, body=body)
    told = sandbox.entry("tiktok", order_id)
    assert told["rejected"] == 1
    assert [(s["number"], s["carrier"], s["times_told"], len(s["lines"])) for s in told["shipments"]] == [
        ("YT2600000001", YUN, 1, len(order["line_items"]))
    ]
    detail = alpha.ask("GetPackageDetailResponse", "GET", f"/fulfillment/202309/packages/{package}")
    assert (detail["package_status"], detail["tracking_number"]) == ("PROCESSING", "YT2600000001")


def test_shipping_is_refused_for_bad_numbers_states_and_open_requests(alpha: Caller) -> None:
    sandbox = alpha.sandbox
    good, held, asked = made(sandbox), made(sandbox, "hold"), made(sandbox)
    act(sandbox, asked, "ask_cancel")
    packages = {name: package_of(alpha, one) for name, one in (("good", good), ("held", held), ("asked", asked))}
    errors = {
        "number": ship(alpha, packages["good"], "x!"),
        "provider": ship(alpha, packages["good"], "RB000000001GB", "42"),
        "held": ship(alpha, packages["held"], "RB000000001GB"),
        "asked": ship(alpha, packages["asked"], "RB000000001GB"),
        "unknown": ship(alpha, "1", "RB000000001GB"),
    }
    assert {name: data["errors"][0]["code"] for name, data in errors.items()} == {
        "number": 21011022, "provider": 21011022, "held": 21021010, "asked": 21011007, "unknown": 21011001,
    }  # fmt: skip
    assert [sandbox.entry("tiktok", one)["rejected"] for one in (good, held, asked)] == [2, 1, 1]
    assert sandbox.entry("tiktok", good)["shipments"] == []


def test_a_batch_answers_success_and_names_only_the_packages_that_failed(alpha: Caller) -> None:
    ids = [made(alpha.sandbox) for _ in range(3)]
    packages = [package_of(alpha, one) for one in ids]
    act(alpha.sandbox, ids[1], "cancel")
    rows = [
        {"id": one, "self_shipment": {"tracking_number": f"RB00000010{n}GB", "shipping_provider_id": ROYAL_MAIL}}
        for n, one in enumerate(packages)
    ]
    data = alpha.ask("BatchShipPackagesResponse", "POST", SHIP, body={"packages": rows})
    assert [error["detail"]["package_id"] for error in data["errors"]] == [packages[1]]
    assert [status(alpha.sandbox, one) for one in ids] == ["AWAITING_COLLECTION", "CANCELLED", "AWAITING_COLLECTION"]


def test_an_order_is_split_by_piece_and_half_of_it_shipped(alpha: Caller, mailbox: Mailbox) -> None:
    order_id = next(
        one
        for one in (made(alpha.sandbox, "repeat") for _ in range(40))
        if len(alpha.orders(one)[0]["line_items"]) == 2
    )
    alpha.sandbox.call("GET", "/control/state")
    first, second = (line["id"] for line in alpha.orders(order_id)[0]["line_items"])
    can = alpha.ask(
        "GetOrderSplitAttributesResponse", "GET", "/fulfillment/202309/orders/split_attributes", {"order_ids": order_id}
    )
    assert can["split_attributes"] == [{"order_id": order_id, "can_split": True, "must_split": False}]
    groups = [{"id": "a", "order_line_item_ids": [first]}, {"id": "b", "order_line_item_ids": [second]}]
    path = f"/fulfillment/202309/orders/{order_id}/split"
    cut = alpha.ask("ConfirmOrderSplitResponse", "POST", path, body={"splittable_groups": groups})["packages"]
    assert [one["splittable_group_id"] for one in cut] == ["a", "b"]
    assert ship(alpha, cut[0]["id"], "RB555000001GB") == {}
    order = alpha.orders(order_id)[0]
    assert (order["status"], order["split_or_combine_tag"]) == ("PARTIALLY_SHIPPING", "SPLIT")
    assert [line["tracking_number"] for line in order["line_items"]] == ["RB555000001GB", ""]
    ship(alpha, cut[1]["id"], "RB555000002GB")
    assert status(alpha.sandbox, order_id) == "AWAITING_COLLECTION"
    kinds = [json.loads(body) for _, body in mailbox.wait_for(1) if json.loads(body)["type"] == 4]
    assert kinds[0]["data"]["sc_type"] == "SPLIT"


def test_pieces_without_a_package_are_shipped_by_order(alpha: Caller) -> None:
    order_id = made(alpha.sandbox, "no_package")
    order = alpha.orders(order_id)[0]
    assert order["packages"] == []
    body = {
        "order_line_list": [{"order_line_id": line["id"]} for line in order["line_items"]],
        "shipping_info_list": [{"tracking_number": "RB777000001GB", "shipping_provider_id": ROYAL_MAIL}],
    }
    path = f"/fulfillment/202610/orders/{order_id}/packages"
    data = alpha.ask("MarkPackageAsShippedResponse", "POST", path, body=body)
    assert data["order_id"] == order_id
    assert alpha.call("POST", path, body=body).json["code"] == 21021010
    assert [s["number"] for s in alpha.sandbox.entry("tiktok", order_id)["shipments"]] == ["RB777000001GB"]


def test_a_platform_label_is_a_real_pdf_of_ten_by_fifteen_and_its_link_ends(alpha: Caller) -> None:
    sandbox, order_id = alpha.sandbox, made(alpha.sandbox, "platform_label")
    package = package_of(alpha, order_id)
    path, query = f"/fulfillment/202309/packages/{package}/shipping_documents", {"document_type": "SHIPPING_LABEL"}
    assert alpha.call("GET", path, query).json["code"] == 21021010
    alpha.ask(
        "ShipPackageResponse",
        "POST",
        f"/fulfillment/202309/packages/{package}/ship",
        body={"handover_method": "PICKUP"},
    )
    data = alpha.ask("GetPackageShippingDocumentResponse", "GET", path, query)
    link = urllib.parse.urlsplit(data["doc_url"]).path
    page = PdfDocument(sandbox.call("GET", link).body)[0]
    assert [round(side / 72 * 25.4) for side in page.get_size()] == [100, 150]
    assert data["tracking_number"] in page.get_textpage().get_text_range()
    sandbox.jump(24 * HOUR + 1)
    assert sandbox.call("GET", link).status == 403


def test_unpaid_is_reminded_after_15_minutes_and_16_hours_and_cancelled_after_48(sandbox: Front) -> None:
    order_id = made(sandbox, "unpaid")
    start = sandbox.now_ms() // 1000
    sandbox.jump(15 * 60 - 1)
    assert sandbox.entry("tiktok", order_id)["reminders"] == []
    sandbox.jump(1)
    assert sandbox.entry("tiktok", order_id)["reminders"] == [start + 15 * 60]
    sandbox.jump(48 * HOUR - 15 * 60 - 1)
    entry = sandbox.entry("tiktok", order_id)
    assert (entry["status"], entry["paid"], entry["reminders"]) == (
        "UNPAID",
        False,
        [start + 15 * 60, start + 16 * HOUR],
    )
    sandbox.jump(1)
    entry = sandbox.entry("tiktok", order_id)
    assert (entry["status"], entry["cancelled"]) == ("CANCELLED", True)


def test_paid_in_time_is_on_hold_for_an_hour_with_a_masked_address_and_then_released(alpha: Caller) -> None:
    sandbox, order_id = alpha.sandbox, made(alpha.sandbox, "unpaid")
    sandbox.jump(HOUR)
    act(sandbox, order_id, "pay")
    order = alpha.orders(order_id)[0]
    assert (order["status"], order["is_on_hold_order"], order["recipient_address"]["phone_number"]) == (
        "ON_HOLD",
        True,
        "***",
    )
    sandbox.jump(HOUR - 1)
    assert status(sandbox, order_id) == "ON_HOLD"
    sandbox.jump(1)
    order = alpha.orders(order_id)[0]
    assert (order["status"], order["update_time"]) == ("AWAITING_SHIPMENT", sandbox.now_ms() // 1000)
    assert order["recipient_address"]["phone_number"] == sandbox.entry("tiktok", order_id)["recipient"]["phone"]
    sandbox.jump(72 * HOUR)
    assert status(sandbox, order_id) == "AWAITING_SHIPMENT"


def test_a_request_to_cancel_that_is_not_answered_in_48_hours_cancels(alpha: Caller) -> None:
    sandbox, order_id = alpha.sandbox, made(alpha.sandbox)
    act(sandbox, order_id, "ask_cancel")
    asked = alpha.ask(
        "SearchCancellationsResponse", "POST", "/return_refund/202602/cancellations/search", {"page_size": "50"},
        {"order_ids": [order_id], "cancel_status": ["CANCELLATION_REQUEST_PENDING"]},
    )["cancellations"]  # fmt: skip
    deadline = sandbox.now_ms() // 1000 + 48 * HOUR
    assert asked[0]["seller_next_action_response"] == [{"action": "SELLER_RESPOND_BUYER_CANCEL", "deadline": deadline}]
    assert alpha.orders(order_id)[0]["is_buyer_request_cancel"] is True
    sandbox.jump(48 * HOUR - 1)
    assert status(sandbox, order_id) == "AWAITING_SHIPMENT"
    sandbox.jump(1)
    assert status(sandbox, order_id) == "CANCELLED"


def test_a_request_is_approved_once_by_its_key_or_rejected_with_a_listed_reason(
    sandbox: Front, mailbox: Mailbox
) -> None:
    alpha = Caller(sandbox, "alpha").sign_in()
    yes, no = made(sandbox), made(sandbox)
    request = {}
    for one in (yes, no):
        act(sandbox, one, "ask_cancel")
        request[one] = alpha.ask(
            "SearchCancellationsResponse", "POST", "/return_refund/202602/cancellations/search", {"page_size": "5"},
            {"order_ids": [one]},
        )["cancellations"][0]["cancel_id"]  # fmt: skip
    path = f"/return_refund/202309/cancellations/{request[yes]}/approve"
    for _ in range(2):
        alpha.ask("ApproveCancellationResponse", "POST", path, {"idempotency_key": "k1"}, {})
    assert alpha.call("POST", path, {"idempotency_key": "k2"}, {}).json["code"] == 21021010
    path = f"/return_refund/202309/cancellations/{request[no]}/reject"
    assert alpha.call("POST", path, {}, {"reject_reason": "no"}).json["code"] == 36009004
    reasons = alpha.ask(
        "GetDecisionEligibilityResponse",
        "GET",
        "/return_refund/202601/decision_eligibility",
        {"aftersale_id": request[no]},
    )["decisions"][1]["available_reject_reasons"]
    alpha.ask("RejectCancellationResponse", "POST", path, {}, {"reject_reason": reasons[0]["name"]})
    sandbox.jump(49 * HOUR)
    assert [status(sandbox, one) for one in (yes, no)] == ["CANCELLED", "AWAITING_SHIPMENT"]
    events = [
        Webhooks.verify_and_parse(
            app_key=alpha.key, app_secret=alpha.secret, raw_body=body, signature=headers["authorization"]
        )
        for headers, body in mailbox.wait_for(7)
    ]
    assert all(unknown_fields(event) == [] for event in events)
    spelled = {(e.data.order_id, e.data.cancel_status) for e in events if e.type_ == 11}
    assert (no, "CANCELLATION_REQUEST_CANCELLED") in spelled
    assert (yes, "CANCEL") in {(e.data.order_id, e.data.order_status) for e in events if e.type_ == 1}


def test_a_seller_who_cancels_finds_the_listing_at_nothing(alpha: Caller) -> None:
    sandbox, order_id = alpha.sandbox, made(alpha.sandbox)
    line = alpha.orders(order_id)[0]["line_items"][0]
    path = f"/return_refund/202602/orders/{order_id}/aftersale_eligibility"
    can = alpha.ask("GetAftersaleEligibilityResponse", "GET", path)["sku_eligibility"][0]["line_item_eligibility"][0]
    body = {"order_id": order_id, "cancel_reason": can["available_reason_names"][0]}
    alpha.ask("CancelOrderResponse", "POST", "/return_refund/202602/cancellations", body=body)
    stock = alpha.ask(
        "InventorySearchResponse", "POST", "/product/202309/inventory/search", body={"sku_ids": [line["sku_id"]]}
    )["inventory"][0]["skus"][0]
    assert (status(sandbox, order_id), stock["total_available_quantity"]) == ("CANCELLED", 0)


def test_stock_must_name_every_warehouse_of_the_sku(sandbox: Front) -> None:
    beta = Caller(sandbox, "beta").sign_in()
    line = beta.orders(made(sandbox, shop="beta"))[0]["line_items"][0]
    path = f"/product/202309/products/{line['product_id']}/inventory/update"
    one, two = "7000000000000000001", "7000000000000000002"

    def update(*rows: tuple[str, int]) -> Any:
        inventory = [{"warehouse_id": w, "quantity": q} for w, q in rows]
        return beta.ask(
            "UpdateInventoryResponse", "POST", path, body={"skus": [{"id": line["sku_id"], "inventory": inventory}]}
        )

    assert update((one, 5))["errors"][0]["detail"] == {"sku_id": line["sku_id"]}
    assert update((one, 5), (two, 6)) == {}
    held = beta.ask(
        "InventorySearchResponse", "POST", "/product/202309/inventory/search", body={"sku_ids": [line["sku_id"]]}
    )
    assert held["inventory"][0]["skus"][0]["total_available_quantity"] == 11


def test_two_orders_of_one_buyer_are_combined_and_shipped_as_one_parcel(alpha: Caller) -> None:
    sandbox = alpha.sandbox
    twice = [
        sandbox.control("orders", marketplace="tiktok", shop="alpha", count=1, seed=4, kinds=["plain"]) for _ in "ab"
    ]
    ids = [one["order_ids"][0] for one in twice]
    body = {"combinable_packages": [{"id": "1", "order_ids": ids}]}
    data = alpha.ask("CombinePackageResponse", "POST", "/fulfillment/202309/packages/combine", body=body)
    package = data["packages"][0]["id"]
    ship(alpha, package, "RB888000001GB")
    assert [sandbox.entry("tiktok", one)["shipments"][0]["number"] for one in ids] == ["RB888000001GB"] * 2
    bundle = alpha.ask(
        "CreateFirstMileBundleV2Response", "POST", "/fulfillment/202510/first_mile_bundle",
        body={"order_ids": ids, "handover_method": "DROP_OFF"},
    )  # fmt: skip
    link = urllib.parse.urlsplit(bundle["url"]).path
    text = PdfDocument(sandbox.call("GET", link).body)[0].get_textpage().get_text_range()
    assert text.splitlines() == [f"First mile bundle {bundle['first_mile_bundle_id']}", "2 orders"]


def test_a_late_payer_pays_by_himself_and_an_ending_authorization_is_told(sandbox: Front, mailbox: Mailbox) -> None:
    order_id = made(sandbox, "pays_late")
    assert status(sandbox, order_id) == "UNPAID"
    sandbox.jump(3 * HOUR)
    entry = sandbox.entry("tiktok", order_id)
    assert entry["paid"] is True
    assert not {"remind_payment", "cancel_unpaid", "pay"} & {one["act"] for one in entry["planned"]}
    sandbox.control("tokens", marketplace="tiktok", shop="alpha", act="expiring")
    alpha = Caller(sandbox, "alpha")
    headers, body = mailbox.wait_for_one(lambda body: json.loads(body)["type"] == 7)
    last = Webhooks.verify_and_parse(
        app_key=alpha.key, app_secret=alpha.secret, raw_body=body, signature=headers["authorization"]
    )
    assert unknown_fields(last) == []
    assert last.data.expiration_time == str(sandbox.now_ms() // 1000 + 30 * 86400)


def test_a_change_of_address_and_a_recut_package_are_told(alpha: Caller, mailbox: Mailbox) -> None:
    sandbox, order_id = alpha.sandbox, made(alpha.sandbox)
    before, package = alpha.orders(order_id)[0], package_of(alpha, order_id)
    act(sandbox, order_id, "change_address")
    act(sandbox, order_id, "recut")
    after = alpha.orders(order_id)[0]
    assert after["recipient_address"]["address_line1"] != before["recipient_address"]["address_line1"]
    assert after["has_updated_recipient_address"] is True
    assert ship(alpha, package, "RB999000001GB")["errors"][0]["code"] == 21011001
    types = {json.loads(body)["type"] for _, body in mailbox.wait_for(3)}
    assert types == {1, 3, 4}
