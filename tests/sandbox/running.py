"""The sandbox as it is really run: a process of its own, that can be killed."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.sandbox.played import Played


def start(home: Path, port: int = 0, seed: int = 7) -> tuple[Played, "subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "entrepot.sandbox", "--home", str(home), "--port", str(port), "--seed", str(seed)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ})
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("Sandbox ready: http://127.0.0.1:"), line
    return Played(int(line.rsplit(":", 1)[1])), process


def kill(process: "subprocess.Popen[str]") -> None:
    """At once and without a goodbye."""
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    assert process.stdout is not None
    process.stdout.close()


@contextmanager
def running(home: Path) -> Iterator[Played]:
    sandbox, process = start(home)
    try:
        yield sandbox
    finally:
        process.terminate()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


class Mailbox:
    """Takes webhooks and keeps (headers, body); answers with `status`."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        self._arrived = threading.Condition()
        box = self

        class Take(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with box._arrived:
                    box.got.append(({name.lower(): text for name, text in self.headers.items()}, body))
                    box._arrived.notify_all()
                self.send_response(box.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Take)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def wait_for(self, count: int, seconds: float = 10) -> list[tuple[dict[str, str], bytes]]:
        """At least `count` deliveries; fails when they do not come."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.got) >= count, seconds), f"{len(self.got)} of {count} came"
            return list(self.got)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
