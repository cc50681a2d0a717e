"""The only place that reads the time. Doors and jobs call it once and hand the instant down by name."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)
