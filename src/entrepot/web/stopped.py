"""What stops a parcel, in words, with the buttons that settle it: for the drawers of parcels and of their orders."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from entrepot.core.batch import VERBS
from entrepot.core.permissions import Permission
from entrepot.marketplaces.registry import marketplaces
from entrepot.orders.states import EndedBy
from entrepot.parcels.lines import is_over, name_of
from entrepot.parcels.states import OPEN_STAGES
from entrepot.parcels.whereabouts import OUT, Mark, mark_of
from entrepot.web.state_words import step_at
from entrepot.web.tabs import (
    ALL,
    ANSWERS,
    BACK,
    GONE,
    HANDED_OVER,
    IN_STOCK,
    NOT_HANDED_OVER,
    SHIPPED,
    UNPACK,
    Act,
    Tab,
)
from entrepot.web.words import Clock


def notes_of(
    pairs: Sequence[Mapping[str, Any]], clock: Clock, permissions: frozenset[Permission], *, answers: bool
) -> list[dict[str, Any]]:
    """One note per thing to settle. `pairs` are orders in parcels (`whereabouts.of_parcel` or `of_order`); `answers`: with
    the buttons for buyers who ask, which the drawer of an order has above; an order of which but a part was cancelled keeps
    its other buttons there.
    """
    notes = []
    for parcel_id in dict.fromkeys(pair["parcel_id"] for pair in pairs):
        inside = [pair for pair in pairs if pair["parcel_id"] == parcel_id]
        over = [pair for pair in inside if is_over(pair["order_stage"], pair["ended_at"])]
        last = max((pair["ended_at"] for pair in over if pair["ended_at"] is not None), default=None)
        if mark := mark_of(inside[0], over=bool(over), ended_at=last):
            notes.append(_cancelled(inside[0], mark, over, permissions))
        elif inside[0]["stage"] in OPEN_STAGES and (less := [pair for pair in inside if pair["surplus"]]):
            notes.append(_surplus(less, permissions, stops=answers))
    asked = {pair["order_id"]: pair for pair in pairs if pair["cancellation_asked_at"] is not None}
    notes += [_asked(pair, clock, permissions) for pair in asked.values() if answers]
    for pair in pairs:
        if pair["stage"] in OPEN_STAGES and not is_over(pair["order_stage"], pair["ended_at"]):
            notes += [_elsewhere(pair, permissions)] if pair["elsewhere"] else []
            notes += waiting(pair)
    return notes


def stops(notes: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the other buttons would only be refused."""
    return any(note["stops"] for note in notes)


def _cancelled(
    parcel: Mapping[str, Any], mark: Mark, over: Sequence[Mapping[str, Any]], permissions: frozenset[Permission]
) -> dict[str, Any]:
    here = parcel["stage"] in OPEN_STAGES
    names = {
        "orders": ", ".join(dict.fromkeys(pair["shown"] for pair in over)),
        "parcel": name_of(parcel["parcel_id"]),
    }
    acts: tuple[Act, ...] = ()
    if mark is Mark.INTERCEPT:
        more = gettext("Parcel %(parcel)s was handed over all the same: intercept it at the carrier.")
        acts = (BACK, GONE)
    elif here:
        more = gettext(
            "Parcel %(parcel)s must not go. Unpack it: its cancelled orders then go to Cancelled by themselves."
        )
        could_leave = parcel["stage"] == "to_print" and parcel["supply"] != "short"
        asked = (NOT_HANDED_OVER, HANDED_OVER) if could_leave else (NOT_HANDED_OVER,)
        acts = (UNPACK, *(asked if mark is Mark.CANCELLED else ()))
    elif mark is Mark.CANCELLED:
        more = gettext("Parcel %(parcel)s is shipped here. Has it been handed over?")
        acts = (NOT_HANDED_OVER, HANDED_OVER) if parcel["stage"] == "shipped" else (HANDED_OVER,)
    else:
        more = gettext("Parcel %(parcel)s has left and could not be stopped.")
    return {
        "kind": "warn" if mark is Mark.SETTLED else "bad",
        "icon": "cross",
        "says": _why(over[0], names) if over else gettext("To intercept"),
        "more": more % names,
        "left": "",
        "of_parcels": str(parcel["parcel_id"]),
        "of_orders": "",
        "name": names["parcel"],
        "stops": here or mark is not Mark.SETTLED,
        "acts": _buttons(acts, SHIPPED if parcel["stage"] in OUT else IN_STOCK, permissions),
    }


