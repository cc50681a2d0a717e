"""The twin of AliExpress: business methods at /sync, system calls at /rest, the authorize page at /oauth."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

from werkzeug.wrappers import Request

from entrepot.sandbox.drafts import Draft
from entrepot.sandbox.faults import Fault
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.store import Order
from entrepot.sandbox.twin import Exchange, Operation, Reply, json_reply
from entrepot.sandbox.twins import (
    aliexpress_answers,
    aliexpress_orders,
    aliexpress_shipping,
    aliexpress_states,
    iop_access,
)
from entrepot.sandbox.twins.iop import IopError, call_limit, check_system
from entrepot.sandbox.world import World

BASE = "/aliexpress/api"
SHOPS = (
    Shop(
        "alpha",
        "2671514005",
        "USD",
        "CN",
        "Alpha Homeware Store",
        {"login": "cn1500001111alpha", "user_id": "251514005", "products": "1005006000000000"},
    ),
    Shop(
        "beta",
        "2671514006",
        "EUR",
        "CN",
        "Beta Living Store",
        {"login": "cn1500002222beta", "user_id": "251514006", "products": "1005007000000000"},
    ),
)
Method = Callable[[Exchange, Mapping[str, str], Shop], dict[str, Any]]
METHODS: Final[dict[str, tuple[Method, bool]]] = {
    "aliexpress.trade.seller.orderlist.get": (aliexpress_orders.orders, False),
    "aliexpress.trade.new.redefining.findorderbyid": (aliexpress_orders.detail, False),
    "aliexpress.solution.order.receiptinfo.get": (aliexpress_orders.receipt, False),
    "aliexpress.logistics.sellershipmentfortop": (aliexpress_shipping.whole_order, True),
    "aliexpress.logistics.order.shipment": (aliexpress_shipping.sub_orders, True),
    "aliexpress.logistics.sellermodifiedshipmentfortop": (aliexpress_shipping.modify, True),
    "aliexpress.logistics.querysellershipmentinfo": (aliexpress_shipping.query, False),
    "aliexpress.trade.seller.order.acceptcancel": (aliexpress_answers.accept_cancel, True),
    "aliexpress.trade.seller.order.refusecancel": (aliexpress_answers.refuse_cancel, True),
    "aliexpress.solution.batch.product.inventory.update": (aliexpress_answers.inventory, True),
}
SYSTEM = {
    "/auth/token/create": iop_access.create,
    "/auth/token/security/create": iop_access.create,
    "/auth/token/refresh": iop_access.refresh,
    "/auth/token/security/refresh": iop_access.refresh,
}


class AliExpress:
    name = "aliexpress"
    shops = SHOPS
    carriers: ClassVar[dict[str, str]] = {"CAINIAO_STANDARD": "AliExpress Standard Shipping"}

    def hosts(self, base: str) -> Mapping[str, str]:
        return {"api": base + BASE}

    def operation(self, request: Request) -> Operation | None:
        path = request.path.removeprefix(BASE)
        if request.method not in ("GET", "POST"):
            return None
        if path == "/oauth/authorize":
            return Operation("authorize", request.method == "POST", faultable=False)
        if path == "/sync":
            method = request.values.get("method", "")
            return Operation(method or "sync", METHODS[method][1] if method in METHODS else False)
        return Operation(path) if path.startswith("/rest/") else None

    def answer(self, exchange: Exchange) -> Reply:
        path = exchange.request.path.removeprefix(BASE)
        if path == "/oauth/authorize":
            return iop_access.page(exchange, "AliExpress", self.shops)
        request_id = self._request_id(exchange)
        try:
            if path == "/sync":
                return json_reply(self._sync(exchange, request_id))
            return json_reply(
                {**self._rest(exchange, path.removeprefix("/rest")), "code": "0", "request_id": request_id}
            )
        except IopError as error:
            return self._error(exchange, error, request_id)

    def trouble(self, exchange: Exchange, fault: Fault) -> Reply:
        """Throttling and their own errors are HTTP 200; an error on the way is a bare 500."""
        request_id = self._request_id(exchange)
        if fault is Fault.THROTTLE:
            return self._error(exchange, call_limit(), request_id)
        if fault is Fault.OK_ERROR:
            return self._error(exchange, IopError("ServiceTimeout", "remote service timeout", "ISP"), request_id)
        return Reply(500, b"Internal Server Error", {}, "text/plain")

    def open_order(self, world: World, shop: Shop, draft: Draft) -> Order:
        return aliexpress_states.open_order(world, shop, draft)

    def act(self, world: World, order: Order, act: str) -> bool:
        return aliexpress_states.act(world, order, act)

    def plain(self, world: World, order: Order) -> dict[str, Any]:
        return aliexpress_states.plain(order)

    def revoked(self, world: World, shop: Shop) -> None:
        """Nobody is told here: the next call is refused."""

    def _sync(self, exchange: Exchange, request_id: str) -> dict[str, Any]:
        """A business method, signed without a path. The token travels as `session`; `access_token` is taken too."""
        params = exchange.request.values.to_dict()
        app = exchange.world.apps[self.name]
        check_system(app.key, app.secret, "", params, exchange.signing_ms)
        method = params.get("method", "")
        if method not in METHODS:
            raise IopError("InvalidApiPath", "The specified API path is invalid")
        shop = iop_access.shop_of(exchange, params.get("session") or params.get("access_token", ""), self.shops)
        body = METHODS[method][0](exchange, params, shop)
        return {f"{method.replace('.', '_')}_response": {**body, "request_id": request_id}}

    def _rest(self, exchange: Exchange, path: str) -> dict[str, Any]:
        """A system call, signed with its path."""
        params = exchange.request.values.to_dict()
        app = exchange.world.apps[self.name]
        check_system(app.key, app.secret, path, params, exchange.signing_ms)
        if path not in SYSTEM:
            raise IopError("InvalidApiPath", "The specified API path is invalid")
        granted = SYSTEM[path](exchange, params, self.shops, self._named)
        now = exchange.world.now_ms
        granted["expire_time"] = now + granted["expires_in"] * 1000
        granted["refresh_token_valid_time"] = now + granted["refresh_expires_in"] * 1000
        return granted

    def _named(self, shop: Shop) -> Mapping[str, Any]:
        return {
            "user_id": shop.extra["user_id"],
            "seller_id": shop.id,
            "user_nick": shop.extra["login"],
            "account": f"{shop.name}@example.com",
            "havana_id": f"17{shop.extra['user_id']}",
            "locale": "zh_CN",
            "sp": "ae",
        }

    def _error(self, exchange: Exchange, error: IopError, request_id: str) -> Reply:
        """At /rest the plain IOP envelope; at /sync the same inside `error_response`, with `msg` for `message`."""
        body = error.body(request_id)
        if exchange.request.path == f"{BASE}/sync":
            body["msg"] = body.pop("message")
            return json_reply({"error_response": body})
        return json_reply(body)

    def _request_id(self, exchange: Exchange) -> str:
        return f"2140{exchange.world.store.next('aliexpress request'):020d}"
