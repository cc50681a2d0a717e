"""Cancel orders that were not packed yet. A packed one is unpacked first, so that no parcel keeps its goods. One of which
a part is packed is stopped as if its marketplace had cancelled it: unpacking its parcel cancels it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from entrepot.core import locking, sql, stages
from entrepot.core.batch import Work, verb
from entrepot.core.history import Subject
from entrepot.core.permissions import Permission
from entrepot.core.report import Outcome, Refusal, Report
from entrepot.core.stages import Move
from entrepot.orders.move import NAMED, TABLE, count_key, move_orders, put_back
from entrepot.orders.remains import CANCELLED, settle
from entrepot.orders.states import Act, EndedBy, Stage


def undo_cancel(work: Work, ids: Sequence[int], batch: Mapping[str, Any]) -> Report:
    """Pieces that a document or a version of the order has cancelled, before or since, stay cancelled.

    So does an order that its marketplace has cancelled meanwhile.
    """
    held = {int(i) for i in batch["result"].get("held", [])}
    locked = locking.lock(TABLE, (NAMED, "ended_at", "ended_by"), work.organization_id, ids)
    over = [
        Outcome(i, row["shown"], Refusal.CANCELLED, {"order": row["shown"]})
        for i, row in locked.rows.items()
        if row["ended_at"] is not None and (i not in held or row["ended_by"] == EndedBy.MARKETPLACE)
    ]
    left = {outcome.id for outcome in over}
    back = put_back(
        work, [i for i in ids if i not in left], batch, Act.CANCEL, instead=dict.fromkeys(held, Stage.PACKED)
    )
    report = Report.answering(ids, [*over, *back.outcomes])
    sql.run(
        f"UPDATE orders_orderline l SET cancelled = {CANCELLED} WHERE l.organization_id = %s AND l.order_id = ANY(%s)",
        [work.organization_id, report.done],
    )
    _mark(work, sorted(held.intersection(report.done)), None)
    settle(work, report.done)
    return report


@verb(name="cancel_orders", subject=Subject.ORDER, permission=Permission.REVIEW, undo=undo_cancel)
def cancel_orders(work: Work, ids: Sequence[int], reason: str = "") -> Report:
    locking.lock(TABLE, (), work.organization_id, ids)  # whoever held an order until now may have packed of it
    held = holding_goods(work, ids)
    report = move_orders(work, ids, Act.CANCEL, extra={"reason": reason}, instead=dict.fromkeys(held, Stage.PACKED))
    held &= set(report.done)
    _mark(work, sorted(held), work.at)
    sql.run(
        "UPDATE orders_orderline SET cancelled = quantity - packed WHERE organization_id = %s AND order_id = ANY(%s)",
        [work.organization_id, report.done],
    )
    return replace(report, result={"held": sorted(held)}) if held else report


def holding_goods(work: Work, ids: Sequence[int]) -> set[int]:
    """Those orders of which at least one piece lies in a parcel, or left in one."""
    if not ids:
        return set()
    found = sql.rows(
        "SELECT DISTINCT order_id FROM orders_orderline WHERE organization_id = %s AND order_id = ANY(%s) AND packed > 0",
        [work.organization_id, list(ids)],
    )
    return {row[0] for row in found}


def _mark(work: Work, ids: Sequence[int], ended_at: datetime | None) -> None:
    """Cancelled for good at the desk: by no marketplace, and for no wish of the buyer."""
    sql.run(
        "UPDATE orders_order SET ended_at = %s, ended_by = %s WHERE organization_id = %s AND id = ANY(%s)",
        [ended_at, EndedBy.NOBODY, work.organization_id, list(ids)],
    )


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
