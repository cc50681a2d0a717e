"""How a Shopify order goes on: what buyer, merchant and time do, and what follows from shipping and cancelling."""

from typing import Any, Final

from entrepot.sandbox.drafts import Draft
from entrepot.sandbox.ledger import iso
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.store import Order
from entrepot.sandbox.twins.shopify_document import HOUR, NAME, make, part, shipping_status
from entrepot.sandbox.twins.shopify_hooks import tell_order
from entrepot.sandbox.world import World

REVIEW_MS: Final = 6 * HOUR  # how long a fraud check takes
OPEN_PARTS: Final = ("OPEN", "IN_PROGRESS", "ON_HOLD", "SCHEDULED")


def open_order(world: World, shop: Shop, draft: Draft) -> Order:
    order = make(world, shop, draft)
    now, later = world.now_ms, draft.later_seconds * 1000
    if "hold" in draft.kinds or "masked" in draft.kinds:
        put_on_hold(world, order, order.doc["parts"][0], "HIGH_RISK_OF_FRAUD", "Fraud check")
        world.plan(order, now + REVIEW_MS, "release")
    if "pays_late" in draft.kinds:
        world.plan(order, now + later, "pay")
    for kind in ("ask_cancel", "cancel", "change_address"):
        if kind in draft.kinds:
            world.plan(order, now + later, kind)
    order.status = shipping_status(order)
    world.save(order)
    tell_order(world, order, "orders/create")
    return order


def changed(world: World, order: Order, topic: str = "orders/updated") -> None:
    order.status = "CANCELLED" if order.doc["cancelled_at"] else shipping_status(order)
    world.save(order)
    tell_order(world, order, topic)


def act(world: World, order: Order, what: str) -> bool:
    return _ACTS[what](world, order) if what in _ACTS else False


def put_on_hold(world: World, order: Order, one: dict[str, Any], reason: str, notes: str) -> dict[str, Any]:
    hold = {"id": str(900_000_000 + world.store.next("shopify hold")), "reason": reason, "notes": notes}
    one["holds"].append(hold)
    one["status"], one["updated"] = "ON_HOLD", iso(world.now_ms)
    return hold


def free(world: World, one: dict[str, Any]) -> None:
    sent = any(row["remaining"] < row["total"] for row in one["lines"])
    one["holds"], one["status"], one["updated"] = [], "IN_PROGRESS" if sent else "OPEN", iso(world.now_ms)


# -- acts


def _pay(world: World, order: Order) -> bool:
    if order.doc["financial"] != "PENDING" or order.doc["cancelled_at"]:
        return False
    order.doc["financial"] = "PAID"
    changed(world, order)
    return True


def _hold(world: World, order: Order) -> bool:
    open_parts = [one for one in order.doc["parts"] if one["status"] in ("OPEN", "IN_PROGRESS")]
    for one in open_parts:
        put_on_hold(world, order, one, "HIGH_RISK_OF_FRAUD", "Fraud check")
    if open_parts:
        changed(world, order)
    return bool(open_parts)


def _release(world: World, order: Order) -> bool:
    held = [one for one in order.doc["parts"] if one["status"] == "ON_HOLD"]
    for one in held:
        free(world, one)
    if held:
        world.unplan(order, "release")
        changed(world, order)
    return bool(held)


def _change_address(world: World, order: Order) -> bool:
    doc = order.doc
    if doc["cancelled_at"] or order.status == "FULFILLED":
        return False
    doc["address"], doc["next_address"] = doc["next_address"], doc["address"]
    changed(world, order)
    return True


def _cancel(world: World, order: Order) -> bool:
    if order.doc["cancelled_at"] or order.doc["fulfillments"]:
        return False
    cancel(world, order, "CUSTOMER")
    return True


def _ask_cancel(world: World, order: Order) -> bool:
    """The merchant asks us, as the fulfilment service, to stop; buyers of a Shopify shop cannot ask by themselves."""
    open_parts = [
        one for one in order.doc["parts"] if one["status"] in OPEN_PARTS and one["request"] != "CANCELLATION_REQUESTED"
    ]
    for one in open_parts:
        request = {"id": str(500_000_000 + world.store.next("shopify request")), "sent": iso(world.now_ms)}
        one["request"], one["updated"] = "CANCELLATION_REQUESTED", iso(world.now_ms)
        one["requests"].append({**request, "message": "The buyer changed their mind"})
    if open_parts:
        changed(world, order)
    return bool(open_parts)


