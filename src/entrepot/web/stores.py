"""Stores: the list with how each stands, a store's own page, sync now, switch off and on, add one by file, edit."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from entrepot.connections import begun, connect
from entrepot.connections.edit_store import AliasTaken, edit_store
from entrepot.connections.pulls import FIRST_LOOK_BACK
from entrepot.connections.queries import services_of, store_row
from entrepot.connections.sender import PARTS
from entrepot.connections.standing import (
    BEHIND,
    Standing,
    is_reconnected,
    pulls_of,
    set_interval,
    standing_of,
    standings,
)
from entrepot.connections.stores import create_store, store_by_id, store_named
from entrepot.core.batch import loads
from entrepot.core.clock import now
from entrepot.core.permissions import Permission
from entrepot.marketplaces.registry import connector_of, marketplaces
from entrepot.orders import unreadable
from entrepot.orders.fetch import fetch_orders, taken_in_since
from entrepot.web import stores_clocks, stores_words
from entrepot.web.access import MemberRequest, member_required
from entrepot.web.batches import clock_of
from entrepot.web.choices import CURRENCIES, zones
from entrepot.web.forms import SenderForm, StoreForm
from entrepot.web.stores_forms import SyncForm
from entrepot.web.words import Clock

AT_ONCE = timedelta(minutes=1)  # less than this is not behind
NEWS = timedelta(days=1)  # for so long a fresh connection counts what it brought
BUSY_POLL, IDLE_POLL = 2, 20  # seconds between looks at a store that is being pulled, and at one that is not


def titles() -> dict[str, str]:
    return {listed.name: listed.title for listed in marketplaces()}


@member_required(Permission.VIEW)
def stores(request: MemberRequest) -> HttpResponse:
    clock, named = clock_of(request), titles()
    listed = [summary(store, clock, named) for store in standings(request.membership.organization_id)]
    return render(request, "settings/stores.html", {"stores": listed, **_may(request)})


def summary(row: Mapping[str, Any], clock: Clock, named: Mapping[str, str]) -> dict[str, Any]:
    """A store as the list and the head of its page show it."""
    standing, sender = standing_of(row, clock.now), loads(row["sender"])
    runs = row["lease_until"] is not None and row["lease_until"] > clock.now
    synced = standing in (Standing.OK, Standing.TROUBLE, Standing.ENDING)
    pulled = row["watermark"] is not None and (
        synced or row["success_at"] is not None
    )  # and as far as that it is known
    lag = clock.now - row["watermark"] if pulled and standing is not Standing.OFF else None
    return {
        **row,
        "standing": standing.value,
        "chip": stores_words.chip(standing),
        "title": named.get(row["marketplace"], row["marketplace"]),
        "sender": ", ".join(value for part in ("name", "city", "country") if (value := sender.get(part))),
        "has_sender": all(sender.get(part) for part in PARTS),
        "synced": synced,
        "pulled": pulled,
        "begun": row["grant_state"] == "pending" and not row["account"],
        "runs": runs,
        "success": clock.since(row["success_at"]) if row["success_at"] else "",
        "success_at_text": clock.full(row["success_at"]),
        "next": _next(row, clock, runs) if synced else "",
        "lag": clock.span(max(lag.total_seconds(), 0)) if lag is not None else "",
        "lags": lag is not None and lag >= AT_ONCE,
        "lag_bad": lag is not None and lag > BEHIND,
        "trouble_sentence": stores_words.trouble_sentence(row["trouble"], theirs=_theirs(row))
        if row["trouble"]
        else "",
        "ours_to_blame": stores_words.is_ours(row["trouble"] or "") or row["ours"],
        "ends": clock.full(row["refresh_expires_at"]) if row["refresh_expires_at"] else "",
        "granted": clock.full(row["granted_at"]) if row["granted_at"] and row["grant_state"] != "pending" else "",
    }


def _theirs(row: Mapping[str, Any]) -> bool:
    """Whether the marketplace itself said something."""
    return bool(row["message"]) and not row["ours"]


def _next(row: Mapping[str, Any], clock: Clock, runs: bool) -> str:
    if runs:
        return _("running now")
    if row["next_run_at"] is None:
        return ""
    seconds = (row["next_run_at"] - clock.now).total_seconds()
    return _("within a minute") if seconds < 60 else _("in %(span)s") % {"span": clock.span(seconds)}


def _may(request: MemberRequest) -> dict[str, bool]:
    allowed = request.actor.permissions
    return {
        "may": Permission.SETTINGS in allowed,
        "may_connect": Permission.CONNECT in allowed,
        "may_sync": Permission.IMPORT in allowed,
    }


@member_required(Permission.SETTINGS)
def new(request: MemberRequest) -> HttpResponse:
    """A store whose orders come from files."""
    ours = request.membership
    form = store_form(request, {"time_zone": ours.time_zone})
    sender = SenderForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and sender.is_valid():
        values = form.cleaned_data
        if store_named(ours.organization_id, values["name"]):
            form.add_error("name", _("There is a store of this alias already."))
        else:
            made = create_store(
                organization_id=ours.organization_id,
                name=values["name"],
                marketplace="file",
                currency=values["currency"],
                time_zone=values["time_zone"],
                actor=request.actor,
                at=now(),
                sender=_filled(sender),
                default_service_id=values["default_service"],
            )
            _edit(request, made.id, {"handling_hours": values["handling_hours"]})
            messages.success(request, _("The store is there. Import its orders next."))
            return redirect("stores")
    context = {"form": form, "sender": sender, "store": None, "zones": zones(), "currencies": CURRENCIES}
    return render(request, "settings/store.html", context)


@member_required(Permission.VIEW)
def store(request: MemberRequest, store_id: int) -> HttpResponse:
    """Where a store stands, what came in, what could not be read; its settings for those who may change them."""
    if request.method == "POST":
        request.actor.require(Permission.SETTINGS)
    row = _row(request, store_id)
    ours = store_row(request.membership.organization_id, store_id)
    assert ours is not None
    form = store_form(request, {**ours, "default_service": ours["default_service_id"]})
    if row["marketplace"] != "file":  # the marketplace names currency and zone itself
        form.fields["currency"].help_text = form.fields["time_zone"].help_text = ""
        form.fields.pop("handling_hours")  # its clocks have hours of their own
    facts = store_by_id(request.membership.organization_id, store_id)
    assert facts is not None
    clocks = stores_clocks.clocks_form(request, facts)
    sender = SenderForm(request.POST or None, initial=ours["sender"])
    sync = SyncForm(request.POST or None, initial={"minutes": (row["every_seconds"] or 300) // 60})
    connected = row["every_seconds"] is not None
    if connected and not connector_of(row["marketplace"]).can.webhooks:
        sync.fields["minutes"].help_text = _(
            "This marketplace does not call us: a change there is seen at the next run."
        )
    forms = (form, sender, clocks, *([sync] if connected else ()))
    right = [one.is_valid() for one in forms]  # each says what is wrong with it
    if request.method == "POST" and all(right):
        values = dict(form.cleaned_data)
        values["default_service_id"] = values.pop("default_service")
        try:
            _edit(request, store_id, {**values, "sender": _filled(sender)})
        except AliasTaken:
            form.add_error("name", _("There is a store of this alias already."))
        else:
            if connected:
                set_interval(request.membership.organization_id, store_id, sync.cleaned_data["minutes"] * 60)
            recounts = stores_clocks.save(request, facts, clocks, values)
            said = _("Saved. The deadlines of its open orders are counted anew.") if recounts else _("Saved.")
            messages.success(request, said)
            return redirect("store", store_id) if row["marketplace"] != "file" else redirect("stores")
    context = {
        "form": form,
        "sender": sender,
        "sync": sync if connected else None,
        "clocks": clocks,
        "zones": zones(),
        "currencies": CURRENCIES,
        "back": "connected" in request.GET,
        **_story(request, row),
        **_log(request, store_id),
    }
    return render(request, "settings/store.html", context)


@member_required(Permission.VIEW)
def state(request: MemberRequest, store_id: int) -> HttpResponse:
    """The moving part of a store's page: it looks again by itself. A run that has ended renews the log below."""
    values = _story(request, _row(request, store_id))
    response = render(request, "settings/store_state.html", {**values, "back": "connected" in request.GET})
    if request.GET.get("was") == "busy" and not values["busy"]:
        response["HX-Trigger"] = "store-synced"
    return response


