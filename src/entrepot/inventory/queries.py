"""Stock as the stock page lists it, and the movements of one place."""

from typing import Any

from entrepot.catalog.queries import like
from entrepot.core import sql

PAGE = 100


def stock_of(
    organization_id: int, *, text: str = "", short: bool = False, after: tuple[str, int] = ("", 0), limit: int = PAGE
) -> list[dict[str, Any]]:
    """Balances by SKU code, after (code, id). `short`: nothing is available; `text` stands in SKU, name or bin."""
    return sql.dicts(
        """
        SELECT s.id, k.id AS sku_id, k.code, k.name, b.code AS bin, s.on_hand, s.allocated,
            s.on_hand - s.allocated AS available
        FROM inventory_stock s
        JOIN catalog_sku k ON k.organization_id = s.organization_id AND k.id = s.sku_id
        JOIN inventory_bin b ON b.organization_id = s.organization_id AND b.id = s.bin_id
        WHERE s.organization_id = %(org)s AND k.organization_id = %(org)s AND b.organization_id = %(org)s
            AND (k.code, s.id) > (%(code)s, %(id)s)
            AND (NOT %(short)s OR s.on_hand - s.allocated <= 0)
            AND (%(text)s = '' OR k.code ILIKE %(like)s OR k.name ILIKE %(like)s OR b.code ILIKE %(like)s)
        ORDER BY k.code, s.id LIMIT %(limit)s
        """,
        {
            "org": organization_id, "code": after[0], "id": after[1], "short": short, "text": text,
            "like": like(text), "limit": limit,
        },
    )  # fmt: skip


def stock_row(organization_id: int, stock_id: int) -> dict[str, Any] | None:
    found = sql.dicts(
        """
        SELECT s.id, k.id AS sku_id, k.code, k.name, b.code AS bin, s.on_hand, s.allocated,
            s.on_hand - s.allocated AS available
        FROM inventory_stock s
        JOIN catalog_sku k ON k.organization_id = s.organization_id AND k.id = s.sku_id
        JOIN inventory_bin b ON b.organization_id = s.organization_id AND b.id = s.bin_id
        WHERE s.organization_id = %(org)s AND k.organization_id = %(org)s AND b.organization_id = %(org)s
            AND s.id = %(id)s
        """,
        {"org": organization_id, "id": stock_id},
    )
    return found[0] if found else None


def movements_of(organization_id: int, stock_id: int, most: int = 100) -> list[dict[str, Any]]:
    """The newest movements first, each with who did it."""
    return sql.dicts(
        """
        SELECT v.id, v.quantity, v.reason, v.group_id, v.at, m.name AS actor
        FROM inventory_movement v
        LEFT JOIN core_member m ON m.organization_id = v.organization_id AND m.organization_id = %(org)s
            AND m.id = v.actor_id
        WHERE v.organization_id = %(org)s AND v.stock_id = %(id)s ORDER BY v.id DESC LIMIT %(most)s
        """,
        {"org": organization_id, "id": stock_id, "most": most},
    )
