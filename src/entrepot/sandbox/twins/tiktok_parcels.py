"""Packages on the wire: search, detail, split, combine, documents, the first mile."""

from typing import Any, Final

from entrepot.sandbox.pdf import tiny_pdf
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.store import Order
from entrepot.sandbox.twin import Exchange, Reply, json_reply
from entrepot.sandbox.twins.tiktok_document import PROVIDERS, package, package_ids
from entrepot.sandbox.twins.tiktok_hooks import tell_packages
from entrepot.sandbox.twins.tiktok_life import cut, end_package, new_package, put_package
from entrepot.sandbox.twins.tiktok_orders import page
from entrepot.sandbox.twins.tiktok_wire import (
    INVALID,
    NAME,
    NO_ORDER,
    NO_PACKAGE,
    WRONG_STATE,
    Refused,
    body_of,
    envelope,
    listed,
    refuse,
)

BY_PIECE: Final = ("GB", "US", "DE", "FR", "ES", "IT", "IE", "JP")  # elsewhere all pieces of a SKU stay together
DOCUMENTS: Final = ("SHIPPING_LABEL", "PACKING_SLIP", "SHIPPING_LABEL_AND_PACKING_SLIP")
ADDRESS: Final = ("full_address", "phone_number", "name", "postal_code", "address_detail", "region_code", "address_line1",
                  "address_line2", "address_line3", "address_line4")  # fmt: skip
LINK_MS: Final = 24 * 3_600_000


def search(exchange: Exchange, shop: Shop) -> Reply:
    """Pages are made by orders: a page holds the packages of up to `page_size` orders."""
    body = body_of(exchange)
    found = page(exchange, shop, body, ())
    ids = dict.fromkeys(one for order in found.orders for one in package_ids(order))
    wanted = body.get("package_status")
    parcels = [parcel for one in ids if (parcel := package(exchange.world, shop.name, one)) is not None]
    shown = [_brief(exchange, parcel) for parcel in parcels if wanted in (None, parcel["status"])]
    return envelope(exchange, {"next_page_token": found.next_token, "total_count": found.total, "packages": shown})


def detail(exchange: Exchange, shop: Shop) -> Reply:
    parcel = _package(exchange, shop)
    orders = [order for one in parcel["order_ids"] if (order := exchange.world.store.order(NAME, one)) is not None]
    brief = _brief(exchange, parcel)
    shown = {
        **brief, "package_id": parcel["id"], "package_status": parcel["status"], "has_multi_skus": len(brief["orders"]) > 1,
        "shipping_type": orders[0].doc["wire"]["shipping_type"] if orders else "SELLER",
        "handover_method": parcel.get("handover_method", ""),
        **({"recipient_address": {name: orders[0].doc["recipient"][name] for name in ADDRESS}} if orders else {}),
    }  # fmt: skip
    return envelope(exchange, {name: value for name, value in shown.items() if name not in ("id", "status")})


def _brief(exchange: Exchange, parcel: dict[str, Any]) -> dict[str, Any]:
    orders = [exchange.world.store.order(NAME, one) for one in parcel["order_ids"]]
    lines = [(o.id, i) for o in orders if o is not None for i in o.doc["lines"] if i["package_id"] == parcel["id"]]
    return {
        "id": parcel["id"], "status": parcel["status"], "create_time": parcel["create_time"],
        "update_time": parcel["update_time"], "tracking_number": parcel["tracking_number"],
        "shipping_provider_id": parcel["shipping_provider_id"], "shipping_provider_name": parcel["shipping_provider_name"],
        "order_line_item_ids": [line["id"] for _, line in lines],
        "orders": [
            {"id": one, "skus": [
                {"id": sku, "name": sku, "quantity": sum(1 for o, i in lines if o == one and i["sku_id"] == sku)}
                for sku in dict.fromkeys(i["sku_id"] for o, i in lines if o == one)
            ]}
            for one in parcel["order_ids"]
        ],
    }  # fmt: skip


def split_attributes(exchange: Exchange, shop: Shop) -> Reply:
    ids = [one for one in exchange.request.args.get("order_ids", "").split(",") if one]
    shown = []
    for one in ids[:50]:
        order = _order(exchange, shop, one)
        reason = _why_not_split(exchange, shop, order)
        shown.append(
            {"order_id": one, "can_split": not reason, "must_split": False, **({"reason": reason} if reason else {})}
        )
    return envelope(exchange, {"split_attributes": shown})


