"""Reads of orders for screens: lists by keyset, counts, to-do numbers, search. A fixed number of statements each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from entrepot.catalog.queries import like
from entrepot.core import sql

MOST_COUNTED = 20_000
# The number that people read ("#1001") where the marketplace has one, else its own.
SHOWN = "coalesce(nullif(o.handles ->> 'name', ''), o.external_id)"


class Due(StrEnum):
    OVERDUE = "overdue"
    TODAY = "today"
    DAY = "24h"
    SOON = "48h"
    STOPS = "stops"  # unpaid, and the marketplace cancels it within 24 hours


class Sort(StrEnum):
    """Column and direction of a list; the id breaks ties in the same direction."""

    NEAREST_DEADLINE = "deadline_at ASC"
    LATEST_DEADLINE = "deadline_at DESC"
    NEWEST = "placed_at DESC"

    @property
    def column(self) -> str:
        return self.value.split()[0]

    @property
    def rises(self) -> bool:
        return self.value.endswith("ASC")


@dataclass(frozen=True, slots=True)
class Window:
    """Orders of these stores, placed from `start` up to before `end`: one range of days in one time zone."""

    store_ids: tuple[int, ...]
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Moment:
    """What "now" and "today" mean on this page: instants, taken once."""

    at: datetime
    day_ends_at: datetime
    in_a_day_at: datetime
    soon_at: datetime


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions of a list; all of them must hold. Empty means: not filtered."""

    stages: tuple[str, ...] = ()
    supply: str | None = None
    stores: tuple[int, ...] = ()
    countries: tuple[str, ...] = ()
    services: tuple[int, ...] = ()
    printed: bool | None = None
    due: Due | None = None
    asked: bool = False
    mark: str = ""  # of parcels whose orders were cancelled: see `parcels.whereabouts.Mark`
    reason: str = ""
    placed: tuple[Window, ...] = ()
    ids: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: the sort value and id of the row before it (`back`: after it)."""

    value: datetime
    id: int
    back: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[dict[str, Any]]
    has_more: bool
    has_before: bool


@dataclass(slots=True)
class Where:
    """A WHERE clause in the making."""

    organization_id: int
    parts: list[str] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)

    def add(self, part: str, **params: Any) -> None:
        self.parts.append(part)
        self.params |= params

    @property
    def text(self) -> str:
        return " AND ".join(self.parts)


def order_where(organization_id: int, wanted: Filter, moment: Moment) -> Where:
    where = common_where("o", organization_id, wanted, moment)
    if wanted.due is Due.STOPS:
        where.add("o.stage = 'unpaid' AND o.pay_by_at < %(later)s", later=moment.in_a_day_at)
    if wanted.asked:
        where.add("o.cancellation_asked_at IS NOT NULL")
    if wanted.reason == "none":
        where.add("o.review_reasons = '{}'")
    elif wanted.reason:
        where.add("o.review_reasons @> ARRAY[%(reason)s]::varchar[]", reason=wanted.reason)
    if wanted.placed:
        where.add(placed_sql("o", wanted.placed, where.params))
    return where


def common_where(alias: str, organization_id: int, wanted: Filter, moment: Moment) -> Where:
    """What orders and parcels have in common. One value is `=`, so that the index gives the order of the list."""
    where = Where(organization_id)
    where.add(f"{alias}.organization_id = %(org)s", org=organization_id)
    for column, values in (
        ("stage", wanted.stages),
        ("store_id", wanted.stores),
        ("country", wanted.countries),
        ("service_id", wanted.services),
        ("id", wanted.ids),
    ):
        if not values and values is not wanted.ids:
            continue
        if values is None:
            continue
        if len(values) == 1:
            where.add(f"{alias}.{column} = %({column})s", **{column: values[0]})
        else:
            where.add(f"{alias}.{column} = ANY(%({column})s)", **{column: list(values)})
    if wanted.due is Due.OVERDUE:
        where.add(f"{alias}.deadline_at < %(now)s", now=moment.at)
    elif wanted.due is Due.TODAY:
        where.add(
            f"{alias}.deadline_at >= %(now)s AND {alias}.deadline_at < %(day)s", now=moment.at, day=moment.day_ends_at
        )
    elif wanted.due is Due.DAY:
        where.add(
            f"{alias}.deadline_at >= %(now)s AND {alias}.deadline_at < %(later)s",
            now=moment.at,
            later=moment.in_a_day_at,
        )
    elif wanted.due is Due.SOON:
        where.add(f"{alias}.deadline_at < %(soon)s", soon=moment.soon_at)
    return where


def placed_sql(alias: str, windows: Sequence[Window], params: dict[str, Any]) -> str:
    """Days are the stores' own days: one range of instants per time zone."""
    either = []
    for n, window in enumerate(windows):
        both = [f"{alias}.store_id = ANY(%(placed_stores{n})s)"]
        params[f"placed_stores{n}"] = list(window.store_ids)
        for name, sign, value in (("from", ">=", window.start), ("to", "<", window.end)):
            if value is not None:
                both.append(f"{alias}.placed_at {sign} %(placed_{name}{n})s")
                params[f"placed_{name}{n}"] = value
        either.append(f"({' AND '.join(both)})")
    return f"({' OR '.join(either)})"


