"""Stock: what lies where, what is promised, what is free; count, receive, look back."""

from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from entrepot.catalog.queries import sku_ids
from entrepot.core.clock import now
from entrepot.core.permissions import Permission
from entrepot.core.submit import submit
from entrepot.inventory import count  # noqa: F401 - its verbs exist once it is imported
from entrepot.inventory.count import MOST_PIECES
from entrepot.inventory.queries import PAGE, movements_of, stock_of, stock_row
from entrepot.web.access import MemberRequest, member_required
from entrepot.web.filters import id_of, text_of
from entrepot.web.moments import moment
from entrepot.web.words import zone_of

REASONS = {
    "count": gettext_lazy("Counted"),
    "receive": gettext_lazy("Received"),
    "shipped": gettext_lazy("Shipped"),
    "recalled": gettext_lazy("Taken back"),
}


class CountForm(forms.Form):
    pieces = forms.IntegerField(label=gettext_lazy("Counted pieces"), min_value=0, max_value=MOST_PIECES)


class ReceiveForm(forms.Form):
    sku = forms.CharField(label=gettext_lazy("SKU"), max_length=100)
    bin_code = forms.CharField(label=gettext_lazy("Bin"), max_length=40, initial="-")
    pieces = forms.IntegerField(label=gettext_lazy("Pieces"), min_value=1, max_value=MOST_PIECES)
    uuid = forms.UUIDField(initial=uuid4)  # of the page: its button pressed twice receives once


@member_required(Permission.VIEW)
def stock(request: MemberRequest) -> HttpResponse:
    return _list(request, ReceiveForm())


@require_POST
@member_required(Permission.STOCK)
def receive(request: MemberRequest) -> HttpResponse:
    """Goods that came in, into a bin."""
    organization_id = request.membership.organization_id
    form = ReceiveForm(request.POST)
    if form.is_valid():
        values = form.cleaned_data
        found = sku_ids(organization_id, [values["sku"]])
        if not found:
            form.add_error("sku", _("There is no SKU of this code."))
        else:
            submit(
                "receive_stock", organization_id=organization_id, ids=list(found.values()), actor=request.actor,
                at=now(), uuid=values["uuid"], options={"pieces": values["pieces"], "bin_code": values["bin_code"]},
            )  # fmt: skip
            messages.success(
                request, _("%(n)s pieces of %(sku)s received.") % {"n": f"{values['pieces']:,}", "sku": values["sku"]}
            )
            return redirect("stock")
    return _list(request, form)


@member_required(Permission.VIEW)
def place(request: MemberRequest, stock_id: int) -> HttpResponse:
    """One SKU in one bin: its balance and its movements. POST counts it."""
    organization_id = request.membership.organization_id
    row = stock_row(organization_id, stock_id)
    if row is None:
        return render(request, "404.html", status=404)
    form = CountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        pieces = form.cleaned_data["pieces"]
        submit(
            "count_stock", organization_id=organization_id, ids=[stock_id], actor=request.actor, at=now(),
            uuid=uuid4(), options={"pieces": pieces},
        )  # fmt: skip
        if pieces < row["allocated"]:
            said = _("%(n)s pieces are promised to parcels, so that many stay on hand.")
            messages.warning(request, said % {"n": row["allocated"]})
        else:
            messages.success(request, _("Saved."))
        return redirect("stock-place", stock_id)
    moves = [
        {
            "at": moment(one["at"], zone_of(request)),
            "quantity": f"{one['quantity']:+,}".replace("-", "−"),
            "out": one["quantity"] < 0,
            "reason": REASONS.get(one["reason"], one["reason"]),
            "parcel": f"P-{one['group_id']}" if one["group_id"] else "",
            "actor": one["actor"] or _("system"),
        }
        for one in movements_of(organization_id, stock_id)
    ]
    may = Permission.STOCK in request.actor.permissions
    return render(request, "stock/place.html", {"row": row, "form": form, "moves": moves, "may": may})


def _list(request: MemberRequest, form: ReceiveForm) -> HttpResponse:
    text, short = text_of(request.GET, "q"), request.GET.get("short") == "1"
    code, _comma, number = request.GET.get("after", "").rpartition(",")
    place = id_of(number)
    after = (code.replace("\0", ""), place) if place is not None else ("", 0)
    found = stock_of(request.membership.organization_id, text=text, short=short, after=after, limit=PAGE + 1)
    last = found[PAGE - 1] if len(found) > PAGE else None
    context = {
        "rows": found[:PAGE],
        "text": text,
        "short": short,
        "after": code,
        "next": f"{last['code']},{last['id']}" if last else "",
        "form": form,
        "may": Permission.STOCK in request.actor.permissions,
    }
    return render(request, "stock/stock.html", context)
