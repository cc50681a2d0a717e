"""The verbs of the desk: `review`, `pack`, `waybill`, `allocate`, `print`, `ship`, and `undo`."""

import shlex
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import click

from entrepot.cli.answers import fail, say
from entrepot.cli.files import JSON, ORGANIZATION
from entrepot.cli.house import open_house

if TYPE_CHECKING:
    from entrepot.core.report import Report

CHUNK = 500
MOST_SHOWN = 50
LONGEST = len("P-999999999999999999")  # of a parcel's number: more is no bigint
WAITING = {
    "review_orders": ("orders_order", "stage = 'to_review'"),
    "pack_orders": ("orders_order", "stage = 'to_pack'"),
    "get_waybills": ("parcels_parcel", "stage = 'to_process'"),
    "allocate_parcels": ("parcels_parcel", "stage = 'waybill' OR (stage = 'to_print' AND supply = 'short')"),
    "print_parcels": ("parcels_parcel", "stage = 'to_print' AND supply = 'in_stock'"),
    "ship_parcels": ("parcels_parcel", "stage = 'to_print' AND supply = 'in_stock'"),
}
# A hand-over list is for what leaves: shipped parcels that are on no list yet.
NOT_HANDED_OVER = """stage = 'shipped' AND NOT EXISTS (SELECT 1 FROM parcels_printmark m
    WHERE m.organization_id = parcels_parcel.organization_id AND m.id = parcels_parcel.id AND m.document = 'handover')"""


def _register() -> None:
    """Verbs list themselves when their modules are read."""
    import entrepot.orders.answer
    import entrepot.orders.cancel
    import entrepot.orders.hold
    import entrepot.orders.review
    import entrepot.parcels.allocate
    import entrepot.parcels.intercept
    import entrepot.parcels.notify
    import entrepot.parcels.pack
    import entrepot.parcels.print
    import entrepot.parcels.ship
    import entrepot.parcels.unpack
    import entrepot.parcels.void
    import entrepot.parcels.waybill  # noqa: F401


class UnknownNumbers(Exception):
    """Some of the numbers on the command line name nothing here."""

    def __init__(self, numbers: Sequence[str]) -> None:
        super().__init__(f"There is nothing here with the number {', '.join(numbers)}.")


def waiting(organization_id: int, verb: str, numbers: Sequence[str], *, handover: bool = False) -> list[int]:
    """Ids of the named items, or of all that wait for the verb, nearest deadline first.

    Raises:
        UnknownNumbers: a named order or parcel is not there.
    """
    from entrepot.core import sql

    table, condition = WAITING[verb]
    params: list[Any] = [organization_id]
    wanted: list[str] = []
    name = "external_id" if table == "orders_order" else "'P-' || id"
    if numbers:
        wanted = [number if table == "orders_order" else f"P-{number.upper().removeprefix('P-')}" for number in numbers]
        condition = f"{name} = ANY(%s)" if table == "orders_order" else "id = ANY(%s)"
        ids = [int(n[2:]) for n in wanted if n[2:].isdecimal() and len(n) <= LONGEST]
        params.append(wanted if table == "orders_order" else ids)
    elif handover:
        condition = NOT_HANDED_OVER
    found = sql.rows(
        f"SELECT id, {name} FROM {table} WHERE organization_id = %s AND ({condition}) ORDER BY deadline_at, id", params
    )
    if numbers and (unknown := sorted(set(wanted) - {row[1] for row in found})):
        raise UnknownNumbers(unknown)
    return [row[0] for row in found]


