"""The sender of a store: what stands on its labels as FROM."""

from entrepot.core import sql

# Whether a sender can stand on a label: the carrier needs a name, a street, a city and a country.
IS_WHOLE = """('' NOT IN (coalesce(sender ->> 'name', ''), coalesce(sender ->> 'line1', ''),
    coalesce(sender ->> 'city', ''), coalesce(sender ->> 'country', '')))"""


def stores_without_sender(organization_id: int) -> dict[int, str]:
    """Stores whose labels cannot be printed, id -> alias."""
    found = sql.rows(
        f"SELECT id, name FROM connections_store WHERE organization_id = %s AND NOT {IS_WHOLE}", [organization_id]
    )
    return dict(found)
