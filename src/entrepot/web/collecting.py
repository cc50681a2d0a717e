"""What awaits collection, above the list of shipped parcels and on the page Today."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext

from entrepot.orders.queries import Due, Filter, Moment
from entrepot.parcels.collecting import awaiting_by_store
from entrepot.parcels.queries import parcel_where
from entrepot.web import filters
from entrepot.web.tabs import SHIPPED, Tab


def cells(organization_id: int, moment: Moment) -> dict[tuple[int, str], Mapping[str, int]]:
    """(store, tab) -> counts, as the page Today adds them up."""
    return {(row["store_id"], SHIPPED.slug): row for row in awaiting_by_store(organization_id, moment)}


def chips(organization_id: int, tab: Tab, moment: Moment, query: QueryDict, wanted: Filter) -> list[dict[str, Any]]:
    """Chips of the strip; a chosen one stays, so that it can be left again. No statement on other tabs."""
    if tab is not SHIPPED:
        return []
    narrow = filters.carried(wanted)
    where = None if narrow == Filter() else parcel_where(organization_id, narrow, moment)
    found = awaiting_by_store(organization_id, moment, where)
    named = (
        (Due.OVERDUE, "red", gettext("Not collected: overdue"), sum(row["overdue"] for row in found)),
        (Due.TODAY, "amb", gettext("To be collected today"), sum(row["today"] for row in found)),
    )
    return [
        {
            "kind": kind,
            "icon": "truck",
            "name": name,
            "count": f"{count:,}",
            "on": query.get("due") == due,
            "href": filters.query_of(query, due=None if query.get("due") == due else due.value),
        }
        for due, kind, name, count in named
        if count or query.get("due") == due
    ]
