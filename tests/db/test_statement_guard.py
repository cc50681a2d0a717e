"""The reader of statements itself: what it lets through and what it refuses."""

import pytest
from tests.plugin_statements import problems

TENANT = frozenset({"orders_order", "orders_orderline", "parcels_parcel"})

GOOD = [
    "SELECT id FROM orders_order WHERE organization_id = %s AND id = ANY(%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED",
    "SELECT o.id FROM orders_order o WHERE o.organization_id = 7",
    'SELECT "orders_order"."id" FROM "orders_order" WHERE ("orders_order"."organization_id" = %s AND "orders_order"."id" = %s)',
    "SELECT id FROM orders_order WHERE (organization_id, id) IN ((%s, %s), (%s, %s))",
    "SELECT 1 FROM orders_order o JOIN orders_orderline l ON l.organization_id = o.organization_id AND l.order_id = o.id"
    " WHERE o.organization_id = %(org)s",
    "SELECT 1 FROM orders_order o LEFT JOIN LATERAL (SELECT l.id FROM orders_orderline l"
    " WHERE l.organization_id = %s AND l.order_id = o.id LIMIT 1) x ON true WHERE o.organization_id = %s",
    "UPDATE orders_order o SET stage = row.stage FROM unnest(%s::bigint[], %s::text[]) AS row (id, stage)"
    " WHERE o.organization_id = %s AND o.id = row.id",
    "DELETE FROM orders_order WHERE organization_id = %s RETURNING id",
    "INSERT INTO orders_order (organization_id, id) SELECT %s, x FROM unnest(%s) AS x ON CONFLICT DO NOTHING",
    "INSERT INTO orders_order (organization_id, id) VALUES (%s, %s)",
    "SELECT stage FROM orders_order WHERE organization_id = %s UNION ALL SELECT stage FROM parcels_parcel"
    " WHERE organization_id = %s",
    "SET LOCAL app.organization_id = '7'",
    "SELECT * FROM django_session WHERE session_key = %s",
]
BAD = [
    ("SELECT id FROM orders_order WHERE id = %s", "orders_order AS orders_order has no constant organization_id"),
    (
        "SELECT 1 FROM orders_order o, orders_orderline l WHERE o.organization_id = %s AND l.order_id = o.id",
        "orders_orderline AS l has no constant organization_id",
    ),
    (
        "SELECT 1 FROM orders_order o WHERE o.organization_id = %s AND EXISTS (SELECT 1 FROM orders_orderline l"
        " WHERE l.organization_id = o.organization_id AND l.order_id = o.id)",
        "orders_orderline AS l has no constant organization_id",
    ),
    (
        "SELECT stage FROM orders_order WHERE organization_id = %s UNION ALL SELECT stage FROM parcels_parcel",
        "parcels_parcel AS parcels_parcel has no constant organization_id",
    ),
    (
        "WITH x AS (SELECT id FROM orders_order) SELECT * FROM x",
        "orders_order AS orders_order has no constant organization_id",
    ),
    (
        "UPDATE orders_order SET stage = 'x' WHERE id = 1",
        "orders_order AS orders_order has no constant organization_id",
    ),
    ("DELETE FROM orders_order WHERE id = 1", "orders_order AS orders_order has no constant organization_id"),
    (
        "INSERT INTO parcels_parcel (id) SELECT o.id FROM orders_order o WHERE o.id = 1 RETURNING id",
        "orders_order AS o has no constant organization_id",
    ),
    (
        "INSERT INTO orders_order (organization_id) SELECT x FROM unnest(%s) AS x",
        "INSERT … SELECT without RETURNING or ON CONFLICT",
    ),
    ("INSERT INTO orders_order (id) VALUES ((SELECT 1))", "a subselect in VALUES"),
    (
        "INSERT INTO orders_order (id) VALUES (%s) ON CONFLICT (id) DO UPDATE SET at = now()",
        "a volatile function in DO UPDATE",
    ),
    ("UPDATE orders_order SET organization_id = %s WHERE organization_id = %s", "SET organization_id"),
    (
        "UPDATE orders_order SET at = clock_timestamp() WHERE organization_id = %s",
        "a volatile function in UPDATE",
    ),
    (
        "SELECT 1 FROM orders_order WHERE organization_id = %s FOR UPDATE",
        "FOR UPDATE where FOR NO KEY UPDATE is enough",
    ),
    (
        "SELECT 1 FROM orders_order WHERE organization_id = %s AND id = (SELECT 1)",
        "a value compared with a subselect: = (SELECT …)",
    ),
    ("MERGE INTO orders_order USING x ON true WHEN MATCHED THEN DELETE", "MERGE"),
]


@pytest.mark.parametrize("statement", GOOD)
def test_a_statement_of_one_organization_passes(statement: str) -> None:
    assert problems(statement, TENANT) == []


@pytest.mark.parametrize(("statement", "problem"), BAD)
def test_a_statement_that_would_not_scale_out_is_refused(statement: str, problem: str) -> None:
    assert problems(statement, TENANT) == [problem]
