"""The queue: one job of a name is enough, and nobody waits for another's transaction to put it in."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from django.db import connection, transaction
from tests.fault.another import another_transaction
from tests.fault.test_verbs_races import at_once

from entrepot.core import sql
from entrepot.core.queue import defer

TASK = "tell_notices"


def put_in(name: str) -> None:
    defer(TASK, queue="outside", once=name, organization_id=1)


def waiting(mark: str) -> list[str | None]:
    """The names under which jobs wait whose name, or whose argument, holds the mark."""
    return [
        row[0]
        for row in sql.rows(
            "SELECT queueing_lock FROM procrastinate_jobs WHERE status = 'todo' AND "
            "(queueing_lock = %s OR args ->> 'mark' = %s) ORDER BY id",
            [mark, mark],
        )
    ]


@contextmanager
def without_patience() -> Iterator[None]:
    """A transaction in which whoever has to wait fails at once."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '100ms'")
        yield


@pytest.mark.parametrize("commits", [True, False])
def test_a_named_job_does_not_wait_for_the_open_transaction_of_another(committed: str, commits: bool) -> None:
    name = f"tell-{uuid4()}"
    with another_transaction(lambda: put_in(name), commits=commits), without_patience():
        defer(TASK, queue="outside", once=name, organization_id=1, mark=name)
    # Ours is there whatever became of the other; both at once find nothing to do twice.
    assert waiting(name) == ([name, None] if commits else [None])


def test_a_second_job_of_a_name_is_not_put_in_while_one_waits(committed: str) -> None:
    name = f"tell-{uuid4()}"
    for _ in range(3):
        with transaction.atomic():
            put_in(name)
            put_in(name)
    assert waiting(name) == [name]


def test_a_job_of_a_name_is_put_in_again_once_the_first_was_taken(committed: str) -> None:
    name = f"tell-{uuid4()}"
    put_in(name)
    sql.run("UPDATE procrastinate_jobs SET status = 'doing' WHERE queueing_lock = %s", [name])
    put_in(name)
    assert waiting(name) == [name]


def test_a_job_of_a_transaction_that_failed_was_never_put_in(committed: str) -> None:
    name = f"tell-{uuid4()}"
    with transaction.atomic():
        put_in(name)
        transaction.set_rollback(True)
    assert waiting(name) == []
    put_in(name)
    assert waiting(name) == [name]


def test_eight_who_name_two_jobs_in_opposite_orders_are_never_stuck(committed: str) -> None:
    names = [f"tell-{uuid4()}", f"tell-{uuid4()}"]

    def both(n: int) -> None:
        for _ in range(10):
            with transaction.atomic():
                for name in names if n % 2 else names[::-1]:
                    put_in(name)

    at_once(8, both)
    assert [waiting(name) for name in names] == [[names[0]], [names[1]]]
