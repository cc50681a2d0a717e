"""Today: what is due, what is late, what waits, and each store's share of it. Every number leads to its list."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from entrepot.core.clock import now
from entrepot.core.permissions import Permission
from entrepot.orders import deadlines
from entrepot.orders import queries as order_reads
from entrepot.orders.queries import Due, Moment
from entrepot.parcels import queries as parcel_reads
from entrepot.parcels.whereabouts import Mark, unsettled_by_stage
from entrepot.web import collecting, filters, halted
from entrepot.web.access import MemberRequest, member_required
from entrepot.web.context import counts_of
from entrepot.web.tabs import AT_WAYBILL, IN_STOCK, ON_HOLD, SHIPPED, SHORT, TO_PACK, TO_PROCESS, TO_REVIEW, UNPAID, Tab
from entrepot.web.todo import first_answer, to_intercept
from entrepot.web.words import moment_of, zone_of

WORK = (TO_REVIEW, TO_PACK, TO_PROCESS, AT_WAYBILL, IN_STOCK, SHORT)
REFUSED = "notice.refused"
ANSWERED = (UNPAID, *WORK, ON_HOLD)  # wherever an order stands, its buyer may ask to be released


@member_required(Permission.VIEW)
def today(request: MemberRequest) -> HttpResponse:
    organization_id = request.membership.organization_id
    zone = zone_of(request)
    moment = moment_of(now(), zone)
    stores = filters.stores_of(organization_id)
    cells: dict[tuple[int, str], Mapping[str, int]] = {}
    for row in order_reads.open_by_store(organization_id, moment):
        cells[row["store_id"], _tab("order", row["stage"], "").slug] = row
    for row in parcel_reads.open_by_store(organization_id, moment):
        cells[row["store_id"], _tab("parcel", row["stage"], row["supply"]).slug] = row
    if any(store.marketplace != "file" for store in stores):
        cells |= collecting.cells(organization_id, moment)
    due = (*WORK, SHIPPED)  # what has left is ours until it was collected
    counts = counts_of(request)
    return render(
        request,
        "desk/today.html",
        {
            "numbers": [
                *halted.number(request),
                _number(gettext("Overdue"), "red", "overdue", cells.items(), {"due": "overdue"}, due),
                _number(gettext("Due today"), "amb", "today", cells.items(), {"due": "today"}, due),
                _asked(organization_id, moment),
                *_ending(organization_id, moment),
                *_refused(counts),
                *_cancelled(organization_id),
                *to_intercept(organization_id),
            ],
            "work": [
                {
                    "name": _name_of(tab),
                    "count": f"{sum(counts.get(key, 0) for key in tab.counts):,}",
                    "href": reverse("desk", args=[tab.slug]),
                }
                for tab in WORK
            ],
            "table": [_row(store, cells) for store in stores],
            "heads": [_name_of(tab) for tab in WORK],
            "has_orders": any(key != REFUSED for key in counts),  # that one is counted even where nothing is
            "day": f"{moment.at.astimezone(zone):%Y-%m-%d %H:%M}",
            "zone": str(zone),
        },
    )


def _name_of(tab: Tab) -> str:
    """The menu counts To print as a whole; here its halves stand apart, and say so."""
    halves = {IN_STOCK.slug: gettext("To print: in stock"), SHORT.slug: gettext("To print: short")}
    return halves.get(tab.slug) or gettext(tab.name)


def _tab(subject: str, stage: str, supply: str) -> Tab:
    for tab in (*WORK, ON_HOLD, UNPAID):
        if tab.subject == subject and stage in tab.stages and (subject == "order" or tab.supply == supply):
            return tab
    raise LookupError(f"{subject} {stage} {supply}")


def _number(
    name: str,
    kind: str,
    key: str,
    cells: Iterable[tuple[tuple[int, str], Mapping[str, int]]],
    query: dict[str, str],
    tabs: tuple[Tab, ...] = WORK,
) -> dict[str, Any]:
    """A big number, and where it comes from: tab by tab, each a link to exactly those rows."""
    by_tab: dict[str, int] = defaultdict(int)
    for (_store, slug), row in cells:
        by_tab[slug] += row.get(key, 0)
    work = [tab for tab in tabs if by_tab[tab.slug]]
    parts = [{"name": _name_of(tab), "count": f"{by_tab[tab.slug]:,}", "href": _link(tab, query)} for tab in work]
    total = sum(by_tab[tab.slug] for tab in tabs)
    return {
        "name": name,
        "icon": "clock",
        "kind": kind if total else "",
        "count": f"{total:,}",
        "parts": parts,
        "href": parts[0]["href"] if len(parts) == 1 else "",  # several lists: their own links stand below
    }


def _asked(organization_id: int, moment: Moment) -> dict[str, Any]:
    """Cancellations asked for, wherever the order stands, and how long the first of them can wait for its answer."""
    cells = {(0, _tab("order", row["stage"], "").slug): row for row in deadlines.asked_orders(organization_id)} | {
        (0, _tab("parcel", row["stage"], row["supply"]).slug): row
        for row in parcel_reads.asked_parcels(organization_id)
    }
    number = _number(gettext("To answer: cancellation asked"), "red", "asked", cells.items(), {"asked": "1"}, ANSWERED)
    first: list[datetime] = [row["answer_by"] for row in cells.values() if row["answer_by"]]
    return number | {"icon": "alert", "more": first_answer(min(first, default=None), moment)}


def _ending(organization_id: int, moment: Moment) -> list[dict[str, Any]]:
    """Unpaid orders that their marketplace cancels soon; nothing where no such clock runs."""
    count, first = deadlines.ending_unpaid(organization_id, moment)
    if not count:
        return []
    cells = {(0, UNPAID.slug): {"stops": count}}.items()
    number = _number(
        gettext("Cancelled unpaid within 24 h"), "amb", "stops", cells, {"due": Due.STOPS.value}, (UNPAID,)
    )
    return [number | {"more": first_answer(first, moment)}]


def _cancelled(organization_id: int) -> list[dict[str, Any]]:
    """Parcels whose orders were cancelled and of which nobody has said where they are; nothing where there are none."""
    tabs = (TO_PROCESS, AT_WAYBILL, IN_STOCK, SHORT, SHIPPED)
    found = {(row["stage"], row["supply"]): row for row in unsettled_by_stage(organization_id)}
    cells = {(0, tab.slug): row for tab in tabs if (row := found.get((tab.stages[0], tab.supply or "")))}
    if not cells:
        return []
    name = gettext(filters.MARKS[Mark.CANCELLED])
    number = _number(name, "red", "cancelled", cells.items(), {"mark": Mark.CANCELLED.value}, tabs)
    return [number | {"icon": "cross"}]


def _refused(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Parcels whose number a marketplace refused; nothing where all were taken."""
    count = counts.get(REFUSED, 0)
    if not count:
        return []
    number = {"name": gettext("Refused notices"), "icon": "cross", "kind": "red", "count": f"{count:,}"}
    return [number | {"parts": [], "href": reverse("notices")}]


