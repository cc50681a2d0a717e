"""An address as lines on paper."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.core.countries import COUNTRIES
from entrepot.parcels.documents.typeset import clean, is_latin, latinized
from entrepot.parcels.documents.values import Party


@dataclass(frozen=True, slots=True)
class AddressText:
    """Name and lines in one script, without country and phone."""

    name: str
    lines: tuple[str, ...]


def own_script(party: Party) -> AddressText:
    """As the buyer wrote it."""
    place = ", ".join(part for part in (clean(party.city), clean(party.region)) if part)
    if party.postcode:
        place = f"{place} {clean(party.postcode)}".strip()
    parts = (clean(party.company), *map(clean, party.lines), place)
    return AddressText(clean(party.name), tuple(part for part in parts if part))


def in_latin(address: AddressText) -> AddressText | None:
    """The same in Latin letters, or None when it is written in them already."""
    if is_latin(address.name) and all(map(is_latin, address.lines)):
        return None
    return AddressText(latinized(address.name), tuple(map(latinized, address.lines)))


def country_name(party: Party) -> str:
    """English name of the country in capitals, as postal rules want it on the last line."""
    known = COUNTRIES.get(party.country.upper())
    return (clean(party.country_name_en) or (known[0] if known else party.country)).upper()


def one_line(party: Party, *, abroad: bool = False) -> tuple[str, str]:
    """The name, and everything else joined by commas; for the small sender block.

    On a parcel that goes abroad it stands in Latin letters, which every post on the way can read.
    """
    address = own_script(party)
    if abroad:
        address = in_latin(address) or address
    return address.name, ", ".join((*address.lines, country_name(party)))
