"""The twin of Amazon over HTTP; every answer fits Amazon's own models."""

import json
import re
import urllib.parse
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.sandbox.amazon_model import misfits, model
from tests.sandbox.played import Got, Played, playing

ORDERS = "/amazon/api/orders/2026-01-01/orders"
ALL = "BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT,FULFILLMENT_ORDERS"
US, SELLER = "ATVPDKIKX0DER", "A2ALPHA7SELLER"
BACK = "http://127.0.0.1:9/back"


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Played]:
    with playing(tmp_path) as one:
        yield one


def grant(played: Played, shop: str = "alpha") -> dict[str, Any]:
    """Through the consent page and the code to tokens."""
    app = played.control("apps")["amazon"]
    asked = {"application_id": app["key"], "state": "s1", "redirect_uri": BACK}
    sent = played.call("POST", "/amazon/authorize", query=asked, form={"shop": shop, "decision": "allow"})
    back = urllib.parse.parse_qs(urllib.parse.urlsplit(sent.headers["location"]).query)
    form = {
        "grant_type": "authorization_code",
        "code": back["spapi_oauth_code"][0],
        "redirect_uri": BACK,
        "client_id": app["key"],
        "client_secret": app["secret"],
    }
    got = played.call("POST", "/amazon/auth/o2/token", form=form)
    assert got.status == 200, got.body
    tokens: dict[str, Any] = got.json
    return tokens


@pytest.fixture
def token(played: Played) -> str:
    return str(grant(played)["access_token"])


def call(played: Played, token: str, method: str, path: str, **more: Any) -> Got:
    return played.call(method, path, headers={"x-amz-access-token": token, **more.pop("headers", {})}, **more)


def iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def order(played: Played, token: str, order_id: str) -> Any:
    got = call(played, token, "GET", f"{ORDERS}/{order_id}", query={"includedData": ALL})
    assert got.status == 200, got.body
    assert misfits("orders_2026-01-01", "GetOrderResponse", got.json) == []
    return got.json["order"]


def search(played: Played, token: str, **query: str) -> Any:
    got = call(played, token, "GET", ORDERS, query={"includedData": ALL, **query})
    assert got.status == 200, got.body
    assert misfits("orders_2026-01-01", "SearchOrdersResponse", got.json) == []
    return got.json


def refused(got: Got, status: int, details: str, *, at: str = "orders_2026-01-01", of: str = "ErrorList") -> None:
    assert (got.status, misfits(at, of, got.json)) == (status, [])
    assert got.json["errors"][0]["details"] == details


def package(items: list[dict[str, Any]], ref: str = "1", number: str = "LT1", **more: Any) -> dict[str, Any]:
    detail = {
        "packageReferenceId": ref,
        "carrierCode": "Yanwen",
        "trackingNumber": number,
        "shipDate": "2026-11-22T01:00:00.000Z",
        "orderItems": items,
    }
    return {"marketplaceId": US, "packageDetail": {**detail, **more}}


def ship(played: Played, token: str, order_id: str, body: dict[str, Any]) -> Got:
    return call(played, token, "POST", f"/amazon/api/orders/v0/orders/{order_id}/shipmentConfirmation", value=body)


def items_of(wire: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"orderItemId": item["orderItemId"], "quantity": item["quantityOrdered"]} for item in wire["orderItems"]]


def ship_refused(got: Got, details: str, status: int = 400) -> None:
    refused(got, status, details, at="ordersV0", of="ConfirmShipmentErrorResponse")


# -- access


def test_the_checker_takes_amazons_own_examples_and_refuses_a_field_they_do_not_name() -> None:
    pairs = model("orders_2026-01-01")["paths"]["/orders/2026-01-01/orders"]["get"]["responses"]["200"]
    answers = [pair["response"] for pair in pairs["x-amzn-api-sandbox"]["static"]]
    assert [misfits("orders_2026-01-01", "SearchOrdersResponse", answer) for answer in answers] == [[], [], []]
    answers[0]["orders"][0]["colour"] = "red"
    del answers[0]["orders"][0]["salesChannel"]
    assert misfits("orders_2026-01-01", "SearchOrdersResponse", answers[0]) == [
        "SearchOrdersResponse.orders[0]: salesChannel is missing",
        "SearchOrdersResponse.orders[0]: the model has no field colour",
    ]


