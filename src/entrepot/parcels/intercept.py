"""A parcel whose order was cancelled: a person says where it is. Not handed over: it waits to be unpacked. Already handed
over: it is to be intercepted, until somebody says that it came back or that it is gone.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from entrepot.core import history, locking, sql, stages
from entrepot.core.batch import Work, loads, verb
from entrepot.core.history import Change, Subject
from entrepot.core.permissions import Permission
from entrepot.core.report import Outcome, Refusal, Report
from entrepot.core.stages import Move
from entrepot.orders import move as order_moves
from entrepot.parcels import lines, shortage
from entrepot.parcels.ending import end_orders
from entrepot.parcels.notify import withdraw
from entrepot.parcels.recall import call_back
from entrepot.parcels.ship import close_orders, hand_over
from entrepot.parcels.states import OPEN_STAGES, TRANSITIONS, Act, Stage, Supply
from entrepot.parcels.whereabouts import Mark, mark_of

COLUMNS = ("stage", "supply", "waybill_number", "shipped_at", "settled_at", "intercept_at")
NOT_HANDED_OVER, HANDED_OVER, CLOSED = "not_handed_over", "handed_over", "close_intercept"
Rows = Mapping[int, dict[str, Any]]


class Caught(StrEnum):
    """How an intercept ended."""

    BACK = "back"  # the goods are here again
    GONE = "gone"  # it could not be stopped


def undo_not_handed_over(work: Work, ids: Sequence[int], batch: Mapping[str, Any]) -> Report:
    """The mark comes back. A parcel that was called back by it stays here: a person says "already handed over", or unpacks."""
    rows, busy = _locked(work, ids)
    former = _written(work, ids, NOT_HANDED_OVER, batch["id"])
    done = {
        i: was["settled_at"]
        for i, (was, now) in former.items()
        if i in rows
        and rows[i]["stage"] == (Stage.TO_PRINT if was["in"] == Stage.SHIPPED else was["in"])
        and rows[i]["intercept_at"] is None
        and rows[i]["settled_at"] == _instant(now["settled_at"])
    }
    _write(work, done, dict.fromkeys(done))
    _tell(work, f"undo_{NOT_HANDED_OVER}", [Change(i, None, None) for i in done])
    return Report.answering(ids, [*_undone(rows, done), *busy])


def undo_handed_over(work: Work, ids: Sequence[int], batch: Mapping[str, Any]) -> Report:
    """Nothing is to be intercepted. A parcel that left by this act comes back, with its stock."""
    orders = lines.orders_in(work.organization_id, ids, lock=True)
    rows, busy = _locked(work, ids)
    former = _written(work, ids, HANDED_OVER, batch["id"])
    done = {
        i: rows[i]["settled_at"]
        for i, (_, now) in former.items()
        if i in rows and rows[i]["stage"] == Stage.SHIPPED and rows[i]["intercept_at"] == _instant(now["intercept_at"])
    }
    call_back(work, [i for i in done if former[i][0]["in"] != Stage.SHIPPED], rows, orders)
    _write(work, done, dict.fromkeys(done))
    _tell(work, f"undo_{HANDED_OVER}", [Change(i, None, None) for i in done])
    return Report.answering(ids, [*_undone(rows, done), *busy])


@verb(name="mark_not_handed_over", subject=Subject.PARCEL, permission=Permission.SHIP, undo=undo_not_handed_over)
def mark_not_handed_over(work: Work, ids: Sequence[int]) -> Report:
    """The goods are still here: the mark goes, unpacking is what is left to do. A parcel that was shipped on the screen
    only is called back, with its stock.
    """
    orders = lines.orders_in(work.organization_id, ids, lock=True)
    rows, busy = _locked(work, ids)
    answers = {i: _answer(row, orders) for i, row in rows.items()}
    for i, outcome in answers.items():
        if outcome.refusal is None and rows[i]["stage"] not in (*OPEN_STAGES, *TRANSITIONS[Act.RECALL]):
            answers[i] = _wrong_stage(rows[i], Act.RECALL)
    done = [i for i, outcome in answers.items() if outcome.refusal is None]
    call_back(work, [i for i in done if rows[i]["shipped_at"] is not None], rows, orders)
    _write(work, dict.fromkeys(done, work.at), dict.fromkeys(done))
    _tell(work, NOT_HANDED_OVER, [_change(rows[i], orders, {"settled_at": work.at.isoformat()}) for i in done])
    return Report.answering(ids, [*answers.values(), *busy])


@verb(name="mark_handed_over", subject=Subject.PARCEL, permission=Permission.SHIP, undo=undo_handed_over)
def mark_handed_over(work: Work, ids: Sequence[int]) -> Report:
    """The parcel has gone all the same: it is shipped here too, and to be intercepted. Its marketplace is told nothing."""
    orders = lines.orders_in(work.organization_id, ids, lock=True)
    rows, busy = _locked(work, ids)
    answers = {i: _answer(row, orders) for i, row in rows.items()}
    for i, outcome in answers.items():
        if outcome.refusal is None and rows[i]["shipped_at"] is None:
            answers[i] = _could_leave(rows[i])
    shortage.explain(work.organization_id, answers)
    done = [i for i, outcome in answers.items() if outcome.refusal is None]
    leaving = [i for i in done if rows[i]["shipped_at"] is None]
    _leave(work, leaving, rows, orders)
    _write(work, {i: rows[i]["settled_at"] for i in done}, dict.fromkeys(done, work.at))
    _tell(work, HANDED_OVER, [_change(rows[i], orders, {"intercept_at": work.at.isoformat()}) for i in done])
    return Report.answering(ids, [*answers.values(), *busy])


def undo_close_intercepts(work: Work, ids: Sequence[int], batch: Mapping[str, Any]) -> Report:
    """They are to be intercepted again. What came back leaves again, with its stock; what ended stands where it stood."""
    orders = lines.orders_in(work.organization_id, ids, lock=True)
    rows, busy = _locked(work, ids)
    former = _written(work, ids, CLOSED, batch["id"])
    done = [i for i, (was, now) in former.items() if i in rows and _as_closed(rows[i], was, now)]
    back = [i for i in done if former[i][1]["outcome"] == Caught.BACK]
    _leave(work, back, rows, orders)
    ended = {order["id"]: order for i in done for order in orders.ended(i) if order["stage"] == "cancelled"}
    _reopen(work, batch, list(ended))
    settled = {i: former[i][0]["settled_at"] for i in done}
    _write(work, settled, {i: former[i][0]["intercept_at"] for i in done})
    _tell(work, f"undo_{CLOSED}", [Change(i, None, None) for i in done])
    return Report.answering(ids, [*_undone(rows, settled), *busy])


@verb(name="close_intercepts", subject=Subject.PARCEL, permission=Permission.SHIP, undo=undo_close_intercepts)
def close_intercepts(work: Work, ids: Sequence[int], outcome: str = Caught.GONE) -> Report:
    """`back`: the parcel stands here again with its stock, to be unpacked. `gone`: it could not be stopped; its cancelled
    orders go to Cancelled, what left the shelf stays deducted.
    """
    caught = Caught(outcome)
    orders = lines.orders_in(work.organization_id, ids, lock=True)
    rows, busy = _locked(work, ids)
    answers = {i: Outcome(i, lines.name_of(i)) for i in rows}
    for i, row in rows.items():
        if row["intercept_at"] is None:
            answers[i] = Outcome(i, lines.name_of(i), Refusal.NO_INTERCEPT)
        elif caught is Caught.BACK and row["stage"] not in TRANSITIONS[Act.RECALL]:
            answers[i] = _wrong_stage(row, Act.RECALL)
    done = [i for i, one in answers.items() if one.refusal is None]
    if caught is Caught.BACK:
        call_back(work, done, rows, orders)
    _write(work, dict.fromkeys(done, work.at), dict.fromkeys(done))
    if caught is Caught.GONE:
        end_orders(work, [one for i in done for one in orders.ended(i)])
    after = {"outcome": caught.value, "settled_at": work.at.isoformat()}
    _tell(work, CLOSED, [_change(rows[i], orders, after) for i in done])
    return Report.answering(ids, [*answers.values(), *busy])


def _locked(work: Work, ids: Sequence[int]) -> tuple[dict[int, dict[str, Any]], list[Outcome]]:
    locked = locking.lock(lines.TABLE, COLUMNS, work.organization_id, ids)
    return locked.rows, list(lines.missing(ids, locked))


def _answer(row: Mapping[str, Any], orders: lines.Orders) -> Outcome:
    """Whether somebody should say where this parcel is. Pure."""
    i, over = row["id"], orders.ended(row["id"])
    last = max((one["ended_at"] for one in over if one["ended_at"] is not None), default=None)
    asked = mark_of(row, over=bool(over), ended_at=last) is Mark.CANCELLED
    return Outcome(i, lines.name_of(i), None if asked else Refusal.NOT_CANCELLED)


def _could_leave(row: Mapping[str, Any]) -> Outcome:
    """Only what has a number and stock can have left: its pieces must be deducted. Pure."""
    i, stage = row["id"], Stage(row["stage"])
    if stage in TRANSITIONS[Act.SHIP] and row["supply"] != Supply.SHORT:
        return Outcome(i, lines.name_of(i))
    why = {Stage.TO_PROCESS: Refusal.NO_WAYBILL, Stage.WAYBILL: Refusal.NOT_ALLOCATED}.get(stage, Refusal.SHORT)
    return Outcome(i, lines.name_of(i), why)


def _wrong_stage(row: Mapping[str, Any], act: Act) -> Outcome:
    facts = {"stage": row["stage"], "expected": ", ".join(stage.value for stage in TRANSITIONS[act])}
    return Outcome(row["id"], lines.name_of(row["id"]), Refusal.WRONG_STAGE, facts)


def _leave(work: Work, ids: Sequence[int], rows: Rows, orders: lines.Orders) -> None:
    """Parcels of cancelled orders are shipped here as well; no marketplace is told."""
    if not ids:
        return
    hand_over(work, [rows[i] for i in ids])
    withdraw(work, ids)
    close_orders(work, sorted({order["id"] for i in ids for order in orders.by_parcel.get(i, ())}))


def _as_closed(row: Mapping[str, Any], was: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether a parcel is still as closing its intercept left it. Pure."""
    if "settled_at" not in now or row["intercept_at"] is not None or row["settled_at"] != _instant(now["settled_at"]):
        return False
    if now["outcome"] == Caught.GONE:
        return bool(row["stage"] == was["in"])
    return _could_leave(row).refusal is None


