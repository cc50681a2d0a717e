"""An Amazon order as the twin keeps it, and as Orders 2026-01-01 prints it.

The document: `channel` (marketplace id, name), `currency`, `buyer`, `to`, `service`, `paid`, `held`, `ship_from`,
`ship_by`, `deliver_by`, `shipping` (minor units), `lines` and `packages`. Instants are ms, money is minor units.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from entrepot.sandbox.goods import decimal

DATASETS = frozenset(
    {
        "BUYER",
        "RECIPIENT",
        "PROCEEDS",
        "EXPENSE",
        "PROMOTION",
        "CANCELLATION",
        "FULFILLMENT",
        "PACKAGES",
        "TAX",
        "PAYMENT",
        "FULFILLMENT_ORDERS",
    }
)
STATUSES = (
    "PENDING_AVAILABILITY",
    "PENDING",
    "UNSHIPPED",
    "PARTIALLY_SHIPPED",
    "SHIPPED",
    "CANCELLED",
    "UNFULFILLABLE",
)
BUYER_WISH = "Buyer Requested Cancel"


def instant(ms: int) -> str:
    """ISO 8601 in UTC, whole seconds."""
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def status(doc: dict[str, Any]) -> str:
    """The fulfilment status, which Amazon derives from payment, fraud check, cancellation and shipped pieces."""
    if all(line.get("cancelled_by") for line in doc["lines"]):
        return "CANCELLED"
    if doc["paid"] is None or doc["held"]:
        return "PENDING"
    open_lines = [line for line in doc["lines"] if not line.get("cancelled_by")]
    if all(line["shipped"] >= line["quantity"] for line in open_lines):
        return "SHIPPED"
    return "PARTIALLY_SHIPPED" if any(line["shipped"] for line in open_lines) else "UNSHIPPED"


def total(doc: dict[str, Any]) -> int:
    """What the buyer pays, in minor units."""
    goods: int = sum(line["quantity"] * line["unit"] for line in doc["lines"])
    return goods + int(doc["shipping"])


def order(order_id: str, created: int, updated: int, doc: dict[str, Any], include: Iterable[str]) -> dict[str, Any]:
    """The order with the datasets in `include`. A pending order has no buyer, no recipient and no money yet."""
    asked = frozenset(include)
    if status(doc) == "PENDING":
        asked -= {"BUYER", "RECIPIENT", "PROCEEDS", "PAYMENT"}
    wire: dict[str, Any] = {
        "orderId": order_id,
        "createdTime": instant(created),
        "lastUpdatedTime": instant(updated),
        "salesChannel": {
            "channelName": "AMAZON",
            "marketplaceId": doc["channel"][0],
            "marketplaceName": doc["channel"][1],
        },
        "orderItems": [_item(line, doc, asked) for line in doc["lines"]],
    }
    if "BUYER" in asked:
        wire["buyer"] = {"buyerName": doc["buyer"]["name"], "buyerEmail": doc["buyer"]["email"]}
    if "RECIPIENT" in asked:
        wire["recipient"] = {"deliveryAddress": _address(doc["to"])}
    if "PROCEEDS" in asked:
        wire["proceeds"] = _proceeds(doc)
    if "FULFILLMENT" in asked:
        wire["fulfillment"] = _fulfillment(doc)
    if "PACKAGES" in asked:
        wire["packages"] = [_package(package) for package in doc["packages"]]
    if "PAYMENT" in asked:
        wire["payment"] = {
            "paymentExecutions": [{"paymentMethod": doc["payment"], "paymentAmount": _money(total(doc), doc)}]
        }
    return wire


def _money(minor: int, doc: dict[str, Any]) -> dict[str, str]:
    return {"amount": decimal(minor, doc["currency"]), "currencyCode": doc["currency"]}


def _address(to: dict[str, str]) -> dict[str, str]:
    names = {
        "name": "name",
        "companyName": "company",
        "addressLine1": "line1",
        "addressLine2": "line2",
        "city": "city",
        "districtOrCounty": "district",
        "stateOrRegion": "region",
        "postalCode": "postcode",
        "countryCode": "country",
        "phone": "phone",
    }
    wire = {theirs: to[ours] for theirs, ours in names.items() if to.get(ours)}
    return {**wire, "addressType": "COMMERCIAL" if to.get("company") else "RESIDENTIAL"}


def _proceeds(doc: dict[str, Any]) -> dict[str, Any]:
    goods = sum(line["quantity"] * line["unit"] for line in doc["lines"])
    parts = [{"type": "ITEM", "subtotal": _money(goods, doc)}]
    if doc["shipping"]:
        parts.append({"type": "SHIPPING", "subtotal": _money(doc["shipping"], doc)})
    return {"grandTotal": _money(total(doc), doc), "breakdowns": parts}


def _fulfillment(doc: dict[str, Any]) -> dict[str, Any]:
    return {
        "fulfillmentStatus": doc.get("drift") or status(doc),
        "fulfilledBy": "MERCHANT",
        "fulfillmentServiceLevel": doc["service"],
        "shipByWindow": {"earliestDateTime": instant(doc["ship_from"]), "latestDateTime": instant(doc["ship_by"])},
        "deliverByWindow": {"earliestDateTime": instant(doc["ship_by"]), "latestDateTime": instant(doc["deliver_by"])},
    }


def _item(line: dict[str, Any], doc: dict[str, Any], asked: frozenset[str]) -> dict[str, Any]:
    product: dict[str, Any] = {
        "asin": line["asin"],
        "title": line["title"],
        "sellerSku": line["sku"],
        "condition": {"conditionType": "NEW", "conditionSubtype": "NEW"},
    }
    wire: dict[str, Any] = {"orderItemId": line["id"], "quantityOrdered": line["quantity"], "product": product}
    if status(doc) != "PENDING":
        product["price"] = {"unitPrice": _money(line["unit"], doc)}
    if "PROCEEDS" in asked:
        goods = _money(line["quantity"] * line["unit"], doc)
        wire["proceeds"] = {"proceedsTotal": goods, "breakdowns": [{"type": "ITEM", "subtotal": goods}]}
    if "CANCELLATION" in asked and (line.get("cancel_asked") or line.get("cancelled_by")):
        wire["cancellation"] = _cancellation(line)
    if "FULFILLMENT" in asked:
        wire["fulfillment"] = _item_fulfillment(line)
    return wire


def _cancellation(line: dict[str, Any]) -> dict[str, Any]:
    wire: dict[str, Any] = {}
    if line.get("cancel_asked"):
        wire["cancellationRequest"] = {"requester": "BUYER", "cancelReason": BUYER_WISH}
    if line.get("cancelled_by"):
        wire["cancellationExecution"] = {"cancelledBy": line["cancelled_by"], "cancelReason": line["cancel_reason"]}
    return wire


def _item_fulfillment(line: dict[str, Any]) -> dict[str, Any]:
    left = 0 if line.get("cancelled_by") else line["quantity"] - line["shipped"]
    wire: dict[str, Any] = {"quantityFulfilled": line["shipped"], "quantityUnfulfilled": left}
    if line.get("gift"):
        wire["packing"] = {"giftOption": {"giftMessage": line["gift"], "giftWrapLevel": "STANDARD"}}
    return wire


def _package(package: dict[str, Any]) -> dict[str, Any]:
    wire = {
        "packageReferenceId": package["ref"],
        "createdTime": instant(package["made"]),
        "packageStatus": {"status": package["status"]},
        "carrier": package["carrier"],
        "shipTime": instant(package["shipped"]),
        "trackingNumber": package["number"],
        "packageItems": [{"orderItemId": item["id"], "quantity": item["quantity"]} for item in package["items"]],
    }
    return {**wire, "shippingService": package["method"]} if package.get("method") else wire
