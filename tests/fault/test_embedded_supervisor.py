"""The supervisor under kills: everything comes back, and nothing is left behind."""

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from embedded_stage import our_env, playground

from entrepot.embedded.cluster import Cluster
from entrepot.embedded.health import answers
from entrepot.embedded.processes import marked, pids, state, wait_until, works_in

pytestmark = pytest.mark.fault

HOUSE = Path(__file__).with_name("embedded_house.py")


class Running:
    """One supervisor in a process group of its own, and what it said."""

    def __init__(self, home: Path, port: int, scene: str) -> None:
        self.home = home
        self.lines: queue.Queue[str] = queue.Queue()
        self.process = subprocess.Popen(
            [sys.executable, str(HOUSE), scene],
            env={**our_env(), "ENTREPOT_HOME": str(home), "PORT": str(port)},
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # These tests may run under `nohup`, whose children would inherit that the signal means nothing.
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line.strip())

    def hears(self, expected: str, seconds: float = 60.0) -> list[str]:
        """Waits for a line that holds `expected`; gives all lines up to it."""
        heard: list[str] = []
        until = time.monotonic() + seconds
        while not heard or expected not in heard[-1]:
            try:
                heard.append(self.lines.get(timeout=max(0.01, until - time.monotonic())))
            except queue.Empty:
                pytest.fail(f"never heard {expected!r}, only {heard}")
        return heard

    def pid(self, name: str, other_than: int | None = None) -> int:
        """The pid that a child wrote down, once it is another one than `other_than` and alive."""
        path = self.home / f"{name}.pid"

        def written() -> bool:
            text = path.read_text() if path.exists() else ""
            return bool(text) and int(text) != other_than and state(int(text)) not in ("", "Z")

        assert wait_until(written, 60)
        return int(path.read_text())

    def interrupt(self) -> None:
        """Ctrl-C at the terminal: the whole foreground group gets it."""
        os.killpg(self.process.pid, signal.SIGINT)

    def ends(self, seconds: float = 60.0) -> int:
        """Its exit code."""
        return self.process.wait(seconds)


