"""Import orders: store first, judge later. The same file twice changes nothing; a newer version updates.

Each chunk is one transaction that also moves the batch's progress. A killed import is started again from the file:
what was taken in before stays unchanged.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any
from uuid import UUID, uuid4

import orjson

from entrepot.connections.stores import StoreFacts
from entrepot.core import sql, statistics
from entrepot.core.batch import Work, open_batch
from entrepot.core.permissions import Actor, Permission
from entrepot.core.report import Report
from entrepot.core.scope import organization_scope
from entrepot.marketplaces.contract import OrderDraft, OrderKind
from entrepot.marketplaces.order_file import RefusedRow
from entrepot.orders import ingest
from entrepot.orders.take_back import take_back
from entrepot.orders.take_in import take_in
from entrepot.orders.tally import Tally

CHUNK = 1000
VERB = "import_orders"


def import_orders(
    *,
    organization_id: int,
    store: StoreFacts,
    drafts: Iterable[OrderDraft | RefusedRow],
    actor: Actor,
    at: Any,
    uuid: UUID | None = None,
    options: Mapping[str, Any] | None = None,
    on_progress: Callable[[int], None] = lambda _done: None,
) -> dict[str, Any]:
    """Takes drafts in and returns `{"batch", "rows", "orders", "lines", "refused"}`.

    Raises:
        NotAllowed: the actor may not import.
        TakesNoFiles: the store's orders come from its marketplace.
        FileRefused: raised by `drafts` while reading; what was taken in before stays.
    """
    actor.require(Permission.IMPORT)
    store.require_files()
    uuid = uuid or uuid4()
    with organization_scope(organization_id):
        sql.run("SET LOCAL synchronous_commit = off")  # the row is for the eyes; the first chunk's commit keeps both
        opened = open_batch(organization_id, uuid, VERB, [], dict(options or {}), actor, at)
    if isinstance(opened, Report):
        return {"batch": str(uuid), **opened.result}
    work = Work(organization_id, actor, at, opened, uuid)
    tally, listings = Tally(), ingest.Listings(store.id)
    cancellations: list[OrderDraft] = []
    seen = 0
    stream = iter(drafts)
    chunk, finished = list(islice(stream, CHUNK)), False
    while chunk:
        following = list(islice(stream, CHUNK))
        orders: list[OrderDraft] = []
        for item in chunk:
            if isinstance(item, RefusedRow):
                tally.rows += 1
                tally.refused.append({"row": item.row, "field": item.field, "reason": item.reason})
                continue
            tally.rows += len(item.rows) or len(item.lines)
            (cancellations if item.kind is OrderKind.CANCELLATION else orders).append(item)
        seen += len(chunk)
        with organization_scope(organization_id):
            take_in(work, store, orders, listings, tally)
            finished = not following and not cancellations
            _note_progress(work, tally, seen, finished=finished)
        statistics.refresh()
        on_progress(seen)
        chunk = following
    if not finished:
        _take_back_all(work, store, cancellations, tally, seen)
    return {"batch": str(uuid), **tally.to_json()}


def _take_back_all(work: Work, store: StoreFacts, cancellations: Sequence[OrderDraft], tally: Tally, seen: int) -> None:
    """Cancellation documents last: what they take back may stand anywhere in the file."""
    with organization_scope(work.organization_id):
        for start in range(0, len(cancellations), CHUNK):
            take_back(work, store, cancellations[start : start + CHUNK], tally)
        _note_progress(work, tally, seen, finished=True)


def _note_progress(work: Work, tally: Tally, seen: int, *, finished: bool) -> None:
    sql.run(
        """
        UPDATE core_batch SET progress = %s, asked_count = greatest(asked_count, %s), done_count = %s, refused_count = %s,
            result = %s::jsonb, status = %s, finished_at = %s
        WHERE organization_id = %s AND id = %s
        """,
        [
            seen,
            seen,
            tally.created + tally.updated + tally.unchanged + tally.cancelled,
            len(tally.refused),
            orjson.dumps(tally.to_json()).decode(),
            "done" if finished else "running",
            work.at if finished else None,
            work.organization_id,
            work.batch_id,
        ],
    )
