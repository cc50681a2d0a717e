"""Print: one PDF per batch in list order, with a mark on each parcel: who, when, how often."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from entrepot.core import files, locking, sql, stages
from entrepot.core.batch import Work, verb
from entrepot.core.history import Subject
from entrepot.core.permissions import Permission
from entrepot.core.report import Outcome, Refusal, Report
from entrepot.core.stages import Move
from entrepot.parcels import lines
from entrepot.parcels.contents import Contents, read_contents
from entrepot.parcels.documents.customs_forms import CN22_LIMIT_SDR, RATES_OF
from entrepot.parcels.documents.handover_list import handover_list_pdf
from entrepot.parcels.documents.label import labels_pdf
from entrepot.parcels.documents.packing_slip import packing_slips_pdf
from entrepot.parcels.documents.pick_list import pick_list_pdf
from entrepot.parcels.documents.readback import page_count
from entrepot.parcels.notify import STILL_TOLD
from entrepot.parcels.states import TRANSITIONS, Act, Stage, allowed


class Document(StrEnum):
    LABEL = "label"
    PICK_LIST = "pick_list"
    PACKING_SLIP = "packing_slip"
    HANDOVER = "handover"


class Note(StrEnum):
    """What a person should know of parcels with which something was done nevertheless."""

    WEIGHT_UNKNOWN = "weight_unknown"
    NEEDS_CN23 = "needs_cn23"
    NO_SENDER = "no_sender"
    STILL_TOLD = STILL_TOLD


# A note as people read it. Facts of the note fill the places.
NOTES = {
    Note.WEIGHT_UNKNOWN: _(
        "Their weight is not known: “—” is printed. Pair their lines and enter the weights of the SKUs."
    ),
    Note.NEEDS_CN23: _("Declared above %(limit)s SDR (rates of %(day)s): the post wants form CN23 besides the label."),
    Note.NO_SENDER: _(
        "Store “%(store)s” has no whole sender address: only its name stands as FROM. Fill it in under Stores › %(store)s › Sender."
    ),
    Note.STILL_TOLD: _(
        "The marketplace was told the number and keeps it: nothing is taken back there. It is replaced when the next one is told."
    ),
}


def note_sentence(note: Mapping[str, Any]) -> str:
    """What a note of a report's `result["notes"]` says, in the reader's language."""
    facts = {"limit": CN22_LIMIT_SDR, "day": RATES_OF.isoformat(), "store": note.get("store", "")}
    return gettext(NOTES[Note(note["note"])]) % facts


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn besides the parcels: under which batch number, at what time on the organization's wall."""

    number: str
    at: datetime


def _labels(contents: Sequence[Contents], drawing: Drawing) -> bytes:
    return labels_pdf([content.label(drawing.at.date()) for content in contents])


def _pick_list(contents: Sequence[Contents], drawing: Drawing) -> bytes:
    printed = f"{drawing.at:%Y-%m-%d %H:%M} {drawing.at.tzinfo}"
    return pick_list_pdf(Contents.pick_rows(contents), title="Pick list 拣货单", printed_at=printed)


def _slips(contents: Sequence[Contents], drawing: Drawing) -> bytes:
    return packing_slips_pdf([content.slip(drawing.at.date()) for content in contents])


def _handover(contents: Sequence[Contents], drawing: Drawing) -> bytes:
    return handover_list_pdf(Contents.handover(contents, number=drawing.number, on=drawing.at.date()))


DRAW: dict[Document, Callable[[Sequence[Contents], Drawing], bytes]] = {
    Document.LABEL: _labels,
    Document.PICK_LIST: _pick_list,
    Document.PACKING_SLIP: _slips,
    Document.HANDOVER: _handover,
}


@verb(name="print_parcels", subject=Subject.PARCEL, permission=Permission.PRINT, whole=True)
def print_parcels(work: Work, ids: Sequence[int], document: str = Document.LABEL) -> Report:
    """Draws `document` for the parcels that may print; the report's result names the stored file, counts its pages and
    parcels, and holds `notes`: what a person should know of some of them.
    """
    kind = Document(document)
    # Read without a lock: drawing thousands of labels takes a minute, and nobody's cancellation or import should wait
    # for that. A label of an order cancelled meanwhile is paper; `ship` looks again under a lock, so it never leaves.
    orders = lines.orders_in(work.organization_id, ids, lock=False)
    columns = ("stage", "waybill_number", "recipient_key", "shipped_at", lines.ADDRESS_HASH)
    locked = locking.lock(lines.TABLE, columns, work.organization_id, ids)
    answers = {i: _answer(row, orders, kind) for i, row in locked.rows.items()}
    done = [i for i in ids if i in answers and answers[i].refusal is None]
    result: dict[str, Any] = {}
    if done:
        _follow_spelling(work, locked.rows, [i for i in done if locked.rows[i]["shipped_at"] is None], orders)
        contents = read_contents(work.organization_id, done)
        result = _draw(work, kind, contents)
        _mark(work, done, kind)
        stages.note(
            work,
            subject=Subject.PARCEL,
            verb="print",
            moves=[Move(i, {}, {"document": kind.value}) for i in done],
        )
    return Report.answering(ids, [*answers.values(), *lines.missing(ids, locked)], result)


