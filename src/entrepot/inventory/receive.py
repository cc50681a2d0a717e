"""Receive and adjust stock: every change is a movement, the balance is written with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from entrepot.core import sql
from entrepot.core.batch import Work
from entrepot.inventory.allocate import lock_stock

DEFAULT_BIN = "-"


@dataclass(frozen=True, slots=True)
class Counted:
    """What lies in a bin, by a count or an opening file."""

    sku_id: int
    bin_code: str
    on_hand: int


def default_warehouse(work: Work) -> int:
    """The organization's first warehouse; made when there is none."""
    sql.run(
        """
        INSERT INTO inventory_warehouse (organization_id, name, is_default, created_at)
        VALUES (%s, 'Main', true, %s) ON CONFLICT DO NOTHING
        """,
        [work.organization_id, work.at],
    )
    return int(
        sql.rows(
            "SELECT id FROM inventory_warehouse WHERE organization_id = %s ORDER BY is_default DESC, id LIMIT 1",
            [work.organization_id],
        )[0][0]
    )


def set_stock(work: Work, counts: Sequence[Counted], reason: str) -> dict[int, int]:
    """Brings balances to what was counted, by movements. Returns stock id -> change.

    A count below what is promised already is raised to it: promised pieces are in a parcel being made.
    """
    warehouse = default_warehouse(work)
    bins = _bins(work, warehouse, sorted({count.bin_code or DEFAULT_BIN for count in counts}))
    wanted = {(count.sku_id, bins[count.bin_code or DEFAULT_BIN]): count.on_hand for count in counts}
    sql.run(
        """
        INSERT INTO inventory_stock (organization_id, warehouse_id, sku_id, bin_id, on_hand, allocated)
        SELECT %s, %s, row.sku_id, row.bin_id, 0, 0 FROM unnest(%s::bigint[], %s::bigint[]) AS row (sku_id, bin_id)
        ORDER BY row.sku_id, row.bin_id ON CONFLICT DO NOTHING
        """,
        [work.organization_id, warehouse, [sku for sku, _ in wanted], [place for _, place in wanted]],
    )
    lock_stock(work.organization_id, "sku_id = ANY(%s)", [[sku for sku, _ in wanted]])
    changes = sql.rows(
        """
        SELECT s.id, greatest(row.pieces, s.allocated) - s.on_hand FROM inventory_stock s
        JOIN unnest(%s::bigint[], %s::bigint[], %s::integer[]) AS row (sku_id, bin_id, pieces)
            ON row.sku_id = s.sku_id AND row.bin_id = s.bin_id
        WHERE s.organization_id = %s AND s.sku_id = ANY(%s) AND greatest(row.pieces, s.allocated) <> s.on_hand
        """,
        [
            [sku for sku, _ in wanted],
            [place for _, place in wanted],
            list(wanted.values()),
            work.organization_id,
            [sku for sku, _ in wanted],
        ],
    )
    apply_changes(work, dict(changes), reason)
    return dict(changes)


def apply_changes(work: Work, changes: Mapping[int, int], reason: str) -> None:
    """Adds to balances (negative takes away) and writes the movements. The rows must be locked."""
    sql.add_to("inventory_stock", {"on_hand": 1}, work.organization_id, changes)
    sql.run(
        """
        INSERT INTO inventory_movement (organization_id, stock_id, quantity, reason, batch_id, actor_id, at)
        SELECT %s, row.id, row.pieces, %s, %s, %s, %s FROM unnest(%s::bigint[], %s::integer[]) AS row (id, pieces)
        RETURNING id
        """,
        [
            work.organization_id,
            reason,
            work.batch_id,
            work.actor_id,
            work.at,
            list(changes),
            list(changes.values()),
        ],
    )


def _bins(work: Work, warehouse: int, codes: Sequence[str]) -> dict[str, int]:
    sql.run(
        """
        INSERT INTO inventory_bin (organization_id, warehouse_id, code)
        SELECT %s, %s, row.code FROM unnest(%s::text[]) AS row (code) ON CONFLICT DO NOTHING
        """,
        [work.organization_id, warehouse, list(codes)],
    )
    found = sql.rows(
        "SELECT code, id FROM inventory_bin WHERE organization_id = %s AND warehouse_id = %s AND code = ANY(%s)",
        [work.organization_id, warehouse, list(codes)],
    )
    return dict(found)
