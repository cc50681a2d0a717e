"""The part of a store's page about its own clocks: hours in place of the marketplace's, and who ships."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from entrepot.connections.edit_clocks import MOST_HOURS, Fulfilment, edit_clocks, editable
from entrepot.connections.stores import StoreFacts
from entrepot.core.clock import now
from entrepot.core.permissions import Permission
from entrepot.core.queue import defer
from entrepot.marketplaces.policy import ClockName, Counts, Policy
from entrepot.marketplaces.registry import policy_of
from entrepot.parcels.recount import RECOUNT
from entrepot.web.access import MemberRequest

NAMES = {
    ClockName.STOCK_UP: _("Hours from payment until it awaits collection"),
    ClockName.SHIP_BY: _("Hours from payment until it is in transit"),
    ClockName.COLLECT: _("Hours until what awaits collection is in transit"),
}
SHIPS = {
    Fulfilment.OWN: _("we do, from our own warehouse"),
    Fulfilment.MARKETPLACE: _("the marketplace, from its warehouse"),
    Fulfilment.SERVICE: _("a service that ships for us"),
}
PREFIX = "clock_"


class ClocksForm(forms.Form):
    fulfilment = forms.ChoiceField(
        label=_("Who ships its orders"),
        required=False,
        choices=[(one.value, words) for one, words in SHIPS.items()],
        help_text=_("Orders that others ship are followed here, and neither packed nor shipped."),
    )

    def __init__(self, *args: Any, policy: Policy, may: bool, **kwargs: Any) -> None:
        """`may`: the reader is an owner; others see what is set."""
        super().__init__(*args, **kwargs)
        for name in () if policy.name == "file" else editable(policy):  # a file's store has one handling time
            self.fields[PREFIX + name] = forms.IntegerField(
                label=NAMES[name], required=False, min_value=1, max_value=MOST_HOURS, help_text=_help(policy, name)
            )
        for field in self.fields.values():
            field.disabled = not may

    def clean_fulfilment(self) -> Fulfilment:
        """What it was, when nothing is said."""
        return Fulfilment(self.cleaned_data["fulfilment"] or self.initial["fulfilment"])

    @property
    def hours(self) -> dict[ClockName, int | None]:
        return {
            ClockName(name.removeprefix(PREFIX)): value
            for name, value in self.cleaned_data.items()
            if name.startswith(PREFIX)
        }


def _help(policy: Policy, name: ClockName) -> str:
    """What counts while the field is empty."""
    rule = next(one for one in policy.clocks if one.name is name)
    if rule.counts is Counts.HOURS:
        return gettext("Empty: the marketplace's %(hours)s hours.") % {"hours": rule.amount}
    return gettext("Empty: the marketplace's own rule.")


def clocks_form(request: MemberRequest, store: StoreFacts) -> ClocksForm:
    try:
        policy = policy_of(store.marketplace)
    except KeyError:  # not installed any more: no clock of its own, but the store's page is there
        policy = Policy(store.marketplace, handling_hours=store.handling_hours)
    own: dict[ClockName, int] = dict(store.clocks)
    if store.handling_hours != policy.handling_hours:  # from before there were hours for each clock
        own.setdefault(policy.handles, store.handling_hours)
    return ClocksForm(
        request.POST or None,
        policy=policy,
        may=Permission.CONNECT in request.actor.permissions,
        initial={"fulfilment": store.fulfilment.value} | {PREFIX + name: hours for name, hours in own.items()},
    )


def save(request: MemberRequest, store: StoreFacts, form: ClocksForm, settings: Mapping[str, Any]) -> bool:
    """Saves what an owner set, and has the deadlines of open orders counted anew where something they follow from has
    changed; returns whether it has. `settings`: the other values that were saved.
    """
    changed = any(
        settings.get(name, getattr(store, name)) != getattr(store, name) for name in ("time_zone", "handling_hours")
    )
    if Permission.CONNECT in request.actor.permissions and form.has_changed():
        changed |= edit_clocks(
            organization_id=request.membership.organization_id,
            store_id=store.id,
            hours=form.hours,
            fulfilment=form.cleaned_data["fulfilment"],
            actor=request.actor,
            at=now(),
        )
    if changed:
        # Each change has a job of its own: one that waits already may be reading the settings as they were before.
        defer(RECOUNT, queue="batches", organization_id=request.membership.organization_id, store_id=store.id)
    return changed
