"""Leases: what one worker has taken stays its own while it makes calls about it, however many and however slow."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from entrepot.core import sql
from entrepot.core.scope import organization_scope

Renewal = Callable[[datetime, datetime], bool]
"""(until when it was held, until when from now on) -> whether it was still ours and is now."""


class LostLease(Exception):
    """Another worker has it now: ours took too long. No further call is made about it, and nothing is written."""


class Lease:
    """Kept by calling `keep` before each call to the outside; it writes once in a third of its length.

    A call may begin with two thirds of the length left, so the length must be more than one and a half calls.
    """

    def __init__(self, clock: Callable[[], datetime], length: timedelta) -> None:
        self._clock, self._length = clock, length
        self._until: datetime | None = None
        self._renew: Renewal | None = None

    def take(self, until: datetime, renew: Renewal) -> None:
        """It is held until then; `renew` writes down that it is held longer."""
        self._until, self._renew = until, renew

    def keep(self) -> None:
        """
        Raises:
            LostLease: it is no longer ours.
        """
        if self._until is None or self._renew is None:
            return
        at = self._clock()
        if self._until - at > self._length * 2 / 3:
            return
        until = at + self._length
        if not self._renew(self._until, until):
            raise LostLease
        self._until = until


def renew_claims(
    table: str, key: str, organization_id: int, rows: Sequence[dict[str, Any]], since: datetime, until: datetime
) -> bool:
    """The renewal of rows of `table` that are being sent, named by their column `key`; `lease` of each follows. False when
    one of them is no longer ours: another worker has it by now, or somebody decided anew.
    """
    with organization_scope(organization_id):
        held = sql.run(
            f"""
            UPDATE {table} SET lease_until = %s
            WHERE organization_id = %s AND {key} = ANY(%s) AND status = 'sending' AND lease_until = %s
            """,
            [until, organization_id, [row[key] for row in rows], since],
        )
    for row in rows:
        row["lease"] = until
    return held == len(rows)