def _why_not_split(exchange: Exchange, shop: Shop, order: Order) -> str:
    parcels = [package(exchange.world, shop.name, one) or {} for one in package_ids(order)]
    units = {line["id"] if shop.country in BY_PIECE else line["sku_id"] for line in order.doc["lines"]}
    if order.status != "AWAITING_SHIPMENT" or any(parcel.get("status") != "TO_FULFILL" for parcel in parcels):
        return "The order is not awaiting shipment"
    if any(len(parcel["order_ids"]) > 1 for parcel in parcels):
        return "The order is combined with others"
    return "" if len(units) > 1 else "There is only one item"


def split(exchange: Exchange, shop: Shop) -> Reply:
    """New packages for the groups; together they hold every piece once."""
    order = _order(exchange, shop, exchange.args["order_id"])
    groups = listed(body_of(exchange).get("splittable_groups"), "splittable_groups", 20)
    try:
        reason = _why_not_split(exchange, shop, order)
        if reason:
            refuse(WRONG_STATE, reason)
        lines = {line["id"]: line for line in order.doc["lines"]}
        asked = [[str(i) for i in group.get("order_line_item_ids", [])] for group in groups]
        if sorted(i for ids in asked for i in ids) != sorted(lines) or not all(asked):
            refuse(INVALID, "The groups must hold every order line item once", 400)
        skus = [{lines[i]["sku_id"] for i in ids} for ids in asked]
        if shop.country not in BY_PIECE and sum(map(len, skus)) != len(set().union(*skus)):
            refuse(WRONG_STATE, "Items of one SKU cannot be split in this region")
    except Refused:
        exchange.world.refuse(order)
        raise
    made = cut(exchange.world, order, [[lines[i] for i in ids] for ids in asked])
    order.doc["tag"] = "SPLIT"
    exchange.world.save(order)
    tell_packages(exchange.world, order, "SPLIT", "SELLER", {one: [order.id] for one in made})
    named = zip(groups, made, strict=True)
    return envelope(
        exchange, {"packages": [{"splittable_group_id": str(g.get("id", "")), "id": one} for g, one in named]}
    )


def combine(exchange: Exchange, shop: Shop) -> Reply:
    """Orders of one buyer at one address in one package; groups that cannot be are in `errors`."""
    packages, errors = [], []
    for group in listed(body_of(exchange).get("combinable_packages"), "combinable_packages", 50):
        ids = [str(one) for one in group.get("order_ids", [])]
        try:
            packages.append(_combine(exchange, shop, ids))
        except Refused as error:
            detail = {"package_id": str(group.get("id", ""))}
            errors.append({"code": error.code, "message": error.message, "detail": detail})
    return envelope(exchange, {"packages": packages, **({"errors": errors} if errors else {})})


def _combine(exchange: Exchange, shop: Shop, ids: list[str]) -> dict[str, Any]:
    orders = [_order(exchange, shop, one) for one in dict.fromkeys(ids)]
    if len(orders) < 2:
        refuse(INVALID, "At least two orders are combined")
    if len({(o.doc["wire"]["user_id"], o.doc["recipient"]["full_address"]) for o in orders}) > 1:
        refuse(WRONG_STATE, "The orders have different buyers or addresses")
    old = [one for order in orders for one in package_ids(order)]
    if any(o.status != "AWAITING_SHIPMENT" for o in orders) or any(
        (package(exchange.world, shop.name, one) or {}).get("status") != "TO_FULFILL" for one in old
    ):
        refuse(WRONG_STATE, "An order is not awaiting shipment")
    package_id = str(1_152_900_000_000_000_000 + exchange.world.store.next("tiktok package"))
    for order in orders:
        for line in order.doc["lines"]:
            line["package_id"] = package_id
        order.doc["tag"] = "COMBINED"
        exchange.world.save(order)
    for one in old:
        end_package(exchange.world, shop.name, one)
    put_package(exchange.world, shop.name, new_package(exchange.world, package_id, [order.id for order in orders]))
    tell_packages(exchange.world, orders[0], "COMBINE", "SELLER", {package_id: [order.id for order in orders]})
    return {"id": package_id, "order_ids": [order.id for order in orders]}


