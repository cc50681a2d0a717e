"""The whole story of one order or parcel: where it stands, who did what when, and why."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from entrepot.core.batch import VERBS
from entrepot.core.permissions import Permission
from entrepot.orders import story as order_reads
from entrepot.orders.answering import answer_of
from entrepot.orders.edit_address import answer
from entrepot.orders.ingest import ADDRESS_MASKED
from entrepot.parcels import queries as parcel_reads
from entrepot.parcels.collecting import collect_by_of
from entrepot.parcels.documents.latin import is_latin, reading
from entrepot.parcels.whereabouts import of_order as of_order_parcels
from entrepot.parcels.whereabouts import of_parcel
from entrepot.web import drawer_notices
from entrepot.web.access import MemberRequest, member_required
from entrepot.web.batches import DOCUMENTS, clock_of
from entrepot.web.drawer_clocks import alterations, collecting, running, with_expected
from entrepot.web.drawer_moved import moved_notes
from entrepot.web.state_words import state_at, step_at
from entrepot.web.stopped import notes_of, stops, waiting
from entrepot.web.tabs import ALL, ANSWERS, BLOCKED, REASONS, STAGES, TABS, TELL, Tab, answers_last, offered
from entrepot.web.tales import tale_of, whys_of
from entrepot.web.words import Clock, country, money, zone

CLOSED = ("shipped", "cancelled", "unpacked", "in_transit", "delivered", "failed")
FIELDS = ("name", "company", "line1", "line2", "district", "city", "region", "postcode")


@member_required(Permission.VIEW)
def order(request: MemberRequest, number: int) -> HttpResponse:
    organization_id = request.membership.organization_id
    row = order_reads.order_detail(organization_id, number)
    if row is None:
        raise Http404
    row["answer"] = answer_of(organization_id, number) if row["cancellation_asked_at"] else None
    parcels = parcel_reads.parcels_of_order(organization_id, number)
    events = order_reads.timeline(organization_id, {"order": [number], "parcel": [one["id"] for one in parcels]})
    clock = clock_of(request)
    tab = _tab_of("order", row["stage"], "")
    notes = notes_of(of_order_parcels(organization_id, number), clock, request.actor.permissions, answers=False)
    if row["stage"] in ("to_review", "to_pack"):  # packed ones have it with their parcels
        hidden = row["stage"] == "to_pack" and ADDRESS_MASKED in row["review_reasons"]
        said = {"order_id": number, "parcel_id": None, "store": row["store_name"], "hidden": hidden}
        notes += waiting({**row, **said})
    refused = drawer_notices.of_an_order(request, row, parcels, clock)
    notes = _with_moved(notes, parcel_reads.addresses_changed(organization_id, order_id=number), request)
    notes += refused["refusals"]
    tales = [tale_of(event, clock, row["marketplace"]) for event in events]
    return _answer(
        request,
        "drawer/order.html",
        {
            "order": row,
            "number": row["shown"],
            "long_number": row["external_id"] if row["external_id"] != row["shown"] else "",
            "stage": gettext(STAGES[row["stage"]]),
            "state_there": state_at(row["marketplace"], row["external_status"]),
            "step_there": step_at(row["marketplace"], row["external_status"]),
            "amount": money(row["total_minor"], row["currency"]),
            "facts": _order_facts(row, parcels, clock),
            "lines": [_order_line(line, row["currency"]) for line in order_reads.lines_of(organization_id, number)],
            "parcels": [
                {"id": one["id"], "stage": gettext(STAGES[one["stage"]]), "number": one["waybill_number"]}
                for one in parcels
            ],
            "payloads": [
                {"at": clock.full(one["received_at"]), "text": _pretty(one["raw"])}
                for one in order_reads.payloads_of(organization_id, number)
            ],
            "reasons": [gettext(REASONS.get(reason, reason)) for reason in row["review_reasons"]],
            "placed": clock.full(row["placed_at"]),
            "held_until": clock.full(row["held_until"]) if row["held_until"] else "",
            "clocks": running(row, clock),
            "may_edit_address": answer(row).refusal is None and Permission.REVIEW in request.actor.permissions,
            **refused,
            **_common(request, row, events, clock, tab, notes),
            **with_expected(tales, events, row, clock),
            "altered": alterations(row, events, tales),
        },
    )


@member_required(Permission.VIEW)
def parcel(request: MemberRequest, number: int) -> HttpResponse:
    organization_id = request.membership.organization_id
    row = parcel_reads.parcel_detail(organization_id, number)
    if row is None:
        raise Http404
    lines = parcel_reads.lines_of(organization_id, number)
    waybills = parcel_reads.waybills_of(organization_id, number)
    marks = parcel_reads.print_marks_of(organization_id, number)
    orders = list(dict.fromkeys((line["order_id"], line["shown"], line["external_id"]) for line in lines))
    events = order_reads.timeline(organization_id, {"parcel": [number], "order": [one[0] for one in orders]})
    clock = clock_of(request)
    tab = _tab_of("parcel", row["stage"], row["supply"])
    notes = notes_of(of_parcel(organization_id, number), clock, request.actor.permissions, answers=True)
    refused = drawer_notices.of_a_parcel(request, row, clock)
    moved = parcel_reads.addresses_changed(organization_id, parcel_ids=[number])
    notes = _with_moved(notes, moved, request) + refused["refusals"]
    supply = {"in_stock": gettext("In stock"), "short": gettext("Short")}.get(row["supply"], "")
    return _answer(
        request,
        "drawer/parcel.html",
        {
            "parcel": row,
            "number": f"P-{number}",
            "stage": gettext(STAGES[row["stage"]]),
            "supply": supply if row["stage"] == "to_print" and not _uncounted(lines) else "",
            "amount": money(row["total_minor"], row["currency"]),
            "facts": _parcel_facts(row, lines, waybills, marks, events, clock),
            "clocks": collecting(row, collect_by_of(organization_id, [number]).get(number), clock),
            "lines": [_parcel_line(line) for line in lines],
            "orders": [{"id": one[0], "number": one[1], "long_number": one[2]} for one in orders],
            "waybills": [
                {**one, "at": clock.full(one["created_at"]), "word": _waybill_word(one["status"])} for one in waybills
            ],
            **refused,
            **_common(request, row, events, clock, tab, notes, moved=bool(moved)),
        },
    )


def _with_moved(
    notes: list[dict[str, Any]], moved: Sequence[Mapping[str, Any]], request: MemberRequest
) -> list[dict[str, Any]]:
    """What must not go at all needs no other address."""
    return notes if stops(notes) else notes + moved_notes(moved, request.actor.permissions)


def _answer(request: MemberRequest, template: str, values: dict[str, Any]) -> HttpResponse:
    """The drawer alone for htmx; a page of its own else, so that a link to it can be sent."""
    if request.headers.get("HX-Request"):
        return render(request, template, values)
    return render(request, "drawer/page.html", values | {"drawer": template})


def _tab_of(subject: str, stage: str, supply: str) -> Tab | None:
    for tab in TABS.values():
        if tab.subject == subject and stage in tab.stages and (subject == "order" or tab.supply == supply):
            return tab
    return None


def _common(
    request: MemberRequest,
    row: Mapping[str, Any],
    events: Sequence[Mapping[str, Any]],
    clock: Clock,
    tab: Tab | None,
    notes: Sequence[Mapping[str, Any]],
    *,
    moved: bool = False,
) -> dict[str, Any]:
    """`notes`: what stops it, with the buttons that settle that; the others would only be refused. `moved`: it goes to
    another address by now."""
    answering = answer["says"] if (answer := row.get("answer")) and answer["on_its_way"] else ""
    stopped, asked = stops(notes), bool(row.get("cancellation_asked_at")) and not answering
    blocked = asked or bool(answering) or moved or any(note["of_orders"] for note in notes)
    open_ = not stopped and row["stage"] not in CLOSED
    ends = row["stage"] == "unpaid" and row.get("pay_by_at") is not None
    nearest = row["pay_by_at"] if ends else row["deadline_at"]
    kind, _span, left = clock.until(nearest) if open_ else ("", "", "")
    return {
        "tab": tab,
        "stops": notes,
        "acts": []
        if stopped or answering == "yes"
        else _acts(request, tab, asked=asked, blocked=blocked, led=bool(notes)),
        "recipient": recipient_of(row["recipient"]),
        "deadline": {
            "kind": kind,
            "left": left,
            "name": gettext("Cancelled unless paid by") if ends else gettext("Ship by"),
            "store": clock.full(nearest, zone(row["store_zone"])),
            "store_zone": row["store_zone"],
            "mine": clock.full(nearest),
            "mine_zone": str(clock.zone),
            "more": _other_deadlines(row, clock) if open_ else [],
        },
        "whys": whys_of(events, row["review_reasons"] if row["stage"] == "to_review" else ()),
        "timeline": [tale_of(event, clock, row["marketplace"]) for event in events],
    }


def _other_deadlines(row: Mapping[str, Any], clock: Clock) -> list[dict[str, str]]:
    """When the buyer must be answered."""
    if (instant := row.get("answer_by_at")) is None:
        return []
    kind, _span, left = clock.until(instant)
    return [{
        "name": gettext("Answer the cancellation by"), "icon": "alert", "kind": kind or "amb", "left": left,
        "mine": clock.full(instant), "walls": clock.everywhere(instant, row["store_zone"]),
    }]  # fmt: skip


def _acts(request: MemberRequest, tab: Tab | None, *, asked: bool, blocked: bool, led: bool) -> list[dict[str, Any]]:
    """The buttons of the tab; those that answer a wish to cancel where there is one, whatever the tab. While a buyer
    waits for the answer, those that would be refused are left out. `led`: a note above has the natural next step.
    """
    acts = answers_last(tab.acts if tab else ANSWERS if asked else (), asked=asked)
    tab = tab or ALL
    return [
        {
            "slug": act.slug,
            "name": gettext(act.name),
            "dialog": act.dialog,
            "bad": act.bad,
            "main": act is acts[-1] and act not in ANSWERS and not act.bad and not led,
            "url": reverse("desk-act", args=[tab.slug, act.slug]),
        }
        for act in reversed(acts)
        if VERBS[act.verb].permission in request.actor.permissions
        and offered(act, asked=asked, mark="")
        and not (act in BLOCKED and blocked)
        and act is not TELL  # the shipping notices below have it, where there is something to tell
    ]


def recipient_of(raw: Any) -> dict[str, str]:
    """An address in its own script, and in Latin letters where that differs."""
    value = orjson.loads(raw) if isinstance(raw, str) else raw
    name = value.get("name", "")
    street = ", ".join(filter(None, (value.get(key, "") for key in ("line1", "line2", "district"))))
    place = " ".join(filter(None, (value.get(key, "") for key in ("postcode", "city", "region"))))
    own = " ".join([name, street, place])
    code = value.get("country", "")
    latin = "" if is_latin(own) else ", ".join(filter(None, (_latin(street, code), _latin(place, code))))
    return {
        "name": name,
        "company": value.get("company", ""),
        "street": street,
        "place": place,
        "country": f"{country(code)} ({code})" if code else "",
        "phone": value.get("phone", ""),
        "email": value.get("email", ""),
        "tax_id": value.get("tax_id", ""),
        "latin_name": "" if is_latin(name) else _latin(name, code),
        "latin": latin,
        "copy": "\n".join(filter(None, (name, value.get("company", ""), street, place, country(code)))),
    }


def _latin(text: str, country_code: str) -> str:
    return " ".join(reading(text, country_code).split())


def _fact(done: bool | None, text: str, under: str = "", number: str = "") -> dict[str, Any]:
    return {"state": {True: "done", False: "", None: "bad"}[done], "text": text, "under": under, "number": number}


def _order_facts(row: Mapping[str, Any], parcels: Sequence[Mapping[str, Any]], clock: Clock) -> list[dict[str, Any]]:
    live = [one for one in parcels if one["stage"] != "unpacked"]
    shipped = [one for one in live if one["shipped_at"]]
    unknown = "unknown_sku" in row["review_reasons"]
    reviewed = row["stage"] in ("to_pack", "packed", "shipped")
    return [
        _fact(True, gettext("Paid"), clock.full(row["paid_at"]))
        if row["paid_at"]
        else _fact(False, gettext("Not paid")),
        _fact(None, gettext("Unknown SKU")) if unknown else _fact(True, gettext("All SKUs known")),
        _fact(reviewed, gettext("Reviewed") if reviewed else gettext("Not reviewed")),
        _fact(
            bool(live), gettext("Packed") if live else gettext("Not packed"), ", ".join(f"P-{p['id']}" for p in live)
        ),
        _fact(
            bool(shipped) and len(shipped) == len(live),
            gettext("Handed over") if shipped else gettext("Not handed over"),
            clock.full(max(one["shipped_at"] for one in shipped)) if shipped else "",
        ),
    ]


def _uncounted(lines: Sequence[Mapping[str, Any]]) -> bool:
    """Whether some line is paired with no SKU. It counts as in stock, but nobody has counted it."""
    return any(line["codes"] is None for line in lines)


def _stock_fact(supply: str, lines: Sequence[Mapping[str, Any]], allocated: str) -> dict[str, Any]:
    if supply == "short":
        return _fact(None, gettext("Short of stock"), allocated)
    if _uncounted(lines):
        under = " · ".join(filter(None, (gettext("counts as in stock"), allocated if supply else "")))
        return {**_fact(False, gettext("Not counted: unknown SKU"), under), "state": "unsure"}
    return _fact(True, gettext("Stock allocated"), allocated) if supply else _fact(False, gettext("Not allocated"))


def _parcel_facts(
    row: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    waybills: Sequence[Mapping[str, Any]],
    marks: Sequence[Mapping[str, Any]],
    events: Sequence[Mapping[str, Any]],
    clock: Clock,
) -> list[dict[str, Any]]:
    def under(verb: str, at: datetime | None = None) -> str:
        event = next((e for e in events if e["subject"] == "parcel" and e["verb"] == verb), None)
        return f"{clock.full(event['at'])} · {event['actor'] or gettext('system')}" if event else clock.full(at)

    current = next((one for one in waybills if one["is_current"]), None)
    if current:
        got = ("waybill", "renew")  # the act that drew this very number, and no earlier one
        by = next((one for one in events if one["verb"] in got and one["at"] == current["created_at"]), None)
        who = f" · {by['actor'] or gettext('system')}" if by else ""
        since = f"{clock.full(current['created_at'])}{who}"
        facts = [_fact(True, gettext("Waybill no."), f"{since} · {current['service']}", current["number"])]
    else:
        facts = [_fact(False, gettext("No waybill number"))]
    facts.append(_stock_fact(row["supply"], lines, under("allocate")))
    by_document = {mark["document"]: mark for mark in marks}
    for document, no in (("pick_list", gettext("Pick list not printed")), ("label", gettext("Label not printed"))):
        mark = by_document.get(document)
        if mark:
            yes = gettext("Pick list printed") if document == "pick_list" else gettext("Label printed")
            times = f" × {mark['times']}" if mark["times"] > 1 else ""
            who = mark["last_by"] or gettext("system")
            facts.append(_fact(True, f"{yes}{times}", f"{clock.full(mark['last_at'])} · {who}"))
        else:
            facts.append(_fact(False, no))
    others = [gettext(DOCUMENTS[name]) for name in by_document if name in ("packing_slip", "handover")]
    if others:
        facts.append(_fact(True, ", ".join(others), gettext("printed")))
    if row["shipped_at"]:
        facts.append(_fact(True, gettext("Handed over"), under("ship", row["shipped_at"])))
    else:
        facts.append(_fact(False, gettext("Not handed over")))
    return facts


def _order_line(line: Mapping[str, Any], currency: str) -> dict[str, Any]:
    return {
        **line,
        "price": money(line["unit_price_minor"], currency),
        "left": line["quantity"] - line["cancelled"] - line["packed"],
        "available": line["available"] if line["codes"] else None,
    }


def _parcel_line(line: Mapping[str, Any]) -> dict[str, Any]:
    return {**line, "allocated": line["allocated"] or 0}


def _waybill_word(status: str) -> str:
    return {
        "applying": gettext("applying"),
        "obtained": gettext("obtained"),
        "failed": gettext("failed"),
        "voided": gettext("voided"),
    }[status]


def _pretty(text: str) -> str:
    return orjson.dumps(orjson.loads(text), option=orjson.OPT_INDENT_2).decode()
