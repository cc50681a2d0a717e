"""The filter of a list, read from the address and written back to it; every condition is a chip that can be removed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from entrepot.connections.begun import IS_BEGUN
from entrepot.connections.sender import IS_WHOLE
from entrepot.core import sql
from entrepot.orders.queries import Cursor, Due, Filter, Window
from entrepot.parcels.whereabouts import Mark
from entrepot.web.tabs import DUE, REASONS, Tab
from entrepot.web.words import country, zone

NAMES = ("store", "country", "service", "printed", "due", "asked", "mark", "reason", "from", "to")
CARRIED = ("store", "country", "service", "from", "to")  # what goes along to another tab
MARKS = {Mark.CANCELLED: _("Cancelled: has it left?"), Mark.INTERCEPT: _("To intercept")}
SIZES = (50, 100, 200)


@dataclass(frozen=True, slots=True)
class Store:
    id: int
    name: str
    time_zone: str
    marketplace: str
    is_enabled: bool
    has_sender: bool  # what stands on labels as FROM
    fulfilment: str  # who ships: "own", or whom we only watch


@dataclass(frozen=True, slots=True)
class Service:
    id: int
    name: str
    numbering: str
    is_enabled: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition in words; `href` is the list without it."""

    name: str
    value: str
    href: str


def stores_of(organization_id: int) -> list[Store]:
    found = sql.rows(
        f"""
        SELECT id, name, time_zone, marketplace, is_enabled, {IS_WHOLE}, fulfilment FROM connections_store s
        WHERE s.organization_id = %(org)s AND NOT {IS_BEGUN} ORDER BY name
        """,
        {"org": organization_id},
    )
    return [Store(*row) for row in found]


def services_of(organization_id: int) -> list[Service]:
    found = sql.rows(
        """
        SELECT id, name, numbering, is_enabled FROM connections_shippingservice
        WHERE organization_id = %s ORDER BY name
        """,
        [organization_id],
    )
    return [Service(*row) for row in found]


def read_filter(query: QueryDict, tab: Tab, stores: Sequence[Store]) -> Filter:
    """What the address asks for. Values that make no sense are left out rather than refused."""
    due = query.get("due", "")
    reason = query.get("reason", "")
    printed = query.get("printed", "")
    parcel = tab.subject == "parcel"
    return Filter(
        stages=tab.stages,
        supply=tab.supply if parcel else None,
        stores=_ids(query.getlist("store")),
        countries=tuple(
            sorted({code for code in query.getlist("country") if code == "" or re.fullmatch("[A-Z]{2}", code)})
        ),
        services=_ids(query.getlist("service")) if parcel else (),
        printed={"1": True, "0": False}.get(printed) if parcel else None,
        due=Due(due) if due in set(Due) and not (parcel and due == Due.STOPS) else None,
        asked=query.get("asked") == "1",
        mark=mark if parcel and (mark := query.get("mark", "")) in MARKS else "",
        reason=reason if not parcel and (reason in REASONS or reason == "none") else "",
        placed=_windows(_day(query.get("from", "")), _day(query.get("to", "")), stores),
    )


def _ids(values: Sequence[str]) -> tuple[int, ...]:
    return tuple(sorted({number for value in values if (number := id_of(value)) is not None}))


def id_of(text: str) -> int | None:
    """The id an address names, if it names one: other digits than ours and numbers too large for the database do not."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def text_of(query: QueryDict, name: str) -> str:
    """A typed text as the database can take it."""
    return query.get(name, "").replace("\0", "").strip()


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 <= day.year <= 2999 else None


def _windows(first: date | None, last: date | None, stores: Sequence[Store]) -> tuple[Window, ...]:
    """The days `first` to `last` in each store's own zone."""
    if first is None and last is None:
        return ()
    zones: dict[str, list[int]] = {}
    for store in stores:
        zones.setdefault(store.time_zone, []).append(store.id)
    return tuple(
        Window(
            tuple(ids),
            _midnight(first, name) if first else None,
            _midnight(last + timedelta(days=1), name) if last else None,
        )
        for name, ids in zones.items()
    )


