"""What must be true of the shelf."""

from entrepot.core.invariants import Invariant

INVARIANTS = [
    Invariant(
        "Stock on hand is the sum of its movements",
        """
        SELECT s.organization_id, s.id, s.on_hand, coalesce(m.total, 0) FROM inventory_stock s
        LEFT JOIN (SELECT organization_id, stock_id, sum(quantity) AS total FROM inventory_movement
            GROUP BY organization_id, stock_id) m ON m.organization_id = s.organization_id AND m.stock_id = s.id
        WHERE s.on_hand <> coalesce(m.total, 0)
        """,
    ),
    Invariant(
        "Allocated stock is the sum of its allocations",
        """
        SELECT s.organization_id, s.id, s.allocated, coalesce(a.total, 0) FROM inventory_stock s
        LEFT JOIN (SELECT organization_id, stock_id, sum(quantity) AS total FROM inventory_allocation
            GROUP BY organization_id, stock_id) a ON a.organization_id = s.organization_id AND a.stock_id = s.id
        WHERE s.allocated <> coalesce(a.total, 0)
        """,
    ),
]
