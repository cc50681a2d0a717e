"""One chunk of drafts into tables: a fixed number of statements, whatever the number of orders."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson

from entrepot.connections.edit_clocks import Fulfilment
from entrepot.connections.stores import StoreFacts
from entrepot.core import counters, history, sql
from entrepot.core.batch import Work
from entrepot.core.history import Change, Subject
from entrepot.marketplaces.contract import UNKNOWN_TIME, LineDraft, OrderDraft, PaymentState
from entrepot.marketplaces.policy import Policy
from entrepot.marketplaces.registry import policy_of
from entrepot.orders.deadlines import of_draft
from entrepot.orders.recipient import missing_part, recipient_key
from entrepot.orders.states import Stage

MOST_LINE_ID = 80  # characters of a line id that are kept
MOST_CODE = 120  # characters of a SKU code that are kept
UNKNOWN_SKU = "unknown_sku"
NO_ADDRESS = "no_address"
BUYER_NOTE = "buyer_note"
ADDRESS_MASKED = "address_masked"
HELD_BY_MARKETPLACE = "held by the marketplace"

ORDER_COLUMNS = {
    "organization_id": "bigint",
    "id": "bigint",
    "store_id": "bigint",
    "external_id": "text",
    "external_status": "text",
    "stage": "text",
    "hold_reason": "text",
    "review_reasons": "text[]",
    "placed_at": "timestamptz",
    "paid_at": "timestamptz",
    "deadline_at": "timestamptz",
    "currency": "text",
    "total_minor": "bigint",
    "buyer_id": "text",
    "buyer_name": "text",
    "buyer_note": "text",
    "shipping_choice": "text",
    "recipient": "jsonb",
    "recipient_name": "text",
    "country": "text",
    "city": "text",
    "recipient_key": "text",
    "line_count": "integer",
    "content_hash": "text",
    "created_at": "timestamptz",
    "updated_at": "timestamptz",
    "remote_updated_at": "timestamptz",
    "cancellation_asked_at": "timestamptz",
    "answer_by_at": "timestamptz",
    "pay_by_at": "timestamptz",
    "ship_by_at": "timestamptz",
    "ready_at": "timestamptz",
    "collect_by_at": "timestamptz",
    "held_there_at": "timestamptz",
    "shipped_there_at": "timestamptz",
    "cancel_request_id": "text",
    "handles": "jsonb",
    "numbers": "text[]",
}
LINE_COLUMNS = {
    "organization_id": "bigint",
    "order_id": "bigint",
    "external_id": "text",
    "listing_id": "bigint",
    "sku_code": "text",
    "title": "text",
    "variation": "text",
    "quantity": "integer",
    "cancelled": "integer",
    "cancelled_there": "integer",
    "packed": "integer",
    "unit_price_minor": "bigint",
}
PAYLOAD_COLUMNS = {"organization_id": "bigint", "order_id": "bigint", "raw": "jsonb", "received_at": "timestamptz"}
SEARCH_COLUMNS = {"organization_id": "bigint", "id": "bigint", "words": "text"}


@dataclass(slots=True)
class Listings:
    """The store's listings met so far: code -> (id, is paired). A cache for one import."""

    store_id: int
    known: dict[str, tuple[int, bool]] = field(default_factory=dict)

    def learn(self, work: Work, lines: Sequence[LineDraft]) -> None:
        """Makes listings for codes never seen, pairs them with the SKU of equal code, and reads them back."""
        titles = {code: line.title for line in lines if (code := line.sku_code[:MOST_CODE]) and code not in self.known}
        if not titles:
            return
        self._read(work, list(titles))
        unknown = sorted(set(titles) - set(self.known))
        if unknown:
            self._make(work, {code: titles[code] for code in unknown})
            self._read(work, unknown)

    def _read(self, work: Work, codes: Sequence[str]) -> None:
        found = sql.rows(
            """
            SELECT l.code, l.id, EXISTS (SELECT 1 FROM catalog_pairing p
                WHERE p.organization_id = %s AND p.organization_id = l.organization_id AND p.listing_id = l.id)
            FROM catalog_listing l WHERE l.organization_id = %s AND l.store_id = %s
                AND l.code IN (SELECT value FROM json_array_elements_text(%s::json))
            """,
            [work.organization_id, work.organization_id, self.store_id, sql.dump(codes)],
        )
        self.known.update({code: (i, paired) for code, i, paired in found})

    def _make(self, work: Work, titles: Mapping[str, str]) -> None:
        fresh = sql.insert(
            "catalog_listing",
            {
                "organization_id": "bigint",
                "store_id": "bigint",
                "code": "text",
                "title": "text",
                "created_at": "timestamptz",
            },
            [
                {
                    "organization_id": work.organization_id,
                    "store_id": self.store_id,
                    "code": code,
                    "title": title[:300],
                    "created_at": work.at,
                }
                for code, title in sorted(titles.items())
            ],
            suffix="ON CONFLICT DO NOTHING RETURNING code, id",
        )
        made: dict[str, int] = dict(fresh)
        skus = sql.rows(
            """
            SELECT id, code FROM catalog_sku
            WHERE organization_id = %s AND code IN (SELECT value FROM json_array_elements_text(%s::json))
            """,
            [work.organization_id, sql.dump(list(made))],
        )
        sql.run(
            """
            INSERT INTO catalog_pairing (organization_id, listing_id, sku_id, quantity, is_automatic, created_at)
            SELECT %s, row.listing_id, row.sku_id, 1, true, %s
            FROM unnest(%s::bigint[], %s::bigint[]) AS row (listing_id, sku_id) ON CONFLICT DO NOTHING
            """,
            [work.organization_id, work.at, [made[code] for _, code in skus], [sku_id for sku_id, _ in skus]],
        )


