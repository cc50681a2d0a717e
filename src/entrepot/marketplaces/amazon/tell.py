"""Confirming shipments, one package a call, and looking up whether one was confirmed.

`packageReferenceId` is ours and made from the notice's key, so that a call made twice is the same package.
"""

import hashlib

from entrepot.marketplaces.amazon.client import Client, part, stamp
from entrepot.marketplaces.amazon.errors import why_of
from entrepot.marketplaces.amazon.orders import CANCELLED, SHIPPED, SITE, UNFULFILLABLE, UNPAID, status_of
from entrepot.marketplaces.contract import CallFailed, Done, Notice, Result, Trouble, Why
from entrepot.marketplaces.reading import Record

INCLUDED = (
    "BUYER", "RECIPIENT", "PROCEEDS", "CANCELLATION", "FULFILLMENT", "PACKAGES", "TAX",
)  # fmt: skip
ORDERS = "/orders/2026-01-01/orders"
OTHER = "Other"
REFUSALS = frozenset({Trouble.INVALID_INPUT, Trouble.BUSINESS_STATE})


def reference_of(key: str) -> str:
    """Amazon takes positive numbers only, unique within the order."""
    return str(1 + int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % 2_147_483_646)


def order_of(client: Client, order_id: str) -> Record:
    query = {"includedData": INCLUDED}
    return client.get("getOrder", f"{ORDERS}/{part(order_id)}", query).record("order")


def ship(client: Client, notice: Notice) -> Done:
    return _confirm(client, notice, reference_of(notice.key))


def renumber(client: Client, notice: Notice) -> Done:
    """Confirms the same package again with the new number; that Amazon then corrects it was not verified live."""
    order = order_of(client, notice.order_id)
    reference = next((p.text("packageReferenceId") for p in _packages(order) if _is(p, notice.replaces)), "")
    if not reference:
        if any(_is(package, notice.number) for package in _packages(order)):
            return Done(notice.key, Result.ALREADY_DONE)
        return Done(notice.key, Result.REJECTED, Why.OTHER, message=f"Amazon has no package with {notice.replaces}.")
    return _confirm(client, notice, reference)


def look_up(client: Client, notice: Notice) -> Done:
    return _standing(order_of(client, notice.order_id), notice) or Done(notice.key, Result.RETRY_LATER)


def _confirm(client: Client, notice: Notice, reference: str) -> Done:
    body = {"marketplaceId": _site(client, notice), "packageDetail": _package(notice, reference)}
    try:
        client.post("confirmShipment", f"/orders/v0/orders/{part(notice.order_id)}/shipmentConfirmation", body)
    except CallFailed as failed:
        if failed.trouble not in REFUSALS:
            raise
        return _explained(client, notice, failed)
    return Done(notice.key, Result.OK, remote_id=reference)


def _package(notice: Notice, reference: str) -> dict[str, object]:
    """A carrier without a code of Amazon's is "Other" and told by its name."""
    detail: dict[str, object] = {
        "packageReferenceId": reference,
        "carrierCode": notice.carrier or OTHER,
        "trackingNumber": notice.number,
        "shipDate": stamp(notice.shipped_at),
        "orderItems": [{"orderItemId": line.line_id, "quantity": line.quantity} for line in notice.lines],
    }
    if (notice.carrier or OTHER) == OTHER:
        detail["carrierName"] = notice.carrier_name or OTHER
    return detail


def _site(client: Client, notice: Notice) -> str:
    """The site the order was placed at: every pulled order holds it."""
    return (
        notice.handles.get(SITE)
        or client.access.grant.extra.get(SITE)
        or order_of(client, notice.order_id).record("salesChannel").needed("marketplaceId")
    )


def _explained(client: Client, notice: Notice, failed: CallFailed) -> Done:
    """What a refusal was about, by reading the order back; the refusal alone when that fails."""
    refused = Done(notice.key, Result.REJECTED, why_of(failed.message), failed.code, failed.message)
    try:
        order = order_of(client, notice.order_id)
    except CallFailed:
        return refused
    standing = _standing(order, notice)
    if standing is not None and standing.result is Result.OK:
        return Done(notice.key, Result.ALREADY_DONE, code=failed.code, message=failed.message)
    if standing is not None:
        return standing
    status = status_of(order)
    if status in CANCELLED | UNPAID | {UNFULFILLABLE}:
        return Done(notice.key, Result.REJECTED, Why.STATE_CHANGED, failed.code, failed.message)
    return refused


def _standing(order: Record, notice: Notice) -> Done | None:
    """OK when our package is there, SHIPPED_ELSEWHERE when others hold all of a line of ours, else None."""
    packages = _packages(order)
    mine = reference_of(notice.key)
    if any(_is(p, notice.number) for p in packages):
        return Done(notice.key, Result.OK, remote_id=mine)
    others = [package for package in packages if package.text("packageReferenceId") != mine]
    status = status_of(order)
    wanted = {line.line_id for line in notice.lines}
    left = {item.text("orderItemId"): _left(item) for item in order.records("orderItems")}
    if status == SHIPPED or any(left.get(line.line_id, 0) < line.quantity for line in notice.lines):
        holding = [p for p in others if any(i.text("orderItemId") in wanted for i in p.records("packageItems"))] or (
            others if status == SHIPPED else []
        )
        numbers = ", ".join(dict.fromkeys(n for p in holding if (n := p.text("trackingNumber"))))
        if holding:
            return Done(notice.key, Result.REJECTED, Why.SHIPPED_ELSEWHERE, message=numbers)
    return None


def _left(item: Record) -> int:
    """Pieces still to be sent; all of them where the answer does not say."""
    fulfillment = item.record("fulfillment")
    return fulfillment.whole("quantityUnfulfilled", item.whole("quantityOrdered"))


def _packages(order: Record) -> list[Record]:
    return [p for p in order.records("packages") if p.record("packageStatus").text("status") not in CANCELLED]


def _is(package: Record, number: str) -> bool:
    return bool(number) and package.text("trackingNumber") == number
