"""Who gets it: the key by which orders of one recipient are recognised. Pure."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from anyascii import anyascii

_NOT_WORD = re.compile(r"[\W_]+")


@lru_cache(maxsize=65_536)
def _plain(text: str) -> str:
    """Case, width, accents, spaces and punctuation do not tell two recipients apart; letters and digits do."""
    if text.isascii():
        return _NOT_WORD.sub("", text.lower())
    return _NOT_WORD.sub("", anyascii(unicodedata.normalize("NFKC", text)).lower())


def is_complete(address: Mapping[str, str]) -> str:
    """The first missing part of a postal address, or ""."""
    for part in ("name", "line1", "city", "country"):
        if not address.get(part):
            return part
    return ""


def recipient_key(address: Mapping[str, str], *, store_id: int, buyer_id: str) -> str:
    """32 hex digits; equal only for the same store, buyer and place. "" when there is too little to compare.

    Phones count by their last 8 digits: the same phone is written with and without its country code.
    """
    if not address.get("line1") or not address.get("country"):
        return ""
    phone = re.sub(r"\D", "", address.get("phone", ""))[-8:]
    parts = [
        str(store_id),
        address.get("country", "").upper(),
        _plain(address.get("postcode", "")),
        _plain(address.get("region", "")),
        _plain(address.get("city", "")),
        _plain(address.get("district", "")),
        _plain(address.get("line1", "") + address.get("line2", "")),
        _plain(address.get("name", "")),
        phone,
        buyer_id,
    ]
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()
