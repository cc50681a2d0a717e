"""Telling how much there is: absolute quantities with compare-and-set, each under an idempotency key of ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from entrepot.marketplaces.answers import chunks
from entrepot.marketplaces.contract import Done, Result, StockLevel, Why
from entrepot.marketplaces.outcomes import one_by_one
from entrepot.marketplaces.reading import Record
from entrepot.marketplaces.shopify.client import Client
from entrepot.marketplaces.shopify.documents import LEVELS, SET_STOCK
from entrepot.marketplaces.shopify.errors import IN_FLIGHT, STALE
from entrepot.marketplaces.shopify.orders import number_of

READ_MOST = 20  # SKUs per reading


@dataclass(frozen=True, slots=True)
class Shelf:
    """An inventory item, what stands at each of its locations, and what the merchant calls them."""

    item: str
    levels: Mapping[str, int]
    names: Mapping[str, str]


def set_stock(client: Client, levels: Sequence[StockLevel]) -> list[Done]:
    """`handles["location"]` names the location where a SKU has several. What moved between reading and setting is read
    anew and set once more, under a key of its own: the first one stands for the other numbers."""
    shelves = _shelves(client, [level.sku_code for level in levels])

    def send(level: StockLevel) -> Done:
        where = (level.listing_id, level.sku_code)
        done = _set(client, level, shelves.get(where))
        if done.result is Result.RETRY_LATER and done.code in STALE:
            again = _set(client, replace(level, key=f"{level.key}-2"), _shelves(client, [level.sku_code]).get(where))
            return replace(again, key=level.key)
        return done

    return one_by_one(levels, send)


def _shelves(client: Client, codes: Sequence[str]) -> dict[tuple[str, str], Shelf]:
    """(listing, SKU) -> shelf; also under ("", SKU) where only one listing has it."""
    found: dict[tuple[str, str], Shelf] = {}
    for some in chunks(sorted({code for code in codes if code}), READ_MOST):
        query = " OR ".join(f"sku:{_quoted(code)}" for code in some)
        data = client.query("stock.levels", LEVELS, {"query": query, "first": 5 * READ_MOST})
        for variant in data.record("productVariants").records("nodes"):
            code, shelf = variant.text("sku"), _shelf_of(variant.record("inventoryItem"))
            found[variant.record("product").text("legacyResourceId"), code] = shelf
    for (_, code), shelf in list(found.items()):
        if sum(other == code for _, other in found) == 1:
            found["", code] = shelf
    return found


def _shelf_of(item: Record) -> Shelf:
    levels, names = {}, {}
    for level in item.record("inventoryLevels").records("nodes"):
        available, location = level.records("quantities"), level.record("location")
        place = location.needed("id")
        levels[place] = available[0].whole("quantity") if available else 0
        names[place] = location.text("name") or number_of(place)
    return Shelf(item.needed("id"), levels, names)


def _set(client: Client, level: StockLevel, shelf: Shelf | None) -> Done:
    if shelf is None:
        return Done(level.key, Result.REJECTED, Why.OTHER, "no_sku", "the shop has no such SKU")
    item, levels = shelf.item, shelf.levels
    location = level.handles.get("location") or (next(iter(levels)) if len(levels) == 1 else "")
    if location not in levels:
        return Done(
            level.key, Result.REJECTED, Why.OTHER, "which_location", f"choose among {', '.join(shelf.names.values())}"
        )
    if levels[location] == level.quantity:
        return Done(level.key, Result.ALREADY_DONE, remote_id=item)
    row: dict[str, Any] = {
        "inventoryItemId": item,
        "locationId": location,
        "quantity": level.quantity,
        "changeFromQuantity": levels[location] if level.expected is None else level.expected,
    }
    variables = {"input": {"name": "available", "reason": "correction", "quantities": [row]}, "key": level.key}
    payload = client.mutate("stock.set", SET_STOCK, variables, "inventorySetQuantities")
    if errors := payload.records("userErrors"):
        return _refused(level, errors[0])
    return Done(level.key, Result.OK, remote_id=item)


def _refused(level: StockLevel, error: Record) -> Done:
    code, message = error.text("code"), error.text("message")
    if code == IN_FLIGHT or (code in STALE and level.expected is None):
        return Done(level.key, Result.RETRY_LATER, code=code, message=message)  # it was sold from meanwhile
    why = Why.STATE_CHANGED if code in STALE else Why.OTHER
    return Done(level.key, Result.REJECTED, why, code, message)


def _quoted(code: str) -> str:
    return '"' + code.replace("\\", "\\\\").replace('"', '\\"') + '"'
