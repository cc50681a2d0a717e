"""Facts about processes: is it alive or a zombie, whose is it, and dying together with the parent."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

PROC = Path("/proc")
HAS_PROC = (PROC / "self" / "stat").exists()  # Linux; elsewhere ps is asked
PR_SET_PDEATHSIG = 1


def state(pid: int) -> str:
    """The state letter ("Z" is a zombie), or "" when there is no such process."""
    if HAS_PROC:
        try:
            # The command name stands in brackets and may itself hold brackets and spaces.
            return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
        except (OSError, IndexError):
            return ""
    return _ps("stat=", pid)[:1]


def works_in(pid: int, folder: Path) -> bool:
    """Whether `pid` is a living PostgreSQL process of the data folder: a number alone proves nothing."""
    if state(pid) in ("", "Z", "X"):
        return False
    if HAS_PROC:
        try:
            here = (PROC / str(pid) / "comm").read_text().startswith("postgres")
            return here and (PROC / str(pid) / "cwd").readlink() == folder.resolve()
        except OSError:
            return False
    command = _ps("command=", pid)
    return "postgres" in command and str(folder) in command


def _ps(column: str, pid: int) -> str:
    asked = ["/bin/ps", "-o", column, "-p", str(pid)]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603 - a number


def pids() -> Iterator[int]:
    """All processes of the machine, where /proc tells; nothing elsewhere."""
    if HAS_PROC:
        for entry in PROC.iterdir():
            if entry.name.isdigit():
                yield int(entry.name)


def marked(mark: str) -> list[int]:
    """The processes whose starting environment holds `mark` ("NAME=value"), except this one; Linux only."""
    found = []
    for pid in pids():
        try:
            environ = (PROC / str(pid) / "environ").read_bytes()
        except OSError:
            continue  # gone meanwhile, or somebody else's
        if pid != os.getpid() and mark.encode() in environ.split(b"\0"):
            found.append(pid)
    return found


def send(pid: int, number: signal.Signals) -> None:
    """Sends a signal; a process that is already gone is what was wanted."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def send_group(pgid: int, number: signal.Signals) -> None:
    """Sends a signal to a whole process group; an empty group is fine."""
    try:
        os.killpg(pgid, number)
    except (ProcessLookupError, PermissionError):
        return  # macOS says "not permitted" when only zombies are left in the group


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Waits until `condition()` holds, at most `seconds`; says whether it does."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def dying_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """A `preexec_fn` that makes the kernel send `number` when the parent dies; None where the kernel cannot.

    Must be used from the parent's main thread: the kernel watches the thread that forked, not the process.
    """
    if not HAS_PROC:
        return None
    libc = ctypes.CDLL(None, use_errno=True)  # looked up before the fork: nothing may be imported after it
    parent = os.getpid()

    def arrange() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # it died in between
            os.kill(os.getpid(), number)

    return arrange
