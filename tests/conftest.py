"""Databases and the standing cast, for every kind of test."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests import plugin


@contextmanager
def pointed_at(name: str) -> Iterator[None]:
    """Django's connections (of every thread) and every child process use this database."""
    from django.db import connection, connections

    host, port = plugin.address()
    before, before_url = dict(connection.settings_dict), os.environ["DATABASE_URL"]
    connections.close_all()
    connection.settings_dict.update(NAME=name, HOST=host, PORT=port, USER=plugin.LOGIN)
    os.environ["DATABASE_URL"] = plugin.url(name)
    try:
        yield
    finally:
        connections.close_all()
        connection.settings_dict.update(before)
        os.environ["DATABASE_URL"] = before_url


@pytest.fixture(scope="session")
def template(django_db_blocker: Any) -> str:
    """The database all others are copied from: migrated, with the standing cast in it. Made once per run."""
    from django.core.management import call_command
    from tests import cast

    plugin.address()
    with Path(os.environ["ENTREPOT_HOME"], "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not plugin.exists(plugin.TEMPLATE):
            plugin.clone("house_making", "template1")
            with django_db_blocker.unblock(), pointed_at("house_making"):
                call_command("migrate", verbosity=0)
                from django.db import connection

                connection.close()  # migrate has put this connection out of the application's role
                cast.settle()
            plugin.execute(f"ALTER DATABASE house_making RENAME TO {plugin.TEMPLATE}")
    return plugin.TEMPLATE


@pytest.fixture(scope="session")
def worker_name() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def django_db_setup(template: str, worker_name: str) -> Iterator[None]:
    """Instead of pytest-django's: each worker works on its own copy of the template."""
    name = f"test_{worker_name}"
    plugin.clone(name)
    with pointed_at(name):
        yield
    plugin.drop(name)


@pytest.fixture(scope="session")
def committed_name(template: str, worker_name: str) -> Iterator[str]:
    name = f"committed_{worker_name}"
    plugin.clone(name)
    yield name
    plugin.drop(name)


@pytest.fixture
def committed(committed_name: str, django_db_blocker: Any) -> Iterator[str]:
    """A database in which things are really committed, for tests with threads and processes. Nothing is taken back:
    each test makes its own organization."""
    with django_db_blocker.unblock(), pointed_at(committed_name):
        yield committed_name


@pytest.fixture
def alice(db: None, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Alice, owner of Lantern Lane, with her store, service, numbers and stock. Afterwards the invariants must hold,
    unless the test says that it changes rows by hand (`@pytest.mark.by_hand`)."""
    from tests import cast

    yield cast.world_of(cast.ALICE)
    if not request.node.get_closest_marker("by_hand"):
        assert cast.broken() == []


@pytest.fixture
def bob(db: None) -> Any:
    """Bob, packer at Lantern Lane: Alice's world with his few powers."""
    from tests import cast

    return cast.world_of(cast.BOB)


@pytest.fixture
def charlie(db: None) -> Any:
    """Charlie, owner of another organization that has orders and parcels of its own."""
    from tests import cast

    return cast.world_of(cast.CHARLIE)


@pytest.fixture(scope="session", autouse=True)
def read_statements() -> None:
    """Every statement of every connection is read by `tests.plugin_statements`."""
    from django.db.backends.signals import connection_created
    from tests import plugin_statements

    connection_created.connect(plugin_statements.watch)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser comes last: it keeps an event loop in the main thread, which other tests must not find there."""
    items.sort(key=lambda item: "/tests/browser/" in str(item.path))
    for item in items:
        if "/tests/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)
        elif "/tests/fault/" in str(item.path):
            item.add_marker(pytest.mark.fault)