def run_verb(
    organization: str | None,
    verb: str,
    named: Sequence[str],
    as_json: bool,
    options: Mapping[str, Any] | None = None,
) -> "dict[UUID, Report]":
    """Does the verb to the named items, or to all that wait for it: what each batch of it answers.

    `options` are the verb's own, named as it names them.
    """
    from rich.console import Console
    from rich.progress import Progress

    from entrepot.cli.organization import organization_and_actor
    from entrepot.core.batch import VERBS
    from entrepot.core.clock import now
    from entrepot.core.scope import organization_scope

    _register()
    options = dict(options or {})
    organization_id, actor = organization_and_actor(organization)
    try:
        with organization_scope(organization_id):
            handover = options.get("document") == "handover"
            ids = waiting(organization_id, verb, named, handover=handover)
    except UnknownNumbers as error:
        fail(str(error), as_json=as_json)
    size = max(len(ids), 1) if VERBS[verb].whole else CHUNK
    reports = {}
    to_people = Console(stderr=True)
    with Progress(console=to_people, disable=as_json or not to_people.is_terminal, transient=True) as progress:
        bar = progress.add_task(verb.replace("_", " "), total=len(ids))
        for start in range(0, len(ids), size):
            chunk = ids[start : start + size]
            uuid = uuid4()
            reports[uuid] = VERBS[verb](
                organization_id=organization_id, ids=chunk, actor=actor, at=now(), uuid=uuid, **options
            )
            progress.advance(bar, len(chunk))
    return reports


def _answer(organization: str | None, verb: str, reports: "Mapping[UUID, Report]", as_json: bool, **facts: Any) -> None:
    outcomes = [outcome for report in reports.values() for outcome in report.outcomes]
    refused = [outcome for outcome in outcomes if outcome.refusal is not None]
    notes = _notes(reports.values())
    value = {
        "verb": verb,
        "asked": len(outcomes),
        "done": len(outcomes) - len(refused),
        "refused": [{**outcome.to_json(), "sentence": outcome.sentence} for outcome in refused],
        **({"notes": notes} if verb == "print_parcels" else {}),
        **facts,
        "batches": [str(uuid) for uuid in reports],
    }
    lines = [
        f"{value['done']:,} done, {len(refused):,} refused.",
        *(f"  {outcome.name}: {outcome.sentence}" for outcome in refused[:MOST_SHOWN]),
        *(f"  Look at {_some(note['parcels'])}: {note['sentence']}" for note in notes),
        *_batch_line(organization, verb, [uuid for uuid, report in reports.items() if report.done]),
    ]
    say(value, as_json, "\n".join(lines))
    if refused:
        sys.exit(1)


def _notes(reports: "Iterable[Report]") -> list[dict[str, Any]]:
    """What should be looked at though it was done, each as a sentence."""
    from entrepot.parcels.print import note_sentence

    found = [note for report in reports for note in report.result.get("notes", ())]
    return [{**note, "sentence": note_sentence(note)} for note in found]


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_SHOWN:,} more" if len(names) > MOST_SHOWN else ""
    return ", ".join(names[:MOST_SHOWN]) + more


def _batch_line(organization: str | None, verb: str, batches: Sequence[UUID]) -> list[str]:
    """How to take back what was done; of what cannot be taken back, what it is called."""
    from entrepot.core.undo import can_undo

    if not batches:
        return []
    names = " ".join(map(str, batches))
    if not can_undo(verb):
        return [f"Batch: {names}"]
    return [
        f"To undo it: entrepot undo {names}" + (f" --organization {shlex.quote(organization)}" if organization else "")
    ]


def _command(name: str, verb: str, what: str, help_text: str) -> click.Command:
    @click.command(name, help=help_text)
    @click.argument("numbers", nargs=-1, metavar=f"[{what}]...")
    @ORGANIZATION
    @JSON
    def command(numbers: tuple[str, ...], organization: str | None, as_json: bool) -> None:
        with open_house():
            _answer(organization, verb, run_verb(organization, verb, numbers, as_json), as_json)

    return command


review = _command("review", "review_orders", "ORDER", "Accept orders; without numbers, all that wait for review.")
allocate = _command("allocate", "allocate_parcels", "PARCEL", "Promise stock to parcels, nearest deadline first.")
ship = _command("ship", "ship_parcels", "PARCEL", "Ship parcels and deduct their stock.")


@click.command("pack")
@click.argument("numbers", nargs=-1, metavar="[ORDER]...")
@click.option("--merge/--no-merge", default=True, help="Orders of one recipient share a parcel.")
@ORGANIZATION
@JSON
def pack(numbers: tuple[str, ...], merge: bool, organization: str | None, as_json: bool) -> None:
    """Turn reviewed orders into parcels."""
    with open_house():
        reports = run_verb(organization, "pack_orders", numbers, as_json, {"merge": merge})
        parcels = sum(len(report.result.get("parcels", [])) for report in reports.values())
        _answer(organization, "pack_orders", reports, as_json, parcels=parcels)


