"""docs/reference/api.md is true: its commands work in the order they stand there, and nothing is missing from it."""

import re
import shlex
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.cast import World
from tests.db.api_door import Door, door_of

from entrepot.api.app import api
from entrepot.api.verbs import VERBS, BatchBody
from entrepot.core.history import Subject
from entrepot.core.undo import can_undo

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "api.md"


@pytest.fixture
def page() -> str:
    return PAGE.read_text()


def commands(page: str) -> list[list[str]]:
    """The shell commands of the page, as words."""
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.replace("\\\n", "").splitlines()]


def play(words: list[str], door: Door, made: dict[str, bytes], file: str) -> tuple[int, bytes]:
    """What curl would do, with this process as the server."""
    method, data, form = "GET", b"", {}
    address = ""
    rest = iter(words[1:])
    for word in rest:
        match word:
            case "-X":
                method = next(rest)
            case "-H":
                assert next(rest) == "Authorization: Bearer $TOKEN"
            case "-d":
                data = next(rest).encode()
            case "-o":
                next(rest)
            case "-F":
                name, _, value = next(rest).partition("=")
                form[name] = SimpleUploadedFile(value[1:], made[value[1:]]) if value.startswith("@") else value
            case _:
                address = word.replace("$BASE", "/api/v1").replace("$FILE", file)
    headers = {"Authorization": f"Bearer {door.token}"}
    if form:
        response: Any = Client().post(address, form, headers=headers)
    else:
        response = Client().generic(
            method, address, data, content_type="application/x-www-form-urlencoded", headers=headers
        )
    return response.status_code, b"".join(response) if response.streaming else response.content


def test_every_command_on_the_page_works(alice: World, page: str) -> None:
    door, made, file, played = door_of(alice), {"orders.csv": b""}, "", 0
    for words in commands(page):
        if words[0] == "printf":
            made["orders.csv"] += words[1].replace("\\n", "\n").encode()
        elif words[0] == "curl":
            status, content = play(words, door, made, file)
            assert status == 200, (words, content)
            played += 1
            answer = orjson.loads(content) if content.startswith(b"{") else {}
            assert all(outcome["refusal"] is None for outcome in answer.get("outcomes", [])), answer
            assert answer.get("done_count", 2) == 2, answer
            file = answer.get("result", {}).get("file", file)
    assert played == 15
    assert alice.counts() == {"order.packed": 2, "parcel.to_print.in_stock": 2}


def test_every_address_and_verb_is_on_the_page(page: str) -> None:
    for path in api.get_openapi_schema(path_prefix="/api/v1/")["paths"]:
        assert path.removeprefix("/api/v1") in page, path
    for body in BatchBody.__args__[0].__args__:  # type: ignore[attr-defined]
        (name,) = body.model_fields["verb"].annotation.__args__
        row = next(line for line in page.splitlines() if line.startswith(f"| `{name}`"))
        assert f"`{VERBS[name].permission.value}`" in row
        assert row.endswith("| yes |" if can_undo(name) else "| no |"), row
        for option in body.model_fields["options"].annotation.model_fields:
            assert f"`{option}`" in row, (name, option)


def test_every_verb_of_orders_and_parcels_can_be_asked_for() -> None:
    bodies = {body.model_fields["verb"].annotation.__args__[0] for body in BatchBody.__args__[0].__args__}  # type: ignore[attr-defined]
    ours = {
        name
        for name, verb in VERBS.items()
        if verb.subject in {Subject.ORDER, Subject.PARCEL} and verb.body.__module__.startswith("entrepot.")
    }
    assert bodies == ours
