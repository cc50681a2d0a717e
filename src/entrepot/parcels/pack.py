"""Pack: lines of reviewed orders become parcels; orders of one recipient share one, within the policy's limits."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from entrepot.core import history, locking, sql, stages
from entrepot.core.batch import Work, verb
from entrepot.core.history import Change, Subject
from entrepot.core.permissions import Permission
from entrepot.core.report import Outcome, Refusal, Report
from entrepot.core.stages import Move
from entrepot.marketplaces.policy import Policy
from entrepot.marketplaces.registry import parcels_of_an_order, policy_of
from entrepot.orders import move as order_moves
from entrepot.orders.states import Act as OrderAct
from entrepot.orders.states import Stage as OrderStage
from entrepot.parcels.states import Stage
from entrepot.parcels.unpack import undo_pack

RULE = "same recipient, store, currency and service; version 1"


@dataclass(frozen=True, slots=True)
class Line:
    id: int
    quantity: int
    price_minor: int = 0  # of one piece


@dataclass(frozen=True, slots=True)
class Packable:
    """An order with what is left to pack of it."""

    id: int
    number: str
    store_id: int
    recipient_key: str
    currency: str
    shipping_choice: str
    deadline_at: datetime
    total_minor: int
    lines: tuple[Line, ...]


@dataclass(slots=True)
class Box:
    """A parcel to be: pieces of lines, by order."""

    orders: list[Packable] = field(default_factory=list)
    lines: list[tuple[Packable, Line]] = field(default_factory=list)
    why: dict[str, Any] = field(default_factory=dict)


def decide(orders: Sequence[Packable], policy: Policy) -> list[Box]:
    """Which orders share a parcel, and why others do not. Pure.

    Orders without a usable address are never merged. Above the line limit a parcel is closed and the next one begun,
    so 31 lines at a limit of 15 make 15, 15 and 1.
    """
    groups: dict[tuple[Any, ...], list[Packable]] = defaultdict(list)
    for order in orders:
        alone = not order.recipient_key or not policy.merges
        key = (order.id,) if alone else (order.recipient_key, order.store_id, order.currency, order.shipping_choice)
        groups[key].append(order)
    boxes: list[Box] = []
    for members in groups.values():
        boxes.extend(_fill(sorted(members, key=lambda order: (order.deadline_at, order.id)), policy))
    return boxes


def _fill(members: Sequence[Packable], policy: Policy) -> list[Box]:
    boxes, box = [], Box()
    limit, reasons = policy.max_lines_per_parcel, set()
    for order in members:
        if box.lines and _too_much(box, order, policy):
            boxes.append(box)
            box = Box()
            reasons.add("limit")
        for line in order.lines:
            if limit and len(box.lines) >= limit:
                boxes.append(box)
                box = Box()
                reasons.add("lines")
            if order not in box.orders:
                box.orders.append(order)
            box.lines.append((order, line))
    boxes.append(box)
    if len(members) > 1 or len(boxes) > 1:
        for one in boxes:
            one.why = {
                "rule": RULE,
                "merged": [order.number for order in one.orders],
                "others": [order.number for order in members if order not in one.orders],
                "others_lost": sorted(reasons),
                "limits": {"lines": limit, "orders": policy.max_orders_per_parcel, "value": policy.max_value_minor},
            }
    return boxes


def _too_much(box: Box, order: Packable, policy: Policy) -> bool:
    """Whether a whole order would break a limit that an order is not split for."""
    if policy.max_orders_per_parcel and len(box.orders) >= policy.max_orders_per_parcel:
        return True
    value = sum(inside.total_minor for inside in box.orders) + order.total_minor
    return bool(policy.max_value_minor) and value > policy.max_value_minor


@verb(name="pack_orders", subject=Subject.ORDER, permission=Permission.PACK, undo=undo_pack)
def pack_orders(work: Work, ids: Sequence[int], merge: bool = True) -> Report:
    locked = locking.lock(
        order_moves.TABLE,
        (
            *order_moves.COLUMNS,
            "store_id",
            "recipient_key",
            "currency",
            "shipping_choice",
            "deadline_at",
            "total_minor",
            "held_there_at",
        ),
        work.organization_id,
        ids,
    )
    stores = _stores(work, {row["store_id"] for row in locked.rows.values()})
    answers = {i: order_moves.answer(row, OrderAct.PACK) for i, row in locked.rows.items()}
    for i, row in locked.rows.items():
        if answers[i].refusal is None and row["cancellation_asked_at"]:
            answers[i] = Outcome(i, row["shown"], Refusal.CANCELLATION_ASKED, {"order": row["shown"]})
        elif answers[i].refusal is None and row["held_there_at"]:
            facts = {"order": row["shown"], "store": stores[row["store_id"]]["name"]}
            answers[i] = Outcome(i, row["shown"], Refusal.HELD_THERE, facts)
    left = _left_to_pack(work, [i for i, outcome in answers.items() if outcome.refusal is None])
    for i, outcome in list(answers.items()):
        if outcome.refusal is None and i not in left:
            answers[i] = Outcome(i, outcome.name, Refusal.NOTHING_TO_PACK)
    boxes = _decide(stores, locked.rows, left, merge)
    if torn := _torn(stores, boxes):
        for i, (count, most) in torn.items():
            facts = {"count": count, "most": most, "marketplace": stores[locked.rows[i]["store_id"]]["marketplace"]}
            answers[i] = Outcome(i, locked.rows[i]["shown"], Refusal.CANNOT_SPLIT, facts)
        boxes = _decide(stores, locked.rows, {i: lines for i, lines in left.items() if i not in torn}, merge)
    parcels = _write(work, boxes, stores)
    moves = [
        Move(i, {"stage": locked.rows[i]["stage"]}, {"stage": OrderStage.PACKED.value})
        for i, outcome in answers.items()
        if outcome.refusal is None
    ]
    stages.move(
        work,
        table=order_moves.TABLE,
        subject=Subject.ORDER,
        verb="pack",
        moves=moves,
        count_key=order_moves.count_key,
        also=", updated_at = %s, altered_at = NULL",  # the parcel is of what it is now
        also_params=[work.at],
        told_elsewhere=True,
    )
    return Report.answering(
        ids, [*answers.values(), *order_moves.missing(ids, locked)], {"parcels": [str(i) for i in parcels]}
    )


def _amount(box: Box) -> int:
    """What was paid for a box: the order's total when the whole order lies in it, else the price of its pieces. Pure."""
    inside = Counter(order.id for order, _ in box.lines)
    whole = {order.id: order.total_minor for order in box.orders if inside[order.id] == len(order.lines)}
    pieces = sum(line.quantity * line.price_minor for order, line in box.lines if order.id not in whole)
    return sum(whole.values()) + pieces