def _reopen(work: Work, batch: Mapping[str, Any], order_ids: Sequence[int]) -> None:
    """Orders that a batch sent to Cancelled stand where they stood, if nothing has moved them since."""
    as_left = history.last_moved_by(work.organization_id, Subject.ORDER, order_ids, batch["id"])
    found = sql.rows(
        """
        SELECT subject_id, before FROM core_event
        WHERE organization_id = %s AND subject = 'order' AND subject_id = ANY(%s) AND verb = 'cancel' AND batch_id = %s
        """,
        [work.organization_id, sorted(as_left), batch["id"]],
    )
    stages.move(
        work,
        table=order_moves.TABLE,
        subject=Subject.ORDER,
        verb="undo_cancel",
        moves=[Move(i, {"stage": "cancelled"}, {"stage": loads(before)["stage"]}) for i, before in found],
        count_key=order_moves.count_key,
        also=", updated_at = %s",
        also_params=[work.at],
    )


def _change(row: Mapping[str, Any], orders: lines.Orders, after: dict[str, Any]) -> Change:
    before = {"in": row["stage"]} | {
        name: row[name].isoformat() if row[name] else None for name in ("settled_at", "intercept_at")
    }
    return Change(row["id"], before, after | {"orders": [one["shown"] for one in orders.ended(row["id"])]})


