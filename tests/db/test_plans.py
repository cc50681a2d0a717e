"""Reads of a few rows look at a few rows: what a filter names comes first, whatever is joined to it after that."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from tests.cast import World

from entrepot.api.order_reads import orders_page
from entrepot.api.parcel_reads import parcels_page
from entrepot.api.selection import OrderFilter, ParcelFilter
from entrepot.core import sql
from entrepot.core.scope import APP_ROLE
from entrepot.orders.story import timeline
from entrepot.web.import_result import recent_imports

pytestmark = pytest.mark.by_hand  # the copies have neither lines nor counts
MANY = 4_000
FAR = datetime(2100, 1, 1, tzinfo=UTC)
COPIES = {
    "core_event": "id, subject_id",
    "orders_order": "id, external_id",
    "parcels_parcel": "id, waybill_number",
    "core_batch": "id, uuid",
}
OTHER = {"core_event": "-n", "core_batch": "gen_random_uuid()"}


@pytest.fixture
def crowded(alice: World) -> World:
    """An organization with thousands of orders, parcels and history entries besides the one that is asked for."""
    alice.numbered(1)
    with alice.scope():
        for table, own in COPIES.items():
            columns = sql.rows(
                "SELECT string_agg(column_name, ', ') FROM information_schema.columns WHERE table_name = %s "
                "AND column_name <> ALL(string_to_array(%s, ', '))",
                [table, own],
            )[0][0]
            other = own.removeprefix("id, ")
            value = OTHER.get(table, "'copy ' || n")
            sql.run(
                f"""
                INSERT INTO {table} ({columns}, {other}) SELECT {columns}, {value}
                FROM (SELECT * FROM {table} WHERE organization_id = %s ORDER BY id DESC LIMIT 1) one, generate_series(1, %s) AS n
                RETURNING id
                """,
                [alice.organization_id, MANY],
            )
        # Not `statistics.refresh()`: tables that earlier tests filled and rolled back do not count as grown.
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE NONE")
            cursor.execute("SELECT brin_summarize_new_values('event_since')")  # autovacuum's work, off in tests
            cursor.execute(f"ANALYZE {', '.join(COPIES)}")
            cursor.execute(f"SET LOCAL ROLE {APP_ROLE}")
    return alice


@pytest.fixture
def most_rows(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[], Any]], int]]:
    """The most rows that any step of the statements of a call went through."""
    real = sql.dicts

    def measure(read: Callable[[], Any]) -> int:
        seen: list[int] = []

        def spy(query: str, params: Any = ()) -> Any:
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + query, params)
                plan = cursor.fetchone()[0]
            seen.extend(_rows((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))
            return real(query, params)

        monkeypatch.setattr(sql, "dicts", spy)
        read()
        monkeypatch.setattr(sql, "dicts", real)
        return max(seen)

    return measure


def _rows(step: dict[str, Any]) -> Iterator[int]:
    yield int(step["Actual Rows"] * step["Actual Loops"])
    for part in step.get("Plans", ()):
        yield from _rows(part)


Measure = Callable[[Callable[[], Any]], int]


def test_the_story_of_a_row_does_not_read_the_history_of_all(crowded: World, most_rows: Measure) -> None:
    (order,) = crowded.order_ids("O-0000")
    with crowded.scope():
        assert most_rows(lambda: timeline(crowded.organization_id, {"order": [order], "parcel": [1]})) < 100


def test_the_last_imports_are_found_without_walking_all_batches(crowded: World, most_rows: Measure) -> None:
    with crowded.scope():
        imports = len(recent_imports(crowded.organization_id, UTC))
        assert imports
        assert most_rows(lambda: recent_imports(crowded.organization_id, UTC)) <= imports + 1


def test_the_parcels_of_an_order_are_found_without_reading_all_parcels(crowded: World, most_rows: Measure) -> None:
    (order,) = crowded.order_ids("O-0000")
    wanted = ParcelFilter(order_id=[str(order)])
    with crowded.scope():
        assert most_rows(lambda: parcels_page(crowded.organization_id, wanted, cursor=None, limit=50)) < 100


@pytest.mark.parametrize(("page", "wanted"), [(orders_page, OrderFilter), (parcels_page, ParcelFilter)])
def test_what_has_not_changed_since_is_not_read(crowded: World, most_rows: Measure, page: Any, wanted: Any) -> None:
    with crowded.scope():
        found = most_rows(lambda: page(crowded.organization_id, wanted(updated_since=FAR), cursor=None, limit=50))
    assert found < 100


TABLES = ("orders_order", "parcels_parcel", "core_event")


def _read(world: World) -> int:
    """Rows of the crowded tables that this transaction fetched so far, by scan or by index."""
    return int(
        world.value(
            "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_xact_user_tables "
            "WHERE %s IS NOT NULL AND relname = ANY(%s)",
            list(TABLES),
        )
    )


def test_a_verb_reads_its_own_rows_and_not_the_organization(crowded: World) -> None:
    before = _read(crowded)
    parcels = crowded.shipped(
        2, prefix="N"
    )  # the planner takes 1 row in 200 for ours, so few ids are looked up one by one
    read = _read(crowded) - before
    assert crowded.parcel_stages(parcels) == ["shipped"] * 2
    assert read < 200
