"""Cancellation documents: find the lines they take back, and take them back where no parcel holds them."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson

from entrepot.connections.stores import StoreFacts
from entrepot.core import history, sql
from entrepot.core.batch import Work
from entrepot.core.history import Change, Subject
from entrepot.marketplaces.contract import OrderDraft
from entrepot.orders.remains import SURPLUS, UNWANTED, settle
from entrepot.orders.tally import Tally


class Why(StrEnum):
    """What became of one line of a cancellation."""

    SAME_PRICE = "same_price"  # the buyer's latest earlier line of this product at this price
    OTHER_PRICE = "other_price"  # the same, at another price
    PACKED = "packed"  # matched, but in a parcel, which is stopped: unpacking it cancels the pieces
    SHIPPED = "shipped"  # matched, but gone: it will be a return
    NO_BUYER = "no_buyer"  # the document names no buyer
    NO_SUCH_LINE = "no_such_line"  # the buyer has no earlier line with pieces left


@dataclass(slots=True)
class Candidate:
    """A line that may be meant. `free` pieces are neither packed nor cancelled; `held` are in parcels, and wanted."""

    line_id: int
    order_id: int
    placed_at: datetime
    price: int
    free: int
    held: int
    stage: str


@dataclass(frozen=True, slots=True)
class Match:
    document: str
    sku_code: str
    price: int
    quantity: int
    line_id: int | None
    order_id: int | None
    why: Why


def decide(documents: Sequence[OrderDraft], candidates: Mapping[tuple[str, str], list[Candidate]]) -> list[Match]:
    """Matches pieces to the buyer's latest earlier lines of the product, the same price first. Pure but for `candidates`,
    whose `free` and `held` it uses up."""
    matches: list[Match] = []
    for document in documents:
        for line in document.lines:
            left, price = line.quantity, line.unit_price_minor
            pool = candidates.get((document.buyer_id, line.sku_code), []) if document.buyer_id else []
            earlier = [c for c in pool if c.placed_at <= document.placed_at]
            for candidate in sorted(earlier, key=lambda c: (c.price == price, c.placed_at), reverse=True):
                for take, why in _takes(candidate, left, price):
                    matches.append(
                        Match(
                            document.external_id, line.sku_code, price, take, candidate.line_id, candidate.order_id, why
                        )
                    )
                    left -= take
            if left:
                why = Why.NO_SUCH_LINE if document.buyer_id else Why.NO_BUYER
                matches.append(Match(document.external_id, line.sku_code, price, left, None, None, why))
    return matches


def _takes(candidate: Candidate, left: int, price: int) -> Iterable[tuple[int, Why]]:
    take = min(left, candidate.free)
    if take:
        candidate.free -= take
        yield take, Why.SAME_PRICE if candidate.price == price else Why.OTHER_PRICE
    held = min(left - take, candidate.held)
    if held:
        candidate.held -= held
        yield held, Why.SHIPPED if candidate.stage == "shipped" else Why.PACKED


def take_back(work: Work, store: StoreFacts, documents: Sequence[OrderDraft], tally: Tally) -> None:
    """Takes in cancellation documents; one seen before changes nothing."""
    tally.lines += sum(len(document.lines) for document in documents)
    fresh = _store(work, store, documents)
    tally.unchanged += len(documents) - len(fresh)
    tally.cancelled += len(fresh)
    if not fresh:
        return
    matches = decide([document for _, document in fresh], _candidates(work, store, [d for _, d in fresh]))
    number_to_id = {document.external_id: i for i, document in fresh}
    sql.insert(
        "orders_cancellationline",
        {
            "organization_id": "bigint", "cancellation_id": "bigint", "order_line_id": "bigint", "sku_code": "text",
            "quantity": "integer", "unit_price_minor": "bigint", "why": "text",
        },
        [
            {
                "organization_id": work.organization_id,
                "cancellation_id": number_to_id[match.document],
                "order_line_id": match.line_id,
                "sku_code": match.sku_code[:120],
                "quantity": match.quantity,
                "unit_price_minor": match.price,
                "why": match.why,
            }
            for match in matches
        ],
    )  # fmt: skip
    _apply(work, matches)


def _store(work: Work, store: StoreFacts, documents: Sequence[OrderDraft]) -> list[tuple[int, OrderDraft]]:
    by_number = {document.external_id: document for document in documents}
    rows = sql.insert(
        "orders_cancellation",
        {
            "organization_id": "bigint", "store_id": "bigint", "external_id": "text", "placed_at": "timestamptz",
            "currency": "text", "total_minor": "bigint", "raw": "jsonb", "content_hash": "text",
            "created_at": "timestamptz",
        },
        [
            {
                "organization_id": work.organization_id,
                "store_id": store.id,
                "external_id": number,
                "placed_at": document.placed_at,
                "currency": document.currency,
                "total_minor": document.total_minor,
                "raw": {"rows": list(document.rows), "cells": list(document.raw)},
                "content_hash": hashlib.blake2b(
                    orjson.dumps([asdict(line) for line in document.lines]), digest_size=16
                ).hexdigest(),
                "created_at": work.at,
            }
            for number, document in by_number.items()
        ],
        suffix="ON CONFLICT DO NOTHING RETURNING id, external_id",
    )  # fmt: skip
    made = {number: i for i, number in rows}
    return [(made[number], document) for number, document in by_number.items() if number in made]


def _candidates(
    work: Work, store: StoreFacts, documents: Sequence[OrderDraft]
) -> dict[tuple[str, str], list[Candidate]]:
    found: dict[tuple[str, str], list[Candidate]] = defaultdict(list)
    buyers = sorted({document.buyer_id for document in documents if document.buyer_id})
    codes = sorted({line.sku_code for document in documents for line in document.lines})
    # First the locks, then the lines: whoever held an order until now may have packed of it.
    held = sql.rows(
        """
        SELECT o.id FROM orders_order o WHERE o.organization_id = %s AND o.store_id = %s AND o.buyer_id = ANY(%s)
            AND o.buyer_id <> '' AND o.id IN (SELECT l.order_id FROM orders_orderline l
                WHERE l.organization_id = %s AND l.order_id = o.id AND l.sku_code = ANY(%s))
        ORDER BY o.id FOR NO KEY UPDATE OF o
        """,
        [work.organization_id, store.id, buyers, work.organization_id, codes],
    )
    for row in sql.rows(
        f"""
        SELECT o.buyer_id, l.sku_code, l.id, l.order_id, o.placed_at, l.unit_price_minor,
            l.quantity - l.cancelled - l.packed, l.packed - {SURPLUS}, o.stage
        FROM orders_order o JOIN orders_orderline l ON l.organization_id = o.organization_id AND l.order_id = o.id
        WHERE o.organization_id = %s AND l.organization_id = %s AND o.id = ANY(%s) AND l.sku_code = ANY(%s)
            AND l.quantity > l.cancelled
        ORDER BY o.id, l.id
        """,
        [work.organization_id, work.organization_id, [row[0] for row in held], codes],
    ):
        buyer, code, *rest = row
        found[buyer, code].append(Candidate(*rest))
    return found


def _apply(work: Work, matches: Sequence[Match]) -> None:
    taken: dict[int, int] = defaultdict(int)
    orders: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for match in matches:
        if match.line_id is None or match.order_id is None:
            continue
        if match.why is not Why.SHIPPED:
            taken[match.line_id] += match.quantity
        orders[match.order_id].append({"by": match.document, "sku": match.sku_code, "quantity": match.quantity})
    if not orders:
        return
    sql.run(
        f"""
        UPDATE orders_orderline l SET taken_back = {UNWANTED} + row.amount,
            cancelled = greatest(l.cancelled, least({UNWANTED} + row.amount, l.quantity - l.packed))
        FROM unnest(%s::bigint[], %s::integer[]) AS row (id, amount)
        WHERE l.organization_id = %s AND l.id = ANY(%s) AND l.id = row.id
        """,
        [list(taken), list(taken.values()), work.organization_id, list(taken)],
    )
    sql.run(
        "UPDATE orders_order SET updated_at = %s WHERE organization_id = %s AND id = ANY(%s)",
        [work.at, work.organization_id, list(orders)],
    )
    history.record(
        organization_id=work.organization_id,
        subject=Subject.ORDER,
        verb="take_back",
        changes=[Change(order_id, None, {"taken": taken_lines}) for order_id, taken_lines in orders.items()],
        actor_id=work.actor_id,
        batch_id=work.batch_id,
        at=work.at,
    )
    settle(work, list(orders))
    work.write_counts()