def _tell(work: Work, name: str, changes: Sequence[Change]) -> None:
    history.record(
        organization_id=work.organization_id,
        subject=Subject.PARCEL,
        verb=name,
        changes=changes,
        actor_id=work.actor_id,
        batch_id=work.batch_id,
        at=work.at,
    )


def _write(
    work: Work, settled: Mapping[int, datetime | str | None], intercept: Mapping[int, datetime | str | None]
) -> None:
    rows = [{"id": i, "settled_at": settled[i], "intercept_at": intercept[i]} for i in settled]
    sql.run(
        """
        UPDATE parcels_parcel p SET settled_at = row.settled_at, intercept_at = row.intercept_at
        FROM json_to_recordset(%s::json) AS row (id bigint, settled_at timestamptz, intercept_at timestamptz)
        WHERE p.organization_id = %s AND p.id = ANY(%s) AND p.id = row.id
        """,
        [sql.dump(rows), work.organization_id, list(settled)],
    )


def _written(work: Work, ids: Sequence[int], name: str, batch_id: int) -> dict[int, tuple[Any, Any]]:
    """What the batch wrote into history of each parcel: (before, after)."""
    found = sql.rows(
        """
        SELECT subject_id, before, after FROM core_event
        WHERE organization_id = %s AND subject = 'parcel' AND subject_id = ANY(%s) AND verb = %s AND batch_id = %s
        """,
        [work.organization_id, list(ids), name, batch_id],
    )
    return {i: (loads(before), loads(after)) for i, before, after in found}


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _undone(rows: Rows, done: Mapping[int, Any]) -> list[Outcome]:
    return [
        Outcome(i, lines.name_of(i))
        if i in done
        else Outcome(i, lines.name_of(i), Refusal.CHANGED_SINCE, {"stage": row["stage"]})
        for i, row in rows.items()
    ]
