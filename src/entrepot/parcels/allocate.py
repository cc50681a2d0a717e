"""Allocate: stock is promised to parcels, nearest deadline first, all or nothing; they part into in stock and short."""

from collections.abc import Mapping, Sequence
from typing import Any

from entrepot.core import history, locking, stages
from entrepot.core.batch import Work, verb
from entrepot.core.history import Subject
from entrepot.core.permissions import Permission
from entrepot.core.report import Outcome, Refusal, Report
from entrepot.core.stages import Move
from entrepot.inventory import allocate as shelf
from entrepot.parcels import lines, shortage
from entrepot.parcels.states import TRANSITIONS, Act, Stage, Supply, allowed


def undo_allocate(work: Work, ids: Sequence[int], batch: Mapping[str, Any]) -> Report:
    return _deallocate(work, ids, history.last_moved_by(work.organization_id, Subject.PARCEL, ids, batch["id"]))


@verb(name="allocate_parcels", subject=Subject.PARCEL, permission=Permission.ALLOCATE, undo=undo_allocate)
def allocate_parcels(work: Work, ids: Sequence[int]) -> Report:
    """A short parcel moves on to To print / Short and is answered as refused, with what is missing."""
    locked = locking.lock(lines.TABLE, ("stage", "supply", "deadline_at"), work.organization_id, ids)
    orders = lines.orders_in(work.organization_id, list(locked.rows), lock=False, only_stopping=True)
    answers = {i: _answer(row, orders) for i, row in locked.rows.items()}
    ready = sorted(
        (i for i, outcome in answers.items() if outcome.refusal is None),
        key=lambda i: (locked.rows[i]["deadline_at"], i),
    )
    missing = shelf.allocate(
        organization_id=work.organization_id, demands=lines.demands_of(work.organization_id, ready)
    )
    for i, words in shortage.words_of(work.organization_id, missing).items():
        answers[i] = Outcome(i, lines.name_of(i), Refusal.SHORT, {"missing": words})
    supply = {i: Supply.SHORT if i in missing else Supply.IN_STOCK for i in ready}
    moves = [
        Move(
            i,
            {"stage": locked.rows[i]["stage"], "supply": locked.rows[i]["supply"]},
            {"stage": Stage.TO_PRINT.value, "supply": supply[i].value},
        )
        for i in ready
    ]
    stages.move(
        work,
        table=lines.TABLE,
        subject=Subject.PARCEL,
        verb="allocate",
        moves=moves,
        count_key=lines.count_key,
        columns={"supply": ("text", [supply[i].value for i in ready])},
    )
    return Report.answering(ids, [*answers.values(), *lines.missing(ids, locked)])


def _answer(row: Mapping[str, Any], orders: lines.Orders) -> Outcome:
    """A parcel that must not go takes no stock from those that may. Pure."""
    stage = Stage(row["stage"])
    if stage in TRANSITIONS[Act.ALLOCATE] and row["supply"] != Supply.IN_STOCK:
        stop = orders.stop(row["id"])
        return (
            Outcome(row["id"], lines.name_of(row["id"]), *stop)
            if stop
            else Outcome(row["id"], lines.name_of(row["id"]))
        )
    facts = {"stage": stage.value, "expected": ", ".join(allowed(Act.ALLOCATE))}
    return Outcome(row["id"], lines.name_of(row["id"]), Refusal.WRONG_STAGE, facts)


def _deallocate(work: Work, ids: Sequence[int], as_left: set[int]) -> Report:
    locked = locking.lock(lines.TABLE, ("stage", "supply"), work.organization_id, ids)
    answers = [
        Outcome(i, lines.name_of(i))
        if i in as_left and Stage(row["stage"]) in TRANSITIONS[Act.DEALLOCATE]
        else Outcome(i, lines.name_of(i), Refusal.CHANGED_SINCE, {"stage": row["stage"]})
        for i, row in locked.rows.items()
    ]
    done = [outcome.id for outcome in answers if outcome.refusal is None]
    shelf.release(organization_id=work.organization_id, groups=done)
    stages.move(
        work,
        table=lines.TABLE,
        subject=Subject.PARCEL,
        verb="deallocate",
        moves=[
            Move(
                i,
                {"stage": locked.rows[i]["stage"], "supply": locked.rows[i]["supply"]},
                {"stage": Stage.WAYBILL.value, "supply": Supply.NONE.value},
            )
            for i in done
        ],
        count_key=lines.count_key,
        also=", supply = ''",
    )
    return Report.answering(ids, [*answers, *lines.missing(ids, locked)])
