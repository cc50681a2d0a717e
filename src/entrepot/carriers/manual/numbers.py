"""Formats of typed numbers. `free` accepts what carriers use at all; `s10` proves its check digit."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from entrepot.carriers.manual.s10 import s10_problem

_FREE = re.compile(r"^[A-Z0-9][A-Z0-9-]{3,39}$")


def _normalise(text: str) -> str:
    """Full-width letters, spaces and case do not matter; a scanner or a clerk may add them."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()


def _free_problem(number: str) -> str:
    return "" if _FREE.match(number) else "4 to 40 letters, digits and hyphens are expected"


@dataclass(frozen=True, slots=True)
class Rule:
    check: Callable[[str], str]

    def normalise(self, text: str) -> str:
        return _normalise(text)

    def problem(self, number: str) -> str:
        return self.check(number)


FORMATS = {"free": Rule(_free_problem), "s10": Rule(s10_problem)}
