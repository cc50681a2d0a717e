"""Shopify's twin over real HTTP, and its schema against Shopify's own."""

import base64
import gzip
import hashlib
import hmac
import json
import urllib.parse
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_client_schema,
)
from tests.sandbox.running import Front, Got, Mailbox, running

from entrepot.sandbox.twins.shopify import schema

THEIRS = Path(__file__).parents[3] / "shared/specs/shopify/admin_2026-10.json.gz"

ORDER = """
  legacyResourceId displayFinancialStatus displayFulfillmentStatus cancelledAt updatedAt
  lineItems(first: 10) { nodes { id sku quantity currentQuantity unfulfilledQuantity } }
  fulfillmentOrders(first: 10) { nodes {
    id status requestStatus supportedActions { action } fulfillmentHolds { id reason }
    lineItems(first: 10) { nodes { id remainingQuantity totalQuantity lineItem { id } } }
  } }
  fulfillments(first: 10) { id status trackingInfo { number company url }
    fulfillmentLineItems(first: 10) { nodes { quantity lineItem { id } } } }
"""
SHIP = "mutation($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) { fulfillment { id status } userErrors { field message } } }"
SET = """mutation($i: InventorySetQuantitiesInput!, $k: String!) {
  inventorySetQuantities(input: $i) @idempotent(key: $k) { inventoryAdjustmentGroup { id } userErrors { code field } } }"""


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with running(tmp_path_factory.mktemp("shopify")) as played:
        played.control("clock", action="pause")
        yield played


class Shop:
    """Shop alpha through its front door."""

    def __init__(self, sandbox: Front, name: str = "alpha") -> None:
        self.sandbox, self.name = sandbox, name
        app = sandbox.control("apps")["shopify"]
        self.key, self.secret = app["key"], app["secret"]
        self.token = self.grant()["access_token"]

    def answer(self, decision: str = "allow") -> dict[str, str]:
        got = self.sandbox.call(
            "POST", f"/shopify/{self.name}/admin/oauth/authorize", form={"shop": self.name, "decision": decision},
            query={"client_id": self.key, "scope": "read_orders", "redirect_uri": "http://house.example/back", "state": "s1"},
        )  # fmt: skip
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(got.headers["location"]).query))

    def tokens(self, **given: str) -> Got:
        value = {"client_id": self.key, "client_secret": self.secret, **given}
        return self.sandbox.call("POST", f"/shopify/{self.name}/admin/oauth/access_token", value=value)

    def grant(self, **given: str) -> Any:
        got = self.tokens(code=self.answer()["code"], **given)
        assert got.status == 200, got.body
        return got.json

    def post(self, query: str, token: str = "", **variables: Any) -> Got:
        return self.sandbox.call(
            "POST", f"/shopify/{self.name}/admin/api/2026-10/graphql.json", value={"query": query, "variables": variables},
            headers={"X-Shopify-Access-Token": token or self.token},
        )  # fmt: skip

    def ask(self, query: str, **variables: Any) -> Any:
        got = self.post(query, **variables)
        assert got.status == 200, got.body
        assert "errors" not in got.json, got.json["errors"]
        return got.json["data"]

    def order(self, number: str) -> Any:
        return self.ask(f"query($id: ID!) {{ order(id: $id) {{ {ORDER} }} }}", id=f"gid://shopify/Order/{number}")[
            "order"
        ]

    def made(self, *kinds: str) -> str:
        return self.sandbox.make("shopify", self.name, kinds=kinds or ("plain",))[0]

    def several(self) -> str:
        """An order of at least two pieces of its first line."""
        for _ in range(60):
            number = self.made()
            if self.order(number)["lineItems"]["nodes"][0]["quantity"] > 1:
                return number
        raise AssertionError("none came")

    def ship(self, number: str, tracking: str, quantity: int | None = None) -> Any:
        part = self.order(number)["fulfillmentOrders"]["nodes"][-1]
        row: dict[str, Any] = {"fulfillmentOrderId": part["id"]}
        if quantity is not None:
            row["fulfillmentOrderLineItems"] = [{"id": part["lineItems"]["nodes"][0]["id"], "quantity": quantity}]
        fulfillment = {"lineItemsByFulfillmentOrder": [row], "trackingInfo": {"company": "DHL", "number": tracking}}
        return self.ask(SHIP, f=fulfillment)["fulfillmentCreate"]

    def act(self, number: str, what: str) -> None:
        self.sandbox.control("act", marketplace="shopify", order_id=number, act=what)

    def entry(self, number: str) -> Any:
        return self.sandbox.entry("shopify", number)


