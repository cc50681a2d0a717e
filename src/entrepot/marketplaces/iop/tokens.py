"""Grants from the gateway's token answers. Lifetimes are those the answer gives."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from entrepot.marketplaces.contract import CallFailed, Grant, Trouble
from entrepot.marketplaces.reading import Record


def grant_of(
    answer: Record, *, account: str, now: datetime, extra: Mapping[str, str], refresh_token: str = ""
) -> Grant:
    """`refresh_token` is kept when the answer brings no new one.

    Raises:
        CallFailed: PROTOCOL without an access token or an account.
    """
    token = answer.text("access_token")
    if not token or not account:
        raise CallFailed(Trouble.PROTOCOL, "The answer names no access token or no account.")
    return Grant(
        account=account,
        access_token=token,
        refresh_token=answer.text("refresh_token") or refresh_token,
        expires_at=_end(answer, "expire_time", "expires_in", now),
        refresh_expires_at=_end(answer, "refresh_token_valid_time", "refresh_expires_in", now),
        extra={name: value for name, value in extra.items() if value},
    )


def _end(answer: Record, instant: str, seconds: str, now: datetime) -> datetime | None:
    """Some answers name the instant in milliseconds, all name the seconds left."""
    left = answer.whole(seconds)
    try:
        return now + timedelta(seconds=left) if left > 0 else answer.milliseconds(instant)
    except OverflowError:
        return None  # longer than any calendar: it does not expire