def test_the_consent_page_shows_both_shops_and_comes_back_with_code_state_and_seller(played: Played) -> None:
    app = played.control("apps")["amazon"]
    assert app["hosts"] == {
        name: f"http://127.0.0.1:{played.port}/amazon/{name}" for name in ("api", "auth", "authorize")
    }
    asked = {"application_id": app["key"], "state": "x y", "redirect_uri": BACK}
    page = played.call("GET", "/amazon/authorize", query=asked)
    assert re.findall(r'name="shop" value="(\w+)"', page.body.decode()) == ["alpha", "beta"]
    back = played.call("POST", "/amazon/authorize", query=asked, form={"shop": "beta", "decision": "allow"})
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(back.headers["location"]).query)
    assert (query["state"], query["selling_partner_id"]) == (["x y"], ["A3BETA8SELLER0"])
    denied = played.call("POST", "/amazon/authorize", query=asked, form={"shop": "beta", "decision": "deny"})
    assert "spapi_oauth_code" not in denied.headers["location"]
    assert "error=access_denied" in denied.headers["location"]


def test_a_code_is_good_once_and_a_refresh_token_gives_one_hour_again_and_again(played: Played) -> None:
    app = played.control("apps")["amazon"]
    tokens = grant(played)
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 3600)
    secret = {"client_id": app["key"], "client_secret": app["secret"]}
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], **secret}
    for _ in range(2):
        got = played.call("POST", "/amazon/auth/o2/token", form=form)
        assert (got.status, got.json["refresh_token"]) == (200, tokens["refresh_token"])
    wrong = played.call("POST", "/amazon/auth/o2/token", form={**form, "client_secret": "x"})
    assert (wrong.status, wrong.json["error"]) == (401, "invalid_client")
    played.control("tokens", marketplace="amazon", shop="alpha", act="revoke")
    gone = played.call("POST", "/amazon/auth/o2/token", form=form)
    assert (gone.status, gone.json["error"]) == (400, "invalid_grant")


def test_a_call_without_a_good_token_is_denied_and_says_why_only_in_details(played: Played, token: str) -> None:
    refused(played.call("GET", f"{ORDERS}/1"), 403, "Access token is missing in the request header.")
    malformed = "The access token you provided is revoked, malformed or invalid."
    refused(call(played, "Atza|x", "GET", f"{ORDERS}/1"), 403, malformed)
    played.jump(3601)
    refused(call(played, token, "GET", f"{ORDERS}/1"), 403, "The access token you provided has expired.")


def test_a_restricted_data_token_opens_only_the_paths_it_was_made_for(played: Played, token: str) -> None:
    first, other = played.make("amazon", count=2)
    asked = {"restrictedResources": [{"method": "GET", "path": f"/orders/2026-01-01/orders/{first}"}]}
    made = call(played, token, "POST", "/amazon/api/tokens/2021-03-01/restrictedDataToken", value=asked)
    assert misfits("tokens_2021-03-01", "CreateRestrictedDataTokenResponse", made.json) == []
    restricted = made.json["restrictedDataToken"]
    assert order(played, restricted, first)["orderId"] == first
    said = "The restricted data token does not give access to this resource."
    refused(call(played, restricted, "GET", f"{ORDERS}/{other}"), 403, said)


# -- orders


