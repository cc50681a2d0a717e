"""Spreads the tenant tables over a Citus cluster: `entrepot distribute`, idempotent, run again after each migration.

Not verified on Citus by this project: written from measurements made elsewhere with this table shape (Citus 14.0).
"""

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db import connection, transaction

from entrepot.core.tenancy import ReferenceModel, tenant_models

ROOT = "connections_carrieraccount"  # the first tenant table; all others are placed beside it
QUEUE = "procrastinate_jobs"


class NotACluster(Exception):
    def __init__(self) -> None:
        super().__init__(
            "This database has no Citus extension. `entrepot distribute` is for a Citus coordinator; "
            "on one PostgreSQL there is nothing to do."
        )


def is_cluster() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'citus'")
        return cursor.fetchone() is not None


def prepare_session(cursor: Any) -> None:
    """Two settings without which migrations fail on a distributed database; nothing elsewhere."""
    cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'citus'")
    if cursor.fetchone() is not None:
        cursor.execute("SET citus.enable_local_reference_table_foreign_keys = off")
        cursor.execute("SET citus.multi_shard_modify_mode = 'sequential'")


def run(say: Callable[[str], None] = lambda _line: None) -> int:
    """Distributes what is not distributed yet; returns how many tables that were.

    Raises:
        NotACluster: the extension is not installed.
    """
    if not is_cluster():
        raise NotACluster
    with connection.cursor() as cursor:
        name = connection.settings_dict["NAME"]
        cursor.execute(f'ALTER DATABASE "{name}" SET citus.enable_local_reference_table_foreign_keys = off')
        cursor.execute(f"ALTER DATABASE \"{name}\" SET citus.propagate_set_commands = 'local'")
        prepare_session(cursor)
        cursor.execute("SELECT table_name::text FROM citus_tables")
        there = {row[0] for row in cursor.fetchall()}
        made = _distribute(cursor, there, say)
        for table in made:
            cursor.execute("SELECT truncate_local_data_after_distributing_table(%s)", [table])
        cursor.execute("ANALYZE")
    return len(made)


def _distribute(cursor: Any, there: set[str], say: Callable[[str], None]) -> list[str]:
    made: list[str] = []
    with transaction.atomic():
        for model in apps.get_models():
            table = model._meta.db_table
            if issubclass(model, ReferenceModel) and table not in there:
                say(f"{table}: on every node")
                cursor.execute("SELECT create_reference_table(%s)", [table])
                made.append(table)
        for tenant in tenant_models():
            table = tenant._meta.db_table
            if table not in there:
                say(f"{table}: by organization")
                beside = "none" if table == ROOT else ROOT
                cursor.execute(
                    "SELECT create_distributed_table(%s, 'organization_id', colocate_with => %s)", [table, beside]
                )
                made.append(table)
        if QUEUE not in there:
            # Registered, the queue takes part in two-phase commit: a job and the rows it is about stand or fall together.
            cursor.execute("SELECT citus_add_local_table_to_metadata(%s, true)", [QUEUE])
    return made
