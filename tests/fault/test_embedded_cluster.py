"""The cluster under every kill and every odd place it was seen to meet."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from embedded_stage import ROOT, our_env, outsiders_env, outsiders_python, playground, stranger

from entrepot.embedded import server
from entrepot.embedded.cluster import Cluster, ClusterError, borrowed
from entrepot.embedded.processes import pids, state, wait_until, works_in
from entrepot.embedded.throwaway import throw_away

pytestmark = pytest.mark.fault

BOOTSTRAP = ["CREATE ROLE alice LOGIN", "CREATE DATABASE shop OWNER alice", "CREATE TABLE began (at timestamptz)"]


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """One durable cluster for the whole file: each test leaves it stopped and sound."""
    with playground() as folder:
        yield folder / "pg"


@pytest.fixture
def cluster(place: Path) -> Iterator[Cluster]:
    cluster = Cluster(place, bootstrap=BOOTSTRAP)
    yield cluster
    cluster.stop()
    assert cluster.running() is None
    assert _processes(place) == []


def _processes(place: Path) -> list[int]:
    return [pid for pid in pids() if works_in(pid, place / "data")]


def _one(cluster: Cluster, query: str) -> object:
    address = cluster.running()
    assert address is not None
    with psycopg.connect(address.dsn("postgres"), autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
        return row[0] if row else None


def _act(cluster: Cluster, statement: str) -> None:
    address = cluster.running()
    assert address is not None
    with psycopg.connect(address.dsn("postgres"), autocommit=True) as connection:
        connection.execute(statement.encode())


def _kill_9(cluster: Cluster) -> int:
    process = cluster.process()
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    assert wait_until(lambda: not works_in(process.pid, process.data), 10)
    return process.pid


def _script(place: Path, body: str) -> subprocess.Popen[str]:
    """Another process that has `cluster` at hand; it talks through its standard output and waits for its input."""
    head = f"""
import os, sys, time, pathlib, psycopg
from entrepot.embedded.cluster import Cluster, borrowed
cluster = Cluster(pathlib.Path({str(place)!r}), bootstrap={BOOTSTRAP!r})
"""
    return subprocess.Popen(
        [sys.executable, "-c", head + body],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=our_env(),
    )


BORROWER = """
with borrowed(cluster) as address:
    print("in", flush=True)
    sys.stdin.readline()
    with psycopg.connect(address.dsn("shop", "alice")) as c:
        print(c.execute("SELECT 41 + 1").fetchone()[0], flush=True)
