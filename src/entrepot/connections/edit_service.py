"""Edit a shipping service: name, where its numbers come from, limits; take it out of use and back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from entrepot.carriers.registry import number_rule
from entrepot.connections.edit_store import AliasTaken
from entrepot.core import history, sql
from entrepot.core.history import Change, Subject
from entrepot.core.permissions import Actor, Permission

COLUMNS = ("account_id", "code", "name", "numbering", "number_format", "max_lines", "is_enabled")


def edit_service(
    *, organization_id: int, service_id: int, values: Mapping[str, Any], actor: Actor, at: datetime
) -> bool:
    """Sets the named `COLUMNS` and returns whether anything changed. False too when there is no such service.

    Raises:
        NotAllowed: the actor may not change settings.
        AliasTaken: another service has this code.
        KeyError: there is no such number format.
    """
    actor.require(Permission.SETTINGS)
    found = sql.dicts(
        f"""
        SELECT {", ".join(COLUMNS)} FROM connections_shippingservice
        WHERE organization_id = %s AND id = %s FOR NO KEY UPDATE
        """,
        [organization_id, service_id],
    )
    if not found:
        return False
    before = found[0]
    after = {**before, **{name: value for name, value in values.items() if name in COLUMNS}}
    if after == before:
        return False
    number_rule(after["number_format"])
    if sql.rows(
        "SELECT 1 FROM connections_shippingservice WHERE organization_id = %s AND code = %s AND id <> %s",
        [organization_id, after["code"], service_id],
    ):
        raise AliasTaken
    sets = ", ".join(f"{name} = %({name})s" for name in COLUMNS)
    sql.run(
        f"UPDATE connections_shippingservice SET {sets} WHERE organization_id = %(org)s AND id = %(id)s",
        {**after, "org": organization_id, "id": service_id},
    )
    changed = [name for name in COLUMNS if before[name] != after[name]]
    change = Change(service_id, {name: before[name] for name in changed}, {name: after[name] for name in changed})
    history.note(
        "edit_service",
        organization_id=organization_id,
        subject=Subject.SERVICE,
        change=change,
        actor_id=actor.member_id,
        at=at,
    )
    return True