def _link(tab: Tab, query: dict[str, str]) -> str:
    pairs = "&".join(f"{name}={value}" for name, value in query.items())
    return f"{reverse('desk', args=[tab.slug])}?{pairs}"


def _row(store: filters.Store, cells: Mapping[tuple[int, str], Mapping[str, int]]) -> dict[str, Any]:
    mine = {tab.slug: cells.get((store.id, tab.slug), {}) for tab in (*WORK, SHIPPED)}
    return {
        "name": store.name,
        "late": _of_store(store, mine, "overdue", Due.OVERDUE),
        "due": _of_store(store, mine, "today", Due.TODAY),
        "cells": [
            {
                "count": f"{mine[tab.slug].get('total', 0):,}" if mine[tab.slug] else "",
                "href": _link(tab, {"store": str(store.id)}),
            }
            for tab in WORK
        ],
    }


def _of_store(store: filters.Store, mine: Mapping[str, Mapping[str, int]], key: str, due: Due) -> dict[str, str]:
    """A store's number, and its list where all of it stands in one."""
    tabs = [tab for tab in (*WORK, SHIPPED) if mine[tab.slug].get(key)]
    count = sum(mine[tab.slug][key] for tab in tabs)
    one = _link(tabs[0], {"store": str(store.id), "due": due.value}) if len(tabs) == 1 else ""
    return {"count": f"{count:,}" if count else "", "href": one}
