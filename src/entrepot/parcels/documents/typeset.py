"""Text into runs: one font each, right-to-left parts in reading order on paper, complex scripts shaped.

The result is cached: the same names, addresses and words come back on every page of a batch.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import uharfbuzz
from anyascii import anyascii
from bidi import algorithm as bidi

from entrepot.parcels.documents.faces import PRIVATE, Face, face
from entrepot.parcels.documents.latin import reading

_UNSEEN = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]+")
_SPACES = re.compile(r"[\x00-\x20\x7f-\xa0\u2000-\u200a\u2028\u2029\u3000]+")
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_ORDER = ("latin", "thai", "arabic", "hebrew", "cjk")
_LOOSE_MARK = re.compile(r" ([,.;)])")


@dataclass(frozen=True, slots=True)
class Glyph:
    """One shaped glyph: its private character, where it stands from the start of the run (thousandths)."""

    char: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Run:
    """Text of one face. `glyphs` is set for shaped text, in the order of drawing."""

    face: Face
    text: str
    width: float
    glyphs: tuple[Glyph, ...] = ()


@dataclass(frozen=True, slots=True)
class Typeset:
    """One line of text, left to right on paper; `width` in thousandths of the font size."""

    runs: tuple[Run, ...]
    width: float


def clean(text: str) -> str:
    """What can stand on paper: composed, without control and direction marks, single spaces.

    A character no font has is replaced by its Latin spelling, never by an empty box.
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    text = _printable(_SPACES.sub(" ", _UNSEEN.sub("", unicodedata.normalize("NFC", text))))
    return _SPACES.sub(" ", text).strip()


@lru_cache(maxsize=8192)
def latinized(text: str, country: str = "") -> str:
    """The text in plain Latin letters, as it can stand on paper; see `latin.reading` for when there is none ("")."""
    spelled = reading(text, country)
    return spelled if spelled == text else _LOOSE_MARK.sub(r"\1", clean(spelled))


@lru_cache(maxsize=65536)
def typeset(text: str, bold: bool = False) -> Typeset:
    """The runs of one line, left to right."""
    latin = face("latin", bold=bold)
    if latin.covers.issuperset(text):
        width = sum(map(latin.widths.__getitem__, text))
        return Typeset(runs=(Run(latin, text, width),) if text else (), width=width)
    text = _printable(text)
    runs: list[Run] = []
    pieces = _visual_pieces(text) if _RIGHT_TO_LEFT.search(text) else [(text, False)]
    for piece, backwards in pieces:
        parts = [_run(part, chosen, backwards) for part, chosen in _by_face(piece, bold)]
        runs.extend(reversed(parts) if backwards else parts)
    return Typeset(runs=tuple(runs), width=sum(run.width for run in runs))


def reads_from_right(text: str) -> bool:
    """Whether the first strong letter belongs to a right-to-left script."""
    return _RIGHT_TO_LEFT.search(text) is not None and bidi.get_base_level(text) == 1


def width_of(text: str, size: float, bold: bool = False) -> float:
    """Width in points of the text in that size."""
    return typeset(text, bold).width * size / 1000


def _covered(char: str) -> bool:
    return any(char in face(name).covers for name in _ORDER)


def _printable(text: str) -> str:
    if face("latin").covers.issuperset(text):
        return text
    return "".join(char if _covered(char) else anyascii(char) for char in text)


def _by_face(text: str, bold: bool) -> Iterator[tuple[str, Face]]:
    """Neighbouring characters of one face. Spaces and marks stay with the face before them where it has them."""
    faces = [face(name, bold=bold) for name in _ORDER]
    current: Face | None = None
    start = 0
    for position, char in enumerate(text):
        neutral = not char.isalnum()
        if current is not None and neutral and current.shaper is not None and char in current.covers:
            continue
        chosen = next((candidate for candidate in faces if char in candidate.covers), faces[0])
        if chosen is not current:
            if current is not None:
                yield text[start:position], current
            current, start = chosen, position
    if current is not None:
        yield text[start:], current


def _run(text: str, chosen: Face, backwards: bool) -> Run:
    if chosen.shaper is None:
        # HarfBuzz turns the brackets of right-to-left text itself; here they are turned by hand.
        shown = "".join(bidi.MIRRORED.get(char, char) for char in reversed(text)) if backwards else text
        return Run(chosen, shown, sum(chosen.widths.get(char, 500.0) for char in shown))
    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if backwards else "ltr"
    uharfbuzz.shape(chosen.shaper, buffer)
    glyphs: list[Glyph] = []
    pen = 0.0
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        x = pen + position.x_offset * chosen.per_thousand
        glyphs.append(Glyph(chr(PRIVATE + info.codepoint), x, position.y_offset * chosen.per_thousand))
        pen += position.x_advance * chosen.per_thousand
    return Run(chosen, text, pen, tuple(glyphs))


def _visual_pieces(text: str) -> list[tuple[str, bool]]:
    """Parts of one direction in the order they stand on paper (Unicode rule L2), each still in reading order."""
    storage: dict[str, Any] = bidi.get_empty_storage()
    base = bidi.get_base_level(text)
    storage["base_level"], storage["base_dir"] = base, ("L", "R")[base]
    bidi.get_embedding_levels(text, storage)
    bidi.explicit_embed_and_overrides(storage)
    bidi.resolve_weak_types(storage)
    bidi.resolve_neutral_types(storage, False)
    bidi.resolve_implicit_levels(storage, False)
    pieces: list[tuple[str, int]] = []
    for entry in storage["chars"]:
        char, level = entry["ch"], entry["level"]
        if pieces and pieces[-1][1] == level:
            pieces[-1] = (pieces[-1][0] + char, level)
        else:
            pieces.append((char, level))
    highest = max((level for _, level in pieces), default=0)
    for level in range(highest, 0, -1):
        pieces = _reverse_stretches(pieces, level)
    return [(part, level % 2 == 1) for part, level in pieces]


def _reverse_stretches(pieces: list[tuple[str, int]], level: int) -> list[tuple[str, int]]:
    turned: list[tuple[str, int]] = []
    stretch: list[tuple[str, int]] = []
    for piece in pieces:
        if piece[1] >= level:
            stretch.append(piece)
        else:
            turned.extend(reversed(stretch))
            stretch = []
            turned.append(piece)
    return [*turned, *reversed(stretch)]
