"""The virtual clock: runs, stands still or jumps, and goes on where it was after a restart."""

import time
from typing import Any

from entrepot.sandbox.store import Store


def real_ms() -> int:
    """Milliseconds since 1970 UTC on this machine's clock."""
    return time.time_ns() // 1_000_000


class Clock:
    """Virtual milliseconds = `virtual` at the real instant `real`, plus what has passed since while it runs."""

    def __init__(self, store: Store) -> None:
        self._store = store
        start = real_ms()
        state: dict[str, Any] = store.setting("clock", {"virtual": start, "real": start, "running": True})
        self._virtual, self._real, self._running = int(state["virtual"]), int(state["real"]), bool(state["running"])
        self._frozen_at: int | None = None
        self._keep()

    @property
    def running(self) -> bool:
        return self._running

    def ms(self) -> int:
        if self._frozen_at is not None:
            return self._frozen_at
        return self._virtual + (real_ms() - self._real if self._running else 0)

    def run(self) -> None:
        self._move(self.ms(), True)

    def pause(self) -> None:
        self._move(self.ms(), False)

    def jump(self, seconds: float) -> None:
        """Forward only: what has been answered stays in the past."""
        if seconds < 0:
            raise ValueError("The clock does not jump back.")
        self._move(self.ms() + int(seconds * 1000), self._running)

    def at(self, instant: int | None) -> None:
        """While an event that was due at `instant` is played, that is the time. None: back to the clock."""
        self._frozen_at = instant

    def _move(self, virtual: int, running: bool) -> None:
        self._virtual, self._real, self._running = virtual, real_ms(), running
        self._keep()

    def _keep(self) -> None:
        self._store.keep("clock", {"virtual": self._virtual, "real": self._real, "running": self._running})
