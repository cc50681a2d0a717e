"""What must be true at any time. Each room lists its own; `entrepot check` proves them over every organization."""

from dataclasses import dataclass

from entrepot.core import sql
from entrepot.core.scope import system_scope


@dataclass(frozen=True, slots=True)
class Invariant:
    """`query` returns the rows that break it: first the organization's id, then what a person needs to find the row."""

    name: str
    query: str


@dataclass(frozen=True, slots=True)
class Broken:
    invariant: str
    count: int
    examples: list[tuple[str, ...]]


MOST_EXAMPLES = 5


def prove(invariants: list[Invariant]) -> list[Broken]:
    """Those that do not hold."""
    broken = []
    with system_scope():
        for invariant in invariants:
            found = sql.rows(invariant.query)
            if found:
                examples = [tuple(map(str, row)) for row in found[:MOST_EXAMPLES]]
                broken.append(Broken(invariant.name, len(found), examples))
    return broken
