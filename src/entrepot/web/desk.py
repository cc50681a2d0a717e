"""The desk's lists: one tab, one filter, one page of rows. A fixed number of statements per page."""

from typing import Any
from uuid import uuid4

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext, ngettext

from entrepot.core.batch import VERBS
from entrepot.core.clock import now
from entrepot.core.permissions import Permission
from entrepot.orders import queries as order_reads
from entrepot.orders.queries import MOST_COUNTED, Cursor, Due, Page
from entrepot.parcels import queries as parcel_reads
from entrepot.parcels.collecting import collect_by_of
from entrepot.parcels.notices import told_of
from entrepot.web import collecting, filters, halted, rows, tab_bar
from entrepot.web.access import MemberRequest, member_required
from entrepot.web.context import counts_of
from entrepot.web.tabs import DUE, LABELS, REASONS, SHIPPED, SORTS, TABS, TO_REVIEW, Tab, answers_last, offered
from entrepot.web.todo import todo_of
from entrepot.web.undoing import last_acts
from entrepot.web.words import Clock, country, moment_of, zone_of


class View:
    """What one list page shows, before it is put into words: its tab, its filter, and what "now" means."""

    def __init__(self, request: MemberRequest, tab: Tab) -> None:
        self.request, self.tab = request, tab
        self.organization_id = request.membership.organization_id
        self.stores = filters.stores_of(self.organization_id)
        self.services = filters.services_of(self.organization_id) if tab.subject == "parcel" else []
        self.zone = zone_of(request)
        self.moment = moment_of(now(), self.zone)
        self.wanted = filters.read_filter(request.GET, tab, self.stores)

    @property
    def bare(self) -> bool:
        return filters.is_bare(self.wanted, self.tab)

    def total(self) -> int:
        """Rows of this filter: kept counts for a whole tab, counted (up to a limit) for anything narrower."""
        if self.bare and self.tab.counts:
            counts = counts_of(self.request)
            return sum(counts.get(key, 0) for key in self.tab.counts)
        count = order_reads.count_orders if self.tab.subject == "order" else parcel_reads.count_parcels
        return count(self.organization_id, self.wanted, self.moment)

    def ids(self, most: int) -> list[int]:
        """The ids of this filter now, in list order."""
        read = order_reads.order_ids if self.tab.subject == "order" else parcel_reads.parcel_ids
        return read(self.organization_id, self.wanted, self.moment, sort=self.tab.sort, most=most)

    def page(self, cursor: Cursor | None, size: int) -> Page:
        read = order_reads.list_orders if self.tab.subject == "order" else parcel_reads.list_parcels
        return read(self.organization_id, self.wanted, self.moment, sort=self.tab.sort, cursor=cursor, size=size)

    def html(self, page: Page) -> str:
        clock = Clock.of(self.moment.at, self.zone)
        stores = {store.id: store for store in self.stores}
        if self.tab.subject == "order":
            return rows.order_rows(page.rows, self.tab, clock, stores)
        told = told_of(self.organization_id, [row["id"] for row in page.rows]) if self.told else {}
        if self.tab is SHIPPED and self.told:
            due = collect_by_of(self.organization_id, [row["id"] for row in page.rows])
            for row in page.rows:
                row["collect_by_at"] = due.get(row["id"])
        return rows.parcel_rows(page.rows, self.tab, clock, stores, self.service_names, told)

    @property
    def told(self) -> bool:
        """Whether there is a marketplace that could be told anything."""
        return any(store.marketplace != "file" for store in self.stores)

    @property
    def service_names(self) -> dict[int, str]:
        return {service.id: service.name for service in self.services}


def tab_of(slug: str) -> Tab:
    if slug not in TABS:
        raise Http404(slug)
    return TABS[slug]


@member_required(Permission.VIEW)
def first(request: MemberRequest) -> HttpResponse:
    return redirect("desk", "review")


@member_required(Permission.VIEW)
def desk(request: MemberRequest, slug: str) -> HttpResponse:
    """A tab's list. htmx asks for the list alone after an act; then the rail's counts come along."""
    view = View(request, tab_of(slug))
    only_list = request.headers.get("HX-Target") == "desk"
    template = "desk/refresh.html" if only_list else "desk/desk.html"
    return render(request, template, list_values(view))


