"""Undo the last batch: what it would be is always named; at once only when it was done just now and here, else asked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from entrepot.core import sql
from entrepot.core.batch import VERBS, loads
from entrepot.core.clock import now
from entrepot.core.permissions import Permission
from entrepot.core.undo import can_undo, is_undo
from entrepot.parcels.notify import still_told
from entrepot.web.access import MemberRequest, member_required
from entrepot.web.batches import batch_named, clock_of, done_text, name_of, undone

UNDO_WITHIN = timedelta(hours=24)
AT_ONCE = timedelta(minutes=1)
"""For so long a batch of this page is undone without a question."""
RUNNING = ("queued", "running")
TAKES_BACK = ("get_waybills", "ship_parcels")
"""Verbs whose undo takes a number back that a marketplace may have been told."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A batch that can be undone, in words."""

    uuid: UUID
    name: str  # "Ship"
    items: str  # "1 parcel"
    ago: str  # "2 min ago"
    made_at: datetime
    is_newest: bool  # the member has done nothing since

    @property
    def sentence(self) -> str:
        facts = {"name": self.name, "items": self.items, "ago": self.ago}
        return gettext("Undo “%(name)s” of %(items)s, %(ago)s?") % facts

    @property
    def word(self) -> str:
        return gettext("Undo: %(verb)s") % {"verb": self.name}

    def fits(self, made: str, at: datetime) -> bool:
        """Whether it may be undone unasked: it is the very last act, of the page that names it, and a minute old at most."""
        return self.is_newest and made == str(self.uuid) and at - self.made_at <= AT_ONCE


def last_acts(request: MemberRequest) -> tuple[dict[str, Any] | None, Offer | None]:
    """(the member's very last batch, the last of the last 24 hours that can be undone)."""
    found = sql.dicts(
        """
        WITH mine AS NOT MATERIALIZED (
            SELECT id, uuid, verb, options, status, done_count, created_at FROM core_batch
            WHERE organization_id = %(org)s AND created_at > %(since)s AND actor_id = %(member)s
        )
        (SELECT * FROM mine ORDER BY created_at DESC, id DESC LIMIT 1)
        UNION ALL
        (SELECT * FROM mine WHERE status = 'done' AND done_count > 0 AND verb = ANY(%(verbs)s)
        ORDER BY created_at DESC, id DESC LIMIT 1)
        """,
        {
            "org": request.membership.organization_id,
            "since": now() - UNDO_WITHIN,
            "member": request.membership.member_id,
            "verbs": [verb for verb in VERBS if can_undo(verb)],
        },
    )
    if not found:
        return None, None
    # The two halves come in any order. A single row is the newest: were it undoable, it would stand in both.
    newest = max(found, key=lambda batch: (batch["created_at"], batch["id"]))
    if len(found) == 1:
        return newest, None
    batch = min(found, key=lambda batch: (batch["created_at"], batch["id"]))
    offer = Offer(
        batch["uuid"],
        name_of(batch),
        done_text(batch),
        clock_of(request).since(batch["created_at"]),
        batch["created_at"],
        batch["id"] == newest["id"],
    )
    return newest, offer


@require_POST
@member_required(Permission.VIEW)
def undo_last(request: MemberRequest) -> HttpResponse:
    """The key `u`: undoes what this very page did last, or asks about what it would undo. `made`: the page's last batch."""
    newest, offer = last_acts(request)
    before = _before(newest)
    if newest is not None and newest["status"] in RUNNING:
        return _say(request, before)
    if offer is None:
        return _say(request, before or gettext("There is nothing of yours of the last 24 hours to undo."))
    if offer.fits(request.POST.get("made", ""), now()):
        return undone(request, offer.uuid)
    told = _still_told(request, offer.uuid)
    context = {"offer": offer, "before": before, "told": told, "url": reverse("batch-undo", args=[offer.uuid])}
    return render(request, "batch/undo_ask.html", context)


def _still_told(request: MemberRequest, uuid: UUID) -> str:
    """That a marketplace was told numbers which an undo takes back here; "" where there is none."""
    organization_id = request.membership.organization_id
    batch = batch_named(organization_id, uuid)
    if batch["verb"] not in TAKES_BACK:
        return ""
    done = {int(one["id"]): "" for one in loads(batch["outcomes"]) if one["refusal"] is None}
    count = len(still_told(organization_id, done))
    words = ngettext(
        "The marketplace was told the number of %(count)s parcel already. It keeps it until it is told the next one.",
        "Marketplaces were told the numbers of %(count)s parcels already. They keep them until they are told the next ones.",
        count,
    )
    return words % {"count": f"{count:,}"} if count else ""


def _before(newest: dict[str, Any] | None) -> str:
    """What is to be known of the member's last act when it is not the one that would be undone; "" for nothing."""
    if newest is None:
        return ""
    name = name_of(newest)
    if newest["status"] in RUNNING:
        return gettext("“%(name)s” is still running. Undo it when it is finished.") % {"name": name}
    if newest["done_count"] and not is_undo(newest["verb"]) and not can_undo(newest["verb"]):
        facts = {"name": name, "items": done_text(newest)}
        return gettext("“%(name)s” of %(items)s cannot be undone.") % facts
    return ""


def _say(request: MemberRequest, sentence: str) -> HttpResponse:
    return render(request, "batch/problem.html", {"title": gettext("Undo"), "sentence": sentence})
