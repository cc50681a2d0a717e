"""Calling a marketplace for a store: with its access, again after a refresh, and not at all when it is switched off."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from entrepot.connections import grants
from entrepot.connections.own_words import DEFECT
from entrepot.connections.wire import HouseWire
from entrepot.marketplaces.contract import Access, CallFailed, Connector, Trouble, Wire
from entrepot.marketplaces.registry import connector_of

T = TypeVar("T")
Row = TypeVar("Row", bound=Mapping[str, Any])
SHORT = timedelta(seconds=3)
READ_TRIES = 3


@dataclass(slots=True)
class Line:
    """An open line to the marketplace of one store."""

    organization_id: int
    store_id: int
    connector: Connector
    wire: Wire
    access: Access
    clock: Callable[[], datetime]

    @property
    def their_time(self) -> datetime | None:
        """The marketplace's own clock, as far as it told us in this turn."""
        return getattr(self.wire, "their_time", None)

    def ask(self, call: Callable[[Wire, Access], T], *, again: bool) -> T:
        """One call. An expired token is renewed once. `again`: it only reads, so a stumble is tried again.

        Raises:
            NotConnected: the grant is dead.
            CallFailed: the marketplace's refusal of the whole call, or no answer.
        """
        renewed, tries = False, 0
        while True:
            try:
                return call(self.wire, self.access)
            except CallFailed as failed:
                tries += 1
                if failed.trouble is Trouble.AUTH_EXPIRED and not renewed:
                    renewed = True
                    self.renew()
                elif tries < READ_TRIES and again and self._soon(failed):
                    continue
                else:
                    raise

    def _soon(self, failed: CallFailed) -> bool:
        """Waits a short while when the trouble may be over then."""
        if failed.trouble is Trouble.TRANSIENT:
            time.sleep(0.2)
            return True
        if failed.trouble is Trouble.THROTTLED and failed.retry_at is not None:
            wait = failed.retry_at - self.clock()
            if wait <= SHORT:
                time.sleep(max(0.0, wait.total_seconds()))
                return True
        return False

    def renew(self) -> None:
        at = self.clock()
        self.access = grants.refresh(
            self.organization_id,
            self.store_id,
            self.access.grant,
            lambda held: self.connector.refresh(self.wire, held, now=at),
            at,
        )


def open_line(
    organization_id: int,
    store_id: int,
    marketplace: str,
    clock: Callable[[], datetime],
    ahead: Callable[[], None] | None = None,
) -> Line:
    """`ahead` is called right before each request on it, such as `Lease.keep`.

    Raises:
        NotConnected: the store has no living grant.
    """
    connector = connector_of(marketplace)
    access = grants.access_of(organization_id, store_id)
    wire = HouseWire(organization_id, store_id, connector, clock, ahead)
    line = Line(organization_id, store_id, connector, wire, access, clock)
    expires = access.grant.expires_at
    if expires is not None and expires - clock() < timedelta(minutes=2) and access.grant.refresh_token:
        line.renew()
    return line


def broke_us(row: Mapping[str, Any]) -> bool:
    """Whether the last call about this row ended in a defect of ours, as its `message` says. Pure."""
    return bool(row["message"].startswith(DEFECT))


def together(rows: Sequence[Row]) -> list[list[Row]]:
    """The rows of each call that writes. Those of one that broke us go one by one: whichever is to blame stops no other. Pure."""
    calls = [[row for row in rows if not broke_us(row)], *([row] for row in rows if broke_us(row))]
    return [call for call in calls if call]
