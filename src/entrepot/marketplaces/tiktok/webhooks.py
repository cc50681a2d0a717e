"""Webhooks: numbered kinds, one event each. A package event names the orders whose packages were re-cut."""

from collections.abc import Sequence

from entrepot.marketplaces.answers import json_value
from entrepot.marketplaces.contract import Event, EventKind
from entrepot.marketplaces.reading import Malformed, Record

PACKAGES, DEAUTHORIZED, EXPIRING = 4, 6, 7


def events(body: bytes) -> Sequence[Event]:
    """Raises Malformed for a body that is no event of theirs."""
    try:
        told = Record(json_value(body))
    except ValueError as problem:
        raise Malformed(f"The webhook is not JSON: {problem}") from None
    kind, data = told.whole("type", default=-1), told.record("data")
    orders = [data.text("order_id")]
    if kind == PACKAGES:
        for package in data.records("package_list"):
            listed = package.raw.get("order_id_list")
            orders += [str(order) for order in listed] if isinstance(listed, list) else []
    ids = tuple(dict.fromkeys(order for order in orders if order))
    known = {DEAUTHORIZED: EventKind.REVOKED, EXPIRING: EventKind.EXPIRING}
    what = known.get(kind) or (EventKind.ORDER if ids else EventKind.OTHER)
    return (Event(what, told.text("shop_id"), ids, told.text("tts_notification_id")),)
