"""The verbs on the command line: every option of every one, read as a clerk types it."""

import shlex
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click
import orjson
import pytest
from click.testing import CliRunner, Result
from tests.cast import World

from entrepot.cli import verbs
from entrepot.cli.main import cli
from entrepot.core import sql
from entrepot.parcels.documents.readback import page_count

OURS = "Lantern Lane"
# The words of every command below, so that a new option cannot go untried.
TYPED: dict[str, list[list[str]]] = {
    "review": [["O-0000", "O-0001"]],
    "pack": [["O-0000", "--merge"], ["O-0001", "--no-merge"]],
    "waybill": [
        ["p-{0}"],
        ["P-{0}", "--service", "registered"],
        ["P-{0}", "--number", "RA000000014CN"],
        ["{0}", "--service", "typed", "--number", "RA000000014CN"],
    ],
    "allocate": [["P-{0}"]],
    "print": [
        ["P-{0}", "--out", "{out}"],
        *(
            [
                ["P-{0}", "--document", one, "--out", "{out}"]
                for one in ("label", "pick_list", "packing_slip", "handover")
            ]
        ),
    ],
    "ship": [["P-{0}"]],
    "undo": [],
}
READY = {"review": "orders", "pack": "reviewed", "waybill": "packed", "allocate": "numbered", "print": "allocated",
         "ship": "allocated"}  # fmt: skip


