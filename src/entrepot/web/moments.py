"""Instants as set-up pages show them: to the minute, in the reader's time zone."""

from datetime import datetime, tzinfo


def moment(at: datetime, zone: tzinfo) -> str:
    """E.g. "2026-11-22 09:14"."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
