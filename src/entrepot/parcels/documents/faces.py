"""The fonts of the documents: loaded once per process, with their widths at hand as plain dictionaries.

Complex scripts (Thai, Arabic, Hebrew) are shaped by HarfBuzz, which answers with glyph numbers. To draw a glyph by
number, each glyph of such a face is given a private-use character: PRIVATE + glyph number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from threading import Lock
from typing import Any

import uharfbuzz
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

PRIVATE = 0xE000
_WIDEST = 4000  # thousandths; a sign wider than four letters is a whole sentence (U+FDFD) and fits no line
_FOLDER = resources.files("entrepot.parcels.documents.fonts")
_loading = Lock()


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One font. Widths are thousandths of the font size; `shaper` is set when its text must be shaped."""

    name: str
    font: Any
    covers: frozenset[str]
    widths: dict[str, float]
    shaper: Any = None
    per_thousand: float = 1.0  # font units to thousandths
    thicken: bool = False  # a bold of a face that has none: outlined while filled
    _blob: Any = field(default=None, repr=False)


def _load(name: str, file: str, *, shaped: bool = False) -> Face:
    path = _FOLDER / file
    with resources.as_file(path) as real:
        font = TTFont(f"Entrepot-{name}", str(real), shapable=False)
    pdfmetrics.registerFont(font)
    face = font.face
    widths = {
        chr(code): face.getCharWidth(code)
        for code in face.charToGlyph
        if code >= 32 and not PRIVATE <= code < 0xF900 and face.getCharWidth(code) <= _WIDEST
    }
    covers = frozenset(widths)
    if not shaped:
        return Face(name=name, font=font, covers=covers, widths=widths)
    blob = uharfbuzz.Blob(path.read_bytes())
    harfbuzz_face = uharfbuzz.Face(blob)
    shaper = uharfbuzz.Font(harfbuzz_face)
    per_thousand = 1000 / harfbuzz_face.upem
    for glyph in range(harfbuzz_face.glyph_count):
        face.charToGlyph[PRIVATE + glyph] = glyph
        face.charWidths[PRIVATE + glyph] = shaper.get_glyph_h_advance(glyph) * per_thousand
    return Face(
        name=name, font=font, covers=covers, widths=widths, shaper=shaper, per_thousand=per_thousand, _blob=blob
    )


_FILES = {
    "latin": ("NotoSans-SemiCondensed.ttf", False),
    "latin-bold": ("NotoSans-SemiCondensedBold.ttf", False),
    "thai": ("NotoSansThai-Regular.ttf", True),
    "arabic": ("NotoSansArabic-Regular.ttf", True),
    "hebrew": ("NotoSansHebrew-Regular.ttf", True),
    "cjk": ("wqy-microhei.ttc", False),
}


@cache
def _face(name: str) -> Face:
    return _load(name, *_FILES[name][:1], shaped=_FILES[name][1])


def face(name: str, *, bold: bool = False) -> Face:
    """The face of that name; `bold` asks for its heavier form, drawn thicker where no bold file exists."""
    with _loading:
        if name == "latin":
            return _face("latin-bold" if bold else "latin")
        return _thick(name) if bold else _face(name)


@cache
def _thick(name: str) -> Face:
    plain = _face(name)
    return Face(
        name=plain.name,
        font=plain.font,
        covers=plain.covers,
        widths=plain.widths,
        shaper=plain.shaper,
        per_thousand=plain.per_thousand,
        thicken=True,
    )
