"""What was told to marketplaces, in words: the state in one, a refusal's class in a sentence with the next step."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from entrepot.marketplaces.contract import Why
from entrepot.parcels.notices import Told
from entrepot.web.words import Clock

NUMBERS = re.compile(r"[A-Z0-9-]*\d[A-Z0-9-]*(, [A-Z0-9-]+)*")
# word -> (kind of chip, icon, word on screen)
STATES: dict[Told, tuple[str, str, str]] = {
    Told.TOLD: ("grn", "check", _("Told")),
    Told.EARLY: ("blu", "check", _("Told early")),
    Told.OTHER: ("amb", "alert", _("Old number told")),
    Told.DUE: ("blu", "clock", _("To be told")),
    Told.UNKNOWN: ("amb", "clock", _("Unknown, checking")),
    Told.REFUSED: ("red", "cross", _("Refused")),
    Told.DISMISSED: ("line", "cross", _("Refusal dismissed")),
}
# class of a refusal -> (what it means, what to do next)
WHYS: dict[Why, tuple[str, str]] = {
    Why.STATE_CHANGED: (
        _("The order has changed at the marketplace"),
        _(
            "It may be cancelled, refunded or held there. Ask the marketplace again: its answer comes to the order here, with "
            "the buttons for it. What is still in the house can be unpacked, and its order then held or cancelled; what has "
            "left is intercepted at the carrier."
        ),
    ),
    Why.SHIPPED_ELSEWHERE: (
        _("The marketplace has another number already"),
        _("Compare the two numbers. If theirs is right, dismiss this; if ours is, correct it at the marketplace."),
    ),
    Why.BAD_NUMBER: (
        _("The number or the carrier is not accepted"),
        _("Tell it again with the carrier's code as the marketplace writes it, or get a new waybill first."),
    ),
    Why.LATE: (
        _("The time for telling is over"),
        _("Look at the order: the marketplace may have closed it. Settle it there, then dismiss this."),
    ),
    Why.OTHER: (
        _("The marketplace refused it for another reason"),
        _("Read its words. Correct what they name and tell it again, or dismiss this."),
    ),
}


def word_of(told: Told, *, shipped: bool) -> tuple[str, str, str]:
    """(kind, icon, word). What was told early is simply told once the goods have left; what was told is early again when
    they are called back."""
    if told in (Told.EARLY, Told.TOLD):
        told = Told.TOLD if shipped else Told.EARLY
    kind, icon, word = STATES[told]
    return kind, icon, gettext(word)


def _told(notice: Mapping[str, Any]) -> Told | None:
    status = str(notice["status"])
    if status == "withdrawn":
        return None
    if status == "accepted":
        return Told.EARLY if notice["is_virtual"] else Told.TOLD
    return Told.DUE if status == "sending" else Told(status)


def reason_of(why: str) -> tuple[str, str]:
    meaning, step = WHYS[Why(why) if why in set(Why) else Why.OTHER]
    return gettext(meaning), gettext(step)


def _own_number(row: Mapping[str, Any]) -> str:
    """The number that a marketplace which ships with carriers of its own gave the parcel; it comes back as its answer."""
    given = row["status"] == "accepted" and row.get("remote_id") and NUMBERS.fullmatch(row["message"])
    return str(row["message"]) if given and row["message"] != row["number"] else ""


def shown(rows: Sequence[Mapping[str, Any]], clock: Clock, *, shipped: bool) -> list[dict[str, Any]]:
    """Notices for the drawer: those that hold first, then those that were replaced or withdrawn."""
    found = []
    for row in sorted(rows, key=lambda one: not one["is_current"]):
        told = _told(row)
        state = word_of(told, shipped=shipped) if told else ("line", "undo", gettext("Withdrawn"))
        refused = told is Told.REFUSED
        found.append({
            **row,
            "kind": state[0], "icon": state[1], "word": state[2],
            "current": row["is_current"],
            "own_number": _own_number(row),
            "refused": refused and row["is_current"],
            "reason": reason_of(row["why"]) if refused else ("", ""),
            "at": clock.full(row["answered_at"] or row["sent_at"] or row["created_at"]),
            "again": clock.full(row["due_at"]) if told in (Told.DUE, Told.UNKNOWN) and row["tries"] else "",
        })  # fmt: skip
    return found
