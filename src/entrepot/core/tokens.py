"""Keys for the REST API. The text is shown once; only its SHA-256 is stored, with a prefix people know it by.

A token never allows more than its member's role does at the moment it is used, nor more than its scopes.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from entrepot.core import history, sql
from entrepot.core.history import Change, Subject
from entrepot.core.permissions import GRANTS, Actor, Permission, Role
from entrepot.core.scope import organization_scope, system_scope

MARK = "ent_"
SHOWN = 12  # characters of the token that stay visible


class TokenRefused(Exception):
    """A token cannot be made or revoked as asked. The message says why."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token as a settings page lists it."""

    id: int
    member_id: int
    member_name: str
    name: str
    prefix: str
    scopes: tuple[Permission, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def issue_token(
    *,
    organization_id: int,
    member_id: int,
    name: str,
    scopes: Sequence[Permission],
    expires_at: datetime | None,
    actor: Actor,
    at: datetime,
) -> tuple[int, str]:
    """Makes a token for a member and returns (id, text). The text cannot be had again.

    Everybody may make tokens for themselves; one for somebody else needs the permission MEMBERS.

    Raises:
        NotAllowed: a token for somebody else.
        TokenRefused: no such active member, no scope, no name, or an expiry that is past.
    """
    if actor.member_id != member_id:
        actor.require(Permission.MEMBERS)
    name = name.strip()[:80]
    if not name:
        raise TokenRefused("Give the token a name, so that you know later what uses it.")
    if not scopes:
        raise TokenRefused("Choose at least one thing the token may do.")
    if expires_at is not None and expires_at <= at:
        raise TokenRefused("The expiry is in the past.")
    text = MARK + secrets.token_hex(24)
    wanted = sorted({Permission(scope).value for scope in scopes})
    with organization_scope(organization_id):
        made = sql.rows(
            """
            INSERT INTO core_apitoken (organization_id, member_id, name, prefix, digest, scopes, created_at, expires_at)
            SELECT m.organization_id, m.id, %s, %s, %s, %s, %s, %s FROM core_member m
            WHERE m.organization_id = %s AND m.id = %s AND m.is_active RETURNING id
            """,
            [name, text[:SHOWN], digest_of(text), wanted, at, expires_at, organization_id, member_id],
        )
        if not made:
            raise TokenRefused("There is no such active member in your organization.")
        after = {"token": text[:SHOWN], "name": name, "scopes": wanted, "expires_at": expires_at}
        history.note(
            "issue_token",
            organization_id=organization_id,
            subject=Subject.MEMBER,
            change=Change(member_id, None, after),
            actor_id=actor.member_id,
            at=at,
        )
    return int(made[0][0]), text


def revoke_token(*, organization_id: int, token_id: int, actor: Actor, at: datetime) -> None:
    """Ends a token at once. One that is revoked already stays as it is.

    Raises:
        NotAllowed: somebody else's token, without the permission MEMBERS.
        TokenRefused: no such token in the organization.
    """
    with organization_scope(organization_id):
        found = sql.rows(
            """
            SELECT member_id, prefix, revoked_at FROM core_apitoken
            WHERE organization_id = %s AND id = %s FOR NO KEY UPDATE
            """,
            [organization_id, token_id],
        )
        if not found:
            raise TokenRefused("There is no such token in your organization.")
        member_id, prefix, revoked_at = found[0]
        if actor.member_id != member_id:
            actor.require(Permission.MEMBERS)
        if revoked_at is not None:
            return
        sql.run(
            "UPDATE core_apitoken SET revoked_at = %s WHERE organization_id = %s AND id = %s",
            [at, organization_id, token_id],
        )
        history.note(
            "revoke_token",
            organization_id=organization_id,
            subject=Subject.MEMBER,
            change=Change(member_id, {"token": prefix}, None),
            actor_id=actor.member_id,
            at=at,
        )


def tokens_of(organization_id: int, *, member_id: int | None = None) -> list[Token]:
    """The organization's tokens, or one member's, newest first, revoked ones too."""
    with organization_scope(organization_id):
        found = sql.rows(
            """
            SELECT t.id, t.member_id, m.name, t.name, t.prefix, t.scopes, t.created_at, t.expires_at, t.revoked_at
            FROM core_apitoken t JOIN core_member m ON m.organization_id = t.organization_id AND m.id = t.member_id
            WHERE t.organization_id = %(org)s AND m.organization_id = %(org)s
                AND (%(member)s::bigint IS NULL OR t.member_id = %(member)s)
            ORDER BY t.created_at DESC, t.id DESC
            """,
            {"org": organization_id, "member": member_id},
        )
    return [
        Token(i, member, who, name, prefix, tuple(map(Permission, scopes)), created_at, expires_at, revoked_at)
        for i, member, who, name, prefix, scopes, created_at, expires_at, revoked_at in found
    ]


def actor_of_token(text: str, *, at: datetime) -> Actor | None:
    """Whoever holds this token: the member, with the role's grants that are also among the token's scopes.

    None for a text that is no token, a revoked or expired one, and one whose member or person is no longer active.
    Asked before the organization is known, hence across all of them.
    """
    if not text.startswith(MARK):
        return None
    with system_scope():
        found = sql.rows(
            """
            SELECT t.organization_id, t.member_id, m.name, m.role, t.scopes FROM core_apitoken t
            JOIN core_member m ON m.organization_id = t.organization_id AND m.id = t.member_id
            JOIN core_user u ON u.id = m.user_id
            WHERE t.digest = %s AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > %s)
                AND m.is_active AND u.is_active
            """,
            [digest_of(text), at],
        )
    if not found:
        return None
    organization_id, member_id, name, role, scopes = found[0]
    return Actor(organization_id, member_id, name, frozenset(p for p in GRANTS[Role(role)] if p in scopes))
