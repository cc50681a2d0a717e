"""The sandbox on a real port, for tests of twins: control calls, and HTTP as a connector would speak it."""

import json
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server

from entrepot.sandbox.server import Quiet, Sandbox


@dataclass(frozen=True, slots=True)
class Got:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Played:
    port: int
    sandbox: Sandbox

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
        """One request; redirects are not followed."""
        sent = dict(headers or {})
        if form is not None:
            body, sent["Content-Type"] = urllib.parse.urlencode(form).encode(), "application/x-www-form-urlencoded"
        elif value is not None:
            body, sent["Content-Type"] = json.dumps(value).encode(), "application/json"
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path + (f"?{urllib.parse.urlencode(query)}" if query else ""), body, sent)
            response = connection.getresponse()
            got = {name.lower(): text for name, text in response.getheaders()}
            return Got(response.status, got, response.read())
        finally:
            connection.close()

    def control(self, verb: str, **value: Any) -> Any:
        """POST with a body, GET without one. The control API must agree."""
        got = self.call("POST" if value else "GET", f"/control/{verb}", value=value or None)
        assert got.status == 200, got.body
        return got.json

    def make(
        self, marketplace: str, shop: str = "alpha", *, count: int = 1, kinds: tuple[str, ...] = ("plain",)
    ) -> list[str]:
        made: list[str] = self.control("orders", marketplace=marketplace, shop=shop, count=count, kinds=kinds)[
            "order_ids"
        ]
        return made

    def entry(self, marketplace: str, order_id: str) -> Any:
        """The order in the ledger's shape."""
        got = self.call("GET", "/control/order", query={"marketplace": marketplace, "order_id": order_id})
        assert got.status == 200, got.body
        return got.json

    def fault(self, marketplace: str, name: str, *, on: bool = True) -> None:
        self.control("faults", marketplace=marketplace, fault=name, rate=1, on=on)

    def now_ms(self) -> int:
        return int(self.control("state")["clock"]["now_ms"])

    def jump(self, seconds: float) -> None:
        self.control("clock", action="jump", seconds=seconds)


@contextmanager
def playing(home: Path) -> Iterator[Played]:
    """A sandbox of its own on a free port, with its clock standing still."""
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True, request_handler=Quiet)
    sandbox = Sandbox(home, server.server_port, 7)
    server.app = sandbox
    sandbox.world.clock.pause()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Played(server.server_port, sandbox)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        sandbox.world.store.close()
