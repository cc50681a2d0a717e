"""The recipient: street lines plus a list of administrative levels whose names differ by country."""

from entrepot.marketplaces.contract import Address
from entrepot.marketplaces.reading import Record

BY_NAME = {
    "state": "region",
    "province": "region",
    "region": "region",
    "prefecture": "region",
    "city": "city",
    "municipality": "city",
    "town": "city",
    "post town": "city",
    "regency": "city",
    "district": "district",
    "ward": "district",
    "barangay": "district",
    "subdistrict": "district",
}
BY_LEVEL = {"L1": "region", "L2": "city", "L3": "district"}  # where the name says nothing; L0 is the country


def address_of(recipient: Record, *, email: str, tax_id: str) -> Address:
    areas = areas_of(recipient)
    lines = [recipient.text(f"address_line{n}") for n in (1, 2, 3, 4)]
    street = [line for line in lines if line] or [recipient.text("address_detail") or recipient.text("full_address")]
    return Address(
        name=recipient.text("name") or f"{recipient.text('first_name')} {recipient.text('last_name')}".strip(),
        line1=street[0],
        line2=", ".join(street[1:]),
        district=areas.get("district", ""),
        city=recipient.text("post_town") or areas.get("city", ""),
        region=areas.get("region", ""),
        postcode=recipient.text("postal_code"),
        country=recipient.text("region_code").upper(),
        phone=recipient.text("phone_number"),
        email=email,
        tax_id=tax_id,
    )


def areas_of(recipient: Record) -> dict[str, str]:
    """Region, city and district. A level that names itself wins over one that only has a number."""
    levels = recipient.records("district_info")
    found: dict[str, str] = {}
    for area in levels:
        field = BY_NAME.get(area.text("address_level_name").lower())
        if field and area.text("address_name"):
            found.setdefault(field, area.text("address_name"))
    for area in levels:
        if area.text("address_level_name").lower() not in BY_NAME:
            field = BY_LEVEL.get(area.text("address_level"))
            if field and area.text("address_name"):
                found.setdefault(field, area.text("address_name"))
    return found


def is_masked(address: Address) -> bool:
    return any("**" in text for text in (address.name, address.line1, address.phone))
