"""The sandbox as it is really run: a process of its own, that can be killed."""

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Got:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Front:
    """The sandbox's one port: HTTP as a connector speaks it, and the control API."""

    port: int

    def call(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        form: dict[str, str] | None = None,
        value: Any = None,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> Got:
        """One request on a connection of its own; redirects are not followed."""
        sent = dict(headers or {})
        if form is not None:
            body, sent["Content-Type"] = urllib.parse.urlencode(form).encode(), "application/x-www-form-urlencoded"
        elif value is not None:
            body, sent["Content-Type"] = json.dumps(value).encode(), "application/json"
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path + (f"?{urllib.parse.urlencode(query)}" if query else ""), body, sent)
            response = connection.getresponse()
            return Got(response.status, {name.lower(): text for name, text in response.getheaders()}, response.read())
        finally:
            connection.close()

    def control(self, verb: str, **value: Any) -> Any:
        """POST with values, GET without. The control API must agree."""
        got = self.call("POST" if value else "GET", f"/control/{verb}", value=value or None)
        assert got.status == 200, got.body
        return got.json

    def make(
        self, marketplace: str, shop: str = "alpha", *, count: int = 1, kinds: tuple[str, ...] = ("plain",)
    ) -> list[str]:
        got = self.control("orders", marketplace=marketplace, shop=shop, count=count, kinds=kinds)
        made: list[str] = got["order_ids"]
        return made

    def entry(self, marketplace: str, order_id: str) -> Any:
        """The order in the ledger's shape, with the twin's document."""
        got = self.call("GET", "/control/order", query={"marketplace": marketplace, "order_id": order_id})
        assert got.status == 200, got.body
        return got.json

    def fault(self, marketplace: str, name: str, *, on: bool = True) -> None:
        self.control("faults", marketplace=marketplace, fault=name, rate=1, on=on)

    def now_ms(self) -> int:
        return int(self.control("state")["clock"]["now_ms"])

    def jump(self, seconds: float) -> None:
        self.control("clock", action="jump", seconds=seconds)


def start(home: Path, port: int = 0, seed: int = 7) -> tuple[Front, "subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "entrepot.sandbox", "--home", str(home), "--port", str(port), "--seed", str(seed)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ})
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("Sandbox ready: http://127.0.0.1:"), line
    return Front(int(line.rsplit(":", 1)[1])), process


def kill(process: "subprocess.Popen[str]") -> None:
    """At once and without a goodbye."""
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    assert process.stdout is not None
    process.stdout.close()


@contextmanager
def running(home: Path) -> Iterator[Front]:
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

    def wait_for_one(self, wanted: Callable[[bytes], bool], seconds: float = 10) -> tuple[dict[str, str], bytes]:
        """The first delivery whose body is wanted, whatever else orders of other tests are telling meanwhile."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: any(wanted(body) for _, body in self.got), seconds), "it did not come"
            return next((headers, body) for headers, body in self.got if wanted(body))

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
