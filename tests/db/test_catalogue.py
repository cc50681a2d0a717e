"""The rules of the tenant schema, asked of the database's own catalogue (docs: the tenant table's shape)."""

import re
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import ProgrammingError, connection
from tests.cast import World
from tests.plugin_statements import unguarded

from entrepot.core import sql
from entrepot.core.tenancy import ReferenceModel, TenantModel, tenant_keys, tenant_models

pytestmark = pytest.mark.django_db
ROOMS = ["core", "connections", "catalog", "inventory", "orders", "parcels", "web"]
TENANT = {model._meta.db_table: model for model in tenant_models()}
LIST = list(TENANT)


def rows(query: str, *params: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return cursor.fetchall()


def test_every_model_of_ours_says_its_shape() -> None:
    ours = [model for model in apps.get_models() if model.__module__.startswith("entrepot.")]
    assert {model._meta.db_table for model in ours if not issubclass(model, TenantModel | ReferenceModel)} == set()
    assert len(TENANT) >= 24


def test_every_tenant_table_has_the_organization_first_in_its_primary_key() -> None:
    keys = dict(
        rows(
            """
            SELECT c.conrelid::regclass::text, array_agg(a.attname::text ORDER BY k.place) FROM pg_constraint c
            CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS k (number, place)
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number
            WHERE c.contype = 'p' AND c.conrelid::regclass::text = ANY(%s) GROUP BY 1
            """,
            LIST,
        )
    )
    assert set(keys) == set(LIST)
    assert {key[0] for key in keys.values()} == {"organization_id"}
    # The others are keyed by the way they are read: a row is found by what it belongs to, and no second index is kept.
    assert {table: key[1:] for table, key in keys.items() if key[1:] != ["id"]} == {
        "connections_budget": ["store_id", "operation"],
        "connections_grant": ["store_id"],
        "connections_pull": ["store_id", "id"],
        "connections_sync": ["store_id"],
        "core_event": ["subject", "subject_id", "id"],
        "inventory_allocation": ["group_id", "line_id", "stock_id"],
        "inventory_movement": ["stock_id", "id"],
        "inventory_stockpush": ["store_id"],
        "inventory_toldstock": ["listing_id"],
        "orders_cancelanswer": ["order_id"],
        "orders_orderpayload": ["order_id", "id"],
        "parcels_parcelline": ["parcel_id", "order_line_id"],
        "parcels_printmark": ["id", "document"],
        "orders_unreadableorder": ["store_id", "external_id"],
        "parcels_waybill": ["parcel_id", "attempt"],
    }


def test_every_unique_index_of_a_tenant_table_holds_the_organization() -> None:
    assert (
        rows(
            """
            SELECT i.indexrelid::regclass::text FROM pg_index i
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attname = 'organization_id'
            WHERE i.indisunique AND i.indrelid::regclass::text = ANY(%s) AND NOT a.attnum = ANY(i.indkey)
            """,
            LIST,
        )
        == []
    )
    nullable = rows(
        "SELECT attrelid::regclass::text FROM pg_attribute WHERE attrelid::regclass::text = ANY(%s)"
        " AND attname = 'organization_id' AND (NOT attnotnull OR atttypid <> 'bigint'::regtype)",
        LIST,
    )
    assert nullable == []


def test_every_foreign_key_of_a_tenant_table_is_composite_immediate_and_never_sets_null() -> None:
    found = rows(
        """
        SELECT c.conrelid::regclass::text, c.conname::text, c.confrelid::regclass::text, cardinality(c.conkey),
            c.condeferrable, c.confdeltype::text FROM pg_constraint c
        WHERE c.contype = 'f' AND c.conrelid::regclass::text = ANY(%s)
        """,
        LIST,
    )
    keys = [(table, key) for table, model in TENANT.items() for key in tenant_keys(model)]
    there = {(table, name) for table, name, *_ in found}
    assert {(table, f"{table}_fk_{key.name}") for table, key in keys if not key.proven} <= there
    assert not {(table, f"{table}_fk_{key.name}") for table, key in keys if key.proven} & there
    for table, name, target, columns, deferrable, on_delete in found:
        assert not deferrable, name
        assert on_delete in {"a", "c"}, name  # NO ACTION or CASCADE
        if target == "core_organization":
            assert (columns, name) == (1, f"{table}_fk_org")
        else:
            assert (columns, target in TENANT) == (2, True), name


def test_every_tenant_table_is_bound_to_its_organization_by_itself_or_by_a_mandatory_parent() -> None:
    bound = {
        row[0]
        for row in rows(
            "SELECT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f'"
            " AND confrelid = 'core_organization'::regclass"
        )
    }
    loose = set(LIST) - bound
    for table in loose:
        model = TENANT[table]
        assert model.proven or any(not (key.nullable or key.proven) for key in tenant_keys(model)), table


def test_nothing_outside_the_tenant_tables_refers_into_them() -> None:
    assert (
        rows(
            """
            SELECT conname::text FROM pg_constraint WHERE contype = 'f' AND confrelid::regclass::text = ANY(%s)
                AND NOT conrelid::regclass::text = ANY(%s)
            """,
            LIST,
            LIST,
        )
        == []
    )


def test_names_survive_a_cluster_that_appends_its_shard_number() -> None:
    names = [
        row[0]
        for row in rows(
            """
            SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i', 'S')
                AND (oid IN (SELECT indexrelid FROM pg_index WHERE indrelid::regclass::text = ANY(%s))
                    OR relname = ANY(%s) OR relname LIKE ANY(%s))
            UNION SELECT conname::text FROM pg_constraint WHERE conrelid::regclass::text = ANY(%s) AND contype <> 'n'
            """,
            LIST,
            LIST,
            [f"{table}%_seq" for table in LIST],
            LIST,
        )
    ]
    assert len(names) > 100
    assert [name for name in names if len(name.encode()) > 45 or re.search(r"_\d+$", name)] == []


def test_tenant_tables_have_no_triggers_of_ours() -> None:
    assert (
        rows(
            "SELECT tgrelid::regclass::text, tgname::text FROM pg_trigger WHERE NOT tgisinternal"
            " AND tgrelid::regclass::text = ANY(%s)",
            LIST,
        )
        == []
    )


def test_row_level_security_is_on_and_forced_with_both_policies_everywhere() -> None:
    assert (
        rows(
            "SELECT relname::text FROM pg_class WHERE relname = ANY(%s) AND NOT (relrowsecurity AND relforcerowsecurity)",
            LIST,
        )
        == []
    )
    policies = rows(
        """
        SELECT tablename::text, policyname::text, roles::text, cmd, qual, with_check FROM pg_policies
        WHERE tablename = ANY(%s) ORDER BY 1, 2
        """,
        LIST,
    )
    own = "(organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::bigint)"
    expected = []
    for table in sorted(LIST):
        expected.append((table, "all_rows", "{entrepot_system}", "ALL", "true", "true"))
        expected.append((table, "own_rows", "{entrepot_app}", "ALL", own, own))
    assert policies == expected


def test_ids_come_from_a_sequence_that_the_table_owns() -> None:
    # Their id is the order's, the parcel's; or they have none: one row per store.
    without = {"orders_ordersearch", "parcels_printmark"}
    none = {
        "connections_budget", "connections_grant", "connections_sync", "inventory_stockpush", "inventory_toldstock",
        "orders_cancelanswer", "orders_unreadableorder",
    }  # fmt: skip
    for table in sorted(set(LIST) - without - none):
        assert rows("SELECT pg_get_serial_sequence(%s, 'id')", table) == [(f"public.{table}_id_seq",)]
    defaults = dict(
        rows("SELECT table_name::text, column_default FROM information_schema.columns WHERE column_name = 'id'"
             " AND table_name = ANY(%s)", LIST)
    )  # fmt: skip
    assert {table for table in LIST if table not in none and defaults[table] is None} == without


@pytest.mark.parametrize("table", [table for table, model in TENANT.items() if model.append_only])
def test_history_cannot_be_rewritten_by_the_application(alice: World, table: str) -> None:
    alice.shipped(1)
    for statement in (
        f"UPDATE {table} SET organization_id = organization_id WHERE organization_id = %s",
        f"DELETE FROM {table} WHERE organization_id = %s",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), unguarded(), alice.scope():
            sql.run(statement, [alice.organization_id])
    assert rows("SELECT has_table_privilege('entrepot_app', %s, 'TRUNCATE')", table) == [(False,)]


def test_there_is_history_that_cannot_be_rewritten() -> None:
    assert {t for t, m in TENANT.items() if m.append_only} == {
        "core_event", "inventory_movement", "orders_orderpayload",
    }  # fmt: skip


def test_the_migrations_say_what_the_models_say() -> None:
    out = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=out, verbosity=1)
    assert out.getvalue().strip() == "No changes detected"


def test_foreign_keys_point_to_the_same_room_or_a_lower_one() -> None:
    for model in apps.get_models():
        if not model.__module__.startswith("entrepot."):
            continue
        for field in model._meta.get_fields():
            target = getattr(field, "related_model", None)
            concrete = getattr(field, "concrete", False) or field in tenant_keys(model)
            if concrete and target is not None and target.__module__.startswith("entrepot."):
                here, there = ROOMS.index(model._meta.app_label), ROOMS.index(target._meta.app_label)
                assert there <= here, f"{model.__name__}.{field.name} points up to {target.__name__}"


def test_migrating_again_changes_nothing() -> None:
    def catalogue() -> list[Any]:
        return rows(
            "SELECT conname::text FROM pg_constraint UNION ALL SELECT policyname::text FROM pg_policies"
            " UNION ALL SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"
        )

    before = catalogue()
    call_command("migrate", verbosity=0)
    assert catalogue() == before
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE entrepot_app")