def keyset_page(select: str, alias: str, where: Where, sort: Sort, cursor: Cursor | None, size: int) -> Page:
    """One page by row comparison: as fast deep in a list as at its start."""
    rises = sort.rises != (cursor is not None and cursor.back)
    parts = list(where.parts)
    params = dict(where.params)
    if cursor is not None:
        sign = ">" if rises else "<"
        parts.append(f"({alias}.{sort.column}, {alias}.id) {sign} (%(cursor_value)s, %(cursor_id)s)")
        params |= {"cursor_value": cursor.value, "cursor_id": cursor.id}
    direction = "ASC" if rises else "DESC"
    found = sql.dicts(
        f"""
        {select} WHERE {" AND ".join(parts)}
        ORDER BY {alias}.{sort.column} {direction}, {alias}.id {direction} LIMIT %(limit)s
        """,
        params | {"limit": size + 1},
    )
    more, found = len(found) > size, found[:size]
    if cursor is not None and cursor.back:
        return Page(found[::-1], True, more)
    return Page(found, more, cursor is not None)


ORDER_ROW = """
    SELECT o.id, o.external_id, o.store_id, o.stage, o.recipient_name, o.country, o.city, o.line_count, o.deadline_at,
        o.placed_at, o.paid_at, o.currency, o.total_minor, o.review_reasons, o.cancellation_asked_at, o.hold_reason,
        o.held_until, o.buyer_note, o.handles ->> 'name' AS shown, o.answer_by_at, o.pay_by_at, o.ended_at,
        o.altered_at, o.collect_by_at, o.held_there_at,
        CASE WHEN o.cancellation_asked_at IS NULL THEN false ELSE EXISTS (SELECT 1 FROM orders_cancelanswer a
            WHERE a.organization_id = %(org)s AND a.order_id = o.id AND a.asked_at = o.cancellation_asked_at
                AND (a.status IN ('due', 'sending') OR a.accept AND a.status = 'done')) END AS answering
    FROM orders_order o
"""


def list_orders(
    organization_id: int, wanted: Filter, moment: Moment, *, sort: Sort, cursor: Cursor | None, size: int
) -> Page:
    """One page of orders, each with its first line."""
    where = order_where(organization_id, wanted, moment)
    page = keyset_page(ORDER_ROW, "o", where, sort, cursor, size)
    lines = first_lines(organization_id, [row["id"] for row in page.rows])
    for row in page.rows:
        row["line"] = lines.get(row["id"])
    return page


