"""How an Amazon order comes to be, and what buyers and Amazon do with it by themselves."""

from typing import Any

from entrepot.sandbox.drafts import Draft
from entrepot.sandbox.ledger import iso
from entrepot.sandbox.people import Person
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.store import Order
from entrepot.sandbox.twins.amazon_wire import status, total
from entrepot.sandbox.world import World

MINUTE = 60 * 1000
DAY = 24 * 60 * MINUTE
GIFT_WRAP = "gift"


def open_order(world: World, shop: Shop, draft: Draft) -> Order:
    """A new order now. An unpaid one, and one under Amazon's fraud check, are both PENDING."""
    now, number = world.now_ms, world.store.next("amazon order")
    mixed = f"{number * 31_415_926_535_897 % 10**14:014d}"
    doc: dict[str, Any] = {
        "channel": [shop.extra["marketplace_id"], shop.title],
        "currency": draft.currency,
        "buyer": {"name": draft.buyer.name, "email": f"{draft.buyer.id}@marketplace.amazon.example"},
        "to": address(draft.buyer),
        "service": "EXPEDITED" if number % 7 == 0 else "STANDARD",
        "payment": "CashOnDelivery" if "cod" in draft.kinds else "Standard",
        "paid": None if "unpaid" in draft.kinds else now,
        "held": bool({"hold", "masked"} & set(draft.kinds)),
        "ship_from": now,
        "ship_by": now + 2 * DAY,
        "deliver_by": now + 12 * DAY,
        "shipping": draft.shipping_minor,
        "lines": [_line(draft, number, n) for n in range(len(draft.lines))],
        "packages": [],
    }
    order = Order("amazon", shop.name, f"{100 + number % 9}-{mixed[:7]}-{mixed[7:]}", now, now, status(doc), doc)
    for kind, act in (("unpaid", "pay"), ("cancel", "cancel"), ("ask_cancel", "ask_cancel")):
        if kind in draft.kinds:
            world.plan(order, now + draft.later_seconds * 1000, act)
    if "change_address" in draft.kinds:
        doc["moves_to"] = address(draft.moved)
        world.plan(order, now + draft.later_seconds * 1000, "change_address")
    if doc["held"]:
        world.plan(order, now + (30 * MINUTE if "masked" in draft.kinds else 4 * 60 * MINUTE), "release")
    world.plan(order, doc["ship_by"] + 9 * DAY, "lapse")
    world.save(order)
    return order


def _line(draft: Draft, number: int, n: int) -> dict[str, Any]:
    line = draft.lines[n]
    return {
        "id": f"{number * 100 + n + 10**13}",
        "asin": f"B0{line.good.code.replace('-', ''):0>8}",
        "sku": line.good.code,
        "title": f"{line.good.title} ({line.good.variation})",
        "quantity": line.quantity,
        "unit": line.price_minor,
        "shipped": 0,
        "gift": draft.note if GIFT_WRAP in draft.kinds else "",
    }


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


def act(world: World, order: Order, what: str) -> bool:
    """Play one act; False when the order's state does not allow it."""
    doc, stands = order.doc, status(order.doc)
    if what not in ACTS or stands not in ACTS[what]:
        return False
    if what == "pay" and doc["paid"] is None:
        doc["paid"] = world.now_ms
    elif what in ("hold", "release"):
        doc["held"] = what == "hold"
    elif what in ("cancel", "lapse"):
        _cancel(
            doc, *(("BUYER", "Order cancelled by buyer") if what == "cancel" else ("AMAZON", "Not shipped in time"))
        )
        world.unplan(order, "pay", "release", "ask_cancel", "change_address", "lapse")
    elif what in ("ask_cancel", "withdraw_cancel"):
        for line in doc["lines"]:
            line["cancel_asked"] = what == "ask_cancel" and not line.get("cancelled_by") and not line["shipped"]
    elif what == "change_address":
        doc["to"] = doc.get("moves_to") or {**doc["to"], "line1": f"{doc['to']['line1']} (rear building)"}
    elif what in ("move", "deliver"):
        for package in doc["packages"]:
            if package["status"] != "DELIVERED":
                package["status"] = "IN_TRANSIT" if what == "move" else "DELIVERED"
    order.status = status(doc)
    world.save(order)
    return True


PENDING, OPEN, BEGUN, GONE = "PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED"
ACTS: dict[str, tuple[str, ...]] = {
    "pay": (PENDING,),
    "hold": (OPEN,),
    "release": (PENDING,),
    "cancel": (PENDING, OPEN),
    "lapse": (PENDING, OPEN),
    "ask_cancel": (OPEN, BEGUN),
    "withdraw_cancel": (OPEN, BEGUN),
    "change_address": (PENDING, OPEN),
    "move": (BEGUN, GONE),
    "deliver": (BEGUN, GONE),
}


def _cancel(doc: dict[str, Any], who: str, why: str) -> None:
    for line in doc["lines"]:
        line.update(cancelled_by=who, cancel_reason=why)


def plain(order: Order) -> dict[str, Any]:
    """The order in the ledger's shape."""
    doc = order.doc
    names = ("name", "line1", "city", "postcode", "country", "phone")
    return {
        "paid": doc["paid"] is not None
        and not doc["held"],  # while it checks for fraud, Amazon says no more than PENDING
        "cancelled": status(doc) == "CANCELLED",
        "cancel_asked": any(line.get("cancel_asked") and not line.get("cancelled_by") for line in doc["lines"]),
        "total_minor": total(doc),
        "currency": doc["currency"],
        "recipient": {name: doc["to"][name] for name in names},
        "lines": [
            {"line_id": line["id"], "sku": line["sku"], "quantity": line["quantity"], "unit_price_minor": line["unit"]}
            for line in doc["lines"]
        ],
        "shipments": [
            {
                "number": package["number"],
                "carrier": package["carrier"],
                "lines": [{"line_id": item["id"], "quantity": item["quantity"]} for item in package["items"]],
                "accepted_at": iso(package["made"]),
            }
            for package in doc["packages"]
        ],
    }