def waiting(order: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What of an order is to come from its marketplace before its goods may go: nothing to press, it comes by itself.
    `parcel_id` is None where nothing of it is packed.
    """
    parcel = order["parcel_id"]
    names = {"orders": order["shown"], "parcel": name_of(parcel or 0), "marketplace": _title(order)}
    found = []
    if order["held_there_at"] is not None:
        says = gettext("On hold at %(marketplace)s: order %(orders)s.")
        more = (
            gettext("Parcel %(parcel)s is neither printed nor shipped until it is released there.")
            if parcel
            else gettext("It is not packed until it is released there.")
        )
        found.append(_waits(order, "bad", "pause", says % names, more % names))
    if order["hidden"]:
        says = gettext("The address of order %(orders)s is still hidden by %(marketplace)s.")
        more = gettext(
            "No waybill and no label until it comes, by itself with a later version, or the order's address is edited."
        )
        found.append(_waits(order, "warn", "alert", says % names, more))
    return found


def _waits(order: Mapping[str, Any], kind: str, icon: str, says: str, more: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "icon": icon,
        "says": says,
        "more": more,
        "left": "",
        "of_parcels": "",
        "of_orders": str(order["order_id"]) if kind == "bad" or order["parcel_id"] else "",  # hidden, it may be packed
        "name": order["shown"],
        "stops": False,
        "acts": [],
    }


def _title(order: Mapping[str, Any]) -> str:
    """The marketplace as people call it; the store, where orders come by files."""
    titles = {listed.name: listed.title for listed in marketplaces() if listed.auth is not None}
    return str(titles.get(order["marketplace"], order["store"]))


def _elsewhere(order: Mapping[str, Any], permissions: frozenset[Permission]) -> dict[str, Any]:
    """Its goods went to the buyer another way: those in the parcel must not go as well."""
    names = {
        "orders": order["shown"], "parcel": name_of(order["parcel_id"]), "marketplace": _title(order),
        "numbers": ", ".join(order["numbers"]),
    }  # fmt: skip
    more = gettext(
        "Parcel %(parcel)s must not go. Unpack it: the order is then shipped. If it is the parcel that left, give it that number."
    )
    return {
        "kind": "bad",
        "icon": "alert",
        "says": gettext("Shipped from elsewhere, says %(marketplace)s: order %(orders)s, %(numbers)s.") % names,
        "more": more % names,
        "left": "",
        "of_parcels": str(order["parcel_id"]),
        "of_orders": "",
        "name": names["parcel"],
        "stops": False,
        "acts": _buttons((UNPACK,), IN_STOCK, permissions),
    }


def _surplus(pairs: Sequence[Mapping[str, Any]], permissions: frozenset[Permission], *, stops: bool) -> dict[str, Any]:
    """Pieces of these orders, all in one parcel, were cancelled after they were packed."""
    names = {"orders": ", ".join(pair["shown"] for pair in pairs), "parcel": name_of(pairs[0]["parcel_id"])}
    return {
        "kind": "bad",
        "icon": "cross",
        "says": gettext("Goods of order %(orders)s were cancelled after they were packed.") % names,
        "more": gettext("Parcel %(parcel)s must not go like this. Unpack it and pack the rest.") % names,
        "left": "",
        "of_parcels": str(pairs[0]["parcel_id"]),
        "of_orders": "",
        "name": names["parcel"],
        "stops": stops,
        "acts": _buttons((UNPACK,), IN_STOCK, permissions),
    }


def _why(order: Mapping[str, Any], names: Mapping[str, str]) -> str:
    if order["ended_by"] == EndedBy.MARKETPLACE:
        says = gettext("Cancelled at %(marketplace)s: order %(orders)s.")
        if step_at(order["marketplace"], order["external_status"]):
            says = gettext("Cancellation accepted: order %(orders)s. %(marketplace)s itself has not cancelled it.")
        return says % {**names, "marketplace": _title(order)}
    if order["ended_by"] == EndedBy.US:
        return gettext("We accepted the buyer's cancellation: order %(orders)s.") % names
    return gettext("Cancelled: order %(orders)s.") % names


def _asked(order: Mapping[str, Any], clock: Clock, permissions: frozenset[Permission]) -> dict[str, Any]:
    """A buyer who asks: the two answers, and how long they can wait."""
    instant = None if order["answering"] else order["answer_by_at"]
    kind, _span, left = clock.until(instant) if instant else ("", "", "")
    answer_by = gettext("Answer the cancellation by")
    more = f"{answer_by} {clock.full(instant)}" if instant else ""
    if order["answering"]:
        more = gettext("The answer is on its way to the marketplace.")
    return {
        "kind": "bad",
        "icon": "alert",
        "says": gettext("The buyer asked to cancel order %(order)s.") % {"order": order["shown"]},
        "more": more,
        "left": left,
        "left_kind": kind or "amb",
        "of_parcels": "",
        "of_orders": str(order["order_id"]),
        "name": order["shown"],
        "stops": False,
        "acts": _buttons(() if order["answering"] else ANSWERS, ALL, permissions),
    }


def _buttons(acts: Sequence[Act], tab: Tab, permissions: frozenset[Permission]) -> list[dict[str, Any]]:
    """The first is the natural next step: one press, no question asked. An answer to a buyer has no natural one."""
    return [
        {
            "slug": act.slug,
            "name": gettext(act.name),
            "dialog": "" if act is UNPACK else act.dialog,
            "main": n == 0 and act not in ANSWERS,
            "bad": act.bad and n > 0,
            "url": reverse("desk-act", args=[tab.slug, act.slug]),
        }
        for n, act in enumerate(acts)
        if VERBS[act.verb].permission in permissions
    ]
