"""Shopify's order document: lines with quantities, fulfilment orders (what is to be sent) and fulfilments (what was sent)."""

from typing import Any, Final

from entrepot.sandbox.drafts import Draft
from entrepot.sandbox.goods import GOODS
from entrepot.sandbox.ledger import iso
from entrepot.sandbox.people import Person
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.store import Order
from entrepot.sandbox.world import World

NAME: Final = "shopify"
HOUR: Final = 3_600_000
LOCATION: Final = "70000000001"
SECOND_LOCATION: Final = "70000000002"  # beta has two
FIRST_PRODUCT: Final = 8_000_000_000_001
FIRST_VARIANT: Final = 44_000_000_000_001
FIRST_ITEM: Final = 46_000_000_000_001


def gid(kind: str, number: object) -> str:
    return f"gid://shopify/{kind}/{number}"


def number_of(text: str, kind: str) -> str | None:
    """The number of a gid of this kind, or None."""
    head = f"gid://shopify/{kind}/"
    return text.removeprefix(head).partition("?")[0] if text.startswith(head) else None


def make(world: World, shop: Shop, draft: Draft) -> Order:
    number = world.store.next(f"shopify order {shop.name}")
    order_id = str(5_800_000_000_000 + world.store.next("shopify order") * 32_771)
    kinds = set(draft.kinds)
    unpaid = bool({"unpaid", "pays_late", "cod"} & kinds)
    lines: list[dict[str, Any]] = [
        {"id": str(int(order_id) * 10 + n), "sku": line.good.code, "quantity": line.quantity, "current": line.quantity,
         "price_minor": line.price_minor, "index": GOODS.index(line.good)}
        for n, line in enumerate(draft.lines)
    ]  # fmt: skip
    doc: dict[str, Any] = {
        "number": 1000 + number, "kinds": list(draft.kinds), "lines": lines, "currency": draft.currency,
        "total_minor": draft.total_minor, "shipping_minor": draft.shipping_minor, "note": draft.note,
        "financial": "PENDING" if unpaid else "PAID", "gateway": "Cash on Delivery (COD)" if "cod" in kinds else "shopify_payments",
        "address": address(draft.buyer), "next_address": address(draft.moved), "email": draft.buyer.email,
        "customer": number_from(draft.buyer.id), "cancelled_at": None, "cancel_reason": None, "fulfillments": [], "parts": [],
        "tags": sorted(kinds - {"plain"}),
    }  # fmt: skip
    order = Order(NAME, shop.name, order_id, world.now_ms, world.now_ms, "UNFULFILLED", doc)
    doc["parts"].append(part(world, order, {line["id"]: line["quantity"] for line in lines}))
    return order


def number_from(text: str) -> str:
    """A stable number for a buyer."""
    seed, _, count = text.removeprefix("buyer").partition("x")
    return str(7_000_000_000_000 + int(seed) * 1_000_000 + int(count))


def address(person: Person) -> dict[str, Any]:
    first, _, last = person.name.rpartition(" ")
    return {
        "name": person.name, "first": first, "last": last, "address1": person.line1, "address2": person.line2,
        "city": person.city, "province": person.region, "zip": person.postcode, "country": person.country, "phone": person.phone,
    }  # fmt: skip


def part(world: World, order: Order, pieces: dict[str, int]) -> dict[str, Any]:
    """A fulfilment order: what is to be sent from one place. `pieces`: line id -> quantity."""
    part_id = str(6_900_000_000_000 + world.store.next("shopify part"))
    world.store.link(NAME, "FulfillmentOrder", part_id, order.id)
    lines = []
    for line_id, quantity in pieces.items():
        row = str(14_000_000_000_000 + world.store.next("shopify part line"))
        lines.append({"id": row, "line": line_id, "total": quantity, "remaining": quantity})
    now = iso(world.now_ms)
    return {"id": part_id, "status": "OPEN", "request": "UNSUBMITTED", "requests": [], "holds": [], "lines": lines,
            "location": LOCATION, "created": now, "updated": now}  # fmt: skip


def shipping_status(order: Order) -> str:
    """displayFulfillmentStatus"""
    doc = order.doc
    kept = [one for one in doc["parts"] if one["status"] != "CANCELLED"]
    sent = sum(row["quantity"] for one in doc["fulfillments"] if one["status"] != "CANCELLED" for row in one["lines"])
    left = sum(row["remaining"] for one in kept for row in one["lines"])
    if any(one["status"] == "ON_HOLD" for one in kept):
        return "ON_HOLD"
    if sent and not left:
        return "FULFILLED"
    return "PARTIALLY_FULFILLED" if sent else "UNFULFILLED"


def plain(world: World, order: Order) -> dict[str, Any]:
    doc, person = order.doc, order.doc["address"]
    cod = doc["gateway"].startswith("Cash")
    return {
        "paid": doc["financial"] != "PENDING" or cod,
        "cod": cod,
        "financial_status": doc["financial"],
        "cancelled": doc["cancelled_at"] is not None,
        "cancel_asked": any(one["request"] == "CANCELLATION_REQUESTED" for one in doc["parts"]),
        "total_minor": doc["total_minor"],
        "currency": doc["currency"],
        "recipient": {
            "name": person["name"], "line1": person["address1"], "city": person["city"], "postcode": person["zip"],
            "country": person["country"], "phone": person["phone"],
        },
        "lines": [
            {"line_id": i["id"], "sku": i["sku"], "quantity": i["quantity"], "unit_price_minor": i["price_minor"]}
            for i in doc["lines"]
        ],
        "shipments": [
            {
                "number": number["number"], "carrier": number["company"], "accepted_at": one["created"],
                "lines": [{"line_id": row["line"], "quantity": row["quantity"]} for row in one["lines"]],
            }
            for one in doc["fulfillments"] if one["status"] != "CANCELLED" for number in one["tracking"]
        ],
    }  # fmt: skip
