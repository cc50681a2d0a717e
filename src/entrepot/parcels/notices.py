"""What was told to marketplaces and what they answered, for the pages."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from entrepot.connections.own_words import in_words
from entrepot.core import sql
from entrepot.orders.queries import SHOWN
from entrepot.parcels.notify import TOLD_FROM

SOON = timedelta(minutes=1)


def refused(organization_id: int, *, limit: int = 200) -> list[dict[str, Any]]:
    """Notices that a marketplace refused and nobody has settled, oldest first."""
    found = sql.dicts(
        f"""
        SELECT n.id, n.parcel_id, n.order_id, n.order_number, {SHOWN} AS shown, n.store_id, s.name AS store, n.number,
            n.carrier, n.why, n.code, n.message, n.tries, n.answered_at, n.is_virtual
        FROM parcels_shippingnotice n
        JOIN connections_store s ON s.organization_id = %(org)s AND s.id = n.store_id
        JOIN orders_order o ON o.organization_id = %(org)s AND o.id = n.order_id
        WHERE n.organization_id = %(org)s AND n.status = 'refused' AND n.is_current ORDER BY n.id LIMIT %(limit)s
        """,
        {"org": organization_id, "limit": limit},
    )
    return list(map(in_words, found))


def of_parcels(organization_id: int, parcel_ids: Sequence[int]) -> list[dict[str, Any]]:
    """All notices of parcels, oldest first, for the drawer and the chips."""
    found = sql.dicts(
        f"""
        SELECT n.id, n.parcel_id, n.order_id, n.store_id, n.order_number, {SHOWN} AS shown, n.number, n.carrier, n.status, n.why, n.code,
            n.message, n.remote_id, n.tries, n.is_virtual, n.is_current, n.replaces, n.created_at, n.sent_at, n.answered_at, n.due_at
        FROM parcels_shippingnotice n
        JOIN orders_order o ON o.organization_id = %(org)s AND o.id = n.order_id
        WHERE n.organization_id = %(org)s AND n.parcel_id = ANY(%(ids)s) ORDER BY n.id
        """,
        {"org": organization_id, "ids": list(parcel_ids)},
    )
    return list(map(in_words, found))


class Told(StrEnum):
    """One word for all current notices of a parcel: the first of this list that one of them stands in."""

    REFUSED = "refused"
    UNKNOWN = "unknown"  # told, no answer; being looked up
    OTHER = "other"  # accepted, and given up here since: the marketplace keeps the number it was told
    DUE = "due"
    DISMISSED = "dismissed"
    EARLY = "early"  # accepted, and told before the goods left
    TOLD = "told"


def told_of(organization_id: int, parcel_ids: Sequence[int]) -> dict[int, Told]:
    """Parcels without any notice are left out."""
    found = sql.rows(
        """
        SELECT n.parcel_id, array_agg(DISTINCT CASE WHEN n.status IN ('due', 'sending') THEN 'due'
            WHEN n.status <> 'accepted' THEN n.status WHEN n.number <> p.waybill_number THEN 'other'
            WHEN n.is_virtual THEN 'early' ELSE 'told' END)
        FROM parcels_shippingnotice n JOIN parcels_parcel p ON p.organization_id = n.organization_id AND p.id = n.parcel_id
        WHERE n.organization_id = %s AND p.organization_id = %s AND n.parcel_id = ANY(%s) AND n.is_current
            AND n.status <> 'withdrawn' GROUP BY n.parcel_id
        """,
        [organization_id, organization_id, list(parcel_ids)],
    )
    return {parcel_id: next(told for told in Told if told.value in states) for parcel_id, states in found}


def count_refused(organization_id: int, *, most: int = 10_000) -> int:
    """How many parcels have a notice that was refused and that nobody has settled, up to `most` notices."""
    ((count,),) = sql.rows(
        """
        SELECT count(DISTINCT parcel_id) FROM (SELECT parcel_id FROM parcels_shippingnotice
            WHERE organization_id = %s AND status = 'refused' AND is_current LIMIT %s) refused
        """,
        [organization_id, most],
    )
    return int(count)


def count_on_the_way(organization_id: int, at: datetime, *, most: int = 10_000) -> int:
    """Parcels whose notices are told about now, up to `most` notices: an answer comes within a minute or so. One that waits
    for its store, or is put off because the marketplace asked for that, is not among them."""
    ((count,),) = sql.rows(
        """
        SELECT count(DISTINCT parcel_id) FROM (SELECT n.parcel_id FROM parcels_shippingnotice n
            JOIN connections_store s ON s.organization_id = %(org)s AND s.id = n.store_id AND s.is_enabled
            JOIN connections_grant g ON g.organization_id = %(org)s AND g.store_id = n.store_id AND g.state = 'ok'
            WHERE n.organization_id = %(org)s AND n.status IN ('due', 'sending', 'unknown') AND n.is_current
                AND n.due_at <= %(soon)s LIMIT %(most)s) told
        """,
        {"org": organization_id, "soon": at + SOON, "most": most},
    )
    return int(count)


def of_order(organization_id: int, order_id: int) -> list[dict[str, Any]]:
    """The current notices of an order, one per parcel it lies in."""
    found = sql.dicts(
        """
        SELECT id, parcel_id, number, carrier, status, why, code, message, tries, is_virtual, is_current, answered_at,
            sent_at, due_at, created_at
        FROM parcels_shippingnotice WHERE organization_id = %s AND order_id = %s AND is_current ORDER BY id
        """,
        [organization_id, order_id],
    )
    return list(map(in_words, found))


def untold(organization_id: int, *, order_id: int | None = None, parcel_id: int | None = None) -> list[dict[str, Any]]:
    """Parcels of an order, or one parcel, with a number that a connected marketplace has not been told: `parcel_id`,
    `number`, and whether it has `left` our hands. One that was refused is not among them: that is told again."""
    condition = "pl.order_id = %(id)s" if order_id is not None else "pl.parcel_id = %(id)s"
    return sql.dicts(
        f"""
        SELECT DISTINCT p.id AS parcel_id, p.waybill_number AS number, p.shipped_at IS NOT NULL AS left
        FROM parcels_parcelline pl
        JOIN parcels_parcel p ON p.organization_id = %(org)s AND p.id = pl.parcel_id
        JOIN orders_order o ON o.organization_id = %(org)s AND o.id = pl.order_id
        JOIN connections_store s ON s.organization_id = %(org)s AND s.id = o.store_id
        JOIN connections_sync y ON y.organization_id = %(org)s AND y.store_id = s.id
        WHERE pl.organization_id = %(org)s AND {condition} AND p.waybill_number <> '' AND p.stage = ANY(%(stages)s)
            AND p.intercept_at IS NULL AND s.is_enabled AND o.stage <> 'cancelled' AND o.ended_at IS NULL
            AND o.cancellation_asked_at IS NULL AND o.held_there_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM parcels_shippingnotice n WHERE n.organization_id = %(org)s
                AND n.parcel_id = p.id AND n.order_id = o.id AND n.is_current AND n.status <> 'withdrawn'
                AND (n.number = p.waybill_number OR n.status = 'refused'))
        ORDER BY p.id
        """,
        {"org": organization_id, "id": order_id if order_id is not None else parcel_id, "stages": list(TOLD_FROM)},
    )
