"""Listings Items 2021-08-01: the quantity that Amazon offers of a SKU, read and patched."""

import json
from typing import Any

from entrepot.sandbox.goods import BY_CODE
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.twin import Exchange
from entrepot.sandbox.twins.amazon_errors import denied, invalid_input, not_found
from entrepot.sandbox.world import World

FIRST_QUANTITY = 50
PATH = "/attributes/fulfillment_availability"
PRODUCT_TYPE = "HOME"


def quantity(world: World, shop: Shop, sku: str) -> int:
    kept = world.store.thing("amazon", shop.name, "stock", sku)
    return FIRST_QUANTITY if kept is None else int(kept["quantity"])


def set_quantity(world: World, shop: Shop, sku: str, value: int) -> None:
    world.store.put_thing("amazon", shop.name, "stock", sku, {"quantity": value, "set_at": world.now_ms})


def get(exchange: Exchange, shop: Shop) -> dict[str, Any]:
    """`getListingsItem` with summaries, and fulfillmentAvailability when asked for."""
    sku = _sku(exchange, shop)
    if sku not in BY_CODE:
        raise not_found(f"SKU '{sku}' not found in marketplace {shop.extra['marketplace_id']}")
    item: dict[str, Any] = {"sku": sku}
    if "fulfillmentAvailability" in exchange.request.args.get("includedData", "summaries").split(","):
        here = {"fulfillmentChannelCode": "DEFAULT", "quantity": quantity(exchange.world, shop, sku)}
        item["fulfillmentAvailability"] = [here]
    return item


def patch(exchange: Exchange, shop: Shop) -> dict[str, Any]:
    """`patchListingsItem`: takes the quantity of `fulfillment_availability`; a bad value is INVALID with its issues.

    Raises:
        SpError: 400 for a body that does not fit or a SKU that is not offered there, 403 for another seller's.
    """
    sku = _sku(exchange, shop)
    try:
        body = json.loads(exchange.request.get_data())
        product_type, patches = (
            body["productType"],
            [(one["op"], one["path"], one.get("value")) for one in body["patches"]],
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise invalid_input("The body does not fit ListingsItemPatchRequest.") from error
    if not product_type or not patches or any(op not in ("add", "replace", "merge", "delete") for op, _, _ in patches):
        raise invalid_input("A productType and at least one add, replace, merge or delete are required.")
    if sku not in BY_CODE:
        raise invalid_input(f"SKU '{sku}' not found in marketplace {shop.extra['marketplace_id']}")
    issues = [issue for op, path, value in patches if (issue := problem(op, path, value))]
    preview = exchange.request.args.get("mode") == "VALIDATION_PREVIEW"
    if not issues and not preview:
        for _, _, value in patches:
            set_quantity(exchange.world, shop, sku, value[0]["quantity"])
    number = exchange.world.store.next("amazon submission")
    return {
        "sku": sku,
        "status": "INVALID" if issues else "VALID" if preview else "ACCEPTED",
        "submissionId": f"5b{number:030x}",
        "issues": issues,
    }


def problem(op: str, path: str, value: Any) -> dict[str, Any] | None:
    """What is wrong with one patch, as an issue of the response; None when it can be taken."""
    if path != PATH or op == "delete":
        return _issue("The attributes are invalid.", path.rsplit("/", 1)[-1], "INVALID_ATTRIBUTE")
    try:
        first = value[0]
        channel, count = first["fulfillment_channel_code"], first["quantity"]
    except (TypeError, KeyError, IndexError):
        said = "'[quantity]' is required but not supplied."
        return _issue(said, "fulfillment_availability", "MISSING_ATTRIBUTE")
    if channel != "DEFAULT":
        return _issue("Only merchant stock has a quantity.", "fulfillment_availability", "INVALID_ATTRIBUTE")
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        return _issue("The quantity must be a whole number from 0.", "fulfillment_availability", "INVALID_ATTRIBUTE")
    return None


def _issue(message: str, attribute: str, category: str) -> dict[str, Any]:
    """90220 is the code in Amazon's own report example; the others are not published."""
    found = {"code": "90220", "message": message, "severity": "ERROR"}
    return {**found, "attributeNames": [attribute], "categories": [category]}


def _sku(exchange: Exchange, shop: Shop) -> str:
    if exchange.args["seller_id"] != shop.id:
        raise denied("The seller is not the one who granted this token.")
    if exchange.request.args.get("marketplaceIds") != shop.extra["marketplace_id"]:
        raise invalid_input("marketplaceIds must name the marketplace of the listing.")
    return str(exchange.args["sku"])
