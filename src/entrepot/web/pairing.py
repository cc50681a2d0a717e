"""Pairing: listings without a SKU and the orders that wait for them; pick SKUs and pieces."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from entrepot.catalog.queries import sku_ids
from entrepot.core.clock import now
from entrepot.core.permissions import Permission
from entrepot.core.submit import submit
from entrepot.orders import pair  # noqa: F401 - its verbs exist once it is imported
from entrepot.orders.listings import paired_listings, unpaired_ids, unpaired_listings
from entrepot.web.access import MemberRequest, member_required
from entrepot.web.filters import id_of, text_of

PAGE = 100


@member_required(Permission.VIEW)
def pairings(request: MemberRequest) -> HttpResponse:
    organization_id = request.membership.organization_id
    text, show = text_of(request.GET, "q"), request.GET.get("show", "")
    after = id_of(request.GET.get("after", "")) or 0
    context: dict[str, Any] = {
        "text": text,
        "show": "paired" if show == "paired" else "unpaired",
        "unpaired_count": len(unpaired_ids(organization_id)),
        "may": Permission.CATALOG in request.actor.permissions,
    }
    if show == "paired":
        found = paired_listings(organization_id, text=text, after=after, most=PAGE + 1)
        context["next"] = found[PAGE - 1]["id"] if len(found) > PAGE else ""
        context["listings"] = [
            {**one, "parts": list(zip(one["skus"], one["pieces"], strict=True))} for one in found[:PAGE]
        ]
    else:
        found = unpaired_listings(organization_id, text=text, most=PAGE)
        context["listings"] = [{**one, "parts": [("", 1)]} for one in found]
    return render(request, "catalog/pairings.html", context)


@require_POST
@member_required(Permission.CATALOG)
def save(request: MemberRequest, listing_id: int) -> HttpResponse:
    """Pairs one listing with the typed SKUs; a bundle has several."""
    organization_id = request.membership.organization_id
    codes = [code.strip() for code in request.POST.getlist("sku")]
    counts = request.POST.getlist("pieces")
    asked = [(code, count) for code, count in zip(codes, counts, strict=False) if code]
    known = sku_ids(organization_id, [code for code, _count in asked])
    missing = [code for code, _count in asked if code not in known]
    bad = [code for code, count in asked if not 1 <= (id_of(count) or 0) <= 10_000]
    if not asked:
        messages.error(request, _("Name a SKU to pair with."))
    elif missing:
        messages.error(request, _("There is no SKU %(code)s. Create it first.") % {"code": missing[0]})
    elif bad or len(known) != len(asked):
        messages.error(request, _("Each SKU stands once, with 1 to 10,000 pieces."))
    else:
        parts = [[known[code], int(count)] for code, count in asked]
        submit(
            "pair_listings", organization_id=organization_id, ids=[listing_id], actor=request.actor, at=now(),
            uuid=uuid4(), options={"parts": parts},
        )  # fmt: skip
        messages.success(request, _("Paired. Waiting orders know it already."))
    return redirect(_back(request))


@require_POST
@member_required(Permission.CATALOG)
def make(request: MemberRequest) -> HttpResponse:
    """A SKU of the same code for one listing, or for all that have none."""
    organization_id = request.membership.organization_id
    wanted = request.POST.get("listing", "")
    one = id_of(wanted)
    ids = unpaired_ids(organization_id) if not wanted else [] if one is None else [one]
    if ids:
        submit("make_skus", organization_id=organization_id, ids=ids, actor=request.actor, at=now(), uuid=uuid4())
        said = ngettext("%(n)s SKU made and paired.", "%(n)s SKUs made and paired.", len(ids))
        messages.success(request, said % {"n": f"{len(ids):,}"})
    return redirect(_back(request))


def _back(request: MemberRequest) -> str:
    show = "?show=paired" if request.POST.get("show") == "paired" else ""
    return reverse("pairings") + show
