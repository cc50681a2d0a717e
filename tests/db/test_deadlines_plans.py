"""The strip looks at open work alone, however much history there is."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from tests.cast import AT, World

from entrepot.core import sql
from entrepot.core.scope import APP_ROLE
from entrepot.orders.deadlines import asked_orders, ending_unpaid, todo_of_orders
from entrepot.orders.queries import Moment
from entrepot.parcels import queries as parcel_reads

pytestmark = pytest.mark.by_hand  # the copies have neither lines nor counts
MANY = 4_000
MOMENT = Moment(AT, AT + timedelta(hours=15), AT + timedelta(hours=24), AT + timedelta(hours=48))


@pytest.fixture
def long_history(alice: World) -> World:
    """One order to review, and thousands that were shipped although their buyers had asked to be released."""
    alice.orders(1)
    with alice.scope():
        columns = sql.rows(
            "SELECT string_agg(column_name, ', ') FROM information_schema.columns WHERE table_name = 'orders_order' "
            "AND column_name NOT IN ('id', 'external_id', 'stage', 'cancellation_asked_at', 'answer_by_at', 'pay_by_at')"
        )[0][0]
        sql.run(
            f"""
            INSERT INTO orders_order ({columns}, external_id, stage, cancellation_asked_at, answer_by_at, pay_by_at)
            SELECT {columns}, 'copy ' || n, 'shipped', %(at)s, %(at)s + n * interval '1 minute', %(at)s
            FROM (SELECT * FROM orders_order WHERE organization_id = %(org)s LIMIT 1) one, generate_series(1, %(many)s) AS n
            RETURNING id
            """,
            {"org": alice.organization_id, "at": AT, "many": MANY},
        )
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE NONE")
            cursor.execute("ANALYZE orders_order")
            cursor.execute(f"SET LOCAL ROLE {APP_ROLE}")
    return alice


def _rows(step: dict[str, Any]) -> Iterator[int]:
    seen = step["Actual Rows"] + step.get("Rows Removed by Filter", 0) + step.get("Rows Removed by Index Recheck", 0)
    yield int(seen * step["Actual Loops"])
    for part in step.get("Plans", ()):
        yield from _rows(part)


@pytest.mark.parametrize(
    "read",
    [
        lambda org: todo_of_orders(org, ["to_review"], MOMENT),
        lambda org: todo_of_orders(org, ["unpaid"], MOMENT),
        lambda org: parcel_reads.todo_of_parcels(org, "to_print", "in_stock", MOMENT),
        asked_orders,
        parcel_reads.asked_parcels,
        lambda org: ending_unpaid(org, MOMENT),
    ],
    ids=["todo", "todo_unpaid", "todo_parcels", "asked", "asked_parcels", "ending_unpaid"],
)
def test_no_read_of_the_strip_goes_through_what_is_over(
    long_history: World, read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def explain(query: str, params: Any = ()) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + query, params)
            plan = cursor.fetchone()[0]
        seen.extend(_rows((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))
        return [(0, None)]

    monkeypatch.setattr(sql, "dicts", explain)
    monkeypatch.setattr(sql, "rows", explain)
    with long_history.scope():
        read(long_history.organization_id)
    assert seen
    assert max(seen) < 100
