"""Organizations, people in them, and the actor somebody signs in as."""

import re
from dataclasses import dataclass
from datetime import datetime

from anyascii import anyascii

from entrepot.core import history, sql
from entrepot.core.history import Change, Subject
from entrepot.core.models import User
from entrepot.core.permissions import Actor, Role, member_actor
from entrepot.core.scope import organization_scope, system_scope


@dataclass(frozen=True, slots=True)
class Membership:
    organization_id: int
    organization_name: str
    time_zone: str
    member_id: int
    name: str
    role: str

    @property
    def actor(self) -> Actor:
        return member_actor(self.organization_id, self.member_id, self.name, self.role)


def slug_of(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", anyascii(name).lower()).strip("-")[:50] or "organization"


def create_organization(*, name: str, at: datetime, time_zone: str = "UTC") -> int:
    """Makes an organization; a taken slug gets a number."""
    base = slug_of(name)
    taken = {row[0] for row in sql.rows("SELECT slug FROM core_organization WHERE slug LIKE %s", [f"{base}%"])}
    slug = next(s for n in range(1, len(taken) + 2) if (s := base if n == 1 else f"{base}-{n}") not in taken)
    row = sql.rows(
        """
        INSERT INTO core_organization (name, slug, time_zone, settings, created_at) VALUES (%s, %s, %s, '{}', %s)
        RETURNING id
        """,
        [name, slug, time_zone, at],
    )
    organization_id = int(row[0][0])
    with organization_scope(organization_id):
        history.note(
            "create_organization",
            organization_id=organization_id,
            subject=Subject.ORGANIZATION,
            change=Change(organization_id, None, {"name": name, "time_zone": time_zone}),
            actor_id=None,  # nobody is a member yet; the first owner's membership follows
            at=at,
        )
    return organization_id


def organization_named(name: str | None) -> int | None:
    """The id of an organization by name or slug; without a name, the first one."""
    if name is None:
        found = sql.rows("SELECT id FROM core_organization ORDER BY id LIMIT 1")
    else:
        found = sql.rows("SELECT id FROM core_organization WHERE name = %s OR slug = %s LIMIT 1", [name, name])
    return int(found[0][0]) if found else None


def add_member(*, organization_id: int, email: str, name: str, role: Role, password: str | None, at: datetime) -> int:
    """Makes the person if need be, and their membership; a member there already keeps their role."""
    user = User.objects.filter(email__iexact=email).first() or User.objects.create_user(
        email, password, first_name=name
    )
    with organization_scope(organization_id):
        sql.run(
            """
            INSERT INTO core_member (organization_id, user_id, role, name, is_active, created_at)
            VALUES (%s, %s, %s, %s, true, %s) ON CONFLICT DO NOTHING
            """,
            [organization_id, user.id, role.value, name, at],
        )
        found = sql.rows(
            "SELECT id FROM core_member WHERE organization_id = %s AND user_id = %s", [organization_id, user.id]
        )
    return int(found[0][0])


def memberships_of(user_id: int) -> list[Membership]:
    """Every organization a person belongs to. Asked before any organization is chosen, hence across all of them."""
    with system_scope():
        return [
            Membership(*row)
            for row in sql.rows(
                """
                SELECT m.organization_id, o.name, o.time_zone, m.id, m.name, m.role FROM core_member m
                JOIN core_organization o ON o.id = m.organization_id
                WHERE m.user_id = %s AND m.is_active ORDER BY o.name
                """,
                [user_id],
            )
        ]
