"""Stores: made under the seller's alias, found by it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from entrepot.connections.edit_clocks import Fulfilment, read_clocks
from entrepot.connections.plan import require_room
from entrepot.connections.services import own_numbers
from entrepot.core import history, sql
from entrepot.core.history import Change, Subject
from entrepot.core.permissions import Actor, Permission
from entrepot.marketplaces.policy import ClockName
from entrepot.marketplaces.registry import policy_of

FILE = "file"  # the marketplace of a store whose orders come from files


class TakesNoFiles(Exception):
    """A file was meant for a store whose orders come from its marketplace.

    An export names an order otherwise than the marketplace's interface does (#1001, 5551234567890): each would be there
    twice, and ship twice.
    """

    def __init__(self, name: str) -> None:
        super().__init__(f"The orders of “{name}” come from its marketplace. Give the file a store of its own.")
        self.name = name


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """What importing needs to know of a store."""

    id: int
    name: str
    marketplace: str
    currency: str
    time_zone: str
    handling_hours: int  # from payment to ship-by, where the marketplace gives no instant
    clocks: Mapping[ClockName, int] = field(default_factory=dict)  # hours that its owner set
    fulfilment: Fulfilment = Fulfilment.OWN
    is_enabled: bool = True

    def require_files(self) -> None:
        """
        Raises:
            TakesNoFiles: its orders come from its marketplace.
        """
        if self.marketplace != FILE:
            raise TakesNoFiles(self.name)


def store_named(organization_id: int, name: str) -> StoreFacts | None:
    return _one(organization_id, "name = %s", name)


def store_by_id(organization_id: int, store_id: int, *, hold: bool = False) -> StoreFacts | None:
    """`hold`: its settings stay as they are until the transaction ends; whoever edits them waits for that."""
    return _one(organization_id, "id = %s" + (" FOR SHARE" if hold else ""), store_id)


def _one(organization_id: int, condition: str, value: Any) -> StoreFacts | None:
    found = sql.rows(
        f"""
        SELECT id, name, marketplace, currency, time_zone, handling_hours, clocks::text, fulfilment, is_enabled
        FROM connections_store WHERE organization_id = %s AND {condition}
        """,
        [organization_id, value],
    )
    if not found:
        return None
    store_id, name, marketplace, currency, time_zone, hours, clocks, fulfilment, is_enabled = found[0]
    own = read_clocks(clocks)
    return StoreFacts(store_id, name, marketplace, currency, time_zone, hours, own, Fulfilment(fulfilment), is_enabled)


def _services(organization_id: int) -> list[int]:
    """The first two, in the order they were made."""
    found = sql.rows(
        "SELECT id FROM connections_shippingservice WHERE organization_id = %s ORDER BY id LIMIT 2", [organization_id]
    )
    return [row[0] for row in found]


def create_store(
    *,
    organization_id: int,
    name: str,
    marketplace: str,
    currency: str,
    time_zone: str,
    actor: Actor,
    at: datetime,
    sender: dict[str, str] | None = None,
    default_service_id: int | None = None,
) -> StoreFacts:
    """Makes a store, or returns the one of that alias.

    A shop without any service gets one with numbers of its own; the only one there is serves new stores too.

    Raises:
        TooManyStores: the plan of the organization has room for no more.
    """
    actor.require(Permission.IMPORT if marketplace == FILE else Permission.SETTINGS)
    require_room(organization_id, name)
    if default_service_id is None:
        services = _services(organization_id)
        if not services:
            default_service_id = own_numbers(organization_id=organization_id, at=at)
        elif len(services) == 1:
            default_service_id = services[0]
    fresh = sql.rows(
        """
        INSERT INTO connections_store (organization_id, name, marketplace, currency, time_zone, sender,
            default_service_id, is_enabled, handling_hours, secrets, created_at)
        VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s, true, %s, '', %s) ON CONFLICT DO NOTHING RETURNING id
        """,
        [
            organization_id,
            name,
            marketplace,
            currency,
            time_zone,
            sql.dump(sender or {}),
            default_service_id,
            policy_of(marketplace).handling_hours,
            at,
        ],
    )
    if fresh:
        after = {"name": name, "marketplace": marketplace, "currency": currency, "time_zone": time_zone}
        history.note(
            "create_store",
            organization_id=organization_id,
            subject=Subject.STORE,
            change=Change(fresh[0][0], None, {**after, "default_service_id": default_service_id}),
            actor_id=actor.member_id,
            at=at,
        )
    made = store_named(organization_id, name)
    assert made is not None
    return made