@member_required(Permission.VIEW)
def log(request: MemberRequest, store_id: int) -> HttpResponse:
    row = _row(request, store_id)
    return render(request, "settings/store_log.html", {**_story(request, row), **_log(request, store_id)})


@member_required(Permission.IMPORT)
def sync_all(request: MemberRequest) -> HttpResponse:
    """The desk's menu "Sync orders": how each connected store stands; asked for by POST, all of them are pulled now."""
    organization_id, clock = request.membership.organization_id, clock_of(request)
    found = [summary(row, clock, {}) for row in standings(organization_id)]
    synced = [one for one in found if one["synced"]]
    if request.method == "POST":
        ids = [one["id"] for one in synced]
        connect.sync_now(organization_id=organization_id, store_ids=ids, actor=request.actor, at=now())
    response = render(request, "desk/sync.html", {"stores": synced, "asked": request.method == "POST"})
    if request.GET.get("again"):  # a few seconds after it was asked for: what came by then is listed
        response["HX-Trigger"] = "desk-changed"
    return response


@require_POST
@member_required(Permission.VIEW)
def sync(request: MemberRequest, store_id: int) -> HttpResponse:
    """Sync orders, or ask again for those that could not be read (`order` names them)."""
    organization_id = request.membership.organization_id
    row, numbers = _row(request, store_id), request.POST.getlist("order")
    if summary(row, clock_of(request), {})["synced"]:
        if numbers:
            fetch_orders(
                organization_id=organization_id, store_id=store_id, numbers=numbers, actor=request.actor, at=now()
            )
        else:
            connect.sync_now(organization_id=organization_id, store_ids=[store_id], actor=request.actor, at=now())
    if not request.headers.get("HX-Request"):
        messages.success(request, _("The sync has been asked for."))
        return redirect("stores") if request.POST.get("from") == "list" else redirect("store", store_id)
    return render(request, "settings/store_state.html", _story(request, _row(request, store_id)))


