"""The SKU importer: catalogue facts and opening stock in one file, by the same batch."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID, uuid4

from entrepot.catalog.import_skus import pair_equal_codes, save_skus
from entrepot.core import sql, statistics
from entrepot.core.batch import Work, open_batch
from entrepot.core.permissions import Actor, Permission
from entrepot.core.report import Report
from entrepot.core.scope import organization_scope
from entrepot.inventory.receive import Counted, set_stock
from entrepot.marketplaces.order_file import RefusedRow, SkuDraft

CHUNK = 2000


def import_skus(
    *,
    organization_id: int,
    drafts: Iterable[SkuDraft | RefusedRow],
    actor: Actor,
    at: datetime,
    uuid: UUID | None = None,
    options: Mapping[str, Any] | None = None,
    on_paired: Callable[[Work, list[int]], None] = lambda _work, _listings: None,
) -> dict[str, Any]:
    """Takes SKU rows in and returns `{"batch", "rows", "skus": {"created", "updated"}, "stock", "paired", "refused"}`.

    `on_paired` is told which listings found their SKU: the room above takes the review reason off waiting orders.
    """
    actor.require(Permission.CATALOG)
    uuid = uuid or uuid4()
    with organization_scope(organization_id):
        opened = open_batch(organization_id, uuid, "import_skus", [], dict(options or {}), actor, at)
    if isinstance(opened, Report):
        return {"batch": str(uuid), **opened.result}
    work = Work(organization_id, actor, at, opened, uuid)
    result: dict[str, Any] = {
        "rows": 0, "skus": {"created": 0, "updated": 0}, "stock": 0, "paired": 0, "refused": [],
    }  # fmt: skip
    stream = iter(drafts)
    while chunk := list(islice(stream, CHUNK)):
        with organization_scope(organization_id):
            _take_in(work, chunk, result, on_paired)
            sql.run(
                "UPDATE core_batch SET progress = %s, result = %s::jsonb WHERE organization_id = %s AND id = %s",
                [result["rows"], sql.dump(result), organization_id, opened],
            )
    statistics.refresh()
    with organization_scope(organization_id):
        sql.run(
            """
            UPDATE core_batch SET status = 'done', asked_count = progress, done_count = %s, refused_count = %s,
                result = %s::jsonb, finished_at = %s
            WHERE organization_id = %s AND id = %s
            """,
            [sum(result["skus"].values()), len(result["refused"]), sql.dump(result), at, organization_id, opened],
        )
    return {"batch": str(uuid), **result}


def _take_in(
    work: Work,
    chunk: list[SkuDraft | RefusedRow],
    result: dict[str, Any],
    on_paired: Callable[[Work, list[int]], None],
) -> None:
    result["rows"] += len(chunk)
    drafts = [item for item in chunk if isinstance(item, SkuDraft)]
    result["refused"] += [
        {"row": item.row, "field": item.field, "reason": item.reason} for item in chunk if isinstance(item, RefusedRow)
    ]
    if not drafts:
        return
    skus = save_skus(work, drafts)
    created = sum(fresh for _, fresh in skus.values())
    result["skus"]["created"] += created
    result["skus"]["updated"] += len(skus) - created
    paired = pair_equal_codes(work, [i for i, _ in skus.values()])
    result["paired"] += len(paired)
    if paired:
        on_paired(work, paired)
    counts = [
        Counted(skus[draft.code][0], str(draft.values.get("bin") or ""), int(draft.values["on_hand"]))
        for draft in drafts
        if draft.values.get("on_hand") is not None
    ]
    if counts:
        work.actor.require(Permission.STOCK)
        result["stock"] += len(set_stock(work, counts, "count"))
