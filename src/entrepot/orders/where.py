"""Where is my order? An exact answer for one number: it is here, or why not, and what brings it."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from entrepot.connections.begun import begun_of
from entrepot.connections.calls import open_line
from entrepot.connections.grants import NotConnected
from entrepot.connections.standing import Standing, standing_of, standings
from entrepot.core import sql
from entrepot.core.scope import organization_scope
from entrepot.marketplaces.contract import CallFailed, OrderDraft, PaymentState, Trouble, Unreadable

log = logging.getLogger("entrepot.where")
MOST = 200  # characters of a number
UNKNOWN_THERE = (Trouble.NOT_FOUND, Trouble.INVALID_INPUT, Trouble.BUSINESS_STATE)


class Found(StrEnum):
    # what we know ourselves
    HERE = "here"
    UNPAID = "unpaid"  # here, and not paid yet
    UNREADABLE = "unreadable"  # it came and could not be read; kept raw
    # why a store may not have brought it
    FILE = "file"  # only what is imported comes in
    OFF = "off"
    NOT_CONNECTED = "not_connected"
    TROUBLE = "trouble"  # its sync fails; the marketplace can be asked all the same
    ASK = "ask"  # its sync works: the marketplace must be asked
    # what the marketplace says
    THERE = "there"  # newer than the last sync
    THERE_OLDER = "there_older"  # has not changed since before the first sync looked back
    THERE_UNPAID = "there_unpaid"
    THERE_CANCELLED = "there_cancelled"
    THERE_UNREADABLE = "there_unreadable"
    NOT_THERE = "not_there"
    NO_ANSWER = "no_answer"


@dataclass(frozen=True, slots=True)
class Place:
    """One answer about one store. Facts that do not apply are empty."""

    found: Found
    store_id: int
    store: str
    marketplace: str
    number: str  # as the marketplace writes it
    shown: str = ""  # how people know it there, where that differs ("#1001")
    order_id: int = 0
    stage: str = ""
    reason: str = ""  # why it could not be read
    trouble: str = ""
    words: str = ""  # the marketplace's own
    since: datetime | None = None  # of trouble: the last success; of what is unreadable: the first try
    next_at: datetime | None = None  # the next run or try


def spellings(number: str) -> list[str]:
    """How people write one number: with or without #, blanks, in capitals. Pure."""
    bare = "".join(number.split())[:MOST]
    plain = bare.removeprefix("#")
    found = [number.strip()[:MOST], bare, plain, f"#{plain}", plain.upper(), plain.lower()]
    return [one for one in dict.fromkeys(found) if one and one != "#"]


def where_is(organization_id: int, number: str, at: datetime) -> tuple[Place, ...]:
    """What we know: the order, or else an answer for each store. Call it inside the organization's scope."""
    names = spellings(number)
    begun = set(begun_of(organization_id).values())  # never allowed: they could not have brought anything
    stores = {row["id"]: row for row in standings(organization_id) if row["id"] not in begun}
    if not names or not stores:
        return ()
    if here := _here(organization_id, names, stores):
        return here
    broken = _unreadable(organization_id, names, stores)
    silent = {place.store_id for place in broken}
    return (*broken, *(_why(row, names[0], at) for row in stores.values() if row["id"] not in silent))


def _here(organization_id: int, names: Sequence[str], stores: Mapping[int, Mapping[str, Any]]) -> tuple[Place, ...]:
    rows = sql.dicts(
        """
        SELECT id, store_id, external_id, stage, handles ->> 'name' AS shown FROM orders_order
        WHERE organization_id = %(org)s AND store_id = ANY(%(stores)s) AND external_id = ANY(%(names)s)
        UNION
        SELECT o.id, o.store_id, o.external_id, o.stage, o.handles ->> 'name' FROM orders_shown_as(%(org)s, %(names)s) AS shown (number, id)
        JOIN orders_order o ON o.organization_id = %(org)s AND o.id = shown.id ORDER BY 1
        """,
        {"org": organization_id, "stores": list(stores), "names": list(names)},
    )
    found = []
    for row in rows:
        store, state = stores[row["store_id"]], Found.UNPAID if row["stage"] == "unpaid" else Found.HERE
        found.append(
            Place(
                state, store["id"], store["name"], store["marketplace"], row["external_id"],
                shown=row["shown"] or "", order_id=row["id"], stage=row["stage"],
            )
        )  # fmt: skip
    return tuple(found)


