"""Runs the child that reads a workbook, and gives its rows out as often as they are asked for."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from entrepot.marketplaces.file.archive import damaged, out_of_memory
from entrepot.marketplaces.file.cells import Cell
from entrepot.marketplaces.file.limits import CHILD_WALL_SECONDS
from entrepot.marketplaces.order_file import FileRefused

SIGNALS_OF_TIME = (-24, -9)  # SIGXCPU, SIGKILL
KEPT_ENVIRONMENT = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "HOME", "LD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True)
class Workbook:
    """The rows of one sheet, spooled as JSON lines. One reader at a time."""

    spool: IO[bytes]
    format: str
    sheet: str

    def records(self) -> Iterator[list[Cell]]:
        self.spool.seek(0)
        self.spool.readline()
        for line in self.spool:
            if line[:1] == b"{":
                return
            yield json.loads(line)

    def close(self) -> None:
        self.spool.close()


def read_workbook(path: Path, wanted: tuple[str, ...]) -> Workbook:
    """Read the workbook in a child process. Whatever happens to the child becomes a FileRefused."""
    spool = tempfile.TemporaryFile()  # noqa: SIM115  # closed by the table that reads from it
    try:
        first = run_child(path, wanted, spool)
    except BaseException:
        spool.close()
        raise
    return Workbook(spool=spool, format=first["format"], sheet=first["sheet"])


def run_child(path: Path, wanted: tuple[str, ...], spool: IO[bytes]) -> dict[str, Any]:
    """Let the child fill the spool; the first line it wrote."""
    environment = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
    environment |= {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "RUST_BACKTRACE": "0"}
    command = [sys.executable, "-m", "entrepot.marketplaces.file.workbook", str(path.absolute())]
    with tempfile.TemporaryFile() as complaints:
        try:
            code = subprocess.run(  # noqa: S603  # our own module; the path is one argument, never a shell's
                command,
                input=json.dumps(wanted).encode(),
                stdout=spool,
                stderr=complaints,
                timeout=CHILD_WALL_SECONDS,
                env=environment,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired as error:
            raise took_too_long() from error
        complaints.seek(0)
        first, last = ends_of(spool)
        if "refused" in last:
            raise FileRefused(*last["refused"])
        if code != 0 or "end" not in last or "sheet" not in first:
            raise death(code, complaints.read(4096))
    return first


def ends_of(spool: IO[bytes]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The first and the last line, as objects; {} for what is none."""
    spool.seek(0)
    first = spool.readline(8192)
    size = spool.seek(0, os.SEEK_END)
    spool.seek(max(0, size - 8192))
    tail = spool.read().splitlines()
    return as_object(first), as_object(tail[-1] if tail else b"")


def as_object(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:  # a line cut off by the child's death
        return {}
    return value if isinstance(value, dict) else {}


def death(code: int, complaint: bytes) -> FileRefused:
    if b"memory allocation of" in complaint or b"MemoryError" in complaint:
        return out_of_memory()
    if code in SIGNALS_OF_TIME:
        return took_too_long()
    return damaged()


def took_too_long() -> FileRefused:
    return FileRefused(
        "timeout", "The workbook takes too long to read. Copy its rows into a new workbook, or save the sheet as CSV."
    )
