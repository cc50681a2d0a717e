"""A worker killed in the middle of a verb leaves nothing half done; a queued batch goes on where it stood."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import psycopg
import pytest
from django.db import connection
from tests import cast as people
from tests import plugin
from tests.cast import AT, World, fresh_world
from tests.db.test_verbs_batches import DESK

from entrepot.core import sql
from entrepot.core.jobs import MOST_DEATHS, run_batch
from entrepot.core.queue import defer_batch
from entrepot.core.submit import _run_chunk, run_queued, submit
from entrepot.core.sweeper import sweep_all
from entrepot.core.tenancy import tenant_models

VICTIM = Path(__file__).with_name("verbs_victim.py")


@pytest.fixture(scope="module")
def victims(committed_name: str) -> "Iterator[subprocess.Popen[str]]":
    environment = {
        **os.environ,
        "DATABASE_URL": plugin.url(committed_name),
        "DJANGO_SETTINGS_MODULE": "entrepot.settings",
        "PYTHONPATH": os.getcwd(),
    }
    started = subprocess.Popen(
        [sys.executable, VICTIM], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    with started:
        yield started
        started.terminate()


def kill_inside(victims: "subprocess.Popen[str]", *arguments: str) -> None:
    """Lets a victim begin, waits until it sleeps inside its transaction, and kills it without a warning."""
    assert victims.stdin is not None
    assert victims.stdout is not None
    victims.stdin.write(" ".join(arguments) + "\n")
    said, _, pid = victims.stdout.readline().strip().partition(" ")
    assert said == "inside", "the victim died before it came so far"
    os.kill(int(pid), signal.SIGKILL)


def everything(world: World) -> dict[str, Any]:
    """A fingerprint of all rows of the organization."""
    with world.scope():
        return {
            model._meta.db_table: sql.rows(
                f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {model._meta.db_table} t"
                " WHERE organization_id = %s",
                [world.organization_id],
            )[0]
            for model in tenant_models()
        }


@pytest.mark.parametrize("verb", sorted(DESK))
def test_a_worker_killed_inside_a_verb_leaves_everything_as_it_was(committed: str, victims: Any, verb: str) -> None:
    world = fresh_world(f"Killed {verb}", numbers=50)
    ids = DESK[verb](world, 5, "K")
    before = everything(world)
    kill_inside(victims, verb, str(world.organization_id), ",".join(map(str, ids)))
    wait_until_gone()
    assert everything(world) == before
    assert world.do(verb, ids).refused == []
    assert people.broken() == []


def wait_until_gone() -> None:
    """The server notices the death of a client within moments; until then its rows are busy."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as watcher:
        for _ in range(500):
            held = watcher.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND state IN ('idle in transaction', 'active')"
            ).fetchone()
            if held == (0,):
                return
            time.sleep(0.02)
    raise AssertionError("the dead worker still holds its locks")


@pytest.mark.parametrize("mode", ["import", "undo"])
def test_a_killed_import_or_undo_leaves_no_half_of_it(committed: str, victims: Any, mode: str) -> None:
    world = fresh_world(f"Killed {mode}")
    batch = uuid4()
    world.do("review_orders", world.orders(3), uuid=batch)
    before = everything(world)
    kill_inside(victims, mode, str(world.organization_id), str(batch))
    wait_until_gone()
    after = everything(world)
    if mode == "import":  # only the row that says "an import is running" was committed
        assert after.pop("core_batch")[0] == before.pop("core_batch")[0] + 1
    assert after == before
    if mode == "undo":
        assert world.undo(batch).refused == []


def test_a_batch_of_1200_goes_on_where_its_killed_worker_stood(committed: str, victims: Any) -> None:
    world = fresh_world("Queue")
    ids, uuid = world.orders(1200), uuid4()
    submit("review_orders", organization_id=world.organization_id, ids=ids, actor=world.actor, at=AT, uuid=uuid)
    batch_id = world.batch(uuid)["id"]
    kill_inside(victims, "queue", str(world.organization_id), str(batch_id), "3")
    wait_until_gone()
    batch = world.batch(uuid)
    assert (batch["status"], batch["progress"]) == ("running", 1000)
    assert world.counts() == {"order.to_review": 200, "order.to_pack": 1000}
    run_queued(organization_id=world.organization_id, batch_id=batch_id, at=AT)
    batch = world.batch(uuid)
    assert (batch["status"], batch["done_count"], batch["refused_count"]) == ("done", 1200, 0)
    assert world.counts() == {"order.to_pack": 1200}
    assert world.value("SELECT count(*) FROM core_event WHERE organization_id = %s AND verb = 'review'") == 1200


