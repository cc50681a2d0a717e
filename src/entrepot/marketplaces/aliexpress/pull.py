"""Listing orders of a window, then asking for each one's detail and address: the platform has no call for both.

Pages are numbers, so an order that changes while we page leaves the window and moves all that follow one place up. The
pages are therefore read from the last to the first: what moves up is read again, never left out.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import TypeVar

from entrepot.marketplaces.aliexpress.orders import read_order
from entrepot.marketplaces.aliexpress.states import LISTED, LISTED_ENDED, UNPAID
from entrepot.marketplaces.aliexpress.times import begins, ends
from entrepot.marketplaces.contract import App, CallFailed, OrderDraft, Page, Trouble, Unreadable, Window
from entrepot.marketplaces.iop.client import Client, compact, listed
from entrepot.marketplaces.iop.errors import trouble_of
from entrepot.marketplaces.reading import Record, read_each

T = TypeVar("T")
API = "https://api-sg.aliexpress.com"
PAGE = 10  # each order costs two more calls
LISTING = "aliexpress.trade.seller.orderlist.get"
DETAIL = "aliexpress.trade.new.redefining.findorderbyid"
RECEIPT = "aliexpress.solution.order.receiptinfo.get"
STREAMS = {"open": (LISTED, timedelta(days=180)), "ended": (LISTED_ENDED, timedelta(days=30))}
"""Statuses listed together, and how long before the window their orders may have been placed: a listing by change time
must also name creation times, and no more than so many days (seen in doc 641 as quoted by others, not verified)."""
TRIES = 3  # of each reading call: a page is two dozen of them
OF_ONE_ORDER = frozenset({Trouble.NOT_FOUND, Trouble.INVALID_INPUT, Trouble.BUSINESS_STATE, Trouble.PROTOCOL})


def api(app: App) -> str:
    return app.hosts.get("api", API).rstrip("/")


def pull(client: Client, window: Window) -> Page:
    """One page, by a token "<stream>:<number>/<pages>"; the first call of a stream only learns how many pages there are
    unless there is just one.

    Raises:
        CallFailed: PROTOCOL when the pages of a frozen window become more: such a list has no end.
    """
    stream, _, place = window.page.partition(":")
    stream = stream or "open"
    number, pages = (int(part) for part in (place or "1/0").split("/"))
    result = _list(client, window, stream, number)
    items, last = list(listed(result, "target_list")), result.whole("total_page", 1)
    if not pages and last > 1:
        return Page((), next_page=f"{stream}:{last}/{last}")
    if pages and last > pages:
        raise CallFailed(Trouble.PROTOCOL, f"The list grew from {pages} to {last} pages while it was read.")
    found = fetch(client, [(item.needed("order_id"), item) for item in items])
    if number > 1:
        return Page(tuple(found), next_page=f"{stream}:{number - 1}/{pages}")
    return Page(tuple(found), next_page="ended:" if stream == "open" else "")


def _list(client: Client, window: Window, stream: str, number: int) -> Record:
    statuses, back = STREAMS[stream]
    query = {
        "current_page": number,
        "page_size": PAGE,
        "modified_date_start": begins(window.since),
        "modified_date_end": ends(window.until),
        "create_date_start": begins(window.until - back),
        "create_date_end": ends(window.until),
        "order_status_list": statuses,
    }
    params = {"param_aeop_order_query": compact(query)}
    answer = _steady(lambda: client.method(api(client.app), LISTING, params, operation="list"))
    result = answer.record("result")
    refuse_unless(result, "success", "error_code", "error_message")
    return result


def fetch(client: Client, orders: Sequence[tuple[str, Record | None]]) -> Iterator[OrderDraft | Unreadable]:
    """Each order by itself: a refusal of one is its own, a trouble of the whole store is raised. One that does not
    exist is left out, unless it was listed. A stumble over a listed one is its own too, unless they stumble over all."""
    stumbles = 0
    for order_id, item in orders:
        try:
            both = _both(client, order_id)
        except CallFailed as failed:
            stumbles += failed.trouble is Trouble.TRANSIENT
            its_own = item is not None and failed.trouble is Trouble.TRANSIENT and stumbles < max(2, len(orders))
            if failed.trouble not in OF_ONE_ORDER and not its_own:
                raise
            if item is None and failed.trouble is Trouble.NOT_FOUND:
                continue
            yield Unreadable(order_id, f"{failed.code} {failed.message}".strip(), item.raw if item else {})
            continue
        if both is not None:
            for draft in read_each([both], lambda one: read_order(one, now=client.now)):
                yield draft if isinstance(draft, OrderDraft) else Unreadable(order_id, draft.reason, draft.raw)
        elif item is not None:
            yield Unreadable(order_id, "The order is listed, but its detail is empty.", item.raw)


def detail_of(client: Client, order_id: str) -> Record:
    """Empty for an order that does not exist."""
    params = {"param1": compact({"order_id": order_id})}
    answer = _steady(lambda: client.method(api(client.app), DETAIL, params, operation="detail"))
    return answer.record("target")


def _steady(ask: Callable[[], T]) -> T:
    """Asks again at once when the other side stumbled."""
    for _ in range(TRIES - 1):
        try:
            return ask()
        except CallFailed as failed:
            if failed.trouble is not Trouble.TRANSIENT:
                raise
    return ask()


def _both(client: Client, order_id: str) -> dict[str, object] | None:
    detail = detail_of(client, order_id)
    if not detail.raw:
        return None
    both: dict[str, object] = {"detail": detail.raw}
    if detail.text("order_status") not in UNPAID:
        params = {"param1": compact({"order_id": order_id})}
        answer = _steady(lambda: client.method(api(client.app), RECEIPT, params, operation="receipt"))
        both["receipt"] = answer.record("result").raw
    return both


def refuse_unless(result: Record, flag: str, code: str, message: str) -> None:
    """
    Raises:
        CallFailed: the answer says in its own body that the call did not succeed.
    """
    if flag in result.raw and not result.flag(flag):
        raise CallFailed(trouble_of(result.text(code), ""), result.text(message), code=result.text(code))
