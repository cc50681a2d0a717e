"""Batches on screen: the result window, the list of what was done lately, undo, download."""

import csv
import io
from collections.abc import Mapping
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID, uuid4

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_noop as _
from django.views.decorators.http import require_POST

from entrepot.core import files, sql
from entrepot.core.batch import VERBS, loads
from entrepot.core.clock import now
from entrepot.core.permissions import Permission
from entrepot.core.report import Outcome, Refusal
from entrepot.core.undo import CannotUndo, can_undo, is_undo, submit_undo
from entrepot.parcels.print import note_sentence
from entrepot.web.access import MemberRequest, member_required
from entrepot.web.remedies import remedies_of
from entrepot.web.tabs import CANCELLED, TABS
from entrepot.web.words import Clock, zone_of

MOST_SHOWN = 200
RECENT = 100

# What a verb is called, and the desk tab where what it did waits next.
NAMES: dict[str, tuple[str, str]] = {
    "review_orders": (_("Review"), "pack"),
    "hold_orders": (_("Hold"), "hold"),
    "release_orders": (_("Release"), "review"),
    "cancel_orders": (_("Cancel orders"), "cancelled"),
    "edit_address": (_("Edit address"), ""),
    "pack_orders": (_("Pack"), "process"),
    "unpack_parcels": (_("Unpack"), "pack"),
    "get_waybills": (_("Get waybill"), "waybill"),
    "renew_waybills": (_("Get a new waybill"), ""),
    "void_waybills": (_("Void waybill"), "process"),
    "allocate_parcels": (_("Move to print"), "print"),
    "print_parcels": (_("Print"), ""),
    "ship_parcels": (_("Ship"), "shipped"),
    "mark_not_handed_over": (_("Not handed over"), ""),
    "mark_handed_over": (_("Already handed over"), ""),
    "close_intercepts": (_("Close intercepts"), ""),
    "notify_parcels": (_("Notify early"), ""),
    "retry_notices": (_("Tell again"), ""),
    "dismiss_notices": (_("Dismiss notices"), ""),
    "accept_cancellations": (_("Accept cancellation"), ""),
    "reject_cancellations": (_("Reject cancellation"), ""),
    "import_orders": (_("Import orders"), "review"),
    "import_skus": (_("Import SKUs"), ""),
    "pair_listings": (_("Pair listings"), ""),
    "make_skus": (_("Make SKUs"), ""),
    "count_stock": (_("Count stock"), ""),
    "set_counts": (_("Count stock"), ""),
    "receive_stock": (_("Receive stock"), ""),
}
DOCUMENTS = {
    "label": _("Print labels"),
    "pick_list": _("Pick list"),
    "packing_slip": _("Packing slips"),
    "handover": _("Hand-over list"),
}
# Refusals that are mended on the page of the store.
AT_THE_STORE = (Refusal.NO_SERVICE,)
STATUSES = {
    "queued": _("waiting"),
    "running": _("running"),
    "done": _("done"),
    "failed": _("failed"),
    "undone": _("undone"),
}
COLUMNS = """b.id, b.uuid, b.verb, b.status, b.asked_count, b.progress, b.done_count, b.refused_count, b.options,
    b.error, b.created_at, b.finished_at, m.name AS actor"""
# A running batch says how many; what became of each item is read once, when it is over.
KNOWN_OUTCOMES = "CASE WHEN b.status IN ('queued', 'running') THEN '[]' ELSE b.outcomes END AS outcomes"


def name_of(batch: Mapping[str, Any]) -> str:
    verb = batch["verb"]
    if verb.startswith("undo_"):
        return gettext("Undo: %(verb)s") % {"verb": name_of({**batch, "verb": verb.removeprefix("undo_")})}
    document = loads(batch["options"]).get("document") if batch.get("options") else None
    if verb == "print_parcels" and document in DOCUMENTS:
        return gettext(DOCUMENTS[document])
    return gettext(NAMES[verb][0]) if verb in NAMES else str(verb)


def batch_named(organization_id: int, uuid: UUID) -> dict[str, Any]:
    found = sql.dicts(
        f"""
        SELECT {COLUMNS}, b.result, {KNOWN_OUTCOMES} FROM core_batch b
        LEFT JOIN core_member m ON m.organization_id = %(org)s AND m.id = b.actor_id
        WHERE b.organization_id = %(org)s AND b.uuid = %(uuid)s
        """,
        {"org": organization_id, "uuid": uuid},
    )
    if not found:
        raise Http404
    return found[0]


