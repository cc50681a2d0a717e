"""Where parcels of cancelled orders are: reads for the marks on the desk, the to-do strip and the drawers."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from entrepot.core import sql
from entrepot.orders.queries import SHOWN, Where
from entrepot.parcels.lines import ELSEWHERE
from entrepot.parcels.states import OPEN_STAGES, Stage


class Mark(StrEnum):
    """What is to be done about a parcel of a cancelled order."""

    NONE = ""
    CANCELLED = "cancelled"  # nobody has said yet where it is
    INTERCEPT = "intercept"  # it was handed over: to be caught on the road
    SETTLED = "settled"  # somebody said where it is; if it is here, it waits to be unpacked


# Parcels `p` of cancelled orders, of which nobody has said where they are. The orders' index holds few: those of them whose
# parcel was unpacked, or is gone, are in the stage cancelled.
UNSETTLED = """
    FROM orders_order o
    JOIN parcels_parcelline pl ON pl.organization_id = o.organization_id AND pl.order_id = o.id
    JOIN parcels_parcel p ON p.organization_id = o.organization_id AND p.id = pl.parcel_id
    WHERE o.organization_id = %(org)s AND pl.organization_id = %(org)s AND p.organization_id = %(org)s
        AND o.ended_at IS NOT NULL AND o.stage IN ('packed', 'shipped') AND p.intercept_at IS NULL
        AND (p.settled_at IS NULL OR p.settled_at < o.ended_at)
    """
TO_INTERCEPT = "FROM parcels_parcel p WHERE p.organization_id = %(org)s AND p.intercept_at IS NOT NULL"
# As conditions of a list: the few are found first, so that no list of all that was ever shipped is walked for them.
WITH_MARK = {
    "cancelled": f"p.id = ANY(ARRAY(SELECT p.id {UNSETTLED}))",
    "intercept": f"p.id = ANY(ARRAY(SELECT p.id {TO_INTERCEPT}))",
}
OUT = (Stage.SHIPPED, Stage.IN_TRANSIT)


def mark_of(parcel: Mapping[str, Any], *, over: bool, ended_at: datetime | None) -> Mark:
    """`over`: an order in it is cancelled for good, the last of them since `ended_at` (none: since nobody knows). Pure."""
    if parcel["intercept_at"] is not None:
        return Mark.INTERCEPT
    if not over or parcel["stage"] not in (*OPEN_STAGES, *OUT):
        return Mark.NONE
    settled = parcel["settled_at"]
    return Mark.CANCELLED if settled is None or (ended_at is not None and settled < ended_at) else Mark.SETTLED


# What the to-do strip counts: the unsettled of a tab, and what is to be intercepted, wherever it stands.
COUNTS = f"""
    (SELECT count(DISTINCT p.id) {UNSETTLED} AND p.stage = %(stage)s AND p.supply = %(supply)s) AS cancelled,
    (SELECT count(*) {TO_INTERCEPT}) AS intercept
    """


def counts_sql(where: Where | None = None) -> str:
    """Columns `cancelled` and `intercept`, of the parcels that `where` holds. The few are found first in any case."""
    if where is None:
        return COUNTS
    return f"""
        (SELECT count(DISTINCT p.id) FROM (SELECT p.* {UNSETTLED} AND p.stage = %(stage)s AND p.supply = %(supply)s
            OFFSET 0) p WHERE {where.text}) AS cancelled,
        (SELECT count(*) FROM (SELECT p.* {TO_INTERCEPT} OFFSET 0) p WHERE {where.text}) AS intercept
        """


def count_stopped(organization_id: int, stage: str, supply: str, where: Where | None = None) -> dict[str, int]:
    """`cancelled`: parcels of a tab whose order was cancelled and of which nobody has said where they are (`stage` "":
    not asked for); `intercept`: parcels to intercept, anywhere. Both as far as `where` holds them. `todo_of_parcels` counts
    both with the rest."""
    params = {"org": organization_id, "stage": stage, "supply": supply} | (where.params if where else {})
    found = sql.dicts(f"SELECT {counts_sql(where)}", params)
    return found[0]


def unsettled_by_stage(organization_id: int) -> list[dict[str, Any]]:
    """(`stage`, `supply`, `cancelled`): how many parcels of cancelled orders nobody has said of where they are."""
    return sql.dicts(
        f"SELECT p.stage, p.supply, count(DISTINCT p.id) AS cancelled {UNSETTLED} GROUP BY p.stage, p.supply",
        {"org": organization_id},
    )


def of_parcel(organization_id: int, parcel_id: int) -> list[dict[str, Any]]:
    """The orders in a parcel, with what stops it."""
    return _pairs("pl.parcel_id = %(id)s", organization_id, parcel_id)


def of_order(organization_id: int, order_id: int) -> list[dict[str, Any]]:
    """The parcels of an order, with what stops them."""
    return _pairs("pl.order_id = %(id)s", organization_id, order_id)


def _pairs(condition: str, organization_id: int, subject_id: int) -> list[dict[str, Any]]:
    return sql.dicts(
        f"""
        SELECT DISTINCT p.id AS parcel_id, p.stage, p.supply, p.settled_at, p.intercept_at, o.id AS order_id,
            {SHOWN} AS shown, o.stage AS order_stage, o.external_status, o.ended_at, o.ended_by, o.cancellation_asked_at, o.answer_by_at,
            o.held_there_at, o.numbers, {ELSEWHERE} AS elsewhere, 'address_masked' = ANY(o.review_reasons) AS hidden,
            bool_or(pl.order_line_id = ANY(o.surplus_lines)) OVER (PARTITION BY p.id, o.id) AS surplus,
            s.marketplace, s.name AS store, s.time_zone AS store_zone, EXISTS (SELECT 1 FROM orders_cancelanswer a
                WHERE a.organization_id = %(org)s AND a.order_id = o.id AND a.asked_at = o.cancellation_asked_at
                    AND (a.status IN ('due', 'sending') OR a.accept AND a.status = 'done')) AS answering
        FROM parcels_parcelline pl
        JOIN parcels_parcel p ON p.organization_id = pl.organization_id AND p.id = pl.parcel_id
        JOIN orders_order o ON o.organization_id = pl.organization_id AND o.id = pl.order_id
        JOIN connections_store s ON s.organization_id = pl.organization_id AND s.id = o.store_id
        WHERE pl.organization_id = %(org)s AND p.organization_id = %(org)s AND o.organization_id = %(org)s
            AND s.organization_id = %(org)s AND {condition} ORDER BY p.id, o.id
        """,
        {"org": organization_id, "id": subject_id},
    )
