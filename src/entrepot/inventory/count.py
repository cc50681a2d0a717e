"""Count a bin, receive goods into it: verbs of the stock page. Every change is a movement with its actor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from entrepot.core import sql
from entrepot.core.batch import Work, close_batch, open_batch, verb
from entrepot.core.history import Subject
from entrepot.core.permissions import Actor, Permission
from entrepot.core.report import Outcome, Refusal, Report
from entrepot.core.scope import organization_scope
from entrepot.inventory.allocate import lock_stock
from entrepot.inventory.receive import DEFAULT_BIN, Counted, apply_changes, default_warehouse, set_stock

MOST_PIECES = 100_000_000


@verb(name="count_stock", subject=Subject.STOCK, permission=Permission.STOCK)
def count_stock(work: Work, ids: Sequence[int], *, pieces: int) -> Report:
    """Brings each balance of `ids` to the counted `pieces`; what is promised to parcels stays on hand.

    Raises:
        ValueError: no count, below zero or above 100,000,000.
    """
    _check(pieces, at_least=0)
    places = {
        row[0]: row[1:]
        for row in sql.rows(
            """
            SELECT s.id, s.sku_id, b.code, k.code FROM inventory_stock s
            JOIN inventory_bin b ON b.organization_id = s.organization_id AND b.id = s.bin_id
            JOIN catalog_sku k ON k.organization_id = s.organization_id AND k.id = s.sku_id
            WHERE s.organization_id = %(org)s AND b.organization_id = %(org)s AND k.organization_id = %(org)s
                AND s.id = ANY(%(ids)s)
            """,
            {"org": work.organization_id, "ids": list(ids)},
        )
    }
    set_stock(work, [Counted(sku, code, pieces) for sku, code, _name in places.values()], "count")
    return _answers(ids, {i: name for i, (_sku, _code, name) in places.items()})


@verb(name="receive_stock", subject=Subject.STOCK, permission=Permission.STOCK)
def receive_stock(work: Work, ids: Sequence[int], *, pieces: int, bin_code: str) -> Report:
    """Adds `pieces` of each SKU of `ids` to a bin, which is made when it is new.

    Raises:
        ValueError: nothing to add, or more than 100,000,000.
    """
    _check(pieces, at_least=1)
    names: dict[int, str] = dict(
        sql.rows(
            "SELECT id, code FROM catalog_sku WHERE organization_id = %s AND id = ANY(%s)",
            [work.organization_id, list(ids)],
        )
    )
    place = _bin(work, bin_code)
    sql.run(
        """
        INSERT INTO inventory_stock (organization_id, warehouse_id, sku_id, bin_id, on_hand, allocated)
        SELECT b.organization_id, b.warehouse_id, row.sku_id, b.id, 0, 0
        FROM inventory_bin b CROSS JOIN unnest(%s::bigint[]) AS row (sku_id)
        WHERE b.organization_id = %s AND b.id = %s ORDER BY row.sku_id ON CONFLICT DO NOTHING
        """,
        [sorted(names), work.organization_id, place],
    )
    locked = lock_stock(work.organization_id, "sku_id = ANY(%s) AND bin_id = %s", [list(names), place])
    if locked:
        apply_changes(work, {row[0]: pieces for row in locked}, "receive")
    return _answers(ids, names)


@dataclass(frozen=True, slots=True)
class CodeCount:
    """A count as the outside names it: by SKU code and bin code; "" is the default bin."""

    sku_code: str
    bin_code: str
    on_hand: int


def set_counts(*, organization_id: int, counts: Sequence[CodeCount], actor: Actor, at: datetime, uuid: UUID) -> Report:
    """Brings each named balance to its count, in the default warehouse; bins are made when they are new.

    `result["items"]` answers each count in order: the balance after it (never below what is allocated) and the change.

    Raises:
        NotAllowed: the actor may not change stock.
        SameUuidOtherBody: `uuid` stands for another request already.
    """
    actor.require(Permission.STOCK)
    asked = [(count.sku_code, count.bin_code or DEFAULT_BIN, count.on_hand) for count in counts]
    with organization_scope(organization_id):
        opened = open_batch(organization_id, uuid, "set_counts", [], {"counts": asked}, actor, at)
        if isinstance(opened, Report):
            return opened
        work = Work(organization_id, actor, at, opened, uuid)
        ids = _sku_ids(work, [code for code, _, _ in asked])
        known = [Counted(ids[code], place, pieces) for code, place, pieces in asked if code in ids]
        changes = set_stock(work, known, "count") if known else {}
        balances = {(sku, place): (stock, on_hand, held) for stock, sku, place, on_hand, held in _balances(work, known)}
        outcomes = tuple(
            Outcome(ids.get(code, 0), code, None if code in ids else Refusal.NOT_FOUND) for code, _, _ in asked
        )
        items = []
        for (code, place, _), outcome in zip(asked, outcomes, strict=True):
            stock, on_hand, held = balances.get((ids.get(code, 0), place), (0, 0, 0))
            items.append(
                {
                    "sku_code": code, "bin": place, "refusal": outcome.refusal, "message": outcome.sentence,
                    "on_hand": on_hand, "allocated": held, "change": changes.get(stock, 0),
                }
            )  # fmt: skip
        report = Report(outcomes, {"items": items})
        close_batch(work, report)
        return report


def _sku_ids(work: Work, codes: Sequence[str]) -> dict[str, int]:
    return dict(
        sql.rows(
            "SELECT code, id FROM catalog_sku WHERE organization_id = %s AND code = ANY(%s)",
            [work.organization_id, list(codes)],
        )
    )


def _balances(work: Work, known: Sequence[Counted]) -> list[sql.Row]:
    return sql.rows(
        """
        SELECT t.id, t.sku_id, b.code, t.on_hand, t.allocated FROM inventory_stock t
        JOIN inventory_bin b ON b.organization_id = t.organization_id AND b.id = t.bin_id
        WHERE t.organization_id = %s AND b.organization_id = %s AND t.sku_id = ANY(%s)
        """,
        [work.organization_id, work.organization_id, [count.sku_id for count in known]],
    )


def _check(pieces: int, *, at_least: int) -> None:
    if not at_least <= pieces <= MOST_PIECES:
        raise ValueError(f"{pieces} pieces: {at_least} to {MOST_PIECES:,} are possible")


def _bin(work: Work, code: str) -> int:
    warehouse = default_warehouse(work)
    sql.run(
        "INSERT INTO inventory_bin (organization_id, warehouse_id, code) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        [work.organization_id, warehouse, code],
    )
    found = sql.rows(
        "SELECT id FROM inventory_bin WHERE organization_id = %s AND warehouse_id = %s AND code = %s",
        [work.organization_id, warehouse, code],
    )
    return int(found[0][0])


def _answers(ids: Sequence[int], names: Mapping[int, str]) -> Report:
    return Report(tuple(Outcome(i, names[i]) if i in names else Outcome(i, refusal=Refusal.NOT_FOUND) for i in ids))