def list_values(view: View) -> dict[str, Any]:
    request, tab = view.request, view.tab
    query, size = request.GET, filters.read_size(request.GET)
    cursor = filters.read_cursor(query)
    page = view.page(cursor, size)
    if cursor is not None and not page.rows:  # what stood here has moved on: the list begins anew
        page = view.page(None, size)
    total = view.total()
    sort = tab.sort.column
    counts = tab_bar.counts_of_tabs(view.organization_id, counts_of(request), view.wanted, view.moment)
    return {
        "tab": tab,
        "tab_name": gettext(tab.name),
        "bar": tab_bar.bar_of(tab, counts, query),
        "halves": tab_bar.halves_of(tab, counts, query),
        "halted": halted.chips(request),
        "senderless": senderless(view),
        "todo": [
            *todo_of(view.organization_id, tab, view.moment, query, view.wanted),
            *(collecting.chips(view.organization_id, tab, view.moment, query, view.wanted) if view.told else ()),
        ],
        "reasons": _reasons(view),
        "chips": filters.chips_of(query, view.wanted, view.stores, view.service_names),
        "bare": view.bare,
        "clear": filters.query_of(query, **dict.fromkeys(filters.NAMES)),
        "stores": [(store.id, store.name, store.id in view.wanted.stores) for store in view.stores],
        "services": [(one.id, one.name, one.id in view.wanted.services) for one in view.services],
        "typed_only": bool(view.services) and all(one.numbering == "typed" for one in view.services),
        "sync_url": reverse("stores-sync")
        if tab is TO_REVIEW and view.told and Permission.IMPORT in request.actor.permissions
        else "",
        "countries_url": f"{reverse('desk-countries', args=[tab.slug])}{filters.query_of(query)}",
        "country_chosen": query.getlist("country"),
        "menus": _menus(view),
        "hidden": [(name, value) for name in filters.NAMES for value in query.getlist(name)],
        "from": query.get("from", ""),
        "to": query.get("to", ""),
        "query": filters.query_of(query),
        "rows": view.html(page),
        "empty": not page.rows,
        "total": total,
        "total_text": f"{MOST_COUNTED:,}+" if total > MOST_COUNTED and not view.bare else f"{total:,}",
        "shown": f"{len(page.rows):,}",
        "sizes": [(one, filters.query_of(query, size=str(one)), one == size) for one in filters.SIZES],
        "previous": _cursor_link(view, "before", page.rows[0], sort) if page.has_before and page.rows else "",
        "following": _cursor_link(view, "after", page.rows[-1], sort) if page.has_more else "",
        "sort": gettext(SORTS[tab.sort]),
        "acts": acts_of(view),
        "next": _next(tab),
        "undo": last_acts(request)[1],
        "uuid": str(uuid4()),
        "is_first": "after" not in query and "before" not in query,
    }


def acts_of(view: View) -> list[dict[str, Any]]:
    """The verbs of the bar that this member may use; the last one is coloured."""
    acts = answers_last(view.tab.acts, asked=view.wanted.asked)
    allowed = [
        act
        for act in acts
        if VERBS[act.verb].permission in view.request.actor.permissions
        and (act.slug != "notify" or view.told)
        and offered(act, asked=view.wanted.asked, mark=view.wanted.mark)
    ]
    return [
        {
            "slug": act.slug,
            "name": gettext(act.name),
            "key": act.key,
            "dialog": act.dialog,
            "bad": act.bad,
            "main": act is acts[-1] and not act.bad,
            "url": reverse("desk-act", args=[view.tab.slug, act.slug]),
        }
        for act in allowed
    ]


def senderless(view: View) -> list[dict[str, Any]]:
    """Stores in use whose labels lack a sender, on the tabs where labels are printed: two by name, else how many."""
    if LABELS not in view.tab.acts or not view.tab.open:
        return []
    found = [store for store in view.stores if store.is_enabled and not store.has_sender]
    if len(found) > 2:
        words = ngettext("%(count)s store without a sender", "%(count)s stores without a sender", len(found))
        return [{"name": words % {"count": len(found)}, "href": reverse("stores")}]
    return [
        {"name": gettext("No sender: %(store)s") % {"store": store.name}, "href": reverse("store", args=[store.id])}
        for store in found
    ]


def _menus(view: View) -> list[dict[str, Any]]:
    """Filters of which one value holds at a time: a click on it is enough."""
    query, menus = view.request.GET, []
    if view.tab.subject == "parcel":
        choices = [
            (gettext("Not printed"), filters.query_of(query, printed="0")),
            (gettext("Printed"), filters.query_of(query, printed="1")),
        ]
        menus.append({"name": gettext("Label"), "choices": choices})
    if view.tab.open:
        kinds = [due for due in Due if due is not Due.STOPS or view.tab.slug == "unpaid"]
        choices = [(gettext(DUE[due]), filters.query_of(query, due=due.value)) for due in kinds]
        menus.append({"name": gettext("Deadline"), "choices": choices})
    return menus


def _reasons(view: View) -> list[dict[str, Any]]:
    if view.tab.slug != "review":
        return []
    query = view.request.GET
    return [
        {
            "name": gettext(REASONS[reason]) if reason in REASONS else reason,
            "count": f"{count:,}",
            "on": view.wanted.reason == reason,
            "href": filters.query_of(query, reason=None if view.wanted.reason == reason else reason),
        }
        for reason, count in order_reads.reasons_of(
            view.organization_id, filters.without_services(filters.carried(view.wanted)), view.moment
        ).items()
    ]


def _cursor_link(view: View, name: str, row: dict[str, Any], column: str) -> str:
    value = row[column].isoformat().replace("+", "%2B")
    base = filters.query_of(view.request.GET)
    return f"{base}{'&' if base != '?' else ''}{name}={value}~{row['id']}"


def _next(tab: Tab) -> tuple[str, str] | None:
    """Where an empty list sends people."""
    if tab.next is None:
        return None
    target, words = tab.next
    try:
        href = reverse("desk", args=[target]) if target in TABS else reverse(target)
    except NoReverseMatch:
        return None
    return href, gettext(words)


@member_required(Permission.VIEW)
def countries(request: MemberRequest, slug: str) -> HttpResponse:
    """The country filter's choices with counts, asked for when its menu opens."""
    tab = tab_of(slug)
    read = order_reads.countries_of if tab.subject == "order" else parcel_reads.countries_of
    chosen = request.GET.getlist("country")
    found = read(request.membership.organization_id, tab.stages)
    more = "+" if sum(n for _, n in found) >= MOST_COUNTED else ""  # a sample of a very long list
    choices = [(code, country(code) if code else gettext("none"), f"{n:,}{more}", code in chosen) for code, n in found]
    return render(request, "desk/countries.html", {"choices": choices})
