"""Rename an organization or set its clock."""

from datetime import datetime

from entrepot.core import history, sql
from entrepot.core.history import Change, Subject
from entrepot.core.permissions import Actor, Permission


def rename_organization(*, organization_id: int, name: str, time_zone: str, actor: Actor, at: datetime) -> None:
    """Sets name and time zone; the short name in addresses (slug) stays.

    Raises:
        NotAllowed: the actor may not change settings.
    """
    actor.require(Permission.SETTINGS)
    before = sql.dicts("SELECT name, time_zone FROM core_organization WHERE id = %s", [organization_id])[0]
    after = {"name": name, "time_zone": time_zone}
    if after == before:
        return
    sql.run("UPDATE core_organization SET name = %s, time_zone = %s WHERE id = %s", [name, time_zone, organization_id])
    history.note(
        "rename_organization",
        organization_id=organization_id,
        subject=Subject.ORGANIZATION,
        change=Change(organization_id, before, after),
        actor_id=actor.member_id,
        at=at,
    )
