"""The forms of set-up pages. What may be done is decided by the verbs; these only read what was typed."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from entrepot.core.permissions import Permission
from entrepot.web import choices

ADDRESS = {
    "name": _("Name"),
    "company": _("Company"),
    "line1": _("Street and number"),
    "line2": _("Second line"),
    "district": _("District"),
    "city": _("City"),
    "region": _("Region or province"),
    "postcode": _("Postcode"),
    "phone": _("Phone"),
    "email": _("E-mail"),
    "tax_id": _("Tax number (IOSS, EORI, VAT)"),
}


class OrganizationForm(forms.Form):
    name = forms.CharField(label=_("Name of the organization"), max_length=120)
    time_zone = choices.ZoneField(help_text=_("“Today” and “due today” follow this clock."))


class InviteForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), choices=choices.role_choices, initial="clerk")


class MemberForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    role = forms.ChoiceField(label=_("Role"), choices=choices.role_choices)
    is_active = forms.BooleanField(label=_("May sign in to this organization"), required=False)


class ProfileForm(forms.Form):
    first_name = forms.CharField(label=_("Your name"), max_length=120, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=[("en", "English"), ("zh-hans", "简体中文")])
    theme = forms.ChoiceField(
        label=_("Theme"), choices=[("auto", _("As the system")), ("light", _("Light")), ("dark", _("Dark"))]
    )
    time_zone = choices.ZoneField(help_text=_("Times on your screens follow this clock."))
    compact = forms.BooleanField(label=_("Compact rows: one line instead of two"), required=False)


class TokenForm(forms.Form):
    name = forms.CharField(label=_("What is it for?"), max_length=80)
    expires = forms.ChoiceField(
        label=_("Expires"),
        choices=[("30", _("in 30 days")), ("90", _("in 90 days")), ("365", _("in a year")), ("", _("never"))],
        initial="90",
        required=False,
    )
    scopes = forms.MultipleChoiceField(label=_("It may"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, allowed: frozenset[Permission], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (permission.value, choices.PERMISSIONS[permission]) for permission in Permission if permission in allowed
        ]


class StoreForm(forms.Form):
    name = forms.CharField(label=_("Alias of the store"), max_length=80)
    currency = choices.CurrencyField(help_text=_("For files that do not name one."))
    time_zone = choices.ZoneField(help_text=_("For dates in files that do not name one."))
    default_service = forms.TypedChoiceField(
        label=_("Default shipping service"), required=False, coerce=int, empty_value=None
    )
    handling_hours = forms.IntegerField(
        label=_("Hours to ship in"),
        min_value=1,
        max_value=2160,
        initial=48,
        help_text=_("From payment to the deadline, when the file gives none."),
    )

    def __init__(self, *args: Any, services: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["default_service"].choices = [("", _("none")), *services]  # type: ignore[attr-defined]


class SenderForm(forms.Form):
    """The address on labels and in customs declarations. May stay empty; what is begun must be whole."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", "sender")
        super().__init__(*args, **kwargs)
        for name, label in ADDRESS.items():
            self.fields[name] = forms.CharField(label=label, max_length=200, required=False)
        self.fields["country"] = forms.ChoiceField(
            label=_("Country"), required=False, choices=[("", "—"), *choices.country_choices()]
        )
        self.order_fields(["name", "company", "line1", "line2", "district", "city", "region", "postcode", "country"])

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if any(values.values()):
            for name in ("name", "line1", "city", "country"):
                if not values.get(name):
                    self.add_error(name, _("An address needs this."))
        return values


class AccountForm(forms.Form):
    name = forms.CharField(label=_("Name of the carrier account"), max_length=80)


class ServiceForm(forms.Form):
    account = forms.TypedChoiceField(label=_("Carrier account"), coerce=int)
    name = forms.CharField(label=pgettext_lazy("of a thing", "Name"), max_length=80)
    code = forms.SlugField(label=_("Code"), max_length=40, help_text=_("Short and lasting; files and the API name it."))
    numbering = forms.ChoiceField(
        label=_("Waybill numbers"),
        choices=[
            ("typed", _("typed or scanned by a person")),
            ("pool", _("drawn from a pool bought in advance")),
            ("own", _("of our own making, one for each parcel")),
        ],
    )
    number_format = forms.ChoiceField(
        label=_("Number format"),
        choices=[("free", _("any letters and digits")), ("s10", _("postal S10 with check digit, e.g. RB473124829CN"))],
    )
    max_lines = forms.IntegerField(
        label=_("Most lines on one waybill"), min_value=0, max_value=999, initial=0, help_text=_("0: no limit.")
    )
    is_enabled = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, *args: Any, accounts: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].choices = accounts  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("numbering") == "own":
            values["number_format"] = "free"  # what we make ourselves is no postal number
        return values


class CarrierCodesForm(forms.Form):
    """What each marketplace calls the carrier of a service; one field per (name, title) of `marketplaces`."""

    def __init__(self, *args: Any, marketplaces: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        kwargs.setdefault("prefix", "carrier")
        super().__init__(*args, **kwargs)
        for name, title in marketplaces:
            self.fields[name] = forms.CharField(
                label=title, max_length=60, required=False, widget=forms.TextInput(attrs={"spellcheck": "false"})
            )


class RangeForm(forms.Form):
    letters = forms.RegexField("^[A-Za-z]{2}$", label=_("Two letters in front"), max_length=2)
    first = forms.IntegerField(label=_("First serial (8 digits)"), min_value=0, max_value=99_999_999)
    last = forms.IntegerField(label=_("Last serial"), min_value=0, max_value=99_999_999)
    country = forms.RegexField("^[A-Za-z]{2}$", label=_("Country of the post"), max_length=2, initial="CN")


class SkuForm(forms.Form):
    code = forms.CharField(label=_("SKU"), max_length=100)
    name = forms.CharField(label=_("Item name"), max_length=300, required=False)
    barcode = forms.CharField(label=_("Barcode"), max_length=60, required=False)
    goods_class = forms.ChoiceField(label=_("Goods class"), choices=list(choices.GOODS.items()))
    name_customs_en = forms.CharField(label=_("Customs name (English)"), max_length=200, required=False)
    name_customs_zh = forms.CharField(label=_("Customs name (Chinese)"), max_length=200, required=False)
    hs_code = forms.RegexField(
        r"^[0-9. ]{6,14}$", label=_("HS code"), max_length=14, required=False, help_text=_("6 to 10 digits.")
    )
    origin_country = forms.ChoiceField(label=_("Made in"), required=False)
    weight_grams = forms.IntegerField(label=_("Weight in grams"), min_value=0, max_value=10_000_000, initial=0)
    value = forms.CharField(label=_("Declared value of a piece"), max_length=20, initial="0")
    currency = choices.CurrencyField()
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["origin_country"].choices = [("", "—"), *choices.country_choices()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if "value" in values and "currency" in values:
            try:
                values["value_minor"] = choices.amount_minor(values["value"], values["currency"])
            except ValueError:
                self.add_error("value", _("This is no amount of this currency."))
        if values.get("hs_code"):
            values["hs_code"] = "".join(filter(str.isdigit, values["hs_code"]))
            if not 6 <= len(values["hs_code"]) <= 12:
                self.add_error("hs_code", _("6 to 10 digits."))
        return values
