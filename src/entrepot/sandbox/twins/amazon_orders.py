"""Orders 2026-01-01: `searchOrders` and `getOrder`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from entrepot.sandbox.faults import Fault
from entrepot.sandbox.paging import BadPageToken
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.store import Order, Span
from entrepot.sandbox.twin import Exchange
from entrepot.sandbox.twins import amazon_wire as wire
from entrepot.sandbox.twins.amazon_errors import invalid_input, not_found

LAG_MS = 2 * 60 * 1000  # how far before the request a list must end
V0_SPELLING = {
    "PENDING": "Pending",
    "UNSHIPPED": "Unshipped",
    "PARTIALLY_SHIPPED": "PartiallyShipped",
    "SHIPPED": "Shipped",
    "CANCELLED": "Canceled",
}


def search(exchange: Exchange, shop: Shop) -> dict[str, Any]:
    """A page of orders.

    Raises:
        SpError: 400 for parameters that do not go together.
    """
    asked = exchange.request.args
    include = _several(exchange, "includedData", sorted(wire.DATASETS))
    statuses = _several(exchange, "fulfillmentStatuses", wire.STATUSES)
    parties = _several(exchange, "fulfilledBy", ("MERCHANT", "AMAZON"))
    places = _several(exchange, "marketplaceIds", None)
    by, since, until = _window(exchange)
    try:
        size = int(asked.get("maxResultsPerPage", "100"))
    except ValueError:
        size = 0
    if not 1 <= size <= 100:
        raise invalid_input("maxResultsPerPage must be between 1 and 100.")
    closed = {f"{'lastUpdated' if by == 'updated' else 'created'}Before": wire.instant(until)}
    if (places and shop.extra["marketplace_id"] not in places) or (parties and "MERCHANT" not in parties):
        return {"orders": [], **closed}
    span = Span(by=by, since=since, until=until + 1, statuses=statuses)
    try:
        page = exchange.page(shop, span, asked.get("paginationToken", ""), size)
    except BadPageToken as error:
        raise invalid_input("The paginationToken is not valid for this request.") from error
    orders = [show(exchange, order, include) for order in page.orders]
    more = {"pagination": {"nextToken": page.next_token}} if page.next_token else {}
    return {"orders": orders, **more, **closed}


def get(exchange: Exchange, shop: Shop) -> dict[str, Any]:
    """One order.

    Raises:
        SpError: 404 for an order that this seller does not have.
    """
    include = _several(exchange, "includedData", sorted(wire.DATASETS))
    order = exchange.world.store.order("amazon", exchange.args["order_id"], shop=shop.name)
    if order is None:
        raise not_found("There is no such order.")
    return {"order": show(exchange, exchange.read(order), include)}


def show(exchange: Exchange, order: Order, include: Sequence[str]) -> dict[str, Any]:
    """The order on the wire. ENUM_DRIFT: the status in v0 spelling, and a service level that no document knows."""
    shown = wire.order(order.id, order.created, order.updated, order.doc, include)
    if Fault.ENUM_DRIFT in exchange.faults and "fulfillment" in shown:
        shown["fulfillment"]["fulfillmentStatus"] = V0_SPELLING[wire.status(order.doc)]
        shown["fulfillment"]["fulfillmentServiceLevel"] = "SAME_HOUR"
    return shown


def _window(exchange: Exchange) -> tuple[str, int, int]:
    """By what, from when, until when (both included, ms)."""
    asked = exchange.request.args
    if ("createdAfter" in asked) == ("lastUpdatedAfter" in asked):
        raise invalid_input("Exactly one of createdAfter and lastUpdatedAfter must be provided.")
    mine, other = ("created", "lastUpdated") if "createdAfter" in asked else ("lastUpdated", "created")
    if f"{other}Before" in asked:
        raise invalid_input(f"{other}Before may not be provided with {mine}After.")
    latest = exchange.world.now_ms - LAG_MS
    since = _instant(exchange, f"{mine}After")
    until = _instant(exchange, f"{mine}Before") if f"{mine}Before" in asked else latest
    if until > latest:
        raise invalid_input(f"{mine}Before must be at least two minutes before the time of the request.")
    if f"{mine}Before" in asked and until < since:
        raise invalid_input(f"{mine}Before must be equal to or after {mine}After.")
    return ("created" if mine == "created" else "updated"), since, until


def _instant(exchange: Exchange, name: str) -> int:
    try:
        moment = datetime.fromisoformat(exchange.request.args[name].replace(" ", "+"))
    except ValueError as error:
        raise invalid_input(f"{name} must be in ISO 8601 format.") from error
    if moment.tzinfo is None:
        raise invalid_input(f"{name} must name its time zone.")
    return int(moment.timestamp() * 1000)


def _several(exchange: Exchange, name: str, allowed: Sequence[str] | None) -> list[str]:
    """A list parameter: comma-separated, or repeated."""
    values = [part for text in exchange.request.args.getlist(name) for part in text.split(",") if part]
    for value in values:
        if allowed is not None and value not in allowed:
            raise invalid_input(f"{value} is not a value of {name}.")
    return values
