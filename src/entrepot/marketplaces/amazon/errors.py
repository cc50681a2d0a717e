"""What a refusal of the Selling Partner API means: by its status, then by the words of its details."""

from datetime import datetime, timedelta

from entrepot.marketplaces.answers import json_value, of_status, retry_after
from entrepot.marketplaces.contract import Answer, CallFailed, Trouble, Why
from entrepot.marketplaces.reading import Malformed, Record

WAIT = timedelta(seconds=10)  # a throttled answer need not say when the next call is allowed

FORBIDDEN_WORDS = (  # of a 403's details, first match
    ("expired", Trouble.AUTH_EXPIRED),
    ("revoked", Trouble.AUTH_REVOKED),
    ("role", Trouble.SCOPE_MISSING),
    ("permission", Trouble.SCOPE_MISSING),
    ("deactivated", Trouble.SHOP_DISABLED),
)

LOGIN_TROUBLES = {  # `error` of Login with Amazon
    "invalid_grant": Trouble.AUTH_REVOKED,
    "invalid_client": Trouble.INVALID_INPUT,
    "unauthorized_client": Trouble.SCOPE_MISSING,
    "invalid_scope": Trouble.SCOPE_MISSING,
    "invalid_request": Trouble.INVALID_INPUT,
    "unsupported_grant_type": Trouble.INVALID_INPUT,
    "server_error": Trouble.TRANSIENT,
    "temporarily_unavailable": Trouble.TRANSIENT,
}

WHY_WORDS = (  # of a refused confirmation, first match
    ("tracking", Why.BAD_NUMBER),
    ("carrier", Why.BAD_NUMBER),
    ("cancel", Why.STATE_CHANGED),
    ("already", Why.SHIPPED_ELSEWHERE),
)


def failure_of(answer: Answer, *, now: datetime, writes: bool, expires_at: datetime | None) -> CallFailed:
    """From an answer that is no success. `expires_at` of the token tells a 403 that names no reason apart."""
    code, message, details = words_of(answer)
    trouble = of_status(answer.status, writes=writes) or Trouble.PROTOCOL
    if answer.status == 403:
        trouble = _of_forbidden(f"{message} {details}", now=now, expires_at=expires_at)
    at = _again(answer, now) if trouble is Trouble.THROTTLED else None
    said = f"{message}: {details}" if details and details != message else message
    return CallFailed(trouble, said, code=code or str(answer.status), retry_at=at)


def words_of(answer: Answer) -> tuple[str, str, str]:
    """Code, message and details of the first error; empty when the body is something else (a proxy's page)."""
    try:
        errors = Record(json_value(answer.content)).records("errors")
        first = errors[0] if errors else Record({})
        return first.text("code"), first.text("message"), first.text("details")
    except (ValueError, Malformed):
        return "", f"HTTP {answer.status}", ""


def login_failure(answer: Answer, *, writes: bool = False) -> CallFailed:
    try:
        body = Record(json_value(answer.content))
        code, message = body.text("error"), body.text("error_description")
    except (ValueError, Malformed):
        code, message = "", f"HTTP {answer.status}"
    trouble = LOGIN_TROUBLES.get(code) or of_status(answer.status, writes=writes) or Trouble.PROTOCOL
    return CallFailed(trouble, message, code=code or str(answer.status))


def why_of(message: str) -> Why:
    said = message.lower()
    return next((why for word, why in WHY_WORDS if word in said), Why.OTHER)


def _of_forbidden(said: str, *, now: datetime, expires_at: datetime | None) -> Trouble:
    """An expired token is refused with 403, as a missing role is. Without words the token's own age decides."""
    lower = said.lower()
    for word, trouble in FORBIDDEN_WORDS:
        if word in lower:
            return trouble
    return Trouble.SCOPE_MISSING if expires_at is not None and now < expires_at else Trouble.AUTH_EXPIRED


def _again(answer: Answer, now: datetime) -> datetime:
    """`Retry-After` if it is there; else one turn at the rate that the answer names."""
    if "retry-after" in answer.headers:
        return retry_after(answer, now=now, otherwise=WAIT)
    try:
        rate = float(answer.headers.get("x-amzn-ratelimit-limit", ""))
        return now + min(timedelta(seconds=1 / rate), timedelta(minutes=10))
    except (ValueError, ZeroDivisionError, OverflowError):
        return now + WAIT
