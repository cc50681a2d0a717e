"""Instants as people read them: in their own time zone, to the minute."""

from datetime import datetime
from zoneinfo import ZoneInfo

from entrepot.web.access import MemberRequest


def moment(at: datetime, time_zone: str) -> str:
    """E.g. "2026-11-22 09:14"."""
    return at.astimezone(ZoneInfo(time_zone)).strftime("%Y-%m-%d %H:%M")


def zone_of(request: MemberRequest) -> str:
    """The zone a member reads times in: their own, else the organization's."""
    own = request.user.time_zone
    return own if own != "UTC" else request.membership.time_zone
