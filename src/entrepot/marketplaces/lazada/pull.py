"""Listing orders by change time, then their items, fifty orders a call."""

from collections.abc import Sequence
from datetime import UTC, datetime

from entrepot.marketplaces.answers import chunks
from entrepot.marketplaces.contract import Access, CallFailed, OrderDraft, Page, Trouble, Unreadable, Window
from entrepot.marketplaces.iop.client import Client, compact, listed
from entrepot.marketplaces.lazada.orders import instant, read_order
from entrepot.marketplaces.lazada.sites import Site, site_of
from entrepot.marketplaces.reading import Malformed, Record, read_each

PAGE = 100
DEEPEST = 5000  # no offset beyond it
ITEMS = 50
NO_SUCH_ORDER = "16"  # "E016: Invalid Order ID"


def site_at(access: Access) -> Site:
    return site_of(access.grant.extra.get("country", ""))


def api(access: Access) -> str:
    return access.app.hosts.get("api", site_at(access).host).rstrip("/")


def pull(client: Client, access: Access, window: Window) -> Page:
    """One page, oldest change first. The next one begins at the change that this one ends with: an order that changes
    while we page leaves the frozen window, and what follows it moves up, past any offset. Only among orders of one second
    an offset leads on. The token is "<second>/<offset>/<order>": with an offset, the order that stands there.

    Raises:
        CallFailed: PROTOCOL for a list that is in another order, and for more orders of one second than can be listed.
    """
    begin, offset, behind = _place(window)
    params = {
        "update_after": _iso(begin),  # "after or on"
        "update_before": _iso(window.until),
        "sort_by": "updated_at",
        "sort_direction": "ASC",
        "offset": str(offset),
        "limit": str(PAGE),
    }
    data = client.path(api(access), "/orders/get", params, operation="list", http="GET").record("data")
    orders = list(listed(data, "orders"))
    drafts = with_items(client, access, orders)
    first = orders[0].text("order_id") if orders else ""
    if offset and first != behind:  # some of this second have left: they are listed anew, by a token never seen before
        return Page(drafts, next_page=_token(begin, 0, first))
    if len(orders) < PAGE:
        return Page(drafts)
    # What has changed since says so by a time after the window: it is no measure of how far the list goes.
    times = [at for order in orders if (at := _changed_at(order)) and at <= window.until] or [begin]
    if times[0] > times[-1]:
        raise CallFailed(Trouble.PROTOCOL, "The list does not begin with the oldest change.")
    reached = max(times).replace(microsecond=0)
    if reached > begin:
        return Page(drafts, next_page=_token(reached))
    following = offset + len(orders) - 1
    if following > DEEPEST:
        raise CallFailed(Trouble.PROTOCOL, "More orders changed at one instant than can be paged through.")
    return Page(drafts, next_page=_token(begin, following, orders[-1].needed("order_id")))


def _place(window: Window) -> tuple[datetime, int, str]:
    """Where a page begins: the second, the offset from there, and the order that stands at it."""
    if not window.page:
        return window.since, 0, ""
    try:
        begin, offset, behind = window.page.split("/")
        return datetime.fromisoformat(begin), int(offset), behind
    except ValueError:
        raise Malformed(f"{window.page!r:.60} is no page of ours") from None


def _token(begin: datetime, offset: int = 0, behind: str = "") -> str:
    return f"{_iso(begin)}/{offset}/{behind}"


def _changed_at(order: Record) -> datetime | None:
    try:
        return instant(order, "updated_at")
    except Malformed:
        return None  # the order itself says so


def get(client: Client, access: Access, order_ids: Sequence[str]) -> tuple[OrderDraft | Unreadable, ...]:
    orders = []
    for order_id in order_ids:
        try:
            answer = client.path(api(access), "/order/get", {"order_id": order_id}, operation="detail", http="GET")
            orders.append(answer.record("data"))
        except CallFailed as failed:
            if failed.trouble is not Trouble.NOT_FOUND and failed.code != NO_SUCH_ORDER:
                raise
    return with_items(client, access, [order for order in orders if order.raw])


def with_items(client: Client, access: Access, orders: Sequence[Record]) -> tuple[OrderDraft | Unreadable, ...]:
    items = items_of(client, access, [order.needed("order_id") for order in orders])
    both = [{"order": order.raw, "items": items.get(order.needed("order_id"), [])} for order in orders]
    site = site_at(access)
    drafts = read_each(both, lambda one: read_order(one, site=site))
    return tuple(
        Unreadable(order.needed("order_id"), draft.reason, draft.raw) if isinstance(draft, Unreadable) else draft
        for order, draft in zip(orders, drafts, strict=True)
    )


def items_of(client: Client, access: Access, order_ids: Sequence[str]) -> dict[str, list[object]]:
    """The items of each order, as they came."""
    found: dict[str, list[object]] = {}
    for some in chunks(order_ids, ITEMS):
        params = {"order_ids": compact([_number(one) for one in some])}
        answer = client.path(api(access), "/orders/items/get", params, operation="items", http="GET")
        for order in listed(answer, "data"):
            found[order.needed("order_id")] = [item.raw for item in listed(order, "order_items")]
    return found


def _number(order_id: str) -> int:
    try:
        return int(order_id)
    except ValueError:
        raise Malformed(f"{order_id!r} is no order number of Lazada") from None


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