class Stage:
    """A home and a port, and all supervisors started on them."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/health"
        self.cluster = Cluster(home / "pg", durable=False)
        self.started: list[Running] = []

    def start(self, scene: str = "plain", *, ready: bool = True) -> Running:
        run = Running(self.home, self.port, scene)
        self.started.append(run)
        if ready:
            run.hears("ready")
        return run

    def processes(self) -> list[int]:
        """Everything that belongs to this home and lives."""
        servers = [pid for pid in pids() if works_in(pid, self.home / "pg" / "data")]
        return marked(f"ENTREPOT_RUN={self.home}") + servers

    def close(self) -> None:
        for run in self.started:
            if run.process.poll() is None:
                run.process.kill()
                run.process.wait()
        for pid in marked(f"ENTREPOT_RUN={self.home}"):
            os.kill(pid, signal.SIGKILL)
        self.cluster.stop()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """One home for the whole file, so that its cluster is made once."""
    with playground() as folder:
        yield folder


@pytest.fixture
def stage(folder: Path) -> Iterator[Stage]:
    for name in ("web.pid", "helper.pid", "worker.pid", "worker.end"):
        (folder / name).unlink(missing_ok=True)
    stage = Stage(folder)
    yield stage
    stage.close()


def test_ctrl_c_stops_the_children_in_order_and_postgresql_last(stage: Stage) -> None:
    run = stage.start()
    assert urllib.request.urlopen(stage.url, timeout=5).status == 200
    assert stage.cluster.running() is not None
    run.pid("worker")
    run.interrupt()
    assert run.ends() == 0
    assert (stage.home / "worker.end").read_text() == "SIGTERM True"  # not SIGINT, and PostgreSQL was still there
    assert stage.processes() == []
    assert not answers(stage.url)


def test_a_killed_web_server_comes_back_though_its_helper_held_the_port(stage: Stage) -> None:
    run = stage.start()
    web, helper = run.pid("web"), run.pid("helper")
    os.kill(web, signal.SIGKILL)
    assert run.hears("web")[-1] == "web was killed by SIGKILL; starting it again in 0.2 s"
    run.hears("web answers again", 5)
    assert answers(stage.url)
    assert run.pid("web", other_than=web) != web
    assert state(helper) in ("", "Z")
    run.process.terminate()
    assert run.ends() == 0
    assert stage.processes() == []


def test_a_worker_comes_back_after_a_kill_and_after_it_ended_with_code_0(stage: Stage) -> None:
    run = stage.start()
    first, web = run.pid("worker"), run.pid("web")
    os.kill(first, signal.SIGKILL)
    assert run.hears("worker")[-1] == "worker was killed by SIGKILL; starting it again in 0.2 s"
    second = run.pid("worker", other_than=first)
    os.kill(second, signal.SIGUSR1)
    assert run.hears("worker")[-1] == "worker ended with code 0; starting it again in 0.4 s"
    run.pid("worker", other_than=second)
    assert run.pid("web") == web


def test_postgresql_killed_under_it_is_started_again_and_the_children_stay(stage: Stage) -> None:
    run = stage.start()
    children = run.pid("web"), run.pid("worker")
    before = stage.cluster.process()
    assert before is not None
    os.kill(before.pid, signal.SIGKILL)
    assert run.hears("answers again") == [
        "PostgreSQL ended unexpectedly; starting it again",
        "PostgreSQL answers again",
    ]
    address = stage.cluster.running()
    assert address is not None
    with psycopg.connect(address.dsn("postgres")) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert (run.pid("web"), run.pid("worker")) == children
    run.interrupt()
    assert run.ends() == 0
    assert stage.processes() == []


def test_a_second_start_says_where_the_first_one_runs_and_leaves_it_alone(stage: Stage) -> None:
    first = stage.start()
    second = stage.start(ready=False)
    assert second.ends() == 3
    said = f"Entrepot already runs from {stage.home}: http://127.0.0.1:{stage.port}/. Stop it there with Ctrl-C first."
    assert second.hears("already") == [said]
    assert answers(stage.url)
    assert first.process.poll() is None


def test_a_killed_supervisor_takes_its_children_and_postgresql_along(stage: Stage) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux tells a process that its parent died")
    run = stage.start()
    run.pid("worker")
    run.process.kill()
    assert wait_until(lambda: [pid for pid in stage.processes() if state(pid) not in ("", "Z")] == [], 10)
    again = stage.start()
    again.interrupt()
    assert again.ends() == 0


def test_what_survives_a_killed_supervisor_is_ended_by_the_next_start(stage: Stage) -> None:
    if sys.platform != "linux":
        pytest.skip("elsewhere nothing tells which processes are left")
    run = stage.start("stubborn")
    stubborn = run.pid("worker")
    run.process.kill()
    run.process.wait()
    time.sleep(0.3)
    assert state(stubborn) == "S"
    again = stage.start(ready=False)
    heard = again.hears("ready")
    assert heard[0] == "Ending 1 processes that an earlier run left behind"
    assert state(stubborn) in ("", "Z")


def test_an_orphaned_postgresql_is_taken_over_and_stopped_in_the_end(stage: Stage) -> None:
    body = "import os, pathlib, sys; from entrepot.embedded.cluster import Cluster\n"
    body += f"Cluster(pathlib.Path({str(stage.home / 'pg')!r}), durable=False).start(tied=False)\n"
    body += "os.kill(os.getpid(), 9)"
    env = our_env()
    assert subprocess.run([sys.executable, "-c", body], env=env, check=False).returncode == -9
    orphan = stage.cluster.process()
    assert orphan is not None
    run = stage.start()
    taken_over = stage.cluster.process()
    assert taken_over is not None
    assert taken_over.pid == orphan.pid
    os.kill(orphan.pid, signal.SIGKILL)  # its death is noticed although it is no child
    run.hears("PostgreSQL answers again", 10)
    run.interrupt()
    assert run.ends() == 0
    assert stage.processes() == []


def test_a_stubborn_child_is_killed_when_the_time_is_over(stage: Stage) -> None:
    run = stage.start("stubborn")
    stubborn = run.pid("worker")
    began = time.monotonic()
    run.interrupt()
    assert run.ends() == 0
    assert 1.0 <= time.monotonic() - began < 4.0
    assert state(stubborn) == ""
    assert stage.processes() == []


def test_a_second_ctrl_c_does_not_wait(stage: Stage) -> None:
    run = stage.start()
    worker = run.pid("worker")
    os.kill(worker, signal.SIGSTOP)  # would keep us for the whole twenty seconds
    run.interrupt()
    time.sleep(0.5)
    assert run.process.poll() is None
    began = time.monotonic()
    run.interrupt()
    assert run.ends() == 0
    assert time.monotonic() - began < 3.0
    assert stage.processes() == []


def test_ctrl_c_breaks_off_a_long_preparation(stage: Stage) -> None:
    run = stage.start("long preparation", ready=False)
    run.hears("prepare True")
    run.interrupt()
    assert run.ends(5) == 0
    assert stage.processes() == []


def test_a_failed_preparation_comes_through_after_everything_stopped(stage: Stage) -> None:
    run = stage.start("broken preparation", ready=False)
    assert run.ends() == 1
    assert run.hears("migration") == ["prepare True", "The migration failed."]
    assert stage.processes() == []


def test_a_port_that_another_program_holds_is_named_before_anything_starts(stage: Stage) -> None:
    with socket.create_server(("127.0.0.1", stage.port)):
        run = stage.start(ready=False)
        assert run.ends() == 4
    expected = f"Another program listens on http://127.0.0.1:{stage.port}/ already; stop it or choose another port."
    assert run.hears("already") == [expected]
    assert stage.cluster.running() is None


def test_a_port_that_another_program_took_meanwhile_is_named_and_nothing_calls_itself_ready(stage: Stage) -> None:
    run = stage.start("late neighbour", ready=False)
    assert run.ends() == 4
    expected = f"Another program listens on http://127.0.0.1:{stage.port}/ already; stop it or choose another port."
    assert run.hears("already") == ["prepare True", expected]
    assert stage.processes() == []


def test_it_keeps_the_children_of_a_house_whose_database_is_elsewhere(stage: Stage) -> None:
    run = stage.start("no cluster")
    assert stage.cluster.running() is None
    worker = run.pid("worker")
    run.process.send_signal(signal.SIGHUP)  # the terminal was closed
    assert run.ends() == 0
    assert state(worker) == ""
    assert (stage.home / "worker.end").read_text() == "SIGTERM False"
