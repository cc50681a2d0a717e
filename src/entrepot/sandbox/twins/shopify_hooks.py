"""Shopify's webhooks: the topic in a header, the order in the body, signed over the raw body."""

import base64
import hashlib
import hmac
import uuid
from typing import Any, Final

from entrepot.sandbox.goods import decimal
from entrepot.sandbox.ledger import iso
from entrepot.sandbox.store import Order
from entrepot.sandbox.twins.shopify_document import NAME, gid
from entrepot.sandbox.world import World

VERSION: Final = "2026-10"


def send(world: World, shop: str, topic: str, value: dict[str, Any]) -> None:
    number = world.store.next("shopify webhook")
    webhook = uuid.uuid5(uuid.NAMESPACE_URL, f"{world.seed} {number} webhook")
    event = uuid.uuid5(uuid.NAMESPACE_URL, f"{world.seed} {number} event")

    def sign(body: bytes) -> dict[str, str]:
        digest = hmac.new(world.apps[NAME].secret.encode(), body, hashlib.sha256).digest()
        return {
            "X-Shopify-Topic": topic, "X-Shopify-Shop-Domain": f"{shop}.myshopify.com", "X-Shopify-API-Version": VERSION,
            "X-Shopify-Webhook-Id": str(webhook), "X-Shopify-Event-Id": str(event),
            "X-Shopify-Triggered-At": iso(world.now_ms), "X-Shopify-Hmac-SHA256": base64.b64encode(digest).decode(),
        }  # fmt: skip

    world.hooks.queue(NAME, shop, topic, value, sign=sign)


def tell_order(world: World, order: Order, topic: str) -> None:
    """orders/create, orders/updated, orders/cancelled: the REST shape of the order, the part that listeners look at."""
    doc = order.doc
    send(
        world, order.shop, topic,
        {
            "id": int(order.id), "admin_graphql_api_id": gid("Order", order.id), "name": f"#{doc['number']}",
            "created_at": iso(order.created), "updated_at": iso(order.updated), "cancelled_at": doc["cancelled_at"],
            "financial_status": doc["financial"].lower(), "currency": doc["currency"],
            "fulfillment_status": {"FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial"}.get(order.status),
            "total_price": decimal(doc["total_minor"], doc["currency"]),
            "line_items": [{"id": int(i["id"]), "sku": i["sku"], "quantity": i["quantity"]} for i in doc["lines"]],
        },
    )  # fmt: skip
