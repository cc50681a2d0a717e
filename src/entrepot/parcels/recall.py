"""Recall: a parcel marked shipped by mistake comes back. A compensating act: stock returns by a new movement."""

from collections.abc import Mapping, Sequence
from typing import Any

from entrepot.core import history, locking, sql, stages
from entrepot.core.batch import Work
from entrepot.core.history import Subject
from entrepot.core.report import Outcome, Refusal, Report
from entrepot.core.stages import Move
from entrepot.inventory.deduct import recall
from entrepot.parcels import lines
from entrepot.parcels.notify import told_note, withdraw
from entrepot.parcels.states import TRANSITIONS, Act, Stage, Supply


def undo_ship(work: Work, ids: Sequence[int], batch: Mapping[str, Any]) -> Report:
    orders = lines.orders_in(work.organization_id, ids, lock=True)
    locked = locking.lock(lines.TABLE, ("stage", "supply", "shipped_at"), work.organization_id, ids)
    as_left = history.last_moved_by(work.organization_id, Subject.PARCEL, ids, batch["id"])
    answers = [
        Outcome(i, lines.name_of(i))
        if i in as_left and Stage(row["stage"]) in TRANSITIONS[Act.RECALL]
        else Outcome(i, lines.name_of(i), Refusal.CHANGED_SINCE, {"stage": row["stage"]})
        for i, row in locked.rows.items()
    ]
    done = [outcome.id for outcome in answers if outcome.refusal is None]
    call_back(work, done, locked.rows, orders)
    return Report.answering(
        ids,
        [*answers, *lines.missing(ids, locked)],
        told_note(work.organization_id, dict.fromkeys(done, "")) if done else {},
    )


def call_back(work: Work, ids: Sequence[int], rows: Mapping[int, Mapping[str, Any]], orders: lines.Orders) -> None:
    """Shipped parcels stand in To print again, their stock promised to them, their orders packed. `rows` are locked."""
    if not ids:
        return
    recall(
        organization_id=work.organization_id,
        groups=ids,
        actor_id=work.actor_id,
        batch_id=work.batch_id,
        at=work.at,
    )
    stages.move(
        work,
        table=lines.TABLE,
        subject=Subject.PARCEL,
        verb="recall",
        moves=[
            Move(
                i,
                {"stage": rows[i]["stage"], "supply": rows[i]["supply"]},
                {"stage": Stage.TO_PRINT.value, "supply": Supply.IN_STOCK.value},
            )
            for i in ids
        ],
        count_key=lines.count_key,
        also=", shipped_at = NULL, supply = 'in_stock', intercept_at = NULL",
    )
    withdraw(work, ids)
    reopened = sql.run(
        "UPDATE orders_order SET stage = 'packed', updated_at = %s WHERE organization_id = %s AND id = ANY(%s) AND stage = 'shipped'",
        [work.at, work.organization_id, sorted({o["id"] for i in ids for o in orders.by_parcel.get(i, ())})],
    )
    work.count({"order.shipped": -reopened, "order.packed": reopened} if reopened else {})
