"""Shipping notices on screen: what each marketplace was told and answered, and what to do about a refusal."""

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
from entrepot.parcels import notices
from entrepot.web.access import MemberRequest, member_required
from entrepot.web.acting import NeedsWord, ids_posted
from entrepot.web.batches import clock_of, window_values
from entrepot.web.notices_words import reason_of

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


def acts(request: MemberRequest) -> list[dict[str, str | bool]]:
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