def first_lines(organization_id: int, order_ids: Sequence[int]) -> dict[int, tuple[str, str, int]]:
    """order id -> (SKU code, title, quantity) of its first line."""
    return {
        row[0]: row[1:]
        for row in sql.rows(
            """
            SELECT DISTINCT ON (order_id) order_id, sku_code, title, quantity FROM orders_orderline
            WHERE organization_id = %s AND order_id = ANY(%s) ORDER BY order_id, id
            """,
            [organization_id, list(order_ids)],
        )
    }


def count_orders(organization_id: int, wanted: Filter, moment: Moment) -> int:
    """How many orders a filter holds, counted up to MOST_COUNTED + 1."""
    return count_rows("orders_order o", order_where(organization_id, wanted, moment))


def count_rows(table: str, where: Where) -> int:
    found = sql.rows(
        f"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {where.text} LIMIT %(most)s) counted",
        where.params | {"most": MOST_COUNTED + 1},
    )
    return int(found[0][0])


def order_ids(organization_id: int, wanted: Filter, moment: Moment, *, sort: Sort, most: int) -> list[int]:
    """The ids a filter holds now, in list order, at most `most`."""
    where = order_where(organization_id, wanted, moment)
    return ids_of("orders_order o", "o", where, sort, most)


def ids_of(table: str, alias: str, where: Where, sort: Sort, most: int) -> list[int]:
    direction = "ASC" if sort.rises else "DESC"
    found = sql.rows(
        f"""
        SELECT {alias}.id FROM {table} WHERE {where.text}
        ORDER BY {alias}.{sort.column} {direction}, {alias}.id {direction} LIMIT %(most)s
        """,
        where.params | {"most": most},
    )
    return [row[0] for row in found]


def reasons_of(organization_id: int, wanted: Filter, moment: Moment) -> dict[str, int]:
    """Review reason -> number of orders to review that have it, of those that `wanted` holds."""
    where = order_where(organization_id, wanted, moment)
    return dict(
        sql.rows(
            f"""
            SELECT reason, count(*) FROM orders_order o, unnest(o.review_reasons) AS reason
            WHERE {where.text} AND o.stage = 'to_review' AND o.review_reasons <> '{{}}'
            GROUP BY reason ORDER BY count(*) DESC, reason
            """,
            where.params,
        )
    )


def open_by_store(organization_id: int, moment: Moment) -> list[dict[str, Any]]:
    """Open orders per store and stage, with what is overdue, due today and asked to be cancelled."""
    return sql.dicts(
        """
        SELECT store_id, stage, count(*) AS total, count(*) FILTER (WHERE deadline_at < %(now)s) AS overdue,
            count(*) FILTER (WHERE deadline_at >= %(now)s AND deadline_at < %(day)s) AS today,
            count(cancellation_asked_at) AS asked
        FROM orders_order WHERE organization_id = %(org)s AND stage IN ('to_review', 'to_pack', 'on_hold')
        GROUP BY store_id, stage
        """,
        {"org": organization_id, "now": moment.at, "day": moment.day_ends_at},
    )


def countries_of(organization_id: int, stages: Sequence[str]) -> list[tuple[str, int]]:
    """Country -> orders of these stages (none: of all), over at most MOST_COUNTED orders, so that history costs nothing."""
    return countries_in("orders_order", organization_id, stages)


def countries_in(table: str, organization_id: int, stages: Sequence[str]) -> list[tuple[str, int]]:
    found = sql.rows(
        f"""
        SELECT country, count(*) FROM (SELECT country FROM {table}
            WHERE organization_id = %s {"AND stage = ANY(%s)" if stages else ""} LIMIT %s) sample
        GROUP BY country ORDER BY count(*) DESC, country
        """,
        [organization_id, *([list(stages)] if stages else []), MOST_COUNTED],
    )
    return [(row[0], row[1]) for row in found]


