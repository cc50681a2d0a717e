"""Words that stand where a marketplace's own words would, and are ours: kept in English, read in the reader's language."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

NOT_REACHABLE = _("not reachable")
NO_ANSWER = _("no answer")
BUDGET_SPENT = _("our own rate budget is spent")
NO_URL = _("the address of the marketplace is not a URL")
PRIVATE = _("the address leads into a private network")
TOO_LONG = _("the answer is too long to be read")
RENEWING = _("another worker is renewing the authorization")
SAME_PAGE = _("The marketplace gives the same page again and again; the span is read anew at the next run.")
NOT_CONNECTED = _("The store is not connected to its marketplace. Its owner connects it in Settings → Stores.")
WHOLE_ORDERS = _("The marketplace knows whole orders only: it is told this number for all of it.")
NO_CORRECTION = _("The marketplace has another number already and takes no correction.")

OURS = frozenset(
    {
        NOT_REACHABLE, NO_ANSWER, BUDGET_SPENT, NO_URL, PRIVATE, RENEWING, TOO_LONG, SAME_PAGE, NOT_CONNECTED, WHOLE_ORDERS, NO_CORRECTION,
    }
)  # fmt: skip


def in_words(row: dict[str, Any]) -> dict[str, Any]:
    """A row whose `message` is in the reader's language where it is ours; a marketplace's own words stay as they are."""
    return row | {"message": words_of(row["message"] or "")}


def words_of(message: str) -> str:
    return gettext(message) if message in OURS else message
