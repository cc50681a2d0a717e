"""The one place that spells a row lock: by primary key, in order, without blocking rows that merely refer to these."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from entrepot.core import sql


@dataclass(frozen=True, slots=True)
class Locked:
    """Rows we hold, by id; `busy` are rows somebody else holds right now. Any other asked id does not exist."""

    rows: dict[int, dict[str, Any]]
    busy: frozenset[int]


def lock(table: str, columns: Sequence[str], organization_id: int, ids: Sequence[int]) -> Locked:
    """Locks rows of one organization, skipping those that somebody else holds. A column may be an expression AS a name."""
    names = ", ".join(("id", *columns))
    found = sql.dicts(
        f"SELECT {names} FROM {table} WHERE organization_id = %s AND id = ANY(%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED",
        [organization_id, list(ids)],
        bound=True,
    )
    held = {row["id"]: row for row in found}
    absent = [i for i in ids if i not in held]
    if not absent:
        return Locked(held, frozenset())
    there = sql.rows(f"SELECT id FROM {table} WHERE organization_id = %s AND id = ANY(%s)", [organization_id, absent])
    return Locked(held, frozenset(row[0] for row in there))
