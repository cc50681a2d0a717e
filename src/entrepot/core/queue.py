"""Putting work into the queue, by the task's name: in the transaction that the work is about, or not at all."""

from contextlib import suppress
from typing import Any

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

RUN_BATCH = "run_batch"


def defer(task: str, *, queue: str, **arguments: Any) -> None:
    """Defers a task. With a rollback it was never deferred; with the commit a worker is woken."""
    app.configure_task(task, queue=queue, allow_unknown=False).defer(**arguments)


def defer_batch(organization_id: int, batch_id: int) -> None:
    """At most one job of a batch waits: a second one would find nothing to do."""
    lock = f"batch-{organization_id}-{batch_id}"
    task = app.configure_task(RUN_BATCH, queue="batches", queueing_lock=lock, allow_unknown=False)
    with suppress(AlreadyEnqueued), transaction.atomic():  # a refused one must not spoil the work around it
        task.defer(organization_id=organization_id, batch_id=batch_id)
