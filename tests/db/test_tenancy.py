"""Charlie sees and touches nothing of Alice's: not by verbs, not by raw SQL, not in any table."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError
from tests.cast import AT, World, draft, line, taken_back
from tests.plugin_statements import unguarded

import entrepot.inventory.count
import entrepot.orders.pair  # noqa: F401 - a verb exists once its module is imported
from entrepot.connections import budget, pulls
from entrepot.connections.grants import keep_grant
from entrepot.core import sql
from entrepot.core.batch import VERBS
from entrepot.core.history import Subject
from entrepot.core.report import Refusal
from entrepot.core.scope import organization_scope, system_scope
from entrepot.core.submit import run_queued, submit
from entrepot.core.tenancy import tenant_keys, tenant_models
from entrepot.core.undo import CannotUndo
from entrepot.marketplaces.contract import App, Bucket, Grant
from entrepot.orders.importing import import_orders
from entrepot.orders.queries import by_numbers
from entrepot.orders.where import Found, where_is

MODELS = list(tenant_models())
TABLES = [model._meta.db_table for model in MODELS]


@pytest.fixture
def full(alice: World) -> World:
    """Alice's world with rows in every tenant table that verbs write."""
    alice.shipped(1, prefix="S")
    alice.do("print_parcels", alice.allocated(1, prefix="P"))
    alice.take_in(draft("BACK", line("SKU-09"), n=77))
    alice.take_in(taken_back("M", line("SKU-09"), n=77))
    with alice.scope():
        sql.run(
            """
            INSERT INTO core_apitoken (organization_id, member_id, name, prefix, digest, scopes, created_at)
            VALUES (%s, %s, 'erp', 'x', 'digest', '{}', %s)
            """,
            [alice.organization_id, alice.actor.member_id, AT],
        )
        sql.run(
            """
            INSERT INTO connections_filemapping (organization_id, store_id, header_hash, mapping, updated_at)
            VALUES (%s, %s, 'hash', '{}', %s)
            """,
            [alice.organization_id, alice.store.id, AT],
        )
    _connected(alice)
    return alice


def _connected(world: World) -> None:
    """What a store that is connected to a marketplace leaves behind."""
    org, store = world.organization_id, world.store.id
    (order,) = world.order_ids("S-0000")
    with world.scope():
        keep_grant(org, store, App("key", "secret"), Grant("shop", "token"), AT)
        pulls.start(org, store, AT)
        budget.take(org, store, "list", Bucket(1, 1), AT)
        (parcel,) = sql.rows(
            "SELECT parcel_id FROM parcels_parcelline WHERE organization_id = %s AND order_id = %s", [org, order]
        )[0]
        (listing,) = sql.rows("SELECT min(id) FROM catalog_listing WHERE organization_id = %s", [org])[0]
        rows: dict[str, dict[str, Any]] = {
            "inventory_stockpush": {
                "store_id": store, "is_on": True, "reserve": 0, "next_run_at": AT, "failures": 0, "trouble": "", "message": "",
            },
            "inventory_toldstock": {
                "listing_id": listing, "store_id": store, "product": "", "asked": 1, "asked_at": AT, "status": "asked",
                "code": "", "message": "", "tries": 0, "due_at": AT,
            },
            "connections_pull": {
                "store_id": store, "why": "timer", "since": AT, "until": AT, "started_at": AT, "finished_at": AT, "pages": 1,
                "created": 0, "updated": 0, "unchanged": 0, "unreadable": 0, "trouble": "", "message": "",
            },
            "orders_unreadableorder": {
                "store_id": store, "external_id": "X", "reason": "?", "raw": "{}", "tries": 1, "first_at": AT, "last_at": AT,
                "next_try_at": AT,
            },
            "orders_cancelanswer": {
                "order_id": order, "store_id": store, "request_id": "", "accept": True, "reason": "", "asked_at": AT,
                "status": "done", "message": "", "tries": 1, "due_at": AT,
            },
            "parcels_shippingnotice": {
                "store_id": store, "parcel_id": parcel, "order_id": order, "order_number": "S-0000", "number": "N",
                "carrier": "", "carrier_name": "", "lines": "[]", "is_whole": True, "is_virtual": False, "replaces": "",
                "replaces_carrier": "", "is_current": True, "status": "accepted", "why": "", "code": "", "message": "",
                "remote_id": "", "tries": 1, "due_at": AT, "created_at": AT,
            },
        }  # fmt: skip
        for table, values in rows.items():
            marks = ", ".join(["%s"] * len(values))
            sql.run(
                f"INSERT INTO {table} (organization_id, {', '.join(values)}) VALUES (%s, {marks})",
                [org, *values.values()],
            )


@contextmanager
def expecting_no_change(world: World) -> Iterator[None]:
    before = counts_of(world)
    yield
    assert counts_of(world) == before


def counts_of(world: World) -> dict[str, tuple[int, str]]:
    """Rows of the organization per table, and a fingerprint of them."""
    with system_scope():
        return {
            table: sql.rows(
                f"SELECT count(*), coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {table} t"
                " WHERE organization_id = %s",
                [world.organization_id],
            )[0]
            for table in TABLES
        }