def window_values(request: MemberRequest, uuid: UUID) -> dict[str, Any]:
    """Everything the result window shows of a batch."""
    batch = batch_named(request.membership.organization_id, uuid)
    outcomes = [Outcome.from_json(value) for value in loads(batch["outcomes"])]
    refused = [outcome for outcome in outcomes if outcome.refusal]
    result = loads(batch["result"])
    running = batch["status"] in ("queued", "running")
    name = name_of(batch)
    notes = _notes(result)
    return {
        "batch": batch,
        "name": name,
        "headline": headline(batch, name),
        "running": running,
        "status": gettext(STATUSES[batch["status"]]),
        **_bar(batch, running=running),
        "groups": groups_of(refused),
        "remedies": remedies_of(request, batch["verb"], refused),
        "more": max(len(refused) - MOST_SHOWN, 0),
        "done_text": done_text(batch),
        "done_word": _done_word(batch["verb"]),
        "is_told": _is_told(batch),
        "short_text": short_text(batch, refused),
        "next": _next(batch, result),
        "file": result.get("file"),
        "pages": result.get("pages"),
        "pages_text": _pages_text(result.get("pages") or 0),
        "notes": notes,
        "copy": "\n".join(
            [
                headline(batch, name),
                *(f"{one.name}\t{one.sentence}" for one in refused),
                *(f"{one}\t{note['sentence']}" for note in notes for one in note["names"]),
            ]
        ),
        "can_undo": batch["status"] in ("done", "failed") and batch["done_count"] > 0 and can_undo(batch["verb"]),
        "clock": clock_of(request),
        "at": clock_of(request).full(batch["created_at"]),
    }


def _bar(batch: Mapping[str, Any], *, running: bool) -> dict[str, Any]:
    """How far a batch is; once it is over, the share that was done: the rest was refused, or never came to its turn."""
    if running:
        return {"most": max(batch["asked_count"], 1), "bar": batch["progress"], "over": False}
    failed = batch["status"] == "failed"
    done, refused = batch["done_count"], batch["refused_count"]
    most = max(done + refused, 1)
    return {"most": most, "bar": 0 if failed else done if refused else most, "over": failed or refused > 0}


def _pages_text(pages: int) -> str:
    return ngettext("%(count)s page", "%(count)s pages", pages) % {"count": f"{pages:,}"}


def _notes(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "sentence": note_sentence(note),
            "store": note.get("store_id"),
            "names": note["parcels"][:MOST_SHOWN],
            "more": max(len(note["parcels"]) - MOST_SHOWN, 0),
        }
        for note in result.get("notes", ())
    ]


def headline(batch: Mapping[str, Any], name: str) -> str:
    """ "Pack: 6 done, 1 refused"."""
    if batch["status"] in ("queued", "running"):
        counts = {"done": f"{batch['progress']:,}", "all": f"{batch['asked_count']:,}"}
        return _titled(name, gettext("%(done)s of %(all)s") % counts)
    if batch["status"] == "failed":
        return _titled(name, gettext("failed"))
    pattern = gettext("%(count)s on their way") if _is_told(batch) else gettext("%(count)s done")
    words = pattern % {"count": f"{batch['done_count']:,}"}
    if batch["refused_count"]:
        words += gettext(", %(count)s refused") % {"count": f"{batch['refused_count']:,}"}
    return _titled(name, words)


def _done_word(verb: str) -> str:
    """What became of the done ones, where no list has them now."""
    if is_undo(verb):
        return gettext("undone: as it was before")
    return gettext("with a new waybill number") if verb == "renew_waybills" else gettext("done")


def _is_told(batch: Mapping[str, Any]) -> bool:
    """Whether what was done here is done only when a marketplace has taken it."""
    return batch["verb"] == "retry_notices" or bool(loads(batch.get("result") or "{}").get("told"))


def _titled(name: str, words: str) -> str:
    return gettext("%(name)s: %(words)s") % {"name": name, "words": words}


def groups_of(refused: list[Outcome]) -> list[dict[str, Any]]:
    """Refusals by sentence, the most frequent first; the names of each."""
    by_sentence = sorted(refused[:MOST_SHOWN], key=lambda one: one.sentence)
    groups = [(sentence, [one.name for one in members]) for sentence, members in groupby(by_sentence, key=_sentence)]
    groups.sort(key=lambda group: -len(group[1]))
    stores = {one.sentence: one.facts["store_id"] for one in refused if one.refusal in AT_THE_STORE}
    return [{"sentence": sentence, "names": names, "store": stores.get(sentence)} for sentence, names in groups]


def _sentence(outcome: Outcome) -> str:
    return outcome.sentence


def done_text(batch: Mapping[str, Any]) -> str:
    count = batch["done_count"]
    verb = batch["verb"].removeprefix("undo_")
    subject = VERBS[verb].subject if verb in VERBS else ""
    if subject == "parcel":
        return ngettext("%(count)s parcel", "%(count)s parcels", count) % {"count": f"{count:,}"}
    if verb == "pair_listings":
        return ngettext("%(count)s listing", "%(count)s listings", count) % {"count": f"{count:,}"}
    if verb in ("import_skus", "set_counts") or subject in ("sku", "stock"):
        return ngettext("%(count)s SKU", "%(count)s SKUs", count) % {"count": f"{count:,}"}
    return ngettext("%(count)s order", "%(count)s orders", count) % {"count": f"{count:,}"}


