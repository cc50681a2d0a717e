"""Export: exactly the rows of the filter, as a workbook or CSV. Numbers of orders and waybills stay text."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from rustpy_xlsxwriter import write_worksheet

from entrepot.core import sql
from entrepot.core.permissions import Permission
from entrepot.parcels.documents.figures import money
from entrepot.web.access import MemberRequest, member_required
from entrepot.web.batches import attachment, safe_cell
from entrepot.web.desk import View, tab_of
from entrepot.web.tabs import REASONS, STAGES
from entrepot.web.words import Clock

MOST_ROWS = 15_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

ORDER_COLUMNS = (
    _("Order no."), _("Store"), _("Stage"), _("Placed"), _("Deadline"), _("Recipient"), _("Country"), _("City"),
    _("Buyer"), _("Lines"), _("SKUs"), _("Currency"), _("Amount"), _("Review reasons"), _("Hold reason"),
    _("Buyer's note"),
)  # fmt: skip
PARCEL_COLUMNS = (
    _("Parcel no."), _("Order no."), _("Store"), _("Stage"), _("Stock"), _("Service"), _("Waybill no."), _("Deadline"),
    _("Shipped"), _("Recipient"), _("Country"), _("City"), _("Lines"), _("SKUs"), _("Currency"), _("Amount"),
    _("Labels printed"),
)  # fmt: skip


@member_required(Permission.EXPORT)
def export(request: MemberRequest, slug: str, kind: str) -> HttpResponse:
    """`kind` is "xlsx" or "csv". More than 15,000 rows are told, not cut."""
    view = View(request, tab_of(slug))
    ids = view.ids(MOST_ROWS + 1)
    if len(ids) > MOST_ROWS:
        return render(request, "desk/export_too_long.html", {"most": f"{MOST_ROWS:,}"}, status=413)
    clock = Clock.of(view.moment.at, view.zone)
    header: tuple[str, ...]
    if view.tab.subject == "order":
        header, rows = ORDER_COLUMNS, _order_rows(view.organization_id, ids, clock)
    else:
        header, rows = PARCEL_COLUMNS, _parcel_rows(view.organization_id, ids, clock)
    name = f"{slug}-{view.moment.at:%Y%m%d-%H%M%S}.{kind}"
    titles = [gettext(title) for title in header]
    if kind == "csv":
        return attachment(_csv(titles, rows), name)
    response = HttpResponse(_xlsx(titles, rows), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _csv(titles: list[str], rows: Iterable[tuple[Any, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(titles)
    writer.writerows([safe_cell(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return text.getvalue()


def _xlsx(titles: list[str], rows: Iterable[tuple[Any, ...]]) -> bytes:
    records = [dict(zip(titles, row, strict=True)) for row in rows] or [dict.fromkeys(titles, "")]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "export.xlsx"
        write_worksheet(records, str(path), sheet_name="Entrepot")
        return path.read_bytes()


def _amount(minor: int, currency: str) -> float:
    return float(money(minor, currency))


def _at(clock: Clock, instant: datetime | None) -> str:
    return clock.full(instant) if instant else ""


def _order_rows(organization_id: int, ids: list[int], clock: Clock) -> list[tuple[Any, ...]]:
    stages = {key: gettext(word) for key, word in STAGES.items()}
    reasons = {key: gettext(word) for key, word in REASONS.items()}
    found = sql.rows(
        """
        SELECT o.external_id, s.name, o.stage, o.placed_at, o.deadline_at, o.recipient_name, o.country, o.city,
            o.buyer_name, o.line_count, l.skus, o.currency, o.total_minor, o.review_reasons, o.hold_reason, o.buyer_note
        FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS wanted (id, place)
        JOIN orders_order o ON o.organization_id = %(org)s AND o.id = ANY(%(ids)s) AND o.id = wanted.id
        JOIN connections_store s ON s.organization_id = %(org)s AND s.id = o.store_id
        LEFT JOIN (SELECT order_id, string_agg(sku_code || ' × ' || quantity, '; ' ORDER BY id) AS skus
            FROM orders_orderline WHERE organization_id = %(org)s AND order_id = ANY(%(ids)s) GROUP BY order_id) l
            ON l.order_id = o.id
        ORDER BY wanted.place
        """,
        {"org": organization_id, "ids": ids},
    )
    return [
        (
            number, store, stages.get(stage, stage), _at(clock, placed), _at(clock, deadline), recipient, country, city,
            buyer, lines, skus or "", currency, _amount(total, currency),
            ", ".join(reasons.get(reason, reason) for reason in why), hold, note,
        )
        for number, store, stage, placed, deadline, recipient, country, city, buyer, lines, skus, currency, total, why,
        hold, note in found
    ]  # fmt: skip


def _parcel_rows(organization_id: int, ids: list[int], clock: Clock) -> list[tuple[Any, ...]]:
    stages = {key: gettext(word) for key, word in STAGES.items()}
    stock = {"in_stock": gettext("In stock"), "short": gettext("Short"), "": ""}
    found = sql.rows(
        """
        SELECT p.id, l.orders, s.name, p.stage, p.supply, v.name, p.waybill_number, p.deadline_at, p.shipped_at,
            p.recipient_name, p.country, p.city, p.line_count, l.skus, p.currency, p.total_minor, coalesce(m.times, 0)
        FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS wanted (id, place)
        JOIN parcels_parcel p ON p.organization_id = %(org)s AND p.id = ANY(%(ids)s) AND p.id = wanted.id
        JOIN connections_store s ON s.organization_id = %(org)s AND s.id = p.store_id
        LEFT JOIN connections_shippingservice v ON v.organization_id = %(org)s AND v.id = p.service_id
        LEFT JOIN parcels_printmark m ON m.organization_id = %(org)s AND m.id = p.id AND m.document = 'label'
        LEFT JOIN (SELECT pl.parcel_id, string_agg(DISTINCT o.external_id, '; ') AS orders,
                string_agg(ol.sku_code || ' × ' || pl.quantity, '; ' ORDER BY pl.id) AS skus
            FROM parcels_parcelline pl
            JOIN orders_order o ON o.organization_id = %(org)s AND o.id = pl.order_id
            JOIN orders_orderline ol ON ol.organization_id = %(org)s AND ol.id = pl.order_line_id
            WHERE pl.organization_id = %(org)s AND pl.parcel_id = ANY(%(ids)s) GROUP BY pl.parcel_id) l
            ON l.parcel_id = p.id
        ORDER BY wanted.place
        """,
        {"org": organization_id, "ids": ids},
    )
    return [
        (
            f"P-{i}", orders or "", store, stages.get(stage, stage), stock[supply], service or "", number,
            _at(clock, deadline), _at(clock, shipped), recipient, country, city, lines, skus or "", currency,
            _amount(total, currency), times,
        )
        for i, orders, store, stage, supply, service, number, deadline, shipped, recipient, country, city, lines, skus,
        currency, total, times in found
    ]  # fmt: skip