def _left_to_pack(work: Work, order_ids: Sequence[int]) -> dict[int, list[Line]]:
    left: dict[int, list[Line]] = defaultdict(list)
    for line_id, order_id, quantity, price in sql.rows(
        """
        SELECT id, order_id, quantity - cancelled - packed, unit_price_minor FROM orders_orderline
        WHERE organization_id = %s AND order_id = ANY(%s) AND quantity > cancelled + packed ORDER BY order_id, id
        """,
        [work.organization_id, list(order_ids)],
        bound=True,
    ):
        left[order_id].append(Line(line_id, quantity, price))
    return left


def _stores(work: Work, store_ids: set[int]) -> dict[int, dict[str, Any]]:
    return {
        row["id"]: row
        for row in sql.dicts(
            "SELECT id, name, marketplace, default_service_id FROM connections_store WHERE organization_id = %s AND id = ANY(%s)",
            [work.organization_id, sorted(store_ids)],
        )
    }


def _by_store(rows: Mapping[int, dict[str, Any]], left: Mapping[int, list[Line]]) -> list[list[Packable]]:
    groups: dict[int, list[Packable]] = defaultdict(list)
    for i, lines in left.items():
        row = rows[i]
        groups[row["store_id"]].append(
            Packable(
                i, row["shown"], row["store_id"], row["recipient_key"], row["currency"], row["shipping_choice"],
                row["deadline_at"], row["total_minor"], tuple(lines),
            )
        )  # fmt: skip
    return list(groups.values())


def _decide(
    stores: Mapping[int, Mapping[str, Any]],
    rows: Mapping[int, dict[str, Any]],
    left: Mapping[int, list[Line]],
    merge: bool,
) -> list[Box]:
    return [box for group in _by_store(rows, left) for box in decide(group, _policy(stores, group, merge))]


