"""Pages with an opaque token, and what goes wrong with pages in the world."""

import base64
import binascii
import json
from dataclasses import dataclass, replace

from entrepot.sandbox.faults import Fault
from entrepot.sandbox.store import Order, Span
from entrepot.sandbox.world import World


class BadPageToken(Exception):
    """The page token is not one that this list gave."""


@dataclass(frozen=True, slots=True)
class Paged:
    orders: tuple[Order, ...]
    next_token: str  # "" after the last page
    total: int


def page_of(
    world: World, faults: frozenset[Fault], marketplace: str, shop: str, span: Span, token: str, size: int
) -> Paged:
    """Orders of `span` in (instant, id) order after the token's place."""
    place = _read(token)
    after = (int(str(place["at"])), str(place["id"])) if place.get("id") else None
    if Fault.STALE_READ in faults and span.by == "updated":
        lag = world.now_ms - int(world.faults.knob("lag_seconds") * 1000)
        span = replace(span, until=lag if span.until is None else min(lag, span.until))
    found = world.store.orders(marketplace, shop, span, after=after, limit=size + 1)
    total = world.store.count(marketplace, shop, span)
    orders, more = found[:size], len(found) > size
    if place.get("endless") or (Fault.ENDLESS_PAGE in faults and orders):
        return Paged(tuple(orders), _write({**place, "endless": True}), total)
    if Fault.DUPLICATE_PAGE in faults and orders and "again" not in place:
        return Paged(tuple(orders), _write({**place, "again": world.store.next("again")}), total)
    if Fault.ORDERS_MOVE in faults and more:
        world.save(found[size])  # the first of the next page changes now: it leaves this window
    last = orders[-1] if orders else None
    if not more or last is None:
        return Paged(tuple(orders), "", total)
    return Paged(tuple(orders), token_after(last, span.by), total)


def token_after(order: Order, by: str) -> str:
    """The token of the page that begins behind this order."""
    return _write({"at": order.updated if by == "updated" else order.created, "id": order.id})


def _write(place: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(place, sort_keys=True).encode()).decode()


def _read(token: str) -> dict[str, object]:
    if not token:
        return {}
    try:
        place = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, binascii.Error) as error:
        raise BadPageToken(token) from error
    if not isinstance(place, dict) or not isinstance(place.get("at", 0), int):
        raise BadPageToken(token)
    return place
