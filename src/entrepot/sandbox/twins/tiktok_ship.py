"""Shipping on the wire: one package, a batch, pieces without a package, and a corrected number."""

import re
from typing import Any, Final

from entrepot.sandbox.faults import Fault
from entrepot.sandbox.ledger import iso
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.store import Order
from entrepot.sandbox.twin import Exchange, Reply
from entrepot.sandbox.twins.tiktok_document import OPEN, PROVIDERS, package
from entrepot.sandbox.twins.tiktok_life import after_shipping, cut, put_package
from entrepot.sandbox.twins.tiktok_wire import (
    BAD_NUMBER,
    INTERNAL,
    INVALID,
    NAME,
    NO_ORDER,
    NO_PACKAGE,
    NUMBER_TAKEN,
    REQUEST_OPEN,
    SHIPPED_ALREADY,
    WRONG_STATE,
    Refused,
    body_of,
    envelope,
    listed,
    refuse,
)

NUMBER: Final = re.compile(r"[A-Za-z0-9-]{6,40}")
BATCH_MOST: Final = 50
SELF_SHIP_COUNTRIES: Final = ("US", "GB", "ES", "IE", "IT", "DE", "FR", "JP")


def ship(exchange: Exchange, shop: Shop) -> Reply:
    _ship(exchange, shop, exchange.args["package_id"], body_of(exchange))
    return envelope(exchange, {})


def ship_batch(exchange: Exchange, shop: Shop) -> Reply:
    """Code 0 whatever happens; packages that failed stand in `errors`."""
    errors = []
    for n, one in enumerate(listed(body_of(exchange).get("packages"), "packages", BATCH_MOST)):
        package_id = str(one.get("id", "")) if isinstance(one, dict) else ""
        try:
            if Fault.PARTIAL_BATCH in exchange.faults and n % 2 == 0:
                refuse(INTERNAL, "Internal error, please try again later")
            _ship(exchange, shop, package_id, one)
        except Refused as error:
            errors.append({"code": error.code, "message": error.message, "detail": {"package_id": package_id}})
    return envelope(exchange, {"errors": errors} if errors else {})


def _ship(exchange: Exchange, shop: Shop, package_id: str, body: dict[str, Any]) -> None:
    parcel = package(exchange.world, shop.name, package_id)
    if parcel is None or (
        parcel["status"] == "CANCELLED" and not parcel["tracking_number"] and _recut(exchange, parcel)
    ):
        refuse(NO_PACKAGE, "Package not found")
    orders = _orders(exchange, shop, parcel["order_ids"])
    with _counted(exchange, orders):
        if parcel["status"] not in ("TO_FULFILL", "CANCELLED"):
            refuse(SHIPPED_ALREADY, "The package has already been shipped")
        _shippable(orders)
        number = _number(exchange, shop, orders, body.get("self_shipment"), package_id)
    told(exchange, shop, {**parcel, "handover_method": body.get("handover_method", "")}, orders, *number)


def _recut(exchange: Exchange, parcel: dict[str, Any]) -> bool:
    """The package ended because it was cut anew: its order goes on in others."""
    orders = [exchange.world.store.order(NAME, one) for one in parcel["order_ids"]]
    return any(order is not None and order.status != "CANCELLED" for order in orders)


class _counted:
    """Refusals inside are counted on the orders."""

    def __init__(self, exchange: Exchange, orders: list[Order]) -> None:
        self._exchange, self._orders = exchange, orders

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Refused):
            for order in self._orders:
                self._exchange.world.refuse(order)


def _orders(exchange: Exchange, shop: Shop, ids: list[str]) -> list[Order]:
    found = [exchange.world.store.order(NAME, one, shop=shop.name) for one in ids]
    orders = [order for order in found if order is not None]
    if not orders:
        refuse(NO_ORDER, "Order not found")
    return orders


def _shippable(orders: list[Order]) -> None:
    for order in orders:
        request = order.doc["request"]
        if order.status not in OPEN:
            refuse(WRONG_STATE, f"The order status {order.status} does not allow shipping")
        if request and request["status"].endswith("PENDING"):
            refuse(REQUEST_OPEN, "The buyer has requested a cancellation: answer it first")