@click.command("waybill")
@click.argument("numbers", nargs=-1, metavar="[PARCEL]...")
@click.option("--service", "service_code", help="Code of the shipping service; default: the store's own.")
@click.option("--number", help="A typed waybill number, for one parcel.")
@ORGANIZATION
@JSON
def waybill(
    numbers: tuple[str, ...], service_code: str | None, number: str | None, organization: str | None, as_json: bool
) -> None:
    """Get waybill numbers for parcels."""
    if number is not None and (len(numbers) != 1 or not number.strip()):
        fail("--number is for exactly one parcel.", as_json=as_json)
    with open_house():
        options: dict[str, Any] = {}
        if number:
            options["numbers"] = {numbers[0].upper().removeprefix("P-"): number}
        if service_code:
            options["service_id"] = _service(organization, service_code, as_json)
        reports = run_verb(organization, "get_waybills", numbers, as_json, options)
        _answer(organization, "get_waybills", reports, as_json)


def _service(organization: str | None, code: str, as_json: bool) -> int:
    from entrepot.cli.organization import organization_and_actor
    from entrepot.core import sql
    from entrepot.core.scope import organization_scope

    organization_id, _ = organization_and_actor(organization)
    with organization_scope(organization_id):
        found = sql.rows(
            "SELECT id FROM connections_shippingservice WHERE organization_id = %s AND code = %s",
            [organization_id, code],
        )
    if not found:
        fail(f"There is no shipping service {code}.", as_json=as_json)
    return int(found[0][0])


@click.command("print")
@click.argument("numbers", nargs=-1, metavar="[PARCEL]...")
@click.option(
    "--document",
    type=click.Choice(["label", "pick_list", "packing_slip", "handover"]),
    default="label",
    show_default=True,
)
@click.option("--out", type=click.Path(path_type=Path), help="Where to write the PDF; default: ./<document>.pdf")
@ORGANIZATION
@JSON
def print_command(
    numbers: tuple[str, ...], document: str, out: Path | None, organization: str | None, as_json: bool
) -> None:
    """Print documents of parcels into one PDF."""
    with open_house():
        reports = run_verb(organization, "print_parcels", numbers, as_json, {"document": document})
        path = fetch_file(organization, reports.values(), out or Path(f"{document}.pdf"))
        _answer(organization, "print_parcels", reports, as_json, file=str(path) if path else None)


def fetch_file(organization: str | None, reports: "Iterable[Report]", out: Path) -> Path | None:
    from entrepot.cli.organization import organization_and_actor
    from entrepot.core import files
    from entrepot.core.scope import organization_scope

    organization_id, _ = organization_and_actor(organization)
    file_ids = [int(report.result["file"]) for report in reports if "file" in report.result]
    if not file_ids:
        return None
    with organization_scope(organization_id):
        found = files.find(organization_id, file_ids[-1])
    assert found is not None
    out.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(found[2], out)
    return out


@click.command("undo")
@click.argument("batches", nargs=-1, required=True, type=click.UUID, metavar="BATCH...")
@ORGANIZATION
@JSON
def undo(batches: tuple[UUID, ...], organization: str | None, as_json: bool) -> None:
    """Undo finished batches, item by item, where nothing has moved on.

    Every verb ends with the batch it was, or with several: it does at most 500 items in one.
    """
    with open_house():
        from entrepot.cli.organization import organization_and_actor
        from entrepot.core.clock import now
        from entrepot.core.undo import CannotUndo, undo_batch

        _register()
        organization_id, actor = organization_and_actor(organization)
        reports: dict[UUID, Report] = {}
        for batch in batches:
            uuid = uuid4()
            try:
                reports[uuid] = undo_batch(
                    organization_id=organization_id, batch_uuid=batch, actor=actor, at=now(), uuid=uuid
                )
            except CannotUndo as error:
                undone = [str(one) for one in batches[: len(reports)]]
                fail(f"{batch}: {error}", as_json=as_json, undone=undone)
        _answer(organization, "undo", reports, as_json)


COMMANDS: list[click.Command] = [review, pack, waybill, allocate, print_command, ship, undo]
register: Callable[[], None] = _register
