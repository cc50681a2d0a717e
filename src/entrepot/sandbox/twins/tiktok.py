"""TikTok Shop: its addresses, and who answers them."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from werkzeug.wrappers import Request

from entrepot.sandbox.drafts import Draft
from entrepot.sandbox.faults import Fault
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.store import Order
from entrepot.sandbox.twin import Exchange, Operation, Reply, Routes
from entrepot.sandbox.twins import (
    tiktok_auth,
    tiktok_cancel,
    tiktok_document,
    tiktok_hooks,
    tiktok_life,
    tiktok_orders,
    tiktok_parcels,
    tiktok_ship,
    tiktok_stock,
)
from entrepot.sandbox.twins.tiktok_document import PROVIDERS
from entrepot.sandbox.twins.tiktok_wire import API, INTERNAL, NAME, THROTTLED, Refused, caller, envelope
from entrepot.sandbox.world import World

SHOPS: Final = (
    Shop("alpha", "7494799900000000001", "GBP", "GB", "Alpha Lanterns", {"cipher": "GCP_alphaCIPHER0001", "code": "GBLCALPHA1"}),
    Shop("beta", "7494799900000000002", "SGD", "SG", "Beta Trading", {"cipher": "GCP_betaCIPHER00002", "code": "SGLCBETA22"}),
)  # fmt: skip

Handler = Callable[[Exchange, Shop], Reply]
# (method, official path) -> (operation, writes, handler)
CALLS: Final[dict[tuple[str, str], tuple[str, bool, Handler]]] = {
    ("POST", "/order/202309/orders/search"): ("orders.search", False, tiktok_orders.search),
    ("GET", "/order/202309/orders"): ("orders.detail", False, tiktok_orders.detail),
    ("GET", "/order/202507/orders"): ("orders.detail", False, tiktok_orders.detail),
    ("POST", "/fulfillment/202309/packages/search"): ("packages.search", False, tiktok_parcels.search),
    ("GET", "/fulfillment/202309/packages/<package_id>"): ("packages.detail", False, tiktok_parcels.detail),
    ("POST", "/fulfillment/202309/packages/<package_id>/ship"): ("packages.ship_one", True, tiktok_ship.ship),
    ("POST", "/fulfillment/202309/packages/ship"): ("packages.ship", True, tiktok_ship.ship_batch),
    ("POST", "/fulfillment/202610/orders/<order_id>/packages"): ("orders.ship", True, tiktok_ship.ship_pieces),
    ("POST", "/fulfillment/202610/packages/<package_id>/shipping_info/update"): ("packages.correct", True, tiktok_ship.correct),
    ("GET", "/fulfillment/202309/orders/split_attributes"): ("orders.split_attributes", False, tiktok_parcels.split_attributes),
    ("POST", "/fulfillment/202309/orders/<order_id>/split"): ("orders.split", True, tiktok_parcels.split),
    ("POST", "/fulfillment/202309/packages/combine"): ("packages.combine", True, tiktok_parcels.combine),
    ("GET", "/fulfillment/202309/packages/<package_id>/shipping_documents"): ("packages.document", False, tiktok_parcels.document),
    ("POST", "/fulfillment/202510/first_mile_bundle"): ("first_mile.bundle", True, tiktok_parcels.first_mile),
    ("GET", "/logistics/202309/delivery_options/<option_id>/shipping_providers"): ("providers", False, tiktok_parcels.providers),
    ("POST", "/return_refund/202602/cancellations/search"): ("cancellations.search", False, tiktok_cancel.search),
    ("POST", "/return_refund/202309/cancellations/<cancel_id>/approve"): ("cancellations.approve", True, tiktok_cancel.approve),
    ("POST", "/return_refund/202309/cancellations/<cancel_id>/reject"): ("cancellations.reject", True, tiktok_cancel.reject),
    ("POST", "/return_refund/202602/cancellations"): ("orders.cancel", True, tiktok_cancel.cancel_order),
    ("GET", "/return_refund/202602/orders/<order_id>/aftersale_eligibility"): ("orders.aftersale", False, tiktok_cancel.aftersale),
    ("GET", "/return_refund/202601/decision_eligibility"): ("cancellations.decisions", False, tiktok_cancel.decisions),
    ("POST", "/product/202309/products/<product_id>/inventory/update"): ("inventory.update", True, tiktok_stock.update),
    ("POST", "/product/202309/inventory/search"): ("inventory.search", False, tiktok_stock.search),
}  # fmt: skip
OTHER: Final = {
    ("GET", "/tiktok/authorize"): ("consent", False), ("POST", "/tiktok/authorize"): ("consent", False),
    ("GET", "/tiktok/auth/api/v2/token/get"): ("token.get", True),
    ("GET", "/tiktok/auth/api/v2/token/refresh"): ("token.refresh", True),
    ("GET", f"{API}/authorization/202309/shops"): ("authorization.shops", False),
    ("GET", "/tiktok/files/<shop>/<name>"): ("file", False),
}  # fmt: skip


class TikTok:
    name = NAME
    shops = SHOPS
    carriers = PROVIDERS  # by the code that a confirmation must name
    first_stock_id = tiktok_stock.FIRST_SKU

    def __init__(self) -> None:
        calls = {(method, API + path): (name, writes) for (method, path), (name, writes, _) in CALLS.items()}
        self._routes = Routes({**calls, **OTHER}, unfaulted=("consent",))
        self._handlers: dict[str, Handler] = {name: handler for name, _, handler in CALLS.values()}

    def hosts(self, base: str) -> Mapping[str, str]:
        return {"api": base + API, "auth": f"{base}/tiktok/auth", "authorize": f"{base}/tiktok/authorize"}

    def operation(self, request: Request) -> Operation | None:
        return self._routes.match(request)

    def answer(self, exchange: Exchange) -> Reply:
        try:
            return self._answer(exchange)
        except Refused as error:
            return envelope(exchange, None, code=error.code, message=error.message, status=error.status)

    def _answer(self, exchange: Exchange) -> Reply:
        name = exchange.operation.name
        if name == "consent":
            return tiktok_auth.consent(exchange, SHOPS)
        if name == "token.get":
            return tiktok_auth.token_get(exchange, SHOPS)
        if name == "token.refresh":
            return tiktok_auth.token_refresh(exchange, SHOPS)
        if name == "file":
            return tiktok_parcels.download(exchange)
        if name == "authorization.shops":
            return envelope(exchange, {"shops": [_shop(caller(exchange, SHOPS, needs_cipher=False))]})
        return self._handlers[name](exchange, caller(exchange, SHOPS, needs_cipher=True))

    def trouble(self, exchange: Exchange, fault: Fault) -> Reply:
        if fault is Fault.THROTTLE:
            return envelope(exchange, None, code=THROTTLED, message="Too many requests", status=429)
        status = 200 if fault is Fault.OK_ERROR else 500
        return envelope(exchange, None, code=INTERNAL, message="Internal error, please try again later", status=status)

    def open_order(self, world: World, shop: Shop, draft: Draft) -> Order:
        return tiktok_life.open_order(world, shop, draft)

    def act(self, world: World, order: Order, act: str) -> bool:
        return tiktok_life.act(world, order, act)

    def plain(self, world: World, order: Order) -> dict[str, Any]:
        return tiktok_document.plain(world, order)

    def revoked(self, world: World, shop: Shop) -> None:
        message = "The seller has cancelled the authorization of your app."
        tiktok_hooks.send(world, shop.name, shop.id, tiktok_hooks.DEAUTHORIZED, {"message": message})

    def expiring(self, world: World, shop: Shop) -> None:
        """Thirty days before a seller's authorization ends."""
        data = {
            "message": "The authorization of your app will expire soon.",
            "expiration_time": str(world.now_ms // 1000 + 30 * 86400),
        }
        tiktok_hooks.send(world, shop.name, shop.id, tiktok_hooks.EXPIRING, data)


def _shop(shop: Shop) -> dict[str, str]:
    return {
        "id": shop.id, "name": shop.title, "region": shop.country, "cipher": shop.extra["cipher"], "code": shop.extra["code"],
        "seller_type": "CROSS_BORDER" if shop.country == "SG" else "LOCAL",
    }  # fmt: skip
