"""Push levels: how many pieces of each listing a store may be told of, and which of these numbers it has not been told.

    available = on hand − allocated − wanted, per SKU, over all stores; never below zero

Wanted is what was sold and has no pieces of its own yet: lines of paid orders that no parcel holds, lines of parcels that
are not allocated, and unpaid orders as long as the marketplace keeps the goods for their buyer: until the instant it names,
and where it names none, until it cancels them. A listing of several SKUs is as many bundles as the scarcest of them makes.
A listing with a SKU that never lay on a shelf is not told at all: who does not count stock must not close a shop by it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from entrepot.core import sql
from entrepot.inventory.push import Rules

MOST_PIECES = 999_999  # no marketplace takes more
WANTED = """
    SELECT a.sku_id, (l.quantity - l.cancelled - l.packed) * a.quantity AS pieces
    FROM orders_order o
    JOIN orders_orderline l ON l.organization_id = %(org)s AND l.order_id = o.id
    JOIN catalog_pairing a ON a.organization_id = %(org)s AND a.listing_id = l.listing_id
    WHERE o.organization_id = %(org)s AND l.quantity > l.cancelled + l.packed
        AND (o.stage IN ('to_review', 'to_pack', 'on_hold')
            OR o.stage = 'unpaid' AND (o.pay_by_at IS NULL OR o.pay_by_at > %(at)s))
    UNION ALL
    SELECT a.sku_id, pl.quantity * a.quantity
    FROM parcels_parcel c
    JOIN parcels_parcelline pl ON pl.organization_id = %(org)s AND pl.parcel_id = c.id
    JOIN orders_orderline l ON l.organization_id = %(org)s AND l.id = pl.order_line_id
    JOIN catalog_pairing a ON a.organization_id = %(org)s AND a.listing_id = l.listing_id
    WHERE c.organization_id = %(org)s AND c.stage IN ('to_process', 'waybill', 'to_print') AND c.supply <> 'in_stock'
"""
# Parts meet their SKU's sum in a window, not in a join: a planner that believes the sums to be few would walk through all
# of them for each part, and ten billion steps is a night.
LEVELS = f"""
    WITH available AS (
        SELECT q.sku_id, sum(q.pieces) AS pieces FROM (
            SELECT k.sku_id, k.on_hand - k.allocated AS pieces, true AS lies FROM inventory_stock k
            WHERE k.organization_id = %(org)s
            UNION ALL SELECT w.sku_id, -w.pieces, false FROM ({WANTED}) w) q
        GROUP BY q.sku_id HAVING bool_or(q.lies)),
    part AS (
        SELECT m.listing_id, m.code, m.quantity, max(m.pieces) OVER (PARTITION BY m.sku_id) AS pieces FROM (
            SELECT a.sku_id, l.id AS listing_id, l.code, a.quantity, NULL::bigint AS pieces
            FROM catalog_listing l
            JOIN catalog_pairing a ON a.organization_id = %(org)s AND a.listing_id = l.id
            WHERE l.organization_id = %(org)s AND l.store_id = %(store)s AND l.id > %(after)s
            UNION ALL SELECT v.sku_id, NULL, NULL, NULL, v.pieces FROM available v) m),
    level AS (
        SELECT p.listing_id AS id, p.code,
            least(min(greatest(p.pieces - %(reserve)s, 0) / p.quantity), {MOST_PIECES})::integer AS pieces
        FROM part p WHERE p.listing_id IS NOT NULL GROUP BY p.listing_id, p.code HAVING count(p.pieces) = count(*))