def content_hash(draft: OrderDraft) -> str:
    """Equal for an equal order: the file's layout, row numbers and raw cells do not count."""
    value = [
        draft.external_status, draft.payment, draft.placed_at, draft.paid_at, draft.ship_by_at, draft.currency,
        draft.total_minor, draft.buyer_id, draft.buyer_name, draft.buyer_note, draft.shipping_choice,
        draft.recipient, draft.cancelled,
        [(e.external_id, e.sku_code, e.title, e.variation, e.quantity, e.unit_price_minor, e.cancelled) for e in draft.lines],
        draft.shipped, draft.on_hold, draft.cancel_asked_at, draft.cancel_request_id, draft.address_masked,
        sorted(draft.numbers), sorted(draft.handles.items()),
    ]  # fmt: skip
    return hashlib.blake2b(orjson.dumps(value), digest_size=16).hexdigest()


def first_stage(draft: OrderDraft, fulfilment: Fulfilment = Fulfilment.OWN) -> Stage:
    """Where an order begins. One that somebody else ships is only followed; one of which each piece was cancelled is
    cancelled, unless it has left all the same: then its goods came back."""
    if draft.cancelled or draft.payment is PaymentState.REFUNDED:
        return Stage.CANCELLED
    if draft.payment is PaymentState.UNPAID:
        return Stage.UNPAID
    if draft.shipped:
        return Stage.SHIPPED
    if any(line.quantity for line in draft.lines) and all(line.cancelled >= line.quantity for line in draft.lines):
        return Stage.CANCELLED
    if fulfilment is not Fulfilment.OWN:
        return Stage.FOLLOWED
    return Stage.ON_HOLD if draft.on_hold else Stage.TO_REVIEW


def review_reasons(draft: OrderDraft, known: Mapping[str, tuple[int, bool]]) -> list[str]:
    """Why a person should look: what reading found, what is unknown, what is missing. Pure."""
    reasons = list(draft.problems)
    if draft.address_masked:
        reasons.append(ADDRESS_MASKED)
    elif missing_part(draft.recipient):
        reasons.append(NO_ADDRESS)
    if any(not known.get(line.sku_code[:MOST_CODE], (0, False))[1] for line in draft.lines):
        reasons.append(UNKNOWN_SKU)
    if draft.buyer_note:
        reasons.append(BUYER_NOTE)
    return list(dict.fromkeys(reasons))


def ready_since(policy: Policy, draft: OrderDraft, ready_at: datetime | None, at: datetime) -> datetime | None:
    """Since when an order awaits collection: as we know it, or as its marketplace says where we never told it. Pure."""
    return ready_at or ((draft.updated_at or at) if policy.awaits_collection(draft.external_status) else None)


def order_values(
    work: Work,
    store: StoreFacts,
    draft: OrderDraft,
    digest: str,
    listings: Listings,
    ready_at: datetime | None = None,
    held_there_at: datetime | None = None,
    shipped_there_at: datetime | None = None,
) -> dict[str, Any]:
    stage, policy = first_stage(draft, store.fulfilment), policy_of(store.marketplace)
    ready_at = ready_since(policy, draft, ready_at, work.at)
    due = of_draft(
        policy, draft, store_zone=store.time_zone, handling_hours=store.handling_hours, at=work.at, ready_at=ready_at,
        own=store.clocks,
    )  # fmt: skip
    return {
        "organization_id": work.organization_id,
        "store_id": store.id,
        "external_id": draft.external_id,
        "external_status": draft.external_status[:80],
        "stage": stage,
        "hold_reason": HELD_BY_MARKETPLACE if stage is Stage.ON_HOLD else "",
        "review_reasons": review_reasons(draft, listings.known),
        "placed_at": work.at if draft.placed_at == UNKNOWN_TIME else draft.placed_at,
        "paid_at": draft.paid_at,
        "deadline_at": due.nearest,
        "currency": draft.currency,
        "total_minor": draft.total_minor,
        "buyer_id": draft.buyer_id[:120],
        "buyer_name": draft.buyer_name[:200],
        "buyer_note": draft.buyer_note,
        "shipping_choice": draft.shipping_choice[:120],
        "recipient": draft.recipient,
        "recipient_name": draft.recipient.name[:200],
        "country": draft.recipient.country[:2],
        "city": draft.recipient.city[:120],
        # Of what is hidden nobody can say whether two go to one place.
        "recipient_key": ""
        if draft.address_masked
        else recipient_key(draft.recipient, store_id=store.id, buyer_id=draft.buyer_id),
        "line_count": len(draft.lines),
        "content_hash": digest,
        "created_at": work.at,
        "updated_at": work.at,
        "remote_updated_at": draft.updated_at,
        "cancellation_asked_at": draft.cancel_asked_at,
        "answer_by_at": due.answer_by,
        "pay_by_at": due.pay_by,
        "ship_by_at": draft.ship_by_at,
        "ready_at": ready_at,
        "collect_by_at": due.collect,
        "held_there_at": (held_there_at or work.at) if draft.on_hold else None,
        "shipped_there_at": (shipped_there_at or work.at) if draft.shipped else None,
        "cancel_request_id": draft.cancel_request_id[:80],
        "handles": dict(draft.handles),
        "numbers": list(draft.numbers),
    }


