"""What Django's migrations cannot say about tenant tables, derived from the models and built idempotently.

`migrate` calls `before()` and `after()`: sequences first (columns default to them), then composite foreign keys,
row-level security, policies per role and grants. Run again after every migration; it changes only what is missing.
"""

from collections.abc import Iterator

import psycopg
from django.apps import apps
from django.db import connection
from django.db.models import CASCADE, Model

from entrepot.core import statistics
from entrepot.core.scope import APP_ROLE, SETTING, SYSTEM_ROLE
from entrepot.core.tenancy import TenantModel, sequence_of, tenant_keys, tenant_models

ROLES_SQL = "\n".join(
    f"DO $$ BEGIN CREATE ROLE {role} NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
    for role in (APP_ROLE, SYSTEM_ROLE)
)
# Tables whose usual update touches no indexed column: room in the page keeps it out of the indexes. Every line of an
# order is packed once, so its page keeps room for all of them.
HOT_TABLES = {"orders_orderline": 50, "inventory_stock": 80, "core_batch": 80}
EXTENSIONS = ("pg_trgm", "btree_gin")


class RolesMissing(Exception):
    """The database user may not create the two roles that row-level security needs."""

    def __init__(self, user: str) -> None:
        super().__init__(
            f"The database user {user} may not create roles. Ask the database's administrator to run once:\n"
            f"{ROLES_SQL}\nGRANT {APP_ROLE}, {SYSTEM_ROLE} TO {user};"
        )


def ensure_roles() -> None:
    """Makes the two roles, as the login role itself: ordinary connections start as one of them.

    Raises:
        RolesMissing: the login role may not; the message holds what its administrator has to run.
    """
    params = connection.get_connection_params()
    given = {name: params[name] for name in ("host", "port", "user", "password", "dbname") if params.get(name)}
    extra = {name: value for name, value in params.items() if name.startswith("ssl")}
    with psycopg.connect(**given, **extra, autocommit=True) as server:
        wanted = [APP_ROLE, SYSTEM_ROLE]
        found = server.execute(
            "SELECT count(*) FROM pg_roles WHERE rolname = ANY(%s) AND pg_has_role(oid, 'MEMBER')", [wanted]
        ).fetchone()
        if found == (2,):
            return
        try:
            server.execute(ROLES_SQL)
            server.execute(f'GRANT {APP_ROLE}, {SYSTEM_ROLE} TO "{server.info.user}"')
        except psycopg.errors.InsufficientPrivilege as error:
            raise RolesMissing(server.info.user) from error


def before() -> None:
    """Extensions and sequences: what the migrations build on."""
    with connection.cursor() as cursor:
        for extension in EXTENSIONS:
            cursor.execute("SELECT 1 FROM pg_extension WHERE extname = %s", [extension])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
        for model in tenant_models():
            if _has_sequence(model):
                cursor.execute(f"CREATE SEQUENCE IF NOT EXISTS {sequence_of(model._meta.db_table)} AS bigint")


def after() -> None:
    """Foreign keys, row-level security, policies, grants, search."""
    with connection.cursor() as cursor:
        for model in tenant_models():
            table = model._meta.db_table
            if _has_sequence(model):
                cursor.execute(f"ALTER SEQUENCE {sequence_of(table)} OWNED BY {table}.id")
            for name, sql in foreign_keys(model):
                cursor.execute(
                    "SELECT 1 FROM pg_constraint WHERE conname = %s AND conrelid = %s::regclass", [name, table]
                )
                if cursor.fetchone() is None:
                    cursor.execute(sql)
            _row_security(cursor, table)
            # Without a value list for this column the planner guesses the same for every organization. With one, it
            # believes that an organization it has not seen yet has a single row, and joins as if that were so.
            cursor.execute(f"ALTER TABLE {table} ALTER COLUMN organization_id SET STATISTICS 0")
        _grants(cursor)
        for table, filled in HOT_TABLES.items():
            cursor.execute(f"ALTER TABLE {table} SET (fillfactor = {filled})")
        _search(cursor)
        cursor.execute(statistics.FUNCTION)


