"""How an AliExpress order comes to be, and what buyers and the platform do with it by themselves."""

from typing import Any

from entrepot.sandbox.drafts import Draft
from entrepot.sandbox.ledger import iso
from entrepot.sandbox.people import Person
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.store import Order
from entrepot.sandbox.twins.aliexpress_wire import (
    FINISH,
    FUNDS,
    IN_CANCEL,
    RISK,
    RISK_HOLD,
    SENT,
    UNPAID,
    WAIT_SEND,
    total,
)
from entrepot.sandbox.world import World

HOUR = 3600 * 1000
DAY = 24 * HOUR
PREPARE_DAYS = 7


def open_order(world: World, shop: Shop, draft: Draft) -> Order:
    """A new order. An ordinary one was paid yesterday and has just passed risk control; `masked` was paid now, and is in
    risk control for 24 hours; `hold` is held there."""
    now, number = world.now_ms, world.store.next("aliexpress order")
    status = UNPAID if "unpaid" in draft.kinds else RISK if "masked" in draft.kinds else WAIT_SEND
    status = RISK_HOLD if "hold" in draft.kinds else status
    placed = now - 25 * HOUR if status == WAIT_SEND else now
    order_id = str(8_100_000_000_000_000 + number * 1000)
    doc: dict[str, Any] = {
        "status": status,
        "was": "",
        "currency": draft.currency,
        "buyer": {"login": draft.buyer.id, "name": draft.buyer.name, "country": draft.buyer.country},
        "to": address(draft.buyer),
        "paid": None if status == UNPAID else placed + 60_000 * (status == WAIT_SEND),
        "safe": status == WAIT_SEND,
        "send_by": now + PREPARE_DAYS * DAY,
        "prepare_days": PREPARE_DAYS,
        "shipping": draft.shipping_minor,
        "payment": "COD" if "cod" in draft.kinds else "MIXEDCARD",
        "note": draft.note,
        "lines": [_line(shop, draft, n, order_id) for n in range(len(draft.lines))],
        "shipments": [],
        "end_reason": "",
    }
    order = Order("aliexpress", shop.name, order_id, placed, now, status, doc)
    for kind, act_ in (("unpaid", "pay"), ("cancel", "cancel"), ("ask_cancel", "ask_cancel")):
        if kind in draft.kinds:
            world.plan(order, now + draft.later_seconds * 1000, act_)
    if "change_address" in draft.kinds:
        doc["moves_to"] = address(draft.moved)
        world.plan(order, now + draft.later_seconds * 1000, "change_address")
    if status in (RISK, RISK_HOLD):
        world.plan(order, now + DAY, "release")
    if status == UNPAID:
        world.plan(order, now + 20 * DAY, "pay_timeout")
    if status == WAIT_SEND:
        world.plan(order, doc["send_by"], "lapse")
    world.save(order)
    return order


def _line(shop: Shop, draft: Draft, n: int, order_id: str) -> dict[str, Any]:
    line = draft.lines[n]
    return {
        "id": str(int(order_id) + n + 1),
        "index": n + 1,
        "product_id": product_id(shop, line.good.code),
        "sku": line.good.code,
        "title": line.good.title,
        "variation": line.good.variation,
        "quantity": line.quantity,
        "unit": line.price_minor,
        "status": WAIT_SEND,
    }


def product_id(shop: Shop, code: str) -> int:
    """Each SKU is a product of its own; both shops have their own products."""
    return int(shop.extra["products"]) + int(code.removeprefix("SB-"))


def address(person: Person) -> dict[str, str]:
    return {
        "name": person.name,
        "line1": person.line1,
        "line2": person.line2,
        "city": person.city,
        "region": person.region,
        "postcode": person.postcode,
        "country": person.country,
        "phone": person.phone,
    }


