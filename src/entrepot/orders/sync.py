"""Sync orders: what changed at the marketplace since the last time comes in, page by page, and nothing is lost.

Each page is one transaction with the cursor. A window of time is frozen while it is paged through; the next one begins a
little before its end, and what is read twice changes nothing. One order that cannot be read is stored as it came.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

from entrepot.connections import pulls
from entrepot.connections.calls import Line, open_line
from entrepot.connections.grants import NotConnected
from entrepot.connections.lease import Lease, LostLease
from entrepot.connections.own_words import SAME_PAGE, OwnTrouble, trouble_of
from entrepot.connections.pulls import LostTurn, Run, Turn
from entrepot.connections.stores import store_by_id
from entrepot.core import statistics
from entrepot.core.batch import Work
from entrepot.core.permissions import system_actor
from entrepot.core.scope import organization_scope
from entrepot.marketplaces.contract import CallFailed, OrderDraft, Page, Trouble, Unreadable, Window
from entrepot.orders import ingest, unreadable
from entrepot.orders.take_in import take_in
from entrepot.orders.take_in_each import ODD, take_in_each
from entrepot.orders.tally import Tally

SYNC = "sync_store"
ABOUT_ORDERS = (Trouble.INVALID_INPUT, Trouble.PROTOCOL, Trouble.NOT_FOUND, Trouble.BUSINESS_STATE)
MOST_SILENT = 3
Clock = Callable[[], datetime]


@dataclass(slots=True)
class _Pull:
    """One run under way."""

    line: Line
    turn: Turn
    run: Run
    clock: Clock
    listings: ingest.Listings
    tokens: set[str] = field(default_factory=set)  # page tokens met in this window
    numbers: set[str] = field(default_factory=set)  # orders met in this window
    silent: list[Unreadable] = field(default_factory=list)  # asked for by number, and answered by a stumble each time


@dataclass(frozen=True, slots=True)
class _Brought:
    """What a call brought, and where the cursor stands after it. `got` were asked for by number."""

    orders: Sequence[OrderDraft | Unreadable]
    watermark: datetime
    window: Window | None
    got: Sequence[str] = ()


def sync_store(
    organization_id: int, store_id: int, *, why: str, clock: Clock, until_time: datetime | None = None
) -> Run | None:
    """Pulls one store until it is up to date. None when another worker does it or the store is switched off.

    `until_time`: stop after the page under way when it has come; the next run goes on there.
    """
    at = clock()
    turn = pulls.take_turn(organization_id, store_id, at)
    if turn is None:
        return None
    run = Run(why, at, turn.watermark, at)
    lease = Lease(clock, pulls.LEASE)  # one page may take many calls
    lease.take(turn.lease_until, lambda _since, until: pulls.renew(turn, until))
    pull: _Pull | None = None
    try:
        with organization_scope(organization_id):
            store = store_by_id(organization_id, store_id)
        assert store is not None
        line = open_line(organization_id, store_id, store.marketplace, clock, lease.keep)
        pull = _Pull(line, turn, run, clock, ingest.Listings(store.id))
        _fetch_wanted(pull)
        while _page(pull):
            if until_time is not None and clock() >= until_time:
                break
        else:
            run.complete = True
    except LostLease:
        return run
    except NotConnected as dead:
        run.trouble, run.message = Trouble.AUTH_REVOKED, str(dead)
    except CallFailed as failed:
        run.trouble, run.message, run.retry_at = failed.trouble, failed.message or failed.code, failed.retry_at
    except Exception as broken:
        # A defect of ours stops this store, shows on its page and goes to the log; other stores go on.
        run.trouble, run.message = trouble_of(broken)
        if run.trouble is not OwnTrouble.BUSY:
            raise
    finally:
        pulls.finish(pull.turn if pull else turn, run, clock())
    statistics.refresh()
    return run


def _fetch_wanted(pull: _Pull) -> None:
    """Orders that a webhook named and those we could not read, by number."""
    with organization_scope(pull.turn.organization_id):
        again = unreadable.due(pull.turn.organization_id, pull.turn.store_id, pull.clock())
    wanted = list(dict.fromkeys([*pull.turn.wanted, *again]))
    most = pull.line.connector.can.get_most
    for start in range(0, len(wanted), most):
        _fetch(pull, wanted[start : start + most])


def _fetch(pull: _Pull, numbers: Sequence[str]) -> None:
    """One number that the marketplace chokes on holds up neither the others nor the pull: it is asked for alone.

    One that it stumbles over each time is listed as unreadable once a page has come: so it is the number, and not the
    marketplace. After a few such numbers the others wait for the next run.
    """
    if len(pull.silent) >= MOST_SILENT:
        return
    try:
        orders = _get(pull, numbers)
    except CallFailed as failed:
        if failed.trouble not in (*ABOUT_ORDERS, Trouble.TRANSIENT):
            raise
        if len(numbers) > 1:
            for number in numbers:
                _fetch(pull, [number])
            return
        if failed.trouble is Trouble.TRANSIENT:
            pull.silent.append(Unreadable(numbers[0], failed.message or failed.code or failed.trouble, {}))
            return
        orders = ()
    _store(pull, _Brought(orders, pull.turn.watermark, pull.turn.window, numbers))


def _get(pull: _Pull, numbers: Sequence[str]) -> Sequence[OrderDraft | Unreadable]:
    connector = pull.line.connector
    return pull.line.ask(lambda wire, access: connector.get(wire, access, numbers, now=pull.clock()), again=True)


def _page(pull: _Pull) -> bool:
    """Pulls the next page of the window, or of a new one. False when everything up to now is here."""
    can = pull.line.connector.can
    now = pull.clock()
    window = pull.turn.window
    if window is None:
        window = next_window(pull.turn.watermark, now - can.lag, can.overlap, can.window_most)
        pull.tokens, pull.numbers = set(), set()
    try:
        page = pull.line.ask(
            lambda wire, access: pull.line.connector.pull(wire, access, window, now=pull.clock()), again=True
        )
    except CallFailed as failed:
        if not window.page or failed.trouble not in ABOUT_ORDERS:
            raise
        _begin_anew(pull)
        if window.page in pull.tokens:
            raise
        return True  # the token is of an earlier run, and they do not live for ever
    pull.run.pages += 1
    pull.run.until = window.until
    news = {order.external_id for order in page.orders} - pull.numbers
    pull.numbers |= news
    if page.next_page and page.next_page in pull.tokens and not news:
        _begin_anew(pull)  # the marketplace hands out a page token again and nothing new with it
        pull.run.trouble, pull.run.message = Trouble.PROTOCOL, SAME_PAGE
        return False
    pull.tokens.add(page.next_page)
    watermark, following = after_page(window, page, pull.turn.watermark)
    if (theirs := pull.line.their_time) is not None:  # our clock may run ahead: nothing after their now has been seen
        watermark = min(watermark, max(theirs - can.lag, pull.turn.watermark))
    moved = watermark > pull.turn.watermark
    met = {order.external_id for order in page.orders}
    silent = [order for order in pull.silent if order.external_id not in met]
    got = [order.external_id for order in pull.silent]
    _store(pull, _Brought([*page.orders, *silent], watermark, following, got))
    pull.silent = []
    return following is not None or (moved and watermark < now - can.lag - timedelta(seconds=1))


def next_window(watermark: datetime, until: datetime, overlap: timedelta, longest: timedelta) -> Window:
    """The next span of update times: from a little before what we have seen, no longer than the marketplace lists. Pure."""
    since = watermark - overlap
    return Window(since, max(min(until, since + longest), since + timedelta(seconds=1)))


def after_page(window: Window, page: Page, watermark: datetime) -> tuple[datetime, Window | None]:
    """(how far we have seen now, the window to go on with). Pure."""
    if page.next_page:
        return watermark, replace(window, page=page.next_page)
    return max(watermark, window.until), None


def _begin_anew(pull: _Pull) -> None:
    """A window that cannot be paged through any further is left: the next one begins where it did. What is read twice
    changes nothing."""
    with organization_scope(pull.turn.organization_id):
        pull.turn = pulls.move(pull.turn, pull.clock(), watermark=pull.turn.watermark, window=None)


def _store(pull: _Pull, brought: _Brought) -> None:
    """One page and the cursor, in one transaction; order by order when it cannot be stored as a whole.

    Raises:
        LostTurn: another worker has the store by now, or it was switched off.
    """
    try:
        _write(pull, brought, each=False)
    except ODD:
        pull.listings = ingest.Listings(pull.turn.store_id)  # what it learned was rolled back
        _write(pull, brought, each=True)


def _write(pull: _Pull, brought: _Brought, *, each: bool) -> None:
    """The store is held meanwhile: an owner who changes its settings waits, and the recount that follows finds this page;
    or was first, and the page goes by the new ones.
    """
    at = pull.clock()
    work = Work(pull.turn.organization_id, system_actor(pull.turn.organization_id), at, None, uuid4())
    tally = Tally()
    broken = [order for order in brought.orders if isinstance(order, Unreadable)]
    drafts = [order for order in brought.orders if isinstance(order, OrderDraft)]
    with organization_scope(work.organization_id):
        store = store_by_id(work.organization_id, pull.turn.store_id, hold=True)
        assert store is not None
        if not store.is_enabled:
            raise LostTurn
        if each:
            broken += take_in_each(work, store, drafts, tally)
        else:
            take_in(work, store, drafts, pull.listings, tally)
        odd = {order.external_id for order in broken}
        read = [draft.external_id for draft in drafts if draft.external_id not in odd]
        unreadable.settle(work, store.id, read, broken, brought.got)
        pull.turn = pulls.move(pull.turn, at, watermark=brought.watermark, window=brought.window, got=brought.got)
    pull.run.created += tally.created
    pull.run.updated += tally.updated
    pull.run.unchanged += tally.unchanged
    pull.run.unreadable += len(broken)
