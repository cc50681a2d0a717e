"""What a new pairing does to waiting orders: their review reason "unknown SKU" goes when all lines are paired."""

from entrepot.core import sql
from entrepot.core.batch import Work
from entrepot.orders.ingest import UNKNOWN_SKU


def forget_unknown_skus(work: Work, listing_ids: list[int]) -> None:
    """The orders are locked by id, as everywhere: one who takes in a page of them waits, or is waited for."""
    known = sql.rows(
        """
        SELECT o.id FROM orders_order o
        WHERE o.organization_id = %(org)s AND %(reason)s = ANY(o.review_reasons)
            AND o.id IN (SELECT l.order_id FROM orders_orderline l
                WHERE l.organization_id = %(org)s AND l.listing_id = ANY(%(listings)s))
            AND NOT EXISTS (SELECT 1 FROM orders_orderline l WHERE l.organization_id = %(org)s AND l.order_id = o.id
                AND NOT EXISTS (SELECT 1 FROM catalog_pairing p
                    WHERE p.organization_id = %(org)s AND p.listing_id = l.listing_id))
        ORDER BY o.id FOR NO KEY UPDATE OF o
        """,
        {"reason": UNKNOWN_SKU, "org": work.organization_id, "listings": listing_ids},
    )
    sql.run(
        """
        UPDATE orders_order SET review_reasons = array_remove(review_reasons, %s), updated_at = %s
        WHERE organization_id = %s AND id = ANY(%s)
        """,
        [UNKNOWN_SKU, work.at, work.organization_id, [row[0] for row in known]],
    )