print("out", flush=True)
"""


def _say(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def _go(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    child.stdin.write("go\n")
    child.stdin.flush()


def test_a_new_cluster_answers_on_a_closed_socket_only_and_was_bootstrapped_once(cluster: Cluster) -> None:
    address = cluster.start()
    assert cluster.running() == address
    with psycopg.connect(address.dsn("shop", "alice")) as connection:
        assert connection.execute("SELECT current_user::text, current_database()::text").fetchone() == ("alice", "shop")
    assert stat.S_IMODE(address.socket_dir.stat().st_mode) == 0o700
    assert _one(cluster, "SHOW listen_addresses") == ""
    assert [_one(cluster, f"SHOW {name}") for name in ("shared_buffers", "max_connections", "jit", "fsync")] == [
        "128MB",
        "60",
        "off",
        "on",
    ]
    cluster.stop()
    assert cluster.running() is None
    cluster.start()  # CREATE ROLE a second time would fail
    assert _one(cluster, "SELECT count(*) FROM began") == 0


def test_text_sorts_the_same_everywhere_and_chinese_has_trigrams(cluster: Cluster) -> None:
    cluster.start()
    locale = "SELECT datlocprovider::text || ' ' || datlocale FROM pg_database WHERE datname = 'shop'"
    assert _one(cluster, locale) == "b C.UTF-8"
    assert _one(cluster, "SELECT lower('ÄÖ深圳')") == "äö深圳"
    _act(cluster, "CREATE EXTENSION IF NOT EXISTS pg_trgm")
    assert _one(cluster, "SELECT cardinality(show_trgm('深圳仓'))") == 4


def test_a_stale_pid_file_that_names_somebody_elses_process_is_seen_through(cluster: Cluster, place: Path) -> None:
    cluster.start()
    cluster.stop()
    owner = (place / "data").stat()
    as_user = {"user": owner.st_uid, "group": owner.st_gid} if ROOT else {}
    innocent = subprocess.Popen(["/bin/sleep", "60"], cwd="/", **as_user)  # same user: PostgreSQL itself would refuse
    try:
        socket_dir = cluster.start().socket_dir
        held = (place / "data" / "postmaster.pid").read_text().splitlines()
        cluster.stop()
        text = "\n".join([str(innocent.pid), *held[1:]]) + "\n"
        for path in (place / "data" / "postmaster.pid", socket_dir / ".s.PGSQL.5432.lock"):
            socket_dir.mkdir(mode=0o700, exist_ok=True)
            os.chown(socket_dir, owner.st_uid, owner.st_gid)
            path.write_text(text)
        assert cluster.running() is None
        cluster.start()
        assert _one(cluster, "SELECT 1") == 1
        assert innocent.poll() is None
    finally:
        innocent.kill()
        innocent.wait()


def test_a_zombie_postmaster_counts_as_dead(cluster: Cluster, place: Path) -> None:
    cluster.start()
    process = cluster.process()
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)  # its parent, this test, does not collect it
    assert wait_until(lambda: state(process.pid) == "Z", 10)
    other = Cluster(place, bootstrap=BOOTSTRAP)
    assert other.running() is None
    assert other.process() is None
    other.start()
    assert _one(other, "SELECT 1") == 1
    assert state(process.pid) == "Z"
    other.stop()


def test_after_kill_9_what_was_committed_is_there_and_what_was_not_is_gone(cluster: Cluster) -> None:
    address = cluster.start()
    _act(cluster, "DROP TABLE IF EXISTS parcel; CREATE TABLE parcel (id int)")
    open_one = psycopg.connect(address.dsn("postgres"))
    with psycopg.connect(address.dsn("postgres")) as connection:
        connection.execute("INSERT INTO parcel VALUES (1)")
    open_one.execute("INSERT INTO parcel VALUES (2)")
    _kill_9(cluster)
    cluster.start()
    assert _one(cluster, "SELECT array_agg(id) FROM parcel") == [1]
    open_one.close()


def test_a_backend_that_outlives_its_postmaster_does_not_keep_the_next_one_out(
    cluster: Cluster, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "ORPHAN_PATIENCE", 0.5)
    address = cluster.start()
    busy = psycopg.connect(address.dsn("postgres"))
    busy.pgconn.send_query(b"DO $$ BEGIN LOOP END LOOP; END $$")  # never waits, so it never notices
    orphan = busy.info.backend_pid
    _kill_9(cluster)
    time.sleep(0.3)
    assert works_in(orphan, place / "data")
    began = time.monotonic()
    cluster.start()
    assert time.monotonic() - began < 10
    assert _one(cluster, "SELECT 1") == 1
    assert not works_in(orphan, place / "data")
    busy.close()


def test_a_live_server_whose_socket_was_cleaned_away_is_restarted(cluster: Cluster) -> None:
    address = cluster.start()
    before = cluster.process()
    assert before is not None
    (address.socket_dir / ".s.PGSQL.5432").unlink()
    assert cluster.running() is None
    cluster.start()
    after = cluster.process()
    assert after is not None
    assert after.pid != before.pid
    assert _one(cluster, "SELECT 1") == 1


def test_two_borrowers_share_and_the_last_one_out_stops_it(cluster: Cluster, place: Path) -> None:
    first = _script(place, BORROWER)
    assert _say(first) == "in"
    second = _script(place, BORROWER)
    assert _say(second) == "in"
    _go(first)
    assert [_say(first), _say(first), first.wait(20)] == ["42", "out", 0]
    assert cluster.running() is not None
    _go(second)
    assert [_say(second), _say(second), second.wait(20)] == ["42", "out", 0]
    assert cluster.running() is None
    assert _processes(place) == []


def test_a_borrower_never_stops_the_server_of_its_owner(cluster: Cluster) -> None:
    cluster.start()
    with borrowed(Cluster(cluster.data_dir)) as address:
        assert address == cluster.running()
    assert _one(cluster, "SELECT 1") == 1


def test_a_borrower_that_was_killed_leaves_nothing_to_the_next_but_one(cluster: Cluster, place: Path) -> None:
    killed = _script(place, BORROWER)
    assert _say(killed) == "in"
    killed.kill()
    killed.wait()
    assert cluster.running() is not None  # an orphan now
    orphan = cluster.process()
    with borrowed(cluster):
        taken_over = cluster.process()
        assert orphan is not None
        assert taken_over is not None
        assert taken_over.pid == orphan.pid
    assert cluster.running() is None


def test_a_tied_server_ends_when_its_owner_is_killed(cluster: Cluster, place: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux tells a process that its parent died")
    owner = _script(place, "cluster.start(tied=True); print('in', flush=True); sys.stdin.readline()")
    assert _say(owner) == "in"
    owner.kill()
    owner.wait()
    assert wait_until(lambda: _processes(place) == [], 10)


def test_four_processes_that_meet_at_a_new_folder_make_one_cluster() -> None:
    with playground("meeting") as folder:
        body = BORROWER.replace("sys.stdin.readline()", "time.sleep(0.5)")
        four = [_script(folder / "pg", body) for _ in range(4)]
        said = [child.communicate(timeout=60)[0].split() for child in four]
        assert said == [["in", "42", "out"]] * 4
        assert Cluster(folder / "pg").running() is None


def test_a_cluster_that_was_half_made_is_made_anew() -> None:
    with playground("half") as folder:
        half = folder / "pg" / "data.making"
        half.mkdir(parents=True)
        (half / "PG_VERSION").write_text("18\n")
        wrong = Cluster(folder / "pg", bootstrap=["CREATE ROLE alice", "CREATE NONSENSE"], durable=False)
        with pytest.raises(ClusterError, match="refused “CREATE NONSENSE”: syntax error"):
            wrong.start()
        assert wrong.running() is None
        right = Cluster(folder / "pg", bootstrap=BOOTSTRAP, durable=False)
        right.start()
        assert _one(right, "SELECT count(*) FROM began") == 0
        right.stop()
        assert not half.exists()


def test_a_server_that_cannot_start_says_why_in_one_sentence(place: Path, cluster: Cluster) -> None:
    cluster.start()
    cluster.stop()
    with pytest.raises(ClusterError, match=r"PostgreSQL does not start: .*shared_buffers.*server\.log"):
        Cluster(place, settings={"shared_buffers": "a lot"}).start()


def test_a_path_that_is_too_long_gets_a_short_socket_folder_that_goes_with_the_server() -> None:
    with playground("long, and a comma") as folder:
        cluster = Cluster(folder / ("x" * 120) / "pg", durable=False)
        socket_dir = cluster.start().socket_dir
        assert socket_dir.parent == Path("/tmp")
        assert stat.S_IMODE(socket_dir.lstat().st_mode) == 0o700
        assert _one(cluster, "SELECT 1") == 1
        cluster.stop()
        assert not socket_dir.exists()


def test_a_closed_parent_keeps_its_mode_and_root_puts_the_data_where_the_server_may_go(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with playground("closed") as folder:
        monkeypatch.setattr("entrepot.embedded.folders.SYSTEM_PLACE", folder / "system")
        closed = folder / "closed"
        closed.mkdir(mode=0o700)
        above = {path: path.stat().st_mode for path in closed.parents}
        cluster = Cluster(closed / "home" / "pg", durable=False)
        cluster.start()
        assert _one(cluster, "SELECT 1") == 1
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        assert {path: path.stat().st_mode for path in closed.parents} == above
        if ROOT:
            elsewhere = Path((closed / "home" / "pg" / "elsewhere").read_text().strip())
            assert elsewhere.parent == folder / "system"
            assert _one(cluster, "SHOW data_directory") == str(elsewhere / "data")
            assert f"the database is kept in {elsewhere}" in caplog.text
        else:
            assert not (closed / "home" / "pg" / "elsewhere").exists()
        cluster.stop()
        cluster.start()  # follows the pointer
        cluster.stop()


def test_the_debian_servers_own_programs_work_too(monkeypatch: pytest.MonkeyPatch) -> None:
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not system:
        pytest.skip("no PostgreSQL of Debian on this machine")
    monkeypatch.setenv("PG_BIN", str(system[0].parent))
    with throw_away(bootstrap=BOOTSTRAP) as cluster:
        cluster.start()
        major = system[0].parts[-3]
        assert _one(cluster, "SHOW server_version_num")[:2] == major  # type: ignore[index]
        assert _one(cluster, "SHOW fsync") == "off"
        assert not (cluster.data_dir / "programs").exists()
        folder = cluster.data_dir
    assert not folder.parent.exists()


ORDINARY = """
import os, pathlib, signal, psycopg
from entrepot.embedded.cluster import Cluster, borrowed
from entrepot.embedded.home import home
cluster = Cluster(home() / "pg", bootstrap=["CREATE DATABASE shop"])
cluster.start()
os.kill(cluster.process().pid, signal.SIGKILL)
cluster.start()
with psycopg.connect(cluster.running().dsn("shop")) as c:
    print(c.execute("SELECT 42").fetchone()[0])
