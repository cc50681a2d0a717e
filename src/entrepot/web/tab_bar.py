"""The tabs above a list, each with its count. A filter that goes along with the reader is counted along."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from entrepot.orders.queries import Filter, Moment
from entrepot.orders.stage_counts import Counted, Stage, count_orders_by_stage
from entrepot.parcels.queries import count_parcels_by_stage
from entrepot.web import filters
from entrepot.web.tabs import BAR, IN_STOCK, SHORT, Tab

NUMBERED = tuple(tab for tab in (*BAR, SHORT) if tab is not None and tab.counts)


def counts_of_tabs(organization_id: int, kept: Mapping[str, int], wanted: Filter, moment: Moment) -> dict[str, Counted]:
    """By slug. The kept counts (`kept`) where nothing narrows the tab; else counted, at the cost of a bounded look."""
    narrow = filters.carried(wanted)
    counts = {tab.slug: Counted(sum(kept.get(key, 0) for key in tab.counts), False) for tab in NUMBERED}
    for subject, count, mine in (
        ("order", count_orders_by_stage, filters.without_services(narrow)),
        ("parcel", count_parcels_by_stage, narrow),
    ):
        if mine == Filter():
            continue
        tabs = [tab for tab in NUMBERED if tab.subject == subject]
        stages = [Stage(tab.stages[0], tab.supply, not tab.open) for tab in tabs]
        counts |= zip((tab.slug for tab in tabs), count(organization_id, stages, mine, moment), strict=True)
    return counts


def bar_of(here: Tab, counts: Mapping[str, Counted], query: QueryDict) -> list[dict[str, Any] | None]:
    bar: list[dict[str, Any] | None] = []
    for tab in BAR:
        if tab is None:
            bar.append(None)
            continue
        if tab.rare and tab is not here and not counts[tab.slug].count:
            continue
        halves = [counts[one.slug] for one in ((IN_STOCK, SHORT) if tab is IN_STOCK else (tab,)) if one.slug in counts]
        bar.append(
            {
                "name": gettext(tab.name),
                "href": _href(tab, query),
                "count": _text(Counted(sum(one.count for one in halves), any(one.more for one in halves)))
                if halves
                else "",
                "on": tab is here or (tab is IN_STOCK and here is SHORT),
            }
        )
    return bar


def halves_of(here: Tab, counts: Mapping[str, Counted], query: QueryDict) -> list[dict[str, Any]]:
    """In stock and Short, the two halves of To print."""
    if here not in (IN_STOCK, SHORT):
        return []
    return [
        {"name": name, "href": _href(tab, query), "count": _text(counts[tab.slug]), "on": tab is here}
        for tab, name in ((IN_STOCK, gettext("In stock")), (SHORT, gettext("Short")))
    ]


def _href(tab: Tab, query: QueryDict) -> str:
    return reverse("desk", args=[tab.slug]) + filters.carried_query(query, tab)


def _text(counted: Counted) -> str:
    """ "1,204", "310+" where more may fit, nothing where none was seen and more may."""
    if counted.more:
        return f"{counted.count:,}+" if counted.count else ""
    return f"{counted.count:,}"