def line_values(work: Work, order_id: int, line: LineDraft, listings: Listings, cancelled: bool) -> dict[str, Any]:
    code = line.sku_code[:MOST_CODE]
    return {
        "organization_id": work.organization_id,
        "order_id": order_id,
        "external_id": line.external_id[:MOST_LINE_ID],
        "listing_id": listings.known[code][0] if code in listings.known else None,
        "sku_code": code,
        "title": line.title[:300],
        "variation": line.variation[:200],
        "quantity": line.quantity,
        "cancelled": line.quantity if cancelled else min(line.cancelled, line.quantity),
        "cancelled_there": min(line.cancelled, line.quantity),
        "packed": 0,
        "unit_price_minor": line.unit_price_minor,
    }


def search_words(draft: OrderDraft) -> str:
    words = [draft.external_id, draft.buyer_name, draft.recipient.name, draft.buyer_id, draft.recipient.email]
    words += [line.sku_code for line in draft.lines]
    return " ".join(dict.fromkeys(word for word in words if word))[:4000]


def told_apart(lines: Sequence[LineDraft]) -> Sequence[LineDraft]:
    """Lines with ids of their own: a file that names two lines alike still holds two lines. Pure."""
    if len({line.external_id[:MOST_LINE_ID] for line in lines}) == len(lines):
        return lines
    seen: dict[str, int] = {}
    apart = []
    for line in lines:
        times = seen[line.external_id] = seen.get(line.external_id, 0) + 1
        name = line.external_id if times == 1 else f"{line.external_id[: MOST_LINE_ID - 5]}#{times}"
        apart.append(replace(line, external_id=name))
    return apart


def create_orders(
    work: Work, store: StoreFacts, drafts: Sequence[OrderDraft], hashes: Mapping[str, str], listings: Listings
) -> set[str]:
    """Creates orders and returns the numbers of those it made; a twin import was faster for the others."""
    ids = sql.ids_from("orders_order_id_seq", len(drafts))
    values = [
        {"id": i, **order_values(work, store, draft, hashes[draft.external_id], listings)}
        for i, draft in zip(ids, drafts, strict=True)
    ]
    # Twins insert in one order, so that they wait for each other and never both at once. Only what this statement made
    # gets lines and history.
    in_order = sorted(values, key=lambda value: str(value["external_id"]))
    made = {
        row[0]
        for row in sql.insert("orders_order", ORDER_COLUMNS, in_order, suffix="ON CONFLICT DO NOTHING RETURNING id")
    }
    ours = [(value, draft) for value, draft in zip(values, drafts, strict=True) if value["id"] in made]
    sql.insert(
        "orders_orderline",
        LINE_COLUMNS,
        [
            line_values(work, value["id"], line, listings, value["stage"] is Stage.CANCELLED)
            for value, draft in ours
            for line in told_apart(draft.lines)
        ],
        suffix="RETURNING id",
    )
    keep_payloads(work, [(value["id"], draft) for value, draft in ours])
    sql.insert(
        "orders_ordersearch",
        SEARCH_COLUMNS,
        [
            {"organization_id": work.organization_id, "id": value["id"], "words": search_words(draft)}
            for value, draft in ours
        ],
        suffix="RETURNING id",
    )
    history.record(
        organization_id=work.organization_id,
        subject=Subject.ORDER,
        verb="import",
        changes=[Change(value["id"], None, {"stage": value["stage"]}, _why(value)) for value, _ in ours],
        actor_id=work.actor_id,
        batch_id=work.batch_id,
        at=work.at,
    )
    counters.add(work.organization_id, counters.moved((None, f"order.{value['stage']}") for value, _ in ours))
    return {draft.external_id for _, draft in ours}


def _why(value: Mapping[str, Any]) -> dict[str, Any] | None:
    return {"review": value["review_reasons"]} if value["review_reasons"] else None


def keep_payloads(work: Work, drafts: Sequence[tuple[int, OrderDraft]]) -> None:
    sql.insert(
        "orders_orderpayload",
        PAYLOAD_COLUMNS,
        [
            {
                "organization_id": work.organization_id,
                "order_id": order_id,
                "raw": {"rows": list(draft.rows), "cells": list(draft.raw)}
                if draft.rows
                else {"order": list(draft.raw)},
                "received_at": work.at,
            }
            for order_id, draft in drafts
        ],
        suffix="RETURNING id",
    )
