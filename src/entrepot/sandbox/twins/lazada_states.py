"""How a Lazada order comes to be, what happens to it by itself, and the pushes that tell of it."""

import itertools
import zlib
from typing import Any

from entrepot.sandbox.drafts import Draft
from entrepot.sandbox.ledger import iso
from entrepot.sandbox.people import Person, person
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.store import Order
from entrepot.sandbox.twins import lazada_wire as wire
from entrepot.sandbox.twins.iop import push_signature
from entrepot.sandbox.world import World

HOUR = 3600 * 1000
DAY = 24 * HOUR
ORDER_PUSH = 0
SELLERS = {"alpha": "1000100200", "beta": "1000100300"}  # shop -> what Lazada calls the seller
SITES = {"alpha": "lazada_sg", "beta": "lazada_my"}
# act -> statuses of items it applies to, and the status they get (None: something else changes)
ACTS: dict[str, tuple[tuple[str, ...], str | None]] = {
    "pay": ((wire.UNPAID,), wire.PENDING),
    "release": ((wire.UNPAID, wire.PENDING), wire.PENDING),
    "hold": ((wire.PENDING,), wire.UNPAID),
    "cancel": ((wire.UNPAID, wire.PENDING, wire.PACKED), wire.CANCELED),
    "ask_cancel": ((wire.UNPAID, wire.PENDING, wire.PACKED), wire.CANCELED),
    "lapse": ((wire.PENDING, wire.PACKED), wire.CANCELED),
    "change_address": ((wire.UNPAID, wire.PENDING), None),
    "collect": ((wire.READY,), wire.SHIPPED),
    "deliver": ((wire.SHIPPED,), wire.DELIVERED),
}
REASONS = {"cancel": "Change of mind", "ask_cancel": "Change of mind", "lapse": "Seller did not ship in time"}


def open_order(world: World, shop: Shop, draft: Draft) -> Order:
    """A new order now: one item per piece. `hold` waits unpaid for four hours, `masked` hides the address for one."""
    now = world.now_ms
    order_id = str(560_694_000_000_000 + world.store.next("lazada order") * 1000)
    waits = bool({"unpaid", "hold"} & set(draft.kinds))
    doc: dict[str, Any] = {
        "currency": draft.currency,
        "to": address(local(draft.buyer, shop)),
        "addressed": now,
        "buyer": draft.buyer.id,
        "payment": "COD" if "cod" in draft.kinds else "MIXEDCARD",
        "note": draft.note,
        "gift": draft.note if "gift" in draft.kinds else "",
        "masked": "masked" in draft.kinds,
        "shipping": draft.shipping_minor,
        "ship_by": now + 3 * DAY,
        "items": [],
    }
    for line in draft.lines:
        for _ in range(line.quantity):
            doc["items"].append(
                {
                    "id": str(int(order_id) + 1 + len(doc["items"])),
                    "sku": line.good.code,
                    "product_id": int(shop.extra["products"]) + 10 * int(line.good.code.removeprefix("SB-")),
                    "title": line.good.title,
                    "variation": line.good.variation,
                    "price": line.price_minor,
                    "status": wire.UNPAID if waits else wire.PENDING,
                    "changed": now,
                    "package": "",
                    "number": "",
                    "provider": "",
                    "accepted": None,
                    "reason": "",
                }
            )
    order = Order("lazada", shop.name, order_id, now, now, "", doc)
    later = now + draft.later_seconds * 1000
    for kind, when, what in (
        ("unpaid", later, "pay"), ("cancel", later, "cancel"), ("ask_cancel", later, "ask_cancel"),
        ("hold", now + 4 * HOUR, "release"), ("masked", now + HOUR, "release"),
    ):  # fmt: skip
        if kind in draft.kinds:
            world.plan(order, when, what)
    if "change_address" in draft.kinds:
        doc["moves_to"] = address(local(draft.buyer, shop, moved=True))
        world.plan(order, later, "change_address")
    world.plan(order, doc["ship_by"] + 2 * DAY, "lapse")
    keep(world, order, doc["items"])
    return order


