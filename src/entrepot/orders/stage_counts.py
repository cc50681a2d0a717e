"""How many rows of each stage a filter holds, for the tabs beside a filtered list. One statement, and no history in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from entrepot.core import sql
from entrepot.orders.queries import Filter, Moment, Where, common_where, order_where

# Rows of a stage looked at: of open work, and of what is behind us the latest. Small on purpose: under row-level security
# the planner takes a stage for 200 times smaller than it is, and sorts all of it unless this limit is smaller still.
MOST_OPEN = 1_000
MOST_PAST = 200


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage as a tab lists it. `past`: its rows pile up for ever."""

    stage: str
    supply: str | None
    past: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """`more`: not all rows of the stage were looked at, so there may be more."""

    count: int
    more: bool


def count_orders_by_stage(
    organization_id: int, stages: Sequence[Stage], wanted: Filter, moment: Moment
) -> list[Counted]:
    """How many orders of each stage `wanted` holds; its own stages do not count."""
    return count_by_stage("orders_order", "o", stages, wanted, order_where(organization_id, wanted, moment), moment)


def count_by_stage(
    table: str, alias: str, stages: Sequence[Stage], wanted: Filter, where: Where, moment: Moment
) -> list[Counted]:
    """One statement for all stages. `where`: the conditions of the list, without any on stage or supply."""
    params: dict[str, Any] = dict(where.params)
    parts = []
    # Open work of one store has an index of its own; what is past is looked through from its latest deadline.
    stores = common_where(alias, where.organization_id, Filter(stores=wanted.stores), moment).text
    for n, one in enumerate(stages):
        inside = f"{alias}.organization_id = %(org)s" if one.past else stores
        inside += f" AND {alias}.stage = %(at_stage{n})s"
        params |= {f"at_stage{n}": one.stage, f"most{n}": MOST_PAST if one.past else MOST_OPEN}
        if one.supply is not None:
            inside += f" AND {alias}.supply = %(at_supply{n})s"
            params[f"at_supply{n}"] = one.supply
        parts.append(
            f"""
            SELECT {n} AS place, count(*) FILTER (WHERE fits) AS fits, count(*) AS seen
            FROM (SELECT {where.text} AS fits FROM (SELECT {alias}.* FROM {table} {alias} WHERE {inside}
                ORDER BY {alias}.deadline_at DESC, {alias}.id DESC LIMIT %(most{n})s) {alias}) looked
            """
        )
    found = {place: (fits, seen) for place, fits, seen in sql.rows(" UNION ALL ".join(parts), params)}
    return [Counted(found[n][0], found[n][1] == params[f"most{n}"]) for n in range(len(stages))]
