"""Orders by the time of their last change, and by number."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from entrepot.marketplaces.contract import CallFailed, OrderDraft, Page, Trouble, Unreadable, Window
from entrepot.marketplaces.reading import Malformed, Record, read_each
from entrepot.marketplaces.shopify.client import Client
from entrepot.marketplaces.shopify.documents import GET, LIST, MORE_LINES
from entrepot.marketplaces.shopify.errors import TOO_COSTLY
from entrepot.marketplaces.shopify.orders import gid, read_order

SIZES = (25, 10, 3, 1)  # orders per page: smaller when they say that a query costs too much
GET_MOST = 25


def pull(client: Client, window: Window) -> Page:
    variables = {
        "after": window.page or None,
        "query": f"updated_at:>='{_time(window.since)}' AND updated_at:<'{_time(window.until)}'",
    }
    found = _affordable(client, variables).record("orders")
    info = found.record("pageInfo")
    following = info.text("endCursor") if info.flag("hasNextPage") else ""
    if following and following == window.page:
        raise CallFailed(Trouble.PROTOCOL, "the same page was named as the next one again", code="page_loop")
    if info.flag("hasNextPage") and not following:
        raise CallFailed(Trouble.PROTOCOL, "there is a next page without a cursor", code="no_cursor")
    return Page(_drafts(client, found.items("nodes")), following)


def get(client: Client, order_ids: Sequence[str]) -> tuple[OrderDraft | Unreadable, ...]:
    ids = [gid("Order", number) for number in order_ids]
    return _drafts(client, client.nodes("orders.get", GET, ids, GET_MOST))


def _affordable(client: Client, variables: dict[str, Any]) -> Record:
    for size in SIZES:
        try:
            return client.query("orders.list", LIST, {**variables, "first": size})
        except CallFailed as failure:
            if failure.code != TOO_COSTLY or size == SIZES[-1]:
                raise
    raise AssertionError("unreachable")


def _drafts(client: Client, nodes: list[Any]) -> tuple[OrderDraft | Unreadable, ...]:
    """Null stands for an order that is not there."""
    return read_each((_whole(client, node) for node in nodes if node is not None), read_order, "legacyResourceId")


def _whole(client: Client, node: Any) -> Any:
    """The order with all of its lines: one of more than a page is read to its end."""
    try:
        every = Record(node).record("lineItems")
        info = every.record("pageInfo")
        lines, cursor = every.items("nodes"), info.text("endCursor") if info.flag("hasNextPage") else ""
    except Malformed:
        return node  # it is found out again, and said, where the order is read
    if not cursor:
        return node
    while cursor:
        asked = cursor
        order = client.query("orders.lines", MORE_LINES, {"id": Record(node).needed("id"), "after": cursor})
        more = order.record("order").record("lineItems")
        info = more.record("pageInfo")
        lines = lines + more.items("nodes")
        cursor = info.text("endCursor") if info.flag("hasNextPage") else ""
        if cursor == asked:
            raise CallFailed(Trouble.PROTOCOL, "the same lines were named as the next ones again", code="page_loop")
    return {**node, "lineItems": {"nodes": lines}}


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
