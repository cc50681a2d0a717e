"""What can be kept of what came: texts that every database takes, and numbers within its columns."""

from collections.abc import Mapping
from typing import Any

from entrepot.marketplaces.contract import OrderDraft

MOST_PIECES = 2**31 - 1
MOST_MINOR = 2**63 - 1
MOST_NUMBER = 200  # characters of an order number
MOST_TRACKING = 80
DEEPEST = 100


def clean(value: Any, deepest: int = DEEPEST) -> Any:
    """The same JSON value without what no table keeps: NUL is left out, half of a character (a name that was cut within an
    emoji) becomes U+FFFD, a number of more than 64 bits a text, and what lies too deep an ellipsis."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return value if -MOST_MINOR <= value <= MOST_MINOR else str(value)
    if not isinstance(value, Mapping | list | tuple):
        return value
    if not deepest:
        return "…"
    if isinstance(value, Mapping):
        return {_text(str(name)): clean(one, deepest - 1) for name, one in value.items()}
    return [clean(one, deepest - 1) for one in value]


def _text(text: str) -> str:
    if "\0" in text:
        text = text.replace("\0", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def beyond(draft: OrderDraft) -> str:
    """A sentence about the first value that cannot be kept as it is, "" when all can."""
    if len(draft.external_id) > MOST_NUMBER:
        return f"The order's number has {len(draft.external_id)} characters"
    if len(draft.currency) > 3:
        return f"{draft.currency!r:.60} is no currency"
    for number in draft.numbers:
        if len(number) > MOST_TRACKING:
            return f"A tracking number has {len(number)} characters"
    for amount in (draft.total_minor, *(line.unit_price_minor for line in draft.lines)):
        if not -MOST_MINOR <= amount <= MOST_MINOR:
            return f"{amount} is no amount"
    for line in draft.lines:
        for pieces, least in ((line.quantity, 1), (line.cancelled, 0)):
            if not least <= pieces <= MOST_PIECES:
                return f"{pieces} is no number of pieces"
    return ""
