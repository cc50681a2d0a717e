"""Orders on the wire: search and detail."""

from typing import Any, Final

from entrepot.sandbox.paging import BadPageToken, Paged
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.store import Span
from entrepot.sandbox.twin import Exchange, Reply
from entrepot.sandbox.twins.tiktok_document import wire_order
from entrepot.sandbox.twins.tiktok_wire import INVALID, NAME, body_of, envelope, refuse, whole_number

STATUSES: Final = ("UNPAID", "ON_HOLD", "AWAITING_SHIPMENT", "PARTIALLY_SHIPPING", "AWAITING_COLLECTION", "IN_TRANSIT",
                   "DELIVERED", "COMPLETED", "CANCELLED")  # fmt: skip
PAGE_MOST: Final = 100
IDS_MOST: Final = 50
WINDOW: Final = ("create_time_ge", "create_time_lt", "update_time_ge", "update_time_lt")
UNTESTED: Final = ("shipping_type", "buyer_user_id", "is_buyer_request_cancel", "warehouse_ids")


def search(exchange: Exchange, shop: Shop) -> Reply:
    body = body_of(exchange)
    for name in UNTESTED:
        if name in body:
            refuse(INVALID, f"The sandbox does not filter by {name}", 400)
    status = body.get("order_status")
    if status is not None and status not in STATUSES:
        refuse(INVALID, "Invalid parameter: order_status", 400)
    found = page(exchange, shop, body, (status,) if status else ())
    orders = [wire_order(exchange.world, exchange.read(order), exchange.faults) for order in found.orders]
    return envelope(exchange, {"next_page_token": found.next_token, "total_count": found.total, "orders": orders})


def page(exchange: Exchange, shop: Shop, body: dict[str, Any], statuses: tuple[str, ...]) -> Paged:
    """A page by the query's sort and the body's window; both windows at once are not played."""
    query = exchange.request.args
    by = query.get("sort_field", "create_time").removesuffix("_time") + "d"
    if by not in ("created", "updated"):
        refuse(INVALID, "Invalid parameter: sort_field", 400)
    if query.get("sort_order", "DESC") not in ("ASC", "DESC"):
        refuse(INVALID, "Invalid parameter: sort_order", 400)
    size = whole_number(query.get("page_size"), "page_size", 1, PAGE_MOST)
    window = {name: _ms(body.get(name), name) for name in WINDOW}
    other = "create" if by == "updated" else "update"
    if window[f"{other}_time_ge"] is not None or window[f"{other}_time_lt"] is not None:
        refuse(INVALID, f"The sandbox sorts and filters by the same time: not by {other}_time here", 400)
    mine = "update" if by == "updated" else "create"
    span = Span(
        by, window[f"{mine}_time_ge"], window[f"{mine}_time_lt"], statuses, query.get("sort_order", "DESC") == "DESC"
    )
    try:
        return exchange.page(shop, span, query.get("page_token", ""), size)
    except BadPageToken:
        refuse(INVALID, "Invalid parameter: page_token", 400)


def _ms(value: Any, name: str) -> int | None:
    return None if value is None else whole_number(value, name) * 1000


def detail(exchange: Exchange, shop: Shop) -> Reply:
    """Orders that do not exist in this shop are absent."""
    ids = [one for one in exchange.request.args.get("ids", "").split(",") if one]
    if not 1 <= len(ids) <= IDS_MOST:
        refuse(INVALID, f"Invalid parameter: ids must hold 1 to {IDS_MOST} order ids", 400)
    found = [exchange.world.store.order(NAME, one, shop=shop.name) for one in dict.fromkeys(ids)]
    orders = [wire_order(exchange.world, exchange.read(order), exchange.faults) for order in found if order]
    return envelope(exchange, {"orders": orders})
