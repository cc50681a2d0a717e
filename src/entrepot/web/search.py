"""One search box: one number opens its row, many numbers show all that are found and name the others."""

import re
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from entrepot.core.clock import now
from entrepot.core.permissions import Permission
from entrepot.orders import queries as order_reads
from entrepot.orders.queries import Filter, Sort
from entrepot.parcels import queries as parcel_reads
from entrepot.parcels.notices import told_of
from entrepot.web import filters, rows
from entrepot.web.access import MemberRequest, member_required
from entrepot.web.tabs import KINDS, Tab
from entrepot.web.words import Clock, moment_of, zone_of

MOST_NUMBERS = 1000
MOST_ROWS = 200
MOST_HITS = 1000
SEPARATORS = re.compile(r"[,;，；、\s]+")
ORDERS = Tab("found", "", "order", (), (), sort=Sort.NEWEST)
PARCELS = Tab("found", "", "parcel", (), (), sort=Sort.LATEST_DEADLINE)


@dataclass(slots=True)
class Found:
    orders: list[int] = field(default_factory=list)
    parcels: list[int] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def parts_of(text: str) -> list[str]:
    """The numbers of a pasted list, each once, in order."""
    return list(dict.fromkeys(part for part in SEPARATORS.split(text.strip()) if part))[:MOST_NUMBERS]


def find(organization_id: int, kind: str, text: str) -> Found:
    """Exact numbers first; a text that is none is looked for inside numbers, names and SKUs.

    Several parts are taken as several numbers when we know at least one of them, and among numbers as SKUs, or when
    all are SKUs; else as words ("Ana Souza").
    """
    found, parts = Found(), parts_of(text)
    if not parts:
        return found
    whole = text.strip()
    exact = [*parts, whole] if len(parts) > 1 else parts
    orders = order_reads.by_numbers(organization_id, exact) if kind in ("all", "order") else {}
    parcels = parcel_reads.by_numbers(organization_id, _parcel_names(kind, exact)) if kind in _PARCEL_KINDS else {}
    orders |= _by_codes(organization_id, kind, parts, {*orders, *parcels}, whole)
    known = {*orders, *parcels} | {name.removeprefix("P-") for name in parcels if kind == "parcel"}
    if known:
        found.orders = list(dict.fromkeys(i for ids in orders.values() for i in ids))[:MOST_HITS]
        found.parcels = list(dict.fromkeys(i for ids in parcels.values() for i in ids))
        found.unknown = [] if whole in known else [part for part in parts if part not in known]
        return found
    if kind in ("waybill", "parcel"):
        found.unknown = parts
        return found
    found.orders = order_reads.by_words(organization_id, whole, most=MOST_HITS)
    if kind != "all" and found.orders:
        found.orders = order_reads.among(organization_id, found.orders, kind, whole)
    if not found.orders:
        found.unknown = parts if len(parts) > 1 else [whole]
    return found


def _by_codes(organization_id: int, kind: str, parts: list[str], numbers: set[str], whole: str) -> dict[str, list[int]]:
    """Those of several parts that are no numbers but SKUs."""
    rest = [part for part in parts if part not in numbers]
    if kind not in ("all", "sku") or len(parts) < 2 or not rest or whole in numbers:
        return {}
    codes = order_reads.by_codes(organization_id, rest, most=MOST_HITS)
    return codes if numbers or kind == "sku" or len(codes) == len(rest) else {}


_PARCEL_KINDS = ("all", "waybill", "parcel")


def _parcel_names(kind: str, parts: list[str]) -> list[str]:
    return [f"P-{part}" if part.isdigit() else part for part in parts] if kind == "parcel" else parts


@member_required(Permission.VIEW)
def search(request: MemberRequest) -> HttpResponse:
    sent = request.POST if request.method == "POST" else request.GET
    kind = sent.get("kind", "all") if sent.get("kind") in KINDS else "all"
    text = filters.text_of(sent, "q")
    organization_id = request.membership.organization_id
    found = find(organization_id, kind, text)
    return render(request, "desk/search.html", _values(request, found) | {"search_kind": kind, "search_text": text})


def _values(request: MemberRequest, found: Found) -> dict[str, Any]:
    organization_id = request.membership.organization_id
    zone = zone_of(request)
    moment = moment_of(now(), zone)
    clock = Clock.of(moment.at, zone)
    stores = {store.id: store for store in filters.stores_of(organization_id)}
    services = {one.id: one.name for one in filters.services_of(organization_id)}
    orders = parcels = None
    if found.orders:
        wanted = Filter(ids=tuple(found.orders))
        orders = order_reads.list_orders(organization_id, wanted, moment, sort=Sort.NEWEST, cursor=None, size=MOST_ROWS)
    if found.parcels:
        wanted = Filter(ids=tuple(found.parcels))
        parcels = parcel_reads.list_parcels(
            organization_id, wanted, moment, sort=Sort.LATEST_DEADLINE, cursor=None, size=MOST_ROWS
        )
    told = told_of(organization_id, [row["id"] for row in parcels.rows]) if parcels else {}
    only = orders.rows[0] if orders and not parcels and len(orders.rows) == 1 else None
    single = parcels.rows[0] if parcels and not orders and len(parcels.rows) == 1 else None
    return {
        "orders": rows.order_rows(orders.rows, ORDERS, clock, stores) if orders else "",
        "parcels": rows.parcel_rows(parcels.rows, PARCELS, clock, stores, services, told) if parcels else "",
        "order_count": f"{len(found.orders):,}",
        "parcel_count": f"{len(found.parcels):,}",
        "cut": MOST_ROWS if max(len(found.orders), len(found.parcels)) > MOST_ROWS else 0,
        "most_hits": len(found.orders) >= MOST_HITS,
        "unknown": found.unknown,
        "unknown_text": "\n".join(found.unknown),
        "open": f"/orders/{only['id']}/" if only else f"/parcels/{single['id']}/" if single else "",
    }
