"""A PostgreSQL cluster of our own: made when new, started, recovered after any kill, stopped, and lent.

Who stops it: `stop` is for the owner (the supervisor, a test run) and stops it whoever is connected. Borrowers leave,
and the last one out stops the server, unless an owner is there. Being there is a shared lock on the file `users`, which
the kernel takes back when a process dies, so nothing has to be counted and nothing goes stale.
"""

import logging
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from entrepot.embedded.address import Address, ClusterError
from entrepot.embedded.binaries import binaries, copied, is_wheel
from entrepot.embedded.folders import PORT, Folders, is_closed, make, prepared, resolved, same_owner
from entrepot.embedded.initdb import make_cluster, require_same_major, run_bootstrap
from entrepot.embedded.locks import FileLock, waited
from entrepot.embedded.processes import wait_until
from entrepot.embedded.server import (
    THROW_AWAY,
    Process,
    clear_leftovers,
    connects,
    found,
    last_words,
    launch,
    log_size,
)
from entrepot.embedded.user import ServerUser

__all__ = ["Address", "Cluster", "ClusterError", "binaries", "borrowed"]

log = logging.getLogger(__name__)

DOOR_SECONDS = 120.0  # how long one process waits while another starts or stops the server
START_SECONDS = 300.0  # crash recovery of a large database takes its time
RETRY_SECONDS = 30.0  # orphans of a killed server may hold its shared memory this long
PASSING = ("shared memory", "lock file")  # refusals that end by themselves


class Cluster:
    """One data folder and the server on it. `bootstrap` is run once, as superuser in database postgres, when new."""

    def __init__(
        self,
        data_dir: Path,
        *,
        bootstrap: Sequence[str] = (),
        settings: Mapping[str, str] = {},
        durable: bool = True,
    ) -> None:
        """`settings` are given at every start; `durable=False` trades safety for speed: tests only."""
        self.data_dir = data_dir.absolute()
        self.durable = durable
        self._bootstrap = tuple(bootstrap)
        self._settings = {**({} if durable else THROW_AWAY), **settings}
        self._owner = FileLock(self.data_dir / "users")
        self._process: Process | None = None

    def running(self) -> Address | None:
        """Where the server answers right now, or None. Asked by connecting, never by looking at process numbers."""
        folders = resolved(self.data_dir)
        try:
            uid = folders.data.stat().st_uid
        except (FileNotFoundError, PermissionError):
            return None
        address = Address(folders.socket_dir(uid), PORT)
        if is_closed(address.socket_dir, uid) and connects(address, folders.data):
            return address
        return None

    def start(self, *, tied: bool | None = None) -> Address:
        """Makes the cluster when new, starts it when it is down, and counts this process as an owner until `stop`.

        `tied`: the server ends when this process dies, however it dies (Linux); by default when not durable.
        Raises ClusterError with one sentence and the remedy.
        """
        return self._enter(self._owner, tied=not self.durable if tied is None else tied)

    def stop(self) -> None:
        """Stops the server fast, whoever is connected; harmless when it is down."""
        if not self.data_dir.is_dir():
            return
        with waited(self.data_dir / "lock", DOOR_SECONDS):
            self._stop()
            self._owner.release()

    def process(self) -> Process | None:
        """The living server's process, whoever started it; `alive()` on it is cheap and true."""
        if self._process is not None and self._process.alive():
            return self._process
        return found(resolved(self.data_dir).data)

    def _enter(self, use: FileLock, *, tied: bool) -> Address:
        make(self.data_dir)
        with waited(self.data_dir / "lock", DOOR_SECONDS):
            if not use.take(shared=True):
                raise ClusterError(f"{use.path} is locked by a program that is not Entrepot; end it and try again.")
            try:
                same_owner(self.data_dir / "lock")
                same_owner(use.path)
                return self.running() or self._up(tied=tied)
            except BaseException:
                use.release()
                raise

    def _leave(self, use: FileLock) -> None:
        with waited(self.data_dir / "lock", DOOR_SECONDS):
            last = use.take()
            if last:
                self._stop()
            use.release()

    def _up(self, *, tied: bool) -> Address:
        folders, user = prepared(self.data_dir)
        programs = binaries()
        if user.lent and is_wheel(programs):
            programs = copied(programs, folders.programs)
        address = Address(folders.socket_dir(user.uid), PORT)
        if not folders.data.exists():
            self._make_new(programs, folders, user, address)
        require_same_major(programs, folders.data)
        if not self._taken_over(folders, address):
            self._process = self._launched(programs, folders, folders.data, user, address, tied=tied)
        return address

    def _make_new(self, programs: Path, folders: Folders, user: ServerUser, address: Address) -> None:
        """Everything happens in a folder of another name: a half-made cluster can never be taken for a whole one."""
        if left := found(folders.making):
            left.stop()
        make_cluster(programs, folders.making, user, durable=self.durable)
        if self._bootstrap:
            process = self._launched(programs, folders, folders.making, user, address, tied=True)
            try:
                run_bootstrap(address, self._bootstrap)
            finally:
                process.stop()
        folders.making.rename(folders.data)

    def _taken_over(self, folders: Folders, address: Address) -> bool:
        """Deals with a postmaster that lives but did not answer: it starts, recovers, stops, or lost its socket."""
        old = found(folders.data)
        if old is None:
            return False
        reachable = (address.socket_dir / f".s.PGSQL.{PORT}").exists()
        wait_until(lambda: not old.alive() or connects(address, folders.data), 30.0 if reachable else 3.0)
        if old.alive() and connects(address, folders.data):
            return True
        log.warning("PostgreSQL (process %s) lives but does not answer; stopping it", old.pid)
        old.stop()
        return False

    def _launched(
        self, programs: Path, folders: Folders, data: Path, user: ServerUser, address: Address, *, tied: bool
    ) -> Process:
        """Starts a postmaster and waits until it answers; tries again while a killed one's leftovers are in the way."""
        began = time.monotonic()
        while True:
            clear_leftovers(data, address.socket_dir / f".s.PGSQL.{PORT}")
            since = log_size(folders.log)
            process = launch(programs, data, address.socket_dir, folders.log, user, self._settings, tied=tied)
            try:
                wait_until(lambda p=process: not p.alive() or connects(address, data), START_SECONDS)  # type: ignore[misc]
                if process.alive() and connects(address, data):
                    return process
            except BaseException:
                process.stop()
                raise
            process.stop()
            reason = last_words(folders, since)
            if time.monotonic() - began > RETRY_SECONDS or not any(word in reason for word in PASSING):
                raise ClusterError(f"PostgreSQL does not start: {reason} (more in {folders.log})")
            time.sleep(0.2)

    def _stop(self) -> None:
        process = self.process()
        if process is not None:
            process.stop()
        self._process = None
        folders = resolved(self.data_dir)
        if folders.data.exists():
            short = folders.socket_dir(folders.data.stat().st_uid)
            if not short.is_relative_to(folders.base):
                with suppress(OSError):  # not empty or not ours: somebody else's to remove
                    os.rmdir(short)


@contextmanager
def borrowed(cluster: Cluster) -> Iterator[Address]:
    """The running server, or one started for as long as somebody borrows it; the last one out stops it."""
    use = FileLock(cluster.data_dir / "users")
    address = cluster._enter(use, tied=False)
    try:
        yield address
    finally:
        cluster._leave(use)
