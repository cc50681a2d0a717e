"""`check`, `distribute`, `rotate-keys`, `migrate`."""

import sys

import click

from entrepot.cli.answers import fail, say
from entrepot.cli.files import JSON
from entrepot.cli.house import open_house


@click.command("check")
@JSON
def check(as_json: bool) -> None:
    """Prove the invariants: stock, allocations, counters, numbers, orphans. Exits 1 when one fails."""
    with open_house():
        from entrepot.core.invariants import prove
        from entrepot.inventory.invariants import INVARIANTS as SHELF
        from entrepot.orders.invariants import INVARIANTS as ORDERS
        from entrepot.parcels.invariants import INVARIANTS as PARCELS

        invariants = [*SHELF, *ORDERS, *PARCELS]
        broken = prove(invariants)
        value = {
            "ok": not broken,
            "checked": [invariant.name for invariant in invariants],
            "broken": [{"name": b.invariant, "count": b.count, "examples": b.examples} for b in broken],
        }
        sentence = f"{len(invariants) - len(broken)} of {len(invariants)} invariants hold." + "".join(
            f"\n  BROKEN: {b.invariant} ({b.count:,} rows, e.g. {', '.join(b.examples[0])})" for b in broken
        )
        say(value, as_json, sentence)
        if broken:
            sys.exit(1)


@click.command("migrate")
def migrate_command() -> None:
    """Bring the database up to this version. `up` does this by itself."""
    with open_house():
        click.echo("The database is up to date.")


@click.command("distribute")
@JSON
def distribute(as_json: bool) -> None:
    """Spread the tables over a Citus cluster (not verified on Citus by this project). Safe to run again."""
    with open_house():
        from entrepot.core import distribute as step

        try:
            count = step.run(say=lambda line: None if as_json else click.echo(line))
        except step.NotACluster as error:
            fail(str(error), as_json=as_json)
        say({"distributed": count}, as_json, f"{count} tables distributed.")


@click.command("rotate-keys")
def rotate_keys() -> None:
    """Make a new key for secrets at rest and write every secret anew with it. Entrepot may run meanwhile.

    Where the keys stand in ENTREPOT_FERNET_KEYS, the first one there is the new key.
    """
    with open_house():
        from entrepot.core.rotate import rewrite_secrets
        from entrepot.core.secrets import add_key

        made = "A new key" if add_key() else "The first key of ENTREPOT_FERNET_KEYS"
        count = rewrite_secrets()
        click.echo(f"{made} is in use; {count} secrets were written anew. Old keys still read older backups.")


COMMANDS: list[click.Command] = [check, migrate_command, distribute, rotate_keys]
