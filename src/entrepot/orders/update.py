"""A newer version of orders we have: facts follow the marketplace; what our hands did stays."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from entrepot.connections.edit_clocks import Fulfilment
from entrepot.connections.stores import StoreFacts
from entrepot.core import counters, history, sql
from entrepot.core.batch import Work
from entrepot.core.history import Change, Subject
from entrepot.core.queue import defer
from entrepot.marketplaces.contract import OrderDraft
from entrepot.orders import altered, ingest
from entrepot.orders.cancel import holding_goods
from entrepot.orders.edit_address import kept_by_hand, kept_whole
from entrepot.orders.nameless import kept_goods
from entrepot.orders.remains import settle
from entrepot.orders.states import EndedBy, Stage

FOLLOW = "follow_deadlines"  # the task that gives parcels the deadlines of their orders
# Stages that the marketplace's word alone may change. Further on, goods are in a parcel: it becomes a request.
OURS_TO_MOVE = {Stage.UNPAID, Stage.TO_REVIEW, Stage.TO_PACK, Stage.ON_HOLD, Stage.FOLLOWED}


@dataclass(frozen=True, slots=True)
class Known:
    """An order as we have it, locked."""

    id: int
    stage: Stage
    hold_reason: str
    recipient_key: str
    recipient: Mapping[str, Any]
    told: bool = False  # we told the marketplace a number: that it says "shipped" is our own echo
    ended_at: datetime | None = None
    ended_by: EndedBy = EndedBy.NOBODY
    ready_at: datetime | None = None
    review_reasons: Sequence[str] = ()
    held_there_at: datetime | None = None
    shipped_there_at: datetime | None = None


Changed = Sequence[tuple[Known, OrderDraft]]
FOLLOWING = (
    "external_status", "review_reasons", "placed_at", "paid_at", "deadline_at", "currency", "total_minor", "buyer_id",
    "buyer_name", "buyer_note", "shipping_choice", "recipient", "recipient_name", "country", "city", "recipient_key",
    "line_count", "content_hash", "updated_at", "pay_by_at", "hold_reason", "ship_by_at", "ready_at", "collect_by_at",
)  # fmt: skip

# The wish to cancel that was answered with no. One that names no request has no instant of its own either (its marketplace
# dates it by the order's version): it is that wish until a version comes without it.
REJECTED = """(row.asked_at = o.rejected_wish_at
    OR row.asked_at IS NOT NULL AND row.cancel_request_id = '' AND o.rejected_wish_at IS NOT NULL)"""
REMOTE = ("remote_updated_at", "cancel_request_id", "handles", "numbers", "held_there_at", "shipped_there_at")
"""What only the marketplace itself can say: a file that is imported beside its pulls does not take it away."""


def next_stage(
    known: Known, draft: OrderDraft, fulfilment: Fulfilment = Fulfilment.OWN, *, holds: bool = False
) -> Stage:
    """Where a newer version leads. `holds`: goods of it lie in a parcel, though more waits to be packed. Pure."""
    wanted = ingest.first_stage(draft, fulfilment)
    if known.stage not in OURS_TO_MOVE:
        return known.stage
    if wanted is Stage.SHIPPED and (known.told or (holds and draft.updated_at is not None)):
        return known.stage  # our own echo; or its parcel, which must not go, is to be found and unpacked first
    if wanted is Stage.CANCELLED and holds:
        return Stage.PACKED  # its parcel is to be found and unpacked: that cancels it
    if wanted in (Stage.CANCELLED, Stage.SHIPPED, Stage.ON_HOLD) or known.stage is Stage.UNPAID:
        return wanted
    released = known.stage is Stage.ON_HOLD and known.hold_reason == ingest.HELD_BY_MARKETPLACE
    return wanted if released else known.stage


def ended(known: Known, draft: OrderDraft, at: datetime) -> tuple[datetime | None, EndedBy]:
    """Since when, and by whom, the order is cancelled for good. Pure.

    A packed one goes to Cancelled when its parcel is unpacked, so this is how the parcel knows that it must not go. Of one
    that has left, only a cancellation counts: money that was given back later is no reason to catch a parcel. Given back
    before, it was the reason to end, and goes on to be.
    """
    there = ingest.first_stage(draft) is Stage.CANCELLED
    if known.stage is Stage.SHIPPED and known.ended_at is None:
        there = draft.cancelled
    if there:
        return known.ended_at or at, EndedBy.MARKETPLACE
    dated = draft.updated_at is not None  # a file cannot say that a cancellation was taken back
    if known.ended_by is EndedBy.MARKETPLACE and dated:
        return None, EndedBy.NOBODY
    return known.ended_at, known.ended_by


def was_whole(known: Known) -> bool:
    """Whether we had a whole address of it that was not hidden. Pure."""
    return bool(known.recipient_key) and ingest.ADDRESS_MASKED not in known.review_reasons


def _value(
    work: Work,
    store: StoreFacts,
    known: Known,
    draft: OrderDraft,
    digest: str,
    listings: ingest.Listings,
    goods: Mapping[int, altered.Goods],
    holding: AbstractSet[int],
) -> dict[str, Any]:
    """The columns of one order, and what its history tells of them."""
    value = ingest.order_values(
        work, store, draft, digest, listings, known.ready_at, known.held_there_at, known.shipped_there_at
    )
    stage = next_stage(known, draft, store.fulfilment, holds=known.id in holding)
    ended_at, ended_by = ended(known, draft, work.at)
    gone, come = altered.altered_goods(goods[known.id], altered.goods_of(draft)) if known.id in goods else ([], [])
    moved = value["recipient_key"] != known.recipient_key
    return value | {
        "id": known.id,
        "stage": stage,
        # A hold of the marketplace replaces ours, and the end of ours: ours would end, or be ended, while theirs stands.
        "hold_reason": (value["hold_reason"] or known.hold_reason) if stage is Stage.ON_HOLD else "",
        "ended_at": ended_at,
        "ended_by": ended_by,
        "asked_at": None if ended_at else draft.cancel_asked_at,
        # A file cannot say that a wish was withdrawn; a marketplace that dates its versions can.
        "withdraws": draft.updated_at is not None,
        "goods": (gone, come),
        "altered": stage is known.stage
        and altered.is_told(known.stage, moved=moved, goods=bool(gone or come), was_whole=was_whole(known)),
    }


def update_orders(
    work: Work,
    store: StoreFacts,
    changed: Changed,
    hashes: Mapping[str, str],
    listings: ingest.Listings,
) -> None:
    drafts = kept_by_hand(work.organization_id, {known.id: draft for known, draft in changed})
    drafts = kept_goods(work.organization_id, drafts)
    changed = [(known, kept_whole(known.recipient, drafts[known.id])) for known, _ in changed]
    reviewed = [known.id for known, _ in changed if known.stage in altered.WATCHED]
    goods = altered.stored_goods(work.organization_id, reviewed)
    holding = _holding(work, changed)
    values = [
        _value(work, store, known, draft, hashes[draft.external_id], listings, goods, holding)
        for known, draft in changed
    ]
    columns = ingest.ORDER_COLUMNS | {
        "asked_at": "timestamptz", "withdraws": "boolean", "ended_at": "timestamptz", "ended_by": "text", "altered": "boolean",
    }  # fmt: skip
    own = ("id", "stage", "asked_at", "answer_by_at", "withdraws", "ended_at", "ended_by", "altered")
    record = ", ".join(f"{name} {columns[name]}" for name in (*own, *FOLLOWING, *REMOTE))
    in_parcels = sql.rows(
        f"""
        UPDATE orders_order o SET stage = row.stage, ended_at = row.ended_at, ended_by = row.ended_by,
            altered_at = CASE WHEN row.altered THEN row.updated_at ELSE o.altered_at END,
            cancellation_asked_at = CASE WHEN row.ended_at IS NOT NULL OR row.asked_at IS NULL AND row.withdraws
                OR {REJECTED} THEN NULL ELSE coalesce(o.cancellation_asked_at, row.asked_at) END,
            rejected_wish_at = CASE WHEN row.asked_at IS NULL AND row.withdraws AND o.cancel_request_id = '' THEN NULL
                ELSE o.rejected_wish_at END,
            answer_by_at = CASE WHEN row.ended_at IS NOT NULL OR {REJECTED} THEN NULL
                WHEN row.withdraws THEN row.answer_by_at ELSE o.answer_by_at END,
            held_until = CASE WHEN row.hold_reason = o.hold_reason THEN o.held_until END,
            {", ".join(f"{name} = row.{name}" for name in FOLLOWING)},
            {", ".join(f"{name} = CASE WHEN row.withdraws THEN row.{name} ELSE o.{name} END" for name in REMOTE)}
        FROM jsonb_to_recordset(%s::jsonb) AS row ({record})
        WHERE o.organization_id = %s AND o.id = ANY(%s) AND o.id = row.id
        RETURNING o.id, EXISTS (SELECT 1 FROM orders_orderline l
            WHERE l.organization_id = %s AND l.order_id = o.id AND l.packed > 0)
        """,
        [sql.dump(values), work.organization_id, [known.id for known, _ in changed], work.organization_id],
    )
    _update_lines(work, changed, values, listings)
    settle(work, [known.id for known, _ in changed])
    ingest.keep_payloads(work, [(known.id, draft) for known, draft in changed])
    sql.insert(
        "orders_ordersearch",
        ingest.SEARCH_COLUMNS,
        [
            {"organization_id": work.organization_id, "id": known.id, "words": ingest.search_words(draft)}
            for known, draft in changed
        ],
        suffix="ON CONFLICT (organization_id, id) DO UPDATE SET words = excluded.words",
    )
    history.record(
        organization_id=work.organization_id,
        subject=Subject.ORDER,
        verb="update",
        changes=[_change(known, value) for value, (known, _) in zip(values, changed, strict=True)],
        actor_id=work.actor_id,
        batch_id=work.batch_id,
        at=work.at,
    )
    steps = [
        (f"order.{known.stage}", f"order.{value['stage']}") for value, (known, _) in zip(values, changed, strict=True)
    ]
    work.count(counters.moved(steps))
    work.write_counts()
    if packed := [order_id for order_id, has_goods_in_parcels in in_parcels if has_goods_in_parcels]:
        defer(FOLLOW, queue="batches", organization_id=work.organization_id, order_ids=packed)


def _holding(work: Work, changed: Changed) -> set[int]:
    """Orders that end or leave now and wait for more to be packed, while goods of theirs lie in a parcel."""
    ending = [
        known.id
        for known, draft in changed
        if known.stage in OURS_TO_MOVE and ingest.first_stage(draft) in (Stage.CANCELLED, Stage.SHIPPED)
    ]
    return holding_goods(work, ending)


def _change(known: Known, value: Mapping[str, Any]) -> Change:
    """History of one order; another address stands in it before and after, so that a packer can compare."""
    before: dict[str, Any] = {"stage": known.stage}
    after: dict[str, Any] = {"stage": value["stage"], "status": value["external_status"]}
    if value["recipient_key"] != known.recipient_key:
        before["recipient"], after["recipient"] = known.recipient, value["recipient"]
    if any(value["goods"]):
        before["goods"], after["goods"] = value["goods"]
    was_held, held = known.held_there_at is not None, value["held_there_at"] is not None
    if was_held is not held and value["withdraws"] and Stage.ON_HOLD not in (known.stage, value["stage"]):
        after["held_there"] = held  # that it goes to On hold, or comes from there, says it else
    if value["ended_by"] != known.ended_by:
        before["ended"], after["ended"] = known.ended_by, value["ended_by"]
    return Change(known.id, before, after)


# A line's quantity is never below what is packed: of the packed pieces that are ordered no more, as of the cancelled ones,
# it is said that they are cancelled there.
_QUANTITY = "greatest(excluded.quantity, orders_orderline.packed)"
_THERE = f"excluded.cancelled_there + {_QUANTITY} - excluded.quantity"
# What becomes of a line that we have. `excluded.cancelled` is all of it when its order is cancelled.
_FOLLOW = f"""
    ON CONFLICT (organization_id, order_id, external_id) DO UPDATE SET
        listing_id = CASE WHEN orders_orderline.packed > 0 THEN orders_orderline.listing_id ELSE excluded.listing_id END,
        sku_code = CASE WHEN orders_orderline.packed > 0 THEN orders_orderline.sku_code ELSE excluded.sku_code END,
        title = excluded.title, variation = excluded.variation, unit_price_minor = excluded.unit_price_minor,
        quantity = {_QUANTITY}, cancelled_there = {_THERE}, cancelled = least({_QUANTITY} - orders_orderline.packed,
            greatest(excluded.cancelled + {_QUANTITY} - excluded.quantity, {_THERE}, orders_orderline.taken_back))
    """


def _update_lines(work: Work, changed: Changed, values: Sequence[Mapping[str, Any]], listings: ingest.Listings) -> None:
    """Lines follow too. What is packed stays so until its parcel is unpacked, wanted or not: `remains` tells them apart."""
    over = {value["id"] for value in values if value["stage"] is Stage.CANCELLED or value["ended_at"] is not None}
    lines = [
        ingest.line_values(work, known.id, line, listings, known.id in over)
        for known, draft in changed
        for line in ingest.told_apart(draft.lines)
    ]
    sql.insert("orders_orderline", ingest.LINE_COLUMNS, lines, suffix=_FOLLOW)
    gone = [
        (known.id, [line.external_id[: ingest.MOST_LINE_ID] for line in ingest.told_apart(draft.lines)])
        for known, draft in changed
    ]
    sql.run(
        """
        UPDATE orders_orderline l SET cancelled_there = l.quantity, cancelled = l.quantity - l.packed
        FROM jsonb_to_recordset(%s::jsonb) AS row (id bigint, kept text[])
        WHERE l.organization_id = %s AND l.order_id = ANY(%s) AND l.order_id = row.id
            AND NOT l.external_id = ANY(row.kept)
        """,
        [
            sql.dump([{"id": order_id, "kept": kept} for order_id, kept in gone]),
            work.organization_id,
            [order_id for order_id, _ in gone],
        ],
    )