def local(buyer: Person, shop: Shop, *, moved: bool = False) -> Person:
    """The drafted buyer as somebody of the shop's country: Lazada's sites sell at home. The same buyer is the same person."""
    basis = zlib.crc32(f"{buyer.id} {buyer.name}".encode())
    found = next(n for n in itertools.count() if person(basis, n).country == shop.country)
    return person(basis, found, moved=moved)


def address(of: Person) -> dict[str, str]:
    return {
        "name": of.name,
        "line1": of.line1,
        "line2": of.line2,
        "city": of.city,
        "region": of.region,
        "postcode": of.postcode,
        "country": of.country,
        "phone": of.phone,
    }


def keep(world: World, order: Order, changed: list[dict[str, Any]]) -> None:
    """Write the order; a push tells each item that changed."""
    for piece in changed:
        piece["changed"] = world.now_ms
    order.status = ",".join(wire.statuses(order.doc))
    world.save(order)
    app = world.apps["lazada"]
    for piece in changed:
        data = {
            "order_status": piece["status"],
            "trade_order_id": order.id,
            "trade_order_line_id": piece["id"],
            "status_update_time": world.now_ms // 1000,  # seconds here, milliseconds outside: as theirs
            "buyer_id": order.doc["buyer"],
        }
        push(world, order.shop, ORDER_PUSH, data, app.key, app.secret)


def push(world: World, shop: str, kind: int, data: dict[str, Any], key: str, secret: str) -> None:
    value = {
        "seller_id": SELLERS[shop],
        "message_type": kind,
        "data": data,
        "timestamp": world.now_ms,
        "site": SITES[shop],
    }
    world.hooks.queue(
        "lazada", shop, str(kind), value, sign=lambda body: {"Authorization": push_signature(key, secret, body)}
    )


def act(world: World, order: Order, what: str) -> bool:
    """Play one act; False when the order's state does not allow it. Lazada lets a buyer cancel until the parcel is ready:
    a wish is granted at once."""
    if what not in ACTS:
        return False
    doc, (froms, to) = order.doc, ACTS[what]
    fitting = [piece for piece in doc["items"] if piece["status"] in froms]
    if not fitting:
        return False
    changed = []
    for piece in fitting:
        if to is not None and piece["status"] != to:
            piece.update(status=to, reason=REASONS.get(what, ""))
            changed.append(piece)
    if what == "release":
        doc["masked"] = False
    if what == "change_address":
        doc["to"] = doc.get("moves_to") or {**doc["to"], "line1": f"{doc['to']['line1']} (rear building)"}
        doc["addressed"] = world.now_ms
    if what == "collect":
        world.plan(order, world.now_ms + 4 * DAY, "deliver")
    keep(world, order, changed)
    return True


def plain(order: Order) -> dict[str, Any]:
    """The order in the ledger's shape; each piece is a line, and only a package that is ready counts as shipped."""
    doc = order.doc
    packages: dict[str, dict[str, Any]] = {}
    for piece in doc["items"]:
        if piece["accepted"] is not None:
            accepted = {"carrier": piece["provider"], "lines": [], "accepted_at": iso(piece["accepted"])}
            package = packages.setdefault(piece["number"], {"number": piece["number"], **accepted})
            package["lines"].append({"line_id": piece["id"], "quantity": 1})
    names = ("name", "line1", "city", "postcode", "country", "phone")
    states = wire.statuses(doc)
    return {
        "paid": wire.UNPAID not in states,
        "cancelled": states == [wire.CANCELED],
        "total_minor": wire.goods(doc),
        "shipping_minor": doc["shipping"],
        "currency": doc["currency"],
        "recipient": {name: doc["to"][name] for name in names},
        "lines": [
            {"line_id": piece["id"], "sku": piece["sku"], "quantity": 1, "unit_price_minor": piece["price"]}
            for piece in doc["items"]
        ],
        "shipments": list(packages.values()),
    }
