"""Putting work into the queue, by the task's name: in the transaction that the work is about, or not at all."""

from contextlib import suppress
from typing import Any

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from entrepot.core import sql

RUN_BATCH = "run_batch"
NAMES = 0x6A6F62  # the class of advisory locks on names of jobs


def defer(task: str, *, queue: str, once: str | None = None, **arguments: Any) -> None:
    """Defers a task. With a rollback it was never deferred; with the commit a worker is woken.

    `once`: a name of which one job is enough; while one waits, a second is not put in. Nobody waits for another's commit:
    where a transaction that is still open has put one in (and may yet take it back), a second one goes in without a name.
    So tasks with a name must be safe to run twice, also at the same time.
    """
    if once is None:
        app.configure_task(task, queue=queue, allow_unknown=False).defer(**arguments)
        return
    with suppress(AlreadyEnqueued), transaction.atomic():  # a refused one must not spoil the work around it
        waits, free = _look(once)
        if not waits:
            job = app.configure_task(task, queue=queue, queueing_lock=once if free else None, allow_unknown=False)
            job.defer(**arguments)


def _look(once: str) -> tuple[bool, bool]:
    """(a job of this name waits, nobody else is about to put one in). The name is ours until the transaction ends."""
    ((waits, free),) = sql.rows(
        """
        SELECT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = %s AND status = 'todo'),
            pg_try_advisory_xact_lock(%s, hashtext(%s))
        """,
        [once, NAMES, once],
    )
    return bool(waits), bool(free)


def defer_batch(organization_id: int, batch_id: int) -> None:
    lock = f"batch-{organization_id}-{batch_id}"
    defer(RUN_BATCH, queue="batches", once=lock, organization_id=organization_id, batch_id=batch_id)
