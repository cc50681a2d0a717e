"""Orders by the time of their last change, then the requests to cancel: those move no order's time of change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from math import ceil
from typing import Any

from entrepot.marketplaces.answers import chunks
from entrepot.marketplaces.contract import CallFailed, OrderDraft, Page, Trouble, Unreadable, Window
from entrepot.marketplaces.reading import Record, read_each
from entrepot.marketplaces.tiktok.client import Client
from entrepot.marketplaces.tiktok.orders import read_order

PAGE = 50
REQUESTS = "requests:"  # begins the page tokens of the second half of a window
PENDING = "CANCELLATION_REQUEST_PENDING"


def pull(client: Client, window: Window) -> Page:
    span = {"update_time_ge": int(window.since.timestamp()), "update_time_lt": ceil(window.until.timestamp())}
    if window.page.startswith(REQUESTS):
        return _page_of_requests(client, span, window.page.removeprefix(REQUESTS))
    query = {"page_size": str(PAGE), "sort_field": "update_time", "sort_order": "ASC"}
    found = client.search("orders.search", "/order/202309/orders/search", _paged(query, window.page), span)
    following = _next_page(found, window.page)
    ids = [order.needed("id") for order in found.records("orders")]
    return Page(orders(client, ids), following or REQUESTS)


def _page_of_requests(client: Client, span: Mapping[str, int], page: str) -> Page:
    found = client.search(
        "cancellations.search",
        "/return_refund/202602/cancellations/search",
        _paged({"page_size": str(PAGE), "sort_field": "update_time", "sort_order": "ASC"}, page),
        {**span, "cancel_types": ["BUYER_CANCEL"]},
    )
    following = _next_page(found, page)
    requests = found.records("cancellations")
    changed: dict[str, datetime] = {}
    for request in requests:
        at, order_id = request.seconds("update_time"), request.needed("order_id")
        if at is not None:
            changed[order_id] = max(at, changed.get(order_id, at))
    ids = list(dict.fromkeys(request.needed("order_id") for request in requests))
    drafts = tuple(_as_of(draft, changed) for draft in orders(client, ids))
    return Page(drafts, f"{REQUESTS}{following}" if following else "")


def _as_of(draft: OrderDraft | Unreadable, changed: Mapping[str, datetime]) -> OrderDraft | Unreadable:
    """A request, and taking it back, is a newer version though the order's own time stands still."""
    at = changed.get(draft.external_id)
    if isinstance(draft, Unreadable) or at is None or draft.updated_at is None:
        return draft
    return replace(draft, updated_at=max(draft.updated_at, at))


def orders(client: Client, ids: Sequence[str]) -> tuple[OrderDraft | Unreadable, ...]:
    """Orders in full, each with the request that waits for an answer."""
    drafts = read_each(details(client, ids), read_order)
    asked = [draft.external_id for draft in drafts if isinstance(draft, OrderDraft) and draft.cancel_asked_at]
    waiting = pending_requests(client, asked)
    return tuple(
        replace(draft, cancel_request_id=waiting.get(draft.external_id, "")) if isinstance(draft, OrderDraft) else draft
        for draft in drafts
    )


def details(client: Client, ids: Iterable[str]) -> list[Any]:
    """Orders as they stand now. One that does not exist is absent, though the call fails for it over there."""
    found: list[Any] = []
    for some in chunks(list(dict.fromkeys(ids)), PAGE):
        try:
            found += client.get("orders.detail", "/order/202507/orders", {"ids": ",".join(some)}).items("orders")
        except CallFailed as failure:
            if failure.trouble is not Trouble.NOT_FOUND:
                raise
            if len(some) > 1:
                for one in some:
                    found += details(client, [one])
    return found


def pending_requests(client: Client, order_ids: Sequence[str]) -> dict[str, str]:
    """Order id -> id of the buyer's request that waits for an answer."""
    waiting: dict[str, str] = {}
    for some in chunks(order_ids, PAGE):
        body = {"order_ids": list(some), "cancel_types": ["BUYER_CANCEL"], "cancel_status": [PENDING]}
        found = client.search(
            "cancellations.search", "/return_refund/202602/cancellations/search", {"page_size": str(PAGE)}, body
        )
        for request in found.records("cancellations"):
            waiting[request.needed("order_id")] = request.needed("cancel_id")
    return waiting


def _paged(query: Mapping[str, str], page: str) -> dict[str, str]:
    return {**query, "page_token": page} if page else dict(query)


def _next_page(found: Record, asked: str) -> str:
    following = found.text("next_page_token")
    if following and following == asked:
        raise CallFailed(Trouble.PROTOCOL, "the same page was named as the next one again", code="page_loop")
    return following
