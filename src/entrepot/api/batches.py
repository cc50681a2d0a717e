"""PUT and GET /batches/{uuid}, POST /batches/{uuid}/undo: every act on many things, done at most once."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Body, Path, Router
from ninja.responses import Status
from pydantic import BaseModel, Field

from entrepot.api.auth import actor_of
from entrepot.api.fields import IdOut, Input
from entrepot.api.problems import errors, not_found
from entrepot.api.selection import ids_of
from entrepot.api.verbs import VERBS, BatchBody
from entrepot.core import sql
from entrepot.core.batch import asked_before, loads, selection_of
from entrepot.core.clock import now
from entrepot.core.permissions import Permission
from entrepot.core.report import Outcome, Refusal
from entrepot.core.scope import organization_scope
from entrepot.core.submit import submit
from entrepot.core.undo import can_undo, submit_undo

router = Router(tags=["batches"])


class OutcomeOut(BaseModel):
    """What became of one asked item. `refusal` is null when it was done."""

    id: IdOut
    name: str
    refusal: Refusal | None
    message: str = Field(description="The refusal as a sentence, in the language of Accept-Language.")
    facts: dict[str, Any]


class BatchOut(BaseModel):
    uuid: UUID
    verb: str
    status: str = Field(description="queued, running, done, failed or undone")
    asked_count: int
    progress: int
    done_count: int
    refused_count: int
    outcomes: list[OutcomeOut] = Field(description="One per asked id, in the asked order; empty until it is finished.")
    result: dict[str, Any] = Field(description="What the batch made: parcels, a file …")
    error: str
    can_undo: bool
    created_at: datetime
    finished_at: datetime | None


class UndoBody(Input):
    uuid: UUID = Field(description="The UUID of the undo itself, made by you.")


@router.put("/batches/{uuid}", response={200: BatchOut, 202: BatchOut, **errors(409, 413)}, summary="Do a batch")
def put_batch(request: HttpRequest, uuid: Path[UUID], body: Body[BatchBody]) -> Any:
    """Up to 500 items are done at once (200); more are queued (202): ask `GET /batches/{uuid}` how it goes.

    The same UUID with the same body has the same answer and does nothing twice; with another body it is refused (409).
    """
    actor = actor_of(request, VERBS[body.verb].permission)
    organization_id = actor.organization_id
    ids, selection = body.ids or [], ""
    if body.all_of is not None:
        selection = selection_of(**body.all_of.model_dump(mode="json"))
        with organization_scope(organization_id):
            ids = asked_before(organization_id, uuid, selection)
            ids = ids or ids_of(body.all_of.filter, organization_id, body.all_of.expected)
    submit(
        body.verb,
        organization_id=organization_id,
        ids=ids,
        actor=actor,
        at=now(),
        uuid=uuid,
        options=body.verb_options(),
        selection=selection,
    )
    return _answer(_batch(organization_id, uuid))


def _answer(batch: dict[str, Any]) -> Status[dict[str, Any]]:
    return Status(202 if batch["status"] in {"queued", "running"} else 200, batch)


@router.get("/batches/{uuid}", response={200: BatchOut, **errors(404)}, summary="How a batch goes or went")
def get_batch(request: HttpRequest, uuid: Path[UUID]) -> Any:
    return _batch(actor_of(request, Permission.VIEW).organization_id, uuid)


@router.post(
    "/batches/{uuid}/undo", response={200: BatchOut, 202: BatchOut, **errors(404, 409, 413)}, summary="Undo a batch"
)
def undo(request: HttpRequest, uuid: Path[UUID], body: UndoBody) -> Any:
    """Undoes what is still as the batch left it and answers for the others. The undo is a batch of its own.

    Like any batch it is queued (202) above 500 items: ask `GET /batches/{uuid}` with the undo's UUID how it goes.
    """
    actor = actor_of(request, Permission.VIEW)
    undone = _batch(actor.organization_id, uuid)
    if verb := VERBS.get(undone["verb"]):
        actor.require(verb.permission)
    if not _is_undo_of(actor.organization_id, body.uuid, uuid):
        submit_undo(organization_id=actor.organization_id, batch_uuid=uuid, actor=actor, at=now(), uuid=body.uuid)
    return _answer(_batch(actor.organization_id, body.uuid))


def _is_undo_of(organization_id: int, uuid: UUID, of: UUID) -> bool:
    return bool(
        sql_in_scope(
            organization_id,
            """
            SELECT 1 FROM core_batch u JOIN core_batch b ON b.organization_id = u.organization_id AND b.id = u.undoes_id
            WHERE u.organization_id = %s AND b.organization_id = %s AND u.uuid = %s AND b.uuid = %s
            """,
            [organization_id, organization_id, uuid, of],
        )
    )


def sql_in_scope(organization_id: int, query: str, params: list[Any]) -> list[dict[str, Any]]:
    with organization_scope(organization_id):
        return sql.dicts(query, params)


def _batch(organization_id: int, uuid: UUID) -> dict[str, Any]:
    found = sql_in_scope(
        organization_id,
        """
        SELECT uuid, verb, status, asked_count, progress, done_count, refused_count, result, error, created_at,
            finished_at, CASE WHEN status IN ('queued', 'running') THEN '[]' ELSE outcomes END AS outcomes
        FROM core_batch WHERE organization_id = %s AND uuid = %s
        """,
        [organization_id, uuid],
    )
    if not found:
        raise not_found("batch")
    batch = found[0]
    return {
        **batch,
        "outcomes": [{**raw, "message": Outcome.from_json(raw).sentence} for raw in loads(batch["outcomes"])],
        "result": loads(batch["result"]),
        "can_undo": batch["status"] == "done" and can_undo(batch["verb"]),
    }
