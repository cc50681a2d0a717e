"""A PostgreSQL cluster for one test run, thrown away at its end.

The environment is set before Django reads its settings; xdist's workers inherit it. The cluster starts when a test
first asks for a database, or in the controller when there are workers. The tests connect as the same unprivileged login as
the product does: a superuser would walk through row-level security and prove nothing.
"""

import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

LOGIN = "entrepot"
TEMPLATE = "house_template"
BOOTSTRAP = (
    f"CREATE ROLE {LOGIN} LOGIN CREATEDB NOSUPERUSER",
    "CREATE ROLE entrepot_app NOLOGIN",
    "CREATE ROLE entrepot_system NOLOGIN",
    f"GRANT entrepot_app, entrepot_system TO {LOGIN}",
)
# Tests roll back what they wrote: autovacuum would tell the planner of huge, empty tables.
SETTINGS = {"max_connections": "100", "autovacuum": "off"}
HOST = "ENTREPOT_TEST_HOST"  # set once the cluster runs: its socket folder and port
_closing = ExitStack()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    home = Path(tempfile.mkdtemp(prefix="entrepot-test-home-"))
    _closing.callback(shutil.rmtree, home, ignore_errors=True)
    os.environ.update(ENTREPOT_HOME=str(home), ENTREPOT_POOL="0", DATABASE_URL=url("not-started", "/nowhere", "1"))
    os.environ.pop(HOST, None)


def pytest_configure(config: pytest.Config) -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ and config.getoption("numprocesses", None):
        address()


def pytest_unconfigure() -> None:
    _closing.close()


def address() -> tuple[str, str]:
    """Socket folder and port of the cluster; it is started at the first call."""
    if HOST not in os.environ:
        from entrepot.embedded.throwaway import throw_away

        cluster = _closing.enter_context(throw_away(bootstrap=BOOTSTRAP, settings=SETTINGS))
        found = cluster.start()
        os.environ[HOST] = f"{found.host}|{found.port}"
    host, _, port = os.environ[HOST].rpartition("|")
    return host, port


def url(name: str, host: str | None = None, port: str | None = None) -> str:
    """A DATABASE_URL (a conninfo string is one too) for a database of the cluster."""
    if host is None or port is None:
        host, port = address()
    return make_conninfo(host=host, port=port, dbname=name, user=LOGIN)


def execute(statement: str, database: str = "postgres") -> None:
    with psycopg.connect(url(database), autocommit=True) as connection:
        connection.execute(statement.encode())


def exists(name: str) -> bool:
    with psycopg.connect(url("postgres")) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    return found is not None


def clone(name: str, template: str = TEMPLATE) -> None:
    """Makes a database anew as a copy of another one: about 80 ms."""
    drop(name)
    execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def drop(name: str) -> None:
    execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
