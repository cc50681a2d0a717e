"""Carrier accounts, shipping services and their number pools."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from entrepot.carriers.registry import expand_range
from entrepot.connections.edit_service import edit_service
from entrepot.connections.edit_store import AliasTaken
from entrepot.connections.queries import LOW_POOL, accounts_of, carrier_codes_of, next_numbers, services_of, stores_of
from entrepot.connections.services import (
    MOST_NUMBERS,
    Added,
    BadNumbers,
    add_numbers,
    create_account,
    create_service,
    set_carrier_codes,
)
from entrepot.core.clock import now
from entrepot.core.permissions import Permission
from entrepot.marketplaces.registry import marketplaces
from entrepot.web.access import MemberRequest, member_required
from entrepot.web.forms import AccountForm, CarrierCodesForm, RangeForm, ServiceForm

MOST_BYTES = 5_000_000


@member_required(Permission.VIEW)
def services(request: MemberRequest) -> HttpResponse:
    organization_id = request.membership.organization_id
    listed = [
        {**one, "low": one["numbering"] == "pool" and one["is_enabled"] and one["free"] < LOW_POOL}
        for one in services_of(organization_id)
    ]
    context = {
        "services": listed,
        "accounts": accounts_of(organization_id),
        "low": [one for one in listed if one["low"]],
        "account_form": AccountForm(),
        "may": Permission.SETTINGS in request.actor.permissions,
    }
    return render(request, "settings/services.html", context)


@require_POST
@member_required(Permission.SETTINGS)
def new_account(request: MemberRequest) -> HttpResponse:
    form = AccountForm(request.POST)
    if form.is_valid():
        create_account(
            organization_id=request.membership.organization_id,
            carrier="manual",
            name=form.cleaned_data["name"],
            actor=request.actor,
            at=now(),
        )
        messages.success(request, _("The carrier account is there. Add its services next."))
    return redirect("services")


@member_required(Permission.SETTINGS)
def new(request: MemberRequest) -> HttpResponse:
    organization_id = request.membership.organization_id
    accounts = [(one["id"], one["name"]) for one in accounts_of(organization_id)]
    if not accounts:
        return redirect("services")
    form = ServiceForm(request.POST or None, accounts=accounts)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        if any(one["code"] == values["code"] for one in services_of(organization_id)):
            form.add_error("code", _("There is a service of this code already."))
        else:
            at = now()
            service_id = create_service(
                organization_id=organization_id,
                account_id=values["account"],
                code=values["code"],
                name=values["name"],
                numbering=values["numbering"],
                number_format=values["number_format"],
                actor=request.actor,
                at=at,
            )
            rest = {name: values[name] for name in ("max_lines", "is_enabled")}
            edit_service(
                organization_id=organization_id, service_id=service_id, values=rest, actor=request.actor, at=at
            )
            return redirect("service", service_id)
    return render(request, "settings/service.html", {"form": form, "service": None})


@member_required(Permission.SETTINGS)
def edit(request: MemberRequest, service_id: int) -> HttpResponse:
    organization_id = request.membership.organization_id
    service = _find(organization_id, service_id)
    if service is None:
        return render(request, "404.html", status=404)
    accounts = [(one["id"], one["name"]) for one in accounts_of(organization_id)]
    form = ServiceForm(request.POST or None, accounts=accounts, initial={**service, "account": service["account_id"]})
    codes = _codes_form(request, service_id, sent=request.method == "POST")
    if request.method == "POST" and form.is_valid() and codes.is_valid():
        at = now()
        values = {**form.cleaned_data, "account_id": form.cleaned_data["account"]}
        try:
            edit_service(
                organization_id=organization_id, service_id=service_id, values=values, actor=request.actor, at=at
            )
            set_carrier_codes(
                organization_id=organization_id, service_id=service_id, codes=codes.cleaned_data, actor=request.actor,
                at=at,
            )  # fmt: skip
        except AliasTaken:
            form.add_error("code", _("There is a service of this code already."))
        else:
            messages.success(request, _("Saved."))
            return redirect("services")
    return _page(request, service, form, codes=codes)


@require_POST
@member_required(Permission.SETTINGS)
def numbers(request: MemberRequest, service_id: int) -> HttpResponse:
    """Adds numbers to the pool: pasted, from a text file, or a whole S10 range."""
    organization_id = request.membership.organization_id
    service = _find(organization_id, service_id)
    if service is None:
        return render(request, "404.html", status=404)
    ranged = RangeForm(request.POST if "letters" in request.POST else None)
    pasted, problem = request.POST.get("numbers", ""), ""
    try:
        if ranged.is_bound:
            added = _add_range(request, service_id, ranged)
        else:
            added = _add(request, service_id, f"{pasted}\n{_uploaded(request)}".split())
    except BadNumbers as bad:
        shown = "; ".join(f"{number}: {why}" for number, why in bad.problems[:5])
        problem = ngettext(
            "%(n)s number cannot be taken, so none was added. %(shown)s",
            "%(n)s numbers cannot be taken, so none was added. %(shown)s",
            len(bad.problems),
        ) % {"n": f"{len(bad.problems):,}", "shown": shown}
    else:
        if added:
            said = _("%(added)s numbers added, %(known)s were known already.")
            messages.success(request, said % {"added": f"{added.added:,}", "known": f"{added.known:,}"})
            return redirect("service", service_id)
        if not ranged.is_bound:
            problem = _("There is no number in it.")
    form = ServiceForm(accounts=[(service["account_id"], service["account"])], initial=service)
    return _page(request, service, form, ranged=ranged if ranged.is_bound else None, pasted=pasted, problem=problem)


def _add_range(request: MemberRequest, service_id: int, ranged: RangeForm) -> Added | None:
    if not ranged.is_valid():
        return None
    values = ranged.cleaned_data
    if values["last"] < values["first"]:
        ranged.add_error("last", _("The last serial is below the first."))
        return None
    if values["last"] - values["first"] >= MOST_NUMBERS:
        ranged.add_error("last", _("At most %(most)s numbers at a time.") % {"most": f"{MOST_NUMBERS:,}"})
        return None
    made = expand_range(values["letters"].upper(), values["first"], values["last"], values["country"].upper())
    return _add(request, service_id, list(made))


def _add(request: MemberRequest, service_id: int, found: list[str]) -> Added | None:
    if not found:
        return None
    return add_numbers(
        organization_id=request.membership.organization_id,
        service_id=service_id,
        numbers=[number for text in found for number in text.replace(";", ",").split(",")],
        actor=request.actor,
        at=now(),
    )


def _uploaded(request: MemberRequest) -> str:
    file = request.FILES.get("file")
    return file.read(MOST_BYTES).decode("utf-8-sig", "replace") if file else ""


def _find(organization_id: int, service_id: int) -> dict[str, Any] | None:
    return next((one for one in services_of(organization_id) if one["id"] == service_id), None)


def _codes_form(request: MemberRequest, service_id: int, *, sent: bool) -> CarrierCodesForm:
    """A field for each marketplace that a store of this organization is connected to."""
    organization_id = request.membership.organization_id
    mine = {store["marketplace"] for store in stores_of(organization_id)}
    asked = [(one.name, one.title) for one in marketplaces() if one.auth is not None and one.name in mine]
    return CarrierCodesForm(
        request.POST if sent else None, marketplaces=asked, initial=carrier_codes_of(organization_id, service_id)
    )


def _page(
    request: MemberRequest,
    service: dict[str, Any],
    form: ServiceForm,
    *,
    codes: CarrierCodesForm | None = None,
    ranged: RangeForm | None = None,
    pasted: str = "",
    problem: str = "",
) -> HttpResponse:
    context = {
        "form": form,
        "service": service,
        "codes": codes or _codes_form(request, service["id"], sent=False),
        "range": ranged or RangeForm(),
        "pasted": pasted,
        "problem": problem,
        "low": service["free"] < LOW_POOL,
        "next": next_numbers(request.membership.organization_id, service["id"]),
    }
    return render(request, "settings/service.html", context)