def test_a_search_pages_through_every_order_once_and_each_fits_the_model(played: Played, token: str) -> None:
    made = played.control("orders", marketplace="amazon", shop="alpha", count=60)["order_ids"]
    played.make("amazon", "beta", count=3)
    played.jump(121)
    since, seen, page, pages = iso(played.now_ms() - 600_000), [], "", 0
    while True:
        more = {"paginationToken": page} if page else {}
        answer = search(played, token, lastUpdatedAfter=since, maxResultsPerPage="25", **more)
        seen += [one["orderId"] for one in answer["orders"]]
        pages, page = pages + 1, answer.get("pagination", {}).get("nextToken", "")
        if not page:
            break
    assert (sorted(seen), pages) == (sorted(made), 3)
    assert answer["lastUpdatedBefore"] == iso(played.now_ms() - 120_000)


def test_orders_of_the_last_two_minutes_are_not_listed_and_may_not_be_asked_for(played: Played, token: str) -> None:
    (made,) = played.make("amazon")
    now = played.now_ms()
    assert search(played, token, createdAfter=iso(now - 60_000))["orders"] == []
    late = {"createdAfter": iso(now - 600_000), "createdBefore": iso(now - 60_000)}
    said = "createdBefore must be at least two minutes before the time of the request."
    refused(call(played, token, "GET", ORDERS, query=late), 400, said)
    played.jump(125)
    assert [one["orderId"] for one in search(played, token, createdAfter=iso(now - 60_000))["orders"]] == [made]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({}, "Exactly one of createdAfter and lastUpdatedAfter must be provided."),
        (
            {"createdAfter": "2026-01-01T00:00:00Z", "lastUpdatedAfter": "2026-01-01T00:00:00Z"},
            "Exactly one of createdAfter and lastUpdatedAfter must be provided.",
        ),
        (
            {"createdAfter": "2026-01-01T00:00:00Z", "lastUpdatedBefore": "2026-01-02T00:00:00Z"},
            "lastUpdatedBefore may not be provided with createdAfter.",
        ),
        ({"createdAfter": "yesterday"}, "createdAfter must be in ISO 8601 format."),
        (
            {"createdAfter": "2026-01-01T00:00:00Z", "maxResultsPerPage": "101"},
            "maxResultsPerPage must be between 1 and 100.",
        ),
        (
            {"createdAfter": "2026-01-01T00:00:00Z", "fulfillmentStatuses": "UNSHIPPED,Canceled"},
            "Canceled is not a value of fulfillmentStatuses.",
        ),
        (
            {"createdAfter": "2026-01-01T00:00:00Z", "paginationToken": "not ours"},
            "The paginationToken is not valid for this request.",
        ),
    ],
)
def test_a_search_that_does_not_fit_is_refused_with_the_reason(
    played: Played, token: str, query: dict[str, str], said: str
) -> None:
    refused(call(played, token, "GET", ORDERS, query=query), 400, said)


def test_an_order_says_what_was_bought_and_only_the_datasets_that_were_asked_for(played: Played, token: str) -> None:
    (made,) = played.make("amazon", kinds=("gift",))
    wire, stands = order(played, token, made), played.entry("amazon", made)
    assert wire["salesChannel"]["marketplaceId"] == US
    assert wire["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    assert wire["proceeds"]["grandTotal"] == {
        "amount": f"{stands['total_minor'] / 100:.2f}",
        "currencyCode": "USD",
    }
    assert wire["recipient"]["deliveryAddress"]["name"] == stands["recipient"]["name"]
    assert [(one["product"]["sellerSku"], one["quantityOrdered"]) for one in wire["orderItems"]] == [
        (line["sku"], line["quantity"]) for line in stands["lines"]
    ]
    assert wire["orderItems"][0]["fulfillment"]["packing"]["giftOption"]["giftMessage"]
    bare = call(played, token, "GET", f"{ORDERS}/{made}").json["order"]
    assert sorted(bare) == ["createdTime", "lastUpdatedTime", "orderId", "orderItems", "salesChannel"]


