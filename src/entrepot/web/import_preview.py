"""What a file holds, and what its first rows would become, as the wizard shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from entrepot.connections.mappings import recall_mapping, store_remembering
from entrepot.connections.queries import stores_of
from entrepot.connections.stores import store_by_id
from entrepot.marketplaces.contract import UNKNOWN_TIME, OrderDraft, OrderKind
from entrepot.marketplaces.order_file import (
    ORDER_FIELDS,
    ORDER_FIELDS_ONE_OF,
    ORDER_FIELDS_REQUIRED,
    SKU_FIELDS,
    SKU_FIELDS_REQUIRED,
    Preview,
    RefusedRow,
    SkuDraft,
)
from entrepot.marketplaces.registry import order_file
from entrepot.orders.ingest import first_stage
from entrepot.web.moments import moment
from entrepot.web.reader_words import reason_sentence
from entrepot.web.tabs import REASONS, STAGES
from entrepot.web.words import country, money
from entrepot.web.words import zone as zone_named

SHOWN = 8
DELIMITERS = {",": _("comma"), ";": _("semicolon"), "\t": _("tab"), "|": _("bar")}
FIELDS = {
    "order_id": _("Order number"), "line_id": _("Line number"), "placed_at": _("Ordered at"), "paid_at": _("Paid at"),
    "ship_by_at": _("Ship by"), "status": _("Order status"), "payment_status": _("Payment status"),
    "currency": _("Currency"), "total": _("Total"), "buyer_id": _("Buyer's id"), "buyer_name": _("Buyer's name"),
    "buyer_note": _("Buyer's note"), "buyer_email": _("Buyer's e-mail"),
    "shipping_choice": _("Shipping chosen by buyer"),
    "recipient_name": _("Recipient"), "company": _("Company"), "line1": _("Street and number"),
    "line2": _("Second line"), "district": _("District"), "city": _("City"), "region": _("Region or province"),
    "postcode": _("Postcode"), "country": _("Country"), "phone": _("Phone"), "tax_id": _("Tax number"), "sku": _("SKU"),
    "title": _("Item name"), "variation": _("Variation"), "listing_id": _("Listing number"),
    "quantity": _("Quantity"), "unit_price": _("Unit price"), "cancelled_at": _("Cancelled at"),
    "shipped_at": _("Shipped at"), "code": _("SKU"), "name": _("Item name"), "name_customs_en": _("Customs name (English)"),
    "name_customs_zh": _("Customs name (Chinese)"), "hs_code": _("HS code"), "origin_country": _("Made in"),
    "weight_grams": _("Weight"), "value": _("Declared value"), "goods_class": _("Goods class"),
    "barcode": _("Barcode"), "on_hand": _("On hand"), "bin": _("Bin"), "image_url": _("Picture"),
}  # fmt: skip
OFTEN = (
    "order_id", "placed_at", "paid_at", "buyer_name", "recipient_name", "line1", "city", "postcode", "country", "phone",
    "sku", "title", "quantity", "unit_price", "currency",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user chose so far. `mapping` None: nothing yet, so what is remembered or found counts."""

    kind: str
    store_id: int | None
    mapping: Mapping[str, str] | None
    currency: str
    time_zone: str
    without: tuple[str, ...] = ()  # fields that this member may not import
    usual_store: int | None = None  # taken when none is chosen and none remembers such a file

    def of_store(self, store_id: int | None) -> "Choice":
        """The choice for this very store, or for one that is still to be made."""
        return replace(self, store_id=store_id, usual_store=None)


@dataclass(frozen=True, slots=True)
class Looked:
    """Everything the preview page shows of one file."""

    header: tuple[str, ...]
    store_id: int | None
    mapping: dict[str, str]
    row_count: int
    facts: list[tuple[str, str]]
    fields: list[dict[str, Any]]
    more_fields: list[dict[str, Any]]
    unmapped: tuple[str, ...]
    missing: list[str]
    rows: list[dict[str, Any]]
    remembered: bool
    other_kind: bool  # it looks like a file of the other kind
    ready: bool
    without: list[str]


def field_name(name: str) -> str:
    return gettext(FIELDS[name]) if name in FIELDS else name


def stores_to_choose(organization_id: int) -> list[dict[str, Any]]:
    return [store for store in stores_of(organization_id) if store["is_enabled"] and store["marketplace"] == "file"]


def look(organization_id: int, path: Path, filename: str, choice: Choice) -> Looked:
    """Reads the file under the choice.

    Raises:
        FileRefused: it cannot be read at all.
    """
    reader = order_file()
    read = reader.preview if choice.kind == "orders" else reader.preview_skus
    mapping, remembered = choice.mapping, False
    found = read(path, mapping=mapping, filename=filename)
    if choice.kind == "orders" and choice.store_id is None and choice.usual_store is not None:
        known_to = store_remembering(organization_id=organization_id, header=found.header)
        choice = choice.of_store(known_to or choice.usual_store)
    if mapping is None and choice.kind == "orders" and choice.store_id:
        known = recall_mapping(organization_id=organization_id, store_id=choice.store_id, header=found.header)
        if known is not None and all(not text or text in found.header for text in known.values()):
            mapping, remembered = known, True
            found = read(path, mapping=mapping, filename=filename)
    left_out = [name for name in choice.without if choice.kind == "skus" and name in found.mapping]
    if left_out:
        mapping = {**(mapping or {}), **dict.fromkeys(left_out, "")}
        found = read(path, mapping=mapping, filename=filename)
    full = {name: found.mapping.get(name, "") for name in _names(choice.kind)}
    fields = [_field(name, found, choice.kind) for name in _names(choice.kind)]
    shown = [one for one in fields if one["header"] or one["required"] or one["name"] in OFTEN]
    return Looked(
        header=found.header,
        store_id=choice.store_id,
        mapping=full,
        row_count=found.row_count,
        facts=_facts(found),
        fields=shown,
        more_fields=[one for one in fields if one not in shown],
        unmapped=found.unmapped,
        missing=[field_name(name) for name in found.missing],
        rows=[] if found.missing else _first_rows(organization_id, path, filename, choice, full),
        remembered=remembered,
        other_kind=bool(found.missing) and _is_other_kind(path, filename, choice.kind),
        ready=not found.missing and found.row_count > 0,
        without=[field_name(name) for name in left_out],
    )


