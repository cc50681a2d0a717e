"""The process: one port, every twin under its own path, one transaction per request."""

import contextlib
import logging
import socket
import sys
import time
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from entrepot.sandbox.clock import Clock
from entrepot.sandbox.control import Control
from entrepot.sandbox.faults import Fault, Faults
from entrepot.sandbox.life import Life, catch_up
from entrepot.sandbox.registry import all_twins
from entrepot.sandbox.shops import app_of
from entrepot.sandbox.store import Store
from entrepot.sandbox.tokens import Tokens
from entrepot.sandbox.twin import Exchange, Operation, Reply, Twin, html_reply, json_reply
from entrepot.sandbox.webhooks import Hooks
from entrepot.sandbox.world import World

FAULT_BEFORE = (Fault.THROTTLE, Fault.OK_ERROR, Fault.ERROR_BEFORE)
LARGEST = 8 << 20  # bytes of a request's body


class Quiet(WSGIRequestHandler):
    """No line per request: addresses hold secrets."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        return

    def version_string(self) -> str:
        return "entrepot-sandbox"


class Sandbox:
    """The WSGI application."""

    def __init__(self, home: Path, port: int, seed: int) -> None:
        home.mkdir(parents=True, exist_ok=True)
        store = Store(home / "sandbox.sqlite3")
        seed = int(store.setting("seed", seed))  # the first start decides; keys and orders hang on it
        store.keep("seed", seed)
        self.twins: dict[str, Twin] = all_twins()
        faults = Faults(store, seed)
        self.world = World(
            seed=seed, base=f"http://127.0.0.1:{port}", store=store, clock=Clock(store), faults=faults,
            tokens=Tokens(store, seed), hooks=Hooks(store, faults), apps={name: app_of(seed, name) for name in self.twins},
        )  # fmt: skip
        self.life = Life(self.world, self.twins)
        self.control = Control(self.world, self.twins, self.life)

    def start(self) -> None:
        self.world.hooks.start()
        self.life.start()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        request.max_content_length = LARGEST
        try:
            request.get_data(cache=True, parse_form_data=False)
            reply, after = self._answer(request)
        except RequestEntityTooLarge:
            reply, after = json_reply({"error": f"A request has {LARGEST} bytes at most."}, 413), None
        except Exception:  # the sandbox's own fault: say so, unlike any marketplace
            traceback.print_exc()
            reply, after = json_reply({"sandbox_error": traceback.format_exc()}, 599), None
        if after is not None:
            self._cut(environ, after)
        response = Response(reply.body, reply.status, dict(reply.headers), content_type=reply.type)
        return response(environ, start_response)

    def _answer(self, request: Request) -> tuple[Reply, Fault | None]:
        """The answer, and the way it gets lost. Everything is committed on return."""
        top = request.path.split("/")[1]
        twin = self.twins.get(top)
        with self.world.store.transaction():
            catch_up(self.world, self.twins)
            if twin is None:
                return self.control.answer(request), None
            return self._play(twin, request)

    def _play(self, twin: Twin, request: Request) -> tuple[Reply, Fault | None]:
        operation = twin.operation(request)
        if operation is None:
            return json_reply({"error": f"{twin.name} has no {request.method} {request.path}"}, 404), None
        drawn = self._draw(twin, operation)
        exchange = Exchange(self.world, twin.name, request, operation, drawn)
        self._note(twin, operation, drawn)
        if Fault.DROP_BEFORE in drawn:
            return json_reply({}), Fault.DROP_BEFORE
        if Fault.GATEWAY in drawn:
            return html_reply("<html><body><h1>502 Bad Gateway</h1></body></html>", 502), None
        for fault in FAULT_BEFORE:
            if fault in drawn:
                return twin.trouble(exchange, fault), None
        reply = twin.answer(exchange)
        if Fault.ERROR_AFTER in drawn:
            return twin.trouble(exchange, Fault.ERROR_AFTER), None
        lost = next((fault for fault in (Fault.DROP_AFTER, Fault.TIMEOUT_AFTER) if fault in drawn), None)
        return reply, lost

    def _draw(self, twin: Twin, operation: Operation) -> frozenset[Fault]:
        if not operation.faultable:
            return frozenset()
        return self.world.faults.draw(twin.name, operation.name, writes=operation.writes)

    def _note(self, twin: Twin, operation: Operation, drawn: frozenset[Fault]) -> None:
        """How often each operation was called, and which faults it met: for the control page and for tests."""
        self.world.store.next(f"calls {twin.name} {operation.name}")
        for fault in drawn:
            self.world.store.next(f"played {twin.name} {fault.value}")

    def _cut(self, environ: dict[str, Any], fault: Fault) -> None:
        """No answer: the connection ends, at once or after `hang_seconds`."""
        if fault is Fault.TIMEOUT_AFTER:
            time.sleep(self.world.faults.knob("hang_seconds"))
        wire: socket.socket | None = environ.get("werkzeug.socket")
        if wire is not None:
            with contextlib.suppress(OSError):  # the client may have left already
                wire.shutdown(socket.SHUT_RDWR)


def serve(home: Path, port: int, seed: int) -> None:
    """Runs until it is stopped. Port 0 takes a free one; the chosen port is printed and kept in `home`/port."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server: BaseWSGIServer = make_server("127.0.0.1", port, lambda *_: [], threaded=True, request_handler=Quiet)
    sandbox = Sandbox(home, server.server_port, seed)
    server.app = sandbox
    sandbox.start()
    (home / "port").write_text(str(server.server_port))
    sys.stdout.write(f"Sandbox ready: http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
