"""Passwords made by the house, for people who forgot theirs: shown once, replaced at the next sign-in."""

import secrets
from datetime import datetime

from entrepot.core import history
from entrepot.core.history import Change, Subject
from entrepot.core.models import User
from entrepot.core.organizations import memberships_of
from entrepot.core.scope import organization_scope

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is mistaken for another


class NoSuchPerson(Exception):
    """Nobody has an account of this e-mail."""


def one_time_password() -> str:
    """Twenty letters in four groups: 99 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(5)) for _ in range(4))


def renew_password(user: User) -> str:
    """Replaces the password; whoever is signed in with the old one is signed out. The next sign-in chooses an own one."""
    password = one_time_password()
    user.set_password(password)
    user.last_login = None
    user.save(update_fields=["password", "last_login"])
    return password


def reset_password(*, email: str, at: datetime) -> str:
    """A new password for the person of this e-mail, told in the history of each of their organizations.

    For the command line of the machine itself: who may run it may do everything here.

    Raises:
        NoSuchPerson: nobody has this e-mail.
    """
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        raise NoSuchPerson
    password = renew_password(user)
    for membership in memberships_of(user.id):
        with organization_scope(membership.organization_id):
            note_new_password(membership.organization_id, membership.member_id, actor_id=None, at=at)
    return password


def note_new_password(organization_id: int, member_id: int, *, actor_id: int | None, at: datetime) -> None:
    history.note(
        "give_new_password",
        organization_id=organization_id,
        subject=Subject.MEMBER,
        change=Change(member_id, None, {"password": "new"}),
        actor_id=actor_id,
        at=at,
    )
