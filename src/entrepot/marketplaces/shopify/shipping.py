"""Telling that parcels left. `fulfillmentCreate` knows no idempotency key, so what is there is read first."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from entrepot.marketplaces.contract import CallFailed, Done, Notice, Result, Why
from entrepot.marketplaces.outcomes import answer_to, in_order, one_by_one
from entrepot.marketplaces.reading import Record
from entrepot.marketplaces.shopify.client import Client
from entrepot.marketplaces.shopify.documents import RENUMBER, SHIP, STANDING
from entrepot.marketplaces.shopify.errors import why_of_phrase
from entrepot.marketplaces.shopify.orders import gid
from entrepot.marketplaces.shopify.standing import Standing, standing_of, still_to_tell, verdict

READ_MOST = 10  # orders per reading: their cost grows with all that hangs below an order
LAGS = timedelta(minutes=1)  # how long reading may lag behind writing over there, as far as we wait for it
NOTIFY = True  # the shop's own mail to the buyer, as its owner wrote it


def standings(client: Client, notices: Sequence[Notice]) -> dict[str, Standing]:
    ids = [gid("Order", number) for number in dict.fromkeys(notice.order_id for notice in notices)]
    nodes = client.nodes("orders.standing", STANDING, ids, READ_MOST)
    found = [Record(node) for node in nodes if node]
    return {order.needed("legacyResourceId"): standing_of(order) for order in found}


def ship(client: Client, notices: Sequence[Notice]) -> list[Done]:
    """Notices of one order go one after the other: the second counts what the first took."""
    first = {notice.order_id: notice for notice in reversed(notices)}
    chosen = {notice.key for notice in first.values()}
    now = [notice for notice in notices if notice.key in chosen]
    found = standings(client, now)
    answers = one_by_one(now, lambda notice: _ship(client, notice, found.get(notice.order_id)))
    if later := [notice for notice in notices if notice.key not in chosen]:
        try:
            answers += ship(client, later)
        except CallFailed as failure:
            answers += [answer_to(notice.key, failure) for notice in later]
    return in_order(notices, answers)


def _ship(client: Client, notice: Notice, standing: Standing | None) -> Done:
    known = verdict(notice, standing)
    if known is not None or standing is None:
        return known or Done(notice.key, Result.UNKNOWN)
    made = ""
    for items in _by_location(notice, standing).values():
        fulfilment = {
            "lineItemsByFulfillmentOrder": items,
            "notifyCustomer": NOTIFY,
            "trackingInfo": tracking_of(notice),
        }
        payload = client.mutate("orders.ship", SHIP, {"fulfillment": fulfilment}, "fulfillmentCreate")
        if errors := payload.records("userErrors"):
            return _refused(client, notice, errors[0])
        made = payload.record("fulfillment").text("id")
    return Done(notice.key, Result.OK, remote_id=made)


def _by_location(notice: Notice, standing: Standing) -> dict[str, list[dict[str, Any]]]:
    """What to fulfil, one fulfilment per location: one of theirs cannot span two."""
    missing = still_to_tell(notice, standing)
    parts: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for rest in standing.remaining:
        taken = min(rest.quantity, missing.get(rest.line, 0))
        if taken:
            missing[rest.line] -= taken
            items = parts.setdefault(rest.location, {}).setdefault(rest.part, [])
            items.append({"id": rest.item, "quantity": taken})
    return {
        location: [{"fulfillmentOrderId": part, "fulfillmentOrderLineItems": items} for part, items in of.items()]
        for location, of in parts.items()
    }


def _refused(client: Client, notice: Notice, error: Record) -> Done:
    """User errors have no code: what the order says now decides, then the words."""
    try:
        known = verdict(notice, standings(client, [notice]).get(notice.order_id))
    except CallFailed:
        known = None
    if known is not None and known.code != "nothing_left":
        return known
    message = error.text("message")
    why = why_of_phrase(message)
    if known is None and why is Why.STATE_CHANGED:
        # What we read says that it can be fulfilled: reading lags behind writing. Again, when it has caught up.
        return Done(notice.key, Result.RETRY_LATER, None, "user_error", message, client.now + LAGS)
    return Done(notice.key, Result.REJECTED, why, "user_error", message)


def look_up(client: Client, notices: Sequence[Notice]) -> list[Done]:
    found = standings(client, notices)
    return [_seen(notice, found.get(notice.order_id)) for notice in notices]


def _seen(notice: Notice, standing: Standing | None) -> Done:
    known = verdict(notice, standing)
    if known is not None and known.result is Result.ALREADY_DONE:
        return Done(notice.key, Result.OK, remote_id=known.remote_id)
    if known is not None and known.why is Why.SHIPPED_ELSEWHERE:
        return known
    return Done(notice.key, Result.RETRY_LATER)


def renumber(client: Client, notices: Sequence[Notice]) -> list[Done]:
    found = standings(client, notices)
    return one_by_one(notices, lambda notice: _renumber(client, notice, found.get(notice.order_id)))


def _renumber(client: Client, notice: Notice, standing: Standing | None) -> Done:
    if standing is None:
        return Done(notice.key, Result.REJECTED, Why.OTHER, "no_order", "there is no such order")
    if not still_to_tell(notice, standing):
        return Done(notice.key, Result.ALREADY_DONE)
    lines = {line.line_id for line in notice.lines}
    old = [told for told in standing.told if notice.replaces in told.numbers and lines & told.lines.keys()]
    if not old:
        if other := standing.other_number(notice):
            return Done(notice.key, Result.REJECTED, Why.SHIPPED_ELSEWHERE, "shipped", other)
        return Done(notice.key, Result.REJECTED, Why.OTHER, "not_shipped", "nothing was shipped yet")
    for told in old:
        variables = {"id": told.id, "tracking": tracking_of(notice), "notify": NOTIFY}
        payload = client.mutate("orders.renumber", RENUMBER, variables, "fulfillmentTrackingInfoUpdate")
        if errors := payload.records("userErrors"):
            message = errors[0].text("message")
            return Done(notice.key, Result.REJECTED, why_of_phrase(message), "user_error", message)
    return Done(notice.key, Result.OK, remote_id=old[0].id)


def tracking_of(notice: Notice) -> Mapping[str, str]:
    found = {
        "number": notice.number,
        "company": notice.carrier or notice.carrier_name,
        "url": notice.tracking_url,
    }
    return {name: value for name, value in found.items() if value}
