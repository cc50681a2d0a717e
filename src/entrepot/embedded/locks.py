"""File locks that end with the process that holds them, so that a kill -9 leaves nothing stale."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from entrepot.embedded.address import ClusterError


class FileLock:
    """One lock on one file; `take` says whether it was free. Exclusive, or shared among any number of holders."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    def take(self, *, shared: bool = False) -> bool:
        """Takes the lock, or changes the kind of a lock already held; False when another process is in the way."""
        if self._fd is None:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            try:
                self._fd = os.open(self.path, flags, 0o600)
            except PermissionError as error:
                raise ClusterError(
                    f"{self.path.parent} belongs to another user: run as that user, "
                    "or choose another folder with ENTREPOT_HOME."
                ) from error
        try:
            fcntl.flock(self._fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            # A failed change of kind may have dropped the old lock: be honest and hold nothing.
            self.release()
            return False
        return True

    def release(self) -> None:
        """Gives the lock back; harmless when none is held."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._fd is not None

    def write(self, text: str) -> None:
        """Writes `text` into the locked file for whoever finds it locked."""
        if self._fd is None:
            raise RuntimeError("only the holder of the lock may write into its file")
        data = text.encode()
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, data, 0)


@contextmanager
def waited(path: Path, seconds: float) -> Iterator[None]:
    """Holds the exclusive lock on `path`, waiting at most `seconds` for it."""
    lock = FileLock(path)
    until = time.monotonic() + seconds
    while not lock.take():
        if time.monotonic() > until:
            raise ClusterError(
                f"Another process has been starting or stopping PostgreSQL in {path.parent} for {seconds:.0f} s; "
                "wait for it or end it, then try again."
            )
        time.sleep(0.02)
    try:
        yield
    finally:
        lock.release()
