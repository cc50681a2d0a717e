"""Orders that were cancelled for good end by themselves, once nobody has to look after any parcel of theirs."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from entrepot.core import sql
from entrepot.core.batch import Work
from entrepot.orders.cancel import cancel_ended
from entrepot.orders.states import Stage
from entrepot.parcels.lines import is_over


def end_orders(work: Work, orders: Iterable[Mapping[str, Any]]) -> list[int]:
    """Of `orders`, locked, those that are cancelled go to Cancelled, unless a parcel keeps them waiting: one that is still
    here, one that has left and of which nobody has said where it is, or one that is to be intercepted. Returns those
    that went.
    """
    over = {order["id"]: order for order in orders if is_over(order["stage"], order["ended_at"])}
    open_ones = {i: order for i, order in over.items() if order["stage"] != Stage.CANCELLED}
    if not open_ones:
        return []
    waiting = _waiting(work, sorted(open_ones))
    ended = [order for i, order in sorted(open_ones.items()) if i not in waiting]
    cancel_ended(work, ended)
    return [order["id"] for order in ended]


def _waiting(work: Work, order_ids: Sequence[int]) -> set[int]:
    return {
        row[0]
        for row in sql.rows(
            """
            SELECT DISTINCT pl.order_id FROM parcels_parcelline pl
            JOIN orders_order o ON o.organization_id = pl.organization_id AND o.id = pl.order_id
            JOIN parcels_parcel p ON p.organization_id = pl.organization_id AND p.id = pl.parcel_id
            WHERE pl.organization_id = %(org)s AND o.organization_id = %(org)s AND p.organization_id = %(org)s
                AND pl.order_id = ANY(%(ids)s) AND (p.shipped_at IS NULL OR p.settled_at IS NULL
                    OR p.settled_at < o.ended_at OR p.intercept_at IS NOT NULL)
            """,
            {"org": work.organization_id, "ids": list(order_ids)},
        )
    }
