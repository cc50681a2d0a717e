"""Shipping notices on screen: what each marketplace was told and answered, and what to do about a refusal."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from entrepot.core.batch import VERBS, SameUuidOtherBody
from entrepot.core.clock import now
from entrepot.core.permissions import Permission
from entrepot.core.submit import submit
from entrepot.marketplaces.contract import Why
from entrepot.orders.fetch import fetch_orders
from entrepot.parcels import notices
from entrepot.web.access import MemberRequest, member_required
from entrepot.web.acting import NeedsWord, ids_posted
from entrepot.web.batches import clock_of, window_values
from entrepot.web.notices_words import reason_of
from entrepot.web.tabs import IN_STOCK, UNPACK

MOST = 200
POLL = 3  # seconds between looks while answers are to come
VERB = {"retry": ("retry_notices", "carrier", 60), "dismiss": ("dismiss_notices", "reason", 300)}


@member_required(Permission.VIEW)
def refused(request: MemberRequest) -> HttpResponse:
    """What marketplaces refused and nobody has settled; the bar tells again or dismisses."""
    clock = clock_of(request)
    found = notices.refused(request.membership.organization_id, limit=MOST)
    rows = [
        {**row, "reason": reason_of(row["why"]), "at": clock.short(row["answered_at"] or row["created_at"]),
         "since": clock.since(row["answered_at"] or row["created_at"])}
        for row in found
    ]  # fmt: skip
    context = {
        "rows": rows,
        "most": MOST if len(rows) == MOST else 0,
        "on_the_way": notices.count_on_the_way(request.membership.organization_id, clock.now),
        "poll": POLL,
        "acts": acts(request),
        "services": [],
    }
    only_list = request.headers.get("HX-Target") == "desk"
    return render(request, "notices/refresh.html" if only_list else "notices/page.html", context)


def next_acts(request: MemberRequest, why: str, *, in_house: bool) -> list[dict[str, Any]]:
    """The buttons beside one refusal, the natural next step first: where the order has changed at the marketplace that is
    not to tell the same again, but to ask what it is now and to stop the parcel as long as it is here."""
    told = [{**act, "dialog": act["slug"], "bad": False} for act in reversed(acts(request))]
    if why != Why.STATE_CHANGED:
        return told
    first: list[dict[str, Any]] = []
    if Permission.IMPORT in request.actor.permissions:
        url = reverse("notices-ask")
        first.append(
            {"slug": "ask", "name": gettext("Ask the marketplace again"), "url": url, "dialog": "", "bad": False}
        )
    if in_house and VERBS[UNPACK.verb].permission in request.actor.permissions:
        url = reverse("desk-act", args=[IN_STOCK.slug, UNPACK.slug])
        first.append(
            {"slug": UNPACK.slug, "name": gettext(UNPACK.name), "url": url, "dialog": UNPACK.dialog, "bad": True}
        )
    return [{**act, "main": n == 0} for n, act in enumerate([*first, *told])]


@require_POST
@member_required(Permission.IMPORT)
def ask(request: MemberRequest) -> HttpResponse:
    """Asks the marketplaces again for the orders whose notices were refused, of the posted parcels."""
    organization_id = request.membership.organization_id
    try:
        found = notices.of_parcels(organization_id, ids_posted(request.POST.get("ids", "")))
    except ValueError as problem:
        raise Http404 from problem
    numbers: dict[int, list[str]] = {}
    for one in found:
        if one["is_current"] and one["status"] == "refused":
            numbers.setdefault(one["store_id"], []).append(one["order_number"])
    for store_id, orders in numbers.items():
        fetch_orders(organization_id=organization_id, store_id=store_id, numbers=orders, actor=request.actor, at=now())
    sentence = gettext("Asked for. What the marketplace answers stands in the order's history in a moment.")
    title = gettext("Ask the marketplace again")
    return render(request, "batch/problem.html", {"title": title, "sentence": sentence, "fine": True})


def acts(request: MemberRequest) -> list[dict[str, Any]]:
    """The two buttons of a refusal, for those who may ship."""
    if Permission.SHIP not in request.actor.permissions:
        return []
    named = (("dismiss", gettext("Dismiss")), ("retry", gettext("Tell again")))
    return [
        {"slug": slug, "name": name, "url": reverse("notices-do", args=[slug]), "main": slug == "retry"}
        for slug, name in named
    ]


@require_POST
@member_required(Permission.VIEW)
def settle(request: MemberRequest, slug: str) -> HttpResponse:
    """Tells refused notices of the posted parcels again, or dismisses them with a reason."""
    if slug not in VERB:
        raise Http404(slug)
    verb, option, most = VERB[slug]
    request.actor.require(VERBS[verb].permission)
    word = request.POST.get(option, "").strip()[:most]
    try:
        ids = ids_posted(request.POST.get("ids", ""))
        if slug == "dismiss" and not word:
            raise NeedsWord(gettext("Say why they are dismissed. Nothing was changed."))
        uuid = UUID(request.POST.get("uuid", ""))
        submit(
            verb,
            organization_id=request.membership.organization_id,
            ids=ids,
            actor=request.actor,
            at=now(),
            uuid=uuid,
            options={option: word} if word else {},
        )
    except (NeedsWord, SameUuidOtherBody, ValueError) as problem:
        sentence = str(problem) if isinstance(problem, NeedsWord) else gettext("Reload the page and try again.")
        title = next(str(act["name"]) for act in acts(request) if act["slug"] == slug)
        return render(request, "batch/problem.html", {"title": title, "sentence": sentence})
    response = render(request, "batch/window.html", window_values(request, uuid))
    response["HX-Trigger"] = "desk-changed"
    return response
