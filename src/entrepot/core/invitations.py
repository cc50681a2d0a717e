"""Invite a person by a link. Whoever holds it and signs in as that e-mail, or makes the account, becomes a member.

Inviting does the same for an e-mail with an account and for one without, so an owner learns nothing about people of
other organizations, and nobody becomes a member of anything without a step of their own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.core import signing
from django.utils.translation import gettext_lazy as _

from entrepot.core import history, sql
from entrepot.core.history import Change, Subject
from entrepot.core.members import MemberProblem, MemberRefused
from entrepot.core.models import User
from entrepot.core.organizations import add_member, memberships_of
from entrepot.core.permissions import GRANTS, Actor, Permission, Role
from entrepot.core.scope import organization_scope, system_scope

HOLDS = timedelta(days=7)
SIGNER = signing.Signer(salt="entrepot.invitation")


class InvitationProblem(StrEnum):
    BROKEN = "broken"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    SOMEBODY_ELSE = "somebody_else"
    SWITCHED_OFF = "switched_off"


PROBLEMS = {
    InvitationProblem.BROKEN: _("This link is not complete. Copy it again, up to its last sign."),
    InvitationProblem.EXPIRED: _("This invitation has run out. Ask for a new one."),
    InvitationProblem.WITHDRAWN: _("Who invited you may no longer do so. Ask for a new invitation."),
    InvitationProblem.SOMEBODY_ELSE: _("This invitation is for another e-mail than the one you are signed in with."),
    InvitationProblem.SWITCHED_OFF: _("Your membership was switched off. An owner can switch it on again."),
}


class InvitationRefused(Exception):
    """An invitation that does not lead in; `problem` says why."""

    def __init__(self, problem: InvitationProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem

    @property
    def sentence(self) -> str:
        return str(PROBLEMS[self.problem])


@dataclass(frozen=True, slots=True)
class Invitation:
    organization_id: int
    organization_name: str
    email: str
    name: str
    role: Role


def invite_member(*, organization_id: int, email: str, name: str, role: Role, actor: Actor, at: datetime) -> str:
    """Makes an invitation and returns its text, which holds for a week. It is kept nowhere: it is shown once.

    Raises:
        NotAllowed: only owners may.
        MemberRefused: a member already (also one that is deactivated).
    """
    actor.require(Permission.MEMBERS)
    with organization_scope(organization_id):
        # One statement, whether or not there is a person of this e-mail: its time tells nothing either.
        if sql.rows(
            """
            SELECT 1 FROM core_member m JOIN core_user u ON u.id = m.user_id
            WHERE m.organization_id = %s AND upper(u.email) = upper(%s)
            """,
            [organization_id, email],
        ):
            raise MemberRefused(MemberProblem.MEMBER_ALREADY)
        history.note(
            "invite_member",
            organization_id=organization_id,
            subject=Subject.ORGANIZATION,
            change=Change(organization_id, None, {"name": name, "email": email, "role": role.value}),
            actor_id=actor.member_id,
            at=at,
        )
    until = int((at + HOLDS).timestamp())
    return SIGNER.sign_object([organization_id, email, name, role.value, actor.member_id, until], compress=True)


def read_invitation(text: str, *, at: datetime) -> Invitation:
    """What an invitation says.

    Raises:
        InvitationRefused: not ours or damaged, run out, or its sender may no longer invite.
    """
    try:
        organization_id, email, name, role, sender, until = SIGNER.unsign_object(text)
    except (signing.BadSignature, ValueError):
        raise InvitationRefused(InvitationProblem.BROKEN) from None
    if at.timestamp() > until:
        raise InvitationRefused(InvitationProblem.EXPIRED)
    with system_scope():
        found = sql.rows(
            """
            SELECT o.name, m.role FROM core_organization o
            LEFT JOIN core_member m ON m.organization_id = %s AND m.id = %s AND m.is_active
            WHERE o.id = %s
            """,
            [organization_id, sender, organization_id],
        )
    if not found or (sender is not None and Permission.MEMBERS not in GRANTS.get(found[0][1], frozenset())):
        raise InvitationRefused(InvitationProblem.WITHDRAWN)
    return Invitation(organization_id, found[0][0], email, name, Role(role))


def join(text: str, *, user: User, at: datetime) -> Invitation:
    """Makes `user` a member as their invitation says. Used twice it changes nothing: a member keeps their role.

    Raises:
        InvitationRefused: as `read_invitation`; or it is for somebody else, or the membership was switched off.
    """
    invitation = read_invitation(text, at=at)
    if user.email.lower() != invitation.email.lower():
        raise InvitationRefused(InvitationProblem.SOMEBODY_ELSE)
    organization_id = invitation.organization_id
    with organization_scope(organization_id):
        there = sql.rows(
            "SELECT is_active FROM core_member WHERE organization_id = %s AND user_id = %s", [organization_id, user.id]
        )
        if there and not there[0][0]:
            raise InvitationRefused(InvitationProblem.SWITCHED_OFF)
        if not there:
            name, role = invitation.name, invitation.role
            member_id = add_member(
                organization_id=organization_id, email=user.email, name=name, role=role, password=None, at=at
            )
            history.note(
                "join_organization",
                organization_id=organization_id,
                subject=Subject.MEMBER,
                change=Change(member_id, None, {"name": name, "email": user.email, "role": role.value}),
                actor_id=member_id,
                at=at,
            )
    return invitation


def belongs(user: User, invitation: Invitation) -> bool:
    """Whether the person is an active member there already."""
    return any(one.organization_id == invitation.organization_id for one in memberships_of(user.id))