def _draw(work: Work, kind: Document, contents: Sequence[Contents]) -> dict[str, Any]:
    """Draws and stores the document; what the batch says of it."""
    at = work.at.astimezone(_zone(work.organization_id))
    pdf = DRAW[kind](contents, Drawing(f"H-{work.batch_id}", at))
    name = f"{kind.value}s-{at:%Y%m%d-%H%M%S}.pdf"
    file = files.store(work.organization_id, name, "application/pdf", pdf, work.at, permission=Permission.PRINT)
    notes = notes_of(kind, contents)
    return {
        "file": str(file),
        "pages": page_count(pdf),
        "parcels": len(contents),
        **({"notes": notes} if notes else {}),
    }


def notes_of(kind: Document, contents: Sequence[Contents]) -> list[dict[str, Any]]:
    """What is printed but should be looked at: `{"note": …, "parcels": [names]}`, with its store where that mends it. Pure."""
    found: list[tuple[Note, list[str]]] = []
    if kind in (Document.LABEL, Document.HANDOVER):
        found.append((Note.WEIGHT_UNKNOWN, [one.number for one in contents if not one.weight_grams]))
    if kind is Document.LABEL:
        found.append((Note.NEEDS_CN23, [one.number for one in contents if one.needs_cn23]))
    notes: list[dict[str, Any]] = [{"note": note.value, "parcels": names} for note, names in found if names]
    if kind is Document.LABEL:
        nameless: dict[tuple[int, str], list[str]] = defaultdict(list)
        for one in contents:
            if not one.has_sender:
                nameless[one.parcel["store_id"], one.parcel["store_name"]].append(one.number)
        notes += [
            {"note": Note.NO_SENDER.value, "parcels": names, "store_id": store_id, "store": store}
            for (store_id, store), names in nameless.items()
        ]
    return notes


def _zone(organization_id: int) -> tzinfo:
    """The time zone of the organization: dates on paper are those of its own calendar."""
    ((name,),) = sql.rows("SELECT time_zone FROM core_organization WHERE id = %s", [organization_id])
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def _follow_spelling(work: Work, rows: Mapping[int, dict[str, Any]], ids: Sequence[int], orders: lines.Orders) -> None:
    """What changed of an address without moving the recipient (a company, a spelling) stands on the next paper."""
    order_of = {i: order for i in ids if (order := orders.leading(i, rows[i]["recipient_hash"])) is not None}
    lines.follow_address(work.organization_id, order_of)


def _answer(row: Mapping[str, Any], orders: lines.Orders, kind: Document) -> Outcome:
    i, stage = row["id"], Stage(row["stage"])
    name = lines.name_of(i)
    if kind is Document.PICK_LIST and row["shipped_at"] is not None:  # its goods are off the shelf
        return Outcome(i, name, Refusal.ALREADY_SHIPPED, {"at": row["shipped_at"].isoformat()})
    if stop := orders.stop(i, has_left=row["shipped_at"] is not None):
        return Outcome(i, name, *stop)
    if stage is not Stage.UNPACKED and kind in (Document.LABEL, Document.HANDOVER) and not row["waybill_number"]:
        return Outcome(i, name, Refusal.NO_WAYBILL)
    if stage is Stage.UNPACKED or (kind is not Document.PICK_LIST and stage not in TRANSITIONS[Act.PRINT]):
        return Outcome(i, name, Refusal.WRONG_STAGE, {"stage": stage.value, "expected": ", ".join(allowed(Act.PRINT))})
    if stale := orders.misled(i, row["recipient_key"]):
        return Outcome(i, name, *stale)
    return Outcome(i, name)


def _mark(work: Work, ids: Sequence[int], kind: Document) -> None:
    sql.run(
        """
        INSERT INTO parcels_printmark (organization_id, id, document, times, first_at, last_at, last_by_id)
        SELECT %s, row.id, %s, 1, %s, %s, %s FROM unnest(%s::bigint[]) AS row (id)
        ON CONFLICT (organization_id, id, document) DO UPDATE
            SET times = parcels_printmark.times + 1, last_at = excluded.last_at, last_by_id = excluded.last_by_id
        """,
        [work.organization_id, kind.value, work.at, work.at, work.actor_id, list(ids)],
    )
