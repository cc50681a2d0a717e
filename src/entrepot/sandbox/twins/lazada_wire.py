"""A Lazada order as the twin keeps it, and as `/orders/get`, `/order/get` and the item calls print it.

The document: `currency`, `to`, `buyer`, `payment`, `note`, `shipping` (minor units), `masked`, and `items`: one per piece,
each with a status, a package and a tracking number of its own.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from entrepot.sandbox.goods import decimal
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.store import Order

UNPAID, PENDING, PACKED, READY = "unpaid", "pending", "packed", "ready_to_ship"
SHIPPED, DELIVERED, CANCELED = "shipped", "delivered", "canceled"
COUNTRY_NAMES = {
    "DE": "Germany", "FR": "France", "GB": "United Kingdom", "US": "United States", "CA": "Canada", "JP": "Japan",
    "KR": "South Korea", "CN": "China", "TW": "Taiwan", "SG": "Singapore", "MY": "Malaysia", "TH": "Thailand",
    "VN": "Vietnam", "PH": "Philippines", "SA": "Saudi Arabia", "IL": "Israel", "GR": "Greece", "UA": "Ukraine",
    "BR": "Brazil", "MX": "Mexico",
}  # fmt: skip


def moment(ms: int, shop: Shop) -> str:
    """The site's own wall time with its offset."""
    return datetime.fromtimestamp(ms / 1000, ZoneInfo(shop.extra["zone"])).strftime("%Y-%m-%d %H:%M:%S %z")


def statuses(doc: dict[str, Any]) -> list[str]:
    """The different statuses of the items: an order has none of its own."""
    return list(dict.fromkeys(item["status"] for item in doc["items"]))


def goods(doc: dict[str, Any]) -> int:
    """Price of all items in minor units, without shipping: what Lazada calls `price`."""
    return sum(int(item["price"]) for item in doc["items"])


def order(one: Order, shop: Shop) -> dict[str, Any]:
    doc = one.doc
    address = _address(doc)
    return {
        "order_id": int(one.id),
        "order_number": int(one.id),
        "created_at": moment(one.created, shop),
        "updated_at": moment(one.updated, shop),
        "address_updated_at": moment(doc["addressed"], shop),
        "statuses": statuses(doc),
        "items_count": len(doc["items"]),
        "price": decimal(goods(doc), doc["currency"]),
        "shipping_fee": decimal(doc["shipping"], doc["currency"]),
        "voucher": decimal(0, doc["currency"]),
        "payment_method": doc["payment"],
        "customer_first_name": address["first_name"],
        "customer_last_name": "",
        "address_shipping": address,
        "address_billing": address,
        "remarks": doc["note"],
        "gift_option": bool(doc["gift"]),
        "gift_message": doc["gift"],
        "delivery_info": "",
        "national_registration_number": "",
        "warehouse_code": "dropshipping",
    }


def _address(doc: dict[str, Any]) -> dict[str, str]:
    to, hide = doc["to"], doc["masked"]
    return {
        "first_name": f"{to['name'][:1]}**********" if hide else to["name"],
        "last_name": "",
        "address1": f"{to['line1'][:2]}**********" if hide else to["line1"],
        "address2": "" if hide else to["line2"],
        "address3": to["region"],
        "address4": "",
        "address5": "",
        "city": to["city"],
        "post_code": to["postcode"],
        "country": COUNTRY_NAMES[to["country"]],
        "phone": f"{to['phone'][:3]}********{to['phone'][-2:]}" if hide else to["phone"].removeprefix("+"),
        "phone2": "",
    }


def item(one: Order, piece: dict[str, Any], shop: Shop) -> dict[str, Any]:
    doc = one.doc
    return {
        "order_item_id": int(piece["id"]),
        "order_id": int(one.id),
        "status": piece["status"],
        "name": piece["title"],
        "sku": piece["sku"],
        "shop_sku": f"{piece['sku']}-{shop.country}-1",
        "product_id": piece["product_id"],
        "sku_id": piece["product_id"] + 1,
        "variation": f"Color Family:{piece['variation']}",
        "item_price": float(decimal(piece["price"], doc["currency"])),
        "paid_price": float(decimal(piece["price"], doc["currency"])),
        "currency": doc["currency"],
        "shipping_amount": float(decimal(doc["shipping"] if piece is doc["items"][0] else 0, doc["currency"])),
        "buyer_id": doc["buyer"],
        "created_at": moment(one.created, shop),
        "updated_at": moment(piece["changed"], shop),
        "sla_time_stamp": datetime.fromtimestamp(doc["ship_by"] / 1000, ZoneInfo(shop.extra["zone"])).isoformat(
            timespec="seconds"
        ),
        "package_id": piece["package"],
        "tracking_code": piece["number"],
        "shipment_provider": piece["provider"],
        "shipping_type": "Dropshipping",
        "shipping_provider_type": "standard",
        "warehouse_code": "dropshipping",
        "order_type": "Normal",
        "reason": piece["reason"],
        "cancel_return_initiator": "cancellation-customer" if piece["status"] == CANCELED else "",
        "is_digital": 0,
    }
