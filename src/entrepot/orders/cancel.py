"""Cancel orders that were not packed yet. A packed one is unpacked first, so that no parcel keeps its goods."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from entrepot.core import locking, sql, stages
from entrepot.core.batch import Work, verb
from entrepot.core.history import Subject
from entrepot.core.permissions import Permission
from entrepot.core.report import Outcome, Refusal, Report
from entrepot.core.stages import Move
from entrepot.orders.move import TABLE, count_key, move_orders, put_back
from entrepot.orders.states import Act, Stage


def undo_cancel(work: Work, ids: Sequence[int], batch: Mapping[str, Any]) -> Report:
    """Pieces that were cancelled before, by a document or a newer version of the order, stay cancelled.

    So does an order that its marketplace has cancelled meanwhile.
    """
    locked = locking.lock(TABLE, ("external_id", "ended_at"), work.organization_id, ids)
    over = [
        Outcome(i, row["external_id"], Refusal.CANCELLED, {"order": row["external_id"]})
        for i, row in locked.rows.items()
        if row["ended_at"] is not None
    ]
    left = {outcome.id for outcome in over}
    back = put_back(work, [i for i in ids if i not in left], batch, Act.CANCEL)
    report = Report.answering(ids, [*over, *back.outcomes])
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


def cancel_ended(work: Work, rows: Sequence[Mapping[str, Any]]) -> None:
    """Orders that were cancelled for good while their goods lay in parcels go to Cancelled, now that none holds them.

    `rows` are locked and tell `id`, `stage` and `ended_by`.
    """
    stages.move(
        work,
        table=TABLE,
        subject=Subject.ORDER,
        verb=Act.CANCEL.value,
        moves=[
            Move(row["id"], {"stage": row["stage"]}, {"stage": Stage.CANCELLED.value, "ended": row["ended_by"]})
            for row in rows
        ],
        count_key=count_key,
        also=", updated_at = %s, cancellation_asked_at = NULL, answer_by_at = NULL",
        also_params=[work.at],
    )