def _withdraw(world: World, order: Order) -> bool:
    asked = [one for one in order.doc["parts"] if one["request"] == "CANCELLATION_REQUESTED"]
    for one in asked:
        one["request"] = "ACCEPTED"
    if asked:
        changed(world, order)
    return bool(asked)


def _finish_cancel(world: World, order: Order) -> bool:
    """The job of orderCancel runs a moment later; by then the order may have been sent."""
    job = order.doc.pop("cancel_job", None)
    if job is None:
        return False
    if order.doc["cancelled_at"] is None and order.status != "FULFILLED":
        cancel(world, order, job["reason"])
    world.store.put_thing(NAME, order.shop, "job", job["id"], {"done": True})
    return True


def _collect(world: World, order: Order) -> bool:
    return _carried(world, order, ("FULFILLED",), "IN_TRANSIT")


def _deliver(world: World, order: Order) -> bool:
    return _carried(world, order, ("FULFILLED", "IN_TRANSIT"), "DELIVERED")


def _carried(world: World, order: Order, of: tuple[str, ...], shown: str) -> bool:
    moved = [one for one in order.doc["fulfillments"] if one["status"] == "SUCCESS" and one["display"] in of]
    for one in moved:
        one["display"], one["updated"] = shown, iso(world.now_ms)
        one["delivered" if shown == "DELIVERED" else "transit"] = iso(world.now_ms)
    if moved:
        changed(world, order)
    return bool(moved)


_ACTS = {
    "pay": _pay, "hold": _hold, "release": _release, "change_address": _change_address, "cancel": _cancel,
    "ask_cancel": _ask_cancel, "withdraw_cancel": _withdraw, "finish_cancel": _finish_cancel, "collect": _collect,
    "deliver": _deliver,
}  # fmt: skip


def cancel(world: World, order: Order, reason: str) -> None:
    doc = order.doc
    doc["agenda"] = [entry for entry in doc.get("agenda", []) if entry[1] == "finish_cancel"]
    doc["cancelled_at"], doc["cancel_reason"] = iso(world.now_ms), reason
    doc["financial"] = "REFUNDED" if doc["financial"] == "PAID" else "VOIDED"
    for line in doc["lines"]:
        line["current"] = 0
    for one in doc["parts"]:
        if one["status"] in OPEN_PARTS:
            close_part(world, one, "CANCELLED")
    changed(world, order, "orders/cancelled")


def close_part(world: World, one: dict[str, Any], status: str) -> None:
    one["status"], one["holds"], one["updated"] = status, [], iso(world.now_ms)
    if status == "CANCELLED":
        for row in one["lines"]:
            row["remaining"] = 0


def sent(world: World, order: Order, pieces: dict[str, int], tracking: list[dict[str, Any]]) -> dict[str, Any]:
    """A fulfilment of these pieces (line id -> quantity)."""
    now = iso(world.now_ms)
    fulfillment_id = str(5_100_000_000_000 + world.store.next("shopify fulfillment"))
    world.store.link(NAME, "Fulfillment", fulfillment_id, order.id)
    lines = []
    for line_id, quantity in pieces.items():
        row = str(13_000_000_000_000 + world.store.next("shopify sent line"))
        lines.append({"id": row, "line": line_id, "quantity": quantity})
    made = {
        "id": fulfillment_id, "status": "SUCCESS", "display": "FULFILLED", "tracking": tracking, "lines": lines,
        "created": now, "updated": now, "delivered": None, "transit": None,
    }  # fmt: skip
    order.doc["fulfillments"].append(made)
    world.unplan(order, "ask_cancel", "cancel", "change_address", "collect", "deliver")
    world.plan(order, world.now_ms + 20 * HOUR, "collect")
    world.plan(order, world.now_ms + 9 * 24 * HOUR, "deliver")
    changed(world, order)
    return made


def taken_back(world: World, order: Order, one: dict[str, Any]) -> None:
    """A fulfilment is cancelled: what was in it is to be sent again, as a new fulfilment order."""
    one["status"], one["display"], one["updated"] = "CANCELLED", "CANCELED", iso(world.now_ms)
    order.doc["parts"].append(part(world, order, {row["line"]: row["quantity"] for row in one["lines"]}))
    changed(world, order)
