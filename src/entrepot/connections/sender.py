"""The sender of a store: what stands on its labels as FROM."""

from collections.abc import Mapping
from typing import Any

from entrepot.core import sql

PARTS = ("name", "line1", "city", "country")
"""What a carrier needs of a sender; a label without them says so when it is printed."""
IS_WHOLE = f"""('' NOT IN ({", ".join(f"coalesce(sender ->> '{part}', '')" for part in PARTS)}))"""


def is_whole(sender: Mapping[str, Any]) -> bool:
    return all(sender.get(part) for part in PARTS)


def stores_without_sender(organization_id: int) -> dict[int, str]:
    """Stores whose labels lack a whole sender, id -> alias."""
    found = sql.rows(
        f"SELECT id, name FROM connections_store WHERE organization_id = %s AND NOT {IS_WHOLE}", [organization_id]
    )
    return dict(found)
