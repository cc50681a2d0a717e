"""Instants as people read them: in their own time zone, to the minute."""

from datetime import datetime
from zoneinfo import ZoneInfo


def moment(at: datetime, time_zone: str) -> str:
    """E.g. "2026-11-22 09:14"."""
    return at.astimezone(ZoneInfo(time_zone)).strftime("%Y-%m-%d %H:%M")
