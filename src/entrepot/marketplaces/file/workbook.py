"""The child process that reads one workbook: `python -m entrepot.marketplaces.file.workbook PATH`.

A hostile workbook can make any reader crash, hang or eat the memory, so it is read in a process that has little of
each. It gets the wanted header texts as JSON on stdin and writes JSON lines: first one object (the sheet, or why the
file is refused), then one array per row. A line `["…"]` per row, `[]` for a blank one, numbers as numbers.
"""

import contextlib
import datetime
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from entrepot.marketplaces.file.archive import (
    OLE_MAGIC,
    damaged,
    encrypted,
    hostile,
    inspect_ole,
    inspect_zip,
    out_of_memory,
    too_big,
)
from entrepot.marketplaces.file.cells import Cell, norm
from entrepot.marketplaces.file.limits import (
    CELL_CHARS,
    CHILD_BASE_SECONDS,
    CHILD_BYTES_PER_SECOND,
    CHILD_MEMORY_BYTES,
    COLUMNS,
    ROW_CHARS,
    ROWS,
    SHEETS,
    UNPACKED_BYTES,
)
from entrepot.marketplaces.file.mapping import HEADER_SEARCH_ROWS, find_header
from entrepot.marketplaces.order_file import FileRefused

CERTAIN = 6
"""A sheet in whose header so many texts are known is the one; the others are not opened."""


def limit_self() -> None:
    """Memory and core dumps are limited for good; processor time at first as for a small file."""
    with contextlib.suppress(ImportError):  # Windows has no such limits: there the parent's clock alone guards
        import resource

        for what, amount in ((resource.RLIMIT_AS, CHILD_MEMORY_BYTES), (resource.RLIMIT_CORE, 0)):
            with contextlib.suppress(ValueError, OSError):  # macOS refuses a limit on memory
                resource.setrlimit(what, (amount, amount))
        allow_seconds(0)


def allow_seconds(unpacked: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (CHILD_BASE_SECONDS + unpacked // CHILD_BYTES_PER_SECOND, hard))


def plain(value: Any) -> Cell:
    """A cell as text or number. Booleans, dates and times become text; whole days lose their midnight."""
    if isinstance(value, str):
        if len(value) > CELL_CHARS:
            raise too_big(f"one cell holds {len(value)} characters")
        return value.replace("\0", "")
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, datetime.datetime):
        moment = value.replace(microsecond=0) + datetime.timedelta(seconds=round(value.microsecond / 1_000_000))
        return moment.isoformat(sep=" ") if moment.time() != datetime.time() else moment.date().isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return str(value.isoformat())
    return str(value)


def choose_sheet(book: Any, wanted: frozenset[str]) -> Any:
    """The visible sheet whose header we know best; the first of equals. None when all are empty."""
    best, best_score = None, -1
    for meta in book.sheets_metadata[:SHEETS]:
        if meta.typ.__repr__().rsplit(".", 1)[-1] != "WorkSheet":
            continue
        sheet = book.get_sheet_by_name(meta.name)
        if sheet.end is None:
            continue
        check_size(sheet)
        head = [list(map(plain, row)) for row, _ in zip(sheet.iter_rows(), range(HEADER_SEARCH_ROWS), strict=False)]
        index, score = find_header(head, wanted)
        if index >= 0 and not repr(meta.visible).endswith(".Visible"):
            score -= 1
        if index >= 0 and score > best_score:
            best, best_score = sheet, score
        if best_score >= CERTAIN:
            break
    return best


def check_size(sheet: Any) -> None:
    rows, columns = sheet.end[0] + 1, sheet.end[1] + 1
    if columns > COLUMNS:
        raise FileRefused(
            "too_many_columns",
            f"The sheet “{sheet.name}” has {columns} columns, at most {COLUMNS} can be read. Delete empty columns.",
        )
    if rows > ROWS + HEADER_SEARCH_ROWS:
        raise FileRefused(
            "too_many_rows",
            f"The sheet “{sheet.name}” has {rows} rows, and at most {ROWS:,} can be read. Split it by date.",
        )


def write_rows(sheet: Any, out: TextIO) -> None:
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
    written = 0
    for number, row in enumerate(sheet.iter_rows(), 1):
        cells = [plain(cell) for cell in row]
        while cells and cells[-1] == "":
            cells.pop()
        line = encode(cells)
        written += len(line)
        if len(line) > ROW_CHARS or written > UNPACKED_BYTES:
            raise too_big(f"its texts repeat until they fill {written // 1_000_000} MB at row {number}")
        out.write(line + "\n")


def read(path: Path, wanted: frozenset[str], out: TextIO) -> None:
    with path.open("rb") as file:
        is_ole = file.read(8) == OLE_MAGIC
    form, unpacked = ("xls", inspect_ole(path)) if is_ole else inspect_zip(path)
    allow_seconds(unpacked)
    import python_calamine

    try:
        with python_calamine.load_workbook(path) as book:
            if len(book.sheet_names) > 10 * SHEETS:
                raise hostile(f"it has {len(book.sheet_names)} sheets")
            sheet = choose_sheet(book, wanted)
            if sheet is None:
                raise FileRefused("empty", "The workbook has no filled sheet. Choose the file that holds the orders.")
            out.write(json.dumps({"format": form, "sheet": sheet.name}) + "\n")
            write_rows(sheet, out)
    except python_calamine.PasswordError as error:
        raise encrypted() from error
    except python_calamine.CalamineError as error:
        raise damaged() from error


def main(arguments: Sequence[str]) -> int:
    limit_self()
    out = open(sys.stdout.fileno(), "w", encoding="utf-8", closefd=False, buffering=1024 * 1024)  # noqa: SIM115
    wanted = frozenset(map(norm, json.loads(sys.stdin.buffer.read())))
    try:
        read(Path(arguments[0]), wanted, out)
        out.write('{"end":true}\n')
    except FileRefused as refusal:
        out.write(json.dumps({"refused": [refusal.code, refusal.sentence]}) + "\n")
    except MemoryError:
        out.write(json.dumps({"refused": [out_of_memory().code, out_of_memory().sentence]}) + "\n")
    except BaseException as panic:  # the reader's panics derive from BaseException
        if type(panic).__name__ != "PanicException":
            raise
        out.write(json.dumps({"refused": [damaged().code, damaged().sentence]}) + "\n")
    out.flush()
    os._exit(0)  # the memory goes back at once; nothing is left to tidy up


if __name__ == "__main__":
    main(sys.argv[1:])
