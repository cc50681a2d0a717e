"""Documents as GraphQL sees them: trees of values, and functions where a field takes arguments."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from entrepot.sandbox.faults import Fault
from entrepot.sandbox.goods import BY_CODE, GOODS, decimal
from entrepot.sandbox.ledger import iso
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.store import Order
from entrepot.sandbox.twin import Exchange
from entrepot.sandbox.twins.shopify_document import (
    FIRST_ITEM,
    FIRST_PRODUCT,
    FIRST_VARIANT,
    HOUR,
    LOCATION,
    NAME,
    SECOND_LOCATION,
    gid,
    shipping_status,
)

View = Mapping[str, Any]
Field = Callable[..., Any]


def connection(nodes: Sequence[View]) -> Field:
    """A connection over everything there is; the cursor is the place."""

    def field(
        _: Any, first: int | None = None, after: str | None = None, last: int | None = None, **other: Any
    ) -> View:
        listed = list(reversed(nodes)) if other.get("reverse") else list(nodes)
        start = int(after) if after and after.isdigit() else 0
        shown = (
            listed[start : start + first] if first is not None else listed[start:][-last:] if last else listed[start:]
        )
        return page(shown, [str(start + n + 1) for n in range(len(shown))], has_next=start + len(shown) < len(listed))

    return field


def page(nodes: Sequence[View], cursors: Sequence[str], *, has_next: bool, end: str = "") -> View:
    return {
        "nodes": list(nodes),
        "edges": [{"node": node, "cursor": cursor} for node, cursor in zip(nodes, cursors, strict=True)],
        "pageInfo": {
            "hasNextPage": has_next, "hasPreviousPage": False, "startCursor": cursors[0] if cursors else None,
            "endCursor": end or (cursors[-1] if cursors else None),
        },
    }  # fmt: skip


def money(minor: int, currency: str) -> View:
    amount = {"amount": decimal(minor, currency), "currencyCode": currency}
    return {"shopMoney": amount, "presentmentMoney": amount}


def order_view(exchange: Exchange, shop: Shop, order: Order) -> View:
    doc, currency = order.doc, order.doc["currency"]
    parts = [part_view(exchange, shop, order, one) for one in doc["parts"]]
    lines = [line_view(doc, line) for line in doc["lines"]]
    goods = doc["total_minor"] - doc["shipping_minor"]
    status = shipping_status(order)
    if Fault.ENUM_DRIFT in exchange.faults and status == "UNFULFILLED":
        status = "PENDING_FULFILLMENT"  # rare, and the same to whoever ships
    quantity = sum(line["quantity"] for line in doc["lines"])
    return {
        "__typename": "Order", "id": gid("Order", order.id), "legacyResourceId": order.id, "name": f"#{doc['number']}",
        "number": doc["number"], "createdAt": iso(order.created), "processedAt": iso(order.created),
        "updatedAt": iso(order.updated), "cancelledAt": doc["cancelled_at"], "cancelReason": doc["cancel_reason"],
        "closed": doc["cancelled_at"] is not None, "closedAt": doc["cancelled_at"], "test": False, "currencyCode": currency,
        "presentmentCurrencyCode": currency, "displayFinancialStatus": doc["financial"], "displayFulfillmentStatus": status,
        "fullyPaid": doc["financial"] == "PAID", "unpaid": doc["financial"] == "PENDING",
        "paymentGatewayNames": [doc["gateway"]], "note": doc["note"] or None, "email": doc["email"],
        "phone": doc["address"]["phone"], "tags": doc["tags"], "totalPriceSet": money(doc["total_minor"], currency),
        "currentTotalPriceSet": money(0 if doc["cancelled_at"] else doc["total_minor"], currency),
        "subtotalPriceSet": money(goods, currency), "totalShippingPriceSet": money(doc["shipping_minor"], currency),
        "totalDiscountsSet": money(0, currency), "customer": customer_view(doc),
        "shippingLine": {
            "id": gid("ShippingLine", order.id), "title": "Standard", "code": "Standard",
            "originalPriceSet": money(doc["shipping_minor"], currency), "discountedPriceSet": money(doc["shipping_minor"], currency),
        },
        "shippingAddress": address_view(order, doc["address"]), "lineItems": connection(lines),
        "fulfillmentOrders": connection(parts),
        "fulfillments": lambda _, first=None, **__: [
            fulfillment_view(exchange, shop, order, one) for one in doc["fulfillments"]
        ][:first],
        "requiresShipping": True, "riskLevel": "HIGH" if status == "ON_HOLD" else "LOW", "sourceName": "web",
        "subtotalLineItemsQuantity": quantity, "customAttributes": [],
        "currentSubtotalLineItemsQuantity": sum(line["current"] for line in doc["lines"]),
    }  # fmt: skip


def customer_view(doc: dict[str, Any]) -> View:
    person = doc["address"]
    return {
        "__typename": "Customer", "id": gid("Customer", doc["customer"]), "legacyResourceId": doc["customer"],
        "displayName": person["name"], "firstName": person["first"], "lastName": person["last"], "email": doc["email"],
        "phone": person["phone"],
    }  # fmt: skip


def address_view(order: Order, person: dict[str, Any]) -> View:
    lines = [
        person["name"],
        person["address1"],
        person["address2"],
        f"{person['zip']} {person['city']}",
        person["country"],
    ]
    return {
        "__typename": "MailingAddress", "id": gid("MailingAddress", order.id), "name": person["name"], "firstName": person["first"],
        "lastName": person["last"], "company": None, "address1": person["address1"], "address2": person["address2"] or None,
        "city": person["city"], "province": person["province"] or None, "provinceCode": None, "zip": person["zip"],
        "country": person["country"], "countryCode": person["country"], "countryCodeV2": person["country"],
        "phone": person["phone"], "formatted": lambda _, **__: [line for line in lines if line],
    }  # fmt: skip


def line_view(doc: dict[str, Any], line: dict[str, Any]) -> View:
    good, price = BY_CODE[line["sku"]], money(line["price_minor"], doc["currency"])
    to_send = sum(row["remaining"] for one in doc["parts"] for row in one["lines"] if row["line"] == line["id"])
    return {
        "__typename": "LineItem", "id": gid("LineItem", line["id"]), "title": good.title, "name": f"{good.title} - {good.variation}",
        "variantTitle": good.variation, "sku": line["sku"], "quantity": line["quantity"], "currentQuantity": line["current"],
        "unfulfilledQuantity": to_send, "fulfillableQuantity": to_send, "requiresShipping": True, "originalUnitPriceSet": price,
        "discountedUnitPriceSet": lambda _, **__: price, "discountedUnitPriceAfterAllDiscountsSet": price,
        "originalTotalSet": money(line["price_minor"] * line["quantity"], doc["currency"]),
        "product": product_view(line["index"]), "variant": None, "vendor": "Lantern Lane", "customAttributes": [],
        "isGiftCard": False,
    }  # fmt: skip


def product_view(index: int) -> View:
    good = GOODS[index]
    return {
        "__typename": "Product", "id": gid("Product", FIRST_PRODUCT + index), "legacyResourceId": str(FIRST_PRODUCT + index),
        "title": good.title, "vendor": "Lantern Lane", "handle": good.code.lower(),
    }  # fmt: skip


def locations(shop: Shop) -> tuple[str, ...]:
    return (LOCATION,) if shop.name == "alpha" else (LOCATION, SECOND_LOCATION)


def location_view(number: str) -> View:
    return {
        "__typename": "Location", "id": gid("Location", number), "legacyResourceId": number, "isActive": True,
        "name": "Main warehouse" if number == LOCATION else "Second warehouse",
    }  # fmt: skip


def stock(exchange: Exchange, shop: Shop, index: int) -> dict[str, int]:
    """Location number -> available pieces."""
    held = exchange.world.store.thing(NAME, shop.name, "stock", str(FIRST_ITEM + index))
    return held or dict.fromkeys(locations(shop), 100)


def item_view(exchange: Exchange, shop: Shop, index: int) -> View:
    number, good = FIRST_ITEM + index, GOODS[index]
    held = stock(exchange, shop, index)

    def level(place: str) -> View:
        def quantities(_: Any, names: list[str]) -> list[View]:
            return [
                {"__typename": "InventoryQuantity", "id": gid("InventoryQuantity", f"{number}?name={name}"), "name": name,
                 "quantity": held[place] if name in ("available", "on_hand") else 0, "updatedAt": None}
                for name in names
            ]  # fmt: skip

        view = {"__typename": "InventoryLevel", "id": gid("InventoryLevel", f"{place}?inventory_item_id={number}")}
        return {**view, "location": location_view(place), "isActive": True, "quantities": quantities}

    def one_level(_: Any, locationId: str, **__: Any) -> View | None:
        place = locationId.rpartition("/")[2]
        return level(place) if place in held else None

    return {
        "__typename": "InventoryItem", "id": gid("InventoryItem", number), "legacyResourceId": str(number), "sku": good.code,
        "tracked": True, "requiresShipping": True, "inventoryLevels": connection([level(place) for place in held]),
        "inventoryLevel": one_level,
        "measurement": {"id": gid("InventoryItemMeasurement", number), "weight": {"unit": "GRAMS", "value": float(good.weight_g)}},
    }  # fmt: skip


def variant_view(exchange: Exchange, shop: Shop, index: int) -> View:
    good, number = GOODS[index], FIRST_VARIANT + index
    return {
        "__typename": "ProductVariant", "id": gid("ProductVariant", number), "legacyResourceId": str(number), "sku": good.code,
        "title": good.variation, "displayName": f"{good.title} - {good.variation}", "price": f"{good.usd_cents / 100:.2f}",
        "product": product_view(index), "inventoryItem": item_view(exchange, shop, index),
        "inventoryQuantity": sum(stock(exchange, shop, index).values()),
    }  # fmt: skip


ACTIONS = {
    "OPEN": ("CREATE_FULFILLMENT", "REPORT_PROGRESS", "MOVE", "HOLD", "SPLIT"), "IN_PROGRESS": ("CREATE_FULFILLMENT", "HOLD", "SPLIT"),
    "ON_HOLD": ("RELEASE_HOLD", "HOLD", "MOVE"),
}  # fmt: skip


def part_view(exchange: Exchange, shop: Shop, order: Order, one: dict[str, Any]) -> View:
    doc, person = order.doc, order.doc["address"]
    lines = {line["id"]: line for line in doc["lines"]}
    requests = [
        {"__typename": "FulfillmentOrderMerchantRequest", "id": gid("FulfillmentOrderMerchantRequest", request["id"]),
         "kind": "CANCELLATION_REQUEST", "message": request["message"], "sentAt": request["sent"]} for request in one["requests"]
    ]  # fmt: skip
    actions = ACTIONS.get(one["status"], ())
    return {
        "__typename": "FulfillmentOrder", "id": gid("FulfillmentOrder", one["id"]), "status": one["status"],
        "requestStatus": one["request"], "createdAt": one["created"], "updatedAt": one["updated"], "fulfillAt": one["created"],
        "fulfillBy": iso(order.created + 72 * HOUR), "orderId": gid("Order", order.id), "orderName": f"#{doc['number']}",
        "assignedLocation": {
            "name": "Main warehouse", "countryCode": shop.country, "city": None, "location": location_view(one["location"]),
        },
        "supportedActions": [{"action": action, "externalUrl": None} for action in actions],
        "merchantRequests": lambda info, kind=None, **page: connection(
            [request for request in requests if kind in (None, request["kind"])]
        )(info, **page),
        "fulfillmentHolds": [hold_view(hold) for hold in one["holds"]],
        "lineItems": connection([
            {"__typename": "FulfillmentOrderLineItem", "id": gid("FulfillmentOrderLineItem", row["id"]),
             "lineItem": line_view(doc, lines[row["line"]]), "remainingQuantity": row["remaining"], "totalQuantity": row["total"],
             "requiresShipping": True, "sku": lines[row["line"]]["sku"], "productTitle": BY_CODE[lines[row["line"]]["sku"]].title,
             "inventoryItemId": gid("InventoryItem", FIRST_ITEM + lines[row["line"]]["index"]), "weight": None}
            for row in one["lines"]
        ]),
        "destination": {
            "__typename": "FulfillmentOrderDestination", "id": gid("FulfillmentOrderDestination", one["id"]),
            "firstName": person["first"], "lastName": person["last"], "company": None, "address1": person["address1"],
            "address2": person["address2"], "city": person["city"], "province": person["province"], "zip": person["zip"],
            "countryCode": person["country"], "phone": person["phone"], "email": doc["email"],
        },
        "order": lambda _, **__: order_view(exchange, shop, order),
    }  # fmt: skip


def hold_view(hold: dict[str, Any]) -> View:
    return {
        "__typename": "FulfillmentHold", "id": gid("FulfillmentHold", hold["id"]), "reason": hold["reason"],
        "reasonNotes": hold["notes"], "displayReason": hold["reason"].replace("_", " ").capitalize(), "handle": None,
        "heldByRequestingApp": hold.get("ours", False),
    }  # fmt: skip


def fulfillment_view(exchange: Exchange, shop: Shop, order: Order, one: dict[str, Any]) -> View:
    doc = order.doc
    lines = {line["id"]: line for line in doc["lines"]}
    place = doc["fulfillments"].index(one) + 1
    return {
        "__typename": "Fulfillment", "id": gid("Fulfillment", one["id"]), "legacyResourceId": one["id"],
        "name": f"#{doc['number']}-F{place}", "status": one["status"], "displayStatus": one["display"],
        "createdAt": one["created"], "updatedAt": one["updated"], "deliveredAt": one["delivered"], "inTransitAt": one["transit"],
        "trackingInfo": lambda _, first=None, **__: one["tracking"][:first], "requiresShipping": True,
        "totalQuantity": sum(row["quantity"] for row in one["lines"]), "location": location_view(LOCATION),
        "fulfillmentLineItems": connection([
            {"__typename": "FulfillmentLineItem", "id": gid("FulfillmentLineItem", row["id"]), "quantity": row["quantity"],
             "lineItem": line_view(doc, lines[row["line"]])} for row in one["lines"]
        ]),
        "order": lambda _, **__: order_view(exchange, shop, order),
    }  # fmt: skip
