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
DEEPEST = 5000  # no offset beyond it: the window then begins anew where it got to
ITEMS = 50
NO_SUCH_ORDER = "16"  # "E016: Invalid Order ID"


def site_at(access: Access) -> Site:
    return site_of(access.grant.extra.get("country", ""))


def api(access: Access) -> str:
    return access.app.hosts.get("api", site_at(access).host).rstrip("/")


def pull(client: Client, access: Access, window: Window) -> Page:
    """Oldest change first: what changes while we page moves to the end, past the window."""
    offset = int(window.page or 0)
    params = {
        "update_after": _iso(window.since),
        "update_before": _iso(window.until),
        "sort_by": "updated_at",
        "sort_direction": "ASC",
        "offset": str(offset),
        "limit": str(PAGE),
    }
    data = client.path(api(access), "/orders/get", params, operation="list", http="GET").record("data")
    orders = list(listed(data, "orders"))
    drafts = with_items(client, access, orders)
    if len(orders) < PAGE:
        return Page(drafts)
    following = offset + PAGE
    if following <= DEEPEST:
        return Page(drafts, next_page=str(following))
    reached = [at for order in orders if (at := instant(order, "updated_at"))]
    if not reached or max(reached) <= window.since:
        raise CallFailed(Trouble.PROTOCOL, "More orders changed at one instant than can be paged through.")
    return Page(drafts, seen_until=max(reached))


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
