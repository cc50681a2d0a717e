"""What feeds do when they end: stock of listings (JSON), and order acknowledgements that cancel (XML)."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from xml.etree import ElementTree

from entrepot.sandbox.goods import BY_CODE
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.twins import amazon_listings as listings
from entrepot.sandbox.twins.amazon_wire import status
from entrepot.sandbox.world import World


@dataclass(frozen=True, slots=True)
class FeedResult:
    """The processing report."""

    text: str
    type: str = "application/json; charset=UTF-8"


def listings_feed(world: World, shop: Shop, feed_id: str, body: str, fatal: bool) -> FeedResult | None:
    """JSON_LISTINGS_FEED. None when the document is not a feed of this seller: the feed ends FATAL. `fatal`: it breaks
    off half-way."""
    try:
        feed = json.loads(body)
        header, messages = feed["header"], [(int(one["messageId"]), str(one["sku"]), one) for one in feed["messages"]]
        if header["sellerId"] != shop.id or header["version"] != "2.0":
            return None
    except (ValueError, KeyError, TypeError):
        return None
    issues = []
    for number, sku, message in messages[: len(messages) // 2] if fatal else messages:
        value, found = _quantity(sku, message)
        if found:
            issues.append({"messageId": number, "sku": sku, **found})
        else:
            listings.set_quantity(world, shop, sku, value)
    summary = {
        "errors": len(issues),
        "warnings": 0,
        "messagesProcessed": len(messages),
        "messagesAccepted": len(messages) - len(issues),
        "messagesInvalid": len(issues),
    }
    report = {
        "header": {"sellerId": shop.id, "version": "2.0", "feedId": feed_id},
        "issues": issues,
        "summary": summary,
    }
    return FeedResult(json.dumps(report))


def _quantity(sku: str, message: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
    """The quantity of a PATCH or PARTIAL_UPDATE message, or its issue."""
    wanted, op, path = None, "replace", listings.PATH
    try:
        if message["operationType"] == "PATCH":
            op, path, wanted = (message["patches"][0].get(name) for name in ("op", "path", "value"))
        elif message["operationType"] == "PARTIAL_UPDATE":
            wanted = message["attributes"]["fulfillment_availability"]
    except (KeyError, IndexError, TypeError, AttributeError):
        wanted = None
    if sku not in BY_CODE:
        return 0, {"code": "8105", "severity": "ERROR", "message": f"SKU '{sku}' is not in your listings."}
    found = listings.problem(str(op), str(path), wanted)
    if found is None and wanted is not None:
        return int(wanted[0]["quantity"]), None
    found = found or {"code": "90220", "message": "Nothing to update."}
    issue = {"code": found["code"], "severity": "ERROR", "message": found["message"]}
    return 0, {**issue, "attributeName": "fulfillment_availability"}


def acknowledgement_feed(world: World, shop: Shop, feed_id: str, body: str, fatal: bool) -> FeedResult | None:
    """POST_ORDER_ACKNOWLEDGEMENT_DATA: StatusCode Failure cancels an order that has not been shipped."""
    try:
        envelope = ElementTree.fromstring(body)  # noqa: S314 - only programs of this machine reach the sandbox
    except ElementTree.ParseError:
        return None
    messages = envelope.findall("Message")
    rows = []
    for message in messages[: len(messages) // 2] if fatal else messages:
        found = message.find("OrderAcknowledgement")
        why = "The message holds no OrderAcknowledgement." if found is None else _acknowledge(world, shop, found)
        if why:
            rows.append(
                f"<Result><MessageID>{message.findtext('MessageID', '')}</MessageID><ResultCode>Error</ResultCode>"
                f"<ResultMessageCode>25005</ResultMessageCode><ResultDescription>{why}</ResultDescription></Result>"
            )
    summary = (
        f"<ProcessingSummary><MessagesProcessed>{len(messages)}</MessagesProcessed>"
        f"<MessagesSuccessful>{len(messages) - len(rows)}</MessagesSuccessful>"
        f"<MessagesWithError>{len(rows)}</MessagesWithError><MessagesWithWarning>0</MessagesWithWarning></ProcessingSummary>"
    )
    report = f"<DocumentTransactionID>{feed_id}</DocumentTransactionID><StatusCode>Complete</StatusCode>{summary}{''.join(rows)}"
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><AmazonEnvelope><Header><DocumentVersion>1.02</DocumentVersion>'
        f"<MerchantIdentifier>{shop.id}</MerchantIdentifier></Header><MessageType>ProcessingReport</MessageType>"
        f"<Message><MessageID>1</MessageID><ProcessingReport>{report}</ProcessingReport></Message></AmazonEnvelope>"
    )
    return FeedResult(text, "text/xml; charset=UTF-8")


def _acknowledge(world: World, shop: Shop, message: ElementTree.Element) -> str:
    """Why not, or "" when it was done."""
    order = world.store.order("amazon", message.findtext("AmazonOrderID", ""), shop=shop.name)
    if order is None:
        return "There is no such order."
    if message.findtext("StatusCode") == "Success":
        return ""
    reason = message.findtext("Item/CancelReason") or message.findtext("CancelReason") or "NoInventory"
    if status(order.doc) not in ("UNSHIPPED", "PENDING"):
        world.refuse(order)
        return f"An order that is {status(order.doc)} cannot be cancelled."
    for line in order.doc["lines"]:
        line.update(cancelled_by="MERCHANT", cancel_reason=reason)
    world.unplan(order, "pay", "release", "cancel", "ask_cancel", "change_address", "lapse")
    order.status = status(order.doc)
    world.save(order)
    return ""


Work = Callable[[World, Shop, str, str, bool], FeedResult | None]
WORK: Final[dict[str, Work]] = {
    "JSON_LISTINGS_FEED": listings_feed,
    "POST_ORDER_ACKNOWLEDGEMENT_DATA": acknowledgement_feed,
}
