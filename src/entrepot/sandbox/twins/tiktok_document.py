"""TikTok Shop's order document: made from a draft, changed by the twin, shown on the wire.

`doc`: shop_id, lines (one per piece), recipient, wire (fields that only pass through), request (a cancellation), masked,
agenda. Packages are documents of their own, since one can hold several orders.
"""

import random
from typing import Any, Final

from entrepot.sandbox.drafts import Draft
from entrepot.sandbox.faults import Fault
from entrepot.sandbox.goods import BY_CODE, GOODS, decimal
from entrepot.sandbox.people import Person
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.store import Order
from entrepot.sandbox.twins.tiktok_wire import NAME
from entrepot.sandbox.world import World

HOUR: Final = 3_600_000
WAREHOUSE: Final = "7000000000000000001"
PROVIDERS: Final = {"7117858858072016641": "Royal Mail", "7117858858072016642": "DHL", "7117858858072016643": "YunExpress",
                    "7117858858072016644": "4PX"}  # fmt: skip
OPEN: Final = ("AWAITING_SHIPMENT", "PARTIALLY_SHIPPING")


def make(world: World, shop: Shop, draft: Draft) -> Order:
    number = world.store.next("tiktok order")
    seconds = world.now_ms // 1000
    # spread like theirs: eighteen digits, never a running number
    order_id = str(576_460_000_000_000_000 + number * 100_003 + random.Random(f"{world.seed}{number}").randint(0, 9999))  # noqa: S311
    unpaid, held = (
        bool({"unpaid", "pays_late"} & set(draft.kinds)),
        bool({"hold", "masked", "cancel"} & set(draft.kinds)),
    )
    status = "UNPAID" if unpaid else "ON_HOLD" if held else "AWAITING_SHIPMENT"
    cod = "cod" in draft.kinds
    wire = {
        "buyer_message": draft.note, "user_id": f"7494{abs(hash_of(draft.buyer.id)):015}", "create_time": seconds,
        "buyer_email": f"v{hash_of(draft.buyer.id):x}@scs.tiktokw.us", "buyer_nickname": draft.buyer.name, "is_cod": cod,
        "payment_method_name": "Cash on delivery" if cod else "Credit card", "fulfillment_type": "FULFILLMENT_BY_SELLER",
        "delivery_type": "HOME_DELIVERY", "shipping_type": "TIKTOK" if "platform_label" in draft.kinds else "SELLER",
        "warehouse_id": WAREHOUSE, "delivery_option_id": "7091146663229654785", "delivery_option_name": "Standard shipping",
        "is_sample_order": False, "is_replacement_order": False, "commerce_platform": "TIKTOK_SHOP",
        "payment": _payment(draft),
    }  # fmt: skip
    doc: dict[str, Any] = {
        "shop_id": shop.id, "wire": wire, "lines": _lines(draft, order_id), "recipient": address(draft.buyer),
        "next_recipient": address(draft.moved), "kinds": list(draft.kinds), "request": None, "reminders": [],
        "total_minor": draft.total_minor, "currency": draft.currency,
    }  # fmt: skip
    return Order(NAME, shop.name, order_id, world.now_ms, world.now_ms, status, doc)


def hash_of(text: str) -> int:
    return random.Random(text).randint(0, 10**15 - 1)  # noqa: S311 - a stable number for a name


def _payment(draft: Draft) -> dict[str, str]:
    goods = decimal(draft.total_minor - draft.shipping_minor, draft.currency)
    shipping, nothing = decimal(draft.shipping_minor, draft.currency), decimal(0, draft.currency)
    return {
        "currency": draft.currency, "sub_total": goods, "shipping_fee": shipping, "seller_discount": nothing,
        "platform_discount": nothing, "total_amount": decimal(draft.total_minor, draft.currency),
        "original_total_product_price": goods, "original_shipping_fee": shipping, "tax": nothing,
    }  # fmt: skip


def _lines(draft: Draft, order_id: str) -> list[dict[str, Any]]:
    """One item per piece: TikTok Shop has no quantity on the line."""
    lines: list[dict[str, Any]] = []
    for line in draft.lines:
        index = GOODS.index(line.good)
        for _ in range(line.quantity):
            lines.append({
                "id": str(int(order_id) + 1 + len(lines)), "sku": line.good.code, "product_id": str(1729_400_000_000 + index),
                "sku_id": str(1729_500_000_000 + index), "price_minor": line.price_minor, "package_id": "", "cancelled": False,
                "gift": "gift" in draft.kinds and not lines,
            })  # fmt: skip
    return lines


def address(person: Person) -> dict[str, Any]:
    first, _, last = person.name.partition(" ")
    lines = [person.line1, person.line2, "", ""]
    return {
        "name": person.name, "first_name": first, "last_name": last, "phone_number": person.phone,
        "address_line1": lines[0], "address_line2": lines[1], "address_line3": "", "address_line4": "",
        "address_detail": " ".join(filter(None, lines)), "postal_code": person.postcode, "region_code": person.country,
        "post_town": person.city, "full_address": ", ".join(filter(None, [*lines, person.city, person.region, person.postcode])),
        "district_info": [
            {"address_level": level, "address_level_name": name, "address_name": value}
            for level, name, value in (("L0", "Country", person.country), ("L1", "State", person.region),
                                       ("L2", "City", person.city)) if value
        ],
    }  # fmt: skip


