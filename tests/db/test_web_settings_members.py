"""Members: only owners change them, never the last owner, every change in history."""

import pytest
from tests.cast import AT, BOB, CHARLIE, World

from entrepot.core.members import (
    MemberProblem,
    MemberRefused,
    change_member,
    give_new_password,
    invite_member,
    members_of,
)
from entrepot.core.models import User
from entrepot.core.permissions import NotAllowed, Role


def invite(world: World, email: str, role: Role = Role.CLERK) -> tuple[int, str]:
    made = invite_member(
        organization_id=world.organization_id, email=email, name="Dora", role=role, actor=world.actor, at=AT
    )
    return made.member_id, made.password


def change(world: World, member_id: int, role: Role, *, is_active: bool = True, name: str = "Alice") -> None:
    change_member(
        organization_id=world.organization_id, member_id=member_id, role=role, name=name, is_active=is_active,
        actor=world.actor, at=AT,
    )  # fmt: skip


def me(world: World) -> int:
    assert world.actor.member_id is not None
    return world.actor.member_id


def test_an_invited_person_gets_a_password_that_works_and_stands_in_history(alice: World) -> None:
    member_id, password = invite(alice, "dora@lantern.example")
    assert User.objects.get(email="dora@lantern.example").check_password(password)
    assert len(password) == 23
    assert alice.events("member", member_id) == ["invite_member"]


def test_somebody_with_an_account_joins_with_their_own_password(alice: World) -> None:
    before = User.objects.get(email=CHARLIE).password
    _member_id, password = invite(alice, CHARLIE.upper())
    assert password == ""
    assert User.objects.get(email=CHARLIE).password == before


def test_nobody_becomes_a_member_twice(alice: World) -> None:
    with pytest.raises(MemberRefused) as refused:
        invite(alice, BOB)
    assert refused.value.problem is MemberProblem.MEMBER_ALREADY


def test_a_packer_changes_no_members(bob: World) -> None:
    with pytest.raises(NotAllowed):
        invite(bob, "eve@lantern.example")
    assert not User.objects.filter(email="eve@lantern.example").exists()


@pytest.mark.parametrize(("role", "is_active"), [(Role.CLERK, True), (Role.OWNER, False)])
def test_the_last_owner_stays(alice: World, role: Role, is_active: bool) -> None:
    with pytest.raises(MemberRefused) as refused:
        change(alice, me(alice), role, is_active=is_active)
    assert refused.value.problem is MemberProblem.LAST_OWNER
    assert alice.events("member", me(alice)) == []


def test_an_owner_may_go_when_another_one_is_there(alice: World) -> None:
    invite(alice, "dora@lantern.example", Role.OWNER)
    change(alice, me(alice), Role.MANAGER)
    with alice.scope():
        roles = {one.email: one.role for one in members_of(alice.organization_id)}
    assert roles["alice@lantern.example"] is Role.MANAGER
    assert alice.events("member", me(alice)) == ["change_member"]


def test_a_switched_off_owner_does_not_count(alice: World) -> None:
    dora, _password = invite(alice, "dora@lantern.example", Role.OWNER)
    change(alice, dora, Role.OWNER, is_active=False, name="Dora")
    with pytest.raises(MemberRefused):
        change(alice, me(alice), Role.MANAGER)


def test_charlie_s_membership_cannot_be_named_from_alice_s_organization(alice: World, charlie: World) -> None:
    with pytest.raises(MemberRefused) as refused:
        change(alice, me(charlie) + 1_000_000, Role.VIEWER)
    assert refused.value.problem is MemberProblem.NOT_FOUND


def test_a_new_password_replaces_the_old_one(alice: World, bob: World) -> None:
    password = give_new_password(organization_id=alice.organization_id, member_id=me(bob), actor=alice.actor, at=AT)
    user = User.objects.get(email=BOB)
    assert user.check_password(password)
    assert user.last_login is None
    assert alice.events("member", me(bob)) == ["give_new_password"]


def test_an_owner_cannot_take_over_somebody_who_belongs_elsewhere_too(alice: World) -> None:
    member_id, _password = invite(alice, CHARLIE)
    before = User.objects.get(email=CHARLIE).password
    with pytest.raises(MemberRefused) as refused:
        give_new_password(organization_id=alice.organization_id, member_id=member_id, actor=alice.actor, at=AT)
    assert refused.value.problem is MemberProblem.ELSEWHERE_TOO
    assert User.objects.get(email=CHARLIE).password == before
