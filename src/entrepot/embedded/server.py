"""One running postmaster: starting, recognising and stopping it."""

import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

from entrepot.embedded.address import Address, ClusterError
from entrepot.embedded.binaries import environment
from entrepot.embedded.folders import Folders, same_owner
from entrepot.embedded.processes import dying_with_parent, pids, send, wait_until, works_in
from entrepot.embedded.user import ServerUser

PER_START = {"shared_buffers": "128MB", "max_connections": "60", "jit": "off", "lc_messages": "C"}
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
LOG_BYTES = 10_000_000
STOP_FAST = signal.SIGINT  # disconnects everybody and writes a checkpoint
STOP_NOW = signal.SIGQUIT  # leaves the recovery to the next start
ORPHAN_PATIENCE = 5.0  # seconds that a backend without its postmaster may take to notice


@dataclass(frozen=True, slots=True)
class Process:
    """The postmaster of a data folder; `child` when this very process started it."""

    pid: int
    data: Path
    child: subprocess.Popen[bytes] | None = None

    def alive(self) -> bool:
        """Whether it still runs; also takes a dead child out of the process table."""
        if self.child is not None:
            return self.child.poll() is None
        return works_in(self.pid, self.data)

    def stop(self, seconds: float = 30.0) -> None:
        """Stops it fast, then at once. Raises ClusterError when even that does not end it."""
        for number, patience in ((STOP_FAST, seconds), (STOP_NOW, 5.0), (signal.SIGKILL, 5.0)):
            if not self.alive():
                return
            send(self.pid, number)
            if wait_until(lambda: not self.alive(), patience):
                return
        raise ClusterError(f"PostgreSQL (process {self.pid}) does not end; end it by hand: kill -9 {self.pid}")


def launch(
    programs: Path,
    data: Path,
    socket_dir: Path,
    log: Path,
    user: ServerUser,
    settings: Mapping[str, str],
    *,
    tied: bool,
) -> Process:
    """Starts a postmaster without a network port and returns at once; `connects` tells when it answers.

    `tied`: it ends with this process, where the kernel can do that and this is the main thread (the kernel watches
    the thread that forked: from any other the server would end with that thread).
    """
    given = {
        **PER_START,
        **settings,
        "listen_addresses": "",
        # One argument of a list, and quoted: the setting is a list of folders, and ours may hold a space.
        "unix_socket_directories": '"{}"'.format(str(socket_dir).replace('"', '""')),
        "unix_socket_permissions": "0700",
    }
    arguments = [str(programs / "postgres"), "-D", str(data)]
    for name, value in given.items():
        arguments += ["-c", f"{name}={value}"]
    tied = tied and threading.current_thread() is threading.main_thread()
    out = _opened(log)
    try:
        child = subprocess.Popen(  # noqa: S603 - our own program
            arguments,
            cwd="/",
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            umask=0o077,
            start_new_session=True,  # Ctrl-C is for the supervisor, which stops the server last
            preexec_fn=dying_with_parent(STOP_FAST) if tied else None,
            **user.run_as(),
        )
    finally:
        os.close(out)
    return Process(child.pid, data, child)


def found(data: Path) -> Process | None:
    """The living postmaster of the data folder, whoever started it. The pid file is a hint that gets checked."""
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return None
    return Process(pid, data) if works_in(pid, data) else None


def connects(address: Address, data: Path) -> bool:
    """Whether a server answers there, and serves this very data folder."""
    try:
        with psycopg.connect(address.dsn("postgres"), connect_timeout=5, autocommit=True) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
    except psycopg.OperationalError as error:
        # A full house is a living one.
        return "too many clients" in str(error) or "connection slots" in str(error)
    return row is not None and Path(row[0]).resolve() == data.resolve()


def clear_leftovers(data: Path, socket: Path) -> None:
    """After a kill -9: ends backends that outlived their postmaster, and removes the files it left.

    Called only when `found` sees no postmaster, under the lock of the cluster. PostgreSQL itself would refuse to start
    while a foreign process happens to have the old pid, and while orphans hold the shared memory.
    """

    def orphans() -> list[int]:
        return [pid for pid in pids() if works_in(pid, data)]

    if not wait_until(lambda: not orphans(), ORPHAN_PATIENCE):
        for pid in orphans():
            send(pid, signal.SIGKILL)
        wait_until(lambda: not orphans(), ORPHAN_PATIENCE)
    for path in (data / "postmaster.pid", socket, socket.with_name(socket.name + ".lock")):
        path.unlink(missing_ok=True)


def last_words(folders: Folders, since: int) -> str:
    """Why the server ended: the last FATAL line it wrote after byte `since` of its log."""
    with folders.log.open(encoding="utf-8", errors="replace") as file:
        file.seek(since)
        lines = [line.strip() for line in file if line.strip()]
    fatal = [line.partition("FATAL:")[2].strip() for line in lines if "FATAL:" in line]
    return (fatal or lines or ["it gave no reason"])[-1]


def log_size(log: Path) -> int:
    """Bytes of the log so far; a log that has grown large is set aside first, one old one is kept."""
    size = log.stat().st_size if log.exists() else 0
    if size <= LOG_BYTES:
        return size
    log.replace(log.with_suffix(".log.1"))
    return 0


def _opened(log: Path) -> int:
    out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    same_owner(log)
    return out
