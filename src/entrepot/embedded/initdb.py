"""Makes a new, empty cluster that sorts the same on every machine."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import psycopg

from entrepot.embedded.address import SUPERUSER, Address, ClusterError
from entrepot.embedded.binaries import environment, version
from entrepot.embedded.user import ServerUser

BUILTIN_LOCALE_SINCE = 17
# The character classes must be UTF-8's: with "C", pg_trgm drops every Chinese character. macOS has no C.UTF-8 of old.
CHARACTER_CLASSES = ("C.UTF-8", "en_US.UTF-8", "UTF-8")


def make_cluster(programs: Path, target: Path, user: ServerUser, *, durable: bool) -> None:
    """Runs initdb into `target`, clearing what a broken attempt left there."""
    if target.exists():
        shutil.rmtree(target)
    target.mkdir(mode=0o700)
    user.give(target)
    arguments: list[str | Path] = [
        programs / "initdb",
        "-D",
        target,
        "-U",
        SUPERUSER,
        "--encoding=UTF8",
        "--auth=trust",
    ]
    arguments += ["--no-instructions"] + ([] if durable else ["--no-sync"])
    said = ""
    for classes in CHARACTER_CLASSES:
        ran = subprocess.run(  # noqa: S603 - our own program
            [*arguments, *_locale(programs, classes)],
            cwd="/",
            env={name: value for name, value in environment().items() if name != "LC_ALL"} | {"LANG": "C"},
            umask=0o077,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            **user.run_as(),
        )
        if ran.returncode == 0:
            return
        said = ran.stderr.strip()
        if "locale" not in said:
            break
    raise ClusterError(f"A new database cluster cannot be made in {target}: {_reason(said)}")


def _locale(programs: Path, classes: str) -> Sequence[str]:
    if version(programs)[0] < BUILTIN_LOCALE_SINCE:
        return [f"--locale={classes}"]
    return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", f"--lc-ctype={classes}"]


def run_bootstrap(address: Address, statements: Sequence[str]) -> None:
    """Runs each statement by itself as superuser in database postgres (CREATE DATABASE wants no transaction)."""
    with psycopg.connect(address.dsn("postgres"), autocommit=True) as connection:
        for statement in statements:
            try:
                connection.execute(statement.encode())
            except psycopg.Error as error:
                first = " ".join(statement.split())[:80]
                raise ClusterError(f"The new database cluster refused “{first}”: {error}") from error


def require_same_major(programs: Path, data: Path) -> None:
    """Refuses to start programs of another major version on the data, with the way out."""
    wrote, have = int((data / "PG_VERSION").read_text().split(".")[0]), version(programs)[0]
    if wrote != have:
        raise ClusterError(
            f"The database in {data} was written by PostgreSQL {wrote} and these programs are PostgreSQL {have}: "
            f"point PG_BIN at PostgreSQL {wrote}, take a backup, and restore it into a new home."
        )


def _reason(said: str) -> str:
    lines = [line for line in said.splitlines() if "rror:" in line or "FATAL" in line]
    return (lines or said.splitlines() or ["no reason given"])[-1]
