"""Listings as the pairing page lists them, with the orders that wait for them."""

from typing import Any

from entrepot.catalog.queries import like
from entrepot.core import sql

WAITING = ("unpaid", "to_review", "to_pack", "on_hold")


def unpaired_listings(organization_id: int, *, text: str = "", most: int = 100) -> list[dict[str, Any]]:
    """Those without a SKU; the ones most open orders wait for come first."""
    return sql.dicts(
        """
        SELECT l.id, l.code, l.title, s.name AS store, coalesce(wait.orders, 0) AS waiting
        FROM catalog_listing l
        JOIN connections_store s ON s.organization_id = l.organization_id AND s.id = l.store_id
        LEFT JOIN (
            SELECT ol.listing_id, count(DISTINCT o.id) AS orders FROM orders_order o
            JOIN orders_orderline ol ON ol.organization_id = o.organization_id AND ol.order_id = o.id
            WHERE o.organization_id = %(org)s AND ol.organization_id = %(org)s AND o.stage = ANY(%(stages)s)
                AND 'unknown_sku' = ANY(o.review_reasons)
            GROUP BY ol.listing_id) wait ON wait.listing_id = l.id
        WHERE l.organization_id = %(org)s AND s.organization_id = %(org)s
            AND NOT EXISTS (SELECT 1 FROM catalog_pairing p WHERE p.organization_id = %(org)s AND p.listing_id = l.id)
            AND (%(text)s = '' OR l.code ILIKE %(like)s OR l.title ILIKE %(like)s)
        ORDER BY waiting DESC, l.code, l.id LIMIT %(most)s
        """,
        {"org": organization_id, "stages": list(WAITING), "text": text, "like": like(text), "most": most},
    )


def unpaired_ids(organization_id: int, most: int = 5000) -> list[int]:
    return [
        row[0]
        for row in sql.rows(
            """
            SELECT l.id FROM catalog_listing l WHERE l.organization_id = %(org)s
                AND NOT EXISTS (SELECT 1 FROM catalog_pairing p
                    WHERE p.organization_id = %(org)s AND p.listing_id = l.id)
            ORDER BY l.id LIMIT %(most)s
            """,
            {"org": organization_id, "most": most},
        )
    ]


def paired_listings(organization_id: int, *, text: str = "", after: int = 0, most: int = 100) -> list[dict[str, Any]]:
    """Those with SKUs, by id after `after`; `parts` is "SKU × pieces" of each."""
    return sql.dicts(
        """
        SELECT l.id, l.code, l.title, s.name AS store, bool_and(p.is_automatic) AS is_automatic,
            array_agg(k.code ORDER BY k.code) AS skus, array_agg(p.quantity ORDER BY k.code) AS pieces
        FROM catalog_listing l
        JOIN connections_store s ON s.organization_id = l.organization_id AND s.id = l.store_id
        JOIN catalog_pairing p ON p.organization_id = l.organization_id AND p.listing_id = l.id
        JOIN catalog_sku k ON k.organization_id = l.organization_id AND k.id = p.sku_id
        WHERE l.organization_id = %(org)s AND s.organization_id = %(org)s AND p.organization_id = %(org)s
            AND k.organization_id = %(org)s AND l.id > %(after)s
            AND (%(text)s = '' OR l.code ILIKE %(like)s OR l.title ILIKE %(like)s OR k.code ILIKE %(like)s)
        GROUP BY l.id, l.code, l.title, s.name ORDER BY l.id LIMIT %(most)s
        """,
        {"org": organization_id, "text": text, "like": like(text), "after": after, "most": most},
    )
