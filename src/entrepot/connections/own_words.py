"""Words that stand where a marketplace's own words would, and are ours: kept in English, read in the reader's language."""

from enum import StrEnum
from typing import Any

from django.db import OperationalError
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from psycopg.errors import DeadlockDetected, LockNotAvailable

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
NOT_TOLD_STOCK = _("This marketplace is not told stock.")
NO_ANSWER_FOR_IT = _("no answer for it")
NO_SUCH_SKU = _("the listing has no such SKU")  # of the adapters, which know no translation
NO_SUCH_SKU_IN_SHOP = _("the shop has no such SKU")
NO_SITE = _("The site of this listing is not known.")
CHOOSE = _("choose among")
DEFECT = _("a defect of ours; it was written to the log")


class OwnTrouble(StrEnum):
    """Why a run ended that no marketplace is to blame for; it stands where a `Trouble` of theirs would."""

    BUSY = "busy"  # rows were held by others for too long: the run is tried again
    DEFECT = "defect"  # the message names the class of the error; the rest is in the log


OURS = frozenset(
    {
        NOT_REACHABLE, NO_ANSWER, BUDGET_SPENT, NO_URL, PRIVATE, RENEWING, TOO_LONG, SAME_PAGE, NOT_CONNECTED, WHOLE_ORDERS, NO_CORRECTION,
        NOT_TOLD_STOCK, NO_ANSWER_FOR_IT, NO_SUCH_SKU, NO_SUCH_SKU_IN_SHOP, NO_SITE, CHOOSE, DEFECT,
    }
)  # fmt: skip


FOLLOWED = {DEFECT: ": ", CHOOSE: " ", NOT_REACHABLE: ": "}
"""Words of ours that a name follows, such as a class, a place or an address, and what stands between."""


def in_words(row: dict[str, Any]) -> dict[str, Any]:
    """A row whose `message` is in the reader's language where it is ours; a marketplace's own words stay as they are."""
    return row | {"message": words_of(row["message"] or "")}


def words_of(message: str) -> str:
    for words, between in FOLLOWED.items():
        if message.startswith(f"{words}{between}"):
            return f"{gettext(words)}{message.removeprefix(words)}"
    return gettext(message) if message in OURS else message


def is_own(message: str) -> bool:
    """Whether words as they are kept are ours, so that no page puts them into a marketplace's mouth."""
    return message in OURS or message.startswith(tuple(f"{words}{between}" for words, between in FOLLOWED.items()))


def defect(error: Exception) -> str:
    """What is kept of an error that nobody foresaw: whose it is, and its class. Its own words are in the log."""
    return f"{DEFECT}: {type(error).__name__}"


def trouble_of(error: Exception) -> tuple[OwnTrouble, str]:
    """(trouble, message) of a run that such an error ended."""
    if isinstance(error, OperationalError) and isinstance(error.__cause__, LockNotAvailable | DeadlockDetected):
        return OwnTrouble.BUSY, ""
    return OwnTrouble.DEFECT, type(error).__name__
