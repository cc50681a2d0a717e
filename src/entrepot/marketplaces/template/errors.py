"""Their codes, each with what it means for us. A table: whoever meets a new code adds a line, no branch."""

from entrepot.marketplaces.contract import Trouble, Why

TROUBLES = {  # of a whole call
    "TOO_FAST": Trouble.THROTTLED,
    "TOKEN_EXPIRED": Trouble.AUTH_EXPIRED,
    "TOKEN_REVOKED": Trouble.AUTH_REVOKED,
    "BAD_CODE": Trouble.AUTH_REVOKED,  # of `exchange` and `refresh`: used already, or taken back; only its owner can help
    "NO_SCOPE": Trouble.SCOPE_MISSING,
    "BAD_TIME": Trouble.CLOCK_SKEW,
    "OOPS": Trouble.TRANSIENT,  # theirs: on a write the outcome is unknown, see client.py
}

WHYS = {  # of one notice: their code of a refused call, or of one item in an answer that says success
    "CANCELLED": Why.STATE_CHANGED,
    "OTHER_NUMBER": Why.SHIPPED_ELSEWHERE,
    "BAD_NUMBER": Why.BAD_NUMBER,
}


def why_of(code: str) -> Why:
    return WHYS.get(code, Why.OTHER)