def _midnight(day: date, zone_name: str) -> datetime:
    return datetime.combine(day, time(), zone(zone_name)).astimezone(UTC)


def query_of(query: QueryDict, **changes: str | Sequence[str] | None) -> str:
    """The filter part of the address as a query string, with some names changed; cursors are dropped."""
    pairs: list[tuple[str, str]] = []
    for name in (*NAMES, "size"):
        values = changes.get(name, query.getlist(name)) if name in changes else query.getlist(name)
        values = [] if values is None else [values] if isinstance(values, str) else values
        pairs += [(name, value) for value in values if value]
    return f"?{urlencode(pairs)}" if pairs else "?"


def carried(wanted: Filter) -> Filter:
    """The part of a filter that means the same on every tab."""
    return Filter(stores=wanted.stores, countries=wanted.countries, services=wanted.services, placed=wanted.placed)


def without_services(wanted: Filter) -> Filter:
    """As orders take it: they have no shipping service yet."""
    return replace(wanted, services=())


def carried_query(query: QueryDict, tab: Tab) -> str:
    """The address of that part, as `tab` takes it; "" for none."""
    names = CARRIED if tab.subject == "parcel" else tuple(name for name in CARRIED if name != "service")
    found = query_of(query, **dict.fromkeys(name for name in NAMES if name not in names))
    return "" if found == "?" else found


def chips_of(query: QueryDict, wanted: Filter, stores: Sequence[Store], services: Mapping[int, str]) -> list[Chip]:
    names = {store.id: store.name for store in stores}
    chips: list[Chip] = []

    def add(name: str, value: str, **without: Sequence[str] | None) -> None:
        chips.append(Chip(name, value, query_of(query, **without)))

    for one in wanted.stores:
        add(gettext("Store"), names.get(one, str(one)), store=[v for v in query.getlist("store") if v != str(one)])
    for code in wanted.countries:
        rest = [v for v in query.getlist("country") if v != code]
        add(gettext("Country"), country(code) if code else gettext("none"), country=rest)
    for one in wanted.services:
        rest = [v for v in query.getlist("service") if v != str(one)]
        add(gettext("Service"), services.get(one, str(one)), service=rest)
    if wanted.printed is not None:
        add(gettext("Label"), gettext("Printed") if wanted.printed else gettext("Not printed"), printed=None)
    if wanted.due is not None:
        add(gettext("Deadline"), gettext(DUE[wanted.due]), due=None)
    if wanted.asked:
        add(gettext("Buyer"), gettext("Cancellation asked"), asked=None)
    if wanted.mark:
        add(gettext("Parcel"), gettext(MARKS[Mark(wanted.mark)]), mark=None)
    if wanted.reason:
        words_of_reason = REASONS.get(wanted.reason)
        add(gettext("Reason"), gettext(words_of_reason) if words_of_reason else gettext("None"), reason=None)
    if wanted.placed:
        first, last = query.get("from", ""), query.get("to", "")
        add(gettext("Placed"), f"{first or '…'} – {last or '…'}", **{"from": None, "to": None})
    return chips


def is_bare(wanted: Filter, tab: Tab) -> bool:
    """Nothing but the tab itself."""
    plain = replace(wanted, stages=tab.stages, supply=wanted.supply)
    return plain == Filter(stages=tab.stages, supply=wanted.supply)


def read_cursor(query: QueryDict) -> Cursor | None:
    for name, back in (("after", False), ("before", True)):
        text, _, number = query.get(name, "").partition("~")
        last = id_of(number)
        if text and last is not None:
            try:
                value = datetime.fromisoformat(text)
            except ValueError:
                continue
            return Cursor(value, last, back) if value.tzinfo else None
    return None


def read_size(query: QueryDict) -> int:
    text = query.get("size", "")
    return int(text) if text in map(str, SIZES) else 100
