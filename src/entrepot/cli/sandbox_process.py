"""The sandbox as a process of its own: how it is started, and whether it answers."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

SANDBOX_PORT = 8031  # where it answers unless told otherwise, alone or beside `up --demo`


class SandboxSilent(Exception):
    def __init__(self, url: str) -> None:
        super().__init__(f"The sandbox does not answer at {url}. Is its port used by another program?")


def command(home: Path, port: int) -> list[str]:
    return [sys.executable, "-m", "entrepot.sandbox", "--home", str(home), "--port", str(port)]


@contextmanager
def sandbox_for_a_while(home: Path, port: int) -> Iterator[str]:
    """The sandbox as a child for as long as the block runs; what it holds stays in `home`."""
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command(home, port), stdout=subprocess.DEVNULL) as process:  # noqa: S603
        try:
            wait_for(url)
            yield url
        finally:
            process.terminate()
            process.wait(10)


def wait_for(url: str, seconds: float = 15) -> None:
    """
    Raises:
        SandboxSilent: it did not answer in time.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            httpx.get(f"{url}/control/state", timeout=1, trust_env=False)
            return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise SandboxSilent(url)