@pytest.fixture(autouse=True)
def open_already(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database of the test stands for the house."""
    monkeypatch.setattr("entrepot.cli.verbs.open_house", nullcontext)


def typed(*words: object, organization: str = OURS) -> Result:
    return CliRunner().invoke(
        cli, [*map(str, words), "--organization", organization], catch_exceptions=False, prog_name="entrepot"
    )


def told(*words: object) -> dict[str, Any]:
    answer = typed(*words, "--json")
    value: dict[str, Any] = orjson.loads(answer.stdout)
    return value


def options_of(command: click.Command) -> set[str]:
    return {name for one in command.params if isinstance(one, click.Option) for name in one.opts + one.secondary_opts}


def test_every_option_of_every_verb_is_typed_below() -> None:
    everywhere = {"--organization", "--json"}
    for command in verbs.COMMANDS:
        words = {word for line in TYPED.get(command.name or "", []) for word in line if word.startswith("--")}
        assert options_of(command) == words | everywhere, command.name


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(("name", "words"), [(name, words) for name, lines in TYPED.items() for words in lines])
def test_a_verb_does_what_is_typed(alice: World, tmp_path: Path, name: str, words: list[str], as_json: bool) -> None:
    ids = getattr(alice, READY[name])(2)
    line = [word.format(*ids, out=tmp_path / "made.pdf") for word in words]
    asked = sum(not word.startswith("-") for word in line[: next((n for n, w in enumerate(line) if w[:2] == "--"), 99)])
    answer = typed(name, *line, *(["--json"] if as_json else []))
    assert (answer.exit_code, answer.stderr) == (0, "")
    if as_json:
        value = orjson.loads(answer.stdout)
        assert (value["asked"], value["done"], value["refused"]) == (asked, asked, [])
    else:
        assert answer.stdout.startswith(f"{asked} done, 0 refused.\n")
    if name == "print":  # a pick list says on a second page which parcel gets what
        assert page_count((tmp_path / "made.pdf").read_bytes()) == (2 if "pick_list" in words else 1)


def test_a_typed_number_is_the_parcels_number(alice: World) -> None:
    first, second = alice.packed(2)
    assert told("waybill", f"P-{first}", "--number", "RA000000014CN")["done"] == 1
    assert told("waybill", f"P-{second}", "--service", "typed", "--number", "RA000000028CN")["done"] == 1
    assert dict(alice.rows("SELECT id, waybill_number FROM parcels_parcel WHERE organization_id = %s")) == {
        first: "RA000000014CN",
        second: "RA000000028CN",
    }


@pytest.mark.parametrize("words", [["P-1", "P-2", "--number", "A"], ["--number", "A"], ["P-1", "--number", " "]])
def test_a_typed_number_is_for_one_parcel(alice: World, words: list[str]) -> None:
    answer = typed("waybill", *words)
    assert (answer.exit_code, answer.stderr) == (2, "--number is for exactly one parcel.\n")


def test_a_number_of_nothing_and_a_service_of_nothing_are_named(alice: World) -> None:
    for words, sentence in (
        (["ship", "P-99999999999999999999"], "There is nothing here with the number P-99999999999999999999."),
        (["review", "W-9"], "There is nothing here with the number W-9."),
        (["waybill", "--service", "none"], "There is no shipping service none."),
    ):
        answer = typed(*words)
        assert (answer.exit_code, answer.stderr) == (2, f"{sentence}\n")


def test_every_verb_names_its_batch_and_undo_takes_it(alice: World) -> None:
    alice.orders(2)
    for name, reached in (("review", "to_pack"), ("pack", "packed")):
        value = told(name)
        (batch,) = value["batches"]
        assert told("undo", batch)["done"] == 2
        assert typed(name).exit_code == 0  # once more, to go on
        assert set(alice.column("SELECT stage FROM orders_order WHERE organization_id = %s")) == {reached}
    parcels = alice.column("SELECT id FROM parcels_parcel WHERE organization_id = %s AND stage = 'to_process'")
    for name, before, after in (
        ("waybill", "to_process", "waybill"),
        ("allocate", "waybill", "to_print"),
        ("ship", "to_print", "shipped"),
    ):
        answer = typed(name)
        first, line = answer.stdout.splitlines()
        *words, batch, option, organization = shlex.split(line.removeprefix("To undo it: "))
        assert (first, words, option, organization) == (
            "2 done, 0 refused.", ["entrepot", "undo"], "--organization", OURS,
        )  # fmt: skip
        assert alice.parcel_stages(parcels) == [after, after]
        assert typed("undo", batch).stdout.splitlines()[0] == "2 done, 0 refused."
        assert alice.parcel_stages(parcels) == [before, before]
        assert typed(name).exit_code == 0
    assert alice.parcel_stages(parcels) == ["shipped", "shipped"]


def test_a_verb_on_more_than_one_batch_holds_is_undone_by_naming_them_all(
    alice: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verbs, "CHUNK", 2)
    ids = alice.orders(3)
    value = told("review")
    assert (value["done"], len(value["batches"])) == (3, 2)
    undone = told("undo", *value["batches"])
    assert (undone["asked"], undone["done"], len(undone["batches"])) == (3, 3, 2)
    assert alice.order_stages(ids) == ["to_review"] * 3
    again = typed("undo", *value["batches"], "--json")
    sentence = f"{value['batches'][0]}: This batch was undone already."
    assert (again.exit_code, orjson.loads(again.stdout)) == (2, {"error": sentence, "undone": []})


def test_nothing_done_leaves_nothing_to_undo_and_what_cannot_be_undone_is_a_batch_all_the_same(
    alice: World, tmp_path: Path
) -> None:
    assert typed("review").stdout == "0 done, 0 refused.\n"
    assert told("review")["batches"] == []
    (parcel,) = alice.packed(1)
    refused = typed("ship", f"P-{parcel}")
    assert (refused.exit_code, refused.stdout) == (
        1, f"0 done, 1 refused.\n  P-{parcel}: It has no waybill number yet.\n",
    )  # fmt: skip
    (ready,) = alice.allocated(1, prefix="B")
    first, *_, last = typed("print", f"P-{ready}", "--out", tmp_path / "a.pdf").stdout.splitlines()
    assert (first, last.split(" ")[0]) == ("1 done, 0 refused.", "Batch:")


def test_what_should_be_looked_at_is_said_of_printed_parcels(alice: World, tmp_path: Path) -> None:
    ids = alice.allocated(2)
    with alice.scope():
        sql.run("UPDATE connections_store SET sender = '{}' WHERE organization_id = %s", [alice.organization_id])
        sql.run("UPDATE catalog_sku SET weight_grams = 100 WHERE organization_id = %s", [alice.organization_id])
    sentence = (
        "Store “Main Street” has no whole sender address: only its name stands as FROM. "
        "Fill it in under Stores › Main Street › Sender."
    )
    names = [f"P-{i}" for i in ids]
    value = told("print", *names, "--out", tmp_path / "a.pdf")
    facts = {"note": "no_sender", "parcels": names, "store_id": alice.store.id, "store": "Main Street"}
    assert (value["done"], value["notes"]) == (2, [{**facts, "sentence": sentence}])
    lines = typed("print", *names, "--out", tmp_path / "a.pdf").stdout.splitlines()
    assert lines[:2] == ["2 done, 0 refused.", f"  Look at {', '.join(names)}: {sentence}"]
    assert told("print", *names, "--document", "pick_list", "--out", tmp_path / "a.pdf")["notes"] == []
