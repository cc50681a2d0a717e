"""Cancellations on the wire: the buyer's requests and the seller's own."""

from typing import Any, Final

from entrepot.sandbox.shops import Shop
from entrepot.sandbox.store import Order
from entrepot.sandbox.twin import Exchange, Reply
from entrepot.sandbox.twins.tiktok_life import UNSHIPPED, cancel, end_request
from entrepot.sandbox.twins.tiktok_stock import empty
from entrepot.sandbox.twins.tiktok_wire import (
    INVALID,
    NAME,
    NO_ORDER,
    WRONG_STATE,
    Refused,
    body_of,
    envelope,
    refuse,
    whole_number,
)

STATUSES: Final = tuple(f"CANCELLATION_REQUEST_{end}" for end in ("PENDING", "SUCCESS", "CANCEL", "COMPLETE"))
SELLER_REASONS: Final = ("seller_cancel_reason_out_of_stock", "seller_cancel_reason_wrong_price",
                         "seller_cancel_paid_reason_address_not_deliver")  # fmt: skip
REJECT_REASONS: Final = ("seller_reject_apply_product_has_been_packed", "seller_reject_apply_has_been_shipped",
                         "reverse_reject_request_reason_1")  # fmt: skip


def search(exchange: Exchange, shop: Shop) -> Reply:
    """By update time, oldest first; the token is the place in that list."""
    query, body = exchange.request.args, body_of(exchange)
    size = whole_number(query.get("page_size"), "page_size", 1, 50)
    start = whole_number(query.get("page_token") or "0", "page_token")
    statuses = body.get("cancel_status") or STATUSES
    if not set(statuses) <= set(STATUSES):
        refuse(INVALID, "Invalid parameter: cancel_status", 400)
    since, until = (
        whole_number(body.get(f"update_time_{end}", d), f"update_time_{end}") for end, d in (("ge", 0), ("lt", 1 << 40))
    )
    found = [
        request for _, request in exchange.world.store.things(NAME, shop.name, "cancel")
        if request["status"] in statuses and since <= request["update_time"] < until
        and request["order_id"] in body.get("order_ids", [request["order_id"]])
        and request["id"] in body.get("cancel_ids", [request["id"]])
    ]  # fmt: skip
    found.sort(key=lambda request: (request["update_time"], request["id"]))
    more = str(start + size) if start + size < len(found) else ""
    shown = [_shown(request) for request in found[start : start + size]]
    return envelope(exchange, {"cancellations": shown, "total_count": len(found), "next_page_token": more})


def _shown(request: dict[str, Any]) -> dict[str, Any]:
    pending = request["status"].endswith("PENDING")
    return {
        "cancel_id": request["id"], "order_id": request["order_id"], "role": request["role"],
        "cancel_type": "BUYER_CANCEL" if request["role"] == "BUYER" else "CANCEL", "cancel_status": request["status"],
        "cancel_reason": request["reason"], "cancel_reason_text": request["reason"], "create_time": request["create_time"],
        "update_time": request["update_time"],
        **({"seller_next_action_response": [{"action": "SELLER_RESPOND_BUYER_CANCEL", "deadline": request["deadline"]}]}
           if pending else {}),
    }  # fmt: skip


def approve(exchange: Exchange, shop: Shop) -> Reply:
    """The same `idempotency_key` again is the same answer."""
    key = exchange.request.args.get("idempotency_key", "")
    order, is_repeated = _pending(exchange, shop, "approve", key)
    if not is_repeated:
        cancel(exchange.world, order, "BUYER", order.doc["request"]["reason"])
    return envelope(exchange, {})


def reject(exchange: Exchange, shop: Shop) -> Reply:
    if body_of(exchange).get("reject_reason") not in REJECT_REASONS:
        refuse(INVALID, "Invalid parameter: reject_reason", 400)
    order, is_repeated = _pending(exchange, shop, "reject", exchange.request.args.get("idempotency_key", ""))
    if not is_repeated:
        end_request(exchange.world, order, "CANCELLATION_REQUEST_CANCEL")
    return envelope(exchange, {})


