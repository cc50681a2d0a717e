"""The forms of connecting and syncing a store."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from entrepot.marketplaces.contract import App, AuthForm, Capabilities
from entrepot.web import choices

# What a connector asks the seller for besides keys, by its name in `Capabilities.asks` and `may_ask`.
ASKS = {
    "shop": (_("Shop"), _("As it stands in the address of its back office.")),
    "service_id": (_("Service ID"), _("Shown beside the app key. Empty: the app key is sent.")),
    "application_id": (_("Application ID"), _("Of the app, begins with amzn1.sp. Empty: the app key is sent.")),
    "region": (_("Region"), _("eu Europe, na North America, fe Far East. Empty: eu.")),
}
HOSTS_HELP = _("One per line, for example: api = https://…  Leave it empty for the marketplace's own addresses.")


@dataclass(frozen=True, slots=True)
class Given:
    """What a new store may take over; the likeliest first. (id, words)."""

    services: Sequence[tuple[int, str]]
    senders: Sequence[tuple[int, str]]  # stores that have one


class SyncForm(forms.Form):
    minutes = forms.IntegerField(
        label=_("Sync every (minutes)"),
        min_value=1,
        max_value=1440,
        help_text=_("The marketplace also calls us when an order changes."),
    )


class ConnectForm(forms.Form):
    """A new connection: the store's alias and clock, and our registration at the marketplace."""

    name = forms.CharField(label=_("Alias of the store"), max_length=80, required=False)
    currency = choices.CurrencyField()
    time_zone = choices.ZoneField()
    default_service = forms.TypedChoiceField(
        label=_("Default shipping service"), required=False, coerce=int, empty_value=None,
        help_text=_("Parcels of the store get their waybill numbers from it."),
    )  # fmt: skip
    sender_of = forms.TypedChoiceField(
        label=_("Sender on labels"), required=False, coerce=int, empty_value=None,
        help_text=_("It can be changed on the store's page."),
    )  # fmt: skip
    shop = forms.CharField(required=False, max_length=80)  # of the sandbox
    key = forms.CharField(label=_("App key"), max_length=200, required=False)
    secret = forms.CharField(
        label=_("App secret"),
        max_length=500,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Kept encrypted and never shown again."),
    )
    hosts = forms.CharField(
        label=_("Addresses"), required=False, help_text=HOSTS_HELP,
        widget=forms.Textarea(attrs={"rows": 3, "class": "mono", "spellcheck": "false"}),
    )  # fmt: skip

    def __init__(
        self, *args: Any, can: Capabilities, given: Given | None = None, again: bool = False, **kwargs: Any
    ) -> None:
        """`given`: what there is to choose from. `again`: new keys for a store that is there; only they are asked."""
        super().__init__(*args, **kwargs)
        self.can = can
        if again:
            for name in ("name", "currency", "time_zone", "default_service", "sender_of"):
                del self.fields[name]
        elif given is not None:
            self._offer(given)
        if not can.needs_app:
            del self.fields["key"], self.fields["secret"]
        for name in (*can.asks, *can.may_ask):
            label, help_text = ASKS.get(name, (name, ""))
            self.fields[f"ask_{name}"] = forms.CharField(
                label=label, help_text=help_text, max_length=200, required=False
            )
        self.sandbox = bool(settings.SANDBOX_URL) and self.data.get("sandbox") == "1"

    def _offer(self, given: Given) -> None:
        """One service needs no question: the store gets it; nor does the sender where no store has one yet."""
        for name, found in (("default_service", given.services), ("sender_of", given.senders)):
            if len(found) < (2 if name == "default_service" else 1):
                del self.fields[name]
                continue
            none = _("none") if name == "default_service" else _("to be filled in later")
            self.fields[name].choices = [*found, ("", none)]  # type: ignore[attr-defined]
            self.fields[name].initial = found[0][0]

    def clean_hosts(self) -> dict[str, str]:
        found = {}
        for line in filter(None, (line.strip() for line in self.cleaned_data["hosts"].splitlines())):
            name, _equals, address = (part.strip() for part in line.partition("="))
            mine = bool(settings.SANDBOX_URL) and urlsplit(address)[:2] == urlsplit(settings.SANDBOX_URL)[:2]
            if not name or not (mine or address.startswith("https://")):
                raise forms.ValidationError(_("Write one address per line: a name, =, and an address with https://."))
            found[name] = address.rstrip("/")
        return found

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not self.sandbox:  # the sandbox gives us everything
            for name in ("name", "key", "secret", *(f"ask_{one}" for one in self.can.asks)):
                if name in self.fields and name not in self.errors and not values.get(name):
                    self.add_error(name, _("This is needed."))
        return values

    def asked(self) -> dict[str, str]:
        """What the seller typed, by name: all of `asks`, and of `may_ask` what is not empty."""
        given = {name: self.cleaned_data.get(f"ask_{name}", "") for name in (*self.can.asks, *self.can.may_ask)}
        return {name: value for name, value in given.items() if value or name in self.can.asks}

    def app(self) -> App:
        values = self.cleaned_data
        extra = self.asked() if self.can.auth is AuthForm.OAUTH else {}
        return App(values.get("key", ""), values.get("secret", ""), values.get("hosts", {}), extra)
