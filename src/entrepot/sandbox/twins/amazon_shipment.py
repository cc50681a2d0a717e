"""`POST /orders/v0/orders/{orderId}/shipmentConfirmation`: one package per call, any part of the order.

`packageReferenceId` is the handle: the same package again changes nothing, the same one with another number corrects it.
"""

import json
from datetime import datetime
from typing import Any

from entrepot.sandbox.store import Order
from entrepot.sandbox.twin import Exchange
from entrepot.sandbox.twins.amazon_errors import SpError, not_found
from entrepot.sandbox.twins.amazon_wire import status
from entrepot.sandbox.world import World

HOUR = 3600 * 1000
REQUIRED = ("packageReferenceId", "carrierCode", "trackingNumber", "shipDate", "orderItems")


def confirm(exchange: Exchange, shop: str) -> None:
    """Take a shipment confirmation; 204 without a body follows.

    Raises:
        SpError: 400 with what is wrong, 404 for an order that this seller does not have.
    """
    world = exchange.world
    order = world.store.order("amazon", exchange.args["order_id"], shop=shop)
    if order is None:
        raise not_found("There is no such order.")
    try:
        detail, shipped = _read(exchange, order)
        _take(world, order, detail, shipped)
    except SpError:
        world.refuse(order)
        raise


def _refusal(details: str) -> SpError:
    """With the space that Amazon's own sandbox answer of this operation has."""
    return SpError(400, "Invalid Input", "Invalid Input", details)


def _read(exchange: Exchange, order: Order) -> tuple[dict[str, Any], int]:
    """The package of the request, and when it left."""
    try:
        body = json.loads(exchange.request.get_data())
        detail = body["packageDetail"]
        items = [{"id": str(one["orderItemId"]), "quantity": one["quantity"]} for one in detail["orderItems"]]
        missing = [name for name in REQUIRED if not detail.get(name)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _refusal("The body does not fit ConfirmShipmentRequest.") from error
    if missing:
        raise _refusal(f"{missing[0]} is required.")
    if body.get("marketplaceId") != order.doc["channel"][0]:
        raise _refusal("The order was not placed in this marketplace.")
    if "codCollectionMethod" in body and order.doc["channel"][0] != "A1VC38T7YXB528":
        raise _refusal("codCollectionMethod is only supported in the JP marketplace.")
    if detail["carrierCode"] == "Other" and not detail.get("carrierName"):
        raise _refusal("carrierName is required when carrierCode is Other.")
    try:
        shipped = datetime.fromisoformat(detail["shipDate"])
    except (ValueError, TypeError) as error:
        raise _refusal("shipDate must be in ISO 8601 date/time format.") from error
    if shipped.tzinfo is None:
        raise _refusal("shipDate must name its time zone.")
    return {**detail, "items": items}, int(shipped.timestamp() * 1000)


def _take(world: World, order: Order, detail: dict[str, Any], shipped: int) -> None:
    package = {
        "ref": str(detail["packageReferenceId"]),
        "carrier": detail.get("carrierName") or detail["carrierCode"],
        "method": detail.get("shippingMethod", ""),
        "number": str(detail["trackingNumber"]),
        "items": sorted(detail["items"], key=lambda item: item["id"]),
    }
    known = next((one for one in order.doc["packages"] if one["ref"] == package["ref"]), None)
    if known is not None:
        _again(world, order, known, package)
        return
    _check_items(order.doc, package["items"])
    for item in package["items"]:
        _line(order.doc, item["id"])["shipped"] += item["quantity"]
    order.doc["packages"].append({**package, "made": world.now_ms, "shipped": shipped, "status": "SHIPPED"})
    order.status = status(order.doc)
    world.unplan(order, "lapse", "move", "deliver")
    world.plan(order, world.now_ms + 12 * HOUR, "move")
    world.plan(order, world.now_ms + 7 * 24 * HOUR, "deliver")
    world.save(order)


def _again(world: World, order: Order, known: dict[str, Any], package: dict[str, Any]) -> None:
    if known["items"] != package["items"]:
        raise _refusal(f"The package {known['ref']} was confirmed with other items.")
    if any(known[name] != package[name] for name in ("carrier", "method", "number")):
        known.update(package)
        world.save(order)


def _check_items(doc: dict[str, Any], items: list[dict[str, Any]]) -> None:
    if not items:
        raise _refusal("orderItems is required.")
    if status(doc) in ("PENDING", "CANCELLED"):
        raise _refusal(f"An order that is {status(doc)} cannot be shipped.")
    if len({item["id"] for item in items}) != len(items):
        raise _refusal("An order item is named twice.")
    for item in items:
        line = next((one for one in doc["lines"] if one["id"] == item["id"]), None)
        if line is None:
            raise _refusal(f"The order has no item {item['id']}.")
        if line.get("cancelled_by"):
            raise _refusal(f"The item {item['id']} was cancelled.")
        if not isinstance(item["quantity"], int) or isinstance(item["quantity"], bool) or item["quantity"] < 1:
            raise _refusal(f"The quantity of {item['id']} must be a positive whole number.")
        if item["quantity"] > line["quantity"] - line["shipped"]:
            left = line["quantity"] - line["shipped"]
            raise _refusal(f"Of the item {item['id']} {left} are left to ship: the order may be shipped already.")


def _line(doc: dict[str, Any], line_id: str) -> dict[str, Any]:
    found: dict[str, Any] = next(line for line in doc["lines"] if line["id"] == line_id)
    return found
