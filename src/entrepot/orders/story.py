"""The whole story of one order, and the history of any rows: reads for the drawer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from entrepot.core import sql
from entrepot.marketplaces.policy import Policy
from entrepot.orders.queries import SHOWN
from entrepot.orders.remains import SURPLUS
from entrepot.orders.states import Stage


class ByItself(StrEnum):
    """What a marketplace does to an unpaid order without being asked."""

    REMINDS = "reminds"
    CANCELS = "cancels"


@dataclass(frozen=True, slots=True)
class Expected:
    """By the marketplace's rules this happens at `at`, or has happened. Derived, never stored: nobody tells us."""

    what: ByItself
    at: datetime


def expected_of(policy: Policy, order: Mapping[str, Any]) -> Iterator[Expected]:
    """Reminders until an order was paid, and its end if it never is. Pure.

    An order that the marketplace lets ship without naming an instant of payment was never unpaid as far as we know.
    """
    unpaid = order["stage"] == Stage.UNPAID or (order["stage"] == Stage.CANCELLED and order["paid_at"] is None)
    if not unpaid and order["paid_at"] is None:
        return
    until = order["pay_by_at"] if unpaid else order["paid_at"]
    for minutes in policy.reminders_minutes:
        at = order["placed_at"] + timedelta(minutes=minutes)
        if until is None or at < until:
            yield Expected(ByItself.REMINDS, at)
    if order["stage"] == Stage.UNPAID and order["pay_by_at"] is not None:
        yield Expected(ByItself.CANCELS, order["pay_by_at"])


def order_detail(organization_id: int, order_id: int) -> dict[str, Any] | None:
    """Everything of one order row, with its store's name and zone."""
    found = sql.dicts(
        f"""
        SELECT o.*, {SHOWN} AS shown, s.name AS store_name, s.time_zone AS store_zone, s.marketplace, s.handling_hours, s.fulfilment,
            s.clocks::text AS clocks
        FROM orders_order o
        JOIN connections_store s ON s.organization_id = o.organization_id AND s.id = o.store_id
        WHERE o.organization_id = %(org)s AND s.organization_id = %(org)s AND o.id = %(id)s
        """,
        {"org": organization_id, "id": order_id},
    )
    return found[0] if found else None


def lines_of(organization_id: int, order_id: int) -> list[dict[str, Any]]:
    """Lines of an order, each with what it is paired to and what the shelf has of that."""
    return sql.dicts(
        f"""
        SELECT l.id, l.sku_code, l.title, l.variation, l.quantity, l.cancelled, l.packed, {SURPLUS} AS surplus, l.unit_price_minor,
            paired.codes, paired.available
        FROM orders_orderline l LEFT JOIN LATERAL (
            SELECT string_agg(k.code || CASE WHEN pa.quantity > 1 THEN ' × ' || pa.quantity ELSE '' END, ', '
                ORDER BY k.code) AS codes, min(coalesce(st.free, 0) / pa.quantity)::integer AS available
            FROM catalog_pairing pa
            JOIN catalog_sku k ON k.organization_id = %(org)s AND k.id = pa.sku_id
            LEFT JOIN LATERAL (SELECT sum(s.on_hand - s.allocated) AS free FROM inventory_stock s
                WHERE s.organization_id = %(org)s AND s.sku_id = pa.sku_id) st ON true
            WHERE pa.organization_id = %(org)s AND pa.listing_id = l.listing_id
        ) paired ON true
        WHERE l.organization_id = %(org)s AND l.order_id = %(id)s ORDER BY l.id
        """,
        {"org": organization_id, "id": order_id},
    )


def payloads_of(organization_id: int, order_id: int) -> list[dict[str, Any]]:
    """Every version of the order as it came, newest first."""
    return sql.dicts(
        """
        SELECT raw::text AS raw, received_at FROM orders_orderpayload
        WHERE organization_id = %s AND order_id = %s ORDER BY id DESC LIMIT 20
        """,
        [organization_id, order_id],
    )


def timeline(organization_id: int, subjects: Mapping[str, Sequence[int]]) -> list[dict[str, Any]]:
    """History of rows, newest first: who, when, what, in which batch, and why."""
    names = list(subjects)
    return sql.dicts(
        """
        SELECT e.subject, e.subject_id, e.verb, e.at, e.before::text AS before, e.after::text AS after,
            e.why::text AS why, m.name AS actor, b.uuid AS batch
        FROM (SELECT * FROM core_event
            WHERE organization_id = %(org)s AND (subject, subject_id) IN (
                SELECT s.subject, s.id FROM unnest(%(names)s::text[], %(ids)s::bigint[]) AS s (subject, id))
            ORDER BY id DESC LIMIT 200) e
        LEFT JOIN core_member m ON m.organization_id = %(org)s AND m.id = e.actor_id
        LEFT JOIN core_batch b ON b.organization_id = %(org)s AND b.id = e.batch_id
        ORDER BY e.id DESC
        """,
        {
            "org": organization_id,
            "names": [name for name in names for _ in subjects[name]],
            "ids": [i for name in names for i in subjects[name]],
        },
    )
