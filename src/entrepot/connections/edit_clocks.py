"""A store's own clocks: the hours its owner sets in place of the marketplace's, and who ships its orders."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from entrepot.core import history, sql
from entrepot.core.batch import loads
from entrepot.core.history import Change, Subject
from entrepot.core.permissions import Actor, Permission
from entrepot.marketplaces.policy import ClockName, Policy
from entrepot.marketplaces.registry import policy_of

EDITABLE = (ClockName.STOCK_UP, ClockName.SHIP_BY, ClockName.COLLECT)
MOST_HOURS = 2160


class Fulfilment(StrEnum):
    """Who packs and ships a store's orders."""

    OWN = "own"  # our hands, from our shelf
    MARKETPLACE = "marketplace"  # its own warehouse
    SERVICE = "service"  # somebody who does it for us


def editable(policy: Policy) -> tuple[ClockName, ...]:
    """The clocks of a marketplace whose hours an owner may set."""
    return tuple(name for name in EDITABLE if policy.has(name))


def read_clocks(value: Any) -> dict[ClockName, int]:
    """Own hours as the store's row keeps them. A clock of a later version is left out."""
    return {ClockName(name): hours for name, hours in loads(value).items() if name in set(ClockName)}


def edit_clocks(
    *,
    organization_id: int,
    store_id: int,
    hours: Mapping[ClockName, int | None],
    fulfilment: Fulfilment,
    actor: Actor,
    at: datetime,
) -> bool:
    """Sets the owner's own hours (None or absent: the marketplace's) and who ships; returns whether anything changed.

    The handling time gives way to them: two values for one clock would be one too many. Whoever calls this also has the
    deadlines of open orders counted anew (`parcels.recount`).

    Raises:
        NotAllowed: the actor is not an owner.
        ValueError: hours outside 1 to MOST_HOURS, or of a clock that this marketplace does not have.
    """
    actor.require(Permission.CONNECT)
    found = sql.dicts(
        """
        SELECT marketplace, clocks::text AS clocks, fulfilment, handling_hours FROM connections_store
        WHERE organization_id = %s AND id = %s FOR NO KEY UPDATE
        """,
        [organization_id, store_id],
    )
    if not found:
        return False
    row, policy = found[0], policy_of(found[0]["marketplace"])
    own = {name.value: most for name, most in hours.items() if most is not None}
    if wrong := [name for name, most in own.items() if name not in editable(policy) or not 0 < most <= MOST_HOURS]:
        raise ValueError(f"No hours of a store of {policy.name}: {', '.join(wrong)}")
    before = {"clocks": loads(row["clocks"]), "fulfilment": row["fulfilment"]}
    after = {"clocks": own, "fulfilment": fulfilment.value}
    handling = row["handling_hours"] if row["marketplace"] == "file" else policy.handling_hours
    if after == before and handling == row["handling_hours"]:
        return False
    sql.run(
        """
        UPDATE connections_store SET clocks = %s::jsonb, fulfilment = %s, handling_hours = %s
        WHERE organization_id = %s AND id = %s
        """,
        [sql.dump(own), fulfilment.value, handling, organization_id, store_id],
    )
    history.note(
        "edit_clocks",
        organization_id=organization_id,
        subject=Subject.STORE,
        change=Change(store_id, before, after),
        actor_id=actor.member_id,
        at=at,
    )
    return True
