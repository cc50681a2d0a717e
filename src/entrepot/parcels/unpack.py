"""Unpack: a parcel is taken apart, its number voided, its stock given back; its orders wait to be packed again,
without the pieces that were cancelled meanwhile."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from entrepot.core import locking, sql, stages
from entrepot.core.batch import Work, verb
from entrepot.core.history import Subject
from entrepot.core.permissions import Permission
from entrepot.core.report import Outcome, Refusal, Report
from entrepot.core.stages import Move
from entrepot.inventory.allocate import release
from entrepot.orders import move as order_moves
from entrepot.orders.cancel import holding_goods
from entrepot.orders.remains import UNWANTED, settle
from entrepot.parcels import lines
from entrepot.parcels.ending import end_orders
from entrepot.parcels.notify import withdraw
from entrepot.parcels.states import TRANSITIONS, Act, Stage, allowed


def undo_pack(work: Work, ids: Sequence[int], batch: Mapping[str, Any]) -> Report:
    """Takes the parcels of a pack apart, those that are still as the batch left them."""
    parcel_ids = [int(i) for i in batch["result"].get("parcels", [])]
    return _unpack(work, parcel_ids, only_from={Stage.TO_PROCESS})


@verb(name="unpack_parcels", subject=Subject.PARCEL, permission=Permission.PACK)
def unpack_parcels(work: Work, ids: Sequence[int]) -> Report:
    return _unpack(work, ids, only_from=set(TRANSITIONS[Act.UNPACK]))


def _unpack(work: Work, ids: Sequence[int], only_from: set[Stage]) -> Report:
    orders = lines.orders_in(work.organization_id, ids, lock=True)
    locked = locking.lock(lines.TABLE, ("stage", "supply", "waybill_number"), work.organization_id, ids)
    answers = [_answer(row, only_from) for row in locked.rows.values()]
    done = [outcome.id for outcome in answers if outcome.refusal is None]
    release(organization_id=work.organization_id, groups=done)
    withdraw(work, done)
    sql.run(
        """
        UPDATE parcels_waybill SET status = 'voided', is_current = false, changed_at = %s
        WHERE organization_id = %s AND parcel_id = ANY(%s) AND is_current
        """,
        [work.at, work.organization_id, done],
    )
    taken = sql.rows(
        """
        DELETE FROM parcels_parcelline WHERE organization_id = %s AND parcel_id = ANY(%s)
        RETURNING order_line_id, quantity, order_id
        """,
        [work.organization_id, done],
    )
    pieces: Counter[int] = Counter()
    for line_id, quantity, _ in taken:
        pieces[line_id] += quantity
    _free_pieces(work, pieces)
    _move_parcels(work, [locked.rows[i] for i in done], orders)
    inside = {row[2] for row in taken}
    ended, waiting = _end_orders(work, inside, orders), _move_orders(work, inside, orders)
    spent = settle(work, sorted(inside))
    went = {"cancelled": [str(i) for i in ended], "to_pack": [str(i) for i in waiting if i not in spent]}
    return Report.answering(ids, [*answers, *lines.missing(ids, locked)], went)


def _free_pieces(work: Work, pieces: Mapping[int, int]) -> None:
    """Takes pieces (line id -> number) out of their parcels. Those that nobody wants any more are cancelled by that."""
    sql.run(
        f"""
        UPDATE orders_orderline l SET packed = l.packed - row.amount,
            cancelled = greatest(l.cancelled, least({UNWANTED}, l.quantity - l.packed + row.amount))
        FROM unnest(%s::bigint[], %s::integer[]) AS row (id, amount)
        WHERE l.organization_id = %s AND l.id = ANY(%s) AND l.id = row.id
        """,
        [list(pieces), list(pieces.values()), work.organization_id, list(pieces)],
        bound=True,
    )


def _answer(row: Mapping[str, Any], only_from: set[Stage]) -> Outcome:
    stage = Stage(row["stage"])
    if stage in only_from:
        return Outcome(row["id"], lines.name_of(row["id"]))
    if only_from == {Stage.TO_PROCESS}:
        return Outcome(row["id"], lines.name_of(row["id"]), Refusal.CHANGED_SINCE, {"stage": stage.value})
    facts = {"stage": stage.value, "expected": ", ".join(allowed(Act.UNPACK))}
    return Outcome(row["id"], lines.name_of(row["id"]), Refusal.WRONG_STAGE, facts)


def _move_parcels(work: Work, rows: Sequence[Mapping[str, Any]], orders: lines.Orders) -> None:
    moves = [
        Move(
            row["id"],
            {
                "stage": row["stage"],
                "supply": row["supply"],
                "waybill": row["waybill_number"],
                "orders": [order["shown"] for order in orders.by_parcel.get(row["id"], [])],
            },
            {"stage": Stage.UNPACKED.value},
        )
        for row in rows
    ]
    stages.move(
        work,
        table=lines.TABLE,
        subject=Subject.PARCEL,
        verb="unpack",
        moves=moves,
        count_key=lines.count_key,
        also=", supply = '', waybill_number = ''",
    )


def _move_orders(work: Work, order_ids: set[int], orders: lines.Orders) -> list[int]:
    """An order with something left to pack waits again; a cancelled one stays cancelled, and one that has left from
    elsewhere is shipped once nothing of it lies in a parcel here. Returns those that wait."""
    inside = [order for found in orders.by_parcel.values() for order in found if order["ended_at"] is None]
    stage = {order["id"]: order["stage"] for order in inside if order["id"] in order_ids}
    elsewhere = {order["id"] for order in inside if order["elsewhere"]} & order_ids
    left = elsewhere - holding_goods(work, sorted(elsewhere))
    moves = [
        Move(i, {"stage": stage[i]}, {"stage": "shipped" if i in left else "to_pack"})
        for i in sorted(stage)
        if stage[i] == "packed" or i in left
    ]
    stages.move(
        work,
        table=order_moves.TABLE,
        subject=Subject.ORDER,
        verb="unpack",
        moves=moves,
        count_key=order_moves.count_key,
        also=", updated_at = %s",
        also_params=[work.at],
        told_elsewhere=True,
    )
    return [move.id for move in moves if move.id not in left]


def _end_orders(work: Work, order_ids: set[int], orders: lines.Orders) -> list[int]:
    """Of orders that are cancelled for good nothing is left to pack; with its last parcel taken apart, such an order ends.
    Returns those that did."""
    ended = {order["id"]: order for i in orders.by_parcel for order in orders.ended(i)}
    over = sorted(order_ids & set(ended))
    if not over:
        return []
    sql.run(
        "UPDATE orders_orderline SET cancelled = quantity - packed WHERE organization_id = %s AND order_id = ANY(%s)",
        [work.organization_id, over],
    )
    return end_orders(work, [ended[i] for i in over])
