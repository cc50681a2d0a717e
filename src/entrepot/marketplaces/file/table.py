"""A file as a table: what it is, where its header stands, and its rows, which can be read again and again."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from entrepot.marketplaces.file.archive import OLE_MAGIC, ZIP_MAGIC, too_big, unsupported
from entrepot.marketplaces.file.cells import Cell, is_blank, norm, text_of
from entrepot.marketplaces.file.delimited import Delimited, reader_of
from entrepot.marketplaces.file.encoding import encoding_of, not_a_table
from entrepot.marketplaces.file.guarded import Workbook, read_workbook
from entrepot.marketplaces.file.limits import COLUMNS, FILE_BYTES, MB, ROWS
from entrepot.marketplaces.file.mapping import HEADER_SEARCH_ROWS, find_header, unique_headers
from entrepot.marketplaces.order_file import FileRefused

DELIMITERS = (",", ";", "\t", "|")
HEAD_CHARS = 64 * 1024
CONTROL = re.compile(r"[\x00-\x08\x0e-\x19\x1c-\x1f\x7f-\x9f\ufffe\uffff]")
FOREIGN = (
    (b"%PDF", "This is a PDF."),
    (b"\x1f\x8b", "This is a packed archive. Unpack it and choose the file inside."),
    (b"Rar!", "This is a packed archive. Unpack it and choose the file inside."),
    (b"7z\xbc\xaf", "This is a packed archive. Unpack it and choose the file inside."),
    (b"\xfd7zXZ", "This is a packed archive. Unpack it and choose the file inside."),
    (b"\x89PNG", "This is a picture."),
    (b"\xff\xd8\xff", "This is a picture."),
    (b"{\\rtf", "This is a text document."),
    (b"\x09\x00\x04\x00", "This workbook was saved by a very old spreadsheet program."),
    (b"\x09\x02\x06\x00", "This workbook was saved by a very old spreadsheet program."),
    (b"\x09\x04\x06\x00", "This workbook was saved by a very old spreadsheet program."),
    (b"\x09\x08\x08\x00", "This workbook was saved by a very old spreadsheet program."),
    (b"\x09\x08\x10\x00", "This workbook was saved by a very old spreadsheet program."),
)
Source = Delimited | Workbook


@dataclass(frozen=True, slots=True)
class Table:
    source: Source
    format: str
    encoding: str
    delimiter: str
    sheet: str
    header_row: int  # 1-based
    header: tuple[str, ...]

    def __enter__(self) -> "Table":
        return self

    def __exit__(self, *_: object) -> None:
        self.source.close()

    def rows(self) -> Iterator[tuple[int, list[Cell]]]:
        """The rows below the header that are not blank, with their 1-based row numbers. Raises FileRefused."""
        count = 0
        for number, cells in enumerate(self.source.records(), 1):
            if number <= self.header_row or not cells or is_blank(cells):
                continue
            count += 1
            if count > ROWS:
                raise FileRefused(
                    "too_many_rows", f"The file has more than {ROWS:,} rows. Split it by date and import the parts."
                )
            if len(cells) > COLUMNS:
                raise too_many_columns(number, len(cells))
            yield number, cells


def nothing_inside() -> FileRefused:
    return FileRefused("empty", "The file holds no text. Export the orders again and choose that file.")


def too_many_columns(row: int, count: int) -> FileRefused:
    return FileRefused(
        "too_many_columns",
        f"Row {row} has {count} columns, and at most {COLUMNS:,} can be read. Delete the columns that are not needed.",
    )


def open_table(path: Path, mapping: Mapping[str, str] | None = None) -> Table:
    """Detect everything about the file by its content. Raises FileRefused."""
    size = path.stat().st_size
    if size > FILE_BYTES:
        raise too_big(f"it has {size // MB} MB, and at most {FILE_BYTES // MB} MB can be read")
    with path.open("rb") as file:
        magic = file.read(512)
    if not magic.strip(b" \t\r\n\0"):
        raise nothing_inside()
    words = tuple(text for text in (mapping or {}).values() if text.strip())
    if magic.startswith((*ZIP_MAGIC, OLE_MAGIC)):
        book = read_workbook(path, words)
        try:
            return with_header(book, words, form=book.format, sheet=book.sheet)
        except BaseException:
            book.close()
            raise
    refuse_foreign(magic)
    encoding, errors = encoding_of(path)
    source, delimiter = delimited(path, encoding, errors, words)
    form = "tsv" if delimiter == "\t" else "csv"
    shown = {"utf-8-sig": "utf-8", "latin-1": "cp1252"}.get(encoding, encoding)
    return with_header(source, words, form=form, encoding=shown, delimiter=delimiter)


def refuse_foreign(magic: bytes) -> None:
    for start, sentence in FOREIGN:
        if magic.startswith(start):
            raise unsupported(sentence)
    text = magic.decode("utf-16", "ignore") if magic[:2] in (b"\xff\xfe", b"\xfe\xff") else magic.decode("latin-1")
    start_of_text = text.lstrip("\ufeff\xef\xbb\xbf \t\r\n").casefold()
    if start_of_text.startswith(("<!doctype html", "<html", "<table", "<meta", "<head", "<style")):
        raise unsupported("This is a web page, though it may be named like a workbook.")
    if start_of_text.startswith(("<?xml", "<workbook", "<?mso")):
        raise unsupported("This is an XML document, not a workbook that can be read.")


def with_header(
    source: Source, words: Sequence[str], *, form: str, encoding: str = "", delimiter: str = "", sheet: str = ""
) -> Table:
    head = list(islice(source.records(), HEADER_SEARCH_ROWS))
    index, _ = find_header(head, frozenset(map(norm, words)))
    if index < 0:
        raise nothing_inside()
    if len(head[index]) > COLUMNS:
        raise too_many_columns(index + 1, len(head[index]))
    return Table(
        source=source,
        format=form,
        encoding=encoding,
        delimiter=delimiter,
        sheet=sheet,
        header_row=index + 1,
        header=unique_headers(head[index]),
    )


def delimited(path: Path, encoding: str, errors: str, words: Sequence[str]) -> tuple[Delimited, str]:
    """The delimiter under which most header texts are known, then under which the rows are most alike."""
    with path.open(encoding=encoding, errors=errors, newline="") as file:
        head = file.read(HEAD_CHARS)
    if len(CONTROL.findall(head)) * 50 > len(head):
        raise not_a_table()
    if not head.strip(" \t\r\n\ufeff" + "".join(DELIMITERS)) and len(head) < HEAD_CHARS:
        raise nothing_inside()
    wanted = frozenset(map(norm, words))
    first = head.split("\n", 1)[0].strip().lstrip("\ufeff")
    declared = first[4:5] if first[:4].casefold() == "sep=" and len(first) <= 5 else ""
    choices = (declared,) if declared in DELIMITERS and declared else DELIMITERS
    scored = [(score(head, delimiter, wanted, quoted=True), delimiter) for delimiter in choices]
    delimiter = max(scored, key=lambda pair: pair[0])[1]
    quoted = True
    if delimiter == "\t":  # reports of old write texts bare, and a quotation mark is an inch there
        tabs = max(line.count("\t") for line in head.split("\n"))
        quoted = not quotes_are_bare(path, encoding, errors, tabs)
    return Delimited(path, encoding, errors, delimiter, quoted), delimiter


def score(head: str, delimiter: str, wanted: frozenset[str], *, quoted: bool) -> tuple[int, float, int]:
    rows: list[list[Cell]] = []
    try:
        for row in islice(reader_of(io.StringIO(head, newline=""), delimiter, quoted=quoted), 100):
            rows.append(list[Cell](row))
    except csv.Error:
        return 0, 0.0, 0
    index, known = find_header(rows, wanted)
    if index < 0:
        return 0, 0.0, 0
    width = max(1, len([cell for cell in rows[index] if text_of(cell)]))
    body = [len(row) for row in rows[index + 1 : -1] if any(row)]
    alike = sum(abs(length - len(rows[index])) == 0 for length in body) / len(body) if body else 1.0
    return known if width > 1 else min(known, 1), alike if width > 1 else 0.0, width


def quotes_are_bare(path: Path, encoding: str, errors: str, tabs: int) -> bool:
    """Whether quoting would swallow rows: a row, whole by its tabs, in which a cell opens a mark and leaves it."""
    with path.open(encoding=encoding, errors=errors, newline="") as file:
        while line := file.readline(100_000):
            if '"' in line and line.count("\t") == tabs:
                cells = line.rstrip("\r\n").split("\t")
                if any(cell[:1] == '"' and cell.count('"') % 2 for cell in cells):
                    return True
    return False
