"""The to-do strip above a list: what is late, what is due, what waits for an answer. Every chip leads to its rows."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from entrepot.orders.deadlines import todo_of_orders
from entrepot.orders.queries import Due, Filter, Moment
from entrepot.orders.todo_counts import filtered_todo_of_orders
from entrepot.parcels.queries import filtered_todo_of_parcels, parcel_where, todo_of_parcels
from entrepot.parcels.whereabouts import Mark, count_stopped
from entrepot.web import filters
from entrepot.web.tabs import SHIPPED, Tab
from entrepot.web.words import Clock


def todo_of(organization_id: int, tab: Tab, moment: Moment, query: QueryDict, wanted: Filter) -> list[dict[str, Any]]:
    """The chips of this tab that have something to count; a chosen one stays, so that it can be left again. The part of
    `wanted` that goes along with the reader counts; what the chips themselves choose does not."""
    if not tab.stages or not (tab.open or tab.subject == "parcel"):
        return []
    found = _found(organization_id, tab, moment, filters.carried(wanted))
    if not tab.open:
        return _stopped(found, tab, query)
    due = query.get("due", "")
    if tab.slug == "unpaid":
        chips = [_chip(query, Due.STOPS, "amb", gettext("Cancelled unpaid within 24 h"), _text(found, "stops"))]
    else:
        chips = [
            _chip(query, Due.OVERDUE, "red", gettext("Overdue"), _text(found, "overdue")),
            _chip(query, Due.TODAY, "amb", gettext("Due today"), _text(found, "today")),
        ]
        if found["day"] > found["today"] or due == Due.DAY:  # else it says nothing that today does not
            chips.append(_chip(query, Due.DAY, "amb", gettext("Within 24 h"), _text(found, "day")))
    chips.append(_asked(query, found, moment))
    return [*(chip for chip in chips if chip["count"] != "0" or chip["on"]), *_stopped(found, tab, query)]


def _found(organization_id: int, tab: Tab, moment: Moment, narrow: Filter) -> dict[str, Any]:
    """What there is to count on a tab: all of it, or as much as a filter holds."""
    stage, supply = tab.stages[0], tab.supply or ""
    whole = narrow == Filter()
    if tab.subject == "order":
        narrow = filters.without_services(narrow)
        whole = narrow == Filter()
        of_parcels = None if whole else parcel_where(organization_id, narrow, moment)
        stopped = count_stopped(organization_id, "", "", of_parcels)
        if whole:
            return todo_of_orders(organization_id, tab.stages, moment) | stopped
        return filtered_todo_of_orders(organization_id, stage, narrow, moment) | stopped
    if not tab.open:
        where = None if whole else parcel_where(organization_id, narrow, moment)
        return dict(count_stopped(organization_id, stage, supply, where))
    if whole:
        return todo_of_parcels(organization_id, stage, supply, moment)
    return filtered_todo_of_parcels(organization_id, stage, supply, narrow, moment)


def _text(found: Mapping[str, Any], name: str) -> str:
    """ "1,204"; "310+" where not all rows were looked at."""
    return f"{found[name]:,}{'+' if name in found.get('more', ()) else ''}"


def _stopped(found: dict[str, Any], tab: Tab, query: QueryDict) -> list[dict[str, Any]]:
    """Parcels whose orders were cancelled: here, where somebody has to say where they are, and to intercept, anywhere."""
    parcel = tab.subject == "parcel"
    chips = []
    for mark, slug in ((Mark.CANCELLED, tab.slug), (Mark.INTERCEPT, SHIPPED.slug)):
        count = found[mark.value]
        on = parcel and query.get("mark") == mark and tab.slug == slug
        if count or on:
            here = tab.slug == slug
            others = {} if here else dict.fromkeys(set(filters.NAMES) - set(filters.CARRIED))
            there = filters.query_of(query, **{**others, "mark": None if on else mark.value})
            href = there if here else reverse("desk", args=[slug]) + there
            chips.append({
                "kind": "red", "icon": "cross" if mark is Mark.CANCELLED else "alert",
                "name": gettext(filters.MARKS[mark]), "count": f"{count:,}", "on": on, "href": href,
            })  # fmt: skip
    return chips


def to_intercept(organization_id: int) -> list[dict[str, Any]]:
    """The number of parcels to intercept for the page Today; nothing where there are none."""
    catch = count_stopped(organization_id, "", "")["intercept"]
    if not catch:
        return []
    href = f"{reverse('desk', args=[SHIPPED.slug])}?mark={Mark.INTERCEPT.value}"
    name = gettext(filters.MARKS[Mark.INTERCEPT])
    return [{"name": name, "icon": "alert", "kind": "red", "count": f"{catch:,}", "parts": [], "href": href}]


def _chip(query: QueryDict, due: Due, kind: str, name: str, count: str) -> dict[str, Any]:
    on = query.get("due") == due
    href = filters.query_of(query, due=None if on else due.value)
    return {"kind": kind, "icon": "clock", "name": name, "count": count, "on": on, "href": href}


def _asked(query: QueryDict, found: dict[str, Any], moment: Moment) -> dict[str, Any]:
    """Buyers who ask to cancel, and how long the first of them can wait."""
    on = query.get("asked") == "1"
    return {
        "kind": "red",
        "icon": "alert",
        "name": gettext("To answer: cancellation asked"),
        "count": f"{found['asked']:,}",
        "more": first_answer(found["answer_by"], moment) if found["asked"] else "",
        "on": on,
        "href": filters.query_of(query, asked=None if on else "1"),
    }


def first_answer(instant: datetime | None, moment: Moment) -> str:
    """ "first in 5 h 12", "first 2 h 03 late", or nothing where no clock runs."""
    if instant is None:
        return ""
    _kind, span, _left = Clock.of(moment.at, UTC).until(instant)
    pattern = gettext("first {span} late") if instant < moment.at else gettext("first in {span}")
    return pattern.format(span=span)
