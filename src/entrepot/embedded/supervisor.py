"""One command that owns everything: PostgreSQL, web and worker. It restarts what dies and stops all of it in order.

A process is restarted also when it ends with code 0: a job worker does that when PostgreSQL goes away under it.
"""

import os
import signal
import time
from collections.abc import Callable, Sequence

from entrepot.embedded.address import Address, ClusterError
from entrepot.embedded.child import FIRST_DELAY, LONGEST_DELAY, Child, Kept
from entrepot.embedded.cluster import Cluster
from entrepot.embedded.folders import make
from entrepot.embedded.health import answers, front, listening
from entrepot.embedded.home import home
from entrepot.embedded.locks import FileLock
from entrepot.embedded.processes import marked, send, wait_until
from entrepot.embedded.wishes import Interrupted, Wishes

__all__ = ["ALREADY_RUNNING", "PORT_TAKEN", "Child", "supervise"]

ALREADY_RUNNING = 3
PORT_TAKEN = 4
MARK = "ENTREPOT_RUN"
SLOW_START = 60.0  # seconds without an answer after which we say so


def supervise(
    *,
    cluster: Cluster | None,
    prepare: Callable[[Address | None], Sequence[Child]],
    on_ready: Callable[[], None],
    on_event: Callable[[str], None],
    health_url: str,
    stop_timeout: float = 20,
) -> int:
    """Runs the house until it is asked to stop; returns the exit code: 0 stopped, 3 already running, 4 port taken.

    `prepare` migrates and names the children; `on_ready` is called once, when `health_url` and every `ready_url`
    answer 200; `on_event` gets one sentence for each thing that happens. ClusterError and what `prepare` raises come
    through after everything was stopped. Call it from the main thread.
    """
    place = home()
    make(place)
    lock = FileLock(place / "run.lock")
    if not lock.take():
        running_at = lock.path.read_text().strip() or "an address it has not said yet"
        on_event(f"Entrepot already runs from {place}: {running_at}. Stop it there with Ctrl-C first.")
        return ALREADY_RUNNING
    try:
        lock.write(front(health_url))
        mark = f"{MARK}={place}"
        _end_leftovers(mark, on_event)
        if _taken(health_url, on_event):
            return PORT_TAKEN
        with Wishes() as wishes:
            return House(cluster, wishes, on_event, mark, stop_timeout).live(prepare, on_ready, health_url)
    finally:
        lock.write("")
        lock.release()


class House:
    """The running whole: the cluster and the children, watched by one loop."""

    def __init__(
        self, cluster: Cluster | None, wishes: Wishes, on_event: Callable[[str], None], mark: str, stop_timeout: float
    ) -> None:
        """Nothing runs yet."""
        self.cluster = cluster
        self.wishes = wishes
        self.tell = on_event
        self.mark = mark
        self.stop_timeout = stop_timeout
        self.children: list[Kept] = []
        self._process = None if cluster is None else cluster.process()
        self._delay, self._due = FIRST_DELAY, 0.0

    def live(
        self, prepare: Callable[[Address | None], Sequence[Child]], on_ready: Callable[[], None], health_url: str
    ) -> int:
        """From the first start to the last stop; the exit code."""
        try:
            with self.wishes.breakable():
                address = self._start_cluster()
                children = prepare(address)
                if _taken(health_url, self.tell):  # preparing takes a while; another's answer would be taken for ours
                    return PORT_TAKEN
            self.children = [Kept(child, self.mark) for child in children]
            self._watch(on_ready, health_url)
        except Interrupted:
            pass
        finally:
            self._stop()
        return 0

    def _start_cluster(self) -> Address | None:
        if self.cluster is None:
            return None
        address = self.cluster.start(tied=True)
        self._process = self.cluster.process()
        return address

    def _watch(self, on_ready: Callable[[], None], health_url: str) -> None:
        ready, began, patience = False, time.monotonic(), SLOW_START
        while not self.wishes.stops:
            self._look_at_cluster()
            for kept in self.children:
                if said := kept.look(now=time.monotonic()):
                    self.tell(said)
            warm = self._probe(None if ready else health_url)
            if warm and not ready:
                ready = True
                on_ready()
            elif not ready and time.monotonic() - began > patience:
                self.tell(f"{front(health_url)} does not answer yet, after {patience:.0f} s.")
                patience *= 2
            self.wishes.sleep(0.5 if warm else 0.05)

    def _probe(self, health_url: str | None) -> bool:
        """Whether all who have an address answer on it; tells when a restarted one does."""
        with self.wishes.breakable():
            for kept in self.children:
                url = kept.child.ready_url
                if kept.warming and url is not None and kept.alive() and answers(url):
                    kept.warming = False
                    if kept.starts > 1:
                        self.tell(f"{kept.child.name} answers again")
            cold = any(kept.warming for kept in self.children)
            return not cold and (health_url is None or answers(health_url))

    def _look_at_cluster(self) -> None:
        """PostgreSQL died under us: start it again. The children reconnect, or die and are restarted."""
        if self.cluster is None or (self._process is not None and self._process.alive()):
            return
        if time.monotonic() < self._due:
            return
        self.tell("PostgreSQL ended unexpectedly; starting it again")
        try:
            with self.wishes.breakable():
                self._start_cluster()
        except ClusterError as error:
            self.tell(f"{error} Trying again in {self._delay:g} s.")
            self._due = time.monotonic() + self._delay
            self._delay = min(self._delay * 2, LONGEST_DELAY)
            return
        self._delay, self._due = FIRST_DELAY, 0.0
        self.tell("PostgreSQL answers again")

    def _stop(self) -> None:
        """The children in order, by force when the time is over or the wish is repeated; PostgreSQL last."""
        try:
            until = time.monotonic() + self.stop_timeout
            for kept in self.children:
                kept.ask_to_end()
            while any(kept.alive() for kept in self.children):
                if time.monotonic() > until or self.wishes.stops > 1:
                    break
                self.wishes.sleep(0.1)
            for kept in self.children:
                kept.end_now()
            for pid in marked(self.mark):
                send(pid, signal.SIGKILL)
        finally:
            if self.cluster is not None:
                self.cluster.stop()


def _taken(health_url: str, on_event: Callable[[str], None]) -> bool:
    """Whether another program answers where we want to; says so."""
    if wait_until(lambda: not listening(health_url), 2.0):
        return False
    on_event(f"Another program listens on {front(health_url)} already; stop it or choose another port.")
    return True


def _end_leftovers(mark: str, on_event: Callable[[str], None]) -> None:
    """Ends what a killed supervisor left of its children; we hold its lock, so they are nobody's."""
    mine = {os.getpid(), os.getppid()}
    left = [pid for pid in marked(mark) if pid not in mine]
    if not left:
        return
    on_event(f"Ending {len(left)} processes that an earlier run left behind")
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in left:
            send(pid, number)
        if wait_until(lambda: not [pid for pid in marked(mark) if pid not in mine], 5.0):
            return
