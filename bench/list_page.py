"""What a complete list page of 100 rows costs, as a multiple of the SQL that finds those rows.

The page is asked for as a browser does (session, permissions, tabs, counts, filters, rows, HTML); the SQL is the page's
own statements for the rows themselves, run again on the same connection in the same scope.
"""

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

from entrepot.cli.scratch import scratch_database

ORDERS = 5000
ROUNDS = 40


def run() -> dict[str, float]:
    """Milliseconds of page and SQL (medians), their ratio, and the statements of a page."""
    with scratch_database("bench_page"):
        from django.db import connection
        from django.test import Client, override_settings

        from entrepot.cli.bench import SKUS, World, make_drafts
        from entrepot.core.clock import now
        from entrepot.core.models import User
        from entrepot.core.scope import organization_scope

        at = now()
        codes = [f"SKU-{n:05}" for n in range(SKUS)]
        world = World(codes, 10, at)
        world.take_in(make_drafts(ORDERS, codes, at, "L"))
        sent: list[tuple[str, Any]] = []

        def listening(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
            sent.append((sql, params))
            return execute(sql, params, many, context)

        with override_settings(ALLOWED_HOSTS=["*"]):
            client = Client()
            client.force_login(User.objects.get(email="bench@example.com"), "django.contrib.auth.backends.ModelBackend")
            page = f"/desk/review/?{'size=100'}"
            for _ in range(3):
                client.get(page)
            with connection.execute_wrapper(listening):
                answer = client.get(page)
            assert answer.status_code == 200, answer.status_code
            assert answer.content.count(b"<tr") > 100, "the page does not hold 100 rows"
            rows = [
                (sql, params) for sql, params in sent if "orders_order" in sql and "SELECT" in sql and _is_list(sql)
            ]
            assert rows, "the list's own statements were not found"
            pages, queries = [], []
            for _ in range(ROUNDS):
                begin = perf_counter()
                client.get(page)
                pages.append(perf_counter() - begin)
                with organization_scope(world.org), connection.cursor() as cursor:
                    begin = perf_counter()
                    for sql, params in rows:
                        cursor.execute(sql, params)
                        cursor.fetchall()
                    queries.append(perf_counter() - begin)
        page_ms, sql_ms = median(pages) * 1000, median(queries) * 1000
        return {
            "list_page_ms": page_ms,
            "list_sql_ms": sql_ms,
            "list_page_to_sql": page_ms / sql_ms,
            "list_page_statements": float(len(sent)),
        }


def _is_list(sql: str) -> bool:
    """The statement that finds the rows, and the one that reads their first lines."""
    return "recipient_name" in sql or "orders_orderline" in sql


if __name__ == "__main__":
    for name, value in run().items():
        print(f"{name:<24} {value:10.2f}")
