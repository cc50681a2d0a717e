"""The house for the length of one command: a database that answers, migrated, and Django set up."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from entrepot.embedded.cluster import Cluster, ClusterError, borrowed
from entrepot.embedded.home import home

DATABASE = "entrepot"
OWNER = "entrepot"

# Run once by the cluster's superuser. The login role owns the tables and is no superuser, so row security binds it too.
BOOTSTRAP = (
    f"CREATE ROLE {OWNER} LOGIN CREATEDB NOSUPERUSER",
    "CREATE ROLE entrepot_app NOLOGIN",
    "CREATE ROLE entrepot_system NOLOGIN",
    f"GRANT entrepot_app, entrepot_system TO {OWNER}",
    f"CREATE DATABASE {DATABASE} OWNER {OWNER}",
)
# A fresh database knows nothing of its tables for a minute with PostgreSQL's defaults.
SETTINGS = {"autovacuum_naptime": "5s", "shared_buffers": "128MB"}


def cluster() -> Cluster | None:
    """Our own PostgreSQL, or None when DATABASE_URL names another."""
    if os.environ.get("DATABASE_URL"):
        return None
    return Cluster(postgres_folder(), bootstrap=BOOTSTRAP, settings=SETTINGS)


def postgres_folder() -> Path:
    return home() / "postgres"


def set_up_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "entrepot.settings")
    import django

    django.setup()
    from django.conf import settings

    from entrepot.core import memory

    memory.settle()
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


def migrate() -> None:
    """Migrates when something is new."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from entrepot.core.walls import RolesMissing, ensure_roles

    try:
        ensure_roles()
    except RolesMissing as error:
        raise ClusterError(str(error)) from error
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0)
    connection.close()


@contextmanager
def open_house() -> Iterator[None]:
    """Uses the running PostgreSQL or starts our own for the length of the command."""
    own = cluster()
    os.environ.setdefault("ENTREPOT_POOL", "0")
    with borrowed(own) if own else nullcontext() as address:
        if address is not None:
            os.environ["DATABASE_URL"] = address.url(DATABASE, OWNER)
        try:
            set_up_django()
            migrate()
            yield
        finally:
            if address is not None:
                from django.db import connections

                connections.close_all()
                del os.environ["DATABASE_URL"]