@require_POST
@member_required(Permission.VIEW)
def switch(request: MemberRequest, store_id: int) -> HttpResponse:
    """Into use or out of it. A connected store is its owner's to switch; one fed by files is a setting."""
    row, on = _row(request, store_id), request.POST.get("on") == "1"
    if row["marketplace"] == "file":
        _edit(request, store_id, {"is_enabled": on})
        return redirect("stores")
    connect.switch(
        organization_id=request.membership.organization_id,
        store_ids=[store_id],
        enabled=on,
        actor=request.actor,
        at=now(),
    )
    messages.success(request, _("Switched on again.") if on else _("Switched off. Its orders and parcels stay here."))
    return redirect("store", store_id)


@require_POST
@member_required(Permission.VIEW)
def discard(request: MemberRequest, store_id: int) -> HttpResponse:
    """A store that was begun and never allowed goes without a trace on the lists."""
    row = _row(request, store_id)
    try:
        begun.discard_stores(
            organization_id=request.membership.organization_id, store_ids=[store_id], actor=request.actor, at=now()
        )
    except begun.NotBegun:
        messages.error(request, _("This store was connected once. Switch it off instead."))
        return redirect("store", store_id)
    messages.success(request, _("%(store)s is discarded.") % {"store": row["name"]})
    return redirect("stores")


