"""Delimited text as records, streamed, with a bound on everything one record may hold."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from entrepot.marketplaces.file.cells import Cell
from entrepot.marketplaces.file.limits import CELL_CHARS, ROW_CHARS, ROW_LINES
from entrepot.marketplaces.order_file import FileRefused


def too_long(row: int) -> FileRefused:
    return FileRefused(
        "row_too_long",
        f"Row {row} is longer than any order: a quotation mark may be open. Correct that row, or export the file anew.",
    )


@dataclass(slots=True)
class Lines:
    """The physical lines of a file; knows what the current record has swallowed so far."""

    file: TextIO
    row: int = 0  # records given out so far
    lines: int = 0
    chars: int = 0
    quotes: int = 0
    texts: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[str]:
        while line := self.file.readline(ROW_CHARS + 1):
            self.lines += 1
            self.chars += len(line)
            if self.chars > ROW_CHARS or self.lines > ROW_LINES:
                raise too_long(self.row + 1)
            if '"' in line:
                self.quotes += line.count('"')
            yield line.replace("\0", "") if "\0" in line else line

    def next_record(self) -> None:
        self.row += 1
        self.lines = self.chars = self.quotes = 0


def reader_of(lines: Iterable[str], delimiter: str, *, quoted: bool) -> Iterator[list[str]]:
    if quoted:
        return csv.reader(lines, delimiter=delimiter)
    return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)


@dataclass(frozen=True, slots=True)
class Delimited:
    """A source of records that can be read again from the start."""

    path: Path
    encoding: str
    errors: str
    delimiter: str
    quoted: bool

    def close(self) -> None:
        """Nothing is open between two readings."""

    def records(self) -> Iterator[list[Cell]]:
        """Every record, blank lines included as empty lists. Raises FileRefused."""
        csv.field_size_limit(CELL_CHARS)
        with self.path.open(encoding=self.encoding, errors=self.errors, newline="") as file:
            lines = Lines(file)
            reader = reader_of(lines, self.delimiter, quoted=self.quoted)
            open_quote = False
            try:
                for record in reader:
                    open_quote = self.quoted and lines.lines > 1 and lines.quotes % 2 == 1 and "\n" in record[-1]
                    lines.next_record()
                    yield record  # type: ignore[misc]  # a list of str is only read here
            except csv.Error as error:
                raise too_long(lines.row + 1) from error
            if open_quote:
                raise FileRefused(
                    "unclosed_quote",
                    f"Row {lines.row} opens a quotation mark and never closes it. Correct it, or export anew.",
                )
