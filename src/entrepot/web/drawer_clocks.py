"""What a drawer tells of an order's clocks: each with its end, what the marketplace does by itself, what it changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from entrepot.marketplaces.policy import ClockName, Policy
from entrepot.marketplaces.registry import policy_of
from entrepot.orders.altered import WATCHED
from entrepot.orders.story import ByItself, Expected, expected_of
from entrepot.parcels.collect import deadlines_of
from entrepot.web.words import Clock

# ahead, and when its time has come
SAID = {
    ByItself.REMINDS: (_("The marketplace reminds the buyer to pay"), _("The marketplace reminded the buyer to pay")),
    ByItself.CANCELS: (
        _("Unless it is paid, the marketplace cancels it by itself and tells the buyer"),
        _("Unpaid until then, the marketplace cancels it by itself and tells the buyer"),
    ),
}


def running(row: Mapping[str, Any], clock: Clock) -> list[dict[str, str]]:
    """The clocks of an order that run side by side, the nearest first; none where only one runs, which says it all.

    What left our hands and is told runs on until it was collected.
    """
    if row["stage"] == "shipped":
        named = [(gettext("To be collected by"), row["collect_by_at"])]
    elif row["stage"] == "unpaid" or (found := _policy(row)) is None:
        return []
    else:
        due = deadlines_of({**row, "time_zone": row["store_zone"]})
        stocked = gettext("To await collection by") if found.has(ClockName.COLLECT) else gettext("To be stocked up by")
        named = [
            (stocked, due.stock_up),
            (gettext("To be collected by"), due.collect),
            (gettext("To be in transit by"), due.ship_by),
        ]
        if sum(at is not None for _name, at in named) < 2:
            return []
    return _lines(named, row["store_zone"], clock)


def collecting(row: Mapping[str, Any], by: datetime | None, clock: Clock) -> list[dict[str, str]]:
    """The same of a parcel that has left: by when it must be collected, while that clock runs."""
    return _lines([(gettext("To be collected by"), by)], row["store_zone"], clock)


def _lines(named: Sequence[tuple[str, datetime | None]], store_zone: str, clock: Clock) -> list[dict[str, str]]:
    runs = sorted(((at, name) for name, at in named if at is not None), key=lambda one: one[0])
    lines = []
    for at, name in runs:
        kind, _span, left = clock.until(at)
        lines.append(
            {
                "name": name,
                "icon": "clock",
                "kind": kind or "line",
                "left": left,
                "mine": clock.full(at),
                "walls": clock.everywhere(at, store_zone),
            }
        )
    return lines


def with_expected(
    tales: Sequence[dict[str, Any]], events: Sequence[Mapping[str, Any]], row: Mapping[str, Any], clock: Clock
) -> dict[str, list[dict[str, Any]]]:
    """`timeline`: history with what the marketplace's rules say it has done by itself, each at its time, newest first;
    `to_come`: what they say it will do, the next first."""
    policy = _policy(row)
    found: list[Expected] = list(expected_of(policy, row)) if policy else []
    told = [(event["at"], tale) for event, tale in zip(events, tales, strict=True)]
    for one in sorted((one for one in found if one.at <= clock.now), key=lambda one: one.at):
        place = next((n for n, (at, _tale) in enumerate(told) if at < one.at), len(told))
        told.insert(place, (one.at, _tale_of(one, clock)))
    ahead = sorted((one for one in found if one.at > clock.now), key=lambda one: one.at)
    return {"timeline": [tale for _at, tale in told], "to_come": [_tale_of(one, clock) for one in ahead]}


def _tale_of(one: Expected, clock: Clock) -> dict[str, Any]:
    ahead = one.at > clock.now
    return {
        "what": gettext(SAID[one.what][0 if ahead else 1]),
        "on": "", "detail": "", "at": clock.full(one.at), "who": gettext("by the marketplace's rules"), "batch": None,
    }  # fmt: skip


def alterations(
    row: Mapping[str, Any], events: Sequence[Mapping[str, Any]], tales: Sequence[Mapping[str, Any]]
) -> list[str]:
    """What the marketplace changed since a person reviewed the order, or since it came in: "before → after", the last
    change first. An address that its parcel has taken with a new waybill is settled."""
    if row["altered_at"] is None or row["stage"] not in WATCHED:
        return []
    found, taken = [], False
    for event, tale in zip(events, tales, strict=True):
        if event["subject"] == "parcel":
            taken = taken or event["verb"] in ("waybill", "renew")
        elif event["verb"] in ("review", "pack"):
            break
        elif event["verb"] == "update" and tale["detail"] and not (taken and not tale["goods"]):
            found.append(str(tale["detail"]))
    return found


def _policy(row: Mapping[str, Any]) -> Policy | None:
    try:
        return policy_of(row["marketplace"])
    except KeyError:  # not installed any more: its orders are shown all the same
        return None