def _names(kind: str) -> Sequence[str]:
    return ORDER_FIELDS if kind == "orders" else SKU_FIELDS


def _is_other_kind(path: Path, filename: str, kind: str) -> bool:
    reader = order_file()
    other = reader.preview_skus if kind == "orders" else reader.preview
    return not other(path, filename=filename).missing


def _facts(found: Preview) -> list[tuple[str, str]]:
    """(what, value) of the line above the table."""
    facts = [(gettext("Format"), found.format.upper())]
    if found.encoding:
        facts.append((gettext("Encoding"), found.encoding))
    if found.delimiter:
        facts.append((gettext("Separator"), gettext(DELIMITERS.get(found.delimiter, found.delimiter))))
    if found.sheet:
        facts.append((gettext("Sheet"), found.sheet))
    before = found.header_row - 1
    facts.append((gettext("Header row"), str(found.header_row)))
    if before:
        facts.append((gettext("Rows before it, left out"), str(before)))
    facts.append((gettext("Layout"), found.layout or gettext("by the headers' meaning")))
    facts.append((gettext("Data rows"), f"{found.row_count:,}"))
    return facts


def _field(name: str, found: Preview, kind: str) -> dict[str, Any]:
    header = found.mapping.get(name, "")
    required = ORDER_FIELDS_REQUIRED if kind == "orders" else SKU_FIELDS_REQUIRED
    one_of = kind == "orders" and name in ORDER_FIELDS_ONE_OF
    has_one = any(found.mapping.get(other) for other in ORDER_FIELDS_ONE_OF)
    position = found.header.index(header) if header in found.header else -1
    texts = [row[position] for row in found.sample if 0 <= position < len(row) and row[position].strip()]
    return {
        "name": name,
        "label": field_name(name),
        "header": header,
        "required": name in required or (one_of and not has_one),
        "one_of": one_of,
        "missing": not header and (name in required or (one_of and not has_one)),
        "samples": list(dict.fromkeys(text[:60] for text in texts))[:3],
    }


def _first_rows(
    organization_id: int, path: Path, filename: str, choice: Choice, mapping: Mapping[str, str]
) -> list[dict[str, Any]]:
    reader = order_file()
    if choice.kind == "skus":
        skus = reader.skus(path, currency=choice.currency, mapping=mapping, filename=filename)
        return [_sku_row(item) for item in islice(skus, SHOWN)]
    store = store_by_id(organization_id, choice.store_id) if choice.store_id else None
    zone, currency = (store.time_zone, store.currency) if store else (choice.time_zone, choice.currency)
    orders = reader.orders(path, time_zone=zone, currency=currency, mapping=mapping, filename=filename)
    return [_order_row(item, zone) for item in islice(orders, SHOWN)]


def _refused(item: RefusedRow) -> dict[str, Any]:
    return {"refused": True, "row": item.row, "field": field_name(item.field), "reason": reason_sentence(item.reason)}


def _order_row(item: OrderDraft | RefusedRow, zone: str) -> dict[str, Any]:
    if isinstance(item, RefusedRow):
        return _refused(item)
    stage = gettext("Takes lines back") if item.kind is OrderKind.CANCELLATION else gettext(STAGES[first_stage(item)])
    recipient = item.recipient
    return {
        "number": item.external_id,
        "placed": moment(item.placed_at, zone_named(zone)) if item.placed_at != UNKNOWN_TIME else "—",
        "stage": stage,
        "status": item.external_status,
        "recipient": recipient.name or recipient.company,
        "place": " · ".join(part for part in (country(recipient.country), recipient.city) if part),
        "lines": [f"{line.sku_code or line.title} × {line.quantity}" for line in item.lines[:3]],
        "more": max(0, len(item.lines) - 3),
        "total": money(item.total_minor, item.currency),
        "problems": [gettext(REASONS[problem]) if problem in REASONS else problem for problem in item.problems],
    }


def _sku_row(item: SkuDraft | RefusedRow) -> dict[str, Any]:
    if isinstance(item, RefusedRow):
        return _refused(item)
    values = item.values
    grams = values.get("weight_grams")
    return {
        "number": item.code,
        "title": values.get("name", ""),
        "customs": " · ".join(str(values[name]) for name in ("name_customs_en", "name_customs_zh") if values.get(name)),
        "hs_code": values.get("hs_code", ""),
        "weight": f"{grams:,} g" if grams is not None else "",
        "value": money(values["value_minor"], values.get("currency", "USD")) if "value_minor" in values else "",
        "on_hand": f"{values['on_hand']:,}" if values.get("on_hand") is not None else "",
        "bin": values.get("bin", ""),
    }
