"""What review, hold, release and cancel have in common: lock, look at the stage, move."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from entrepot.core import counters, history, locking, sql, stages
from entrepot.core.batch import Work, loads
from entrepot.core.history import Subject
from entrepot.core.report import Outcome, Refusal, Report
from entrepot.core.stages import Move
from entrepot.orders.queries import SHOWN
from entrepot.orders.states import TRANSITIONS, Act, Stage, allowed

TABLE = "orders_order"
NAMED = f"{SHOWN.replace('o.', '')} AS shown"  # results call an order as people do
COLUMNS = (NAMED, "stage", "hold_reason", "cancellation_asked_at")


def count_key(state: Mapping[str, Any]) -> str:
    """The tab an order is counted in."""
    return counters.key_of("order", state["stage"])


def answer(row: Mapping[str, Any], act: Act) -> Outcome:
    """Whether `act` is possible for this order, and if not, why. Pure."""
    name, stage = row["shown"], Stage(row["stage"])
    if stage in TRANSITIONS[act]:
        return Outcome(row["id"], name)
    if stage is Stage.CANCELLED:
        return Outcome(row["id"], name, Refusal.CANCELLED, {"order": name})
    if stage is Stage.ON_HOLD:
        return Outcome(row["id"], name, Refusal.ON_HOLD, {"reason": row["hold_reason"]})
    if stage is Stage.FOLLOWED:
        return Outcome(row["id"], name, Refusal.FOLLOWED, {"order": name})
    return Outcome(row["id"], name, Refusal.WRONG_STAGE, {"stage": stage.value, "expected": ", ".join(allowed(act))})


def missing(asked: Sequence[int], locked: locking.Locked) -> Iterator[Outcome]:
    for i in asked:
        if i in locked.busy:
            yield Outcome(i, str(i), Refusal.BUSY)
        elif i not in locked.rows:
            yield Outcome(i, str(i), Refusal.NOT_FOUND)


def move_orders(
    work: Work,
    ids: Sequence[int],
    act: Act,
    *,
    extra: Mapping[str, Any] | None = None,
    also: str = "",
    params: Sequence[Any] = (),
    keep: Sequence[str] = (),
    instead: Mapping[int, Stage] = {},
) -> Report:
    """`keep`: further columns whose values the history keeps, if any, because the act overwrites them and undo wants them;
    `instead`: orders that the act leads elsewhere than the table says.
    """
    locked = locking.lock(TABLE, tuple(dict.fromkeys((*COLUMNS, *keep))), work.organization_id, ids)
    answers = {i: answer(row, act) for i, row in locked.rows.items()}
    moves = [
        Move(
            i,
            {name: was for name in ("stage", *keep) if (was := locked.rows[i][name]) is not None},
            {"stage": instead.get(i, TRANSITIONS[act][Stage(locked.rows[i]["stage"])]), **(extra or {})},
        )
        for i, outcome in answers.items()
        if outcome.refusal is None
    ]
    stages.move(
        work,
        table=TABLE,
        subject=Subject.ORDER,
        verb=act.value,
        moves=moves,
        count_key=count_key,
        also=f", updated_at = %s{also}",
        also_params=[work.at, *params],
    )
    return Report.answering(ids, [*answers.values(), *missing(ids, locked)])


def put_back(
    work: Work,
    ids: Sequence[int],
    batch: Mapping[str, Any],
    act: Act,
    *,
    kept: Mapping[str, str] = {},
    emptied: Mapping[str, str] = {},
    instead: Mapping[int, Stage] = {},
) -> Report:
    """Undo of a move: back to where the act found them, those that are still where it left them.

    The former stage is read from the history of the batch being undone, so nothing is guessed; `kept` names further
    columns (and their SQL types) that get back the value history kept of them; so do those of `emptied`, which the act left
    empty, unless they were filled since; `instead` is what `move_orders` was given.
    """
    locked = locking.lock(TABLE, (*COLUMNS, *emptied), work.organization_id, ids)
    former = {
        i: loads(before)
        for i, before in sql.rows(
            """
            SELECT DISTINCT ON (subject_id) subject_id, before FROM core_event
            WHERE organization_id = %s AND subject = 'order' AND subject_id = ANY(%s) AND verb = %s AND batch_id = %s
            ORDER BY subject_id, id DESC
            """,
            [work.organization_id, list(ids), act.value, batch["id"]],
        )
    }
    as_left = history.last_moved_by(work.organization_id, Subject.ORDER, ids, batch["id"])
    answers: dict[int, Outcome] = {}
    moves = []
    for i, row in locked.rows.items():
        stage, back = row["stage"], former.get(i, {}).get("stage")
        if back and i in as_left and instead.get(i, TRANSITIONS[act].get(Stage(back))) == stage:
            answers[i] = Outcome(i, row["shown"])
            moves.append(Move(i, {"stage": stage}, {"stage": back}))
        else:
            answers[i] = Outcome(i, row["shown"], Refusal.CHANGED_SINCE, {"stage": stage})
    stages.move(
        work,
        table=TABLE,
        subject=Subject.ORDER,
        verb=f"undo_{act.value}",
        moves=moves,
        count_key=count_key,
        also=", updated_at = %s",
        also_params=[work.at],
        columns={
            name: (kind, [(name in emptied and locked.rows[m.id][name]) or former[m.id].get(name) for m in moves])
            for name, kind in {**kept, **emptied}.items()
        },
    )
    return Report.answering(ids, [*answers.values(), *missing(ids, locked)])
