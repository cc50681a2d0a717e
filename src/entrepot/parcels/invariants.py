"""What must be true of parcels, and of the orders and stock inside them."""

from entrepot.core.invariants import Invariant

INVARIANTS = [
    Invariant(
        "Parcel counts on the tabs are the parcels there",
        """
        SELECT coalesce(c.organization_id, p.organization_id), coalesce(c.key, p.key), c.kept, p.real FROM (
            SELECT organization_id, key, sum(change) AS kept FROM core_counter WHERE key LIKE 'parcel.%'
            GROUP BY organization_id, key) c
        FULL JOIN (SELECT organization_id, 'parcel.' || stage || CASE WHEN stage <> 'to_print' THEN ''
                WHEN supply = 'short' THEN '.short' ELSE '.in_stock' END AS key, count(*) AS real
            FROM parcels_parcel GROUP BY 1, 2) p ON p.organization_id = c.organization_id AND p.key = c.key
        WHERE coalesce(c.kept, 0) <> coalesce(p.real, 0)
        """,
    ),
    Invariant(
        "Packed pieces of a line are the pieces in its parcels",
        """
        SELECT l.organization_id, l.order_id, l.external_id, l.packed, coalesce(p.total, 0) FROM orders_orderline l
        LEFT JOIN (SELECT organization_id, order_line_id, sum(quantity) AS total FROM parcels_parcelline
            GROUP BY organization_id, order_line_id) p ON p.organization_id = l.organization_id AND p.order_line_id = l.id
        WHERE l.packed <> coalesce(p.total, 0)
        """,
    ),
    Invariant(
        "A parcel holds lines until it is unpacked",
        """
        SELECT p.organization_id, p.id, p.stage FROM parcels_parcel p
        WHERE (p.stage = 'unpacked') = EXISTS (SELECT 1 FROM parcels_parcelline l
            WHERE l.organization_id = p.organization_id AND l.parcel_id = p.id)
        """,
    ),
    Invariant(
        "A parcel belongs to the store of an order in it, and its numbers come from services there are",
        """
        SELECT p.organization_id, p.id, p.store_id FROM parcels_parcel p
        WHERE p.stage <> 'unpacked' AND NOT EXISTS (SELECT 1 FROM parcels_parcelline l
            JOIN orders_order o ON o.organization_id = l.organization_id AND o.id = l.order_id
            WHERE l.organization_id = p.organization_id AND l.parcel_id = p.id AND o.store_id = p.store_id)
        UNION ALL SELECT w.organization_id, w.parcel_id, w.service_id FROM parcels_waybill w
        WHERE NOT EXISTS (SELECT 1 FROM connections_shippingservice s
            WHERE s.organization_id = w.organization_id AND s.id = w.service_id)
        """,
    ),
    Invariant(
        "The number on a parcel is the number of its current waybill",
        """
        SELECT p.organization_id, p.id, p.waybill_number, w.number FROM parcels_parcel p
        LEFT JOIN parcels_waybill w ON w.organization_id = p.organization_id AND w.parcel_id = p.id AND w.is_current
        WHERE p.waybill_number <> coalesce(w.number, '')
        """,
    ),
    Invariant(
        "A pooled number is drawn exactly when a waybill has it",
        """
        SELECT n.organization_id, n.number FROM connections_poolednumber n
        WHERE (n.drawn_at IS NOT NULL) <> EXISTS (SELECT 1 FROM parcels_waybill w
            WHERE w.organization_id = n.organization_id AND w.service_id = n.service_id AND w.number = n.number)
        """,
    ),
    Invariant(
        "Stock is promised only to parcels that wait in To print, in stock",
        """
        SELECT a.organization_id, a.group_id FROM inventory_allocation a
        LEFT JOIN parcels_parcel p ON p.organization_id = a.organization_id AND p.id = a.group_id
        WHERE p.id IS NULL OR p.stage <> 'to_print' OR p.supply <> 'in_stock'
        """,
    ),
    Invariant(
        "An order is shipped exactly when nothing of it is left here",
        """
        SELECT o.organization_id, o.external_id FROM orders_order o
        JOIN parcels_parcelline l ON l.organization_id = o.organization_id AND l.order_id = o.id
        JOIN parcels_parcel p ON p.organization_id = l.organization_id AND p.id = l.parcel_id
        WHERE o.stage = 'shipped' AND p.shipped_at IS NULL
        """,
    ),
]
