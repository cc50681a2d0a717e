"""The form in the order's drawer that corrects its address: errors beside the fields, the answer is the result window."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from entrepot.core.batch import SameUuidOtherBody, loads
from entrepot.core.clock import now
from entrepot.core.countries import COUNTRIES
from entrepot.core.permissions import Permission
from entrepot.core.submit import submit
from entrepot.orders.edit_address import MOST, problems_of, tidy
from entrepot.orders.story import order_detail
from entrepot.web.access import MemberRequest, member_required
from entrepot.web.batches import window_values
from entrepot.web.choices import country_choices
from entrepot.web.forms import ADDRESS

NEEDED = ("name", "line1", "city", "country")
WIDE = ("line1", "line2", "email")  # a whole line of the form; the others stand two by two


def country_text(code: str) -> str:
    """ "DE · Germany", as the list below the field offers it."""
    return dict(country_choices()).get(code, code)


def country_code(text: str) -> str:
    """The code of a country given by code, by name in English or Chinese, or as the list offers it; else the text."""
    wanted = text.partition("·")[0].strip().upper()
    if wanted in COUNTRIES:
        return wanted
    plain = text.strip().casefold()
    return next((code for code, names in COUNTRIES.items() if plain in map(str.casefold, names)), text.strip().upper())


class CountryField(forms.CharField):
    """A country, typed with a list below that finds it by code or name."""

    def __init__(self) -> None:
        attrs = {"list": "countries", "autocomplete": "off", "spellcheck": "false"}
        super().__init__(label=_("Country"), max_length=80, widget=forms.TextInput(attrs=attrs))

    def clean(self, value: Any) -> str:
        return country_code(str(super().clean(value)))


class AddressForm(forms.Form):
    """The parts of `orders.edit_address`. What a parcel cannot travel without must be there."""

    uuid = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for part in MOST:
            field = CountryField() if part == "country" else _part(part)
            field.required = part in NEEDED
            field.error_messages["required"] = gettext("An address needs this.")
            self.fields[part] = field

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        parts = tidy({part: values[part] for part in MOST if part in values})
        for part, sentence in problems_of(parts).items():
            self.add_error(part, ValidationError(gettext(sentence)))
        return {**values, **parts}

    @property
    def parts(self) -> dict[str, str]:
        """The address as it was typed, once the form is valid."""
        return {part: self.cleaned_data[part] for part in MOST}


def _part(part: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"dir": "auto", "autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(label=ADDRESS[part], max_length=MOST[part], widget=widget)


@require_http_methods(["GET", "POST"])
@member_required(Permission.REVIEW)
def address(request: MemberRequest, number: int) -> HttpResponse:
    """Shows the form (GET), or corrects the address (POST)."""
    row = order_detail(request.membership.organization_id, number)
    if row is None:
        raise Http404
    if not request.headers.get("HX-Request"):
        return redirect("order", number)
    if request.method == "POST":
        form = AddressForm(request.POST)
        if form.is_valid():
            return _corrected(request, number, form)
    else:
        recipient = loads(row["recipient"])
        typed = {part: recipient.get(part, "") for part in MOST}
        form = AddressForm(initial={**typed, "country": country_text(typed["country"]), "uuid": uuid4()})
    first = next(iter(form.errors), NEEDED[0])
    if first in form.fields:
        form.fields[first].widget.attrs["autofocus"] = True
    values = {"form": form, "number": number, "countries": country_choices(), "wide": WIDE}
    response = render(request, "drawer/address.html", values)
    response["HX-Retarget"], response["HX-Reswap"] = "#address", "outerHTML"
    return response


def _corrected(request: MemberRequest, number: int, form: AddressForm) -> HttpResponse:
    uuid: UUID = form.cleaned_data["uuid"]
    try:
        submit(
            "edit_address",
            organization_id=request.membership.organization_id,
            ids=[number],
            actor=request.actor,
            at=now(),
            uuid=uuid,
            options=form.parts,
        )
    except SameUuidOtherBody:
        sentence = gettext("Reload the page and try again.")
        return render(request, "batch/problem.html", {"title": gettext("Edit address"), "sentence": sentence})
    response = render(request, "batch/window.html", window_values(request, uuid))
    response["HX-Trigger"] = "desk-changed"
    return response