def test_every_tenant_table_has_rows_of_alice_in_these_tests(full: World) -> None:
    assert {table for table, (count, _) in counts_of(full).items() if not count} <= {"core_counter"}


# Where a verb's ids live, and the least options it takes.
THEIRS = {
    Subject.ORDER: "orders_order", Subject.PARCEL: "parcels_parcel", Subject.STOCK: "inventory_stock",
    Subject.SKU: "catalog_listing",
}  # fmt: skip
OPTIONS: dict[str, dict[str, Any]] = {
    "count_stock": {"pieces": 1}, "receive_stock": {"pieces": 1, "bin_code": "X"},
}  # fmt: skip


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_does_nothing_for_ids_of_another_organization(full: World, charlie: World, verb: str) -> None:
    ids = full.column(f"SELECT id FROM {THEIRS[VERBS[verb].subject]} WHERE organization_id = %s ORDER BY id LIMIT 9")
    assert len(ids) >= 2
    options = OPTIONS.get(verb, {})
    if verb == "pair_listings":  # with goods of his own, else he would be stopped before the ids are looked at
        sku = charlie.value("SELECT min(id) FROM catalog_sku WHERE organization_id = %s")
        options = {"parts": [[sku, 1]]}
    with expecting_no_change(full):
        report = charlie.do(verb, ids, **options)
    assert [o.refusal for o in report.outcomes] == [Refusal.NOT_FOUND] * len(ids)
    assert [o.facts for o in report.outcomes] == [{}] * len(ids)


def test_charlie_can_neither_undo_nor_read_a_batch_of_alice(alice: World, charlie: World) -> None:
    batch = uuid4()
    alice.do("review_orders", alice.orders(1), uuid=batch)
    with expecting_no_change(alice), pytest.raises(CannotUndo, match="no such batch"):
        charlie.undo(batch)


def test_charlie_may_use_the_same_uuid_and_gets_his_own_answer(alice: World, charlie: World) -> None:
    uuid = uuid4()
    alice.do("review_orders", alice.orders(1), uuid=uuid)
    assert charlie.do("review_orders", [], uuid=uuid).outcomes == ()


def test_charlie_cannot_use_a_service_of_alice(alice: World, charlie: World) -> None:
    parcel = charlie.column("SELECT id FROM parcels_parcel WHERE organization_id = %s AND stage = 'to_process'")
    with expecting_no_change(alice):
        report = charlie.do("get_waybills", parcel, service_id=alice.service())
    assert [o.refusal for o in report.outcomes] == [Refusal.NO_SERVICE]


def test_charlie_cannot_import_into_a_store_of_alice(alice: World, charlie: World) -> None:
    theirs = {"store": alice.store, "drafts": [draft("X", line("NEW"))]}
    with expecting_no_change(alice), pytest.raises(IntegrityError), transaction.atomic():
        import_orders(organization_id=charlie.organization_id, actor=charlie.actor, at=AT, **theirs)


def test_raw_sql_of_charlie_reaches_no_row_of_alice_in_any_table(full: World, charlie: World) -> None:
    theirs = [full.organization_id]
    with expecting_no_change(full), unguarded(), organization_scope(charlie.organization_id):
        for model in MODELS:
            table = model._meta.db_table
            assert sql.rows(f"SELECT count(*) FROM {table} WHERE organization_id = %s", theirs) == [(0,)]
            assert sql.rows(f"SELECT DISTINCT organization_id FROM {table}") in ([], [(charlie.organization_id,)])
            if not model.append_only:
                assert (
                    sql.run(f"UPDATE {table} SET organization_id = organization_id WHERE organization_id = %s", theirs)
                    == 0
                )
                assert sql.run(f"DELETE FROM {table} WHERE organization_id = %s", theirs) == 0


def test_charlie_cannot_put_a_row_into_alices_organization_in_any_table(full: World, charlie: World) -> None:
    tried = set()
    with expecting_no_change(full):
        for table in TABLES:
            with full.scope():
                rows = sql.rows(
                    f"SELECT to_jsonb(t)::text FROM {table} t WHERE organization_id = %s LIMIT 1",
                    [full.organization_id],
                )
            attack = f"""
                INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table},
                    jsonb_set(%s::jsonb, '{{id}}', to_jsonb(987654321)))).*
            """
            for (row,) in rows:
                with pytest.raises(ProgrammingError, match="row-level security"), unguarded(), charlie.scope():
                    sql.run(attack, [row])
                tried.add(table)
    assert set(TABLES) - tried <= {"core_counter"}


