"""The name of a country, in whatever language, to its ISO 3166-1 alpha-2 code."""

import re
import unicodedata
from functools import cache, lru_cache

from entrepot.marketplaces.file.country_names import NAMES

LONGEST = 100
"""No country's name is longer. Reading a text takes time by the square of its length."""
_IN_BRACKETS = re.compile(r"[(\[（].*?[)\]）]")


def key(text: str) -> str:
    """Letters and digits only, without case and accents."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in folded if character.isalnum())


@cache
def table() -> dict[str, str]:
    codes: dict[str, str] = {}
    for line in NAMES.splitlines():
        code, *names = line.split("|")
        codes[key(code)] = code
        for name in names:
            codes.setdefault(key(name), code)
    return codes


def country_code(text: str) -> str:
    """ISO 3166-1 alpha-2, or "" for what is no country: "Unspecified", "European Community", "Channel Islands"."""
    return _code(text) if len(text) <= LONGEST else ""


@lru_cache(maxsize=4096)
def _code(text: str) -> str:
    codes = table()
    found = codes.get(key(text)) or codes.get(key(_IN_BRACKETS.sub("", text)))
    if found:
        return found
    for separator in ("/", " - ", "|"):  # "DE - Germany", "中国/China"
        for part in text.split(separator) if separator in text else ():
            if code := codes.get(key(part)):
                return code
    return ""
