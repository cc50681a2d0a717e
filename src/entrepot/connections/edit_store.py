"""Edit a store: alias, clock, sender, default service, handling time; take it out of use and back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from entrepot.connections.plan import require_room
from entrepot.core import history, sql
from entrepot.core.batch import loads
from entrepot.core.history import Change, Subject
from entrepot.core.permissions import Actor, Permission

COLUMNS = ("name", "currency", "time_zone", "sender", "default_service_id", "handling_hours", "is_enabled")


class AliasTaken(Exception):
    """Another store, account or service of the organization has this alias already."""


def edit_store(*, organization_id: int, store_id: int, values: Mapping[str, Any], actor: Actor, at: datetime) -> bool:
    """Sets the named `COLUMNS` and returns whether anything changed. False too when there is no such store.

    Raises:
        NotAllowed: the actor may not change settings.
        AliasTaken: another store has this alias.
        TooManyStores: it is to come into use, and the plan has room for no more.
    """
    actor.require(Permission.SETTINGS)
    if values.get("is_enabled"):
        off = "SELECT 1 FROM connections_store WHERE organization_id = %s AND id = %s AND NOT is_enabled"
        if sql.rows(off, [organization_id, store_id]):
            require_room(organization_id)
    found = sql.dicts(
        f"SELECT {', '.join(COLUMNS)} FROM connections_store WHERE organization_id = %s AND id = %s FOR NO KEY UPDATE",
        [organization_id, store_id],
    )
    if not found:
        return False
    before = {**found[0], "sender": loads(found[0]["sender"])}
    after = {**before, **{name: value for name, value in values.items() if name in COLUMNS}}
    if after == before:
        return False
    if sql.rows(
        "SELECT 1 FROM connections_store WHERE organization_id = %s AND name = %s AND id <> %s",
        [organization_id, after["name"], store_id],
    ):
        raise AliasTaken
    sql.run(
        """
        UPDATE connections_store SET name = %(name)s, currency = %(currency)s, time_zone = %(time_zone)s,
            sender = %(sender_json)s::jsonb, default_service_id = %(default_service_id)s,
            handling_hours = %(handling_hours)s, is_enabled = %(is_enabled)s
        WHERE organization_id = %(org)s AND id = %(id)s
        """,
        {**after, "sender_json": sql.dump(after["sender"]), "org": organization_id, "id": store_id},
    )
    changed = [name for name in COLUMNS if before[name] != after[name]]
    change = Change(store_id, {name: before[name] for name in changed}, {name: after[name] for name in changed})
    history.note(
        "edit_store",
        organization_id=organization_id,
        subject=Subject.STORE,
        change=change,
        actor_id=actor.member_id,
        at=at,
    )
    return True
