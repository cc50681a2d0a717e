"""Webhooks: the topic stands in a header, the order in the body. At least once, in no order."""

from collections.abc import Mapping, Sequence

from entrepot.marketplaces.answers import json_value
from entrepot.marketplaces.contract import Event, EventKind
from entrepot.marketplaces.reading import Malformed, Record

UNINSTALLED = "app/uninstalled"
ABOUT_ORDERS = ("orders/", "fulfillments/", "refunds/", "order_transactions/")


def events(headers: Mapping[str, str], body: bytes) -> Sequence[Event]:
    """Raises Malformed for a body that is no JSON object."""
    try:
        told = Record(json_value(body))
    except ValueError as problem:
        raise Malformed(f"The webhook is not JSON: {problem}") from None
    topic = headers.get("x-shopify-topic", "")
    account = headers.get("x-shopify-shop-domain", "")
    delivery = headers.get("x-shopify-webhook-id", "") or headers.get("x-shopify-event-id", "")
    if topic == UNINSTALLED:
        return (Event(EventKind.REVOKED, account, delivery_id=delivery),)
    order = told.text("order_id") or (told.text("id") if topic.startswith("orders/") else "")
    if order and topic.startswith(ABOUT_ORDERS):
        return (Event(EventKind.ORDER, account, (order,), delivery),)
    return (Event(EventKind.OTHER, account, delivery_id=delivery),)
