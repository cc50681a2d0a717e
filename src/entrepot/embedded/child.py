"""One process of the house, kept alive: started, started again whenever it ends, and ended with all it started."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from entrepot.embedded.processes import dying_with_parent, send, send_group

FIRST_DELAY = 0.2  # seconds before the first restart, then doubling
LONGEST_DELAY = 10.0
SOUND_LIFE = 30.0  # seconds of life after which an end counts as the first one again


@dataclass(frozen=True, slots=True)
class Child:
    """What to run. `env` is added to our own environment; `ready_url`, if any, answers 200 once it serves."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    ready_url: str | None


class Kept:
    """A child and its present process. Instants are monotonic seconds, given by name."""

    def __init__(self, child: Child, mark: str) -> None:
        """`mark` ("NAME=value") goes into its environment, so that a later run can find what a killed one left."""
        self.child = child
        self.warming = child.ready_url is not None
        self.starts = 0
        self._mark = mark
        self._process: subprocess.Popen[bytes] | None = None
        self._due: float | None = 0.0
        self._born = 0.0
        self._delay = FIRST_DELAY

    def look(self, *, now: float) -> str | None:
        """Starts it when due, and notices its end, whatever the exit code; returns a sentence when it ended."""
        if self._process is None:
            return self._begin(now=now) if self._due is not None and now >= self._due else None
        code = self._process.poll()
        if code is None:
            return None
        self._sweep()
        self._process = None
        if now - self._born >= SOUND_LIFE:
            self._delay = FIRST_DELAY
        return self._later(_said(code), now=now)

    def alive(self) -> bool:
        """Whether its process still runs."""
        return self._process is not None and self._process.poll() is None

    def ask_to_end(self) -> None:
        """SIGTERM to its process alone (it ends its own workers in order), and no restart any more."""
        self._due = None
        if self._process is not None and self._process.poll() is None:
            send(self._process.pid, signal.SIGTERM)

    def end_now(self) -> None:
        """SIGKILL to it and to everything in its process group."""
        self._due = None
        self._sweep()
        if self._process is not None:
            self._process.wait()

    def _begin(self, *, now: float) -> str | None:
        name, _, value = self._mark.partition("=")
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the command is the house's own
                list(self.child.argv),
                env={**os.environ, **self.child.env, name: value},
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C reaches the supervisor only, which stops things in order
                preexec_fn=dying_with_parent(signal.SIGTERM),
            )
        except OSError as error:
            return self._later(f"cannot be started ({error.strerror}: {self.child.argv[0]})", now=now)
        self._born, self._due = now, None
        self.starts += 1
        self.warming = self.child.ready_url is not None
        return None

    def _later(self, what: str, *, now: float) -> str:
        delay = self._delay
        self._due = now + delay
        self._delay = min(delay * 2, LONGEST_DELAY)
        return f"{self.child.name} {what}; starting it again in {delay:g} s"

    def _sweep(self) -> None:
        """Its own children must not live on: they would hold the port against the next one."""
        if self._process is not None:
            send_group(self._process.pid, signal.SIGKILL)


def _said(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"
