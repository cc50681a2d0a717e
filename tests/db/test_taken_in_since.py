"""What a fresh connection has brought is counted without reading what the store had before."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from tests.cast import AT, World
from tests.scripted import connect

from entrepot.core import sql
from entrepot.core.scope import APP_ROLE
from entrepot.orders.fetch import taken_in_since

pytestmark = pytest.mark.by_hand  # the copies have neither lines nor counts
MANY, DAY = 4_000, timedelta(days=1)
NOW = AT + DAY


def copies(world: World, store: int, count: int, at: datetime) -> None:
    """That many orders that came into the store at one time."""
    with world.scope():
        ((columns,),) = sql.rows(
            "SELECT string_agg(column_name, ', ') FROM information_schema.columns WHERE table_name = 'orders_order' "
            "AND column_name NOT IN ('id', 'external_id', 'store_id', 'created_at')"
        )
        sql.run(
            f"""
            INSERT INTO orders_order ({columns}, external_id, store_id, created_at)
            SELECT {columns}, 'copy ' || %s || n, %s, %s
            FROM (SELECT * FROM orders_order WHERE organization_id = %s LIMIT 1) one, generate_series(1, %s) AS n
            RETURNING id
            """,
            [at.isoformat(), store, at, world.organization_id, count],
        )
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE NONE")
            cursor.execute("ANALYZE orders_order")
            cursor.execute(f"SET LOCAL ROLE {APP_ROLE}")


def read(world: World) -> int:
    """Rows of orders that this transaction fetched so far, by scan or by index."""
    return int(
        world.value(
            "SELECT (seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_xact_user_tables "
            "WHERE %s IS NOT NULL AND relname = 'orders_order'"
        )
    )


def test_what_came_in_since_is_counted_without_reading_what_was_there(alice: World) -> None:
    alice.orders(1)
    store, other = connect(alice, marketplace="tiktok"), connect(alice, "Other", marketplace="tiktok")
    copies(alice, store, MANY, AT)
    copies(alice, store, 7, NOW)
    copies(alice, other, 5, NOW)
    copies(alice, store, 2, NOW - timedelta(seconds=1))  # an import that began before and drew its ids later
    before = read(alice)
    with alice.scope():
        assert taken_in_since(alice.organization_id, store, NOW) == 7
    assert read(alice) - before < 100
    with alice.scope():
        assert taken_in_since(alice.organization_id, store, AT) == MANY + 9
        assert taken_in_since(alice.organization_id, store, AT, most=50) == 50
        assert taken_in_since(alice.organization_id, store, NOW + DAY) == 0
