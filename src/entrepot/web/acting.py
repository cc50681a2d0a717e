"""A verb from the desk: ids or "all N of this filter", handed to the house; the answer is the result window."""

import re
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from entrepot.core.batch import VERBS, SameUuidOtherBody, asked_before, selection_of
from entrepot.core.clock import now
from entrepot.core.permissions import Permission
from entrepot.core.submit import CountMoved, confirm_count, submit
from entrepot.orders.queries import MOST_COUNTED
from entrepot.web.access import MemberRequest, member_required
from entrepot.web.batches import window_values
from entrepot.web.desk import View, tab_of
from entrepot.web.filters import NAMES, id_of
from entrepot.web.tabs import Act, act_named
from entrepot.web.words import zone_of


class NeedsWord(Exception):
    """The form lacks something; the message says what."""


@require_POST
@member_required(Permission.VIEW)
def act(request: MemberRequest, slug: str, act_slug: str) -> HttpResponse:
    """Does the tab's verb to the posted ids, or to everything the posted filter holds."""
    tab = tab_of(slug)
    button = act_named(tab, act_slug)
    if button is None:
        raise Http404(act_slug)
    request.actor.require(VERBS[button.verb].permission)
    try:
        uuid, selection = UUID(request.POST.get("uuid", "")), _selection(request, slug)
        ids = _all_ids(request, slug, uuid, selection) if selection else ids_posted(request.POST.get("ids", ""))
        submit(
            button.verb,
            organization_id=request.membership.organization_id,
            ids=ids,
            actor=request.actor,
            at=now(),
            uuid=uuid,
            options=_options(request, button, ids),
            selection=selection,
        )
    except CountMoved as moved:
        sentence = gettext("You confirmed %(expected)s items, the filter now holds %(found)s. Look again and confirm.")
        counts = {"expected": f"{moved.expected:,}", "found": f"{moved.found:,}"}
        return _problem(request, button, sentence % counts)
    except (NeedsWord, SameUuidOtherBody, ValueError) as problem:
        sentence = str(problem) if isinstance(problem, NeedsWord) else gettext("Reload the page and try again.")
        return _problem(request, button, sentence)
    response = render(request, "batch/window.html", window_values(request, uuid))
    response["HX-Trigger"] = "desk-changed"
    return response


def _problem(request: MemberRequest, button: Act, sentence: str) -> HttpResponse:
    return render(request, "batch/problem.html", {"title": gettext(button.name), "sentence": sentence})


def ids_posted(text: str) -> list[int]:
    """Raises: NeedsWord: it names none."""
    ids = [number for part in text.split(",") if (number := id_of(part)) is not None]
    if not ids:
        raise NeedsWord(gettext("Nothing is selected."))
    return ids


def _selection(request: MemberRequest, slug: str) -> str:
    """What "all N of this filter" stands for; "" when ids were posted."""
    if request.POST.get("all") != "1":
        return ""
    chosen = {name: sorted(request.GET.getlist(name)) for name in NAMES if request.GET.getlist(name)}
    return selection_of(tab=slug, filter=chosen, expected=request.POST.get("expected", ""))


def _all_ids(request: MemberRequest, slug: str, uuid: UUID, selection: str) -> list[int]:
    """Everything the filter holds now, or held when this very request was first sent.

    Raises:
        CountMoved: it holds another number than was confirmed.
    """
    expected = id_of(request.POST.get("expected", "")) or 0
    if not 0 < expected <= MOST_COUNTED:  # above it the desk offers no "all"
        raise NeedsWord(gettext("Nothing is selected."))
    if asked := asked_before(request.membership.organization_id, uuid, selection):
        return asked
    ids = View(request, tab_of(slug)).ids(expected + 1)
    confirm_count(expected, len(ids))
    return ids


def _options(request: MemberRequest, button: Act, ids: list[int]) -> dict[str, Any]:
    options: dict[str, Any] = dict(button.options)
    post = request.POST
    if button.dialog == "hold":
        if not post.get("reason", "").strip():
            raise NeedsWord(gettext("Say why they are held. Nothing was changed."))
        options["reason"] = post["reason"].strip()[:300]
        if post.get("until"):
            day = datetime.fromisoformat(post["until"]).date()
            zone = zone_of(request)
            options["until"] = datetime.combine(day, time(), zone).isoformat()
    elif button.dialog == "cancel":
        if not post.get("reason", "").strip():
            raise NeedsWord(gettext("Choose a reason. Nothing was cancelled."))
        options["reason"] = post["reason"].strip()[:300]
    elif button.dialog == "waybill":
        if (service := id_of(post.get("service", ""))) is not None:
            options["service_id"] = service
        numbers = [part for part in re.split(r"[\s,;]+", post.get("numbers", "")) if part]
        if numbers and post.get("all") == "1":
            raise NeedsWord(
                gettext("Numbers are given to parcels that are chosen one by one: a filter may hold others by now.")
            )
        if numbers and len(numbers) != len(ids):
            words = gettext("%(numbers)s numbers for %(parcels)s parcels: give one number per parcel, in list order.")
            raise NeedsWord(words % {"numbers": len(numbers), "parcels": len(ids)})
        if numbers:
            options["numbers"] = {str(i): number for i, number in zip(ids, numbers, strict=True)}
    return options