def _number(exchange: Exchange, shop: Shop, orders: list[Order], given: Any, package_id: str) -> tuple[str, str]:
    """(tracking number, provider id): the seller's own, or one of the platform's for orders that it ships."""
    if orders[0].doc["wire"]["shipping_type"] == "TIKTOK":
        return f"GBTT{exchange.world.store.next('tiktok number'):010}", "7117858858072016641"
    if not isinstance(given, dict):
        refuse(BAD_NUMBER, "self_shipment is required for seller shipping")
    number, provider = str(given.get("tracking_number", "")), str(given.get("shipping_provider_id", ""))
    if provider not in PROVIDERS:
        refuse(BAD_NUMBER, "Invalid shipping_provider_id")
    if not NUMBER.fullmatch(number):
        refuse(BAD_NUMBER, "Invalid tracking_number")
    holder = exchange.world.store.linked(NAME, f"number {shop.name}", number)
    other = exchange.world.store.order(NAME, holder) if holder else None
    if other is not None and other.doc["wire"]["user_id"] != orders[0].doc["wire"]["user_id"]:
        refuse(NUMBER_TAKEN, "The tracking number is used by another package")
    return number, provider


def told(
    exchange: Exchange, shop: Shop, parcel: dict[str, Any], orders: list[Order], number: str, provider: str
) -> None:
    """The parcel has this number; its orders move on."""
    world = exchange.world
    put_package(
        world, shop.name,
        {
            **parcel, "status": "PROCESSING", "tracking_number": number, "shipping_provider_id": provider,
            "shipping_provider_name": PROVIDERS[provider], "accepted_at": iso(world.now_ms),
            "times_told": parcel["times_told"] + 1,
        },
    )  # fmt: skip
    world.store.link(NAME, f"number {shop.name}", number, orders[0].id)
    for order in orders:
        after_shipping(world, order)


def ship_pieces(exchange: Exchange, shop: Shop) -> Reply:
    """Self-shipping without a package: it is made for the named pieces."""
    if shop.country not in SELF_SHIP_COUNTRIES:
        refuse(INVALID, "This interface cannot be used in this region")
    body = body_of(exchange)
    order = _orders(exchange, shop, [exchange.args["order_id"]])[0]
    with _counted(exchange, [order]):
        _shippable([order])
        lines = [line for line in order.doc["lines"] if not line["cancelled"]]
        asked = body.get("order_line_list")
        if asked:
            wanted = {str(one.get("order_line_id")) for one in listed(asked, "order_line_list", 1000)}
            lines = [line for line in lines if line["id"] in wanted]
            if {line["id"] for line in lines} != wanted:
                refuse(INVALID, "Invalid parameter: order_line_list", 400)
        if any(line["package_id"] for line in lines):
            refuse(SHIPPED_ALREADY, "Some order lines are in a package already")
        info = listed(body.get("shipping_info_list"), "shipping_info_list", 10)
        number = _number(exchange, shop, [order], info[0], "")
    package_id = cut(exchange.world, order, [lines])[0]
    parcel = package(exchange.world, shop.name, package_id)
    assert parcel is not None
    told(exchange, shop, parcel, [order], *number)
    ids = [line["id"] for line in lines]
    return envelope(exchange, {"order_id": order.id, "package_id": package_id, "order_line_item_ids": ids})


def correct(exchange: Exchange, shop: Shop) -> Reply:
    """Another number for a package that the seller has shipped."""
    parcel = package(exchange.world, shop.name, exchange.args["package_id"])
    if parcel is None:
        refuse(NO_PACKAGE, "Package not found")
    orders = _orders(exchange, shop, parcel["order_ids"])
    with _counted(exchange, orders):
        if parcel["status"] not in ("PROCESSING", "FULFILLING"):
            refuse(WRONG_STATE, f"The package status {parcel['status']} does not allow an update of its shipping info")
        if orders[0].doc["wire"]["shipping_type"] != "SELLER":
            refuse(WRONG_STATE, "Only packages shipped by the seller can be updated")
        info = listed(body_of(exchange).get("shipping_info_list"), "shipping_info_list", 10)
        number, provider = _number(exchange, shop, orders, info[0], parcel["id"])
    put_package(
        exchange.world, shop.name,
        {**parcel, "tracking_number": number, "shipping_provider_id": provider,
         "shipping_provider_name": PROVIDERS[provider]},
    )  # fmt: skip
    exchange.world.store.link(NAME, f"number {shop.name}", number, orders[0].id)
    for order in orders:
        exchange.world.save(order)
    return envelope(exchange, {})
