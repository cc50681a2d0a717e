"""A small house for the supervisor's tests: `embedded_house.py <scene>` runs it with stand-ins for web and worker.

It reads its folder from ENTREPOT_HOME and its port from PORT, and prints one line for each event.
"""

import os
import socket
import sys
import time
from pathlib import Path

from entrepot.embedded.address import Address
from entrepot.embedded.cluster import Cluster, ClusterError
from entrepot.embedded.home import home
from entrepot.embedded.supervisor import Child, supervise

# Its helper holds the listening socket, as a web server's own workers do.
WEB = """
import http.server, os, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()
    def log_message(self, *args): pass
http.server.HTTPServer.allow_reuse_address = True
server = http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Page)
helper = os.fork()
if not helper:
    import signal; signal.pause()
open("web.pid", "w").write(str(os.getpid())); open("helper.pid", "w").write(str(helper))
import signal
def leave(*_):
    os.kill(helper, 9); os._exit(0)
signal.signal(signal.SIGTERM, leave)
server.serve_forever()
"""
# On SIGTERM it notes whether PostgreSQL's socket was still there; SIGINT must never reach it.
WORKER = """
import os, signal, time
def leave(number, frame):
    open("worker.end", "w").write(f"{signal.Signals(number).name} {os.path.exists(os.environ['SOCKET'])}")
    os._exit(0)
signal.signal(signal.SIGTERM, leave); signal.signal(signal.SIGINT, leave)
signal.signal(signal.SIGUSR1, lambda *_: os._exit(0))
open("worker.pid", "w").write(str(os.getpid()))
while True: time.sleep(60)
"""
STUBBORN = """
import os, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open("worker.pid", "w").write(str(os.getpid()))
while True: signal.pause()
"""


def main(scene: str) -> int:
    """Plays one scene; the exit code is the supervisor's."""
    os.chdir(home())
    web = f"http://127.0.0.1:{os.environ['PORT']}/health"
    cluster = None if scene == "no cluster" else Cluster(home() / "pg", durable=False)

    neighbours: list[socket.socket] = []

    def prepare(address: Address | None) -> list[Child]:
        say(f"prepare {address is not None}")
        if scene == "long preparation":
            time.sleep(60)
        if scene == "late neighbour":
            neighbours.append(socket.create_server(("127.0.0.1", int(os.environ["PORT"]))))
        if scene == "broken preparation":
            raise ClusterError("The migration failed.")
        place = "" if address is None else str(address.socket_dir / f".s.PGSQL.{address.port}")
        worker = STUBBORN if scene == "stubborn" else WORKER
        return [
            Child("web", [sys.executable, "-S", "-c", WEB], {}, web),
            Child("worker", [sys.executable, "-S", "-c", worker], {"SOCKET": place}, None),
        ]

    try:
        return supervise(
            cluster=cluster,
            prepare=prepare,
            on_ready=lambda: say("ready"),
            on_event=say,
            health_url=web,
            stop_timeout=1.0 if scene == "stubborn" else 20.0,
        )
    except ClusterError as error:
        say(str(error))
        return 1


def say(line: str) -> None:
    """One line for the test."""
    print(line, flush=True)


if __name__ == "__main__":
    Path(home()).mkdir(exist_ok=True)
    sys.exit(main(sys.argv[1]))
