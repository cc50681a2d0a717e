"""Moving rows along a stage table: one update, one history statement, one counter statement, whatever the number."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from entrepot.core import counters, history, sql
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
) -> None:
    """Writes new stages. `also` is more of the SET clause (", shipped_at = %s") with its parameters; `columns` are
    further columns with one value per move: name -> (SQL type, values).

    The UPDATE repeats the stage it expects: a second wall under the row lock.
    """
    if not moves:
        return
    columns = columns or {}
    more_arrays = "".join(f", %s::{kind}[]" for kind, _ in columns.values())
    more_names = "".join(f", {name}" for name in columns)
    more_sets = "".join(f", {name} = row.{name}" for name in columns)
    changed = sql.run(
        f"""
        UPDATE {table} t SET stage = row.after {more_sets} {also}
        FROM unnest(%s::bigint[], %s::text[], %s::text[]{more_arrays}) AS row (id, before, after{more_names})
        WHERE t.organization_id = %s AND t.id = row.id AND t.stage = row.before
        """,
        [
            *also_params,
            [m.id for m in moves],
            [m.before["stage"] for m in moves],
            [m.after["stage"] for m in moves],
            *(list(values) for _, values in columns.values()),
            work.organization_id,
        ],
    )
    if changed != len(moves):
        raise LostRow(f"{table}: {len(moves)} rows to move, {changed} moved")
    note(work, subject=subject, verb=verb, moves=moves)
    steps = counters.moved((count_key(m.before), count_key(m.after)) for m in moves)
    counters.add(work.organization_id, steps)


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
