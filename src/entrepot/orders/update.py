"""A newer version of orders we have: facts follow the marketplace; what our hands did stays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from entrepot.connections.stores import StoreFacts
from entrepot.core import counters, history, sql
from entrepot.core.batch import Work
from entrepot.core.history import Change, Subject
from entrepot.marketplaces.contract import OrderDraft
from entrepot.orders import ingest
from entrepot.orders.edit_address import kept_by_hand
from entrepot.orders.states import Stage

GREW = "grew_after_packing"
# Stages that the marketplace's word alone may change. Further on, goods are in a parcel: it becomes a request.
OURS_TO_MOVE = {Stage.UNPAID, Stage.TO_REVIEW, Stage.TO_PACK, Stage.ON_HOLD}


@dataclass(frozen=True, slots=True)
class Known:
    """An order as we have it, locked."""

    id: int
    stage: Stage
    hold_reason: str
    recipient_key: str
    recipient: Mapping[str, Any]
    told: bool = False  # we told the marketplace a number: that it says "shipped" is our own echo


Changed = Sequence[tuple[Known, OrderDraft]]
FOLLOWING = (
    "external_status", "review_reasons", "placed_at", "paid_at", "deadline_at", "currency", "total_minor", "buyer_id",
    "buyer_name", "buyer_note", "shipping_choice", "recipient", "recipient_name", "country", "city", "recipient_key",
    "line_count", "content_hash", "updated_at", "pay_by_at", "hold_reason",
)  # fmt: skip


REMOTE = ("remote_updated_at", "answer_by_at", "cancel_request_id", "handles", "numbers")
"""What only the marketplace itself can say: a file that is imported beside its pulls does not take it away."""


def next_stage(known: Known, draft: OrderDraft) -> Stage:
    """Where a newer version leads. Pure."""
    wanted = ingest.first_stage(draft)
    if known.stage not in OURS_TO_MOVE:
        return known.stage
    if wanted is Stage.SHIPPED and known.told:
        return known.stage
    if wanted in (Stage.CANCELLED, Stage.SHIPPED, Stage.ON_HOLD) or known.stage is Stage.UNPAID:
        return wanted
    released = known.stage is Stage.ON_HOLD and known.hold_reason == ingest.HELD_BY_MARKETPLACE
    return wanted if released else known.stage


def asked_at(known: Known, draft: OrderDraft, at: datetime) -> datetime | None:
    """Since when the order is asked to be stopped. One that was cancelled over there while it lies in a parcel here is. Pure."""
    if ingest.first_stage(draft) is Stage.CANCELLED and known.stage is Stage.PACKED:
        return at
    return draft.cancel_asked_at


def update_orders(
    work: Work,
    store: StoreFacts,
    changed: Changed,
    hashes: Mapping[str, str],
    listings: ingest.Listings,
) -> None:
    drafts = kept_by_hand(work.organization_id, {known.id: draft for known, draft in changed})
    changed = [(known, drafts[known.id]) for known, _ in changed]
    values = []
    for known, draft in changed:
        value = ingest.order_values(work, store, draft, hashes[draft.external_id], listings)
        stage = next_stage(known, draft)
        stays = stage is Stage.ON_HOLD and known.stage is Stage.ON_HOLD
        value |= {
            "id": known.id,
            "stage": stage,
            "hold_reason": known.hold_reason if stays else value["hold_reason"] if stage is Stage.ON_HOLD else "",
            "asked_at": asked_at(known, draft, work.at),
            # A file cannot say that a wish was withdrawn; a marketplace that dates its versions can.
            "withdraws": draft.updated_at is not None,
        }
        values.append(value)
    columns = ingest.ORDER_COLUMNS | {"asked_at": "timestamptz", "withdraws": "boolean"}
    record = ", ".join(
        f"{name} {columns[name]}" for name in ("id", "stage", "asked_at", "withdraws", *FOLLOWING, *REMOTE)
    )
    sql.run(
        f"""
        UPDATE orders_order o SET stage = row.stage,
            cancellation_asked_at = CASE WHEN row.asked_at IS NULL AND row.withdraws OR row.asked_at = o.rejected_wish_at THEN NULL
                ELSE coalesce(o.cancellation_asked_at, row.asked_at) END,
            {", ".join(f"{name} = row.{name}" for name in FOLLOWING)},
            {", ".join(f"{name} = CASE WHEN row.withdraws THEN row.{name} ELSE o.{name} END" for name in REMOTE)}
        FROM jsonb_to_recordset(%s::jsonb) AS row ({record})
        WHERE o.organization_id = %s AND o.id = ANY(%s) AND o.id = row.id
        """,
        [sql.dump(values), work.organization_id, [known.id for known, _ in changed]],
    )
    _update_lines(work, changed, listings)
    _look_again(work, [known.id for known, _ in changed])
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
    counters.add(work.organization_id, counters.moved(steps))


def _change(known: Known, value: Mapping[str, Any]) -> Change:
    """History of one order; another address stands in it before and after, so that a packer can compare."""
    before: dict[str, Any] = {"stage": known.stage}
    after: dict[str, Any] = {"stage": value["stage"], "status": value["external_status"]}
    if value["recipient_key"] != known.recipient_key:
        before["recipient"], after["recipient"] = known.recipient, value["recipient"]
    return Change(known.id, before, after)


def _look_again(work: Work, order_ids: Sequence[int]) -> None:
    """A packed or shipped order that grew has something left to pack: back to review, with the reason.

    One of which nothing was ever packed here was shipped elsewhere, before we knew it: it stays where it is.
    """
    grown = sql.rows(
        """
        SELECT DISTINCT o.id, o.stage FROM orders_order o
        JOIN orders_orderline l ON l.organization_id = o.organization_id AND l.order_id = o.id
        WHERE o.organization_id = %s AND l.organization_id = %s AND o.id = ANY(%s) AND o.stage IN ('packed', 'shipped')
            AND l.quantity > l.packed + l.cancelled AND EXISTS (SELECT 1 FROM orders_orderline k
                WHERE k.organization_id = %s AND k.order_id = o.id AND k.packed > 0)
        """,
        [work.organization_id, work.organization_id, list(order_ids), work.organization_id],
    )
    sql.run(
        """
        UPDATE orders_order SET stage = 'to_review', review_reasons = array_append(array_remove(review_reasons, %s), %s)
        WHERE organization_id = %s AND id = ANY(%s)
        """,
        [GREW, GREW, work.organization_id, [order_id for order_id, _ in grown]],
    )
    history.record(
        organization_id=work.organization_id,
        subject=Subject.ORDER,
        verb="look_again",
        changes=[Change(i, {"stage": stage}, {"stage": "to_review"}, {"review": [GREW]}) for i, stage in grown],
        actor_id=work.actor_id,
        batch_id=work.batch_id,
        at=work.at,
    )
    counters.add(work.organization_id, counters.moved((f"order.{stage}", "order.to_review") for _, stage in grown))


def _update_lines(work: Work, changed: Changed, listings: ingest.Listings) -> None:
    """Lines follow too, but never below what is packed: the rest of a packed line stays until it is unpacked."""
    lines = [
        ingest.line_values(
            work,
            known.id,
            line,
            listings,
            ingest.first_stage(draft) is Stage.CANCELLED and known.stage in OURS_TO_MOVE,
        )
        for known, draft in changed
        for line in ingest.told_apart(draft.lines)
    ]
    sql.insert(
        "orders_orderline",
        ingest.LINE_COLUMNS,
        lines,
        suffix="""
        ON CONFLICT (organization_id, order_id, external_id) DO UPDATE SET
            listing_id = CASE WHEN orders_orderline.packed > 0 THEN orders_orderline.listing_id ELSE excluded.listing_id END,
            sku_code = CASE WHEN orders_orderline.packed > 0 THEN orders_orderline.sku_code ELSE excluded.sku_code END,
            title = excluded.title, variation = excluded.variation, unit_price_minor = excluded.unit_price_minor,
            quantity = greatest(excluded.quantity, orders_orderline.packed + orders_orderline.cancelled),
            cancelled = greatest(orders_orderline.cancelled, excluded.cancelled - orders_orderline.packed)
        """,
    )
    gone = [
        (known.id, [line.external_id[: ingest.MOST_LINE_ID] for line in ingest.told_apart(draft.lines)])
        for known, draft in changed
    ]
    sql.run(
        """
        UPDATE orders_orderline l SET cancelled = l.quantity - l.packed
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
