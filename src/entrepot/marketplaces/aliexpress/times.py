"""Times of AliExpress: wall times of US Pacific without a zone, "yyyy-MM-dd HH:mm:ss".

The hour that comes twice in autumn cannot be told apart by the text. Reading it must never make a later version of an
order look older, and asking for a window must never leave out the other pass.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from entrepot.marketplaces.reading import Malformed, Record

PACIFIC = ZoneInfo("America/Los_Angeles")
FORM = "%Y-%m-%d %H:%M:%S"
HOUR = timedelta(hours=1)


def earliest(record: Record, name: str) -> datetime | None:
    """The first instant the text can mean, in UTC; None when it is absent."""
    wall = _wall(record, name)
    return None if wall is None else wall.astimezone(UTC)


def latest(record: Record, name: str, *, now: datetime) -> datetime | None:
    """The last instant the text can mean that is not in the future: later texts read later, whichever pass it is."""
    wall = _wall(record, name)
    if wall is None:
        return None
    first, second = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
    return second if first < second <= now else first


def begins(instant: datetime) -> str:
    """The text of an instant at which a window begins: inside the hour that comes twice, the last second before it."""
    local = instant.astimezone(PACIFIC)
    if _twice(local):
        local = local.replace(minute=0, second=0, fold=0) - timedelta(seconds=1)
    return local.strftime(FORM)


def ends(instant: datetime) -> str:
    """The text of an instant at which a window ends: inside the hour that comes twice, the first second after it."""
    local = instant.astimezone(PACIFIC)
    if local.microsecond:
        local = (instant.replace(microsecond=0) + timedelta(seconds=1)).astimezone(PACIFIC)
    if _twice(local):
        local = local.replace(minute=0, second=0, fold=0) + HOUR
    return local.strftime(FORM)


def _twice(local: datetime) -> bool:
    first, second = (local.replace(fold=fold).utcoffset() for fold in (0, 1))
    return first is not None and second is not None and first > second


def _wall(record: Record, name: str) -> datetime | None:
    text = record.text(name)
    if not text:
        return None
    try:
        return datetime.strptime(text, FORM).replace(tzinfo=PACIFIC)
    except ValueError:
        raise Malformed(f"{record.path(name)} is no time like 2026-01-31 23:59:59: {text!r:.60}") from None
