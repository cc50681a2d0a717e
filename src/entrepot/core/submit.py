"""From a door to a verb: small batches run at once, large ones in the worker, chunk by chunk, with progress."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from entrepot.core import sql
from entrepot.core.batch import CHUNK, VERBS, Work, loads, open_batch
from entrepot.core.permissions import Actor, system_actor
from entrepot.core.queue import defer_batch
from entrepot.core.report import Report
from entrepot.core.scope import organization_scope
from entrepot.core.undo import is_undo, run_queued_undo


class CountMoved(Exception):
    """The filter now holds another number of items than the user confirmed."""

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(f"You confirmed {expected} items, the filter now holds {found}. Look again and confirm.")
        self.expected, self.found = expected, found


def confirm_count(expected: int, found: int) -> None:
    """A selection "all N of this filter" is only done when the filter still holds N.

    Raises:
        CountMoved: it does not.
    """
    if expected != found:
        raise CountMoved(expected, found)


def submit(
    verb_name: str,
    *,
    organization_id: int,
    ids: Sequence[int],
    actor: Actor,
    at: datetime,
    uuid: UUID,
    options: Mapping[str, Any] | None = None,
    selection: str = "",
) -> UUID:
    """Does it now (up to 500 items) or hands it to the worker; either way the batch row tells how it goes.

    `selection` is what the ids were found by (`selection_of`), "" when somebody named them.

    Raises:
        NotAllowed: the actor's role lacks the permission.
        SameUuidOtherBody: `uuid` stands for another request already.
    """
    verb, options = VERBS[verb_name], dict(options or {})
    asked = list(dict.fromkeys(ids))
    if len(asked) <= CHUNK:
        verb(organization_id=organization_id, ids=asked, actor=actor, at=at, uuid=uuid, selection=selection, **options)
        return uuid
    actor.require(verb.permission)
    with organization_scope(organization_id):
        opened = open_batch(
            organization_id, uuid, verb.name, asked, options, actor, at, status="queued", selection=selection
        )
        if not isinstance(opened, Report):
            defer_batch(organization_id, opened)
    return uuid


def run_queued(*, organization_id: int, batch_id: int, at: datetime, give_up: bool = False) -> None:
    """Goes on with a queued batch where it stands. Safe to run twice: each chunk moves the progress with its work.

    `give_up`: an error now is the last one; the batch is marked failed, so that a person sees it and nobody tries for ever.
    """
    try:
        while _run_chunk(organization_id, batch_id, at):
            pass
    except Exception:
        if give_up:
            fail(organization_id, batch_id, at)
        raise


def fail(organization_id: int, batch_id: int, at: datetime) -> None:
    """Ends a batch that nobody can bring to its end."""
    with organization_scope(organization_id):
        sql.run(
            """
            UPDATE core_batch SET status = 'failed', finished_at = %s,
                error = 'broken: an error that is ours; it is in the log. What was done before it stays done.'
            WHERE organization_id = %s AND id = %s AND status IN ('queued', 'running')
            """,
            [at, organization_id, batch_id],
        )


def _run_chunk(organization_id: int, batch_id: int, at: datetime) -> bool:
    with organization_scope(organization_id):
        found = sql.dicts(
            """
            SELECT uuid, verb, actor_id, status, options, asked, progress, result, created_at FROM core_batch
            WHERE organization_id = %s AND id = %s AND status IN ('queued', 'running') FOR NO KEY UPDATE SKIP LOCKED
            """,
            [organization_id, batch_id],
        )
        if not found:
            return False
        batch = found[0]
        whole = is_undo(batch["verb"]) or VERBS[batch["verb"]].whole
        chunk = batch["asked"][batch["progress"] :][: None if whole else CHUNK]
        actor = system_actor(organization_id).named(batch["actor_id"])  # the permission was checked when it was asked
        report = Report(())
        if chunk:
            work, options = Work(organization_id, actor, at, batch_id, batch["uuid"]), loads(batch["options"])
            if is_undo(batch["verb"]):
                report = run_queued_undo(work, options)
            else:
                report = VERBS[batch["verb"]].body(work, chunk, **options)
            work.write_counts()
        result = _merge(loads(batch["result"]), report.result)
        progress = batch["progress"] + len(chunk)
        finished = progress >= len(batch["asked"])
        sql.run(
            """
            UPDATE core_batch SET status = %s, progress = %s, done_count = done_count + %s,
                refused_count = refused_count + %s, outcomes = outcomes || %s::jsonb, result = %s::jsonb, finished_at = %s
            WHERE organization_id = %s AND id = %s
            """,
            [
                "done" if finished else "running",
                progress,
                len(report.done),
                len(report.refused),
                sql.dump([outcome.to_json() for outcome in report.outcomes]),
                sql.dump(result),
                at if finished else None,
                organization_id,
                batch_id,
            ],
        )
        return not finished


def _merge(before: dict[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Lists of what the chunks made are joined; anything else is the last chunk's."""
    merged = dict(before)
    for key, value in new.items():
        merged[key] = [*merged[key], *value] if isinstance(value, list) and key in merged else value
    return merged
