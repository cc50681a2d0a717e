"""Who gets it: the key by which orders of one recipient are recognised. Pure."""

import hashlib
import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

from entrepot.marketplaces.contract import Address

_NOT_WORD = re.compile(r"[\W_]+")


@lru_cache(maxsize=65_536)
def _plain(text: str) -> str:
    """Case, width, accents, spaces and punctuation do not tell two recipients apart; letters and digits do."""
    if not text or (text.isascii() and text.isalnum()):
        return text.lower()
    if text.isascii():
        return _NOT_WORD.sub("", text.lower())
    return _NOT_WORD.sub("", anyascii(unicodedata.normalize("NFKC", text)).lower())


def missing_part(address: Address) -> str:
    """The first missing part of a postal address, or ""."""
    for part in ("name", "line1", "city", "country"):
        if not getattr(address, part):
            return part
    return ""


def is_hidden(address: Address) -> bool:
    """Whether a marketplace shows nothing of the street, or stars in its place."""
    return not address.line1 or any("**" in text for text in (address.name, address.line1))


def recipient_key(address: Address, *, store_id: int, buyer_id: str) -> str:
    """32 hex digits; equal only for the same store, buyer and place. "" when there is too little to compare.

    Phones count by their last 8 digits: the same phone is written with and without its country code.
    """
    if not address.line1 or not address.country:
        return ""
    parts = (
        str(store_id),
        address.country.upper(),
        _plain(address.postcode),
        _plain(address.region),
        _plain(address.city),
        _plain(address.district),
        _plain(address.line1 + address.line2),
        _plain(address.name),
        "".join(filter(str.isdigit, address.phone))[-8:],
        buyer_id,
    )
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()