def _torn(stores: Mapping[int, Mapping[str, Any]], boxes: Sequence[Box]) -> dict[int, tuple[int, int]]:
    """Orders that would lie in more parcels than their marketplace can be told numbers of: id -> (parcels, most)."""
    within = Counter(order.id for box in boxes for order in box.orders)
    if len(within) == within.total():
        return {}
    most = {store: parcels_of_an_order(row["marketplace"]) for store, row in stores.items()}
    return {
        order.id: (within[order.id], most[order.store_id])
        for box in boxes
        for order in box.orders
        if most[order.store_id] and within[order.id] > most[order.store_id]
    }


def _policy(stores: Mapping[int, Mapping[str, Any]], group: Sequence[Packable], merge: bool) -> Policy:
    policy = policy_of(stores[group[0].store_id]["marketplace"])
    return policy if merge else policy.without_merging()


def _write(work: Work, boxes: Sequence[Box], stores: Mapping[int, Mapping[str, Any]]) -> list[int]:
    parcel_ids = sql.ids_from("parcels_parcel_id_seq", len(boxes))
    _write_parcels(work, parcel_ids, boxes, stores)
    inside = [(parcel, order, line) for parcel, box in zip(parcel_ids, boxes, strict=True) for order, line in box.lines]
    sql.run(
        """
        INSERT INTO parcels_parcelline (organization_id, parcel_id, order_line_id, order_id, quantity)
        SELECT %s, row.* FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::integer[]) AS row RETURNING id
        """,
        [
            work.organization_id,
            [parcel for parcel, _, _ in inside],
            [line.id for _, _, line in inside],
            [order.id for _, order, _ in inside],
            [line.quantity for _, _, line in inside],
        ],
        bound=True,
    )
    pieces: Counter[int] = Counter()
    for _, _, line in inside:
        pieces[line.id] += line.quantity
    sql.add_to("orders_orderline", {"packed": 1}, work.organization_id, pieces)
    history.record(
        organization_id=work.organization_id,
        subject=Subject.PARCEL,
        verb="pack",
        changes=[
            Change(
                parcel,
                None,
                {"stage": Stage.TO_PROCESS.value, "orders": [order.number for order in box.orders]},
                box.why or None,
            )
            for parcel, box in zip(parcel_ids, boxes, strict=True)
        ],
        actor_id=work.actor_id,
        batch_id=work.batch_id,
        at=work.at,
    )
    work.count({"parcel.to_process": len(boxes)} if boxes else {})
    return parcel_ids


def _write_parcels(
    work: Work, parcel_ids: Sequence[int], boxes: Sequence[Box], stores: Mapping[int, Mapping[str, Any]]
) -> None:
    """Parcels copy the recipient of their first order inside the database."""
    sql.run(
        """
        INSERT INTO parcels_parcel (organization_id, id, store_id, stage, supply, service_id, waybill_number, attempts, deadline_at,
            recipient, recipient_name, country, city, recipient_key, order_count, line_count, currency, total_minor, packed_at)
        SELECT %s, row.id, o.store_id, 'to_process', '', row.service_id, '', 0, row.deadline_at,
            o.recipient, o.recipient_name, o.country, o.city, o.recipient_key, row.orders, row.lines, o.currency, row.total, %s
        FROM json_to_recordset(%s::json) AS row (id bigint, order_id bigint, service_id bigint, deadline_at timestamptz,
            orders integer, lines integer, total bigint)
        JOIN orders_order o ON o.organization_id = %s AND o.id = ANY(%s) AND o.id = row.order_id
        RETURNING id
        """,
        [
            work.organization_id,
            work.at,
            sql.dump(
                [
                    {
                        "id": parcel,
                        "order_id": box.orders[0].id,
                        "service_id": stores[box.orders[0].store_id]["default_service_id"],
                        "deadline_at": min(order.deadline_at for order in box.orders),
                        "orders": len(box.orders),
                        "lines": len(box.lines),
                        "total": _amount(box),
                    }
                    for parcel, box in zip(parcel_ids, boxes, strict=True)
                ]
            ),
            work.organization_id,
            [box.orders[0].id for box in boxes],
        ],
        bound=True,
    )
