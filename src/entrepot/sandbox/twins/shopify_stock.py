"""inventorySetQuantities: absolute, all rows or none, compared with what was there, once per idempotency key."""

import json
from typing import Any, Final

from graphql import GraphQLError, get_directive_values

from entrepot.sandbox.goods import GOODS
from entrepot.sandbox.ledger import iso
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.twin import Exchange
from entrepot.sandbox.twins.shopify_document import FIRST_ITEM, NAME, gid, number_of
from entrepot.sandbox.twins.shopify_views import Field, View, locations, stock

REASONS: Final = ("correction", "cycle_count_available", "damaged", "movement_created", "movement_updated", "other",
                  "promotion", "quality_control", "received", "reservation_created", "restock", "safety_stock", "shrinkage")  # fmt: skip
ROWS_MOST: Final = 250


def set_quantities(exchange: Exchange, shop: Shop) -> Field:
    def field(info: Any, input: dict[str, Any]) -> View:
        key = _key(info)
        if key is None:
            raise GraphQLError(
                "The @idempotent directive is required for this mutation but was not provided.",
                extensions={"code": "BAD_REQUEST"},
            )
        text = json.dumps(input, sort_keys=True)
        held = exchange.world.store.thing(NAME, shop.name, "idempotent", key)
        if held is not None:
            if held["input"] == text:
                return dict(held["answer"])
            return _refused("IDEMPOTENCY_KEY_PARAMETER_MISMATCH", "The key was used with other parameters.", "input")
        answer = _set(exchange, shop, input)
        exchange.world.store.put_thing(NAME, shop.name, "idempotent", key, {"input": text, "answer": answer})
        return answer

    return field


def _key(info: Any) -> str | None:
    directive = info.schema.get_directive("idempotent")
    given = get_directive_values(directive, info.field_nodes[0], info.variable_values)
    return str(given["key"]) if given else None


def _refused(code: str, message: str, *field: str) -> dict[str, Any]:
    return {"inventoryAdjustmentGroup": None, "userErrors": [{"code": code, "message": message, "field": list(field)}]}


def _set(exchange: Exchange, shop: Shop, given: dict[str, Any]) -> dict[str, Any]:
    if given["name"] not in ("available", "on_hand"):
        return _refused("INVALID_NAME", "The quantity name must be either 'available' or 'on_hand'.", "input", "name")
    if given["reason"] not in REASONS:
        return _refused("INVALID_REASON", "The specified reason is invalid.", "input", "reason")
    if len(given["quantities"]) > ROWS_MOST:
        raise GraphQLError(f"The input array size is greater than the maximum allowed of {ROWS_MOST}.")
    after: dict[int, dict[str, int]] = {}
    for n, row in enumerate(given["quantities"]):
        path = ("input", "quantities", str(n))
        item, place = number_of(row["inventoryItemId"], "InventoryItem"), number_of(row["locationId"], "Location")
        index = int(item) - FIRST_ITEM if item and item.isdigit() else -1
        if not 0 <= index < len(GOODS):
            return _refused(
                "INVALID_INVENTORY_ITEM", "The specified inventory item could not be found.", *path, "inventoryItemId"
            )
        if place not in locations(shop):
            return _refused("INVALID_LOCATION", "The specified location could not be found.", *path, "locationId")
        if row["quantity"] < 0:
            return _refused("INVALID_QUANTITY_NEGATIVE", "The quantity can't be negative.", *path, "quantity")
        held = after.setdefault(index, dict(stock(exchange, shop, index)))
        expected = row.get("changeFromQuantity")
        if expected is not None and held[place] != expected:
            message = "The changeFromQuantity argument no longer matches the persisted quantity."
            return _refused("CHANGE_FROM_QUANTITY_STALE", message, *path, "changeFromQuantity")
        held[place] = row["quantity"]
    for index, levels in after.items():
        exchange.world.store.put_thing(NAME, shop.name, "stock", str(FIRST_ITEM + index), levels)
    number = exchange.world.store.next("shopify adjustment")
    group = {
        "__typename": "InventoryAdjustmentGroup", "id": gid("InventoryAdjustmentGroup", number), "reason": given["reason"],
        "createdAt": iso(exchange.world.now_ms), "referenceDocumentUri": given.get("referenceDocumentUri"),
    }  # fmt: skip
    return {"inventoryAdjustmentGroup": group, "userErrors": []}
