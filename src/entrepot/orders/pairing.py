"""What a new pairing does to waiting orders: their review reason "unknown SKU" goes when all lines are paired."""

from entrepot.core import sql
from entrepot.core.batch import Work
from entrepot.orders.ingest import UNKNOWN_SKU


def forget_unknown_skus(work: Work, listing_ids: list[int]) -> None:
    sql.run(
        """
        UPDATE orders_order o SET review_reasons = array_remove(o.review_reasons, %(reason)s), updated_at = %(at)s
        WHERE o.organization_id = %(org)s AND %(reason)s = ANY(o.review_reasons)
            AND o.id IN (SELECT l.order_id FROM orders_orderline l
                WHERE l.organization_id = %(org)s AND l.listing_id = ANY(%(listings)s))
            AND NOT EXISTS (SELECT 1 FROM orders_orderline l WHERE l.organization_id = %(org)s AND l.order_id = o.id
                AND NOT EXISTS (SELECT 1 FROM catalog_pairing p
                    WHERE p.organization_id = %(org)s AND p.listing_id = l.listing_id))
        """,
        {"reason": UNKNOWN_SKU, "at": work.at, "org": work.organization_id, "listings": listing_ids},
    )
