"""Feeds 2021-06-30: a document is uploaded, a feed is made of it, and its report comes some time later.

A feed waits, works and ends by the virtual clock; what it changes changes at its end. FATAL may have changed some of it.
"""

import json
from typing import Any

from entrepot.sandbox.faults import Fault
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.twin import Exchange, Reply
from entrepot.sandbox.twins.amazon_errors import invalid_input, not_found
from entrepot.sandbox.twins.amazon_feed_work import WORK, FeedResult
from entrepot.sandbox.twins.amazon_wire import instant
from entrepot.sandbox.world import World

QUEUE_MS, WORK_MS = 20 * 1000, 60 * 1000
UPLOAD_SECONDS = 300


def create_document(exchange: Exchange, shop: Shop) -> dict[str, Any]:
    """`createFeedDocument`: an address to upload to, good for five minutes."""
    try:
        kind = str(json.loads(exchange.request.get_data())["contentType"])
    except (ValueError, KeyError, TypeError) as error:
        raise invalid_input("contentType is required.") from error
    return _document(exchange.world, shop, {"type": kind, "body": None})


def _document(world: World, shop: Shop, doc: dict[str, Any]) -> dict[str, Any]:
    number = world.store.next("amazon document")
    document_id = f"amzn1.tortuga.4.na.{number:012x}"
    until = world.now_ms + UPLOAD_SECONDS * 1000
    world.store.put_thing("amazon", shop.name, "document", document_id, {**doc, "until": until})
    return {"feedDocumentId": document_id, "url": _url(world, shop, document_id)}


def _url(world: World, shop: Shop, document_id: str) -> str:
    """Signed by being unguessable enough for a sandbox: shop and document."""
    return f"{world.base}/amazon/api/documents/{shop.id}/{document_id}"


def upload(exchange: Exchange, shop: Shop) -> Reply:
    """`PUT` to the address: the content type must be the one that was announced, as with a presigned address."""
    document_id, world = exchange.args["document_id"], exchange.world
    doc = world.store.thing("amazon", shop.name, "document", document_id)
    given = exchange.request.headers.get("Content-Type", "")
    if doc is None or world.now_ms > doc["until"] or given.replace(" ", "") != doc["type"].replace(" ", ""):
        return Reply(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>", {}, "application/xml")
    doc["body"] = exchange.request.get_data().decode("utf-8", "replace")
    world.store.put_thing("amazon", shop.name, "document", document_id, doc)
    return Reply(200, b"", {}, "application/xml")


def download(exchange: Exchange, shop: Shop) -> Reply:
    doc = exchange.world.store.thing("amazon", shop.name, "document", exchange.args["document_id"])
    if doc is None or doc["body"] is None:
        return Reply(404, b"<Error><Code>NoSuchKey</Code></Error>", {}, "application/xml")
    return Reply(200, doc["body"].encode(), {}, doc["type"])


def create(exchange: Exchange, shop: Shop) -> dict[str, Any]:
    """`createFeed`. PARTIAL_BATCH: this feed will end FATAL after half of its messages were applied."""
    world = exchange.world
    try:
        body = json.loads(exchange.request.get_data())
        kind, places, document_id = (
            str(body["feedType"]),
            list(body["marketplaceIds"]),
            str(body["inputFeedDocumentId"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise invalid_input("feedType, marketplaceIds and inputFeedDocumentId are required.") from error
    doc = world.store.thing("amazon", shop.name, "document", document_id)
    if kind not in WORK or places != [shop.extra["marketplace_id"]] or doc is None or doc["body"] is None:
        raise invalid_input("The feed type, the marketplace or the document is not valid.")
    feed_id = str(50_000 + world.store.next("amazon feed"))
    feed = {
        "type": kind,
        "places": places,
        "input": document_id,
        "created": world.now_ms,
        "fatal": Fault.PARTIAL_BATCH in exchange.faults,
        "result": None,
    }
    world.store.put_thing("amazon", shop.name, "feed", feed_id, feed)
    return {"feedId": feed_id}


def get(exchange: Exchange, shop: Shop) -> dict[str, Any]:
    """`getFeed`."""
    feed = exchange.world.store.thing("amazon", shop.name, "feed", exchange.args["feed_id"])
    if feed is None:
        raise not_found("There is no such feed.")
    return _shown(exchange.world, exchange.args["feed_id"], feed)


def several(exchange: Exchange, shop: Shop) -> dict[str, Any]:
    """`getFeeds` by type and status, the newest first; one page."""
    asked = exchange.request.args
    kinds = [part for part in asked.get("feedTypes", "").split(",") if part]
    states = [part for part in asked.get("processingStatuses", "").split(",") if part]
    if not kinds:
        raise invalid_input("feedTypes is required.")
    found = exchange.world.store.things("amazon", shop.name, "feed")
    shown = [_shown(exchange.world, feed_id, feed) for feed_id, feed in reversed(found) if feed["type"] in kinds]
    return {"feeds": [one for one in shown if not states or one["processingStatus"] in states][:100]}


def get_document(exchange: Exchange, shop: Shop) -> dict[str, Any]:
    """`getFeedDocument`: where a document can be fetched."""
    document_id = exchange.args["document_id"]
    if exchange.world.store.thing("amazon", shop.name, "document", document_id) is None:
        raise not_found("There is no such document.")
    return {"feedDocumentId": document_id, "url": _url(exchange.world, shop, document_id)}


def _shown(world: World, feed_id: str, feed: dict[str, Any]) -> dict[str, Any]:
    begins, ends = feed["created"] + QUEUE_MS, feed["created"] + QUEUE_MS + WORK_MS
    status = "IN_QUEUE" if world.now_ms < begins else "IN_PROGRESS" if world.now_ms < ends else feed["end"]
    shown = {
        "feedId": feed_id,
        "feedType": feed["type"],
        "marketplaceIds": feed["places"],
        "createdTime": instant(feed["created"]),
        "processingStatus": status,
    }
    if world.now_ms >= begins:
        shown["processingStartTime"] = instant(begins)
    if world.now_ms >= ends:
        shown["processingEndTime"] = instant(ends)
        if feed["result"]:
            shown["resultFeedDocumentId"] = feed["result"]
    return shown


def settle(world: World, shop: Shop) -> None:
    """Play the feeds that have ended since: called before every answer to this seller."""
    for feed_id, feed in world.store.things("amazon", shop.name, "feed"):
        if "end" in feed or world.now_ms < feed["created"] + QUEUE_MS + WORK_MS:
            continue
        doc = world.store.thing("amazon", shop.name, "document", feed["input"])
        assert doc is not None
        outcome = WORK[feed["type"]](world, shop, feed_id, doc["body"], feed["fatal"])
        feed["end"] = "FATAL" if feed["fatal"] or outcome is None else "DONE"
        if feed["end"] == "DONE":
            assert outcome is not None
            feed["result"] = _report(world, shop, outcome)
        world.store.put_thing("amazon", shop.name, "feed", feed_id, feed)


def _report(world: World, shop: Shop, outcome: FeedResult) -> str:
    made = _document(world, shop, {"type": outcome.type, "body": outcome.text})
    return str(made["feedDocumentId"])
