"""Refused shipping notices. The platform publishes no table of codes: what its words do not tell is read back."""

from entrepot.marketplaces.contract import Why

BY_WORD = (  # of code and message in lower case, first match
    ("tracking", Why.BAD_NUMBER),
    ("logistics_no", Why.BAD_NUMBER),
    ("logistics no", Why.BAD_NUMBER),
    ("service_name", Why.BAD_NUMBER),
    ("service name", Why.BAD_NUMBER),
    ("timeout", Why.LATE),
)


PASSING = frozenset({"-1", "SYSTEM_ERROR"})
"""Beside a refusal: the platform stumbled over one part of a call. (-1 beside a success means nothing.)"""


REPEATS = ("repeat", "already", "declared before")


def is_repeat(message: str) -> bool:
    """Whether a refusal says that the very thing was done before."""
    return any(word in message.lower() for word in REPEATS)


def why_of(code: str, message: str) -> Why:
    said = f"{code} {message}".lower()
    return next((why for word, why in BY_WORD if word in said), Why.OTHER)
