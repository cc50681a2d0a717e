"""Closed lists that forms offer: time zones, currencies, countries, roles, goods classes."""

from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from entrepot.core.countries import COUNTRIES
from entrepot.core.permissions import Permission, Role
from entrepot.marketplaces.money import is_currency
from entrepot.parcels.documents.figures import decimals_of

ROLES = {
    Role.OWNER: _("Owner"),
    Role.MANAGER: _("Manager"),
    Role.CLERK: _("Clerk"),
    Role.PACKER: _("Packer"),
    Role.VIEWER: _("Viewer"),
}
ROLE_NOTES = {
    Role.OWNER: _("everything, members too"),
    Role.MANAGER: _("all daily work, stock and set-up"),
    Role.CLERK: _("orders, parcels, catalogue and import"),
    Role.PACKER: _("allocate, print and ship"),
    Role.VIEWER: _("look only"),
}
PERMISSIONS = {
    Permission.VIEW: _("See orders, parcels and stock"),
    Permission.IMPORT: _("Import orders"),
    Permission.REVIEW: _("Review, hold and cancel orders"),
    Permission.PACK: _("Pack orders"),
    Permission.WAYBILL: _("Get waybills"),
    Permission.ALLOCATE: _("Allocate stock"),
    Permission.PRINT: _("Print"),
    Permission.SHIP: _("Ship"),
    Permission.STOCK: _("Change stock"),
    Permission.CATALOG: _("Change SKUs and pairings"),
    Permission.EXPORT: _("Export"),
    Permission.SETTINGS: _("Change stores and services"),
    Permission.MEMBERS: _("Change members"),
    Permission.CONNECT: _("Connect stores"),
}
GOODS = {
    "general": _("General goods"),
    "battery": _("With battery"),
    "liquid": _("Liquid"),
    "cosmetic": _("Cosmetic"),
    "food": _("Food"),
    "magnet": _("Magnetic"),
}
CURRENCIES = (
    "USD", "EUR", "GBP", "CNY", "JPY", "HKD", "TWD", "KRW", "SGD", "MYR", "THB", "VND", "IDR", "PHP", "INR", "AUD",
    "NZD", "CAD", "MXN", "BRL", "CLP", "COP", "PEN", "ARS", "AED", "SAR", "QAR", "KWD", "BHD", "OMR", "JOD", "ILS",
    "TRY", "ZAR", "NGN", "KES", "GHS", "EGP", "MAD", "TZS", "UGX", "XOF", "XAF", "CHF", "SEK", "NOK", "DKK", "PLN",
    "CZK", "HUF", "RON", "BGN", "RSD", "UAH", "RUB", "KZT", "UZS", "ISK", "PKR", "BDT", "LKR", "NPR", "MMK", "KHR",
    "LAK", "TND", "DZD",
)  # fmt: skip


def amount_text(minor: int, currency: str) -> str:
    """1990 USD -> "19.90", for a form; never rounded."""
    places = decimals_of(currency)
    return str(Decimal(minor).scaleb(-places).quantize(Decimal(1).scaleb(-places)))


def amount_minor(text: str, currency: str) -> int:
    """ "19.9" USD -> 1990.

    Raises:
        ValueError: no amount, a negative one, or more decimals than the currency has.
    """
    try:
        minor = Decimal(text.strip().replace(",", ".")).scaleb(decimals_of(currency))
    except InvalidOperation:
        raise ValueError(text) from None
    if not minor.is_finite() or minor != minor.to_integral_value() or not 0 <= minor < 10**15:
        raise ValueError(text)
    return int(minor)


@cache
def zones() -> tuple[str, ...]:
    return tuple(sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC"))


def country_choices() -> list[tuple[str, str]]:
    place = 1 if (get_language() or "en").startswith("zh") else 0
    return [(code, f"{code} · {names[place]}") for code, names in sorted(COUNTRIES.items())]


def role_choices() -> list[tuple[str, Any]]:
    return [(role.value, ROLES[role]) for role in Role]


class ZoneField(forms.CharField):
    """A time zone, typed with a list of suggestions below."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Time zone"),
            max_length=64,
            initial="UTC",
            widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off", "spellcheck": "false"}),
            **kwargs,
        )

    def clean(self, value: Any) -> str:
        zone = str(super().clean(value))
        if zone not in zones():
            raise ValidationError(_("There is no time zone of this name. Choose one of the list, e.g. Asia/Shanghai."))
        return zone


class CurrencyField(forms.CharField):
    """A currency by its three letters, typed with a list of suggestions below."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Currency"),
            max_length=3,
            initial="USD",
            widget=forms.TextInput(attrs={"list": "currencies", "autocomplete": "off", "spellcheck": "false"}),
            **kwargs,
        )

    def clean(self, value: Any) -> str:
        code = str(super().clean(value)).strip().upper()
        if not is_currency(code):
            raise ValidationError(_("There is no currency of these letters. Choose one of the list, e.g. USD."))
        return code
