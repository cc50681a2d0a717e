"""Parcels as the API shows them: four statements whatever the size of the page; history is one more."""

from collections import defaultdict
from typing import Any

from entrepot.api.cursors import page
from entrepot.api.selection import ParcelFilter
from entrepot.core import sql
from entrepot.core.batch import loads

_COLUMNS = """
    p.id, p.store_id, s.name AS store_name, p.stage, p.supply, p.service_id, v.name AS service_name,
    p.waybill_number, p.deadline_at, p.recipient, p.country, p.order_count, p.line_count, p.currency, p.total_minor,
    p.packed_at, p.shipped_at, p.settled_at, p.intercept_at
"""
_JOINED = """
    JOIN connections_store s ON s.organization_id = %s AND s.organization_id = p.organization_id AND s.id = p.store_id
    LEFT JOIN connections_shippingservice v
        ON v.organization_id = %s AND v.organization_id = p.organization_id AND v.id = p.service_id
"""


def parcels_page(
    organization_id: int, wanted: ParcelFilter, *, cursor: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    conditions, params = wanted.conditions(organization_id)
    after, place = wanted.order.after("p", cursor)
    sort = wanted.order.sort("p")
    found = sql.dicts(
        f"""
        SELECT {_COLUMNS} FROM (SELECT * FROM parcels_parcel p WHERE {" AND ".join(conditions)} AND {after}
            ORDER BY {sort} LIMIT %s) p {_JOINED} ORDER BY {sort}
        """,
        [*params, *place, limit + 1, organization_id, organization_id],
    )
    rows, following = page(found, limit, wanted.order)
    return _whole(organization_id, rows), following


def parcel_by_id(organization_id: int, parcel_id: int) -> dict[str, Any] | None:
    found = sql.dicts(
        f"SELECT {_COLUMNS} FROM parcels_parcel p {_JOINED} WHERE p.organization_id = %s AND p.id = %s",
        [organization_id, organization_id, organization_id, parcel_id],
    )
    return _whole(organization_id, found)[0] if found else None


def _whole(organization_id: int, parcels: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Adds lines, every waybill attempt and the print marks."""
    ids = [parcel["id"] for parcel in parcels]
    lines = _grouped(
        """
        SELECT pl.parcel_id, pl.id, pl.order_id, o.external_id AS order_number, pl.order_line_id, l.sku_code, l.title,
            l.variation, pl.quantity
        FROM parcels_parcelline pl
        JOIN orders_orderline l ON l.organization_id = pl.organization_id AND l.id = pl.order_line_id
        JOIN orders_order o ON o.organization_id = pl.organization_id AND o.id = pl.order_id
        WHERE pl.organization_id = %(org)s AND l.organization_id = %(org)s AND o.organization_id = %(org)s
            AND pl.parcel_id = ANY(%(ids)s) ORDER BY pl.parcel_id, pl.id
        """,
        organization_id,
        ids,
    )
    waybills = _grouped(
        """
        SELECT w.parcel_id, w.id, w.attempt, w.service_id, v.name AS service_name, w.status, w.is_current, w.number,
            w.message, w.created_at, w.changed_at
        FROM parcels_waybill w
        JOIN connections_shippingservice v ON v.organization_id = w.organization_id AND v.id = w.service_id
        WHERE w.organization_id = %(org)s AND v.organization_id = %(org)s AND w.parcel_id = ANY(%(ids)s)
        ORDER BY w.parcel_id, w.attempt
        """,
        organization_id,
        ids,
    )
    marks = _grouped(
        """
        SELECT id AS parcel_id, document, times, first_at, last_at FROM parcels_printmark
        WHERE organization_id = %(org)s AND id = ANY(%(ids)s) ORDER BY id, document
        """,
        organization_id,
        ids,
    )
    for parcel in parcels:
        i = parcel["id"]
        parcel["name"] = f"P-{i}"
        parcel["recipient"] = loads(parcel["recipient"])
        parcel["lines"], parcel["waybills"], parcel["prints"] = lines[i], waybills[i], marks[i]
    return parcels


def _grouped(query: str, organization_id: int, ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    groups: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in sql.dicts(query, {"org": organization_id, "ids": ids}):
        groups[row["parcel_id"]].append(row)
    return groups


def events_of(organization_id: int, subject: str, subject_id: int) -> list[dict[str, Any]]:
    """The latest 500 entries of a row's history, newest first, with the name of who did it."""
    found = sql.dicts(
        """
        SELECT e.id, e.verb, e.at, e.before, e.after, e.why, m.name AS actor, b.uuid AS batch
        FROM core_event e
        LEFT JOIN core_member m ON m.organization_id = %(org)s AND m.id = e.actor_id
        LEFT JOIN core_batch b ON b.organization_id = %(org)s AND b.id = e.batch_id
        WHERE e.organization_id = %(org)s AND e.subject = %(subject)s AND e.subject_id = %(id)s
        ORDER BY e.id DESC LIMIT 500
        """,
        {"org": organization_id, "subject": subject, "id": subject_id},
    )
    for event in found:
        for name in ("before", "after", "why"):
            event[name] = loads(event[name])
    return found