cluster.stop()
print(cluster.running(), sorted(p.name for p in (home() / "pg").iterdir()))
"""


def test_an_ordinary_user_and_root_can_share_one_home_and_a_third_person_cannot() -> None:
    person, python = stranger(), outsiders_python()
    with playground("ordinary") as folder:
        house = folder / "nobody's house"
        house.mkdir(mode=0o755)
        os.chown(house, person.pw_uid, person.pw_gid)
        env = {**outsiders_env(house), "ENTREPOT_HOME": str(house / "the data")}

        def as_person() -> str:
            ran = subprocess.run(
                [python, "-c", ORDINARY],
                user=person.pw_uid,
                group=person.pw_gid,
                extra_groups=[],
                cwd="/",
                env=env,
                capture_output=True,
                text=True,
                check=False,
            )
            assert ran.stderr == ""
            return ran.stdout

        assert as_person() == "42\nNone ['data', 'lock', 'run', 'server.log', 'users']\n"
        as_root = Cluster(house / "the data" / "pg")
        as_root.start()
        process = as_root.process()
        assert process is not None
        assert Path(f"/proc/{process.pid}").stat().st_uid == person.pw_uid
        as_root.stop()
        assert as_person() == "42\nNone ['data', 'lock', 'programs', 'run', 'server.log', 'users']\n"

        third = {"user": 12345, "group": 12345, "extra_groups": [], "cwd": "/", "env": env}
        ran = subprocess.run([python, "-c", ORDINARY], capture_output=True, text=True, check=False, **third)
        assert ran.returncode == 1
        assert "belongs to another user: run as that user" in ran.stderr.splitlines()[-1]


def test_the_server_of_root_is_not_root_and_owns_nothing_but_its_data(place: Path, cluster: Cluster) -> None:
    stranger()
    cluster.start()
    process = cluster.process()
    assert process is not None
    uid = Path(f"/proc/{process.pid}").stat().st_uid
    assert uid != 0
    owned = {path.name for path in place.iterdir() if path.stat().st_uid == uid}
    assert owned == {"data"} | ({"run"} if (place / "run").exists() else set())
    assert shutil.which("postgres", path=str(next((place / "programs").glob("*/*/pginstall/bin"))))
