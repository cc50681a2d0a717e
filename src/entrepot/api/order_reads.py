"""Orders as the API shows them: two statements for the orders' facts, whatever the size of the page."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from entrepot.api.cursors import page
from entrepot.api.selection import OrderFilter
from entrepot.core import sql
from entrepot.core.batch import loads
from entrepot.orders.remains import SURPLUS

_COLUMNS = """
    o.id, o.external_id AS number, o.store_id, s.name AS store_name, o.stage, o.external_status, o.hold_reason,
    o.held_until, o.held_there_at, o.cancellation_asked_at, o.ended_at, o.review_reasons, o.placed_at, o.paid_at,
    o.deadline_at, o.currency, o.total_minor, o.buyer_id, o.buyer_name, o.buyer_note, o.shipping_choice, o.recipient,
    o.country, o.created_at, o.updated_at
"""
_JOINED = (
    "JOIN connections_store s ON s.organization_id = %s AND s.organization_id = o.organization_id AND s.id = o.store_id"
)


def orders_page(
    organization_id: int, wanted: OrderFilter, *, cursor: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    conditions, params = wanted.conditions(organization_id)
    after, place = wanted.order.after("o", cursor)
    sort = wanted.order.sort("o")
    found = sql.dicts(
        f"""
        SELECT {_COLUMNS} FROM (SELECT * FROM orders_order o WHERE {" AND ".join(conditions)} AND {after}
            ORDER BY {sort} LIMIT %s) o {_JOINED} ORDER BY {sort}
        """,
        [*params, *place, limit + 1, organization_id],
    )
    rows, following = page(found, limit, wanted.order)
    return _whole(organization_id, rows), following


def order_by_id(organization_id: int, order_id: int) -> dict[str, Any] | None:
    found = sql.dicts(
        f"SELECT {_COLUMNS} FROM orders_order o {_JOINED} WHERE o.organization_id = %s AND o.id = %s",
        [organization_id, organization_id, order_id],
    )
    return _whole(organization_id, found)[0] if found else None


def _whole(organization_id: int, orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Adds the lines and the parcels they lie in."""
    ids = [order["id"] for order in orders]
    lines = _grouped(
        sql.dicts(
            f"""
            SELECT l.order_id, l.id, l.external_id, l.sku_code, l.title, l.variation, l.quantity, l.cancelled, l.packed,
                {SURPLUS} AS surplus, l.unit_price_minor
            FROM orders_orderline l WHERE l.organization_id = %s AND l.order_id = ANY(%s) ORDER BY l.order_id, l.id
            """,
            [organization_id, ids],
        )
    )
    parcels = _grouped(
        sql.dicts(
            """
            SELECT DISTINCT order_id, parcel_id FROM parcels_parcelline
            WHERE organization_id = %s AND order_id = ANY(%s) ORDER BY order_id, parcel_id
            """,
            [organization_id, ids],
        )
    )
    for order in orders:
        order["recipient"] = loads(order["recipient"])
        order["lines"] = lines[order["id"]]
        order["parcel_ids"] = [row["parcel_id"] for row in parcels[order["id"]]]
    return orders


def _grouped(rows: Sequence[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    groups: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row["order_id"]].append(row)
    return groups
