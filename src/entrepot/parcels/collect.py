"""Collection: since when what a marketplace was told awaits collection, and by when it must be in transit.

An order is ready when all of it was told and taken: then its clock of stocking up ends and that of collection begins. Only
where its marketplace has such a clock.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from entrepot.connections.edit_clocks import read_clocks
from entrepot.core import history, sql
from entrepot.core.history import Change, Subject
from entrepot.core.queue import defer
from entrepot.marketplaces.policy import ClockName, Deadlines
from entrepot.marketplaces.registry import policy_of
from entrepot.orders.deadlines import Facts, Hours, of_facts
from entrepot.orders.states import Stage
from entrepot.orders.update import FOLLOW

# What the clocks of a row of `orders_order o` and its `connections_store s` follow from.
CLOCK_COLUMNS = """o.id, o.stage, o.placed_at, o.paid_at, o.ready_at, o.cancellation_asked_at, o.ship_by_at, o.deadline_at,
    o.collect_by_at, o.pay_by_at, o.answer_by_at, o.ended_at, o.shipped_there_at, s.marketplace, s.time_zone,
    s.handling_hours, s.clocks::text AS clocks"""


def deadlines_of(row: Mapping[str, Any]) -> Deadlines:
    """The deadlines of an order as it stands, by CLOCK_COLUMNS. KeyError for a marketplace that is not installed. Pure."""
    unpaid = row["stage"] == Stage.UNPAID
    facts = Facts(
        placed_at=row["placed_at"],
        paid_at=None if unpaid else row["paid_at"] or row["placed_at"],
        ready_at=row["ready_at"],
        asked_at=row["cancellation_asked_at"],
        ship_by_at=row["ship_by_at"],
        gone=row["stage"] == Stage.CANCELLED or (row["ended_at"] or row["shipped_there_at"]) is not None,
    )
    hours = Hours(row["time_zone"], row["handling_hours"], read_clocks(row["clocks"]))
    return of_facts(policy_of(row["marketplace"]), facts, hours)


def lock_to_collect(organization_id: int, order_ids: Sequence[int]) -> list[dict[str, Any]]:
    """Locks those of the orders that could become ready. Call it before their notices are written: orders come first."""
    if not order_ids:
        return []
    found = sql.dicts(
        f"""
        SELECT {CLOCK_COLUMNS} FROM orders_order o
        JOIN connections_store s ON s.organization_id = o.organization_id AND s.id = o.store_id
        WHERE o.organization_id = %s AND s.organization_id = %s AND o.id = ANY(%s) AND o.ready_at IS NULL
            AND o.stage <> 'cancelled' ORDER BY o.id FOR NO KEY UPDATE OF o
        """,
        [organization_id, organization_id, list(order_ids)],
    )
    return [row for row in found if policy_of(row["marketplace"]).has(ClockName.COLLECT)]


def begin_collection(organization_id: int, orders: Sequence[Mapping[str, Any]], at: datetime) -> list[int]:
    """Starts the clock of those locked orders of which nothing is left to tell. Returns them.

    Their parcels follow in a job: one that is being printed is held for long, and must not take what else is written here
    back with it.
    """
    waiting = _untold(organization_id, [row["id"] for row in orders])
    ready = [{**row, "ready_at": at} for row in orders if row["id"] not in waiting]
    if not ready:
        return []
    found = {row["id"]: deadlines_of(row) for row in ready}
    sql.run(
        """
        UPDATE orders_order o SET ready_at = %s, collect_by_at = row.collect_by_at, deadline_at = row.deadline_at
        FROM json_to_recordset(%s::json) AS row (id bigint, collect_by_at timestamptz, deadline_at timestamptz)
        WHERE o.organization_id = %s AND o.id = ANY(%s) AND o.id = row.id
        """,
        [
            at,
            sql.dump([{"id": i, "collect_by_at": due.collect, "deadline_at": due.nearest} for i, due in found.items()]),
            organization_id,
            list(found),
        ],
    )
    defer(FOLLOW, queue="batches", organization_id=organization_id, order_ids=list(found))
    history.record(
        organization_id=organization_id,
        subject=Subject.ORDER,
        verb="await_collection",
        changes=[
            Change(row["id"], {"deadline": row["deadline_at"]}, {"deadline": found[row["id"]].nearest}) for row in ready
        ],
        actor_id=None,
        batch_id=None,
        at=at,
    )
    return list(found)


def follow_deadlines(organization_id: int, order_ids: Sequence[int]) -> int:
    """Gives the parcels of these orders the nearest of their orders' deadlines; returns how many had another one.

    The parcels are locked first, by id as everywhere: what reads the deadlines then is a statement of its own, so it sees
    what those who held them before have written.
    """
    locked = sql.rows(
        """
        SELECT p.id FROM parcels_parcel p
        WHERE p.organization_id = %(org)s AND p.stage <> 'unpacked' AND p.id = ANY(ARRAY(
            SELECT one.parcel_id FROM parcels_parcelline one
            WHERE one.organization_id = %(org)s AND one.order_id = ANY(%(ids)s)))
        ORDER BY p.id FOR NO KEY UPDATE
        """,
        {"org": organization_id, "ids": list(order_ids)},
    )
    return sql.run(
        """
        UPDATE parcels_parcel p SET deadline_at = row.deadline_at FROM (
            SELECT pl.parcel_id, min(o.deadline_at) AS deadline_at FROM parcels_parcelline pl
            JOIN orders_order o ON o.organization_id = pl.organization_id AND o.id = pl.order_id
            WHERE pl.organization_id = %(org)s AND o.organization_id = %(org)s AND pl.parcel_id = ANY(%(locked)s)
            GROUP BY pl.parcel_id) row
        WHERE p.organization_id = %(org)s AND p.id = ANY(%(locked)s) AND p.id = row.parcel_id
            AND p.deadline_at <> row.deadline_at
        """,
        {"org": organization_id, "locked": [row[0] for row in locked]},
    )


def _untold(organization_id: int, order_ids: Sequence[int]) -> set[int]:
    """Orders of which pieces are not packed, or lie in a parcel whose notice was not taken."""
    return {
        row[0]
        for row in sql.rows(
            """
            SELECT l.order_id FROM orders_orderline l
            WHERE l.organization_id = %(org)s AND l.order_id = ANY(%(ids)s) AND l.quantity > l.packed + l.cancelled
            UNION SELECT pl.order_id FROM parcels_parcelline pl
            JOIN parcels_parcel p ON p.organization_id = pl.organization_id AND p.id = pl.parcel_id
            WHERE pl.organization_id = %(org)s AND p.organization_id = %(org)s AND pl.order_id = ANY(%(ids)s)
                AND p.stage <> 'unpacked' AND NOT EXISTS (SELECT 1 FROM parcels_shippingnotice n
                    WHERE n.organization_id = %(org)s AND n.parcel_id = pl.parcel_id AND n.order_id = pl.order_id
                        AND n.is_current AND n.status = 'accepted')
            """,
            {"org": organization_id, "ids": list(order_ids)},
        )
    }