def _jobs(world: World) -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT status::text, attempts FROM procrastinate_jobs WHERE (args ->> 'organization_id')::bigint = %s"
            " ORDER BY id",
            [world.organization_id],
        )
        return cursor.fetchall()


def test_the_sweeper_gives_the_job_of_a_dead_worker_to_another(committed: str) -> None:
    world = fresh_world("Sweeper")
    ids, uuid = world.orders(600), uuid4()
    submit("review_orders", organization_id=world.organization_id, ids=ids, actor=world.actor, at=AT, uuid=uuid)
    with connection.cursor() as cursor:  # a worker took the job and was never heard of again
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id"
        )
        (worker,) = cursor.fetchone()
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE (args ->> 'organization_id')::bigint = %s",
            [worker, world.organization_id],
        )
    sweep_all(at=AT, stalled_seconds=10_000)
    assert _jobs(world) == [("doing", 0)]
    sweep_all(at=AT, stalled_seconds=30)
    assert [status for status, _ in _jobs(world)] == ["todo"]


def test_a_batch_that_killed_its_worker_six_times_has_failed_and_what_it_did_can_be_undone(committed: str) -> None:
    from procrastinate import JobContext

    world = fresh_world("Killer")
    ids, uuid = world.orders(700), uuid4()
    submit("review_orders", organization_id=world.organization_id, ids=ids, actor=world.actor, at=AT, uuid=uuid)
    batch_id = world.batch(uuid)["id"]
    with world.scope():
        assert _run_chunk(world.organization_id, batch_id, AT)  # then its worker died
    job = SimpleNamespace(attempts=MOST_DEATHS)
    run_batch.func(cast(JobContext, SimpleNamespace(job=job)), organization_id=world.organization_id, batch_id=batch_id)
    assert world.batch(uuid)["status"] == "failed"
    assert world.counts() == {"order.to_review": 200, "order.to_pack": 500}
    assert len(world.undo(uuid).done) == 500
    assert world.counts() == {"order.to_review": 700}


def test_the_job_of_a_dead_worker_ends_when_another_of_its_name_waits_already(committed: str) -> None:
    world = fresh_world("Sweeper twice")
    ids, uuid = world.orders(600), uuid4()
    submit("review_orders", organization_id=world.organization_id, ids=ids, actor=world.actor, at=AT, uuid=uuid)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id"
        )
        (worker,) = cursor.fetchone()
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE (args ->> 'organization_id')::bigint = %s"
            " RETURNING (args ->> 'batch_id')::bigint",
            [worker, world.organization_id],
        )
        (batch_id,) = cursor.fetchone()
    with world.scope():
        defer_batch(world.organization_id, batch_id)
    assert [status for status, _ in _jobs(world)] == ["doing", "todo"]
    sweep_all(at=AT, stalled_seconds=30)
    assert [status for status, _ in _jobs(world)] == ["todo"]


def test_a_real_worker_does_the_queued_batch(committed: str) -> None:
    from procrastinate.contrib.django import app

    world = fresh_world("Worker")
    ids, uuid = world.orders(700), uuid4()
    submit("review_orders", organization_id=world.organization_id, ids=ids, actor=world.actor, at=AT, uuid=uuid)

    async def work() -> None:
        running = app.with_connector(app.connector.get_worker_connector())
        async with running.open_async():
            await running.run_worker_async(queues=["batches"], wait=False, install_signal_handlers=False)

    asyncio.run(asyncio.wait_for(work(), 60))
    assert world.batch(uuid)["status"] == "done"
    assert world.counts() == {"order.to_pack": 700}
    assert _jobs(world) == [("succeeded", 1)]
