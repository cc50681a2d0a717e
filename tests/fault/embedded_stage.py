"""What the cellar's fault tests share: a folder to play in, and another person on the same machine."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = os.geteuid() == 0
SRC = Path(__file__).parents[2] / "src"


@contextmanager
def playground(name: str = "it's my home") -> Iterator[Path]:
    """A folder the server's user can walk to, whose path is not plain."""
    top = Path(tempfile.mkdtemp(prefix="entrepot-test-"))
    top.chmod(0o755)
    inner = top / name
    inner.mkdir(mode=0o755)
    try:
        yield inner
    finally:
        shutil.rmtree(top)


def stranger() -> pwd.struct_passwd:
    """An unprivileged user other than the one root would lend to the server; skips where we cannot become one."""
    if not ROOT:
        pytest.skip("only root can become another user; without root all other tests run as an ordinary one")
    return pwd.getpwnam("nobody")


def outsiders_python() -> str:
    """A Python an unprivileged user may run: ours may lie in root's closed home."""
    for python in (os.path.realpath(sys.executable), f"/usr/bin/python3.{sys.version_info.minor}"):
        try:
            tried = subprocess.run(
                [python, "-c", "import psycopg"],
                user=pwd.getpwnam("nobody").pw_uid,
                cwd="/",
                env=outsiders_env(Path("/tmp")),
                capture_output=True,
                check=False,
            )
        except OSError:
            continue
        if tried.returncode == 0:
            return python
    pytest.skip("an unprivileged user can run no Python here that imports psycopg")


def outsiders_env(house: Path) -> dict[str, str]:
    """The environment of another person, whose HOME is `house`; our packages are readable to all."""
    return {"HOME": str(house), "PATH": "/usr/bin:/bin", "PYTHONPATH": _packages()}


def our_env() -> dict[str, str]:
    """The environment for another process of ours."""
    return {**os.environ, "PYTHONPATH": _packages()}


def _packages() -> str:
    return os.pathsep.join([str(SRC), *(path for path in sys.path if path.endswith("site-packages"))])