def _unreadable(
    organization_id: int, names: Sequence[str], stores: Mapping[int, Mapping[str, Any]]
) -> tuple[Place, ...]:
    rows = sql.dicts(
        """
        SELECT store_id, external_id, reason, first_at, next_try_at FROM orders_unreadableorder
        WHERE organization_id = %s AND store_id = ANY(%s) AND external_id = ANY(%s) ORDER BY store_id
        """,
        [organization_id, list(stores), list(names)],
    )
    return tuple(
        Place(
            Found.UNREADABLE, row["store_id"], stores[row["store_id"]]["name"], stores[row["store_id"]]["marketplace"],
            row["external_id"], reason=row["reason"], since=row["first_at"], next_at=row["next_try_at"],
        )
        for row in rows
    )  # fmt: skip


def _why(row: Mapping[str, Any], number: str, at: datetime) -> Place:
    """Why this store has not brought it, as far as we know without asking. Pure."""
    found = {
        Standing.FILE: Found.FILE,
        Standing.OFF: Found.OFF,
        Standing.TROUBLE: Found.TROUBLE,
        Standing.OK: Found.ASK,
        Standing.ENDING: Found.ASK,
    }.get(standing_of(row, at), Found.NOT_CONNECTED)
    return Place(
        found, row["id"], row["name"], row["marketplace"], number, trouble=row["trouble"] or "",
        words=row["message"] or "", since=row["success_at"], next_at=row["next_run_at"],
    )  # fmt: skip


def ask_marketplace(organization_id: int, store_id: int, number: str, *, clock: Callable[[], datetime]) -> Place | None:
    """Asks the store's marketplace for this number now. None when there is no such store. Nothing is raised.

    Call it with no transaction open.
    """
    with organization_scope(organization_id):
        rows = standings(organization_id, store_id)
    if not rows:
        return None
    row, name = rows[0], number.strip()[:MOST]
    known = _why(row, name, clock())
    if known.found not in (Found.ASK, Found.TROUBLE):
        return known

    def place(found: Found, **facts: Any) -> Place:
        return Place(found, store_id, row["name"], row["marketplace"], name, next_at=row["next_run_at"], **facts)

    try:
        line = open_line(organization_id, store_id, row["marketplace"], clock)
        orders = line.ask(lambda wire, access: line.connector.get(wire, access, [name], now=clock()), again=True)
    except NotConnected:
        return place(Found.NOT_CONNECTED)
    except CallFailed as failed:
        if failed.trouble in UNKNOWN_THERE:
            return place(Found.NOT_THERE, words=failed.message)
        return place(Found.NO_ANSWER, trouble=failed.trouble, words=failed.message)
    except Exception:
        log.exception("store %s: asking for one order failed", store_id)  # a defect of ours: the page says so
        return place(Found.NO_ANSWER, trouble=Trouble.PROTOCOL)
    if not orders:
        return place(Found.NOT_THERE)
    if isinstance(orders[0], Unreadable):
        return place(Found.THERE_UNREADABLE, reason=orders[0].reason)
    return place(_state_there(orders[0], row["watermark"]))


def _state_there(order: OrderDraft, watermark: datetime) -> Found:
    """Pure."""
    if order.cancelled:
        return Found.THERE_CANCELLED
    if order.payment is PaymentState.UNPAID:
        return Found.THERE_UNPAID
    changed = order.updated_at or order.placed_at
    return Found.THERE if changed >= watermark else Found.THERE_OLDER
