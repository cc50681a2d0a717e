"""Deduct: promised stock leaves with its parcel, once; or comes back when the parcel is recalled."""

from collections.abc import Sequence
from datetime import datetime

from entrepot.core import sql
from entrepot.inventory.allocate import drop_allocations, lock_stock, pieces_by_stock

SHIPPED = "shipped"
RECALLED = "recalled"


def deduct(
    *, organization_id: int, groups: Sequence[int], actor_id: int | None, batch_id: int | None, at: datetime
) -> None:
    """Turns the groups' allocations into movements out."""
    dropped = drop_allocations(organization_id, groups)
    sql.add_to("inventory_stock", {"on_hand": -1, "allocated": -1}, organization_id, pieces_by_stock(dropped))
    _record(organization_id, [(g, line, s, -q) for g, line, s, q in dropped], SHIPPED, actor_id, batch_id, at)


def recall(
    *, organization_id: int, groups: Sequence[int], actor_id: int | None, batch_id: int | None, at: datetime
) -> None:
    """The compensating act: what left with the groups lies on the shelf again and is promised to them again."""
    gone = sql.rows(
        """
        SELECT group_id, line_id, stock_id, -sum(quantity)::integer FROM inventory_movement
        WHERE organization_id = %s AND group_id = ANY(%s) GROUP BY group_id, line_id, stock_id HAVING sum(quantity) < 0
        """,
        [organization_id, list(groups)],
        bound=True,
    )
    pieces = pieces_by_stock(gone)
    lock_stock(organization_id, "id = ANY(%s)", [list(pieces)])
    sql.add_to("inventory_stock", {"on_hand": 1, "allocated": 1}, organization_id, pieces)
    sql.run(
        """
        INSERT INTO inventory_allocation (organization_id, group_id, line_id, stock_id, quantity)
        SELECT %s, row.* FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::integer[]) AS row RETURNING id
        """,
        [organization_id, *([row[n] for row in gone] for n in range(4))],
        bound=True,
    )
    _record(organization_id, gone, RECALLED, actor_id, batch_id, at)


def _record(
    organization_id: int,
    rows: Sequence[sql.Row],
    reason: str,
    actor_id: int | None,
    batch_id: int | None,
    at: datetime,
) -> None:
    sql.run(
        """
        INSERT INTO inventory_movement (organization_id, reason, actor_id, batch_id, at, group_id, line_id, stock_id, quantity)
        SELECT %s, %s, %s::bigint, %s::bigint, %s, row.* FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::integer[]) AS row
        RETURNING id
        """,
        [organization_id, reason, actor_id, batch_id, at, *([row[n] for row in rows] for n in range(4))],
        bound=True,
    )
