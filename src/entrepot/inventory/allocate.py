"""Allocate: promise stock to groups of lines. A group gets all it needs or nothing; earlier groups come first.

This room speaks of demands and groups; what a group is (a parcel) it does not know.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from entrepot.core import sql


@dataclass(frozen=True, slots=True)
class Demand:
    group: int
    line: int
    sku_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Free:
    stock_id: int
    pieces: int


@dataclass(frozen=True, slots=True)
class Taken:
    group: int
    line: int
    stock_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Plan:
    taken: list[Taken]
    missing: dict[int, dict[int, int]]  # group -> SKU -> pieces that are not there


def decide(demands: Sequence[Demand], free: Mapping[int, Sequence[Free]]) -> Plan:
    """Who gets what. Groups in the order of their first demand; within a SKU, stock in the given order. Pure."""
    left = {entry.stock_id: entry.pieces for entries in free.values() for entry in entries}
    by_sku = {sku: [entry.stock_id for entry in entries] for sku, entries in free.items()}
    groups: dict[int, list[Demand]] = defaultdict(list)
    for demand in demands:
        groups[demand.group].append(demand)
    taken: list[Taken] = []
    missing: dict[int, dict[int, int]] = {}
    for group, wanted in groups.items():
        need: dict[int, int] = defaultdict(int)
        for demand in wanted:
            need[demand.sku_id] += demand.quantity
        short = {
            sku: pieces - there
            for sku, pieces in need.items()
            if (there := sum(left[i] for i in by_sku.get(sku, ()))) < pieces
        }
        if short:
            missing[group] = short
            continue
        for demand in wanted:
            pieces = demand.quantity
            for stock_id in by_sku[demand.sku_id]:
                take = min(pieces, left[stock_id])
                if take:
                    left[stock_id] -= take
                    pieces -= take
                    taken.append(Taken(group, demand.line, stock_id, take))
                if not pieces:
                    break
    return Plan(taken, missing)


def lock_stock(organization_id: int, condition: str, params: Sequence[object]) -> list[sql.Row]:
    """Locks balances in the one order everybody uses, waiting for others up to the connection's lock timeout. Taking away needs this."""
    return sql.rows(
        f"""
        SELECT id, sku_id, on_hand - allocated FROM inventory_stock
        WHERE organization_id = %s AND {condition} ORDER BY id FOR NO KEY UPDATE
        """,
        [organization_id, *params],
        bound=True,
    )


def lacking(organization_id: int, demands: Sequence[Demand]) -> dict[int, dict[int, int]]:
    """What `allocate` would find missing now: group -> SKU -> pieces. Nothing is promised and nobody is waited for."""
    skus = sorted({demand.sku_id for demand in demands})
    free: dict[int, list[Free]] = defaultdict(list)
    for stock_id, sku_id, pieces in sql.rows(
        "SELECT id, sku_id, on_hand - allocated FROM inventory_stock WHERE organization_id = %s AND sku_id = ANY(%s)",
        [organization_id, skus],
        bound=True,
    ):
        free[sku_id].append(Free(stock_id, pieces))
    return decide(demands, free).missing


def allocate(*, organization_id: int, demands: Sequence[Demand]) -> dict[int, dict[int, int]]:
    """Allocates in the caller's transaction and returns what is missing: group -> SKU -> pieces."""
    skus = sorted({demand.sku_id for demand in demands})
    free: dict[int, list[Free]] = defaultdict(list)
    for stock_id, sku_id, pieces in lock_stock(organization_id, "sku_id = ANY(%s)", [skus]):
        free[sku_id].append(Free(stock_id, pieces))
    plan = decide(demands, free)
    promised: dict[int, int] = defaultdict(int)
    for take in plan.taken:
        promised[take.stock_id] += take.quantity
    sql.add_to("inventory_stock", {"allocated": 1}, organization_id, promised)
    sql.run(
        """
        INSERT INTO inventory_allocation (organization_id, stock_id, group_id, line_id, quantity)
        SELECT %s, row.* FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::integer[]) AS row
        RETURNING id
        """,
        [
            organization_id,
            [take.stock_id for take in plan.taken],
            [take.group for take in plan.taken],
            [take.line for take in plan.taken],
            [take.quantity for take in plan.taken],
        ],
        bound=True,
    )
    return plan.missing


def drop_allocations(organization_id: int, groups: Sequence[int]) -> list[sql.Row]:
    """Locks the balances of the groups and ends their allocations: (group, line, stock, pieces)."""
    lock_stock(
        organization_id,
        "id IN (SELECT stock_id FROM inventory_allocation WHERE organization_id = %s AND group_id = ANY(%s))",
        [organization_id, list(groups)],
    )
    return sql.rows(
        """
        DELETE FROM inventory_allocation WHERE organization_id = %s AND group_id = ANY(%s)
        RETURNING group_id, line_id, stock_id, quantity
        """,
        [organization_id, list(groups)],
        bound=True,
    )


def pieces_by_stock(rows: Sequence[sql.Row]) -> dict[int, int]:
    pieces: dict[int, int] = defaultdict(int)
    for _group, _line, stock_id, quantity in rows:
        pieces[stock_id] += quantity
    return pieces


def release(*, organization_id: int, groups: Sequence[int]) -> None:
    """Gives promised stock back to the shelf."""
    pieces = pieces_by_stock(drop_allocations(organization_id, groups))
    sql.add_to("inventory_stock", {"allocated": -1}, organization_id, pieces)