def foreign_keys(model: type[TenantModel]) -> Iterator[tuple[str, str]]:
    """(name, statement) of each foreign key of a tenant model: immediate, composite, never SET NULL.

    A table with a mandatory parent has no key to the organization of its own: the parent row proves it, and a check per
    row would lock the one row of the organization in every transaction of the house. What is proven already (see
    `TenantKey`) is not proven again: each check is a query per row.
    """
    table = model._meta.db_table
    if not model.proven and all(key.nullable or key.proven for key in tenant_keys(model)):
        name = f"{table}_fk_org"
        yield (
            name,
            f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (organization_id) REFERENCES core_organization (id)",
        )
    for key in tenant_keys(model):
        if key.proven:
            continue
        name = f"{table}_fk_{key.name}"
        action = "CASCADE" if key.remote_field.on_delete is CASCADE else "NO ACTION"
        yield (
            name,
            f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (organization_id, {key.name}_id) "
            f"REFERENCES {key.related_model._meta.db_table} (organization_id, id) ON DELETE {action}",
        )


def _has_sequence(model: type[Model]) -> bool:
    ids = [field for field in model._meta.local_fields if field.name == "id"]
    return any(field.has_db_default() for field in ids)


def _row_security(cursor: object, table: str) -> None:
    execute = cursor.execute  # type: ignore[attr-defined]
    execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    own = f"organization_id = nullif(current_setting('{SETTING}', true), '')::bigint"
    for policy, role, condition in (("own_rows", APP_ROLE, own), ("all_rows", SYSTEM_ROLE, "true")):
        execute("SELECT 1 FROM pg_policies WHERE tablename = %s AND policyname = %s", [table, policy])
        if cursor.fetchone() is None:  # type: ignore[attr-defined]
            execute(f"CREATE POLICY {policy} ON {table} TO {role} USING ({condition}) WITH CHECK ({condition})")


def _grants(cursor: object) -> None:
    execute = cursor.execute  # type: ignore[attr-defined]
    for role in (APP_ROLE, SYSTEM_ROLE):
        execute(f"GRANT USAGE ON SCHEMA public TO {role}")
        execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")
        execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}")
    for model in apps.get_models():
        if getattr(model, "append_only", False):
            execute(f"REVOKE UPDATE, DELETE ON {model._meta.db_table} FROM {APP_ROLE}, {SYSTEM_ROLE}")


def _search(cursor: object) -> None:
    """Trigram search of one organization, and its orders by the number that people read ("#1001").

    ILIKE is not leakproof, so under row-level security PostgreSQL would scan the whole organization instead of using the
    trigram index (measured: 94 ms instead of 0.3). The function runs as the system role and holds the wall itself: it
    answers only for the organization of the transaction.
    """
    execute = cursor.execute  # type: ignore[attr-defined]
    execute(
        "CREATE INDEX IF NOT EXISTS ordersearch_words ON orders_ordersearch "
        "USING gin (organization_id, words gin_trgm_ops) WITH (fastupdate = on)"
    )
    execute(
        f"""
        CREATE OR REPLACE FUNCTION order_search_ids(wanted bigint, pattern text, most integer) RETURNS SETOF bigint
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public ROWS 100 AS $$
            SELECT id FROM orders_ordersearch
            WHERE organization_id = wanted AND wanted = nullif(current_setting('{SETTING}', true), '')::bigint
              AND words ILIKE pattern
            LIMIT most
        $$
        """
    )
    # For the same reason: what is read out of a document (->>) is not leakproof either.
    execute(
        f"""
        CREATE OR REPLACE FUNCTION orders_shown_as(wanted bigint, names text[]) RETURNS TABLE (number text, id bigint)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public ROWS 10 AS $$
            SELECT o.handles ->> 'name', o.id FROM orders_order o
            WHERE o.organization_id = wanted AND wanted = nullif(current_setting('{SETTING}', true), '')::bigint
              AND o.handles -> 'name' IS NOT NULL AND o.handles ->> 'name' = ANY(names)
        $$
        """
    )
    execute(f"GRANT CREATE ON SCHEMA public TO {SYSTEM_ROLE}")
    execute(f"ALTER FUNCTION order_search_ids(bigint, text, integer) OWNER TO {SYSTEM_ROLE}")
    execute(f"ALTER FUNCTION orders_shown_as(bigint, text[]) OWNER TO {SYSTEM_ROLE}")
    execute(f"REVOKE CREATE ON SCHEMA public FROM {SYSTEM_ROLE}")
