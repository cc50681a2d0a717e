"""The to-do strip above a list: what is late, what is due, what waits for an answer. Every chip leads to its rows."""

from datetime import UTC, datetime
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from entrepot.orders.deadlines import todo_of_orders
from entrepot.orders.queries import Due, Moment
from entrepot.parcels.queries import todo_of_parcels
from entrepot.parcels.whereabouts import Mark, count_stopped
from entrepot.web import filters
from entrepot.web.tabs import SHIPPED, Tab
from entrepot.web.words import Clock


def todo_of(organization_id: int, tab: Tab, moment: Moment, query: QueryDict) -> list[dict[str, Any]]:
    """The chips of this tab that have something to count; a chosen one stays, so that it can be left again."""
    if not tab.stages or not (tab.open or tab.subject == "parcel"):
        return []
    if not tab.open:
        return _stopped(count_stopped(organization_id, tab.stages[0], tab.supply or ""), tab, query)
    if tab.subject == "order":
        found = todo_of_orders(organization_id, tab.stages, moment) | count_stopped(organization_id, "", "")
    else:
        found = todo_of_parcels(organization_id, tab.stages[0], tab.supply or "", moment)
    due = query.get("due", "")
    if tab.slug == "unpaid":
        chips = [_chip(query, Due.STOPS, "amb", gettext("Cancelled unpaid within 24 h"), found["stops"])]
    else:
        chips = [
            _chip(query, Due.OVERDUE, "red", gettext("Overdue"), found["overdue"]),
            _chip(query, Due.TODAY, "amb", gettext("Due today"), found["today"]),
        ]
        if found["day"] > found["today"] or due == Due.DAY:  # else it says nothing that today does not
            chips.append(_chip(query, Due.DAY, "amb", gettext("Within 24 h"), found["day"]))
    chips.append(_asked(query, found, moment))
    return [*(chip for chip in chips if chip["count"] != "0" or chip["on"]), *_stopped(found, tab, query)]


def _stopped(found: dict[str, Any], tab: Tab, query: QueryDict) -> list[dict[str, Any]]:
    """Parcels whose orders were cancelled: here, where somebody has to say where they are, and to intercept, anywhere."""
    parcel = tab.subject == "parcel"
    chips = []
    for mark, slug in ((Mark.CANCELLED, tab.slug), (Mark.INTERCEPT, SHIPPED.slug)):
        count = found[mark.value]
        on = parcel and query.get("mark") == mark and tab.slug == slug
        if count or on:
            own = filters.query_of(query, mark=None if on else mark.value)
            href = own if tab.slug == slug else f"{reverse('desk', args=[slug])}?mark={mark.value}"
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


def _chip(query: QueryDict, due: Due, kind: str, name: str, count: int) -> dict[str, Any]:
    on = query.get("due") == due
    href = filters.query_of(query, due=None if on else due.value)
    return {"kind": kind, "icon": "clock", "name": name, "count": f"{count:,}", "on": on, "href": href}


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
