"""What mends refusals by one press, in the result window on the desk."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from entrepot.core.batch import VERBS, loads
from entrepot.core.report import Outcome, Refusal
from entrepot.parcels.lines import name_of
from entrepot.parcels.queries import addresses_changed
from entrepot.web.access import MemberRequest
from entrepot.web.drawer_moved import changes_between
from entrepot.web.tabs import IN_STOCK, RENEW, UNPACK, Act

OVER = (Refusal.CANCELLED, Refusal.CANCELLED_THERE, Refusal.SHIPPED_ELSEWHERE, Refusal.PIECES_CANCELLED)
MOST_SHOWN = 20
"""Addresses that are compared in the window."""


def remedies_of(request: MemberRequest, verb: str, refused: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Parcels of cancelled orders and pieces are unpacked; those whose address changed get another waybill, or are unpacked too where
    their orders go to several places by now."""
    if "HX-Request" not in request.headers or verb not in VERBS:
        return []
    found = _to_answer(verb, refused)
    if VERBS[verb].subject != "parcel":
        return found
    over = [one.id for one in refused if one.refusal in OVER]
    if verb != UNPACK.verb and over:
        words = ngettext("%(count)s parcel must not go", "%(count)s parcels must not go", len(over))
        found.append(_remedy(over, words, UNPACK, ""))
    if stale := [one.id for one in refused if one.refusal is Refusal.STALE_LABEL]:
        found += _of_addresses(request.membership.organization_id, stale)
    return [one for one in found if one.pop("needs", None) in (None, *request.actor.permissions)]


def _to_answer(verb: str, refused: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Orders whose buyers ask to cancel, or their parcels: each leads to the two answers."""
    asked = [one for one in refused if one.refusal is Refusal.CANCELLATION_ASKED]
    if not asked:
        return []
    words = ngettext("%(count)s buyer waits for an answer", "%(count)s buyers wait for an answer", len(asked))
    links = [{"name": one.name, "href": reverse(VERBS[verb].subject, args=[one.id])} for one in asked[:MOST_SHOWN]]
    return [{"words": words % {"count": f"{len(asked):,}"}, "links": links}]


def _of_addresses(organization_id: int, parcel_ids: Sequence[int]) -> list[dict[str, Any]]:
    """None for those that are mended already."""
    rows = addresses_changed(organization_id, parcel_ids=parcel_ids)
    moved: dict[bool, dict[int, list[str]]] = {False: {}, True: {}}
    for row in rows:
        changes = changes_between(loads(row["before"]), loads(row["after"]))
        said = moved[row["parts"]].setdefault(row["parcel_id"], [])
        said += [f"{part}: {before} → {after}" for part, before, after in changes]
    found = []
    for parts, parcels in moved.items():
        if not parcels:
            continue
        words = (
            ngettext(
                "%(count)s parcel for different addresses", "%(count)s parcels for different addresses", len(parcels)
            )
            if parts
            else ngettext(
                "%(count)s parcel with a changed address", "%(count)s parcels with a changed address", len(parcels)
            )
        )
        remedy = _remedy(list(parcels), words, UNPACK if parts else RENEW, "" if parts else RENEW.dialog)
        shown = list(parcels.items())[:MOST_SHOWN]
        remedy["changes"] = [f"{name_of(i)} · {', '.join(said)}" for i, said in shown]
        found.append(remedy)
    return found


def _remedy(parcel_ids: Sequence[int], words: str, act: Act, dialog: str) -> dict[str, Any]:
    return {
        "parcels": ",".join(map(str, parcel_ids)),
        "words": words % {"count": f"{len(parcel_ids):,}"},
        "name": gettext(act.name),
        "slug": act.slug,
        "dialog": dialog,
        "url": reverse("desk-act", args=[IN_STOCK.slug, act.slug]),
        "changes": [],
        "needs": VERBS[act.verb].permission,
    }
