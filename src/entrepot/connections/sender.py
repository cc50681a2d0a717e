"""The sender of a store: what stands on its labels as FROM."""

from entrepot.core import sql

PARTS = ("name", "line1", "city", "country")
"""What a carrier needs of a sender; without them no label is printed."""
IS_WHOLE = f"""('' NOT IN ({", ".join(f"coalesce(sender ->> '{part}', '')" for part in PARTS)}))"""


def stores_without_sender(organization_id: int) -> dict[int, str]:
    """Stores whose labels cannot be printed, id -> alias."""
    found = sql.rows(
        f"SELECT id, name FROM connections_store WHERE organization_id = %s AND NOT {IS_WHOLE}", [organization_id]
    )
    return dict(found)
