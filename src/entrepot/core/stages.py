"""Moving rows along a stage table: one update, one history statement, one counter statement, whatever the number."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from entrepot.core import history, sql
from entrepot.core.batch import Work
from entrepot.core.history import Subject


class LostRow(Exception):
    """A locked row was not where the lock saw it. A bug, never a race: the transaction rolls back."""


@dataclass(frozen=True, slots=True)
class Move:
    """From one counted place to another. `before`/`after` hold what history keeps, at least the stage."""

    id: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    why: Mapping[str, Any] | None = None


CountKey = Callable[[Mapping[str, Any]], str]


def move(
    work: Work,
    *,
    table: str,
    subject: Subject,
    verb: str,
    moves: Sequence[Move],
    count_key: CountKey,
    also: str = "",
    also_params: Sequence[Any] = (),
    columns: Mapping[str, tuple[str, Sequence[Any]]] | None = None,
    told_elsewhere: bool = False,
) -> None:
    """Writes new stages. `also` is more of the SET clause (", shipped_at = %s") with its parameters; `columns` are
    further columns with one value per move: name -> (SQL type, values). `told_elsewhere`: another subject's history
    tells this change already (a parcel's history names its orders), so it is not written twice.

    The UPDATE repeats the stage it expects: a second wall under the row lock.
    """
    if not moves:
        return
    columns = columns or {}
    kinds = "".join(f", {name} {kind}" for name, (kind, _) in columns.items())
    more_sets = "".join(f", {name} = row.{name}" for name in columns)
    rows = [
        {"id": m.id, "before": m.before["stage"], "after": m.after["stage"]}
        | {name: values[n] for name, (_, values) in columns.items()}
        for n, m in enumerate(moves)
    ]
    changed = sql.run(
        f"""
        UPDATE {table} t SET stage = row.after {more_sets} {also}
        FROM json_to_recordset(%s::json) AS row (id bigint, before text, after text{kinds})
        WHERE t.organization_id = %s AND t.id = ANY(%s) AND t.id = row.id AND t.stage = row.before
        """,
        [*also_params, sql.dump(rows), work.organization_id, [m.id for m in moves]],
        bound=True,
    )
    if changed != len(moves):
        raise LostRow(f"{table}: {len(moves)} rows to move, {changed} moved")
    if not told_elsewhere:
        note(work, subject=subject, verb=verb, moves=moves)
    # Few kinds of moves make up a batch: each kind is looked up once.
    kinds_of_moves = Counter(
        (m.before["stage"], m.before.get("supply"), m.after["stage"], m.after.get("supply")) for m in moves
    )
    for (stage, supply, next_stage, next_supply), times in kinds_of_moves.items():
        left = count_key({"stage": stage, "supply": supply})
        entered = count_key({"stage": next_stage, "supply": next_supply})
        if left != entered:
            work.count({left: -times})
            work.count({entered: times})


def note(work: Work, *, subject: Subject, verb: str, moves: Sequence[Move]) -> None:
    """History of moves without moving anything."""
    history.record(
        organization_id=work.organization_id,
        subject=subject,
        verb=verb,
        changes=[history.Change(m.id, m.before, m.after, m.why) for m in moves],
        actor_id=work.actor_id,
        batch_id=work.batch_id,
        at=work.at,
    )
