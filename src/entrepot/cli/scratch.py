"""A database of its own for `demo` and `bench`, made fresh and dropped afterwards; nothing of the user is touched."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from entrepot.cli import house
from entrepot.embedded.cluster import borrowed


@contextmanager
def scratch_database(purpose: str) -> Iterator[str]:
    """Yields the conninfo of a fresh, migrated database named `entrepot_<purpose>_…` and sets Django up on it."""
    own = house.cluster()
    name = f"entrepot_{purpose}_{secrets.token_hex(4)}"
    with borrowed(own) if own else nullcontext() as address:
        base = address.dsn(house.DATABASE, house.OWNER) if address else os.environ["DATABASE_URL"]
        conninfo = make_conninfo(base, dbname=name)
        with psycopg.connect(base, autocommit=True) as server:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        before = os.environ.get("DATABASE_URL")
        os.environ["DATABASE_URL"] = _url(conninfo)
        os.environ.setdefault("ENTREPOT_POOL", "0")
        try:
            house.set_up_django()
            house.migrate()
            yield conninfo
        finally:
            from django.db import connections

            connections.close_all()
            if before is None:
                del os.environ["DATABASE_URL"]
            else:
                os.environ["DATABASE_URL"] = before
            with psycopg.connect(base, autocommit=True) as server:
                server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _url(conninfo: str) -> str:
    from urllib.parse import quote, urlencode

    parts = conninfo_to_dict(conninfo)
    user = quote(str(parts.pop("user", "")), safe="")
    password = quote(str(parts.pop("password", "") or ""), safe="")
    name = quote(str(parts.pop("dbname")), safe="")
    login = f"{user}:{password}@" if password else f"{user}@" if user else ""
    return f"postgresql://{login}/{name}?{urlencode(parts)}"