def short_text(batch: Mapping[str, Any], refused: list[Outcome]) -> str:
    """How many parcels moved on although their stock was not enough."""
    short = sum(one.refusal == Refusal.SHORT for one in refused) if batch["verb"] == "allocate_parcels" else 0
    return ngettext("%(count)s parcel", "%(count)s parcels", short) % {"count": f"{short:,}"} if short else ""


def _next(batch: Mapping[str, Any], result: Mapping[str, Any]) -> dict[str, str] | None:
    """Where the done ones wait now."""
    slug = NAMES.get(batch["verb"], ("", ""))[1]
    if not slug or not batch["done_count"]:
        return None
    if result.get("cancelled") and not result.get("to_pack"):
        slug = CANCELLED.slug  # orders that are cancelled for good go there when they are unpacked
    parcels = len(result.get("parcels", ()))
    made = ngettext("in %(count)s parcel", "in %(count)s parcels", parcels) % {"count": parcels} if parcels else ""
    return {"href": reverse("desk", args=[slug]), "name": gettext(TABS[slug].name), "made": made}


def clock_of(request: MemberRequest) -> Clock:
    return Clock.of(now(), zone_of(request))


@member_required(Permission.VIEW)
def batches(request: MemberRequest) -> HttpResponse:
    """What was done lately, by whom, with which result."""
    clock = clock_of(request)
    found = sql.dicts(
        f"""
        SELECT {COLUMNS} FROM core_batch b LEFT JOIN core_member m ON m.organization_id = %(org)s AND m.id = b.actor_id
        WHERE b.organization_id = %(org)s ORDER BY b.created_at DESC, b.id DESC LIMIT %(most)s
        """,
        {"org": request.membership.organization_id, "most": RECENT},
    )
    rows = [
        {
            "uuid": batch["uuid"],
            "name": name_of(batch),
            "actor": batch["actor"] or gettext("system"),
            "at": clock.short(batch["created_at"]),
            "asked": f"{batch['asked_count']:,}",
            "done": f"{batch['done_count']:,}",
            "refused": f"{batch['refused_count']:,}" if batch["refused_count"] else "",
            "status": gettext(STATUSES[batch["status"]]),
            "kind": {"failed": "red", "running": "blu", "queued": "blu", "undone": "line"}.get(batch["status"], "grn"),
        }
        for batch in found
    ]
    return render(request, "batch/list.html", {"rows": rows, "most": RECENT})


@member_required(Permission.VIEW)
def batch(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """One batch: as the window when htmx asks, as a page of its own else. The window polls this while it runs."""
    values = window_values(request, uuid)
    if not request.headers.get("HX-Request"):
        return render(request, "batch/page.html", values)
    response = render(request, "batch/window.html", values)
    if "polled" in request.GET and not values["running"]:
        response["HX-Trigger"] = "desk-changed"
    return response


@require_POST
@member_required(Permission.VIEW)
def undo(request: MemberRequest, uuid: UUID) -> HttpResponse:
    return undone(request, uuid)


def undone(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Undoes a batch and shows the undoing's own result, or its progress."""
    made = uuid4()
    try:
        submit_undo(
            organization_id=request.membership.organization_id,
            batch_uuid=uuid,
            actor=request.actor,
            at=now(),
            uuid=made,
        )
    except CannotUndo as problem:
        return render(request, "batch/problem.html", {"title": gettext("Undo"), "sentence": gettext(str(problem))})
    if not request.headers.get("HX-Request"):
        return redirect("batch", made)
    response = render(request, "batch/window.html", window_values(request, made))
    response["HX-Trigger"] = "desk-changed"
    return response


@member_required(Permission.VIEW)
def download(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """One line per item: its name, whether it was done, and the reason."""
    batch = batch_named(request.membership.organization_id, uuid)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([gettext("Item"), gettext("Result"), gettext("Reason")])
    for value in loads(batch["outcomes"]):
        outcome = Outcome.from_json(value)
        done = gettext("refused") if outcome.refusal else gettext("done")
        writer.writerow([safe_cell(outcome.name), done, safe_cell(outcome.sentence)])
    return attachment(text.getvalue(), f"{batch['verb']}-{_stamp(batch['created_at'])}.csv")


def safe_cell(text: str) -> str:
    """A text that a spreadsheet will not take for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def attachment(text: str, name: str) -> HttpResponse:
    """A CSV that spreadsheet programs read as UTF-8."""
    response = HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _stamp(at: datetime) -> str:
    return f"{at:%Y%m%d-%H%M%S}"


@member_required(Permission.VIEW)
def stored_file(request: MemberRequest, file_id: int) -> HttpResponse:
    """A file of the organization, shown in the browser to those who may do what made it."""
    found = files.fetch(request.actor, file_id)
    if found is None or not found.path.exists():
        raise Http404
    response = HttpResponse(found.path.read_bytes(), content_type=found.content_type)
    response["Content-Disposition"] = content_disposition_header(False, found.name) or "inline"
    return response
