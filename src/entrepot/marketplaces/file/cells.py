"""Cells and header texts: what a cell says as text, and when two headers mean the same."""

import re
import unicodedata
from functools import lru_cache

Cell = str | float
"""Text, or a number of a workbook (always a float; dates and booleans arrive as text)."""

EXACT_INTEGERS = 2**53
"""From here on a float cannot tell neighbouring integers apart."""
SPREADSHEET_DIGITS = 10**15
"""A spreadsheet program keeps 15 significant digits and writes zeros for the others."""

INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060"))
SPACES = " \t\r\n\v\f\u00a0\u3000\u2007\u202f\ufeff\u200b"

GUARDS = ("'=", "'+", "'-", "'@")
"""An apostrophe that keeps a spreadsheet program from taking a text for a formula, as our own CSV files have it."""

_GUARDED = re.compile(r'^=\s*"(.*)"$', re.DOTALL)
_SCIENTIFIC = re.compile(r"^\d+(?:[.,]\d+)?[eE]\+?(\d+)$")


def text_of(cell: Cell) -> str:
    """The cell as text, trimmed, without its guard; whole numbers without a decimal point."""
    if isinstance(cell, str):
        text = cell.strip(SPACES)
        return text[1:] if text[:2] in GUARDS else text
    if cell != cell or cell in (float("inf"), float("-inf")):
        return ""
    return f"{cell:.0f}" if cell.is_integer() else repr(cell)


def raw_of(cell: Cell) -> str:
    """The cell as it stands in the file, untrimmed."""
    return cell if isinstance(cell, str) else text_of(cell)


def id_of(cell: Cell) -> tuple[str, bool]:
    """An identifier and whether it has lost digits: a float above 2^53, or text such as `5.76822E+17`.

    Text is kept to the letter but for what spreadsheets and exports put around it: tabs, `="…"`, a leading apostrophe.
    """
    if not isinstance(cell, str):
        size = abs(cell)
        lost = size >= EXACT_INTEGERS or (size >= SPREADSHEET_DIGITS and size % 10 == 0)
        return text_of(cell), lost
    text = cell.strip(SPACES)
    if text.isalnum() and text.isascii() and not ("E" in text or "e" in text):
        return text, False
    if not text.isascii():
        text = text.translate(INVISIBLE).strip(SPACES)
    if text[:2] in GUARDS:
        text = text[1:]
    if text[:1] == "=" and (guarded := _GUARDED.match(text)):
        text = guarded[1].strip(SPACES)
    if text[:1] == "'" and text[1:].isalnum():
        text = text[1:]
    if ("E" in text or "e" in text) and (found := _SCIENTIFIC.match(text)) and 10 <= int(found[1][:4]) <= 40:
        return text, True
    return text, False


@lru_cache(maxsize=20_000)
def norm(text: str) -> str:
    """The form in which headers are compared: `Order-ID`, `order id` and `Order_Id*` are one."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum() or character == "#")


def is_blank(cells: list[Cell]) -> bool:
    for cell in cells:  # noqa: SIM110  # read for every row: the loop is twice as fast as any()
        if cell != "" and (not isinstance(cell, str) or cell.strip(SPACES)):
            return False
    return True
