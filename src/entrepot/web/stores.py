"""Stores: list, add, edit, take out of use."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from entrepot.connections.edit_store import AliasTaken, edit_store
from entrepot.connections.queries import services_of, store_row, stores_of
from entrepot.connections.stores import create_store, store_named
from entrepot.core.batch import loads
from entrepot.core.clock import now
from entrepot.core.permissions import Permission
from entrepot.web.access import MemberRequest, member_required
from entrepot.web.choices import CURRENCIES, zones
from entrepot.web.forms import SenderForm, StoreForm


@member_required(Permission.VIEW)
def stores(request: MemberRequest) -> HttpResponse:
    listed = [
        {**store, "sender": _line(loads(store["sender"]))} for store in stores_of(request.membership.organization_id)
    ]
    may = Permission.SETTINGS in request.actor.permissions
    return render(request, "settings/stores.html", {"stores": listed, "may": may})


@member_required(Permission.SETTINGS)
def new(request: MemberRequest) -> HttpResponse:
    ours = request.membership
    form = _form(request, {"time_zone": ours.time_zone})
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
    return _page(request, form, sender, None)


@member_required(Permission.SETTINGS)
def edit(request: MemberRequest, store_id: int) -> HttpResponse:
    store = store_row(request.membership.organization_id, store_id)
    if store is None:
        return render(request, "404.html", status=404)
    form = _form(request, {**store, "default_service": store["default_service_id"]})
    sender = SenderForm(request.POST or None, initial=store["sender"])
    if request.method == "POST" and form.is_valid() and sender.is_valid():
        values = dict(form.cleaned_data)
        values["default_service_id"] = values.pop("default_service")
        try:
            _edit(request, store_id, {**values, "sender": _filled(sender)})
        except AliasTaken:
            form.add_error("name", _("There is a store of this alias already."))
        else:
            messages.success(request, _("Saved."))
            return redirect("stores")
    return _page(request, form, sender, store)


@require_POST
@member_required(Permission.SETTINGS)
def switch(request: MemberRequest, store_id: int) -> HttpResponse:
    """Into use or out of it."""
    _edit(request, store_id, {"is_enabled": request.POST.get("on") == "1"})
    return redirect("stores")


def _edit(request: MemberRequest, store_id: int, values: dict[str, Any]) -> None:
    edit_store(
        organization_id=request.membership.organization_id,
        store_id=store_id,
        values=values,
        actor=request.actor,
        at=now(),
    )


def _form(request: MemberRequest, initial: dict[str, Any]) -> StoreForm:
    offered = [
        (service["id"], f"{service['name']} · {service['account']}")
        for service in services_of(request.membership.organization_id)
        if service["is_enabled"] or service["id"] == initial.get("default_service_id")
    ]
    return StoreForm(request.POST or None, initial=initial, services=offered)


def _page(request: MemberRequest, form: StoreForm, sender: SenderForm, store: dict[str, Any] | None) -> HttpResponse:
    context = {"form": form, "sender": sender, "store": store, "zones": zones(), "currencies": CURRENCIES}
    return render(request, "settings/store.html", context)


def _filled(sender: SenderForm) -> dict[str, str]:
    return {name: value for name, value in sender.cleaned_data.items() if value}


def _line(sender: dict[str, str]) -> str:
    return ", ".join(sender[part] for part in ("name", "city", "country") if sender.get(part))
