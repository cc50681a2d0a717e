"""The card "Stock" on a store's page: whether it is told how much there is, what is kept back, how the telling goes."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from entrepot.connections.edit_clocks import Fulfilment
from entrepot.connections.queries import store_row
from entrepot.connections.stores import store_by_id
from entrepot.core.clock import now
from entrepot.core.permissions import Permission
from entrepot.inventory.push import MOST_RESERVE, push_of, refusals_of, retry_refused, set_push
from entrepot.marketplaces.registry import connector_of
from entrepot.web import stores_words
from entrepot.web.access import MemberRequest, member_required
from entrepot.web.batches import clock_of
from entrepot.web.words import Clock

LISTED = 20  # refused listings shown at once
BUSY_POLL, IDLE_POLL = 3, 30  # seconds between looks while numbers wait, and when all are in step


@member_required(Permission.VIEW)
def card(request: MemberRequest, store_id: int) -> HttpResponse:
    store = _store(request, store_id)
    organization_id, clock = request.membership.organization_id, clock_of(request)
    push = push_of(organization_id, store_id, clock.now)
    refusals = refusals_of(organization_id, store_id, LISTED)
    theirs = bool(push.get("message")) and not push["ours"]
    values: dict[str, Any] = {
        "store": store,
        "push": push,
        "chip": stores_words.stock_chip(push, is_enabled=store["is_enabled"]),
        "possible": connector_of(store["marketplace"]).can.stock,
        "ours": store["ours"],
        "may_connect": Permission.CONNECT in request.actor.permissions,
        "most": MOST_RESERVE,
        "poll": BUSY_POLL if push.get("waiting") else IDLE_POLL,
        "last": _when(push["told_at"], clock),
        "sentence": stores_words.trouble_sentence(push["trouble"], theirs=theirs) if push.get("trouble") else "",
        "ours_to_blame": stores_words.is_ours(push.get("trouble", "")) or push.get("ours", False),
        "refusals": [{**one, "again": _when(one["due_at"], clock)} for one in refusals],
        "unlisted": max(push.get("refused", 0) - len(refusals), 0),
    }
    return render(request, "settings/store_stock.html", values)


@require_POST
@member_required(Permission.VIEW)
def change(request: MemberRequest, store_id: int) -> HttpResponse:
    """Turned on or off, another reserve, or refused numbers told again. An owner's to say."""
    _store(request, store_id)
    organization_id, at = request.membership.organization_id, now()
    if request.POST.get("again"):
        retry_refused(organization_id=organization_id, store_id=store_id, actor=request.actor, at=at)
        messages.success(request, _("Refused numbers are told again within a minute."))
        return redirect("store", store_id)
    given = request.POST.get("reserve", "").strip() or "0"
    if not given.isascii() or not given.isdigit() or int(given[:9]) > MOST_RESERVE:
        messages.error(request, _("Write how many pieces to keep back: a whole number from 0."))
        return redirect("store", store_id)
    is_on = request.POST.get("on") == "1"
    changed = set_push(
        organization_id=organization_id, store_id=store_id, is_on=is_on, reserve=int(given), actor=request.actor, at=at
    )
    if changed:
        messages.success(
            request,
            _("The store is told its stock from now on.") if is_on else _("The store is told no stock any more."),
        )
    return redirect("store", store_id)


def _store(request: MemberRequest, store_id: int) -> dict[str, Any]:
    """
    Raises:
        Http404: no such store here, or one whose orders come from files.
    """
    found = store_row(request.membership.organization_id, store_id)
    if found is None or found["marketplace"] == "file":
        raise Http404(store_id)
    facts = store_by_id(request.membership.organization_id, store_id)
    return {**found, "ours": facts is not None and facts.fulfilment is Fulfilment.OWN}


def _when(instant: datetime | None, clock: Clock) -> str:
    return clock.full(instant) if instant else ""
