"""History in words: what each event did, and why an automatic decision fell as it did."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_noop as _

from entrepot.web.batches import DOCUMENTS
from entrepot.web.state_words import step_at
from entrepot.web.tabs import REASONS, STAGES
from entrepot.web.words import Clock

VERBS: dict[str, str] = {
    "import": _("Imported"),
    "update": _("Changed by a newer file"),
    "review": _("Reviewed"),
    "hold": _("Held"),
    "release": _("Released"),
    "cancel": _("Cancelled"),
    "look_again": _("There is more to pack: to be reviewed again"),
    "nothing_left": _("Nothing is left to pack"),
    "take_back": _("Lines taken back by a cancellation"),
    "edit_address": _("Address corrected by hand"),
    "pack": _("Packed"),
    "unpack": _("Unpacked"),
    "waybill": _("Waybill number"),
    "void": _("Waybill voided"),
    "renew": _("New waybill number"),
    "allocate": _("Moved to print"),
    "deallocate": _("Stock given back"),
    "print": _("Printed"),
    "ship": _("Handed over"),
    "recall": _("Called back"),
    "not_handed_over": _("Cancelled, and not handed over"),
    "handed_over": _("Cancelled, and handed over all the same: to intercept"),
    "close_intercept": _("Intercept closed"),
    "notify": _("Shipping notice written"),
    "accept_cancellation": _("Cancellation accepted"),
    "reject_cancellation": _("Cancellation rejected"),
    "answer_refused": _("The marketplace refused the answer"),
    "told": _("Shipping notice answered"),
    "retry_notice": _("Refused notice: tell again"),
    "await_collection": _("Told in full: it awaits collection"),
    "recount": _("Deadline counted anew"),
    "follow": _("Who ships it has changed"),
    "dismiss_notice": _("Refused notice dismissed"),
}


CAUGHT = {"back": _("It came back"), "gone": _("Could not be stopped")}


# What came by a sync belongs to no batch.
BY_SYNC = {"import": _("Came in from the marketplace"), "update": _("Changed at the marketplace")}


def _json(text: str | None) -> dict[str, Any]:
    value = orjson.loads(text) if text else None
    return value if isinstance(value, dict) else {}


def tale_of(event: Mapping[str, Any], clock: Clock, marketplace: str = "") -> dict[str, Any]:
    """One line of the timeline, of an order of `marketplace` or a parcel with it."""
    verb, before, after = event["verb"], _json(event["before"]), _json(event["after"])
    undone = verb.startswith("undo_")
    names = VERBS | BY_SYNC if event["batch"] is None and event["subject"] == "order" else VERBS
    name = gettext(names.get(verb.removeprefix("undo_"), verb))
    return {
        "what": gettext("Undone: %(what)s") % {"what": name} if undone else name,
        "on": f"P-{event['subject_id']}" if event["subject"] == "parcel" else "",
        "detail": " · ".join([*_details(before, after, marketplace), *_deadline(before, after, clock)]),
        "at": clock.full(event["at"]),
        "who": event["actor"] or gettext("system"),
        "batch": event["batch"],
        "goods": "goods" in after,
    }


def _details(before: Mapping[str, Any], after: Mapping[str, Any], marketplace: str) -> Iterable[str]:
    old, new = before.get("stage"), after.get("stage")
    if old and new and old != new:
        yield f"{gettext(STAGES.get(old, old))} → {gettext(STAGES.get(new, new))}"
    if before.get("number") and after.get("number"):
        yield f"{before['number']} → {after['number']}"
    for key in ("number", "service", "reason"):
        if after.get(key) and not (key == "number" and before.get(key)):
            yield str(after[key])
    if after.get("document"):
        yield gettext(DOCUMENTS.get(after["document"], after["document"]))
    if after.get("outcome") in CAUGHT:
        yield gettext(CAUGHT[after["outcome"]])
    if "ended" in before:
        if not after.get("ended"):
            yield gettext("the cancellation was taken back")
        elif step_at(marketplace, after.get("status", "")):
            yield gettext("ended here; the marketplace itself has not cancelled it")
        else:
            yield gettext("cancelled for good")
    if "held_there" in after:
        yield gettext("on hold at the marketplace") if after["held_there"] else gettext("released at the marketplace")
    if after.get("supply") == "short":
        yield gettext("Short")
    if before.get("number") and not after.get("number"):
        yield str(before["number"])
    if "goods" in before and "goods" in after:
        yield f"{', '.join(before['goods']) or '—'} → {', '.join(after['goods']) or '—'}"
    if before.get("recipient") and after.get("recipient"):
        yield from _moved(before["recipient"], after["recipient"])


def _deadline(before: Mapping[str, Any], after: Mapping[str, Any], clock: Clock) -> Iterable[str]:
    """ "2026-11-22 09:00 → 2026-11-24 09:00" """
    if after.get("deadline"):
        old, new = (datetime.fromisoformat(one["deadline"]) for one in (before, after))
        yield f"{clock.full(old)} → {clock.full(new)}"


def _moved(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[str]:
    """The parts of an address that changed: "Main Street 1 → Main Street 2"."""
    for part in new:
        if (was := old.get(part, "")) != (now := new[part]):
            yield f"{was or '—'} → {now or '—'}"


def whys_of(events: Sequence[Mapping[str, Any]], reasons: Sequence[str] = ()) -> list[dict[str, Any]]:
    """A block for each decision that history explains. `reasons`: those for which a person is to review the order now."""
    blocks = []
    if reasons:
        names = [gettext(REASONS.get(reason, reason)) for reason in reasons]
        blocks.append({"title": gettext("Why is a person to review it?"), "says": "", "points": names})
    for event in events:
        why = _json(event["why"])
        if "merged" in why:
            blocks.append(_merge(event, why))
    return blocks


def _merge(event: Mapping[str, Any], why: Mapping[str, Any]) -> dict[str, Any]:
    merged, others = why["merged"], why.get("others", [])
    points = [gettext("Together: %(orders)s") % {"orders": ", ".join(merged)}]
    if others:
        lost = {
            "limit": gettext("the parcel was full (orders or value)"),
            "lines": gettext("the parcel was full (lines)"),
        }
        reason = ", ".join(lost.get(one, one) for one in why.get("others_lost", []))
        points.append(gettext("Not in it: %(orders)s: %(reason)s") % {"orders": ", ".join(others), "reason": reason})
    limits = why.get("limits", {})
    names = {"lines": gettext("lines"), "orders": gettext("orders"), "value": gettext("value")}
    said = [f"{names[key]} ≤ {value:,}" for key, value in limits.items() if value and key in names]
    points.append(gettext("Limits: %(limits)s") % {"limits": ", ".join(said) or gettext("none")})
    count = len(merged)
    title = ngettext("Why is %(count)s order in this parcel?", "Why are %(count)s orders in one parcel?", count)
    return {
        "title": title % {"count": count},
        "says": gettext("Rule: %(rule)s") % {"rule": why.get("rule", "")},
        "points": points,
        "on": f"P-{event['subject_id']}",
    }
