"""What the marketplaces were told, in the drawers: the notices, and the entry that fills in those that are missing."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse

from entrepot.connections.standing import is_synced
from entrepot.core.permissions import Permission
from entrepot.parcels.notices import of_order, of_parcels, untold
from entrepot.web.access import MemberRequest
from entrepot.web.notices import acts as notice_acts
from entrepot.web.notices_words import shown
from entrepot.web.words import Clock


def of_a_parcel(request: MemberRequest, row: Mapping[str, Any], clock: Clock) -> dict[str, Any]:
    """Of one that has not left the bar has its own button, "Notify early"."""
    organization_id = row["organization_id"]
    told = shown(of_parcels(organization_id, [row["id"]]), clock, shipped=row["shipped_at"] is not None)
    missing = [one for one in untold(organization_id, parcel_id=row["id"]) if one["left"]]
    return {
        "notices": told,
        "any_refused": any(one["refused"] for one in told),
        "notice_acts": notice_acts(request),
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
    refused = [str(one["parcel_id"]) for one in told if one["refused"]]
    return {
        "notices": told,
        "any_refused": bool(refused),
        "refused_parcels": ",".join(refused),
        "notice_acts": notice_acts(request),
        **_entry(request, untold(row["organization_id"], order_id=row["id"])),
    }


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
