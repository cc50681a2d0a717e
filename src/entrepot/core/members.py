"""People of an organization: change role, deactivate, give a new password. Never without an owner."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from entrepot.core import history, sql
from entrepot.core.history import Change, Subject
from entrepot.core.models import User
from entrepot.core.passwords import note_new_password, renew_password
from entrepot.core.permissions import Actor, Permission, Role
from entrepot.core.scope import organization_scope, system_scope


class MemberProblem(StrEnum):
    NOT_FOUND = "not_found"
    MEMBER_ALREADY = "member_already"
    LAST_OWNER = "last_owner"
    ELSEWHERE_TOO = "elsewhere_too"


PROBLEMS = {
    MemberProblem.NOT_FOUND: _("There is no such member in your organization."),
    MemberProblem.MEMBER_ALREADY: _("This person is a member already."),
    MemberProblem.LAST_OWNER: _("An organization needs an owner. Make somebody else an owner first."),
    MemberProblem.ELSEWHERE_TOO: _(
        "This person belongs to other organizations too; only they can change their password."
    ),
}


class MemberRefused(Exception):
    """A change of members that is not done; `problem` says why."""

    def __init__(self, problem: MemberProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem

    @property
    def sentence(self) -> str:
        return str(PROBLEMS[self.problem])


@dataclass(frozen=True, slots=True)
class MemberRow:
    id: int
    user_id: int
    name: str
    email: str
    role: Role
    is_active: bool
    created_at: datetime
    last_login: datetime | None


def members_of(organization_id: int) -> list[MemberRow]:
    found = sql.rows(
        """
        SELECT m.id, m.user_id, m.name, u.email, m.role, m.is_active, m.created_at, u.last_login
        FROM core_member m JOIN core_user u ON u.id = m.user_id
        WHERE m.organization_id = %s ORDER BY m.is_active DESC, m.name, m.id
        """,
        [organization_id],
    )
    return [MemberRow(i, user, name, email, Role(role), *rest) for i, user, name, email, role, *rest in found]


def change_member(
    *,
    organization_id: int,
    member_id: int,
    role: Role,
    name: str,
    is_active: bool,
    actor: Actor,
    at: datetime,
) -> None:
    """Sets role, name and whether the person may come in. Nothing happens when all is so already.

    Raises:
        NotAllowed: only owners may.
        MemberRefused: no such member, or the last owner would be gone.
    """
    actor.require(Permission.MEMBERS)
    with organization_scope(organization_id):
        people = {
            row["id"]: row
            for row in sql.dicts(
                """
                SELECT id, role, name, is_active FROM core_member WHERE organization_id = %s
                ORDER BY id FOR NO KEY UPDATE
                """,
                [organization_id],
            )
        }
        before = people.pop(member_id, None)
        if before is None:
            raise MemberRefused(MemberProblem.NOT_FOUND)
        after: dict[str, Any] = {"id": member_id, "role": role.value, "name": name, "is_active": is_active}
        if after == before:
            return
        if not any(row["role"] == Role.OWNER and row["is_active"] for row in (*people.values(), after)):
            raise MemberRefused(MemberProblem.LAST_OWNER)
        sql.run(
            "UPDATE core_member SET role = %s, name = %s, is_active = %s WHERE organization_id = %s AND id = %s",
            [role.value, name, is_active, organization_id, member_id],
        )
        history.note(
            "change_member",
            organization_id=organization_id,
            subject=Subject.MEMBER,
            change=Change(member_id, before, after),
            actor_id=actor.member_id,
            at=at,
        )


def give_new_password(*, organization_id: int, member_id: int, actor: Actor, at: datetime) -> str:
    """Makes a new password for a member who forgot theirs; returned once.

    Raises:
        NotAllowed: only owners may.
        MemberRefused: no such member, or one of other organizations too (whose owners did not agree).
    """
    actor.require(Permission.MEMBERS)
    with organization_scope(organization_id):
        found = sql.rows(
            "SELECT user_id FROM core_member WHERE organization_id = %s AND id = %s", [organization_id, member_id]
        )
    if not found:
        raise MemberRefused(MemberProblem.NOT_FOUND)
    user_id = found[0][0]
    with system_scope():
        elsewhere = sql.rows(
            "SELECT 1 FROM core_member WHERE user_id = %s AND organization_id <> %s LIMIT 1",
            [user_id, organization_id],
        )
    if elsewhere:
        raise MemberRefused(MemberProblem.ELSEWHERE_TOO)
    password = renew_password(User.objects.get(id=user_id))
    with organization_scope(organization_id):
        note_new_password(organization_id, member_id, actor_id=actor.member_id, at=at)
    return password
