"""What the marketplaces were told, in the drawers: the notices, and the entry that fills in those that are missing."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from entrepot.connections.standing import is_synced
from entrepot.core.permissions import Permission
from entrepot.parcels.notices import of_order, of_parcels, untold
from entrepot.parcels.states import OPEN_STAGES
from entrepot.web.access import MemberRequest
from entrepot.web.notices import next_acts
from entrepot.web.notices_words import shown
from entrepot.web.words import Clock


def of_a_parcel(request: MemberRequest, row: Mapping[str, Any], clock: Clock) -> dict[str, Any]:
    """Of one that has not left the bar has its own button, "Notify early"."""
    organization_id = row["organization_id"]
    told = shown(of_parcels(organization_id, [row["id"]]), clock, shipped=row["shipped_at"] is not None)
    missing = [one for one in untold(organization_id, parcel_id=row["id"]) if one["left"]]
    return {
        "notices": told,
        "refusals": _refusals(request, told, {row["id"]} if row["stage"] in OPEN_STAGES else set()),
        "unsynced": not is_synced(organization_id, row["store_id"]),
        **_entry(request, missing),
    }


def of_an_order(
    request: MemberRequest, row: Mapping[str, Any], parcels: Sequence[Mapping[str, Any]], clock: Clock
) -> dict[str, Any]:
    """Parcel by parcel; the two buttons of a refusal are for the refused ones."""
    left = {one["id"] for one in parcels if one["shipped_at"] is not None}
    found = of_order(row["organization_id"], row["id"])
    told = [one for notice in found for one in shown([notice], clock, shipped=notice["parcel_id"] in left)]
    return {
        "notices": told,
        "refusals": _refusals(request, told, {one["id"] for one in parcels if one["stage"] in OPEN_STAGES}),
        **_entry(request, untold(row["organization_id"], order_id=row["id"])),
    }


def _refusals(request: MemberRequest, told: Sequence[Mapping[str, Any]], here: set[int]) -> list[dict[str, Any]]:
    """A note on top for each reason why the marketplace refused, with the buttons that settle it for its parcels; `here`:
    the parcels that have not left."""
    by_reason: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for one in told:
        if one["refused"]:
            by_reason.setdefault(one["reason"], []).append(one)
    notes = []
    for (meaning, step), found in by_reason.items():
        parcels = list(dict.fromkeys(str(one["parcel_id"]) for one in found))
        in_house = all(one["parcel_id"] in here for one in found)
        notes.append({
            "kind": "bad",
            "icon": "cross",
            "says": gettext("The marketplace refused the number: %(reason)s.") % {"reason": meaning},
            "more": step,
            "left": "",
            "of_parcels": ",".join(parcels),
            "of_orders": "",
            "name": f"P-{parcels[0]}",
            "stops": False,
            "acts": next_acts(request, found[0]["why"], in_house=in_house),
        })  # fmt: skip
    return notes


def _entry(request: MemberRequest, missing: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """`untold`: parcels with a number that the marketplace does not know. Before they leave it is asked whether it may."""
    early = any(not one["left"] for one in missing)
    return {
        "untold": missing,
        "untold_parcels": ",".join(str(one["parcel_id"]) for one in missing),
        "may_tell": Permission.SHIP in request.actor.permissions,
        "tell_url": reverse("desk-act", args=["print" if early else "shipped", "notify"]),
        "tell_dialog": "notify" if early else "",
    }
