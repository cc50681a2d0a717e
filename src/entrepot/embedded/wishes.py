"""What the person at the terminal wants: signals, turned into something a loop can look at."""

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self


class Interrupted(BaseException):
    """Raised inside a long step (a migration) when it may be broken off; never leaves the supervisor."""


class Wishes:
    """Counts the requests to stop (Ctrl-C, SIGTERM, a closed terminal) while it is entered."""

    def __init__(self) -> None:
        """Nothing is changed before it is entered; that must happen in the main thread."""
        self.stops = 0
        self._breakable = False
        self._before: dict[signal.Signals, Any] = {}
        self._read, self._write, self._wakeup_before = -1, -1, -1

    def __enter__(self) -> Self:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)
        self._wakeup_before = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number is signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN:
                continue  # started with nohup: it is meant to outlive the terminal
            self._before[number] = signal.signal(number, self._asked)
        # Only so that the end of a child wakes the loop.
        self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup_before)
        os.close(self._read)
        os.close(self._write)

    @contextmanager
    def breakable(self) -> Iterator[None]:
        """A step that a wish to stop breaks off with Interrupted, also one made before it began."""
        self._breakable = True
        try:
            if self.stops:
                raise Interrupted
            yield
        finally:
            self._breakable = False

    def sleep(self, seconds: float) -> None:
        """Waits until a signal comes, a child ends, or `seconds` are over."""
        if select.select([self._read], [], [], seconds)[0]:
            while True:
                try:
                    if not os.read(self._read, 4096):
                        return
                except BlockingIOError:
                    return

    def _asked(self, number: int, frame: FrameType | None) -> None:
        self.stops += 1
        if self._breakable:
            self._breakable = False  # once is enough: the way out must not be broken off too
            raise Interrupted