def _pending(exchange: Exchange, shop: Shop, what: str, key: str) -> tuple[Order, bool]:
    """The order of the request, and whether this call was answered before."""
    cancel_id, store = exchange.args["cancel_id"], exchange.world.store
    request = store.thing(NAME, shop.name, "cancel", cancel_id)
    order = store.order(NAME, request["order_id"], shop=shop.name) if request else None
    if order is None:
        refuse(NO_ORDER, "Cancellation not found")
    if key and store.linked(NAME, "idempotency", f"{what} {key}") == order.id:
        return order, True
    held = order.doc["request"]
    if held["id"] != cancel_id or not held["status"].endswith("PENDING"):
        exchange.world.refuse(order)
        refuse(WRONG_STATE, "The cancellation request is not pending")
    if key:
        store.link(NAME, "idempotency", f"{what} {key}", order.id)
    return order, False


def cancel_order(exchange: Exchange, shop: Shop) -> Reply:
    """By the seller, the whole order; the stock of its SKUs is set to nothing, and the listing goes off sale."""
    body = body_of(exchange)
    order = exchange.world.store.order(NAME, str(body.get("order_id")), shop=shop.name)
    if order is None:
        refuse(NO_ORDER, "Order not found")
    try:
        if body.get("cancel_reason") not in SELLER_REASONS:
            refuse(INVALID, "Invalid parameter: cancel_reason", 400)
        if body.get("skus") or body.get("order_line_item_ids") or body.get("order_line_list"):
            refuse(INVALID, "The sandbox cancels whole orders only", 400)
        if order.status not in UNSHIPPED or order.status == "PARTIALLY_SHIPPING":
            refuse(WRONG_STATE, f"The order status {order.status} does not allow a cancellation")
    except Refused:
        exchange.world.refuse(order)
        raise
    cancel(exchange.world, order, "SELLER", str(body["cancel_reason"]))
    for line in order.doc["lines"]:
        empty(exchange.world, shop, line["sku_id"])
    cancel_id = str(4_035_000_000_000_000_000 + exchange.world.store.next("tiktok cancel"))
    return envelope(exchange, {"cancel_id": cancel_id, "cancel_status": "CANCELLATION_REQUEST_SUCCESS"})


def aftersale(exchange: Exchange, shop: Shop) -> Reply:
    """Which reasons a seller may cancel with."""
    order = exchange.world.store.order(NAME, exchange.args["order_id"], shop=shop.name)
    if order is None:
        refuse(NO_ORDER, "Order not found")
    can = order.status in UNSHIPPED and order.status != "PARTIALLY_SHIPPING"
    shown = [
        {"sku_id": sku, "line_item_eligibility": [{
            "request_type": "CANCEL", "eligible": can, "available_reason_names": list(SELLER_REASONS) if can else [],
            "order_line_items_ids": [line["id"] for line in order.doc["lines"] if line["sku_id"] == sku],
        }]} for sku in dict.fromkeys(line["sku_id"] for line in order.doc["lines"])
    ]  # fmt: skip
    return envelope(exchange, {"sku_eligibility": shown})


def decisions(exchange: Exchange, shop: Shop) -> Reply:
    """How a buyer's request may be answered, with the reasons of a refusal."""
    cancel_id = exchange.request.args.get("cancel_id", exchange.request.args.get("aftersale_id", ""))
    request = exchange.world.store.thing(NAME, shop.name, "cancel", cancel_id)
    if request is None:
        refuse(NO_ORDER, "Cancellation not found")
    can, reasons = request["status"].endswith("PENDING"), [{"name": one, "text": one} for one in REJECT_REASONS]
    shown = [
        {"decision": "APPROVE_REQUEST_CANCEL", "eligible": can},
        {"decision": "REJECT_REQUEST_CANCEL", "eligible": can, "available_reject_reasons": reasons},
    ]
    return envelope(exchange, {"decisions": shown})