ACTS: dict[str, tuple[str, ...]] = {
    "pay": (UNPAID,),
    "pay_timeout": (UNPAID,),
    "hold": (RISK, WAIT_SEND),
    "release": (RISK, RISK_HOLD),
    "cancel": (UNPAID, RISK, RISK_HOLD, WAIT_SEND, IN_CANCEL),
    "ask_cancel": (WAIT_SEND,),
    "withdraw_cancel": (IN_CANCEL,),
    "change_address": (UNPAID, RISK, RISK_HOLD, WAIT_SEND),
    "lapse": (WAIT_SEND,),
    "deliver": (SENT,),
    "accept": (FUNDS,),
}
CANCEL_REASONS = {
    UNPAID: "buyer_cancel_notpay_order",
    RISK: "buyer_cancel_order_in_risk",
    RISK_HOLD: "buyer_cancel_order_in_risk",
}


def act(world: World, order: Order, what: str) -> bool:
    """Play one act; False when the order's state does not allow it."""
    doc = order.doc
    if doc["status"] not in ACTS.get(what, ()):
        return False
    if what == "pay":
        doc.update(paid=world.now_ms, status=RISK)
        world.unplan(order, "pay", "pay_timeout")
        world.plan(order, world.now_ms + DAY, "release")
    elif what == "hold":
        doc.update(status=RISK_HOLD, safe=False)
    elif what == "release":
        doc.update(status=WAIT_SEND, safe=True, send_by=world.now_ms + PREPARE_DAYS * DAY)
        world.unplan(order, "release", "lapse")
        world.plan(order, doc["send_by"], "lapse")
    elif what == "ask_cancel":
        doc.update(was=doc["status"], status=IN_CANCEL)
    elif what == "withdraw_cancel":
        back_to_work(world, order)
    elif what == "change_address":
        doc["to"] = doc.get("moves_to") or {**doc["to"], "line1": f"{doc['to']['line1']} (rear building)"}
    elif what == "deliver":
        doc["status"] = FUNDS
        world.plan(order, world.now_ms + 2 * DAY, "accept")
    else:
        ends = {"pay_timeout": "pay_timeout", "lapse": "seller_send_goods_timeout", "accept": "buyer_accept_goods"}
        end(world, order, ends.get(what) or CANCEL_REASONS.get(doc["status"], "buyer_cancel_order"))
    order.status = doc["status"]
    world.save(order)
    return True


def back_to_work(world: World, order: Order) -> None:
    """A wish to cancel is over; a term that ran out meanwhile gets a day more."""
    order.doc.update(status=order.doc["was"], was="")
    world.unplan(order, "lapse")
    order.doc["send_by"] = max(order.doc["send_by"], world.now_ms + DAY)
    world.plan(order, order.doc["send_by"], "lapse")


def end(world: World, order: Order, reason: str) -> None:
    """The order is over, for this reason."""
    order.doc.update(status=FINISH, end_reason=reason)
    world.unplan(order, *ACTS)


def plain(order: Order) -> dict[str, Any]:
    """The order in the ledger's shape. A shipment that was declared for a part of a line has quantity 0 there: the
    platform is not told how many."""
    doc = order.doc
    by_index = {line["index"]: line for line in doc["lines"]}
    names = ("name", "line1", "city", "postcode", "country", "phone")
    return {
        "paid": doc["paid"] is not None,
        "cancelled": doc["status"] == FINISH and doc["end_reason"] != "buyer_accept_goods",
        "cancel_asked": doc["status"] == IN_CANCEL,
        "total_minor": total(doc),
        "currency": doc["currency"],
        "recipient": {name: doc["to"][name] for name in names},
        "lines": [
            {"line_id": line["id"], "sku": line["sku"], "quantity": line["quantity"], "unit_price_minor": line["unit"]}
            for line in doc["lines"]
        ],
        "shipments": [
            {
                "number": one["number"],
                "carrier": one["service"],
                "lines": [
                    {"line_id": by_index[n]["id"], "quantity": by_index[n]["quantity"] if whole else 0}
                    for n, whole in one["lines"]
                ],
                "accepted_at": iso(one["at"]),
            }
            for one in doc["shipments"]
        ],
    }
