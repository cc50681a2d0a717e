"""Which encoding a text file is in, by its bytes alone.

In this order: a byte-order mark; UTF-16 without one (every other byte is zero); UTF-8, which other encodings almost
never look like; then the legacy encodings, each scored by how many of its characters are everyday ones.
"""

import codecs
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from entrepot.marketplaces.order_file import FileRefused

CHUNK = 1024 * 1024
SAMPLE = 64 * 1024
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
HIGH_LINE = re.compile(rb"[^\n]*[\x80-\xff][^\n]*")
WESTERN = frozenset("äöüÄÖÜßéèêëàâçîïôûùœæÉÈÀÇñÑáíóúÁÍÓÚ¿¡ãõåÅøØìò€£°²³«»“”‘’–—…•®™©´·ºª½¼\u00a0")


def not_a_table() -> FileRefused:
    return FileRefused(
        "not_a_table",
        "This is not a table of text. Export the orders as CSV, TSV, XLSX, XLS or ODS and choose that file.",
    )


def chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def encoding_of(path: Path) -> tuple[str, str]:
    """The encoding and the error handling to open the file with. Raises FileRefused for binary content."""
    with path.open("rb") as file:
        head = file.read(SAMPLE)
    for mark, name in MARKS:
        if head.startswith(mark):
            return (name, "strict") if decodes(path, name) else (name, "replace")
    if zeros := head.count(0):
        return utf16_without_mark(path, head, zeros)
    control = sum(head.count(byte) for byte in range(1, 32) if byte not in (9, 10, 11, 12, 13, 26, 27))
    if control * 100 > len(head):
        raise not_a_table()
    if decodes(path, "utf-8"):
        return "utf-8", "strict"
    sample = sample_of(path)
    if mostly_utf8(sample):
        return "utf-8", "replace"
    for name in ranked(sample):
        if decodes(path, name):
            return name, "strict"
    return "latin-1", "strict"


def utf16_without_mark(path: Path, head: bytes, zeros: int) -> tuple[str, str]:
    even, odd = head[::2].count(0), head[1::2].count(0)
    for name, expected in (("utf-16-le", odd), ("utf-16-be", even)):
        if expected * 10 > zeros * 9 and expected * 4 > len(head) // 2 and decodes(path, name):
            return name, "strict"
    if zeros * 100 > len(head) or not decodes(path, "utf-8"):
        raise not_a_table()
    return "utf-8", "strict"  # a stray zero byte; it is dropped while reading


def decodes(path: Path, name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)("strict")
    try:
        for chunk in chunks(path):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def sample_of(path: Path) -> bytes:
    """Lines with bytes above 127, from the whole file."""
    found: list[bytes] = []
    size = 0
    for chunk in chunks(path):
        for match in HIGH_LINE.finditer(chunk):
            line = match[0][:4096]
            found.append(line)
            size += len(line) + 1
            if size > SAMPLE:
                return b"\n".join(found)
    return b"\n".join(found)


def mostly_utf8(sample: bytes) -> bool:
    """One broken character in a UTF-8 file must not turn all the others into another encoding."""
    text = sample.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return sum(not character.isascii() for character in text) - broken > 5 * broken


def ranked(sample: bytes) -> list[str]:
    """The legacy encodings, the likeliest first; at equal scores in the order written here."""
    scores = {
        "gb18030": share(sample, "gb18030", lambda c: everyday(c, "gb2312", 0xA1, 0xD7)),
        "cp932": share(sample, "cp932", japanese),
        "cp949": share(sample, "cp949", lambda c: everyday(c, "euc_kr", 0xA1, 0xC8)),
        "big5": share(sample, "big5", lambda c: everyday(c, "big5", 0xA1, 0xC6)),
        "cp1252": western(sample),
    }
    if scores["cp949"] >= scores["gb18030"] > 0.95 and not korean(sample):
        scores["cp949"] = 0.0
    elif scores["cp949"] > 0.95:
        scores["gb18030"] = min(scores["gb18030"], scores["cp949"] - 0.01)
    return sorted(scores, key=lambda name: -scores[name])


def share(sample: bytes, name: str, good: Callable[[str], bool]) -> float:
    characters = [character for character in sample.decode(name, "replace") if not character.isascii()]
    return sum(map(good, characters)) / len(characters) if characters else 0.0


def everyday(character: str, name: str, first: int, last: int) -> bool:
    try:
        code = character.encode(name)
    except UnicodeError:
        return False
    return len(code) == 2 and first <= code[0] <= last


def japanese(character: str) -> bool:
    if "\u3000" <= character <= "\u30ff" or "\uff01" <= character <= "\uff5e":
        return True
    return everyday(character, "cp932", 0x88, 0x97)


def korean(sample: bytes) -> bool:
    """Everyday Korean and Chinese share their bytes, but Korean keeps to the lower half of the lead bytes."""
    leads = [pair[0] for pair in re.findall(rb"[\xb0-\xf7][\xa1-\xfe]", sample)]
    return len(leads) >= 6 and all(lead <= 0xC8 for lead in leads)


def western(sample: bytes) -> float:
    """Accented letters stand alone between plain ones; runs of three and more are another encoding seen wrongly."""
    text = sample.decode("cp1252", "replace")
    runs = re.findall(r"[^\x00-\x7f]+", text)
    total = sum(map(len, runs))
    good = sum(len(run) for run in runs if len(run) <= 2 and WESTERN.issuperset(run))
    return good / total if total else 0.0