def test_outside_any_organization_no_row_of_any_table_is_seen(full: World) -> None:
    with unguarded():
        assert [sql.rows(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES] == [0] * len(TABLES)


def test_inside_a_scope_of_nobody_no_row_is_seen(full: World) -> None:
    with unguarded(), organization_scope(0):
        assert [sql.rows(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES] == [0] * len(TABLES)


def test_a_scope_ends_with_its_block_also_inside_a_transaction(alice: World, charlie: World) -> None:
    def seen() -> list[Any]:
        with unguarded():
            return sql.rows("SELECT DISTINCT organization_id FROM connections_store ORDER BY 1")

    with alice.scope():
        assert seen() == [(alice.organization_id,)]
        with charlie.scope():
            assert seen() == [(charlie.organization_id,)]
        assert seen() == [(alice.organization_id,)]
        with system_scope():
            assert seen() == sorted([(alice.organization_id,), (charlie.organization_id,)])
        assert seen() == [(alice.organization_id,)]
    assert seen() == []


def test_the_search_answers_only_for_the_organization_of_the_transaction(alice: World, charlie: World) -> None:
    alice.orders(1, prefix="NEEDLE")
    ask = "SELECT count(*) FROM order_search_ids(%s, %s, 100)"
    with alice.scope():
        assert sql.rows(ask, [alice.organization_id, "%NEEDLE%"]) == [(1,)]
        assert sql.rows(ask, [charlie.organization_id, "%C%"]) == [(0,)]
    with charlie.scope():
        assert sql.rows(ask, [alice.organization_id, "%NEEDLE%"]) == [(0,)]
        assert sql.rows(ask, [charlie.organization_id, "%NEEDLE%"]) == [(0,)]
    assert sql.rows(ask, [alice.organization_id, "%NEEDLE%"]) == [(0,)]


def test_orders_are_found_by_the_number_that_people_read_with_or_without_its_sign(alice: World, charlie: World) -> None:
    alice.take_in(draft("5800001", n=1), draft("1002", n=2), draft("5800003", n=3))
    charlie.take_in(draft("9900001", n=1))
    for world, number in ((alice, "5800001"), (charlie, "9900001")):
        with world.scope():
            sql.run(
                """
                UPDATE orders_order SET handles = '{"name": "#1001"}' WHERE organization_id = %s AND external_id = %s
                """,
                [world.organization_id, number],
            )
    first, second = alice.order_ids("5800001", "1002")
    with alice.scope():
        found = by_numbers(alice.organization_id, ["#1001", "1001", "5800001", "#1002", "1003", "#"])
        assert found == {"#1001": [first], "1001": [first], "5800001": [first], "#1002": [second]}
        for number in ("#1001", "1001", " #1001 "):
            (place,) = where_is(alice.organization_id, number, AT)
            assert (place.found, place.order_id, place.number) == (Found.HERE, first, "5800001")
        ask = "SELECT count(*) FROM orders_shown_as(%s, %s)"
        assert sql.rows(ask, [alice.organization_id, ["#1001"]]) == [(1,)]
        assert sql.rows(ask, [charlie.organization_id, ["#1001"]]) == [(0,)]
    assert sql.rows(ask, [alice.organization_id, ["#1001"]]) == [(0,)]


def test_every_foreign_key_refuses_a_row_of_another_organization(full: World, charlie: World) -> None:
    """Foreign keys see past row-level security: only because they are composite do they refuse this."""
    untried = set()
    for model, key in ((m, k) for m in MODELS for k in tenant_keys(m) if not k.proven):
        table, parent = model._meta.db_table, key.related_model._meta.db_table
        newest = "SELECT id FROM {} WHERE organization_id = %s ORDER BY id DESC LIMIT 1"
        with system_scope():
            strangers = sql.rows(newest.format(parent), [charlie.organization_id])
            ours = sql.rows(f"SELECT count(*) FROM {table} WHERE organization_id = %s", [full.organization_id])
        if not strangers or ours == [(0,)]:
            untried.add(f"{table}.{key.name}")
            continue
        with pytest.raises((IntegrityError, ProgrammingError)) as refused, unguarded(), full.scope():
            sql.run(
                f"UPDATE {table} SET {key.name}_id = %s WHERE ctid IN (SELECT ctid FROM {table} WHERE organization_id = %s LIMIT 1)",
                [strangers[0][0], full.organization_id],
            )
        told = str(refused.value)
        assert f"{table}_fk_{key.name}" in told or (model.append_only and "permission denied" in told)
    assert untried == {
        "orders_cancellationline.cancellation"
    }  # Charlie has no cancellation; its shape is in the catalogue


def test_a_job_that_names_the_wrong_organization_does_nothing(alice: World, charlie: World) -> None:
    ids, uuid = alice.orders(1), uuid4()
    submit(
        "review_orders", organization_id=alice.organization_id, ids=[*ids, *range(10**6, 10**6 + 600)],
        actor=alice.actor, at=AT, uuid=uuid,
    )  # fmt: skip
    with expecting_no_change(alice), expecting_no_change(charlie):
        run_queued(organization_id=charlie.organization_id, batch_id=alice.batch(uuid)["id"], at=AT)
    assert alice.batch(uuid)["status"] == "queued"


@pytest.mark.django_db
def test_the_login_is_no_superuser_and_works_in_the_applications_role() -> None:
    """Under a superuser, or an owner without FORCE, all of the above would pass for the wrong reason."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, session_user, r.rolsuper, r.rolbypassrls FROM pg_roles r WHERE r.rolname = session_user"
        )
        assert cursor.fetchone() == ("entrepot_app", "entrepot", False, False)
