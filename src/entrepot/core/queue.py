"""Putting work into the queue, by the task's name: in the transaction that the work is about, or not at all."""

from contextlib import suppress
from typing import Any

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

RUN_BATCH = "run_batch"


def defer(task: str, *, queue: str, once: str | None = None, **arguments: Any) -> None:
    """Defers a task. With a rollback it was never deferred; with the commit a worker is woken.

    `once`: a name of which at most one job waits; a second one would find nothing to do.
    """
    job = app.configure_task(task, queue=queue, queueing_lock=once, allow_unknown=False)
    if once is None:
        job.defer(**arguments)
        return
    with suppress(AlreadyEnqueued), transaction.atomic():  # a refused one must not spoil the work around it
        job.defer(**arguments)


def defer_batch(organization_id: int, batch_id: int) -> None:
    lock = f"batch-{organization_id}-{batch_id}"
    defer(RUN_BATCH, queue="batches", once=lock, organization_id=organization_id, batch_id=batch_id)
