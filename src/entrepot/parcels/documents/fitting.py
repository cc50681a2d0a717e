"""Make text fit its place: shrink, then wrap, then cut with an ellipsis. Widths in points."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from entrepot.parcels.documents.typeset import clean, width_of

ELLIPSIS = "…"
_STEP = 0.5  # points between the sizes tried
# A line may break after a space or hyphen and around each Chinese, Japanese or Korean sign.
_TOKEN = re.compile(
    r"[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef][，。、）」』】]*"
    r"|[^\s\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef-]+-*|-+"
    r"|\s+"
)
_THAI_VOWEL_AFTER = frozenset("\u0e30\u0e32\u0e33\u0e45\u0e46")
_THAI_VOWEL_BEFORE = frozenset("\u0e40\u0e41\u0e42\u0e43\u0e44")


@dataclass(frozen=True, slots=True)
class Fitted:
    """Lines that fit their place at that size in points."""

    lines: tuple[str, ...]
    size: float


@lru_cache(maxsize=32768)
def one_line(text: str, width: float, size: float, floor: float, bold: bool = False) -> tuple[str, float]:
    """The text on one line and its size: `size` if it fits, smaller down to `floor`, then cut with an ellipsis."""
    text = clean(text)
    needed = width_of(text, size, bold)
    if needed <= width:
        return text, size
    shrunk = int(size * width / needed * 10) / 10
    if shrunk >= floor:
        return text, shrunk
    return cut(text, width, floor, bold), floor


def cut(text: str, width: float, size: float, bold: bool = False) -> str:
    """The longest beginning that fits with an ellipsis behind it."""
    if width_of(text, size, bold) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width_of(text[:middle].rstrip() + ELLIPSIS, size, bold) <= width:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + ELLIPSIS


@lru_cache(maxsize=16384)
def paragraph(
    texts: Sequence[str], width: float, height: float, size: float, floor: float, leading: float, bold: bool = False
) -> Fitted:
    """Several texts, each beginning a line, in a box of that width and height (points).

    `leading` is the distance of lines as a multiple of the size. The largest size from `size` down to `floor` at
    which all lines fit is taken; at the floor what is left over is cut off and marked.
    """
    cleaned = [text for text in map(clean, texts) if text]
    current = size
    while True:
        lines = [line for text in cleaned for line in wrap(text, width, current, bold)]
        if len(lines) * current * leading <= height + 0.01:
            return Fitted(tuple(lines), current)
        if current <= floor:
            break
        current = max(floor, current - _STEP)
    room = max(1, int((height + 0.01) / (current * leading)))
    last = " ".join(lines[room - 1 :])
    return Fitted((*lines[: room - 1], cut(last, width, current, bold)), current)


def wrap(text: str, width: float, size: float, bold: bool = False) -> list[str]:
    """Lines no wider than `width`; a word wider than a whole line is broken."""
    if width_of(text, size, bold) <= width:
        return [text]
    lines: list[str] = []
    line = ""
    for token in _TOKEN.findall(text):
        if width_of((line + token).rstrip(), size, bold) <= width:
            line += token
            continue
        if line.strip():
            lines.append(line.strip())
        line = token.lstrip()
        while line and width_of(line, size, bold) > width:
            head = _head(line, width, size, bold)
            lines.append(head)
            line = line[len(head) :]
    if line.strip():
        lines.append(line.strip())
    return lines


def _head(word: str, width: float, size: float, bold: bool) -> str:
    """The longest beginning of a word that fits, at least one sign; a sign keeps its marks and its Thai vowels."""
    length = 1
    while length < len(word) and width_of(word[: length + 1], size, bold) <= width:
        length += 1
    whole = length
    while whole > 0 and whole < len(word) and _belong_together(word[whole - 1], word[whole]):
        whole -= 1
    return word[: whole or length]


def _belong_together(before: str, after: str) -> bool:
    return unicodedata.category(after) == "Mn" or after in _THAI_VOWEL_AFTER or before in _THAI_VOWEL_BEFORE
