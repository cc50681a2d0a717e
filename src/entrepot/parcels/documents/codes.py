"""Code 128 and QR as dark stretches, counted in modules. Whoever draws them places them on whole printer dots."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import zxingcpp
from reportlab.graphics.barcode.code128 import Code128

DOT_MM = 0.125  # one dot of a 203 dpi thermal printer: 8 dots per millimetre
QUIET_MODULES = 10


class UnprintableCode(ValueError):
    """The text holds a character the symbology cannot carry."""


def fits_code128(text: str) -> bool:
    """Whether Code 128 can carry the text. Ask before a batch is drawn: one bad number would stop all its pages."""
    return bool(text) and text.isascii() and text.isprintable()


@lru_cache(maxsize=2048)
def code128(text: str) -> tuple[tuple[tuple[int, int], ...], int]:
    """Bars as (start, width) in modules, and the width of the whole symbol without quiet zones.

    Raises UnprintableCode for an empty text or one with other than printable ASCII characters.
    """
    if not fits_code128(text):
        raise UnprintableCode(f"Code 128 holds printable ASCII only, not {text!r}")
    symbol = Code128(text)
    symbol.validate()
    symbol.encode()
    symbol.decompose()
    bars: list[tuple[int, int]] = []
    position = 0
    for letter in symbol.decomposed:  # capital letter: bar, small letter: space; A or a is one module wide
        if letter.isupper():
            width = ord(letter) - 64
            bars.append((position, width))
        else:
            width = ord(letter) - 96
        position += width
    return tuple(bars), position


def module_dots(modules: int, width_dots: int, wanted: int = 3) -> int:
    """Dots of one module so that the symbol with its quiet zones fits: the wanted ones, or fewer, at least one."""
    for dots in range(wanted, 1, -1):
        if (modules + 2 * QUIET_MODULES) * dots <= width_dots:
            return dots
    return 1


@lru_cache(maxsize=2048)
def qr(text: str) -> tuple[tuple[tuple[int, int, int], ...], int]:
    """Dark stretches as (row, column, length) in modules, and the modules of one side without the quiet zone."""
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    drawn: Any = made.to_image(scale=1, add_quiet_zones=False)  # a buffer of one byte per module, 0 is dark
    image = memoryview(drawn)
    rows, columns = drawn.shape
    cells = image.tobytes()
    dark: list[tuple[int, int, int]] = []
    for row in range(rows):
        line = cells[row * columns : (row + 1) * columns]
        start = line.find(0)
        while start >= 0:
            end = line.find(255, start)
            if end < 0:
                end = columns
            dark.append((row, start, end - start))
            start = line.find(0, end)
    return tuple(dark), rows
