"""Reads of what has left our hands and awaits collection: by when, and how much of it is late. Fixed statements each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from entrepot.core import sql
from entrepot.orders.queries import Due, Moment, Where

# Few orders of all that were shipped: a partial index holds them.
AWAITING = """orders_order o JOIN parcels_parcelline pl ON pl.organization_id = o.organization_id AND pl.order_id = o.id
    JOIN parcels_parcel p ON p.organization_id = o.organization_id AND p.id = pl.parcel_id
    WHERE o.organization_id = %(org)s AND pl.organization_id = %(org)s AND p.organization_id = %(org)s
        AND o.stage = 'shipped' AND o.collect_by_at IS NOT NULL AND p.stage = 'shipped'"""


def collect_by_of(organization_id: int, parcel_ids: Sequence[int]) -> dict[int, datetime]:
    """Parcel -> by when it must be in transit, of shipped ones whose orders' clock runs."""
    return dict(
        sql.rows(
            f"SELECT p.id, min(o.collect_by_at) FROM {AWAITING} AND p.id = ANY(%(ids)s) GROUP BY p.id",
            {"org": organization_id, "ids": list(parcel_ids)},
        )
    )


def awaiting_by_store(organization_id: int, moment: Moment, where: Where | None = None) -> list[dict[str, Any]]:
    """Shipped parcels that nobody has collected yet, per store: how many should have been, and how many are due today; as
    far as `where` holds them."""
    narrow = "" if where is None else f"WHERE {where.text}"
    return sql.dicts(
        f"""
        SELECT store_id, count(*) AS total, count(*) FILTER (WHERE collect_by < %(now)s) AS overdue,
            count(*) FILTER (WHERE collect_by >= %(now)s AND collect_by < %(day)s) AS today
        FROM (SELECT p.organization_id, p.id, p.store_id, p.country, p.service_id, min(o.collect_by_at) AS collect_by
            FROM {AWAITING} GROUP BY p.organization_id, p.id, p.store_id, p.country, p.service_id OFFSET 0) p
        {narrow} GROUP BY store_id
        """,
        {"org": organization_id, "now": moment.at, "day": moment.day_ends_at} | (where.params if where else {}),
    )


def add_due(where: Where, due: Due, moment: Moment) -> None:
    """Of shipped parcels a deadline means their collection."""
    since, until = {
        Due.OVERDUE: (None, moment.at),
        Due.TODAY: (moment.at, moment.day_ends_at),
        Due.DAY: (moment.at, moment.in_a_day_at),
    }.get(due, (None, moment.soon_at))
    where.add(
        f"""p.id IN (SELECT p.id FROM {AWAITING} GROUP BY p.id HAVING min(o.collect_by_at) < %(collect_until)s
            AND (%(collect_since)s::timestamptz IS NULL OR min(o.collect_by_at) >= %(collect_since)s))""",
        collect_since=since,
        collect_until=until,
    )