@pytest.fixture
def alpha(sandbox: Front) -> Shop:
    return Shop(sandbox)


def iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat()


@pytest.mark.skipif(not THEIRS.is_file(), reason="Shopify's own schema is not beside this checkout")
def test_every_type_field_and_argument_is_as_shopify_publishes_it() -> None:
    theirs = build_client_schema(json.loads(gzip.decompress(THEIRS.read_bytes()))["data"], assume_valid=True)
    ours = schema()
    compared = 0
    for name, mine in ours.type_map.items():
        if name.startswith("__"):
            continue
        other = theirs.type_map[name]
        assert type(mine) is type(other), name
        if isinstance(mine, GraphQLEnumType):
            assert list(mine.values) == list(other.values), name
        if isinstance(mine, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for field, held in mine.fields.items():
                assert str(held.type) == str(other.fields[field].type), f"{name}.{field}"
                for argument, told in getattr(held, "args", {}).items():
                    assert str(told.type) == str(other.fields[field].args[argument].type), f"{name}.{field}({argument})"
                compared += 1
        if isinstance(mine, GraphQLInputObjectType):
            needed = {field for field, told in other.fields.items() if str(told.type).endswith("!")}
            assert needed <= set(mine.fields), name
    assert compared > 350
    ours_directive, their_directive = (s.get_directive("idempotent") for s in (ours, theirs))
    assert ours_directive is not None
    assert their_directive is not None
    assert ours_directive.locations == their_directive.locations


def test_the_consent_answer_is_signed_and_the_code_works_once(alpha: Shop) -> None:
    page = alpha.sandbox.call(
        "GET",
        "/shopify/alpha/admin/oauth/authorize",
        query={"client_id": alpha.key, "redirect_uri": "http://house.example/"},
    ).body.decode()
    assert 'name="decision" value="deny"' in page
    answer = alpha.answer()
    claimed = answer.pop("hmac")
    message = urllib.parse.urlencode(sorted(answer.items()))
    assert claimed == hmac.new(alpha.secret.encode(), message.encode(), hashlib.sha256).hexdigest()
    assert (answer["state"], answer["shop"]) == ("s1", "alpha.myshopify.com")
    assert alpha.answer("deny") == {"error": "access_denied", "state": "s1"}
    assert set(alpha.tokens(code=answer["code"]).json) == {"access_token", "scope"}
    assert alpha.tokens(code=answer["code"]).status == 400


def test_an_expiring_token_ends_in_an_hour_and_its_refresh_token_works_once(alpha: Shop) -> None:
    told = alpha.grant(expiring="1")
    assert (told["expires_in"], told["scope"]) == (3600, "read_orders")
    alpha.sandbox.jump(3600)
    assert alpha.post("{ shop { name } }", token=told["access_token"]).status == 401
    renewed = alpha.tokens(grant_type="refresh_token", refresh_token=told["refresh_token"])
    assert alpha.post("{ shop { name } }", token=renewed.json["access_token"]).json["data"] == {
        "shop": {"name": "Alpha Lanterns"}
    }
    assert alpha.tokens(grant_type="refresh_token", refresh_token=told["refresh_token"]).status == 400


def test_a_token_of_another_shop_and_a_misspelt_field_are_refused(alpha: Shop) -> None:
    beta = Shop(alpha.sandbox, "beta")
    assert alpha.post("{ shop { name } }", token=beta.token).status == 401
    wrong = alpha.post("{ shop { nmae } }")
    assert wrong.status == 200
    assert wrong.json["errors"][0]["message"].startswith("Cannot query field 'nmae' on type 'Shop'.")
    assert "data" not in wrong.json
    costly = alpha.post(
        "{ orders(first: 250) { nodes { fulfillmentOrders(first: 250) { nodes { lineItems(first: 250) { nodes { id } } } } } } }"
    ).json
    assert costly["errors"][0]["extensions"]["code"] == "MAX_COST_EXCEEDED"


def test_orders_are_listed_by_update_time_with_cursors(alpha: Shop) -> None:
    alpha.sandbox.jump(10)
    since = alpha.sandbox.now_ms()
    ids = alpha.sandbox.make("shopify", "alpha", count=5)
    query = """query($q: String!, $a: String) { orders(first: 2, after: $a, query: $q, sortKey: UPDATED_AT) {
      nodes { legacyResourceId } edges { cursor } pageInfo { hasNextPage endCursor } } }"""
    q = f"updated_at:>='{iso(since)}' AND updated_at:<'{iso(since + 1000)}'"
    found, after = [], None
    for _ in range(3):
        page = alpha.ask(query, q=q, a=after)["orders"]
        found.append([node["legacyResourceId"] for node in page["nodes"]])
        assert page["edges"][-1]["cursor"] == page["pageInfo"]["endCursor"]
        after = page["pageInfo"]["endCursor"]
    assert [one for some in found for one in some] == sorted(ids)
    assert page["pageInfo"]["hasNextPage"] is False
    assert alpha.ask(query, q=f"updated_at:>='{iso(since + 1000)}'", a=None)["orders"]["nodes"] == []
    strange = alpha.post(query, q="wild", a=None).json
    assert strange["errors"][0]["message"] == "The sandbox does not understand the search 'wild'"


def test_a_part_is_shipped_then_the_rest_and_never_more(alpha: Shop) -> None:
    number = alpha.several()
    first = alpha.order(number)["lineItems"]["nodes"][0]
    assert alpha.ship(number, "DHL1", 1)["userErrors"] == []
    order = alpha.order(number)
    assert (order["displayFulfillmentStatus"], order["fulfillmentOrders"]["nodes"][0]["status"]) == (
        "PARTIALLY_FULFILLED", "IN_PROGRESS",
    )  # fmt: skip
    too_many = alpha.ship(number, "DHL2", first["quantity"])
    assert too_many == {
        "fulfillment": None,
        "userErrors": [
            {"field": ["fulfillment"], "message": "Invalid fulfillment order line item quantity requested."}
        ],
    }
    assert alpha.ship(number, "DHL2")["userErrors"] == []
    order = alpha.order(number)
    assert (order["displayFulfillmentStatus"], order["fulfillmentOrders"]["nodes"][0]["status"]) == (
        "FULFILLED",
        "CLOSED",
    )
    again = alpha.ship(number, "DHL3")["userErrors"][0]["message"]
    assert again.endswith("has an unfulfillable status= closed.")
    told = alpha.entry(number)
    assert told["rejected"] == 2
    assert [(one["number"], one["carrier"]) for one in told["shipments"]] == [("DHL1", "DHL"), ("DHL2", "DHL")]
    sent = sum(row["quantity"] for one in told["shipments"] for row in one["lines"])
    assert sent == sum(line["quantity"] for line in told["lines"])


def test_a_number_is_corrected_and_a_fulfilment_taken_back(alpha: Shop) -> None:
    number = alpha.made()
    sent = alpha.ship(number, "OLD1")["fulfillment"]["id"]
    alpha.ask(
        """mutation($id: ID!, $t: FulfillmentTrackingInput!) { fulfillmentTrackingInfoUpdate(fulfillmentId: $id,
        trackingInfoInput: $t) { userErrors { message } } }""",
        id=sent, t={"company": "GLS", "number": "NEW1", "url": "https://track.example/NEW1"},
    )  # fmt: skip
    assert alpha.order(number)["fulfillments"][0]["trackingInfo"] == [
        {"number": "NEW1", "company": "GLS", "url": "https://track.example/NEW1"}
    ]
    undo = "mutation($id: ID!) { fulfillmentCancel(id: $id) { fulfillment { status } userErrors { message } } }"
    assert alpha.ask(undo, id=sent)["fulfillmentCancel"]["fulfillment"] == {"status": "CANCELLED"}
    order = alpha.order(number)
    assert order["displayFulfillmentStatus"] == "UNFULFILLED"
    assert [part["status"] for part in order["fulfillmentOrders"]["nodes"]] == ["CLOSED", "OPEN"]
    assert alpha.entry(number)["shipments"] == []
    assert alpha.ship(number, "AGAIN1")["userErrors"] == []


def test_a_held_order_says_what_is_allowed_and_ships_only_after_its_release(alpha: Shop) -> None:
    number = alpha.made("hold")
    part = alpha.order(number)["fulfillmentOrders"]["nodes"][0]
    assert (part["status"], part["fulfillmentHolds"][0]["reason"]) == ("ON_HOLD", "HIGH_RISK_OF_FRAUD")
    assert "CREATE_FULFILLMENT" not in {one["action"] for one in part["supportedActions"]}
    assert "status= on_hold" in alpha.ship(number, "X1")["userErrors"][0]["message"]
    release = "mutation($id: ID!) { fulfillmentOrderReleaseHold(id: $id) { fulfillmentOrder { status } userErrors { message } } }"
    assert alpha.ask(release, id=part["id"])["fulfillmentOrderReleaseHold"]["fulfillmentOrder"] == {"status": "OPEN"}
    hold = """mutation($id: ID!, $h: FulfillmentOrderHoldInput!) { fulfillmentOrderHold(id: $id, fulfillmentHold: $h) {
      fulfillmentHold { reason } userErrors { code } } }"""
    held = alpha.ask(hold, id=part["id"], h={"reason": "OTHER", "reasonNotes": "ours"})["fulfillmentOrderHold"]
    assert held == {"fulfillmentHold": {"reason": "OTHER"}, "userErrors": []}
    alpha.ask(release, id=part["id"])
    assert alpha.ship(number, "X1")["userErrors"] == []


def test_order_cancel_is_a_job_that_ends_a_moment_later(alpha: Shop) -> None:
    number = alpha.made()
    query = """mutation($id: ID!) { orderCancel(orderId: $id, reason: INVENTORY, restock: true) {
      job { id done } orderCancelUserErrors { code message } } }"""
    told = alpha.ask(query, id=f"gid://shopify/Order/{number}")["orderCancel"]
    assert (told["job"]["done"], told["orderCancelUserErrors"]) == (False, [])
    assert alpha.order(number)["cancelledAt"] is None
    alpha.sandbox.jump(2)
    order = alpha.order(number)
    assert alpha.ask("query($id: ID!) { job(id: $id) { done } }", id=told["job"]["id"])["job"] == {"done": True}
    assert (order["displayFinancialStatus"], order["lineItems"]["nodes"][0]["currentQuantity"]) == ("REFUNDED", 0)
    again = alpha.ask(query, id=f"gid://shopify/Order/{number}")["orderCancel"]
    assert again["orderCancelUserErrors"] == [{"code": "INVALID", "message": "Order has already been cancelled."}]
    assert alpha.entry(number)["cancelled"] is True


def test_a_request_to_cancel_is_answered_on_the_fulfilment_order(alpha: Shop) -> None:
    yes, no = alpha.made(), alpha.made()
    parts = {}
    for number in (yes, no):
        alpha.act(number, "ask_cancel")
        part = alpha.order(number)["fulfillmentOrders"]["nodes"][0]
        assert part["requestStatus"] == "CANCELLATION_REQUESTED"
        parts[number] = part["id"]
    for number, verb in ((yes, "Accept"), (no, "Reject")):
        field = f"fulfillmentOrder{verb}CancellationRequest"
        query = f"mutation($id: ID!) {{ {field}(id: $id) {{ fulfillmentOrder {{ status requestStatus }} userErrors {{ message }} }} }}"
        assert alpha.ask(query, id=parts[number])[field]["userErrors"] == []
        assert alpha.ask(query, id=parts[number])[field]["userErrors"] != []
    assert [alpha.order(one)["fulfillmentOrders"]["nodes"][0]["requestStatus"] for one in (yes, no)] == [
        "CANCELLATION_ACCEPTED", "CANCELLATION_REJECTED",
    ]  # fmt: skip


def test_stock_is_compared_and_set_once_per_key(alpha: Shop) -> None:
    found = alpha.ask(
        """{ productVariants(first: 1, query: "sku:SB-0007") { nodes { sku inventoryItem { id
        inventoryLevels(first: 5) { nodes { location { id } quantities(names: ["available"]) { quantity } } } } } } }"""
    )["productVariants"]["nodes"][0]
    level = found["inventoryItem"]["inventoryLevels"]["nodes"][0]
    assert (found["sku"], level["quantities"]) == ("SB-0007", [{"quantity": 100}])

    def given(quantity: int, before: int) -> dict[str, Any]:
        place = {"inventoryItemId": found["inventoryItem"]["id"], "locationId": level["location"]["id"]}
        row = {**place, "quantity": quantity, "changeFromQuantity": before}
        return {"name": "available", "reason": "correction", "quantities": [row]}

    def errors(key: str, quantity: int, before: int) -> list[str]:
        told = alpha.ask(SET, i=given(quantity, before), k=key)["inventorySetQuantities"]["userErrors"]
        return [error["code"] for error in told]

    assert errors("k1", 7, 100) == []
    assert errors("k1", 7, 100) == []
    assert errors("k1", 8, 100) == ["IDEMPOTENCY_KEY_PARAMETER_MISMATCH"]
    assert errors("k2", 8, 100) == ["CHANGE_FROM_QUANTITY_STALE"]
    assert errors("k3", -1, 7) == ["INVALID_QUANTITY_NEGATIVE"]
    assert errors("k4", 8, 7) == []
    bare = SET.replace("@idempotent(key: $k)", "").replace(", $k: String!", "")
    assert alpha.post(bare, i=given(9, 8)).json["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


def test_throttling_is_a_200_with_the_cost_and_nothing_is_done(alpha: Shop) -> None:
    number = alpha.made()
    part = alpha.order(number)["fulfillmentOrders"]["nodes"][0]["id"]
    alpha.sandbox.fault("shopify", "throttle")
    got = alpha.post(SHIP, f={"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": part}]})
    alpha.sandbox.control("faults", clear=True)
    assert got.status == 200
    assert got.json["errors"][0]["extensions"]["code"] == "THROTTLED"
    status = got.json["extensions"]["cost"]["throttleStatus"]
    assert status["currentlyAvailable"] < got.json["extensions"]["cost"]["requestedQueryCost"]
    assert alpha.entry(number)["shipments"] == []


def test_webhooks_are_signed_over_the_raw_body_and_named_by_topic(alpha: Shop) -> None:
    box = Mailbox()
    try:
        alpha.sandbox.control("webhooks", marketplace="shopify", url=box.url)
        number = alpha.made()
        alpha.act(number, "change_address")
        alpha.act(number, "cancel")
        alpha.sandbox.control("tokens", marketplace="shopify", shop="alpha", act="revoke")
        got = box.wait_for(4)
        assert [headers["x-shopify-topic"] for headers, _ in got] == [
            "orders/create", "orders/updated", "orders/cancelled", "app/uninstalled",
        ]  # fmt: skip
        for headers, body in got:
            digest = base64.b64encode(hmac.new(alpha.secret.encode(), body, hashlib.sha256).digest()).decode()
            assert headers["x-shopify-hmac-sha256"] == digest
            assert headers["x-shopify-shop-domain"] == "alpha.myshopify.com"
        assert json.loads(got[0][1])["id"] == int(number)
        assert len({headers["x-shopify-webhook-id"] for headers, _ in got}) == 4
        assert alpha.post("{ shop { name } }").status == 401
    finally:
        alpha.sandbox.control("webhooks", marketplace="shopify", url="")
        box.close()
