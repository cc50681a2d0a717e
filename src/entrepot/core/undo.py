"""Undo a batch: its verb's inverse, applied to what is still as the batch left it. Answers for the others."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.utils.translation import gettext_noop as _

from entrepot.core import sql
from entrepot.core.batch import CHUNK, VERBS, Work, close_batch, loads, open_batch
from entrepot.core.permissions import Actor
from entrepot.core.queue import defer_batch
from entrepot.core.report import Report
from entrepot.core.scope import organization_scope

PREFIX = "undo_"
OVER = ("done", "failed")  # what a failed batch had done before stays done, until it is undone


class CannotUndo(Exception):
    """There is no such batch, or nothing to undo in it. The message says which."""


def can_undo(verb_name: str) -> bool:
    return verb_name in VERBS and VERBS[verb_name].undo is not None


def undo_batch(
    *, organization_id: int, batch_uuid: UUID, actor: Actor, at: datetime, uuid: UUID | None = None
) -> Report:
    """Undoes a finished batch here and now and returns one outcome per item it had done.

    Raises:
        CannotUndo: no such batch, not finished, undone before, or a verb without an inverse.
        NotAllowed: the actor may not do the verb itself.
    """
    uuid = uuid or uuid4()
    with organization_scope(organization_id):
        batch = _find(organization_id, batch_uuid)
        opened = _open(batch, batch_uuid, organization_id, actor, at, uuid, "running")
        if isinstance(opened, Report):
            return opened
        work = Work(organization_id, actor, at, opened, uuid)
        report = _invert(work, batch)
        close_batch(work, report)
        return report


def submit_undo(*, organization_id: int, batch_uuid: UUID, actor: Actor, at: datetime, uuid: UUID) -> UUID:
    """The door of undo: up to 500 items at once, more in the worker; either way the batch row `uuid` tells how it goes.

    Raises:
        CannotUndo, NotAllowed: as `undo_batch`.
        SameUuidOtherBody: `uuid` stands for another request already.
    """
    with organization_scope(organization_id):
        batch = _find(organization_id, batch_uuid)
        if len(_done(batch)) <= CHUNK:
            undo_batch(organization_id=organization_id, batch_uuid=batch_uuid, actor=actor, at=at, uuid=uuid)
        else:
            opened = _open(batch, batch_uuid, organization_id, actor, at, uuid, "queued")
            if not isinstance(opened, Report):
                defer_batch(organization_id, opened)
    return uuid


def run_queued_undo(work: Work, options: Mapping[str, Any]) -> Report:
    """What the worker does for a queued undo: all of it in one transaction, as what was made together goes together."""
    return _invert(work, _find(work.organization_id, UUID(options["batch"])))


def is_undo(verb_name: str) -> bool:
    return verb_name.startswith(PREFIX)


def _open(
    batch: dict[str, Any], batch_uuid: UUID, organization_id: int, actor: Actor, at: datetime, uuid: UUID, status: str
) -> int | Report:
    actor.require(VERBS[batch["verb"]].permission)
    name, options = f"{PREFIX}{batch['verb']}", {"batch": str(batch_uuid)}
    opened = open_batch(organization_id, uuid, name, _done(batch), options, actor, at, status=status)
    if not isinstance(opened, Report):
        _require_undoable(organization_id, batch)
        sql.run(
            "UPDATE core_batch SET undoes_id = %s WHERE organization_id = %s AND id = %s",
            [batch["id"], organization_id, opened],
        )
    return opened


def _invert(work: Work, batch: dict[str, Any]) -> Report:
    verb = VERBS[batch["verb"]]
    assert verb.undo is not None
    left = {**batch, "result": loads(batch["result"]), "options": loads(batch["options"])}
    report = verb.undo(work, _done(batch), left)
    sql.run(
        "UPDATE core_batch SET status = 'undone' WHERE organization_id = %s AND id = %s",
        [work.organization_id, batch["id"]],
    )
    return report


def _done(batch: dict[str, Any]) -> list[int]:
    return [int(outcome["id"]) for outcome in loads(batch["outcomes"]) if not outcome["refusal"]]


def _find(organization_id: int, uuid: UUID) -> dict[str, Any]:
    found = sql.dicts(
        """
        SELECT id, verb, status, outcomes, result, options, created_at FROM core_batch
        WHERE organization_id = %s AND uuid = %s FOR NO KEY UPDATE
        """,
        [organization_id, uuid],
    )
    if not found:
        raise CannotUndo(_("There is no such batch in your organization."))
    if not can_undo(found[0]["verb"]):
        raise CannotUndo(_("This kind of batch cannot be undone."))
    return found[0]


def _require_undoable(organization_id: int, batch: dict[str, Any]) -> None:
    """Asked after the undo's own UUID: a repeated request gets its first answer, not this."""
    if batch["status"] == "undone":
        raise CannotUndo(_("This batch was undone already."))
    if batch["status"] not in OVER:
        raise CannotUndo(_("This batch is still running. Undo it when it is finished."))
    if batch["status"] == "failed" and not _done(batch):
        raise CannotUndo(_("Nothing of this batch was done, so there is nothing to undo."))
    if sql.rows(
        """
        SELECT 1 FROM core_batch WHERE organization_id = %s AND undoes_id = %s AND status IN ('queued', 'running')
            AND created_at >= %s
        """,
        [organization_id, batch["id"], batch["created_at"]],
    ):
        raise CannotUndo(_("This batch is being undone already."))
