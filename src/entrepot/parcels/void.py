"""Void a waybill: the number is given up, everything about the parcel can be edited again."""

from collections.abc import Mapping, Sequence
from typing import Any

from entrepot.core import history, locking, sql, stages
from entrepot.core.batch import Work, verb
from entrepot.core.history import Subject
from entrepot.core.permissions import Permission
from entrepot.core.report import Outcome, Refusal, Report
from entrepot.core.stages import Move
from entrepot.inventory.allocate import release
from entrepot.parcels import lines
from entrepot.parcels.notify import told_note, withdraw
from entrepot.parcels.states import TRANSITIONS, Act, Stage, allowed


def undo_waybill(work: Work, ids: Sequence[int], batch: Mapping[str, Any]) -> Report:
    """A pooled number that was drawn stays drawn: it may be on a label already. A number that came later stays."""
    facts = (*history.PLACE, "number")
    as_left = history.last_moved_by(work.organization_id, Subject.PARCEL, ids, batch["id"], facts=facts)
    return void(work, ids, only_from={Stage.WAYBILL}, as_left=as_left)


@verb(name="void_waybills", subject=Subject.PARCEL, permission=Permission.WAYBILL)
def void_waybills(work: Work, ids: Sequence[int]) -> Report:
    return void(work, ids, only_from=set(TRANSITIONS[Act.VOID]))


def void(work: Work, ids: Sequence[int], only_from: set[Stage], as_left: set[int] | None = None) -> Report:
    """Parcels give their numbers up; of `as_left`, if it is given, and in these stages only."""
    locked = locking.lock(lines.TABLE, ("stage", "supply", "waybill_number"), work.organization_id, ids)
    answers = [_answer(row, only_from, as_left) for row in locked.rows.values()]
    done = [outcome.id for outcome in answers if outcome.refusal is None]
    release(organization_id=work.organization_id, groups=done)
    withdraw(work, done)
    sql.run(
        """
        UPDATE parcels_waybill SET status = 'voided', is_current = false, changed_at = %s
        WHERE organization_id = %s AND parcel_id = ANY(%s) AND is_current
        """,
        [work.at, work.organization_id, done],
    )
    unmark(work, done)
    stages.move(
        work,
        table=lines.TABLE,
        subject=Subject.PARCEL,
        verb="void",
        moves=[
            Move(
                i,
                {
                    "stage": locked.rows[i]["stage"],
                    "supply": locked.rows[i]["supply"],
                    "number": locked.rows[i]["waybill_number"],
                },
                {"stage": Stage.TO_PROCESS.value},
            )
            for i in done
        ],
        count_key=lines.count_key,
        also=", supply = '', waybill_number = ''",
    )
    return Report.answering(
        ids, [*answers, *lines.missing(ids, locked)], told_note(work.organization_id, dict.fromkeys(done, ""))
    )


def unmark(work: Work, parcel_ids: Sequence[int]) -> None:
    """The label of the former number is waste paper; history knows that it was printed."""
    sql.run(
        "DELETE FROM parcels_printmark WHERE organization_id = %s AND id = ANY(%s) AND document = 'label'",
        [work.organization_id, list(parcel_ids)],
    )


def _answer(row: Mapping[str, Any], only_from: set[Stage], as_left: set[int] | None) -> Outcome:
    stage = Stage(row["stage"])
    if stage in only_from and (as_left is None or row["id"] in as_left):
        return Outcome(row["id"], lines.name_of(row["id"]))
    if stage in TRANSITIONS[Act.VOID]:
        return Outcome(row["id"], lines.name_of(row["id"]), Refusal.CHANGED_SINCE, {"stage": stage.value})
    facts = {"stage": stage.value, "expected": ", ".join(allowed(Act.VOID))}
    return Outcome(row["id"], lines.name_of(row["id"]), Refusal.WRONG_STAGE, facts)
