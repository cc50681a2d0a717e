"""The twin of Amazon: Selling Partner API, Login with Amazon, and the consent page."""

from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.wrappers import Request

from entrepot.sandbox.drafts import Draft
from entrepot.sandbox.faults import Fault
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.store import Order
from entrepot.sandbox.twin import Exchange, Operation, Reply, Routes, json_reply
from entrepot.sandbox.twins import amazon_access, amazon_feeds, amazon_listings, amazon_orders, amazon_states
from entrepot.sandbox.twins.amazon_errors import SpError, internal, not_found, quota_exceeded, unavailable
from entrepot.sandbox.twins.amazon_limits import PLANS, Buckets
from entrepot.sandbox.twins.amazon_shipment import confirm
from entrepot.sandbox.world import World

SHOPS = (
    Shop(
        "alpha",
        "A2ALPHA7SELLER",
        "USD",
        "US",
        "Amazon.com",
        {"marketplace_id": "ATVPDKIKX0DER", "region": "na"},
    ),
    Shop(
        "beta",
        "A3BETA8SELLER0",
        "EUR",
        "DE",
        "Amazon.de",
        {"marketplace_id": "A1PA6795UKMFR9", "region": "eu"},
    ),
)
API, FEEDS, LISTING = "/amazon/api", "/amazon/api/feeds/2021-06-30", "/amazon/api/listings/2021-08-01/items"
ROUTES = Routes(
    {
        ("GET", "/amazon/authorize"): ("consent", False),
        ("GET", "/amazon/authorize/apps/authorize/consent"): ("consent", False),
        ("POST", "/amazon/authorize"): ("decide", True),
        ("POST", "/amazon/authorize/apps/authorize/consent"): ("decide", True),
        ("POST", "/amazon/auth/o2/token"): ("token", False),
        ("POST", "/amazon/auth/auth/o2/token"): ("token", False),
        ("GET", f"{API}/orders/2026-01-01/orders"): ("searchOrders", False),
        ("GET", f"{API}/orders/2026-01-01/orders/<order_id>"): ("getOrder", False),
        ("POST", f"{API}/orders/v0/orders/<order_id>/shipmentConfirmation"): ("confirmShipment", True),
        ("POST", f"{FEEDS}/documents"): ("createFeedDocument", True),
        ("GET", f"{FEEDS}/documents/<document_id>"): ("getFeedDocument", False),
        ("POST", f"{FEEDS}/feeds"): ("createFeed", True),
        ("GET", f"{FEEDS}/feeds"): ("getFeeds", False),
        ("GET", f"{FEEDS}/feeds/<feed_id>"): ("getFeed", False),
        ("PUT", f"{API}/documents/<seller_id>/<document_id>"): ("uploadDocument", True),
        ("GET", f"{API}/documents/<seller_id>/<document_id>"): ("downloadDocument", False),
        ("GET", f"{LISTING}/<seller_id>/<sku>"): ("getListingsItem", False),
        ("PATCH", f"{LISTING}/<seller_id>/<sku>"): ("patchListingsItem", True),
        ("POST", f"{API}/tokens/2021-03-01/restrictedDataToken"): ("createRestrictedDataToken", True),
    },
    unfaulted=("consent", "decide"),
)
ANSWERS: Mapping[str, tuple[int, Callable[[Exchange, Shop], dict[str, Any]]]] = {
    "searchOrders": (200, amazon_orders.search),
    "getOrder": (200, amazon_orders.get),
    "createFeedDocument": (201, amazon_feeds.create_document),
    "getFeedDocument": (200, amazon_feeds.get_document),
    "createFeed": (202, amazon_feeds.create),
    "getFeeds": (200, amazon_feeds.several),
    "getFeed": (200, amazon_feeds.get),
    "getListingsItem": (200, amazon_listings.get),
    "patchListingsItem": (200, amazon_listings.patch),
}


class Amazon:
    name = "amazon"
    shops = SHOPS

    def __init__(self) -> None:
        self._buckets = Buckets()

    def hosts(self, base: str) -> Mapping[str, str]:
        return {name: f"{base}/amazon/{name}" for name in ("api", "auth", "authorize")}

    def operation(self, request: Request) -> Operation | None:
        return ROUTES.match(request)

    def answer(self, exchange: Exchange) -> Reply:
        name = exchange.operation.name
        if name in ("consent", "decide"):
            return amazon_access.consent(exchange, self.shops)
        if name == "token":
            return amazon_access.lwa_token(exchange)
        try:
            if name in ("uploadDocument", "downloadDocument"):
                return self._document(exchange)
            return self._headed(exchange, self._call(exchange))
        except SpError as error:
            return self._headed(exchange, json_reply(error.body(), error.status))

    def trouble(self, exchange: Exchange, fault: Fault) -> Reply:
        """Amazon never says an error with status 200: OK_ERROR is a 503. LWA says its troubles in OAuth's words."""
        error = {Fault.THROTTLE: quota_exceeded, Fault.OK_ERROR: unavailable}.get(fault, internal)()
        if exchange.operation.name == "token":
            said = {"error": "server_error", "error_description": error.message}
            return json_reply(said, error.status)
        return self._headed(exchange, json_reply(error.body(), error.status))

    def open_order(self, world: World, shop: Shop, draft: Draft) -> Order:
        return amazon_states.open_order(world, shop, draft)

    def act(self, world: World, order: Order, act: str) -> bool:
        return amazon_states.act(world, order, act)

    def plain(self, world: World, order: Order) -> dict[str, Any]:
        return amazon_states.plain(order)

    def revoked(self, world: World, shop: Shop) -> None:
        """Amazon tells nobody: the next call is refused."""

    def _call(self, exchange: Exchange) -> Reply:
        token = amazon_access.seller(exchange)
        shop = next(shop for shop in self.shops if shop.name == token.shop)
        if not self._buckets.take(exchange.operation.name, shop.id, exchange.world.now_ms):
            raise quota_exceeded()
        amazon_feeds.settle(exchange.world, shop)
        if exchange.operation.name == "confirmShipment":
            confirm(exchange, shop.name)
            return Reply(204, b"")
        if exchange.operation.name == "createRestrictedDataToken":
            return amazon_access.restricted_token(exchange, token)
        status, answer = ANSWERS[exchange.operation.name]
        return json_reply(answer(exchange, shop), status)

    def _document(self, exchange: Exchange) -> Reply:
        shop = next((shop for shop in self.shops if shop.id == exchange.args["seller_id"]), None)
        if shop is None:
            raise not_found("There is no such document.")
        if exchange.operation.name == "uploadDocument":
            return amazon_feeds.upload(exchange, shop)
        return amazon_feeds.download(exchange, shop)

    def _headed(self, exchange: Exchange, reply: Reply) -> Reply:
        """With the request id, and the usage plan where the models promise it."""
        headers = {"x-amzn-RequestId": f"{exchange.world.store.next('amazon request'):032x}"}
        plan = PLANS.get(exchange.operation.name)
        if plan is not None and reply.status not in (401, 403, 429, 500, 503):
            headers["x-amzn-RateLimit-Limit"] = str(plan.per_second)
        return Reply(reply.status, reply.body, {**reply.headers, **headers}, reply.type)
