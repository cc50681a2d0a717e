"""One file that holds a whole database, checked when written; and the way back, which cannot end half way."""

import os
import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from entrepot.embedded.address import SUPERUSER, Address
from entrepot.embedded.binaries import binaries, environment

Connection = psycopg.Connection[tuple[Any, ...]]


class BackupError(Exception):
    """A backup or a restore was refused or failed; one sentence. What was there before is unchanged."""


@dataclass(frozen=True, slots=True)
class Restored:
    """The outcome of a restore: the database by its name, and under which name the one before is kept, if any."""

    dbname: str
    kept: str | None


def backup(address: Address, dbname: str, out: Path, *, force: bool = False) -> None:
    """Writes database `dbname` into the file `out` (pg_dump's own format, gzip), readable by this user only.

    The name `out` appears only when the file is complete and pg_restore can read it. Refuses to replace a file
    without `force`.
    """
    if out.exists() and not force:
        raise BackupError(f"{out} exists already; choose another name, or force it to be replaced.")
    partial = out.with_name(f".{out.name}.{secrets.token_hex(4)}.partial")
    try:
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise BackupError(f"No file can be written in {out.parent} ({error.strerror}).") from error
    try:
        _run(address, "pg_dump", "-Fc", "-Z", "6", "-U", SUPERUSER, "-f", str(partial), dbname)
        _run(address, "pg_restore", "-f", os.devnull, str(partial))  # reads and unpacks every byte of it
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


def restore(address: Address, dbname: str, file: Path, *, force: bool = False) -> Restored:
    """Fills a fresh database from `file`, then swaps it in under `dbname` in one transaction.

    Refuses when `dbname` exists, unless `force`: then whoever is connected is cut off, and the old database is kept
    as `<dbname>_replaced` (one of them; an earlier one goes). Owner, settings and rights of the database itself are
    taken over from the old one. The roles named in the file must exist.
    """
    _require_readable(address, file)
    fresh, kept = f"{dbname}_{secrets.token_hex(4)}", f"{dbname}_replaced"
    with psycopg.connect(address.dsn("postgres"), autocommit=True) as connection:
        there = _exists(connection, dbname)
        if there and not force:
            raise BackupError(f"A database named {dbname} exists already; force it to be replaced.")
        try:
            _name_it(connection, "CREATE DATABASE {} TEMPLATE template0", fresh)
            _run(address, "pg_restore", "--exit-on-error", "-U", SUPERUSER, "-d", fresh, str(file))
            if there:
                _take_over_rights(connection, dbname, fresh)
            _name_it(connection, "DROP DATABASE IF EXISTS {}", kept)
            _swap(connection, dbname, fresh, kept if there else None)
        except BaseException as error:
            _name_it(connection, "DROP DATABASE IF EXISTS {}", fresh)
            if isinstance(error, psycopg.Error):
                raise BackupError(f"Restoring {dbname} failed: {error}") from error
            raise
    return Restored(dbname, kept if there else None)


def _swap(connection: Connection, dbname: str, fresh: str, kept: str | None) -> None:
    if kept is None:
        connection.execute(_names("ALTER DATABASE {} RENAME TO {}", fresh, dbname))
        return
    # Without this a busy pool reconnects between the cut and the renaming.
    _name_it(connection, "ALTER DATABASE {} ALLOW_CONNECTIONS false", dbname)
    try:
        connection.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [dbname])
        with connection.transaction():
            connection.execute(_names("ALTER DATABASE {} RENAME TO {}", dbname, kept))
            connection.execute(_names("ALTER DATABASE {} RENAME TO {}", fresh, dbname))
    except BaseException:
        _name_it(connection, "ALTER DATABASE {} ALLOW_CONNECTIONS true", dbname)
        raise
    _name_it(connection, "ALTER DATABASE {} ALLOW_CONNECTIONS true", kept)


def _take_over_rights(connection: Connection, old: str, new: str) -> None:
    """Owner, GRANTs and ALTER DATABASE … SET of the database itself: a dump of its content has none of these."""
    owner = _rows(connection, "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", old)[0][0]
    connection.execute(_names("ALTER DATABASE {} OWNER TO {}", new, owner))
    _name_it(connection, "REVOKE ALL ON DATABASE {} FROM PUBLIC", new)
    grants = _rows(
        connection,
        """SELECT CASE WHEN a.grantee <> 0 THEN pg_get_userbyid(a.grantee) END, a.privilege_type, a.is_grantable
             FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a WHERE d.datname = %s""",
        old,
    )
    for grantee, privilege, grantable in grants:
        to = sql.SQL("PUBLIC") if grantee is None else sql.Identifier(grantee)
        more = sql.SQL(" WITH GRANT OPTION" if grantable else "")
        what = sql.SQL(privilege)  # a word from PostgreSQL's own catalogue
        connection.execute(sql.SQL("GRANT {} ON DATABASE {} TO {}{}").format(what, sql.Identifier(new), to, more))
    settings = _rows(
        connection,
        """SELECT CASE WHEN s.setrole <> 0 THEN pg_get_userbyid(s.setrole) END, split_part(c, '=', 1),
                  substr(c, strpos(c, '=') + 1)
             FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) c
            WHERE d.datname = %s""",
        old,
    )
    for role, name, value in settings:
        place = _names("DATABASE {}", new) if role is None else _names("ROLE {} IN DATABASE {}", role, new)
        setting = sql.SQL(".").join(sql.Identifier(part) for part in name.split("."))
        with connection.transaction():
            # Not as a literal: a list such as search_path would become one name with a comma in it.
            connection.execute("SELECT set_config(%s, %s, true)", [name, value])
            connection.execute(sql.SQL("ALTER {} SET {} FROM CURRENT").format(place, setting))


def _rows(connection: Connection, query: str, dbname: str) -> list[tuple[Any, ...]]:
    return connection.execute(query.encode(), [dbname]).fetchall()


def _exists(connection: Connection, dbname: str) -> bool:
    return bool(_rows(connection, "SELECT 1 FROM pg_database WHERE datname = %s", dbname))


def _names(text: str, *names: str) -> sql.Composed:
    return sql.SQL(text).format(*[sql.Identifier(name) for name in names])


def _name_it(connection: Connection, text: str, name: str) -> None:
    connection.execute(_names(text, name))


def _require_readable(address: Address, file: Path) -> None:
    """Whether it is a backup at all; that it is whole shows when it is read into the fresh database."""
    if not file.is_file():
        raise BackupError(f"There is no backup {file}.")
    _run(address, "pg_restore", "--list", str(file))


def _run(address: Address, program: str, *arguments: str) -> str:
    ran = subprocess.run(  # noqa: S603 - our own program
        [binaries() / program, *arguments],
        env={**environment(), **address.env()},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if ran.returncode:
        lines = (
            [line for line in ran.stderr.splitlines() if "error" in line] or ran.stderr.splitlines() or ["no reason"]
        )
        raise BackupError(f"{program} failed: {lines[0].removeprefix(f'{program}: error: ')}")
    return ran.stdout
