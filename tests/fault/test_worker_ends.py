"""How a worker ends: what is under way is finished and said in one line; an outage of PostgreSQL is one line too."""

import asyncio
import logging
import os
import signal
import threading
import time

import psycopg
import pytest
from procrastinate import App
from procrastinate.testing import InMemoryConnector
from psycopg_pool import PoolTimeout

from entrepot.cli.lanes import work
from entrepot.core.outage import QUIET_SECONDS, OneLine


@pytest.mark.parametrize("asked", [1, 2])
def test_a_worker_that_is_to_end_finishes_the_job_under_way_and_says_so_in_one_line(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, asked: int
) -> None:
    connector, begun = InMemoryConnector(), threading.Event()
    app, finished = App(connector=connector), []

    @app.task(name="slow", queue="outside")
    def slow() -> None:
        begun.set()
        time.sleep(0.7)
        finished.append("slow")

    def ask() -> None:
        assert begun.wait(10)
        for _ in range(asked):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.1)

    async def played() -> None:
        await slow.defer_async()
        await asyncio.wait_for(work(app, "test", 1), 20)

    clock = threading.Thread(target=ask)
    clock.start()
    with caplog.at_level(logging.WARNING):
        asyncio.run(played())
    clock.join()
    assert (finished, connector.jobs) == (["slow"], {})  # the queue knows that it is done
    assert [record.getMessage() for record in caplog.records] == []
    assert capfd.readouterr().err == "The worker ends when its jobs under way have ended: slow.\n"


def test_a_worker_without_a_job_under_way_ends_without_a_word(capfd: pytest.CaptureFixture[str]) -> None:
    async def played() -> None:
        asyncio.get_running_loop().call_later(0.3, os.kill, os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(work(App(connector=InMemoryConnector()), "test", 1), 20)

    asyncio.run(played())
    assert capfd.readouterr().err == ""


def record(error: BaseException | None, at: float = 1000.0, name: str = "procrastinate.worker") -> logging.LogRecord:
    info = (type(error), error, None) if error else None
    made = logging.LogRecord(name, logging.ERROR, "", 0, "Side task %s failed", ("listener",), info)
    made.created = at
    return made


def caused(error: BaseException) -> BaseException:
    outer = RuntimeError("Database error.")
    outer.__cause__ = error
    return outer


def test_an_outage_is_one_line_for_half_a_minute() -> None:
    line, gone = OneLine(), caused(psycopg.OperationalError("connection is bad: refused\n\tIs the server running?"))
    first = record(gone)
    assert line.filter(first)
    assert (first.getMessage(), first.exc_info) == (
        "PostgreSQL does not answer; going on when it does. (connection is bad: refused)", None,
    )  # fmt: skip
    for other in (gone, caused(PoolTimeout("no connection after 30 s")), caused(psycopg.errors.AdminShutdown("bye"))):
        assert not line.filter(record(other, 1000.0 + QUIET_SECONDS - 1))
    assert not line.filter(record(None, 1001.0, "psycopg.pool"))
    assert line.filter(record(gone, 1000.0 + QUIET_SECONDS))


@pytest.mark.parametrize(
    "error",
    [None, ValueError("ours"), psycopg.errors.LockNotAvailable("busy"), psycopg.errors.UniqueViolation("twice")],
)
def test_any_other_error_keeps_its_whole_story(error: BaseException | None) -> None:
    kept = record(error)
    assert OneLine().filter(kept)
    assert kept.getMessage() == "Side task listener failed"
    assert (kept.exc_info is None) == (error is None)
