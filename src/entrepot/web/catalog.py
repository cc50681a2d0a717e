"""SKUs: list with search, edit, add."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from entrepot.catalog.edit_sku import COLUMNS, CodeTaken, edit_sku
from entrepot.catalog.queries import PAGE, sku_ids, sku_row, skus_of
from entrepot.core.clock import now
from entrepot.core.permissions import Permission
from entrepot.inventory.import_stock import import_skus
from entrepot.marketplaces.order_file import SkuDraft
from entrepot.orders.pairing import forget_unknown_skus
from entrepot.web.access import MemberRequest, member_required
from entrepot.web.choices import CURRENCIES, GOODS, amount_text
from entrepot.web.filters import text_of
from entrepot.web.forms import SkuForm
from entrepot.web.words import country, money


@member_required(Permission.VIEW)
def skus(request: MemberRequest) -> HttpResponse:
    text, after = text_of(request.GET, "q"), text_of(request.GET, "after")
    found = skus_of(request.membership.organization_id, text=text, after=after, limit=PAGE + 1)
    context = {
        "skus": [_row(one) for one in found[:PAGE]],
        "text": text,
        "after": after,
        "next": found[PAGE - 1]["code"] if len(found) > PAGE else "",
        "may": Permission.CATALOG in request.actor.permissions,
    }
    return render(request, "catalog/skus.html", context)


@member_required(Permission.CATALOG)
def new(request: MemberRequest) -> HttpResponse:
    ours = request.membership
    form = SkuForm(request.POST or None, initial={"currency": "USD", "goods_class": "general"})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        if sku_ids(ours.organization_id, [values["code"]]):
            form.add_error("code", _("There is a SKU of this code already."))
        else:
            import_skus(
                organization_id=ours.organization_id,
                drafts=[SkuDraft(values["code"], 0, {name: values[name] for name in COLUMNS if name in values})],
                actor=request.actor,
                at=now(),
                on_paired=forget_unknown_skus,
            )
            messages.success(request, _("Saved."))
            return redirect("skus")
    return _page(request, form, None)


@member_required(Permission.CATALOG)
def edit(request: MemberRequest, sku_id: int) -> HttpResponse:
    organization_id = request.membership.organization_id
    sku = sku_row(organization_id, sku_id)
    if sku is None:
        return render(request, "404.html", status=404)
    initial = {**sku, "value": amount_text(sku["value_minor"], sku["currency"])}
    form = SkuForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            edit_sku(
                organization_id=organization_id, sku_id=sku_id, values=form.cleaned_data, actor=request.actor, at=now()
            )
        except CodeTaken:
            form.add_error("code", _("There is a SKU of this code already."))
        else:
            messages.success(request, _("Saved."))
            return redirect("skus")
    return _page(request, form, sku)


@member_required(Permission.VIEW)
def suggest(request: MemberRequest) -> HttpResponse:
    """Up to 20 SKUs for a box that is being typed into."""
    found = skus_of(request.membership.organization_id, text=text_of(request.GET, "q"), limit=20)
    return JsonResponse({"skus": [{"code": one["code"], "name": one["name"]} for one in found if one["is_active"]]})


def _row(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": one["id"],
        "code": one["code"],
        "name": one["name"],
        "barcode": one["barcode"],
        "customs": " · ".join(filter(None, (one["name_customs_en"], one["name_customs_zh"]))),
        "hs_code": one["hs_code"],
        "origin": country(one["origin_country"]) if one["origin_country"] else "",
        "weight": f"{one['weight_grams']:,} g" if one["weight_grams"] else "—",
        "value": money(one["value_minor"], one["currency"]) if one["value_minor"] else "—",
        "goods": GOODS.get(one["goods_class"], one["goods_class"]),
        "plain": one["goods_class"] == "general",
        "is_active": one["is_active"],
        "whole": bool(one["name_customs_en"] and one["hs_code"] and one["weight_grams"] and one["value_minor"]),
    }


def _page(request: MemberRequest, form: SkuForm, sku: dict[str, Any] | None) -> HttpResponse:
    return render(request, "catalog/sku.html", {"form": form, "sku": sku, "currencies": CURRENCIES})
