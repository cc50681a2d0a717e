"""Reads of parcels for screens: lists by keyset, counts, to-do numbers, search. A fixed number of statements each."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from entrepot.core import sql
from entrepot.orders.queries import (
    SHOWN,
    Cursor,
    Filter,
    Moment,
    Page,
    Sort,
    Where,
    common_where,
    count_rows,
    countries_in,
    ids_of,
    keyset_page,
    placed_sql,
)
from entrepot.orders.remains import SURPLUS
from entrepot.orders.stage_counts import Counted, count_by_stage
from entrepot.orders.stage_counts import Stage as Place
from entrepot.orders.todo_counts import counted, due_columns, params_of
from entrepot.parcels.collecting import add_due
from entrepot.parcels.lines import ELSEWHERE, IS_OVER
from entrepot.parcels.states import OPEN_STAGES, Stage
from entrepot.parcels.whereabouts import COUNTS, WITH_MARK, counts_sql, mark_of

PARCEL_NUMBER = re.compile(r"[Pp]-?(\d{1,18})")


def parcel_where(organization_id: int, wanted: Filter, moment: Moment) -> Where:
    shipped = wanted.stages == (Stage.SHIPPED.value,)
    where = common_where("p", organization_id, replace(wanted, due=None) if shipped else wanted, moment)
    if shipped and wanted.due is not None:
        add_due(where, wanted.due, moment)
    if wanted.supply is not None:
        where.add("p.supply = %(supply)s", supply=wanted.supply)
    if wanted.printed is not None:
        sign = "" if wanted.printed else "NOT "
        where.add(
            f"""{sign}EXISTS (SELECT 1 FROM parcels_printmark m WHERE m.organization_id = %(org)s AND m.id = p.id
            AND m.document = 'label')"""
        )
    if wanted.asked:
        where.add(_of_orders("o.cancellation_asked_at IS NOT NULL"))
    if wanted.mark:
        where.add(WITH_MARK[wanted.mark])
    if wanted.placed:
        where.add(_of_orders(placed_sql("o", wanted.placed, where.params)))
    return where


def _of_orders(condition: str) -> str:
    return f"""EXISTS (SELECT 1 FROM parcels_parcelline pl
        JOIN orders_order o ON o.organization_id = pl.organization_id AND o.id = pl.order_id
        WHERE pl.organization_id = %(org)s AND o.organization_id = %(org)s AND pl.parcel_id = p.id AND {condition})"""


NOTHING_INSIDE = {
    "order": "",
    "order_number": "",
    "line": None,
    "asked": False,
    "held_there": False,
    "hidden": False,
    "elsewhere": False,
    "answer_by_at": None,
    "over": False,
    "surplus": False,
    "uncounted": False,
    "ended_at": None,
    "goes_to": None,
}
PARCEL_ROW = """
    SELECT p.id, p.store_id, p.stage, p.supply, p.service_id, p.waybill_number, p.deadline_at, p.recipient_name,
        p.country, p.city, p.order_count, p.line_count, p.currency, p.total_minor, p.packed_at, p.shipped_at,
        p.settled_at, p.intercept_at, p.recipient_key
    FROM parcels_parcel p