def document(exchange: Exchange, shop: Shop) -> Reply:
    """A link, good for 24 hours: only after shipping and before the parcel is collected."""
    query, parcel = exchange.request.args, _package(exchange, shop)
    kind, size = query.get("document_type", ""), query.get("document_size", "A6")
    if kind not in DOCUMENTS or size not in ("A5", "A6") or query.get("document_format", "PDF") != "PDF":
        refuse(INVALID, "Invalid parameter: document_type, document_size or document_format", 400)
    if parcel["status"] != "PROCESSING":
        refuse(WRONG_STATE, f"There is no document while the package is {parcel['status']}")
    order = _order(exchange, shop, parcel["order_ids"][0])
    if kind != "PACKING_SLIP" and order.doc["wire"]["shipping_type"] == "SELLER":
        refuse(WRONG_STATE, "Orders shipped by the seller have no shipping label")
    number = exchange.world.store.next("tiktok file")
    exchange.world.store.put_thing(
        NAME, shop.name, "file", f"{parcel['id']}-{number}", {"until": exchange.world.now_ms + LINK_MS, "size": size}
    )
    url = f"{exchange.world.base}/tiktok/files/{shop.name}/{parcel['id']}-{number}.pdf"
    return envelope(exchange, {"doc_url": url, "tracking_number": parcel["tracking_number"]})


def download(exchange: Exchange) -> Reply:
    shop, name = exchange.args["shop"], exchange.args["name"].removesuffix(".pdf")
    kind, _, number = name.partition("-")
    if kind == "bundle":
        bundle = exchange.world.store.thing(NAME, shop, "bundle", number)
        if bundle is None:
            return json_reply({"error": "Not found"}, 404)
        lines = [f"First mile bundle {number}", f"{len(bundle['order_ids'])} orders"]
        return Reply(200, tiny_pdf(lines, width_mm=100, height_mm=150), {}, "application/pdf")
    link = exchange.world.store.thing(NAME, shop, "file", name)
    parcel = package(exchange.world, shop, kind)
    if link is None or parcel is None or link["until"] < exchange.world.now_ms:
        return json_reply({"error": "The link has expired"}, 403)
    millimetres = {"A5": (148, 210), "A6": (100, 150)}[link["size"]]
    lines = [parcel["tracking_number"], parcel["shipping_provider_name"], f"Package {parcel['id']}"]
    return Reply(200, tiny_pdf(lines, width_mm=millimetres[0], height_mm=millimetres[1]), {}, "application/pdf")


def first_mile(exchange: Exchange, shop: Shop) -> Reply:
    """A bag of shipped orders on its way to the consolidation warehouse; orders that cannot be in it are in `errors`."""
    body = body_of(exchange)
    ids = [str(one) for one in listed(body.get("order_ids"), "order_ids", 500)]
    if body.get("handover_method") not in ("DROP_OFF", "PICKUP"):
        refuse(INVALID, "Invalid parameter: handover_method", 400)
    errors, held = [], []
    for one in ids:
        order = exchange.world.store.order(NAME, one, shop=shop.name)
        if order is None or order.status != "AWAITING_COLLECTION":
            message = "Order not found" if order is None else f"The order is {order.status}"
            errors.append(
                {"code": NO_ORDER if order is None else WRONG_STATE, "message": message, "detail": {"order_id": one}}
            )
        else:
            held.append(one)
    if not held:
        return envelope(exchange, {"errors": errors})
    bundle = str(4_900_000_000 + exchange.world.store.next("tiktok bundle"))
    exchange.world.store.put_thing(NAME, shop.name, "bundle", bundle, {"order_ids": held})
    url = f"{exchange.world.base}/tiktok/files/{shop.name}/bundle-{bundle}.pdf"
    return envelope(exchange, {"first_mile_bundle_id": bundle, "url": url, **({"errors": errors} if errors else {})})


def providers(exchange: Exchange, shop: Shop) -> Reply:
    shown = [{"id": one, "name": name} for one, name in PROVIDERS.items()]
    return envelope(exchange, {"shipping_providers": shown})


def _package(exchange: Exchange, shop: Shop) -> dict[str, Any]:
    parcel = package(exchange.world, shop.name, exchange.args["package_id"])
    if parcel is None:
        refuse(NO_PACKAGE, "Package not found")
    return parcel


def _order(exchange: Exchange, shop: Shop, order_id: str) -> Order:
    order = exchange.world.store.order(NAME, order_id, shop=shop.name)
    if order is None:
        refuse(NO_ORDER, "Order not found")
    return order
