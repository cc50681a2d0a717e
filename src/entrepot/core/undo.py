"""Undo a batch: its verb's inverse, applied to what is still as the batch left it. Answers for the others."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from entrepot.core import sql
from entrepot.core.batch import VERBS, Work, close_batch, loads, open_batch
from entrepot.core.permissions import Actor
from entrepot.core.report import Report
from entrepot.core.scope import organization_scope


class CannotUndo(Exception):
    """There is no such batch, or nothing to undo in it. The message says which."""


def can_undo(verb_name: str) -> bool:
    return verb_name in VERBS and VERBS[verb_name].undo is not None


def undo_batch(
    *, organization_id: int, batch_uuid: UUID, actor: Actor, at: datetime, uuid: UUID | None = None
) -> Report:
    """Undoes a finished batch and returns one outcome per item it had done.

    Raises:
        CannotUndo: no such batch, not finished, undone before, or a verb without an inverse.
        NotAllowed: the actor may not do the verb itself.
    """
    uuid = uuid or uuid4()
    with organization_scope(organization_id):
        batch = _find(organization_id, batch_uuid)
        verb = VERBS[batch["verb"]]
        actor.require(verb.permission)
        done = [int(outcome["id"]) for outcome in loads(batch["outcomes"]) if not outcome["refusal"]]
        opened = open_batch(organization_id, uuid, f"undo_{verb.name}", done, {"batch": str(batch_uuid)}, actor, at)
        if isinstance(opened, Report):
            return opened
        _require_undoable(batch)
        work = Work(organization_id, actor, at, opened, uuid)
        assert verb.undo is not None
        report = verb.undo(work, done, {**batch, "result": loads(batch["result"]), "options": loads(batch["options"])})
        close_batch(work, report)
        sql.run(
            "UPDATE core_batch SET undoes_id = %s WHERE organization_id = %s AND id = %s",
            [batch["id"], organization_id, opened],
        )
        sql.run(
            "UPDATE core_batch SET status = 'undone' WHERE organization_id = %s AND id = %s",
            [organization_id, batch["id"]],
        )
        return report


def _find(organization_id: int, uuid: UUID) -> dict[str, Any]:
    found = sql.dicts(
        """
        SELECT id, verb, status, outcomes, result, options FROM core_batch
        WHERE organization_id = %s AND uuid = %s FOR NO KEY UPDATE
        """,
        [organization_id, uuid],
    )
    if not found:
        raise CannotUndo("There is no such batch in your organization.")
    if not can_undo(found[0]["verb"]):
        raise CannotUndo("This kind of batch cannot be undone.")
    return found[0]


def _require_undoable(batch: dict[str, Any]) -> None:
    """Asked after the undo's own UUID: a repeated request gets its first answer, not this."""
    if batch["status"] == "undone":
        raise CannotUndo("This batch was undone already.")
    if batch["status"] != "done":
        raise CannotUndo("This batch is still running. Undo it when it is finished.")