def by_numbers(organization_id: int, numbers: Sequence[str]) -> dict[str, list[int]]:
    """Exact order numbers -> order ids (one number may stand in several stores): the marketplace's own, or the one that
    it shows to people ("#1001"), each with or without its #.

    Store by store, so that the unique key of a store's numbers serves as the index.
    """
    asked: dict[str, list[str]] = {}  # as it may be written -> as it was asked for
    for number in numbers:
        plain = number.removeprefix("#")
        for spelled in dict.fromkeys((number, plain, f"#{plain}")):
            asked.setdefault(spelled, []).append(number)
    found: dict[str, list[int]] = {}
    for spelled, order_id in sql.rows(
        """
        SELECT external_id, id FROM orders_order WHERE organization_id = %(org)s AND external_id = ANY(%(numbers)s)
            AND store_id = ANY(ARRAY(SELECT s.id FROM connections_store s WHERE s.organization_id = %(org)s))
        UNION
        SELECT shown.number, shown.id FROM orders_shown_as(%(org)s, %(numbers)s) AS shown
        ORDER BY 2
        """,
        {"org": organization_id, "numbers": list(asked)},
    ):
        for number in asked[spelled]:
            if order_id not in found.setdefault(number, []):
                found[number].append(order_id)
    return found


def by_words(organization_id: int, text: str, *, most: int) -> list[int]:
    """Orders in whose number, buyer, recipient or SKUs `text` occurs: trigram search, newest first."""
    found = sql.rows(
        """
        SELECT o.id FROM order_search_ids(%(org)s, %(pattern)s, %(most)s) AS hit (id)
        JOIN orders_order o ON o.organization_id = %(org)s AND o.id = hit.id ORDER BY o.placed_at DESC, o.id DESC
        """,
        {"org": organization_id, "pattern": like(text), "most": most},
    )
    return [row[0] for row in found]


def by_codes(organization_id: int, codes: Sequence[str], *, most: int) -> dict[str, list[int]]:
    """Exact SKU codes, as the stores write them -> ids of orders with such a line: at most `most` of each store's."""
    found: dict[str, list[int]] = {}
    for code, order_id in sql.rows(
        """
        SELECT DISTINCT listing.code, hit.order_id FROM catalog_listing listing
        CROSS JOIN LATERAL (
            SELECT l.order_id FROM orders_orderline l WHERE l.organization_id = %(org)s AND l.listing_id = listing.id
            LIMIT %(most)s
        ) AS hit
        WHERE listing.organization_id = %(org)s AND listing.code = ANY(%(codes)s)
            AND listing.store_id = ANY(ARRAY(SELECT s.id FROM connections_store s WHERE s.organization_id = %(org)s))
        ORDER BY hit.order_id DESC
        """,
        {"org": organization_id, "codes": list(codes), "most": most},
    ):
        found.setdefault(code, []).append(order_id)
    return found


def among(organization_id: int, order_ids: Sequence[int], column: str, text: str) -> list[int]:
    """Those of `order_ids` that have `text` in the buyer's or recipient's name ("buyer") or in a SKU code ("sku")."""
    condition = {
        "order": "o.external_id ILIKE %(pattern)s",
        "buyer": """(o.buyer_name ILIKE %(pattern)s OR o.recipient_name ILIKE %(pattern)s
            OR o.buyer_id ILIKE %(pattern)s)""",
        "sku": """EXISTS (SELECT 1 FROM orders_orderline l WHERE l.organization_id = %(org)s AND l.order_id = o.id
            AND l.sku_code ILIKE %(pattern)s)""",
    }[column]
    found = sql.rows(
        f"SELECT o.id FROM orders_order o WHERE o.organization_id = %(org)s AND o.id = ANY(%(ids)s) AND {condition}",
        {"org": organization_id, "ids": list(order_ids), "pattern": like(text)},
    )
    return [row[0] for row in found]
