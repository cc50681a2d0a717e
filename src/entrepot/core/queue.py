"""Putting work into the queue, by the task's name: in the transaction that the work is about, or not at all."""

from typing import Any

from procrastinate.contrib.django import app

RUN_BATCH = "run_batch"


def defer(task: str, *, queue: str, **arguments: Any) -> None:
    """Defers a task. With a rollback it was never deferred; with the commit a worker is woken."""
    app.configure_task(task, queue=queue, allow_unknown=False).defer(**arguments)


def defer_batch(organization_id: int, batch_id: int) -> None:
    defer(RUN_BATCH, queue="batches", organization_id=organization_id, batch_id=batch_id)
