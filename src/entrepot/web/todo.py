"""The to-do strip above a list: what is late, what is due, what waits for an answer. Every chip leads to its rows."""

from datetime import UTC, datetime
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext

from entrepot.orders.deadlines import todo_of_orders
from entrepot.orders.queries import Due, Moment
from entrepot.parcels.queries import todo_of_parcels
from entrepot.web import filters
from entrepot.web.tabs import Tab
from entrepot.web.words import Clock


def todo_of(organization_id: int, tab: Tab, moment: Moment, query: QueryDict) -> list[dict[str, Any]]:
    """The chips of this tab that have something to count; a chosen one stays, so that it can be left again."""
    if not tab.open or not tab.stages:
        return []
    if tab.subject == "order":
        found = todo_of_orders(organization_id, tab.stages, moment)
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
    return [chip for chip in chips if chip["count"] != "0" or chip["on"]]


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
