"""API tokens: shown once, never stronger than their member, ended at once."""

from datetime import timedelta

import pytest
from tests.cast import AT, World

from entrepot.core import sql
from entrepot.core.permissions import GRANTS, NotAllowed, Permission, Role
from entrepot.core.tokens import TokenRefused, actor_of_token, digest_of, issue_token, revoke_token, tokens_of

EVERYTHING = list(Permission)


def issue(
    world: World, *scopes: Permission, expires_in: timedelta | None = None, by: World | None = None
) -> tuple[int, str]:
    assert world.actor.member_id is not None
    return issue_token(
        organization_id=world.organization_id,
        member_id=world.actor.member_id,
        name=" ERP ",
        scopes=scopes or EVERYTHING,
        expires_at=AT + expires_in if expires_in else None,
        actor=(by or world).actor,
        at=AT,
    )


def test_only_a_digest_and_a_prefix_are_kept(alice: World) -> None:
    token_id, text = issue(alice, Permission.VIEW, Permission.SHIP)

    assert len(text) == 52
    assert text.startswith("ent_")
    (row,) = alice.rows(
        "SELECT id, name, prefix, digest, scopes, expires_at FROM core_apitoken WHERE organization_id = %s AND id = %s",
        token_id,
    )
    assert row == (token_id, "ERP", text[:12], digest_of(text), ["ship", "view"], None)
    assert text not in str(alice.rows("SELECT t::text FROM core_apitoken t WHERE t.organization_id = %s"))


def test_two_tokens_are_never_alike(alice: World) -> None:
    assert len({issue(alice)[1] for _ in range(20)}) == 20


def test_a_token_acts_as_its_member_with_role_and_scopes_together(alice: World, bob: World) -> None:
    owner = actor_of_token(issue(alice, Permission.VIEW, Permission.STOCK)[1], at=AT)
    packer = actor_of_token(issue(bob)[1], at=AT)

    assert owner is not None
    assert (owner.organization_id, owner.member_id, owner.name) == (
        alice.organization_id,
        alice.actor.member_id,
        "Alice",
    )
    assert owner.permissions == {Permission.VIEW, Permission.STOCK}
    assert packer is not None
    assert packer.permissions == GRANTS[Role.PACKER]


def test_a_role_taken_away_weakens_the_token_at_once(alice: World) -> None:
    _, text = issue(alice)
    with alice.scope():
        sql.run(
            "UPDATE core_member SET role = 'viewer' WHERE organization_id = %s AND id = %s",
            [alice.organization_id, alice.actor.member_id],
        )
    actor = actor_of_token(text, at=AT)
    assert actor is not None
    assert actor.permissions == {Permission.VIEW}


def test_a_revoked_token_is_nobodys(alice: World) -> None:
    token_id, text = issue(alice)
    revoke_token(organization_id=alice.organization_id, token_id=token_id, actor=alice.actor, at=AT)
    revoke_token(organization_id=alice.organization_id, token_id=token_id, actor=alice.actor, at=AT + timedelta(days=1))
    assert actor_of_token(text, at=AT) is None
    assert [token.revoked_at for token in tokens_of(alice.organization_id)] == [AT]


def test_a_token_expires_at_its_instant(alice: World) -> None:
    _, text = issue(alice, expires_in=timedelta(hours=1))
    assert actor_of_token(text, at=AT + timedelta(minutes=59)) is not None
    assert actor_of_token(text, at=AT + timedelta(hours=1)) is None


@pytest.mark.parametrize("statement", [
    "UPDATE core_member SET is_active = false WHERE organization_id = %s AND id = %s",
    "UPDATE core_user u SET is_active = false FROM core_member m "
    "WHERE m.organization_id = %s AND m.id = %s AND u.id = m.user_id",
])  # fmt: skip
def test_a_member_or_person_who_left_takes_the_token_along(bob: World, statement: str) -> None:
    _, text = issue(bob)
    with bob.scope():
        assert sql.run(statement, [bob.organization_id, bob.actor.member_id]) == 1
    assert actor_of_token(text, at=AT) is None


@pytest.mark.parametrize("text", ["", "ent_", "ent_" + "0" * 48, "x", "ent_\0", "ent_\ud800", "ent_" + "é" * 10_000])
def test_a_text_that_is_no_token_is_nobodys(alice: World, text: str) -> None:
    issue(alice)
    assert actor_of_token(text, at=AT) is None


def test_the_digest_itself_opens_nothing(alice: World) -> None:
    _, text = issue(alice)
    assert actor_of_token(digest_of(text), at=AT) is None
    assert actor_of_token(text.upper(), at=AT) is None
    assert actor_of_token(text + " ", at=AT) is None


def test_everybody_makes_and_ends_their_own_tokens_and_only_owners_those_of_others(alice: World, bob: World) -> None:
    mine, _ = issue(bob)
    hers, _ = issue(alice)
    with pytest.raises(NotAllowed):
        issue(alice, by=bob)
    with pytest.raises(NotAllowed):
        revoke_token(organization_id=bob.organization_id, token_id=hers, actor=bob.actor, at=AT)
    issue(bob, by=alice)
    revoke_token(organization_id=alice.organization_id, token_id=mine, actor=alice.actor, at=AT)
    revoked = {token.id: token.revoked_at for token in tokens_of(alice.organization_id)}
    assert (revoked[mine], revoked[hers], len(revoked)) == (AT, None, 3)


def test_another_organizations_tokens_and_members_do_not_exist(alice: World, charlie: World) -> None:
    hers, text = issue(alice)
    with pytest.raises(TokenRefused, match="no such token"):
        revoke_token(organization_id=charlie.organization_id, token_id=hers, actor=charlie.actor, at=AT)
    with pytest.raises(TokenRefused, match="no such active member"):
        issue_token(
            organization_id=charlie.organization_id,
            member_id=alice.actor.member_id or 0,
            name="x",
            scopes=EVERYTHING,
            expires_at=None,
            actor=charlie.actor,
            at=AT,
        )
    assert tokens_of(charlie.organization_id) == []
    assert actor_of_token(text, at=AT) is not None


def test_a_token_needs_a_name_a_scope_and_a_future(alice: World) -> None:
    def refused(**changes: object) -> str:
        base = {
            "organization_id": alice.organization_id, "member_id": alice.actor.member_id, "name": "ERP",
            "scopes": EVERYTHING, "expires_at": None, "actor": alice.actor, "at": AT,
        }  # fmt: skip
        with pytest.raises(TokenRefused) as error:
            issue_token(**{**base, **changes})  # type: ignore[arg-type]
        return str(error.value)

    assert refused(name="  ") == "Give the token a name, so that you know later what uses it."
    assert refused(scopes=[]) == "Choose at least one thing the token may do."
    assert refused(expires_at=AT) == "The expiry is in the past."
    assert tokens_of(alice.organization_id) == []


def test_history_tells_who_made_and_ended_it_but_not_the_token(alice: World) -> None:
    token_id, text = issue(alice, Permission.VIEW)
    revoke_token(organization_id=alice.organization_id, token_id=token_id, actor=alice.actor, at=AT)
    assert alice.events("member", alice.actor.member_id or 0) == ["issue_token", "revoke_token"]
    kept = str(alice.rows("SELECT e::text FROM core_event e WHERE e.organization_id = %s AND e.subject = 'member'"))
    assert text[:12] in kept
    assert text not in kept
