"""What the to-do strip counts above a filtered list: bounded looks along the index, in one statement.

A filter narrows what is counted after the rows were found as they are found without it, so that it cannot lead the
planner another way (see `stage_counts`).
"""

from collections.abc import Mapping
from typing import Any

from entrepot.core import sql
from entrepot.orders.queries import Filter, Moment, Where, common_where, order_where
from entrepot.orders.stage_counts import MOST_OPEN
from entrepot.orders.states import Stage

# name -> (which deadlines, where the look begins)
DUE = {
    "overdue": ("{0}.deadline_at < %(now)s", "DESC"),
    "today": ("{0}.deadline_at >= %(now)s AND {0}.deadline_at < %(day)s", "ASC"),
    "day": ("{0}.deadline_at >= %(now)s AND {0}.deadline_at < %(later)s", "ASC"),
}


def params_of(where: Where, moment: Moment, **more: Any) -> dict[str, Any]:
    instants = {"now": moment.at, "day": moment.day_ends_at, "later": moment.in_a_day_at}
    return where.params | instants | more | {"most": MOST_OPEN}


def due_columns(table: str, alias: str, inside: str, where: Where, wanted: Filter, moment: Moment) -> str:
    """Columns `overdue`, `today` and `day`, each [how many fit, how many were looked at], of at most MOST_OPEN rows."""
    # Open work of one store has an index of its own.
    stores = common_where(alias, where.organization_id, Filter(stores=wanted.stores), moment).text
    return ", ".join(
        f"""
        (SELECT ARRAY[count(*) FILTER (WHERE fits), count(*)] FROM (SELECT {where.text} AS fits FROM (
            SELECT {alias}.* FROM {table} {alias} WHERE {stores} AND {inside} AND {condition.format(alias)}
            ORDER BY {alias}.deadline_at {direction}, {alias}.id {direction} LIMIT %(most)s) {alias}) looked) AS {name}
        """
        for name, (condition, direction) in DUE.items()
    )


def counted(row: Mapping[str, Any]) -> dict[str, Any]:
    """As the unfiltered strip has it, and `more`: the names of which not all rows were looked at."""
    return {
        **row,
        **{name: row[name][0] for name in DUE},
        "more": frozenset(name for name in DUE if row[name][1] == MOST_OPEN),
    }


def filtered_todo_of_orders(organization_id: int, stage: str, wanted: Filter, moment: Moment) -> dict[str, Any]:
    """`deadlines.todo_of_orders` of the orders of one open stage that `wanted` holds; its own stages do not count."""
    where = order_where(organization_id, wanted, moment)
    asked = f"""
        FROM (SELECT o.* FROM orders_order o WHERE o.organization_id = %(org)s AND o.stage = %(of_stage)s
            AND o.cancellation_asked_at IS NOT NULL OFFSET 0) o WHERE {where.text}
        """
    found = sql.dicts(
        f"""
        SELECT {due_columns("orders_order", "o", "o.stage = %(at_work)s", where, wanted, moment)},
            (SELECT count(*) {asked}) AS asked, (SELECT min(o.answer_by_at) {asked}) AS answer_by,
            (SELECT count(*) FROM (SELECT o.* FROM orders_order o WHERE o.organization_id = %(org)s
                AND o.stage = 'unpaid' AND 'unpaid' = %(of_stage)s AND o.pay_by_at < %(later)s OFFSET 0) o
                WHERE {where.text}) AS stops
        """,
        params_of(where, moment, of_stage=stage, at_work="" if stage == Stage.UNPAID else stage),
    )
    return counted(found[0])
