"""An address as lines on paper."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.core.countries import COUNTRIES
from entrepot.parcels.documents.latin import is_latin
from entrepot.parcels.documents.typeset import clean, latinized
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


def in_latin(address: AddressText, country: str) -> AddressText | None:
    """The same in Latin letters, without the parts that cannot be read (Japanese Han signs).

    None when it is written in Latin letters already, or nothing of it can be read.
    """
    if is_latin(address.name) and all(map(is_latin, address.lines)):
        return None
    lines = tuple(line for part in address.lines if (line := latinized(part, country)))
    found = AddressText(latinized(address.name, country), lines)
    read_anew = {found.name, *found.lines} - {"", address.name, *address.lines}
    return found if read_anew else None


def country_name(party: Party) -> str:
    """English name of the country in capitals, as postal rules want it on the last line."""
    known = COUNTRIES.get(party.country.upper())
    return (clean(party.country_name_en) or (known[0] if known else party.country)).upper()


def one_line(party: Party, *, abroad: bool = False) -> tuple[str, str]:
    """The name, and everything else joined by commas; for the small sender block.

    On a parcel that goes abroad it stands in Latin letters, which every post on the way can read; what has no reading in
    them stands as it was written.
    """
    address = own_script(party)
    name, lines = address.name, address.lines
    if abroad:
        name = latinized(name, party.country) or name
        lines = tuple(latinized(line, party.country) or line for line in lines)
    return name, ", ".join((*lines, country_name(party)))
