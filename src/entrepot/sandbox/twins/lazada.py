"""The twin of Lazada: every call by its path, signed with it; pushes; the authorize page."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from werkzeug.wrappers import Request

from entrepot.sandbox.drafts import Draft
from entrepot.sandbox.faults import Fault
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.store import Order
from entrepot.sandbox.twin import Exchange, Operation, Reply, json_reply
from entrepot.sandbox.twins import iop_access, lazada_orders, lazada_shipping, lazada_states
from entrepot.sandbox.twins.iop import LAZADA_SKEW_MS, IopError, call_limit, check_system
from entrepot.sandbox.world import World

API, AUTH = "/lazada/api", "/lazada/auth"
SHOPS = (
    Shop(
        "alpha",
        lazada_states.SELLERS["alpha"],
        "SGD",
        "SG",
        "Alpha Home SG",
        {"site": "sg", "zone": "Asia/Singapore", "products": "2100000000", "short_code": "SGALPHA1"},
    ),
    Shop(
        "beta",
        lazada_states.SELLERS["beta"],
        "MYR",
        "MY",
        "Beta Living MY",
        {"site": "my", "zone": "Asia/Kuala_Lumpur", "products": "2200000000", "short_code": "MYBETA01"},
    ),
)
Call = Callable[[Exchange, Mapping[str, str], Shop], dict[str, Any]]
CALLS: Final[dict[str, tuple[Call, bool]]] = {
    "/orders/get": (lazada_orders.orders, False),
    "/order/get": (lazada_orders.order, False),
    "/order/items/get": (lazada_orders.items, False),
    "/orders/items/get": (lazada_orders.items_of_several, False),
    "/order/shipment/providers/get": (lazada_shipping.providers, False),
    "/order/fulfill/pack": (lazada_shipping.pack, True),
    "/order/package/rts": (lazada_shipping.ready, True),
}
TOKENS: Final = {"/auth/token/create": iop_access.create, "/auth/token/refresh": iop_access.refresh}


class Lazada:
    name = "lazada"
    shops = SHOPS

    def hosts(self, base: str) -> Mapping[str, str]:
        return {"api": base + API, "auth": base + AUTH}

    def operation(self, request: Request) -> Operation | None:
        """API paths stand right under the api host, token paths under the auth host's /rest."""
        if request.method not in ("GET", "POST"):
            return None
        if request.path == f"{AUTH}/oauth/authorize":
            return Operation("authorize", request.method == "POST", faultable=False)
        path = _path(request)
        if path in TOKENS and request.path.startswith(AUTH):
            return Operation(path)
        if path in CALLS and request.path.startswith(API):
            writes = CALLS[path][1]
            return Operation(path, writes) if request.method == "POST" or not writes else None
        return None

    def answer(self, exchange: Exchange) -> Reply:
        if exchange.operation.name == "authorize":
            return iop_access.page(exchange, "Lazada", self.shops)
        request_id = self._request_id(exchange)
        path, params = _path(exchange.request), exchange.request.values.to_dict()
        app = exchange.world.apps[self.name]
        try:
            check_system(app.key, app.secret, path, params, exchange.signing_ms, LAZADA_SKEW_MS)
            if path in TOKENS:
                body = TOKENS[path](exchange, params, self.shops, self._named)
            else:
                shop = iop_access.shop_of(exchange, params.get("access_token", ""), self.shops)
                body = CALLS[path][0](exchange, params, shop)
        except IopError as error:
            return json_reply(error.body(request_id))
        return json_reply({**body, "code": "0", "request_id": request_id})

    def trouble(self, exchange: Exchange, fault: Fault) -> Reply:
        request_id = self._request_id(exchange)
        if fault is Fault.THROTTLE:
            return json_reply(call_limit().body(request_id))
        if fault is Fault.OK_ERROR:
            return json_reply(IopError("ServiceTimeout", "remote service timeout", "ISP").body(request_id))
        return Reply(500, b"Internal Server Error", {}, "text/plain")

    def open_order(self, world: World, shop: Shop, draft: Draft) -> Order:
        return lazada_states.open_order(world, shop, draft)

    def act(self, world: World, order: Order, act: str) -> bool:
        return lazada_states.act(world, order, act)

    def plain(self, world: World, order: Order) -> dict[str, Any]:
        return lazada_states.plain(order)

    def revoked(self, world: World, shop: Shop) -> None:
        """Nothing is known of a push about that: the next call is refused."""

    def _named(self, shop: Shop) -> Mapping[str, Any]:
        known = {
            "country": shop.extra["site"],
            "user_id": f"3{shop.id}",
            "seller_id": shop.id,
            "short_code": shop.extra["short_code"],
        }
        return {"country": shop.extra["site"], "country_user_info": [known], "account": f"{shop.name}@example.com"}

    def _request_id(self, exchange: Exchange) -> str:
        return f"0ba2{exchange.world.store.next('lazada request'):020d}"


def _path(request: Request) -> str:
    """The API path, which is what was signed."""
    if request.path.startswith(AUTH):
        return request.path.removeprefix(AUTH).removeprefix("/rest")
    return request.path.removeprefix(API).removeprefix("/rest")
