"""What the pages of stores say: the state in a word, the trouble in a sentence with its remedy."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from entrepot.connections.own_words import OwnTrouble, is_own, words_of
from entrepot.connections.standing import Standing
from entrepot.marketplaces.contract import Trouble

# state -> (kind of chip, icon, word)
STATES: dict[Standing, tuple[str, str, str]] = {
    Standing.FILE: ("line", "list", _("by file")),
    Standing.OFF: ("line", "pause", _("switched off")),
    Standing.PENDING: ("amb", "clock", _("waiting for authorization")),
    Standing.REVOKED: ("red", "alert", _("authorization taken back")),
    Standing.EXPIRED: ("red", "alert", _("authorization ended")),
    Standing.TROUBLE: ("amb", "alert", _("sync in trouble")),
    Standing.ENDING: ("amb", "clock", _("authorization ends soon")),
    Standing.OK: ("grn", "check", _("connected")),
}
TROUBLES: dict[str, str] = {
    Trouble.AUTH_EXPIRED: _("The authorization has ended. An owner connects the store again."),
    Trouble.AUTH_REVOKED: _(
        "The marketplace no longer accepts our authorization: it was taken back, denied or has ended. "
        "An owner connects the store again."
    ),
    Trouble.SCOPE_MISSING: _(
        "The authorization does not allow this. Give the app the missing rights at the marketplace, then connect again."
    ),
    Trouble.THROTTLED: _("The marketplace asks us to slow down. It goes on by itself."),
    Trouble.QUOTA_EXHAUSTED: _("Today's number of calls at the marketplace is used up. It goes on by itself later."),
    Trouble.TRANSIENT: _("The marketplace could not be reached. It is tried again by itself."),
    Trouble.CLOCK_SKEW: _("The clock of this machine or the marketplace's is wrong. Set this machine's clock."),
    Trouble.INVALID_INPUT: _(
        "The marketplace does not accept what we sent: a key, a secret or an address may be wrong. "
        "Check them and connect again."
    ),
    Trouble.BUSINESS_STATE: _("The marketplace does not allow this in its present state. Look at the store there."),
    Trouble.NOT_FOUND: _("The marketplace does not find what was asked for. Check the address and the account."),
    Trouble.SHOP_DISABLED: _(
        "The marketplace has closed or suspended this shop. Settle that there, then connect again."
    ),
    Trouble.UNKNOWN_OUTCOME: _("No answer came from the marketplace. It is asked again by itself."),
    Trouble.PROTOCOL: _(
        "The marketplace's answer cannot be read. It is tried again by itself; if it stays, send its words to the "
        "maintainers."
    ),
    OwnTrouble.BUSY: _("The database was busy with other work. It is tried again by itself."),
    OwnTrouble.DEFECT: _(
        "A defect of ours stopped it; it was written to the log. It is tried again by itself; if it stays, send the log "
        "to the maintainers."
    ),
}
WHYS = {
    "timer": _("by the clock"),
    "button": _("by hand"),
    "webhook": _("called by the marketplace"),
    "consent": _("just connected"),
}


def chip(standing: Standing) -> dict[str, str]:
    kind, icon, word = STATES[standing]
    return {"kind": kind, "icon": icon, "word": gettext(word)}


def stock_chip(push: Mapping[str, Any], *, is_enabled: bool) -> dict[str, str]:
    """Green only where the store really takes our numbers."""
    if not push.get("is_on"):
        kind, icon, word = "line", "pause", gettext("not told")
    elif not is_enabled:
        kind, icon, word = "amb", "pause", gettext("not told while switched off")
    elif push.get("refused") and not push.get("told"):
        kind, icon, word = "amb", "alert", gettext("refused by the store")
    elif push.get("waiting") and not push.get("told"):
        kind, icon, word = "blu", "clock", gettext("about to be told")
    else:
        kind, icon, word = "grn", "check", gettext("told to the store")
    return {"kind": kind, "icon": icon, "word": word}


def trouble_sentence(trouble: str, *, theirs: bool = False) -> str:
    """In the reader's language; "" for none. A trouble of a later version is shown by its own name. `theirs`: the marketplace
    said something itself, so it was reached."""
    if theirs and trouble == Trouble.TRANSIENT:
        return gettext("The marketplace answered with an error of its own. It is tried again by itself.")
    return gettext(TROUBLES[trouble]) if trouble in TROUBLES else trouble


def is_ours(trouble: str) -> bool:
    """The words beside it are not the marketplace's."""
    return trouble in set(OwnTrouble)


def call_failed(trouble: Trouble, message: str) -> dict[str, str]:
    """A failed call for a page: our sentence, and the marketplace's own words beside it."""
    theirs = bool(message) and not is_own(message)
    return {"sentence": trouble_sentence(trouble, theirs=theirs), "words": words_of(message)}


def why(pull: Mapping[str, Any]) -> str:
    return gettext(WHYS[pull["why"]]) if pull["why"] in WHYS else str(pull["why"])
