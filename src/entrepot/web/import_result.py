"""How an import goes and went: progress, counts, refused rows with their reasons, and those rows as a file."""

import csv
import io
import tempfile
from datetime import tzinfo
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from entrepot.connections.stores import store_by_id
from entrepot.core import files, sql
from entrepot.core.batch import loads
from entrepot.core.permissions import Permission
from entrepot.marketplaces.order_file import FileRefused, RefusedRow
from entrepot.marketplaces.registry import order_file
from entrepot.orders.import_file import waiting_uuid
from entrepot.web.access import MemberRequest, member_required
from entrepot.web.batches import safe_cell
from entrepot.web.import_preview import field_name
from entrepot.web.moments import moment
from entrepot.web.reader_words import reason_sentence, refusal_sentence

MOST_SHOWN = 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@member_required(Permission.VIEW)
def result(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """The page; asked by htmx, only the part that moves."""
    batch = _find(request.membership.organization_id, uuid)
    if batch is None:
        return render(request, "404.html", status=404)
    rest = [part for part in request.GET.get("rest", "").split(",") if part.isdigit()]
    context = {
        **shown(batch),
        "uuid": uuid,
        "next_file": rest[0] if rest else "",
        "rest": ",".join(rest[1:]),
        "waiting": len(rest),
        "query": request.GET.urlencode(),
    }
    template = "importing/result_body.html" if request.headers.get("HX-Request") else "importing/result.html"
    return render(request, template, context)


@member_required(Permission.IMPORT)
def refused_rows(request: MemberRequest, uuid: UUID, form: str) -> HttpResponse:
    """The refused rows with all their cells and the reason in front, to correct and import again."""
    organization_id = request.membership.organization_id
    batch = _find(organization_id, uuid)
    if batch is None or form not in ("csv", "xlsx"):
        return render(request, "404.html", status=404)
    table = _table(organization_id, batch)
    name = f"{Path(str(loads(batch['options']).get('filename', 'import'))).stem} - {_('refused rows')}.{form}"
    if form == "xlsx":
        response = HttpResponse(_xlsx(table), content_type=XLSX)
    else:
        text = io.StringIO()
        csv.writer(text).writerows([safe_cell(cell) for cell in row] for row in table)  # the reader takes guards off
        response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = _attachment(name)
    return response


def recent_imports(organization_id: int, zone: tzinfo, most: int = 8) -> list[dict[str, Any]]:
    found = sql.dicts(
        """
        SELECT uuid, verb, status, options, result, done_count, refused_count, error, created_at FROM core_batch
        WHERE organization_id = %s AND verb IN ('import_orders', 'import_skus') ORDER BY created_at DESC LIMIT %s
        """,
        [organization_id, most],
    )
    return [
        {
            "uuid": one["uuid"],
            "verb": one["verb"],
            "status": one["status"],
            "filename": loads(one["options"]).get("filename") or loads(one["options"]).get("file") or "—",
            "done": one["done_count"],
            "refused": one["refused_count"],
            "at": moment(one["created_at"], zone),
        }
        for one in found
        if one["uuid"].version != 5  # a waiting row whose import has begun: see import_file.waiting_uuid
    ]


def shown(batch: dict[str, Any]) -> dict[str, Any]:
    """What the templates need of a batch row."""
    options, tally = loads(batch["options"]), loads(batch["result"])
    rows, total = int(tally.get("rows", 0)), int(options.get("rows", 0))
    refused = [
        {"row": one["row"], "field": field_name(one["field"]), "reason": reason_sentence(one["reason"])}
        for one in islice(tally.get("refused", ()), MOST_SHOWN)
    ]
    code, _colon, sentence = batch["error"].partition(":")
    return {
        "status": batch["status"],
        "kind": "skus" if batch["verb"] == "import_skus" else "orders",
        "filename": options.get("filename") or options.get("file") or "",
        "file_id": options.get("file_id"),
        "rows": rows,
        "total": total,
        "percent": min(100, rows * 100 // total) if total else 0,
        "running": batch["status"] in ("queued", "running"),
        "counts": _counts(tally),
        "refused": refused,
        "refused_count": batch["refused_count"],
        "refused_more": max(0, batch["refused_count"] - len(refused)),
        "copy": "\n".join(f"{one['row']}\t{one['field']}\t{one['reason']}" for one in refused),
        "error": refusal_sentence(code, sentence.strip()) if batch["error"] else "",
        "created": tally.get("orders", {}).get("created", 0),
    }


def _counts(tally: dict[str, Any]) -> list[tuple[str, int]]:
    if "skus" in tally:
        return [
            (_("SKUs created"), tally["skus"]["created"]),
            (_("SKUs updated"), tally["skus"]["updated"]),
            (_("Stock counts changed"), tally["stock"]),
            (_("Listings paired"), tally["paired"]),
        ]
    orders = tally.get("orders", {})
    return [
        (_("Orders created"), orders.get("created", 0)),
        (_("Updated"), orders.get("updated", 0)),
        (_("Unchanged"), orders.get("unchanged", 0)),
        (_("Cancellations"), orders.get("cancelled", 0)),
        (_("Lines"), tally.get("lines", 0)),
    ]


def _find(organization_id: int, uuid: UUID) -> dict[str, Any] | None:
    found = sql.dicts(
        """
        SELECT verb, status, options, result, refused_count, error FROM core_batch
        WHERE organization_id = %s AND uuid = ANY(%s) AND verb IN ('import_orders', 'import_skus')
        ORDER BY uuid = %s DESC LIMIT 1
        """,
        [organization_id, [uuid, waiting_uuid(uuid)], uuid],
    )
    return found[0] if found else None


def _table(organization_id: int, batch: dict[str, Any]) -> list[list[str]]:
    """Row, field, reason and the file's own cells. Without the file, what the batch row kept."""
    options = loads(batch["options"])
    found = _read_again(organization_id, options, batch["verb"]) if options.get("file_id") else None
    if found is None:
        kept = loads(batch["result"]).get("refused", [])
        rows = [[str(one["row"]), field_name(one["field"]), reason_sentence(one["reason"])] for one in kept]
        return [[_("Row"), _("Field"), _("Reason")], *rows]
    return found


def _read_again(organization_id: int, options: dict[str, Any], verb: str) -> list[list[str]] | None:
    stored = files.find(organization_id, int(options["file_id"]))
    if stored is None or not stored[2].exists():
        return None
    reader, mapping = order_file(), options.get("mapping") or None
    store = store_by_id(organization_id, options["store_id"]) if options.get("store_id") else None
    try:
        if verb == "import_skus":
            header = reader.preview_skus(stored[2], mapping=mapping).header
            answers: Any = reader.skus(stored[2], currency=options.get("currency", "USD"), mapping=mapping)
        elif store is not None:
            header = reader.preview(stored[2], mapping=mapping).header
            answers = reader.orders(stored[2], time_zone=store.time_zone, currency=store.currency, mapping=mapping)
        else:
            return None
        refused = [answer for answer in answers if isinstance(answer, RefusedRow)]
    except FileRefused:
        return None
    rows = [[str(one.row), field_name(one.field), reason_sentence(one.reason), *map(str, one.cells)] for one in refused]
    return [[_("Row"), _("Field"), _("Reason"), *header], *rows]


def _xlsx(table: list[list[str]]) -> bytes:
    from rustpy_xlsxwriter import write_worksheet

    header = [f"{text} " if text in table[0][:place] else text for place, text in enumerate(table[0])]
    records = [dict(zip(header, [*row, *[""] * len(header)], strict=False)) for row in table[1:]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "refused.xlsx")
        write_worksheet(records or [dict.fromkeys(header, "")], str(path), sheet_name="refused", bold_headers=True)
        return path.read_bytes()


def _attachment(name: str) -> str:
    from django.utils.http import content_disposition_header

    return str(content_disposition_header(as_attachment=True, filename=name))
