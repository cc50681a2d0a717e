"""Where is my order? One number typed, one exact answer; the marketplace is asked live when we do not know."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from django.views.decorators.http import require_POST

from entrepot.connections.own_words import FOLLOWED, OURS, is_own
from entrepot.core.clock import now
from entrepot.core.permissions import Permission
from entrepot.core.scope import organization_scope
from entrepot.orders.where import MOST, Found, Place, ask_marketplace, where_is
from entrepot.parcels.queries import by_numbers, parcel_detail, parcels_of_order
from entrepot.web.access import MemberRequest, member_required
from entrepot.web.batches import clock_of
from entrepot.web.filters import text_of
from entrepot.web.stores import titles
from entrepot.web.stores_words import trouble_sentence
from entrepot.web.tabs import STAGES
from entrepot.web.words import Clock

# answer -> (kind, icon, sentence). Braces are facts of the place.
SENTENCES: dict[Found, tuple[str, str, str]] = {
    Found.HERE: ("ok", "check", _("It is here, in {store}.")),
    Found.UNPAID: ("", "clock", _("It is here, in {store}, and not paid yet. It goes to review as soon as it is paid.")),
    Found.UNREADABLE: (
        "warn", "alert",
        _("It came from {store} at {since} and could not be read: {reason}. It is kept as it came and tried again ({next})."),
    ),
    Found.FILE: ("", "list", _("{store} is fed by files: an order is here once the file that holds it was imported.")),
    Found.OFF: ("warn", "pause", _("{store} is switched off, so it brings no orders.")),
    Found.NOT_CONNECTED: ("warn", "alert", _("{store} is not connected to its marketplace, so it brings no orders.")),
    Found.TROUBLE: ("warn", "alert", _("The sync of {store} is in trouble; its last success was at {since}. {trouble}")),
    Found.ASK: ("", "clock", _("{store} is in sync and has not brought it.")),
    Found.THERE: ("ok", "check", _("{title} has it in {store}. It is newer than the last sync and comes at the next run ({next}).")),
    Found.THERE_OLDER: (
        "ok", "check",
        _("{title} has it in {store}. It has not changed since before the store was connected, so no run brings it by itself."),
    ),
    Found.THERE_UNPAID: ("", "clock", _("{title} has it in {store}, and the buyer has not paid yet.")),
    Found.THERE_CANCELLED: ("", "cross", _("{title} has it in {store}, and it is cancelled there.")),
    Found.THERE_UNREADABLE: ("warn", "alert", _("{title} has it in {store}, but its answer could not be read: {reason}.")),
    Found.NOT_THERE: ("", "cross", _("{title} does not know this number in {store}.")),
    Found.NO_ANSWER: ("warn", "alert", _("{title} gave no answer for {store}. {trouble}")),
}  # fmt: skip
MOST_PARCELS = 5  # one waybill number is one parcel; given up and used again, a few
FETCHED = (Found.THERE, Found.THERE_OLDER, Found.THERE_UNPAID, Found.THERE_CANCELLED, Found.THERE_UNREADABLE,
           Found.UNREADABLE)  # fmt: skip


@member_required(Permission.VIEW)
def where(request: MemberRequest) -> HttpResponse:
    number = text_of(request.GET, "number").strip()[:MOST]
    clock = clock_of(request)
    parcels = _parcels(request.membership.organization_id, number) if number else []
    places = where_is(request.membership.organization_id, number, clock.now) if number and not parcels else ()
    context = {
        "number": number,
        "asked": bool(number),
        "found_parcels": parcels,
        "places": [shown(request, place, clock) for place in places],
        "here": any(place.found in (Found.HERE, Found.UNPAID) for place in places),
    }
    return render(request, "where/page.html", context)


def _parcels(organization_id: int, number: str) -> list[dict[str, Any]]:
    """Parcels of this number (P-12) or waybill number; none for the number of an order."""
    names = list(dict.fromkeys((number, number.upper(), "".join(number.split()).upper())))
    ids = dict.fromkeys(i for found in by_numbers(organization_id, names).values() for i in found)
    rows = [row for i in list(ids)[:MOST_PARCELS] if (row := parcel_detail(organization_id, i)) is not None]
    return [{**row, "word": gettext(STAGES[row["stage"]])} for row in rows]


@require_POST
@member_required(Permission.VIEW, scoped=False)
def ask(request: MemberRequest, store_id: int) -> HttpResponse:
    """One store's marketplace is asked, while the page shows that it is."""
    number = text_of(request.POST, "number").strip()[:MOST]
    place = ask_marketplace(request.membership.organization_id, store_id, number, clock=now) if number else None
    if place is None:
        raise Http404(store_id)
    with organization_scope(request.membership.organization_id):
        return render(request, "where/place.html", {"place": shown(request, place, clock_of(request))})


def shown(request: MemberRequest, place: Place, clock: Clock) -> dict[str, Any]:
    kind, icon, sentence = SENTENCES[place.found]
    title = titles().get(place.marketplace, place.marketplace)
    parcels = parcels_of_order(request.membership.organization_id, place.order_id) if place.order_id else []
    followed = tuple(f"{gettext(words)}{between}" for words, between in FOLLOWED.items())
    ours = is_own(place.words) or place.words in {gettext(one) for one in OURS} or place.words.startswith(followed)
    facts = {
        "store": place.store,
        "title": title,
        "reason": place.reason.rstrip("."),
        "trouble": trouble_sentence(place.trouble, theirs=bool(place.words) and not ours) if place.trouble else "",
        "since": clock.full(place.since),
        "next": _next(place.next_at, clock),
    }
    return {
        "place": place,
        "found": place.found.value,
        "kind": kind,
        "icon": icon,
        "title": title,
        "sentence": gettext(sentence).format(**facts),
        "stage": gettext(STAGES.get(place.stage, place.stage)),
        "parcels": [(one["id"], gettext(STAGES[one["stage"]])) for one in parcels],
        "ours": ours,
        "asks": place.found in (Found.ASK, Found.TROUBLE),
        "fetch": place.found in FETCHED and Permission.IMPORT in request.actor.permissions,
        "own": place.found in (Found.OFF, Found.NOT_CONNECTED, Found.TROUBLE, Found.NO_ANSWER, Found.UNREADABLE),
        "imports": place.found is Found.FILE and Permission.IMPORT in request.actor.permissions,
    }


def _next(at: datetime | None, clock: Clock) -> str:
    return gettext("now") if at is not None and at <= clock.now else clock.full(at)
