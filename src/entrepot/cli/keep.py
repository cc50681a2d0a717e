"""`backup` and `restore` of the database."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from entrepot.cli.answers import fail, say
from entrepot.cli.files import JSON
from entrepot.cli.house import DATABASE, cluster
from entrepot.embedded.address import Address
from entrepot.embedded.backup import BackupError, backup, restore
from entrepot.embedded.cluster import borrowed
from entrepot.embedded.home import home


@contextmanager
def _own_cluster(as_json: bool) -> Iterator[Address]:
    own = cluster()
    if own is None:
        fail("DATABASE_URL names another PostgreSQL: back it up with its own pg_dump.", as_json=as_json)
    with borrowed(own) as address:
        yield address


@click.command("backup")
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@JSON
def backup_command(out: Path, force: bool, as_json: bool) -> None:
    """Write the database into one checked file. Files and keys lie beside it in the home: copy those too."""
    with _own_cluster(as_json) as address:
        try:
            backup(address, DATABASE, out, force=force)
        except BackupError as error:
            fail(str(error), as_json=as_json)
    size = os.path.getsize(out)
    say(
        {"file": str(out), "bytes": size},
        as_json,
        f"{out}: {size:,} bytes, read back without error. Keep {home() / 'files'} and {home() / 'secrets'} with it.",
    )


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--force", is_flag=True, help="Replace the present database; it is kept under another name.")
@JSON
def restore_command(file: Path, force: bool, as_json: bool) -> None:
    """Bring a backup back, whole or not at all."""
    with _own_cluster(as_json) as address:
        try:
            done = restore(address, DATABASE, file, force=force)
        except BackupError as error:
            fail(str(error), as_json=as_json)
    kept = f" The one before is kept as {done.kept}." if done.kept else ""
    say({"database": done.dbname, "kept": done.kept}, as_json, f"{done.dbname} is restored from {file}.{kept}")


COMMANDS: list[click.Command] = [backup_command, restore_command]
