"""The command line. Every command has `--help`; those that do work have `--json` and exit codes: 0 done, 1 a verb
refused some items or a check failed, 2 it could not be done at all. An import that refuses rows was taken in: 0."""

import sys

import click

from entrepot import __version__
from entrepot.cli import bench, data, demo, files, keep, people, sandbox, up, verbs
from entrepot.embedded.cluster import ClusterError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="entrepot")
def cli() -> None:
    """Entrepot: the order desk and shipping room. Start it with: entrepot up"""


for command in (
    *up.COMMANDS,
    *files.COMMANDS,
    *verbs.COMMANDS,
    *data.COMMANDS,
    *demo.COMMANDS,
    *bench.COMMANDS,
    *keep.COMMANDS,
    *sandbox.COMMANDS,
    *people.COMMANDS,
):
    cli.add_command(command)


def main() -> None:
    try:
        cli(prog_name="entrepot")
    except ClusterError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