def _row(request: MemberRequest, store_id: int) -> dict[str, Any]:
    found = standings(request.membership.organization_id, store_id)
    if not found:
        raise Http404(store_id)
    return found[0]


def _story(request: MemberRequest, row: Mapping[str, Any]) -> dict[str, Any]:
    """The state panel: where the pull stands and how often to look again."""
    clock = clock_of(request)
    store = summary(row, clock, titles())
    waits = row["next_run_at"] is not None and row["next_run_at"] <= clock.now
    busy = store["synced"] and row["is_enabled"] and (store["runs"] or waits or row["wanted"] > 0)
    return {
        "store": store,
        "busy": busy,
        "poll": BUSY_POLL if busy else IDLE_POLL,
        "progress": _progress(row, clock.now) if busy else None,
        "first": store["synced"] and row["success_at"] is None,
        "again": store["synced"]
        and row["success_at"] is not None
        and is_reconnected(request.membership.organization_id, row["id"]),
        "came": _came(request, row, clock) if store["synced"] else "",
        "seen": clock.full(row["watermark"]),
        **_may(request),
    }


def _came(request: MemberRequest, row: Mapping[str, Any], clock: Clock) -> str:
    """How many orders the store has brought, for as long as that is news. One that is connected again brings none for
    the first time."""
    organization_id = request.membership.organization_id
    if clock.now - row["granted_at"] > NEWS or is_reconnected(organization_id, row["id"]):
        return ""
    return f"{taken_in_since(organization_id, row['id'], row['granted_at']):,}"


def _progress(row: Mapping[str, Any], at: datetime) -> int:
    """How much of the time to look through is done, in percent."""
    start: datetime = row["granted_at"] - FIRST_LOOK_BACK
    whole, done = max((at - start).total_seconds(), 1), (row["watermark"] - start).total_seconds()
    return int(max(0, min(100, 100 * done / whole)))


def _log(request: MemberRequest, store_id: int) -> dict[str, Any]:
    organization_id, clock = request.membership.organization_id, clock_of(request)
    runs = [
        {
            **one,
            "at": clock.full(one["started_at"]),
            "took": f"{(one['finished_at'] - one['started_at']).total_seconds():.1f} s",
            "why": stores_words.why(one),
            "span": f"{clock.short(one['since'])} → {clock.short(one['until'])}",
            "sentence": stores_words.trouble_sentence(one["trouble"], theirs=_theirs(one)) if one["trouble"] else "",
            "ours_to_blame": stores_words.is_ours(one["trouble"]) or one["ours"],
        }
        for one in pulls_of(organization_id, store_id)
    ]
    broken = [
        {
            **one,
            "first": clock.full(one["first_at"]),
            "next": clock.short(one["next_try_at"]),
            "raw": orjson.dumps(orjson.loads(one["raw"]), option=orjson.OPT_INDENT_2).decode(),
        }
        for one in unreadable.of_store(organization_id, store_id)
    ]
    return {"runs": runs, "broken": broken}


def _edit(request: MemberRequest, store_id: int, values: dict[str, Any]) -> None:
    edit_store(
        organization_id=request.membership.organization_id,
        store_id=store_id,
        values=values,
        actor=request.actor,
        at=now(),
    )


def store_form(request: MemberRequest, initial: dict[str, Any]) -> StoreForm:
    offered = [
        (service["id"], f"{service['name']} · {service['account']}")
        for service in services_of(request.membership.organization_id)
        if service["is_enabled"] or service["id"] == initial.get("default_service_id")
    ]
    return StoreForm(request.POST or None, initial=initial, services=offered)


def _filled(sender: SenderForm) -> dict[str, str]:
    return {name: value for name, value in sender.cleaned_data.items() if value}
