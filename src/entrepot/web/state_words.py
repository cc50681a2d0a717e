"""A marketplace's own names of its states, in the reader's language: the policies hold them in English."""

import re

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from entrepot.marketplaces.registry import marketplaces, policy_of

NAMES = frozenset(
    {
        _("Awaiting collection"), _("Awaiting payment"), _("Awaiting receipt"), _("Awaiting shipment"),
        _("Cancellation accepted"), _("Cancelled"), _("Delivered"), _("Delivery can't be completed"),
        _("Failed delivery"), _("Fulfilled"), _("On hold"), _("Packed"), _("Payment pending"), _("Pending"),
        _("Ready to ship"), _("Risk control"), _("Shipped"), _("Unfulfilled"), _("Unpaid"), _("Unshipped"),
    }
)  # fmt: skip
STEPS = frozenset(
    {
        _("We accepted the cancellation and ship nothing. No money was moved: cancel and refund the order at the marketplace."),
    }
)  # fmt: skip


def state_at(marketplace: str, status: str) -> str:
    """The name of a status that the marketplace tells verbatim, with whose it is; "" where it has no such name.

    A status of several words ("PAID/UNFULFILLED", "pending,packed") is named word by word; one without a name stands as
    it is.
    """
    try:
        stages = policy_of(marketplace).stages
    except KeyError:  # a marketplace that is not installed any more
        return ""
    names = {remote: stage.name for stage in stages for remote in stage.remote}
    words = [word.strip() for word in re.split("[/,]", status)]
    if not any(word in names for word in words):
        return ""
    title = next((listed.title for listed in marketplaces() if listed.name == marketplace), marketplace)
    said = dict.fromkeys(gettext(names[word]) if word in names else word for word in words if word)
    return gettext("%(state)s at %(marketplace)s") % {"state": " / ".join(said), "marketplace": title}


def step_at(marketplace: str, status: str) -> str:
    """What has still to be done by hand at the marketplace for an order with this status, in a sentence; or ""."""
    try:
        stages = policy_of(marketplace).stages
    except KeyError:  # a marketplace that is not installed any more
        return ""
    words = {word.strip() for word in re.split("[/,]", status)}
    return next((gettext(stage.step) for stage in stages if stage.step and words.intersection(stage.remote)), "")