"""


def list_parcels(
    organization_id: int, wanted: Filter, moment: Moment, *, sort: Sort, cursor: Cursor | None, size: int
) -> Page:
    """One page of parcels, each with its first line and order, its print marks and what its orders say.
    `uncounted`: some of its goods are paired with no SKU, so they count as in stock and nobody counts them."""
    where = parcel_where(organization_id, wanted, moment)
    page = keyset_page(PARCEL_ROW, "p", where, sort, cursor, size)
    ids = [row["id"] for row in page.rows]
    inside = _first_lines(organization_id, ids)
    marks = _marks(organization_id, ids)
    for row in page.rows:
        row |= inside.get(row["id"], NOTHING_INSIDE)
        row["marks"] = marks.get(row["id"], {})
        row["mark"] = mark_of(row, over=row["over"], ended_at=row["ended_at"])
        row["surplus"] = row["surplus"] and row["stage"] in OPEN_STAGES
        row["elsewhere"] = row["elsewhere"] and row["stage"] in OPEN_STAGES
        row["address_changed"] = row["stage"] in OPEN_STAGES and row["goes_to"] not in (None, {row["recipient_key"]})
    return page


def _first_lines(organization_id: int, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    found = sql.dicts(
        f"""
        SELECT DISTINCT ON (pl.parcel_id) pl.parcel_id, {SHOWN} AS "order", o.external_id AS order_number,
            l.sku_code, l.title, pl.quantity, bool_or(o.cancellation_asked_at IS NOT NULL) OVER whole AS asked,
            bool_or(o.held_there_at IS NOT NULL AND o.stage <> 'shipped') OVER whole AS held_there,
            bool_or('address_masked' = ANY(o.review_reasons) AND o.stage <> 'shipped') OVER whole AS hidden,
            bool_or({ELSEWHERE}) OVER whole AS elsewhere,
            min(o.answer_by_at) OVER whole AS answer_by_at, bool_or({IS_OVER}) OVER whole AS over,
            max(o.ended_at) OVER whole AS ended_at, bool_or(l.id = ANY(o.surplus_lines)) OVER whole AS surplus,
            bool_or(counted.sku_id IS NULL) OVER whole AS uncounted,
            min(o.recipient_key) OVER whole AS least, max(o.recipient_key) OVER whole AS most
        FROM parcels_parcelline pl
        JOIN orders_order o ON o.organization_id = pl.organization_id AND o.id = pl.order_id
        JOIN orders_orderline l ON l.organization_id = pl.organization_id AND l.id = pl.order_line_id
        LEFT JOIN LATERAL (SELECT pa.sku_id FROM catalog_pairing pa
            WHERE pa.organization_id = %(org)s AND pa.listing_id = l.listing_id LIMIT 1) counted ON true
        WHERE pl.organization_id = %(org)s AND o.organization_id = %(org)s AND l.organization_id = %(org)s
            AND pl.parcel_id = ANY(%(ids)s)
        WINDOW whole AS (PARTITION BY pl.parcel_id)
        ORDER BY pl.parcel_id, pl.id
        """,
        {"org": organization_id, "ids": list(ids)},
    )
    for row in found:
        row["line"] = (row.pop("sku_code"), row.pop("title"), row.pop("quantity"))
        row["goes_to"] = {row.pop("least"), row.pop("most")}
    return {row.pop("parcel_id"): row for row in found}


def _marks(organization_id: int, ids: Sequence[int]) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    for parcel_id, document, times in sql.rows(
        "SELECT id, document, times FROM parcels_printmark WHERE organization_id = %s AND id = ANY(%s)",
        [organization_id, list(ids)],
    ):
        found.setdefault(parcel_id, {})[document] = times
    return found


def count_parcels(organization_id: int, wanted: Filter, moment: Moment) -> int:
    return count_rows("parcels_parcel p", parcel_where(organization_id, wanted, moment))


def count_parcels_by_stage(
    organization_id: int, stages: Sequence[Place], wanted: Filter, moment: Moment
) -> list[Counted]:
    """How many parcels of each stage and supply `wanted` holds; its own do not count."""
    return count_by_stage("parcels_parcel", "p", stages, wanted, parcel_where(organization_id, wanted, moment), moment)


def parcel_ids(organization_id: int, wanted: Filter, moment: Moment, *, sort: Sort, most: int) -> list[int]:
    """The ids a filter holds now, in list order, at most `most`."""
    return ids_of("parcels_parcel p", "p", parcel_where(organization_id, wanted, moment), sort, most)


ASKED_PARCELS = """
    FROM orders_order o
    JOIN parcels_parcelline pl ON pl.organization_id = o.organization_id AND pl.order_id = o.id
    JOIN parcels_parcel p ON p.organization_id = o.organization_id AND p.id = pl.parcel_id
    WHERE o.organization_id = %(org)s AND pl.organization_id = %(org)s AND p.organization_id = %(org)s
        AND o.cancellation_asked_at IS NOT NULL AND o.stage = 'packed'