def test_a_pending_order_hides_buyer_recipient_and_money_until_it_is_paid(played: Played, token: str) -> None:
    (made,) = played.make("amazon", kinds=("unpaid",))
    wire = order(played, token, made)
    assert wire["fulfillment"]["fulfillmentStatus"] == "PENDING"
    assert not {"buyer", "recipient", "proceeds"} & set(wire)
    assert "price" not in wire["orderItems"][0]["product"]
    played.control("act", marketplace="amazon", order_id=made, act="pay")
    wire = order(played, token, made)
    assert wire["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    assert {"buyer", "recipient", "proceeds"} <= set(wire)


def test_an_order_of_another_seller_does_not_exist(played: Played, token: str) -> None:
    (made,) = played.make("amazon", "beta")
    refused(call(played, token, "GET", f"{ORDERS}/{made}"), 404, "There is no such order.")


def test_the_buyers_wish_to_cancel_stands_in_the_cancellation_data_and_goes_when_withdrawn(
    played: Played, token: str
) -> None:
    (made,) = played.make("amazon")
    played.control("act", marketplace="amazon", order_id=made, act="ask_cancel")
    wire = order(played, token, made)
    assert wire["orderItems"][0]["cancellation"] == {
        "cancellationRequest": {"requester": "BUYER", "cancelReason": "Buyer Requested Cancel"}
    }
    assert wire["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    played.control("act", marketplace="amazon", order_id=made, act="withdraw_cancel")
    assert "cancellation" not in order(played, token, made)["orderItems"][0]


# -- shipping


def test_a_parcel_with_part_of_the_pieces_and_then_the_rest_ships_the_order(played: Played, token: str) -> None:
    made = next(one for one in played.make("amazon", count=60) if _most(played, one) > 1)
    items = items_of(order(played, token, made))
    big = max(items, key=lambda item: item["quantity"])
    first = [{"orderItemId": big["orderItemId"], "quantity": 1}]
    sent = ship(played, token, made, package(first, "p1", "LT100"))
    assert (sent.status, sent.body, sent.headers["x-amzn-ratelimit-limit"]) == (204, b"", "2")
    wire = order(played, token, made)
    assert wire["fulfillment"]["fulfillmentStatus"] == "PARTIALLY_SHIPPED"
    assert [(one["packageReferenceId"], one["trackingNumber"]) for one in wire["packages"]] == [("p1", "LT100")]
    rest = [
        {**item, "quantity": item["quantity"] - (item is big)}
        for item in items
        if item is not big or item["quantity"] > 1
    ]
    assert ship(played, token, made, package(rest, "p2", "LT200")).status == 204
    wire = order(played, token, made)
    assert wire["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
    assert [item["fulfillment"]["quantityUnfulfilled"] for item in wire["orderItems"]] == [0] * len(items)
    assert [one["number"] for one in played.entry("amazon", made)["shipments"]] == ["LT100", "LT200"]


def _most(played: Played, order_id: str) -> int:
    return max(line["quantity"] for line in played.entry("amazon", order_id)["lines"])


def test_the_same_package_again_changes_nothing_and_with_another_number_corrects_it(played: Played, token: str) -> None:
    (made,) = played.make("amazon")
    items = items_of(order(played, token, made))
    assert misfits("ordersV0", "ConfirmShipmentRequest", package(items)) == []
    for number in ("LT1", "LT1", "LT2"):
        assert ship(played, token, made, package(items, "p1", number)).status == 204
    assert [one["number"] for one in played.entry("amazon", made)["shipments"]] == ["LT2"]
    again = ship(played, token, made, package(items, "p2", "LT3"))
    left = f"Of the item {items[0]['orderItemId']} 0 are left to ship: the order may be shipped already."
    ship_refused(again, left)
    other = ship(played, token, made, package([{**items[0], "quantity": 99}], "p1", "LT2"))
    ship_refused(other, "The package p1 was confirmed with other items.")
    assert played.entry("amazon", made)["rejected"] == 2


def test_a_confirmation_that_does_not_fit_is_refused_in_the_shape_of_amazons_own_sandbox(
    played: Played, token: str
) -> None:
    (made,) = played.make("amazon")
    items = items_of(order(played, token, made))
    bad_date = ship(played, token, made, package(items, shipDate="02/21/2022"))
    ship_refused(bad_date, "shipDate must be in ISO 8601 date/time format.")
    assert (bad_date.json["errors"][0]["code"], bad_date.json["errors"][0]["message"]) == ("Invalid Input",) * 2
    nameless = ship(played, token, made, package(items, carrierCode="Other"))
    ship_refused(nameless, "carrierName is required when carrierCode is Other.")
    elsewhere = {**package(items), "marketplaceId": "A1PA6795UKMFR9"}
    ship_refused(ship(played, token, made, elsewhere), "The order was not placed in this marketplace.")
    ship_refused(ship(played, token, "1-2-3", package(items)), "There is no such order.", 404)
    assert played.entry("amazon", made)["shipments"] == []


def test_an_order_that_the_buyer_cancelled_between_print_and_ship_cannot_be_shipped(played: Played, token: str) -> None:
    (made,) = played.make("amazon")
    items = items_of(order(played, token, made))
    played.control("act", marketplace="amazon", order_id=made, act="cancel")
    ship_refused(ship(played, token, made, package(items)), "An order that is CANCELLED cannot be shipped.")
    wire = order(played, token, made)
    assert wire["orderItems"][0]["cancellation"]["cancellationExecution"]["cancelledBy"] == "BUYER"
    assert played.entry("amazon", made)["cancelled"] is True


def test_amazon_cancels_by_itself_what_was_not_shipped_and_packages_arrive(played: Played) -> None:
    late, sent = played.make("amazon", count=2)
    token = str(grant(played)["access_token"])
    assert ship(played, token, sent, package(items_of(order(played, token, sent)))).status == 204
    played.jump(12 * 86400)
    token = str(grant(played)["access_token"])
    assert order(played, token, sent)["packages"][0]["packageStatus"] == {"status": "DELIVERED"}
    wire = order(played, token, late)
    assert wire["orderItems"][0]["cancellation"]["cancellationExecution"]["cancelledBy"] == "AMAZON"


# -- stock and feeds

LISTING = f"/amazon/api/listings/2021-08-01/items/{SELLER}"


def stock(played: Played, token: str, sku: str) -> int:
    query = {"marketplaceIds": US, "includedData": "fulfillmentAvailability"}
    got = call(played, token, "GET", f"{LISTING}/{sku}", query=query)
    assert misfits("listingsItems_2021-08-01", "Item", got.json) == []
    return int(got.json["fulfillmentAvailability"][0]["quantity"])


def stock_patch(quantity: Any) -> dict[str, Any]:
    value = [{"fulfillment_channel_code": "DEFAULT", "quantity": quantity}]
    return {
        "productType": "HOME",
        "patches": [{"op": "replace", "path": "/attributes/fulfillment_availability", "value": value}],
    }


def test_a_listing_takes_a_quantity_and_says_what_is_wrong_with_a_bad_one(played: Played, token: str) -> None:
    query = {"marketplaceIds": US}
    good = call(played, token, "PATCH", f"{LISTING}/SB-0007", query=query, value=stock_patch(13))
    bad = call(played, token, "PATCH", f"{LISTING}/SB-0007", query=query, value=stock_patch(-1))
    for got, status in ((good, "ACCEPTED"), (bad, "INVALID")):
        assert misfits("listingsItems_2021-08-01", "ListingsItemSubmissionResponse", got.json) == []
        assert (got.status, got.json["status"]) == (200, status)
    assert stock(played, token, "SB-0007") == 13
    unknown = call(played, token, "PATCH", f"{LISTING}/NOPE", query=query, value=stock_patch(1))
    refused(unknown, 400, f"SKU 'NOPE' not found in marketplace {US}", at="listingsItems_2021-08-01")


def feed(played: Played, token: str, kind: str, body: bytes, content_type: str) -> str:
    asked = {"contentType": content_type}
    made = call(played, token, "POST", "/amazon/api/feeds/2021-06-30/documents", value=asked)
    assert (made.status, misfits("feeds_2021-06-30", "CreateFeedDocumentResponse", made.json)) == (201, [])
    path = urllib.parse.urlsplit(made.json["url"]).path
    assert played.call("PUT", path, body=body, headers={"Content-Type": content_type}).status == 200
    value = {"feedType": kind, "marketplaceIds": [US], "inputFeedDocumentId": made.json["feedDocumentId"]}
    assert misfits("feeds_2021-06-30", "CreateFeedSpecification", value) == []
    got = call(played, token, "POST", "/amazon/api/feeds/2021-06-30/feeds", value=value)
    assert (got.status, misfits("feeds_2021-06-30", "CreateFeedResponse", got.json)) == (202, [])
    return str(got.json["feedId"])


def feed_now(played: Played, token: str, feed_id: str) -> Any:
    got = call(played, token, "GET", f"/amazon/api/feeds/2021-06-30/feeds/{feed_id}")
    assert misfits("feeds_2021-06-30", "Feed", got.json) == []
    return got.json


def report(played: Played, token: str, document_id: str) -> bytes:
    got = call(played, token, "GET", f"/amazon/api/feeds/2021-06-30/documents/{document_id}")
    assert misfits("feeds_2021-06-30", "FeedDocument", got.json) == []
    return played.call("GET", urllib.parse.urlsplit(got.json["url"]).path).body


def stock_feed(*quantities: tuple[str, int]) -> bytes:
    messages = [
        {"messageId": n + 1, "sku": sku, "operationType": "PATCH", **stock_patch(quantity)}
        for n, (sku, quantity) in enumerate(quantities)
    ]
    return json.dumps({"header": {"sellerId": SELLER, "version": "2.0"}, "messages": messages}).encode()


def test_a_listings_feed_waits_works_and_reports_each_message_that_failed(played: Played, token: str) -> None:
    body = stock_feed(("SB-0001", 5), ("NOPE", 6), ("SB-0002", 7))
    feed_id = feed(played, token, "JSON_LISTINGS_FEED", body, "application/json; charset=UTF-8")
    assert feed_now(played, token, feed_id)["processingStatus"] == "IN_QUEUE"
    played.jump(30)
    assert feed_now(played, token, feed_id)["processingStatus"] == "IN_PROGRESS"
    assert stock(played, token, "SB-0001") == 50
    played.jump(60)
    done = feed_now(played, token, feed_id)
    assert done["processingStatus"] == "DONE"
    said = json.loads(report(played, token, done["resultFeedDocumentId"]))
    assert said["header"] == {"sellerId": SELLER, "version": "2.0", "feedId": feed_id}
    assert [(one["messageId"], one["sku"], one["severity"]) for one in said["issues"]] == [(2, "NOPE", "ERROR")]
    assert said["summary"] == {
        "errors": 1, "warnings": 0, "messagesProcessed": 3, "messagesAccepted": 2, "messagesInvalid": 1,
    }  # fmt: skip
    assert (stock(played, token, "SB-0001"), stock(played, token, "SB-0002")) == (5, 7)


def test_a_fatal_feed_has_no_report_and_yet_applied_half_of_its_messages(played: Played, token: str) -> None:
    played.fault("amazon", "partial_batch")
    feed_id = feed(played, token, "JSON_LISTINGS_FEED", stock_feed(("SB-0001", 5), ("SB-0002", 7)), "application/json")
    played.jump(100)
    done = feed_now(played, token, feed_id)
    assert (done["processingStatus"], "resultFeedDocumentId" in done) == ("FATAL", False)
    assert (stock(played, token, "SB-0001"), stock(played, token, "SB-0002")) == (5, 50)


def test_an_acknowledgement_feed_cancels_what_is_unshipped_and_refuses_what_has_left(
    played: Played, token: str
) -> None:
    unwanted, sent = played.make("amazon", count=2)
    assert ship(played, token, sent, package(items_of(order(played, token, sent)))).status == 204
    messages = "".join(
        f"<Message><MessageID>{n}</MessageID><OrderAcknowledgement><AmazonOrderID>{one}</AmazonOrderID>"
        "<StatusCode>Failure</StatusCode><Item><CancelReason>BuyerCanceled</CancelReason></Item>"
        "</OrderAcknowledgement></Message>"
        for n, one in enumerate((unwanted, sent), 1)
    )
    body = f"<AmazonEnvelope><MessageType>OrderAcknowledgement</MessageType>{messages}</AmazonEnvelope>".encode()
    feed_id = feed(played, token, "POST_ORDER_ACKNOWLEDGEMENT_DATA", body, "text/xml; charset=UTF-8")
    played.jump(100)
    said = report(played, token, feed_now(played, token, feed_id)["resultFeedDocumentId"]).decode()
    assert "<MessagesSuccessful>1</MessagesSuccessful>" in said
    assert "<ResultDescription>An order that is SHIPPED cannot be cancelled.</ResultDescription>" in said
    wire = order(played, token, unwanted)
    assert wire["orderItems"][0]["cancellation"]["cancellationExecution"] == {
        "cancelledBy": "MERCHANT",
        "cancelReason": "BuyerCanceled",
    }
    assert played.entry("amazon", sent)["cancelled"] is False


# -- faults and limits


def test_a_search_has_a_burst_of_twenty_and_then_one_every_three_minutes(played: Played, token: str) -> None:
    query = {"createdAfter": iso(played.now_ms() - 600_000)}
    got = [call(played, token, "GET", ORDERS, query=query) for _ in range(21)]
    assert [one.status for one in got] == [200] * 20 + [429]
    assert got[0].headers["x-amzn-ratelimit-limit"] == "0.0056"
    assert "x-amzn-ratelimit-limit" not in got[20].headers
    assert misfits("orders_2026-01-01", "ErrorList", got[20].json) == []
    assert got[20].json["errors"][0]["code"] == "QuotaExceeded"
    played.jump(179)
    assert [call(played, token, "GET", ORDERS, query=query).status for _ in range(2)] == [200, 429]


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("throttle", 429, "QuotaExceeded"),
        ("ok_error", 503, "ServiceUnavailable"),
        ("error_before", 500, "InternalFailure"),
        ("token_death", 403, "Unauthorized"),
    ],
)
def test_every_trouble_has_amazons_shape(played: Played, token: str, fault: str, status: int, code: str) -> None:
    (made,) = played.make("amazon")
    played.fault("amazon", fault)
    got = call(played, token, "GET", f"{ORDERS}/{made}")
    assert (got.status, misfits("orders_2026-01-01", "ErrorList", got.json)) == (status, [])
    assert got.json["errors"][0]["code"] == code


def test_a_shipment_may_be_taken_although_the_answer_was_an_error(played: Played, token: str) -> None:
    (made,) = played.make("amazon")
    items = items_of(order(played, token, made))
    played.fault("amazon", "error_after")
    assert ship(played, token, made, package(items)).status == 500
    played.fault("amazon", "error_after", on=False)
    assert len(order(played, token, made)["packages"]) == 1


def test_a_drifting_status_is_spelled_as_v0_did(played: Played, token: str) -> None:
    (made,) = played.make("amazon")
    played.control("act", marketplace="amazon", order_id=made, act="cancel")
    played.fault("amazon", "enum_drift")
    got = call(played, token, "GET", f"{ORDERS}/{made}", query={"includedData": "FULFILLMENT"}).json["order"]
    assert (got["fulfillment"]["fulfillmentStatus"], got["fulfillment"]["fulfillmentServiceLevel"]) == (
        "Canceled",
        "SAME_HOUR",
    )