"""


@dataclass(slots=True)
class Level:
    """What a store is to be told of one listing. `pieces` is absolute: told twice it is told once."""

    listing_id: int
    code: str
    pieces: int
    product: str  # the marketplace's product id, "" while we know none
    order_id: int | None  # of the order that named it
    status: str  # of what was told before, "" for a listing that never was
    tries: int


def levels_to_tell(
    organization_id: int, store_id: int, rules: Rules, at: datetime, *, after: int = 0, most: int = 100
) -> list[Level]:
    """Listings by id after `after` whose number is not the one that was told, and that may be told now. One statement.

    `told` is the highest number that may stand there: of two tellings, the later one without an answer, nobody knows which
    stands. While a store is behind, a number is told that is below the highest.
    """
    found = sql.rows(
        f"""
        {LEVELS}
        SELECT v.id, v.code, v.pieces, coalesce(t.product, ''), t.order_id, coalesce(t.status, ''), coalesce(t.tries, 0)
        FROM level v
        LEFT JOIN inventory_toldstock t ON t.organization_id = %(org)s AND t.listing_id = v.id
        WHERE (t.told IS NULL OR t.told <> v.pieces OR t.status <> 'told' OR t.told_at < %(on_since)s)
            AND (t.listing_id IS NULL OR t.due_at <= %(at)s
                OR t.status = 'refused' AND v.pieces < t.asked)
            AND (NOT %(behind)s OR v.pieces < greatest(t.told, CASE WHEN t.status = 'asked' THEN t.asked END))
        ORDER BY v.id LIMIT %(most)s
        """,
        {
            "org": organization_id, "store": store_id, "reserve": rules.reserve, "on_since": rules.on_since,
            "behind": rules.behind, "at": at, "after": after, "most": most,
        },
    )  # fmt: skip
    return [Level(*row) for row in found]


def newest_orders(organization_id: int, listing_ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    """listing -> (order, its number at the marketplace), of the newest order that holds it."""
    return {
        row[0]: (row[1], row[2])
        for row in sql.rows(
            """
            SELECT c.id, o.id, o.external_id FROM unnest(%(ids)s::bigint[]) AS c (id)
            CROSS JOIN LATERAL (SELECT l.order_id FROM orders_orderline l
                WHERE l.organization_id = %(org)s AND l.listing_id = c.id ORDER BY l.id + 0 DESC LIMIT 1) newest
            JOIN orders_order o ON o.organization_id = %(org)s AND o.id = newest.order_id
            """,
            {"org": organization_id, "ids": list(listing_ids)},
        )
    }


def handles_of(organization_id: int, levels: Sequence[Level]) -> Mapping[int, Mapping[str, str]]:
    """What a call must name, such as the site of a listing: the handles of the orders that named the products."""
    wanted = sorted({level.order_id for level in levels if level.order_id is not None})
    found = sql.rows(
        "SELECT id, handles::text FROM orders_order WHERE organization_id = %s AND id = ANY(%s)",
        [organization_id, wanted],
    )
    return {order_id: orjson.loads(text) for order_id, text in found}


ASKED = {
    "organization_id": "bigint", "listing_id": "bigint", "store_id": "bigint", "product": "text", "order_id": "bigint",
    "asked": "integer", "asked_at": "timestamptz", "status": "text", "code": "text", "message": "text", "tries": "integer",
    "due_at": "timestamptz",
}  # fmt: skip


def write_asked(organization_id: int, store_id: int, levels: Sequence[Level], at: datetime) -> None:
    """The intent, before the call. Whoever finds it without an answer tells the listing's number again. An earlier intent
    that never got its answer may have been taken: its number may stand there until another is known to."""
    values: list[dict[str, Any]] = [
        {
            "organization_id": organization_id, "listing_id": level.listing_id, "store_id": store_id,
            "product": level.product, "order_id": level.order_id, "asked": level.pieces, "asked_at": at, "status": "asked",
            "code": "", "message": "", "tries": level.tries, "due_at": at,
        }
        for level in levels
    ]  # fmt: skip
    sql.insert(
        "inventory_toldstock",
        ASKED,
        values,
        suffix="""
            ON CONFLICT (organization_id, listing_id) DO UPDATE SET product = excluded.product, order_id = excluded.order_id,
                told = CASE WHEN inventory_toldstock.status = 'asked'
                    THEN greatest(inventory_toldstock.told, inventory_toldstock.asked) ELSE inventory_toldstock.told END,
                asked = excluded.asked, asked_at = excluded.asked_at, status = 'asked', due_at = excluded.due_at
            """,
    )
