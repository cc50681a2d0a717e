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
    changed = _update(work, table, moves, also, also_params, columns or {})
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


def _update(
    work: Work,
    table: str,
    moves: Sequence[Move],
    also: str,
    also_params: Sequence[Any],
    columns: Mapping[str, tuple[str, Sequence[Any]]],
) -> int:
    """One UPDATE. What is the same in every move, most often the stages themselves, is said once; only what differs
    comes row by row.
    """
    places = {
        "before": ("text", [m.before["stage"] for m in moves]),
        "after": ("text", [m.after["stage"] for m in moves]),
        **columns,
    }
    same = {name for name, (_, values) in places.items() if len(set(values)) == 1}
    differing = {name: place for name, place in places.items() if name not in same}
    value_of = {name: f"%s::{kind}" if name in same else f"row.{name}" for name, (kind, _) in places.items()}
    targets = {"stage": "after", **{name: name for name in columns}}
    sets = ", ".join(f"{column} = {value_of[name]}" for column, name in targets.items())
    params = [places[name][1][0] for name in targets.values() if name in same]
    source = ""
    if differing:
        kinds = "".join(f", {name} {kind}" for name, (kind, _) in differing.items())
        source = f"FROM json_to_recordset(%s::json) AS row (id bigint{kinds})"
        rows = [
            {"id": m.id, **{name: values[n] for name, (_, values) in differing.items()}} for n, m in enumerate(moves)
        ]
        params += [*also_params, sql.dump(rows)]
    else:
        params += also_params
    expected = places["before"][1][:1] if "before" in same else []
    return sql.run(
        f"""
        UPDATE {table} t SET {sets} {also} {source}
        WHERE t.organization_id = %s AND t.id = ANY(%s) {"AND t.id = row.id" if differing else ""}
            AND t.stage = {value_of["before"]}
        """,
        [*params, work.organization_id, [m.id for m in moves], *expected],
        bound=True,
    )


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
