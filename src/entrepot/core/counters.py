"""Kept tab counts. Verbs insert what changed; pages add it up; a sweeper folds it. Nothing counts history at page time."""

from collections import Counter as Tally
from collections.abc import Iterable, Mapping

from entrepot.core import sql


def key_of(subject: str, *parts: str) -> str:
    return ".".join((subject, *(part for part in parts if part)))


def moved(steps: Iterable[tuple[str | None, str | None]]) -> dict[str, int]:
    """Net change per key of many (from, to) steps; None stands for "did not exist" or "is gone"."""
    tally: Tally[str] = Tally()
    for before, after in steps:
        if before == after:
            continue
        if before:
            tally[before] -= 1
        if after:
            tally[after] += 1
    return {key: change for key, change in tally.items() if change}


def add(organization_id: int, changes: Mapping[str, int]) -> None:
    sql.run(
        """
        INSERT INTO core_counter (organization_id, key, change)
        SELECT %s, row.key, row.change FROM unnest(%s::text[], %s::bigint[]) AS row (key, change)
        ON CONFLICT DO NOTHING
        """,
        [organization_id, list(changes), list(changes.values())],
    )


def read(organization_id: int) -> dict[str, int]:
    found = sql.rows(
        "SELECT key, sum(change)::bigint FROM core_counter WHERE organization_id = %s GROUP BY key", [organization_id]
    )
    return dict(found)


def fold(organization_id: int) -> int:
    """Replaces many small changes by one row per key; returns how many rows went away."""
    found = sql.rows(
        "DELETE FROM core_counter WHERE organization_id = %s RETURNING key, change",
        [organization_id],
    )
    tally: Tally[str] = Tally()
    for key, change in found:
        tally[key] += change
    kept = {key: change for key, change in tally.items() if change}
    if kept:
        add(organization_id, kept)
    return len(found) - len(kept)