"""


def todo_of_parcels(organization_id: int, stage: str, supply: str, moment: Moment) -> dict[str, Any]:
    """How many parcels of a tab are overdue, due today, due within 24 hours (`day`), or hold an order asked to be
    cancelled, and the first instant by which one of these must be answered; and what is `cancelled` or to `intercept`. One
    statement."""
    found = sql.dicts(
        f"""
        SELECT (SELECT count(*) FROM parcels_parcel p WHERE p.organization_id = %(org)s AND p.stage = %(stage)s
                AND p.supply = %(supply)s AND p.deadline_at < %(now)s) AS overdue,
            (SELECT count(*) FROM parcels_parcel p WHERE p.organization_id = %(org)s AND p.stage = %(stage)s
                AND p.supply = %(supply)s AND p.deadline_at >= %(now)s AND p.deadline_at < %(day)s) AS today,
            (SELECT count(*) FROM parcels_parcel p WHERE p.organization_id = %(org)s AND p.stage = %(stage)s
                AND p.supply = %(supply)s AND p.deadline_at >= %(now)s AND p.deadline_at < %(later)s) AS day,
            (SELECT count(DISTINCT p.id) {ASKED_PARCELS} AND p.stage = %(stage)s AND p.supply = %(supply)s) AS asked,
            (SELECT min(o.answer_by_at) {ASKED_PARCELS} AND p.stage = %(stage)s AND p.supply = %(supply)s) AS answer_by,
            {COUNTS}
        """,
        {
            "org": organization_id, "stage": stage, "supply": supply, "now": moment.at, "day": moment.day_ends_at,
            "later": moment.in_a_day_at,
        },
    )  # fmt: skip
    return found[0]


def filtered_todo_of_parcels(
    organization_id: int, stage: str, supply: str, wanted: Filter, moment: Moment
) -> dict[str, Any]:
    """`todo_of_parcels` of the parcels of one open tab that `wanted` holds; its own stages do not count."""
    where = parcel_where(organization_id, wanted, moment)
    inside = "p.stage = %(stage)s AND p.supply = %(supply)s"
    asked = f"FROM (SELECT p.*, o.answer_by_at {ASKED_PARCELS} AND {inside} OFFSET 0) p WHERE {where.text}"
    found = sql.dicts(
        f"""
        SELECT {due_columns("parcels_parcel", "p", inside, where, wanted, moment)},
            (SELECT count(DISTINCT p.id) {asked}) AS asked, (SELECT min(p.answer_by_at) {asked}) AS answer_by,
            {counts_sql(where)}
        """,
        params_of(where, moment, stage=stage, supply=supply),
    )
    return counted(found[0])


def asked_parcels(organization_id: int) -> list[dict[str, Any]]:
    """Open parcels with an order asked to be cancelled, by tab, with the first instant an answer is owed by."""
    return sql.dicts(
        f"""
        SELECT p.stage, p.supply, count(DISTINCT p.id) AS asked, min(o.answer_by_at) AS answer_by {ASKED_PARCELS}
            AND p.stage IN ('to_process', 'waybill', 'to_print')
        GROUP BY p.stage, p.supply
        """,
        {"org": organization_id},
    )


def open_by_store(organization_id: int, moment: Moment) -> list[dict[str, Any]]:
    """Open parcels per store, stage and supply, with what is overdue and due today."""
    return sql.dicts(
        """
        SELECT store_id, stage, supply, count(*) AS total, count(*) FILTER (WHERE deadline_at < %(now)s) AS overdue,
            count(*) FILTER (WHERE deadline_at >= %(now)s AND deadline_at < %(day)s) AS today
        FROM parcels_parcel WHERE organization_id = %(org)s AND stage IN ('to_process', 'waybill', 'to_print')
        GROUP BY store_id, stage, supply
        """,
        {"org": organization_id, "now": moment.at, "day": moment.day_ends_at},
    )


def countries_of(organization_id: int, stages: Sequence[str]) -> list[tuple[str, int]]:
    return countries_in("parcels_parcel", organization_id, stages)


def by_numbers(organization_id: int, numbers: Sequence[str]) -> dict[str, list[int]]:
    """Exact parcel numbers ("P-12") and waybill numbers -> parcel ids. A number given up since finds nothing."""
    wanted = {int(match[1]): number for number in numbers if (match := PARCEL_NUMBER.fullmatch(number))}
    found: dict[str, list[int]] = {}
    for (parcel_id,) in sql.rows(
        "SELECT id FROM parcels_parcel WHERE organization_id = %s AND id = ANY(%s)", [organization_id, list(wanted)]
    ):
        found.setdefault(wanted[parcel_id], []).append(parcel_id)
    upper = {number.replace(" ", "").upper(): number for number in numbers}
    for number, parcel_id in sql.rows(
        """
        SELECT DISTINCT number, parcel_id FROM parcels_waybill
        WHERE organization_id = %s AND number = ANY(%s) AND status = 'obtained'
        """,
        [organization_id, [*upper, *numbers]],
    ):
        name = number if number in numbers else upper[number]
        if parcel_id not in found.setdefault(name, []):
            found[name].append(parcel_id)
    return found


def parcels_of_order(organization_id: int, order_id: int) -> list[dict[str, Any]]:
    return sql.dicts(
        """
        SELECT p.id, p.stage, p.supply, p.waybill_number, p.shipped_at FROM parcels_parcel p
        WHERE p.organization_id = %(org)s AND p.id IN (SELECT pl.parcel_id FROM parcels_parcelline pl
            WHERE pl.organization_id = %(org)s AND pl.order_id = %(id)s) ORDER BY p.id
        """,
        {"org": organization_id, "id": order_id},
    )


def parcel_detail(organization_id: int, parcel_id: int) -> dict[str, Any] | None:
    """Everything of one parcel row, with its store's name and zone and its service's name."""
    found = sql.dicts(
        """
        SELECT p.*, s.name AS store_name, s.time_zone AS store_zone, s.marketplace, v.name AS service_name,
            (SELECT min(o.answer_by_at) FROM parcels_parcelline pl
                JOIN orders_order o ON o.organization_id = pl.organization_id AND o.id = pl.order_id
                WHERE pl.organization_id = %(org)s AND o.organization_id = %(org)s AND pl.parcel_id = %(id)s
                    AND o.cancellation_asked_at IS NOT NULL) AS answer_by_at
        FROM parcels_parcel p
        JOIN connections_store s ON s.organization_id = p.organization_id AND s.id = p.store_id
        LEFT JOIN connections_shippingservice v ON v.organization_id = %(org)s AND v.id = p.service_id
        WHERE p.organization_id = %(org)s AND s.organization_id = %(org)s AND p.id = %(id)s
        """,
        {"org": organization_id, "id": parcel_id},
    )
    return found[0] if found else None


def lines_of(organization_id: int, parcel_id: int) -> list[dict[str, Any]]:
    """Lines of a parcel with their orders, pairing, allocation and bins; `surplus`: cancelled since, as far as it lies here."""
    return sql.dicts(
        f"""
        SELECT pl.id, pl.quantity, least({SURPLUS}, pl.quantity) AS surplus, l.sku_code, l.title, l.variation,
            o.id AS order_id, o.external_id, {SHOWN} AS shown, paired.codes,
            paired.needed, held.allocated, held.bins
        FROM parcels_parcelline pl
        JOIN orders_orderline l ON l.organization_id = pl.organization_id AND l.id = pl.order_line_id
        JOIN orders_order o ON o.organization_id = pl.organization_id AND o.id = pl.order_id
        LEFT JOIN LATERAL (
            SELECT string_agg(k.code || CASE WHEN pa.quantity > 1 THEN ' × ' || pa.quantity ELSE '' END, ', '
                ORDER BY k.code) AS codes, (sum(pa.quantity) * pl.quantity)::integer AS needed
            FROM catalog_pairing pa JOIN catalog_sku k ON k.organization_id = %(org)s AND k.id = pa.sku_id
            WHERE pa.organization_id = %(org)s AND pa.listing_id = l.listing_id
        ) paired ON true
        LEFT JOIN LATERAL (
            SELECT sum(al.quantity)::integer AS allocated, string_agg(DISTINCT b.code, ', ') AS bins
            FROM inventory_allocation al
            JOIN inventory_stock st ON st.organization_id = %(org)s AND st.id = al.stock_id
            JOIN inventory_bin b ON b.organization_id = %(org)s AND b.id = st.bin_id
            WHERE al.organization_id = %(org)s AND al.group_id = pl.parcel_id AND al.line_id = pl.id
        ) held ON true
        WHERE pl.organization_id = %(org)s AND l.organization_id = %(org)s AND o.organization_id = %(org)s
            AND pl.parcel_id = %(id)s ORDER BY pl.id
        """,
        {"org": organization_id, "id": parcel_id},
    )


def addresses_changed(
    organization_id: int, *, parcel_ids: Sequence[int] | None = None, order_id: int | None = None
) -> list[dict[str, Any]]:
    """Open parcels (of an order, or these) with an order in them that goes to another address by now: both addresses,
    and whether the parcel's orders `part`, that is go to several places. One row for each such order."""
    return sql.dicts(
        f"""
        SELECT p.id AS parcel_id, p.stage, p.supply, p.waybill_number, {SHOWN} AS shown, o.cancellation_asked_at,
            p.recipient::text AS before, o.recipient::text AS after,
            EXISTS (SELECT 1 FROM parcels_parcelline k
                JOIN orders_order other ON other.organization_id = k.organization_id AND other.id = k.order_id
                WHERE k.organization_id = %(org)s AND other.organization_id = %(org)s AND k.parcel_id = p.id
                    AND other.recipient_key <> o.recipient_key) AS parts
        FROM parcels_parcel p
        JOIN orders_order o ON o.organization_id = p.organization_id
        WHERE p.organization_id = %(org)s AND o.organization_id = %(org)s AND p.stage = ANY(%(open)s)
            AND p.recipient_key <> o.recipient_key
            AND (p.id, o.id) IN (SELECT pl.parcel_id, pl.order_id FROM parcels_parcelline pl
                WHERE pl.organization_id = %(org)s AND pl.{"parcel_id" if order_id is None else "order_id"} = ANY(%(ids)s))
        ORDER BY p.id, o.id
        """,
        {
            "org": organization_id,
            "open": list(OPEN_STAGES),
            "ids": list(parcel_ids or ()) if order_id is None else [order_id],
        },
    )


def waybills_of(organization_id: int, parcel_id: int) -> list[dict[str, Any]]:
    """Every attempt to get a number, newest first."""
    return sql.dicts(
        """
        SELECT w.attempt, w.status, w.is_current, w.number, w.message, w.created_at, w.changed_at, v.name AS service
        FROM parcels_waybill w
        JOIN connections_shippingservice v ON v.organization_id = w.organization_id AND v.id = w.service_id
        WHERE w.organization_id = %(org)s AND v.organization_id = %(org)s AND w.parcel_id = %(id)s
        ORDER BY w.attempt DESC
        """,
        {"org": organization_id, "id": parcel_id},
    )


def print_marks_of(organization_id: int, parcel_id: int) -> list[dict[str, Any]]:
    return sql.dicts(
        """
        SELECT k.document, k.times, k.first_at, k.last_at, m.name AS last_by FROM parcels_printmark k
        LEFT JOIN core_member m ON m.organization_id = %(org)s AND m.id = k.last_by_id
        WHERE k.organization_id = %(org)s AND k.id = %(id)s ORDER BY k.document
        """,
        {"org": organization_id, "id": parcel_id},
    )
