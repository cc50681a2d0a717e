"""What must be true of orders."""

from entrepot.core.invariants import Invariant
from entrepot.orders.remains import CANCELLED, SURPLUS

INVARIANTS = [
    Invariant(
        "Nothing is left to pack of a packed order",
        """
        SELECT DISTINCT o.organization_id, o.external_id FROM orders_order o
        JOIN orders_orderline l ON l.organization_id = o.organization_id AND l.order_id = o.id
        WHERE o.stage = 'packed' AND l.quantity > l.packed + l.cancelled
        """,
    ),
    Invariant(
        "Order counts on the tabs are the orders there",
        """
        SELECT coalesce(c.organization_id, o.organization_id), coalesce(c.key, o.key), c.kept, o.real FROM (
            SELECT organization_id, key, sum(change) AS kept FROM core_counter WHERE key LIKE 'order.%'
            GROUP BY organization_id, key) c
        FULL JOIN (SELECT organization_id, 'order.' || stage AS key, count(*) AS real FROM orders_order
            GROUP BY organization_id, stage) o ON o.organization_id = c.organization_id AND o.key = c.key
        WHERE coalesce(c.kept, 0) <> coalesce(o.real, 0)
        """,
    ),
    Invariant(
        "Every order has lines and can be searched",
        """
        SELECT o.organization_id, o.external_id FROM orders_order o
        WHERE NOT EXISTS (SELECT 1 FROM orders_orderline l WHERE l.organization_id = o.organization_id AND l.order_id = o.id)
            OR NOT EXISTS (SELECT 1 FROM orders_ordersearch s WHERE s.organization_id = o.organization_id AND s.id = o.id)
        UNION ALL SELECT s.organization_id, s.words FROM orders_ordersearch s WHERE NOT EXISTS (
            SELECT 1 FROM orders_order o WHERE o.organization_id = s.organization_id AND o.id = s.id)
        """,
    ),
    Invariant(
        "Of pieces that nobody wants those that lie in no parcel are cancelled, and all that wait of a cancelled order",
        f"""
        SELECT o.organization_id, o.external_id, l.external_id, l.quantity, l.packed, l.cancelled, l.cancelled_there, l.taken_back
        FROM orders_order o JOIN orders_orderline l ON l.organization_id = o.organization_id AND l.order_id = o.id
        WHERE l.cancelled <> CASE WHEN o.stage = 'cancelled' OR o.ended_at IS NOT NULL THEN l.quantity - l.packed
            ELSE {CANCELLED} END
        """,
    ),
    Invariant(
        "An order names its lines of which more is packed than is wanted",
        f"""
        SELECT o.organization_id, o.external_id, o.surplus_lines, s.ids FROM orders_order o
        JOIN (SELECT l.organization_id, l.order_id, coalesce(array_agg(l.id ORDER BY l.id) FILTER (WHERE {SURPLUS} > 0), '{{}}')
            AS ids FROM orders_orderline l GROUP BY l.organization_id, l.order_id) s
            ON s.organization_id = o.organization_id AND s.order_id = o.id
        WHERE o.surplus_lines <> s.ids
        """,
    ),
    Invariant(
        "An order that was cancelled whole is in the stage cancelled",
        """
        SELECT o.organization_id, o.external_id, o.stage FROM orders_order o
        WHERE o.stage IN ('unpaid', 'to_review', 'to_pack', 'on_hold') AND NOT EXISTS (SELECT 1 FROM orders_orderline l
            WHERE l.organization_id = o.organization_id AND l.order_id = o.id AND l.quantity > l.cancelled)
        """,
    ),
]
