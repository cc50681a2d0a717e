"""An address that changed after packing, in the drawers: what changed, and the button that mends it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from entrepot.core.batch import VERBS, loads
from entrepot.core.permissions import Permission
from entrepot.parcels.lines import name_of
from entrepot.web.forms import ADDRESS
from entrepot.web.tabs import IN_STOCK, RENEW, UNPACK, Act
from entrepot.web.words import country


def moved_notes(rows: Sequence[Mapping[str, Any]], permissions: frozenset[Permission]) -> list[dict[str, Any]]:
    """One note per order that goes to another address than its parcel (`queries.addresses_changed`).

    Its button gives the parcel another waybill; where the orders of one parcel go to several places by now, it is to be
    unpacked. While a buyer waits for an answer there is none: it would be refused.
    """
    return [_note(row, permissions) for row in rows]


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(part, before, after) of what differs. Pure but for the language."""
    found = []
    for part, label in [*ADDRESS.items(), ("country", gettext("Country"))]:
        was, is_now = before.get(part) or "", after.get(part) or ""
        if was != is_now:
            shown = (country(was), country(is_now)) if part == "country" else (was, is_now)
            found.append((str(label), shown[0] or "—", shown[1] or "—"))
    return found


def _note(row: Mapping[str, Any], permissions: frozenset[Permission]) -> dict[str, Any]:
    name = name_of(row["parcel_id"])
    facts = {"order": row["shown"], "parcel": name}
    act = UNPACK if row["parts"] else RENEW
    if row["parts"]:
        more = gettext("The orders in %(parcel)s go to different addresses now. Unpack it and pack them again.")
    elif row["waybill_number"]:
        more = gettext("%(parcel)s is neither printed nor shipped until it has a waybill for the new address.")
    else:
        more = gettext("%(parcel)s takes the new address with its waybill.")
    return {
        "kind": "warn",
        "icon": "alert",
        "says": gettext("The address of order %(order)s changed after packing.") % facts,
        "more": more % facts,
        "changes": changes_between(loads(row["before"]), loads(row["after"])),
        "left": "",
        "of_parcels": str(row["parcel_id"]),
        "of_orders": "",
        "name": name,
        "stops": False,
        "acts": [] if row["cancellation_asked_at"] is not None else _buttons(act, permissions, row["waybill_number"]),
    }


def _buttons(act: Act, permissions: frozenset[Permission], number: str) -> list[dict[str, Any]]:
    if VERBS[act.verb].permission not in permissions:
        return []
    return [
        {
            "slug": act.slug,
            "name": gettext("Get waybill") if act is RENEW and not number else gettext(act.name),
            "dialog": act.dialog if act is RENEW else "",
            "main": True,
            "bad": False,
            "url": reverse("desk-act", args=[IN_STOCK.slug, act.slug]),
        }
    ]
