"""How commands answer: a line for people, one JSON object for programs."""

import sys
from collections.abc import Mapping
from typing import Any, NoReturn

import click
import orjson


def say(value: Mapping[str, Any], as_json: bool, sentence: str) -> None:
    if as_json:
        click.echo(orjson.dumps(dict(value), default=str).decode())
    else:
        click.echo(sentence)


def fail(sentence: str, *, as_json: bool, code: int = 2, **facts: Any) -> NoReturn:
    """One clear sentence on standard error, and as `error` in the JSON."""
    if as_json:
        click.echo(orjson.dumps({"error": sentence, **facts}, default=str).decode())
    click.echo(sentence, err=True)
    sys.exit(code)
