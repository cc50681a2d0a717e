"""Cancel orders that were not packed yet. A packed one is unpacked first, so that no parcel keeps its goods."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from entrepot.core import sql
from entrepot.core.batch import Work, verb
from entrepot.core.history import Subject
from entrepot.core.permissions import Permission
from entrepot.core.report import Report
from entrepot.orders.move import move_orders, put_back
from entrepot.orders.states import Act


def undo_cancel(work: Work, ids: Sequence[int], batch: Mapping[str, Any]) -> Report:
    """Pieces that were cancelled before, by a document or a newer version of the order, stay cancelled."""
    report = put_back(work, ids, batch, Act.CANCEL)
    before = batch["result"].get("cancelled_before", [])
    sql.run(
        """
        UPDATE orders_orderline l SET cancelled = coalesce((SELECT row.pieces
            FROM unnest(%s::bigint[], %s::integer[]) AS row (id, pieces) WHERE row.id = l.id), 0)
        WHERE l.organization_id = %s AND l.order_id = ANY(%s)
        """,
        [[line for line, _ in before], [pieces for _, pieces in before], work.organization_id, report.done],
    )
    return report


@verb(name="cancel_orders", subject=Subject.ORDER, permission=Permission.REVIEW, undo=undo_cancel)
def cancel_orders(work: Work, ids: Sequence[int], reason: str = "") -> Report:
    report = move_orders(work, ids, Act.CANCEL, extra={"reason": reason})
    before = sql.rows(
        "SELECT id, cancelled FROM orders_orderline WHERE organization_id = %s AND order_id = ANY(%s) AND cancelled > 0",
        [work.organization_id, report.done],
    )
    sql.run(
        "UPDATE orders_orderline SET cancelled = quantity - packed WHERE organization_id = %s AND order_id = ANY(%s)",
        [work.organization_id, report.done],
    )
    return replace(report, result={"cancelled_before": before}) if before else report
