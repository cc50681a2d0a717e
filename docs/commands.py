"""The page of commands, from click's own definitions."""

import inspect
from collections.abc import Iterator

import click

from entrepot.cli.main import cli

HEAD = """# Commands

Generated from the code by `python -m docs`; do not edit.

`entrepot` is in `.venv/bin` after `make setup`. Every command answers `--help`. A command that does work on its own
uses the PostgreSQL that runs already, or starts Entrepot's own for as long as it needs it.

Exit codes: 0 done · 1 some items were refused, or a check failed · 2 it could not be done at all.
An import ends with 0 though single rows were refused. `entrepot up` also ends with 3 when it runs already from the
same folder, and 4 when the port is taken.
"""


def page() -> str:
    context = click.Context(cli, info_name="entrepot")
    shown = list(commands_of(cli, context))
    summary = ["", "| Command | What it does |", "|---|---|"]
    for at, command in shown:
        anchor = at.command_path.replace(" ", "-")
        summary.append(f"| [`{at.command_path}`](#{anchor}) | {first_sentence(command)} |")
    parts = [HEAD + "\n".join(summary) + "\n"]
    parts += ["\n".join(section(command, at)) + "\n" for at, command in shown]
    return "\n".join(parts)


def commands_of(group: click.Group, parent: click.Context) -> Iterator[tuple[click.Context, click.Command]]:
    """Each command that is shown, with those of a group after it."""
    for name in group.list_commands(parent):
        command = group.commands[name]
        if command.hidden:
            continue
        context = click.Context(command, info_name=name, parent=parent)
        yield context, command
        if isinstance(command, click.Group):
            yield from commands_of(command, context)


def first_sentence(command: click.Command) -> str:
    return inspect.cleandoc(command.help or "").split(". ")[0].rstrip(".") + "."


def section(command: click.Command, context: click.Context) -> Iterator[str]:
    yield f"## {context.command_path}"
    yield ""
    yield inspect.cleandoc(command.help or "").replace("\n", " ")
    yield ""
    yield "```"
    yield " ".join([usage_path(context), *command.collect_usage_pieces(context)])
    yield "```"
    options = [param for param in command.get_params(context) if isinstance(param, click.Option)]
    rows = [(record[0], told(param, record[1])) for param in options if (record := param.get_help_record(context))]
    if rows:
        yield ""
        yield "| Option | Meaning |"
        yield "|---|---|"
        yield from (f"| `{names}` | {meaning} |" for names, meaning in rows)


def usage_path(context: click.Context) -> str:
    """A group's options stand before the name of its command."""
    group = context.parent
    if group is None or group.parent is None:
        return context.command_path
    return f"{group.command_path} [OPTIONS] {context.info_name}"


def told(option: click.Option, text: str) -> str:
    """The help text, with the environment variable that sets the same."""
    also = f" (also: `{option.envvar}`)" if isinstance(option.envvar, str) else ""
    return " ".join(text.split()).replace("|", "\\|") + also
