"""What was told to marketplaces and what they answered, for the pages."""

from collections.abc import Sequence
from typing import Any

from entrepot.core import sql


def refused(organization_id: int, *, limit: int = 200) -> list[dict[str, Any]]:
    """Notices that a marketplace refused and nobody has settled, oldest first."""
    return sql.dicts(
        """
        SELECT n.id, n.parcel_id, n.order_id, n.order_number, n.store_id, s.name AS store, n.number, n.carrier, n.why, n.code,
            n.message, n.tries, n.answered_at, n.is_virtual
        FROM parcels_shippingnotice n
        JOIN connections_store s ON s.organization_id = %(org)s AND s.id = n.store_id
        WHERE n.organization_id = %(org)s AND n.status = 'refused' AND n.is_current ORDER BY n.id LIMIT %(limit)s
        """,
        {"org": organization_id, "limit": limit},
    )


def of_parcels(organization_id: int, parcel_ids: Sequence[int]) -> list[dict[str, Any]]:
    """All notices of parcels, oldest first, for the drawer and the chips."""
    return sql.dicts(
        """
        SELECT id, parcel_id, order_id, order_number, number, carrier, status, why, code, message, tries, is_virtual, is_current,
            replaces, created_at, sent_at, answered_at, due_at
        FROM parcels_shippingnotice WHERE organization_id = %s AND parcel_id = ANY(%s) ORDER BY id
        """,
        [organization_id, list(parcel_ids)],
    )
