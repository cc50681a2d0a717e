"""Print: one PDF per batch in list order, with a mark on each parcel: who, when, how often."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from entrepot.core import files, locking, sql, stages
from entrepot.core.batch import Work, verb
from entrepot.core.history import Subject
from entrepot.core.permissions import Permission
from entrepot.core.report import Outcome, Refusal, Report
from entrepot.core.stages import Move
from entrepot.parcels import lines
from entrepot.parcels.contents import Contents, read_contents
from entrepot.parcels.documents.handover_list import handover_list_pdf
from entrepot.parcels.documents.label import labels_pdf
from entrepot.parcels.documents.packing_slip import packing_slips_pdf
from entrepot.parcels.documents.pick_list import pick_list_pdf
from entrepot.parcels.states import TRANSITIONS, Act, Stage, allowed


class Document(StrEnum):
    LABEL = "label"
    PICK_LIST = "pick_list"
    PACKING_SLIP = "packing_slip"
    HANDOVER = "handover"


def _labels(contents: Sequence[Contents], work: Work) -> bytes:
    return labels_pdf([content.label(work.at.date()) for content in contents])


def _pick_list(contents: Sequence[Contents], work: Work) -> bytes:
    printed = work.at.strftime("%Y-%m-%d %H:%M UTC")
    return pick_list_pdf(Contents.pick_rows(contents), title=f"{len(contents)} parcels", printed_at=printed)


def _slips(contents: Sequence[Contents], work: Work) -> bytes:
    return packing_slips_pdf([content.slip(work.at.date()) for content in contents])


def _handover(contents: Sequence[Contents], work: Work) -> bytes:
    return handover_list_pdf(Contents.handover(contents, number=f"H-{work.batch_id}", on=work.at.date()))


DRAW: dict[Document, Callable[[Sequence[Contents], Work], bytes]] = {
    Document.LABEL: _labels,
    Document.PICK_LIST: _pick_list,
    Document.PACKING_SLIP: _slips,
    Document.HANDOVER: _handover,
}


@verb(name="print_parcels", subject=Subject.PARCEL, permission=Permission.PRINT, whole=True)
def print_parcels(work: Work, ids: Sequence[int], document: str = Document.LABEL) -> Report:
    """Draws `document` for the parcels that may print; the report's result names the stored file."""
    kind = Document(document)
    orders = lines.orders_in(work.organization_id, ids, lock=False)
    locked = locking.lock(lines.TABLE, ("stage", "waybill_number", "recipient_key"), work.organization_id, ids)
    answers = {i: _answer(row, orders, kind) for i, row in locked.rows.items()}
    done = [i for i in ids if i in answers and answers[i].refusal is None]
    result: dict[str, Any] = {}
    if done:
        pdf = DRAW[kind](read_contents(work.organization_id, done), work)
        name = f"{kind.value}s-{work.at:%Y%m%d-%H%M%S}.pdf"
        result = {
            "file": str(
                files.store(work.organization_id, name, "application/pdf", pdf, work.at, permission=Permission.PRINT)
            ),
            "pages": len(done),
        }
        _mark(work, done, kind)
        stages.note(
            work,
            subject=Subject.PARCEL,
            verb="print",
            moves=[Move(i, {}, {"document": kind.value}) for i in done],
        )
    return Report.answering(ids, [*answers.values(), *lines.missing(ids, locked)], result)


def _answer(row: Mapping[str, Any], orders: lines.Orders, kind: Document) -> Outcome:
    i, stage = row["id"], Stage(row["stage"])
    name = lines.name_of(i)
    if stop := orders.stop(i):
        return Outcome(i, name, *stop)
    if stage is not Stage.UNPACKED and kind in (Document.LABEL, Document.HANDOVER) and not row["waybill_number"]:
        return Outcome(i, name, Refusal.NO_WAYBILL)
    if stage is Stage.UNPACKED or (kind is not Document.PICK_LIST and stage not in TRANSITIONS[Act.PRINT]):
        return Outcome(i, name, Refusal.WRONG_STAGE, {"stage": stage.value, "expected": ", ".join(allowed(Act.PRINT))})
    if stale := orders.stale(i, row["recipient_key"]):
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
