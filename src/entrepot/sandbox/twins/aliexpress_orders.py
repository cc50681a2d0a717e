"""The list by page number, the detail and the receipt address of AliExpress orders."""

from collections.abc import Mapping
from typing import Any

from entrepot.sandbox.faults import Fault
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.store import Order, Span
from entrepot.sandbox.twin import Exchange
from entrepot.sandbox.twins import aliexpress_wire as wire
from entrepot.sandbox.twins.iop import IopError, from_pacific, json_param, pacific, whole

PAGE_MOST = 50
STATUSES_MOST = 20
OVER = frozenset({wire.FINISH, wire.FUNDS, "ARCHIVE"})  # left out of a list that names no status
MOST = 1_000_000


def orders(exchange: Exchange, params: Mapping[str, str], shop: Shop) -> dict[str, Any]:
    """`aliexpress.trade.seller.orderlist.get`, the newest first. Orders that change meanwhile shift the pages.

    The list does not tell FUND_PROCESSING from FINISH: both are FINISH there.
    """
    query = json_param(params, "param_aeop_order_query", dict)
    size = whole(query.get("page_size"), "page_size", 1, PAGE_MOST, 20)
    number = whole(query.get("current_page"), "current_page", 1, MOST, 1)
    found = _found(exchange, query, shop)
    pages = -(-len(found) // size)
    first = (number - 1) * size
    endless = Fault.ENDLESS_PAGE in exchange.faults and pages > 0
    if endless:
        first, pages = min(first, (pages - 1) * size), number + 1
    page = found[first : first + size]
    if Fault.ORDERS_MOVE in exchange.faults and len(found) > first + size:
        exchange.world.save(page[0])  # it leaves this window: what follows moves up by one, across the page's edge
    if Fault.DUPLICATE_PAGE in exchange.faults:
        page = [*page, *page]  # pages have numbers here: what can be shown twice are the orders of a page
    result = {
        "success": True,
        "total_count": len(found),
        "total_page": pages,
        "current_page": number,
        "page_size": size,
        "time_stamp": pacific(exchange.world.now_ms),
    }
    shown = [wire.listed(order, shop, _status(exchange, order), exchange.world.now_ms) for order in page]
    return {"result": {**result, "target_list": {"aeop_order_item_dto": shown}} if shown else result}


def _found(exchange: Exchange, query: Mapping[str, Any], shop: Shop) -> list[Order]:
    """Everything that fits the query, in the list's order."""
    moments = {
        name: from_pacific(query.get(name), name)
        for name in ("create_date_start", "create_date_end", "modified_date_start", "modified_date_end")
    }
    by = "modified" if moments["modified_date_start"] or moments["modified_date_end"] else "create"
    until = _after(moments[f"{by}_date_end"])
    if Fault.STALE_READ in exchange.faults and by == "modified":
        lag = exchange.world.now_ms - int(exchange.world.faults.knob("lag_seconds") * 1000)
        until = lag if until is None else min(lag, until)
    span = Span(
        "updated" if by == "modified" else "created",
        moments[f"{by}_date_start"],
        until,
        _statuses(query),
        newest_first=True,
    )
    found = exchange.world.store.orders("aliexpress", shop.name, span, limit=MOST)
    since, end = moments["create_date_start"], _after(moments["create_date_end"])
    return [one for one in found if (since is None or one.created >= since) and (end is None or one.created < end)]


def _after(moment: int | None) -> int | None:
    """Ends are included, and have whole seconds."""
    return None if moment is None else moment + 1000


def _statuses(query: Mapping[str, Any]) -> list[str]:
    asked = query.get("order_status_list") or query.get("order_status") or []
    asked = [asked] if isinstance(asked, str) else asked
    if not isinstance(asked, list) or len(asked) > STATUSES_MOST or not wire.STATUSES.issuperset(asked):
        raise IopError("InvalidParameter", "The value of 'order_status_list' is not valid")
    if not asked:
        return sorted(wire.STATUSES - OVER)
    return sorted({*asked, wire.FINISH, wire.FUNDS} if {wire.FINISH, wire.FUNDS} & set(asked) else set(asked))


def _status(exchange: Exchange, order: Order) -> str:
    """What the list says. With ENUM_DRIFT its IN_CANCEL is wrong in both directions; the detail knows."""
    status: str = order.doc["status"]
    if status == wire.FUNDS:
        return wire.FINISH
    if Fault.ENUM_DRIFT in exchange.faults:
        return {wire.IN_CANCEL: wire.WAIT_SEND, wire.WAIT_SEND: wire.IN_CANCEL}.get(status, status)
    return status


def detail(exchange: Exchange, params: Mapping[str, str], shop: Shop) -> dict[str, Any]:
    """`aliexpress.trade.new.redefining.findorderbyid`: no `target` for an order that this seller does not have."""
    order = of(exchange, json_param(params, "param1", dict).get("order_id"), shop)
    body: dict[str, Any] = {"time_stamp": pacific(exchange.world.now_ms)}
    return body if order is None else {**body, "target": wire.detail(exchange.read(order), shop)}


def receipt(exchange: Exchange, params: Mapping[str, str], shop: Shop) -> dict[str, Any]:
    """`aliexpress.solution.order.receiptinfo.get`: no `result` for an order that this seller does not have."""
    order = of(exchange, json_param(params, "param1", dict).get("order_id"), shop)
    return {} if order is None else {"result": wire.receipt(exchange.read(order).doc)}


def of(exchange: Exchange, order_id: Any, shop: Shop) -> Order | None:
    """The shop's order of this number, given as number or text."""
    if not order_id:
        raise IopError("MissingParameter", "The input parameter 'order_id' that is mandatory is not supplied")
    return exchange.world.store.order("aliexpress", str(order_id), shop=shop.name)
