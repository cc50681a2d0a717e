"""The house and the sandbox as processes of their own, and how they are killed."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Processes:
    home: Path
    seed: int
    web: int = field(default_factory=free_port)
    sandbox: int = field(default_factory=free_port)
    kills: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.house: subprocess.Popen[bytes] | None = None
        self.played: subprocess.Popen[bytes] | None = None
        self.home.mkdir(parents=True, exist_ok=True)

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.web}"

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.sandbox}"

    def start_house(self) -> None:
        env = {**os.environ, "ENTREPOT_HOME": str(self.home / "house"), "ENTREPOT_CALL_SECONDS": "4",
               "ENTREPOT_SANDBOX": self.sandbox_url}  # fmt: skip
        env.pop("DATABASE_URL", None)
        log = (self.home / "house.log").open("ab")
        command = [sys.executable, "-m", "entrepot", "up", "--port", str(self.web), "--workers", "1"]
        self.house = subprocess.Popen(command, env=env, stdout=log, stderr=log)
        self._wait(f"{self.web_url}/health/", 120)

    def start_sandbox(self) -> None:
        log = (self.home / "sandbox.log").open("ab")
        command = [
            sys.executable, "-m", "entrepot.sandbox", "--home", str(self.home / "sandbox"), "--port", str(self.sandbox),
            "--seed", str(self.seed),
        ]  # fmt: skip
        self.played = subprocess.Popen(command, stdout=log, stderr=log)
        self._wait(f"{self.sandbox_url}/control/state", 30)

    def kill_one(self, draw: random.Random) -> None:
        """kill -9 of the worker, the web or the sandbox. The supervisor brings the first two back; the third, we do."""
        what = draw.choice(["worker", "worker", "web", "sandbox"])
        if what == "sandbox":
            assert self.played is not None
            self.played.kill()
            self.played.wait()
            self.start_sandbox()
        else:
            mark = "entrepot worker" if what == "worker" else "gunicorn"
            victims = [pid for pid, command in self._children() if mark in command]
            if not victims:
                return
            os.kill(draw.choice(victims), signal.SIGKILL)
        self.kills[what] = self.kills.get(what, 0) + 1

    def _children(self) -> list[tuple[int, str]]:
        assert self.house is not None
        found = subprocess.run(
            ["ps", "-o", "pid=,args=", "--ppid", str(self.house.pid)], capture_output=True, text=True, check=True
        )
        pairs = [line.strip().partition(" ") for line in found.stdout.splitlines() if line.strip()]
        return [(int(pid), command) for pid, _, command in pairs]

    def stop(self) -> None:
        for process in (self.house, self.played):
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(60)
                except subprocess.TimeoutExpired:
                    process.kill()

    def _wait(self, url: str, seconds: float) -> None:
        until = time.monotonic() + seconds
        while True:
            try:
                if httpx.get(url, timeout=2, trust_env=False).status_code == httpx.codes.OK:
                    return
            except httpx.HTTPError:
                pass
            if time.monotonic() > until:
                raise TimeoutError(f"{url} does not answer; see the logs in {self.home}")
            time.sleep(0.2)
