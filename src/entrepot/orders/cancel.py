"""Cancel orders that were not packed yet. A packed one is unpacked first, so that no parcel keeps its goods."""

from collections.abc import Mapping, Sequence
from typing import Any

from entrepot.core import sql
from entrepot.core.batch import Work, verb
from entrepot.core.history import Subject
from entrepot.core.permissions import Permission
from entrepot.core.report import Report
from entrepot.orders.move import move_orders, put_back
from entrepot.orders.states import Act


def undo_cancel(work: Work, ids: Sequence[int], batch: Mapping[str, Any]) -> Report:
    """Pieces that a cancellation document took back stay taken back."""
    report = put_back(work, ids, batch, Act.CANCEL)
    sql.run(
        """
        UPDATE orders_orderline l SET cancelled = coalesce((SELECT sum(c.quantity)::integer FROM orders_cancellationline c
            WHERE c.organization_id = %s AND c.order_line_id = l.id AND c.why IN ('same_price', 'other_price')), 0)
        WHERE l.organization_id = %s AND l.order_id = ANY(%s)
        """,
        [work.organization_id, work.organization_id, report.done],
    )
    return report


@verb(name="cancel_orders", subject=Subject.ORDER, permission=Permission.REVIEW, undo=undo_cancel)
def cancel_orders(work: Work, ids: Sequence[int], reason: str = "") -> Report:
    report = move_orders(work, ids, Act.CANCEL, extra={"reason": reason})
    sql.run(
        "UPDATE orders_orderline SET cancelled = quantity - packed WHERE organization_id = %s AND order_id = ANY(%s)",
        [work.organization_id, report.done],
    )
    return report
