"""Reading Lazada orders: the list by offset, one order, and items of one or several orders."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from entrepot.sandbox.faults import Fault
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.store import Order, Span
from entrepot.sandbox.twin import Exchange
from entrepot.sandbox.twins import lazada_wire as wire
from entrepot.sandbox.twins.iop import IopError, json_param, required, whole

LIMIT_MOST, OFFSET_MOST, ORDERS_MOST = 100, 5000, 50
MOST = 1_000_000
DRIFT = {wire.CANCELED: "cancelled", wire.PENDING: "topack", wire.READY: "ready_to_ship_pending"}


def orders(exchange: Exchange, params: Mapping[str, str], shop: Shop) -> dict[str, Any]:
    """`/orders/get`. Orders that change meanwhile shift the offsets.

    Raises:
        IopError: MissingParameter without a lower bound; 17 and 18 for limit and offset; InvalidParameter.
    """
    limit = _bounded(params, "limit", 1, LIMIT_MOST, 100, "17")
    offset = _bounded(params, "offset", 0, OFFSET_MOST, 0, "18")
    found = _found(exchange, params, shop)
    first = min(offset, max(0, len(found) - limit)) if Fault.ENDLESS_PAGE in exchange.faults else offset
    page = found[first : first + limit]
    if Fault.ORDERS_MOVE in exchange.faults and len(found) > first + limit:
        exchange.world.save(page[0])  # it leaves this window: what follows moves up by one, across the page's edge
    if Fault.DUPLICATE_PAGE in exchange.faults:
        page = [*page, *page]
    shown = [_drifted(exchange, wire.order(one, shop)) for one in page]
    return {"data": {"count": len(shown), "countTotal": len(found), "orders": shown}}


def _found(exchange: Exchange, params: Mapping[str, str], shop: Shop) -> list[Order]:
    moments = {
        name: _instant(params, name) for name in ("update_after", "update_before", "created_after", "created_before")
    }
    if moments["update_after"] is None and moments["created_after"] is None:
        raise IopError("MissingParameter", "Either 'created_after' or 'update_after' is mandatory")
    by = "update" if moments["update_after"] is not None else "created"
    way, sort = params.get("sort_direction", "DESC").upper(), params.get("sort_by", "created_at")
    if way not in ("ASC", "DESC") or sort not in ("created_at", "updated_at"):
        raise IopError("20", "E020: Invalid sort_by or sort_direction")
    until = moments[f"{by}_before"]
    if Fault.STALE_READ in exchange.faults and by == "update":
        lag = exchange.world.now_ms - int(exchange.world.faults.knob("lag_seconds") * 1000)
        until = lag if until is None else min(lag, until)
    span = Span("updated" if by == "update" else "created", moments[f"{by}_after"], until)
    found = exchange.world.store.orders("lazada", shop.name, span, limit=MOST)
    found.sort(key=lambda one: (one.updated if sort == "updated_at" else one.created, one.id), reverse=way == "DESC")
    since, end, status = moments["created_after"], moments["created_before"], params.get("status")
    return [
        one
        for one in found
        if (since is None or one.created >= since)
        and (end is None or one.created < end)
        and (not status or status == "all" or status in wire.statuses(one.doc))
    ]


def _bounded(params: Mapping[str, str], name: str, least: int, most: int, usual: int, code: str) -> int:
    try:
        return whole(params.get(name), name, least, most, usual)
    except IopError:
        raise IopError(code, f"E0{code}: Invalid {name}. Must be between {least} and {most}") from None


def _instant(params: Mapping[str, str], name: str) -> int | None:
    if not params.get(name):
        return None
    try:
        moment = datetime.fromisoformat(params[name])
    except ValueError:
        raise IopError("14", f'E014: "{params[name]}" is not a valid ISO 8601 date') from None
    if moment.tzinfo is None:
        raise IopError("14", f'E014: "{params[name]}" is not a valid ISO 8601 date')
    return int(moment.timestamp() * 1000)


def order(exchange: Exchange, params: Mapping[str, str], shop: Shop) -> dict[str, Any]:
    """`/order/get`."""
    found = exchange.read(of(exchange, required(params, "order_id"), shop))
    return {"data": _drifted(exchange, wire.order(found, shop))}


def items(exchange: Exchange, params: Mapping[str, str], shop: Shop) -> dict[str, Any]:
    """`/order/items/get`."""
    return {"data": _items(exchange, of(exchange, required(params, "order_id"), shop), shop)}


def items_of_several(exchange: Exchange, params: Mapping[str, str], shop: Shop) -> dict[str, Any]:
    """`/orders/items/get`: up to fifty orders; those that do not exist are left out."""
    asked = json_param(params, "order_ids", list)
    if not 1 <= len(asked) <= ORDERS_MOST:
        raise IopError("37", f"E037: Between 1 and {ORDERS_MOST} order ids")
    found = [exchange.world.store.order("lazada", str(one), shop=shop.name) for one in asked]
    return {
        "data": [
            {"order_id": int(one.id), "order_number": int(one.id), "order_items": _items(exchange, one, shop)}
            for one in found
            if one is not None
        ]
    }


def _items(exchange: Exchange, found: Order, shop: Shop) -> list[dict[str, Any]]:
    shown = exchange.read(found)
    return [_drifted(exchange, wire.item(shown, piece, shop)) for piece in shown.doc["items"]]


def _drifted(exchange: Exchange, shown: dict[str, Any]) -> dict[str, Any]:
    """ENUM_DRIFT: the other spelling, and statuses that the newer seller centre uses for the same."""
    if Fault.ENUM_DRIFT in exchange.faults:
        if "status" in shown:
            shown["status"] = DRIFT.get(shown["status"], shown["status"])
        else:
            shown["statuses"] = [DRIFT.get(one, one) for one in shown["statuses"]]
    return shown


def of(exchange: Exchange, order_id: Any, shop: Shop) -> Order:
    """The shop's order of this number.

    Raises:
        IopError: 16, the order does not exist.
    """
    found = exchange.world.store.order("lazada", str(order_id), shop=shop.name)
    if found is None:
        raise IopError("16", f'E016: "{order_id}" Invalid Order ID')
    return found
