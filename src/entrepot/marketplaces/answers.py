"""What every HTTP marketplace shares: bytes to send, answers to read, and what a status code alone says."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from entrepot.marketplaces.bounds import clean
from entrepot.marketplaces.contract import Answer, Trouble
from entrepot.marketplaces.reading import Malformed, Record

T = TypeVar("T")


def json_bytes(value: Any) -> bytes:
    """Compact UTF-8 JSON. Made once: what is signed is what is sent."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def json_value(content: bytes | str, *, parse_float: Callable[[str], Any] | None = None) -> Any:
    """What a marketplace wrote as JSON, cleaned of what can neither be kept nor sent on: see `bounds.clean`.

    Raises:
        ValueError: it is no JSON.
    """
    return clean(json.loads(content, parse_float=parse_float))


def json_record(answer: Answer) -> Record:
    """The answer's JSON object; PROTOCOL for anything else (an HTML page of a proxy, a cut-off body)."""
    try:
        return Record(json_value(answer.content))
    except ValueError as problem:
        raise Malformed(f"HTTP {answer.status}, not JSON: {problem}") from None


def of_status(status: int, *, writes: bool) -> Trouble | None:
    """What the HTTP status alone says; None for success. A 5xx on a write may have been written."""
    if status < 400:
        return None if 200 <= status < 300 else Trouble.PROTOCOL
    if status >= 500:
        return Trouble.UNKNOWN_OUTCOME if writes else Trouble.TRANSIENT
    return {
        401: Trouble.AUTH_EXPIRED,
        403: Trouble.SCOPE_MISSING,
        404: Trouble.NOT_FOUND,
        408: Trouble.UNKNOWN_OUTCOME if writes else Trouble.TRANSIENT,
        409: Trouble.BUSINESS_STATE,
        429: Trouble.THROTTLED,
    }.get(status, Trouble.INVALID_INPUT)


def retry_after(answer: Answer, *, now: datetime, otherwise: timedelta) -> datetime:
    """When `Retry-After` (seconds or a date) allows the next call; `otherwise` from now if it does not say."""
    value = answer.headers.get("retry-after", "").strip()
    try:
        return now + timedelta(seconds=float(value))
    except (ValueError, OverflowError):
        pass
    try:
        return parsedate_to_datetime(value).astimezone(UTC)
    except (ValueError, TypeError):
        return now + otherwise


def chunks(items: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), most):
        yield items[start : start + most]