def masked(recipient: dict[str, Any]) -> dict[str, Any]:
    """As it stands before the order is released: stars, except country and city."""
    kept = ("region_code", "district_info", "post_town")
    return {
        name: value if name in kept or not value else f"{str(value)[:1]}***" if name.endswith("name") else "***"
        for name, value in recipient.items()
    }


def package(world: World, shop: str, package_id: str) -> dict[str, Any] | None:
    return world.store.thing(NAME, shop, "package", package_id)


def wire_order(world: World, order: Order, faults: frozenset[Fault]) -> dict[str, Any]:
    """The order as search and detail show it."""
    doc, status = order.doc, order.status
    packages = {one: package(world, order.shop, one) or {} for one in package_ids(order)}
    shown = "CANCEL" if Fault.ENUM_DRIFT in faults and status == "CANCELLED" else status
    if Fault.ENUM_DRIFT in faults and status in ("DELIVERED", "IN_TRANSIT"):
        shown = "AWAITING_CUSTOMS_REVIEW"  # a value that no documentation knows
    request, numbers = doc["request"], [one for one in packages.values() if one.get("tracking_number")]
    hidden = status in ("UNPAID", "ON_HOLD")
    return {
        **doc["wire"], "id": order.id, "status": shown, "update_time": order.updated // 1000,
        "recipient_address": masked(doc["recipient"]) if hidden else doc["recipient"],
        "line_items": [_wire_line(doc, line, packages.get(line["package_id"], {}), status) for line in doc["lines"]],
        "packages": [{"id": one} for one in packages],
        "is_on_hold_order": status == "ON_HOLD",
        "is_buyer_request_cancel": bool(request and request["status"].endswith("PENDING")),
        "has_updated_recipient_address": doc.get("moved", False),
        **({"request_cancel_time": request["create_time"]} if request and request["role"] == "BUYER" else {}),
        **({"tracking_number": numbers[0]["tracking_number"], "shipping_provider_id": numbers[0]["shipping_provider_id"],
            "shipping_provider": numbers[0]["shipping_provider_name"]} if numbers else {}),
        **({"split_or_combine_tag": doc["tag"]} if doc.get("tag") else {}),
    }  # fmt: skip


def _wire_line(doc: dict[str, Any], line: dict[str, Any], parcel: dict[str, Any], status: str) -> dict[str, Any]:
    good, price = BY_CODE[line["sku"]], decimal(line["price_minor"], doc["currency"])
    shipped = parcel.get("status") not in (None, "TO_FULFILL", "CANCELLED")
    return {
        "id": line["id"], "sku_id": line["sku_id"], "product_id": line["product_id"], "seller_sku": line["sku"],
        "product_name": good.title, "sku_name": good.variation, "sku_type": "NORMAL", "currency": doc["currency"],
        "original_price": price, "sale_price": price, "platform_discount": "0", "seller_discount": "0",
        "is_gift": line["gift"], "is_dangerous_good": bool({"battery", "liquid"} & set(good.traits)),
        "display_status": "CANCELLED" if line["cancelled"] else "AWAITING_COLLECTION" if shipped and status in OPEN else status,
        "package_id": line["package_id"], "package_status": parcel.get("status", ""),
        "tracking_number": parcel.get("tracking_number", ""), "shipping_provider_id": parcel.get("shipping_provider_id", ""),
        "shipping_provider_name": parcel.get("shipping_provider_name", ""),
        **({"cancel_user": line["cancel_user"], "cancel_reason": line["cancel_reason"]} if line["cancelled"] else {}),
    }  # fmt: skip


def package_ids(order: Order) -> list[str]:
    """In the order of its lines, each once."""
    return list(dict.fromkeys(line["package_id"] for line in order.doc["lines"] if line["package_id"]))


def plain(world: World, order: Order) -> dict[str, Any]:
    doc = order.doc
    person = doc["recipient"]
    parcels = [(one, package(world, order.shop, one)) for one in package_ids(order)]
    return {
        "paid": "paid_time" in doc["wire"] or doc["wire"]["is_cod"],
        "cod": doc["wire"]["is_cod"],
        "cancelled": order.status == "CANCELLED",
        "cancel_asked": bool(doc["request"] and doc["request"]["status"].endswith("PENDING")),
        "reminders": doc["reminders"],
        "total_minor": doc["total_minor"],
        "currency": doc["currency"],
        "recipient": {
            "name": person["name"], "line1": person["address_line1"], "city": person["post_town"],
            "postcode": person["postal_code"], "country": person["region_code"], "phone": person["phone_number"],
        },
        "lines": [
            {"line_id": line["id"], "sku": line["sku"], "quantity": 1, "unit_price_minor": line["price_minor"],
             "cancelled": line["cancelled"]} for line in doc["lines"]
        ],
        "shipments": [
            {
                "number": parcel["tracking_number"], "carrier": parcel["shipping_provider_id"], "package_id": one,
                "lines": [{"line_id": i["id"], "quantity": 1} for i in doc["lines"] if i["package_id"] == one],
                "accepted_at": parcel["accepted_at"], "times_told": parcel["times_told"],
            }
            for one, parcel in parcels if parcel and parcel.get("tracking_number")
        ],
    }  # fmt: skip
