"""Members: only owners change them, never the last owner, every change in history."""

from typing import Any

import pytest
from django.test import Client
from tests.cast import ALICE, AT, BOB, CHARLIE, World

from entrepot import settings as house
from entrepot.core.members import (
    MemberProblem,
    MemberRefused,
    change_member,
    give_new_password,
    members_of,
)
from entrepot.core.models import User
from entrepot.core.organizations import add_member
from entrepot.core.passwords import NoSuchPerson, reset_password
from entrepot.core.permissions import Role


def add(world: World, email: str, role: Role = Role.CLERK) -> int:
    return add_member(organization_id=world.organization_id, email=email, name="Dora", role=role, password=None, at=AT)


def change(world: World, member_id: int, role: Role, *, is_active: bool = True, name: str = "Alice") -> None:
    change_member(
        organization_id=world.organization_id, member_id=member_id, role=role, name=name, is_active=is_active,
        actor=world.actor, at=AT,
    )  # fmt: skip


def me(world: World) -> int:
    assert world.actor.member_id is not None
    return world.actor.member_id


@pytest.mark.parametrize(("role", "is_active"), [(Role.CLERK, True), (Role.OWNER, False)])
def test_the_last_owner_stays(alice: World, role: Role, is_active: bool) -> None:
    with pytest.raises(MemberRefused) as refused:
        change(alice, me(alice), role, is_active=is_active)
    assert refused.value.problem is MemberProblem.LAST_OWNER
    assert alice.events("member", me(alice)) == []


def test_an_owner_may_go_when_another_one_is_there(alice: World) -> None:
    add(alice, "dora@lantern.example", Role.OWNER)
    change(alice, me(alice), Role.MANAGER)
    with alice.scope():
        roles = {one.email: one.role for one in members_of(alice.organization_id)}
    assert roles["alice@lantern.example"] is Role.MANAGER
    assert alice.events("member", me(alice)) == ["change_member"]


def test_a_switched_off_owner_does_not_count(alice: World) -> None:
    dora = add(alice, "dora@lantern.example", Role.OWNER)
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
    member_id = add(alice, CHARLIE)
    before = User.objects.get(email=CHARLIE).password
    with pytest.raises(MemberRefused) as refused:
        give_new_password(organization_id=alice.organization_id, member_id=member_id, actor=alice.actor, at=AT)
    assert refused.value.problem is MemberProblem.ELSEWHERE_TOO
    assert User.objects.get(email=CHARLIE).password == before


def test_the_command_line_gives_a_new_password_and_every_organization_is_told(
    alice: World, bob: World, charlie: World
) -> None:
    member = add(alice, CHARLIE)
    password = reset_password(email=CHARLIE.upper(), at=AT)
    user = User.objects.get(email=CHARLIE)
    assert user.check_password(password)
    assert user.last_login is None
    assert alice.events("member", member) == charlie.events("member", me(charlie)) == ["give_new_password"]
    assert alice.events("member", me(bob)) == []


def test_a_password_for_nobody_is_refused(alice: World) -> None:
    with pytest.raises(NoSuchPerson):
        reset_password(email="nobody@lantern.example", at=AT)


@pytest.mark.parametrize("path", ["/password/forgotten/", "/password/forgotten/sent/", "/password/new/1-set-password/"])
def test_without_a_mail_server_no_letter_is_written_anywhere(alice: World, path: str, mailoutbox: list[object]) -> None:
    for answer in (Client().get(path), Client().post(path, {"email": ALICE})):
        text = answer.content.decode()
        assert "An owner of your organization gives you a new password" in text
        assert "entrepot set-password" in text
        assert 'name="email"' not in text
    assert mailoutbox == []


def test_with_a_mail_server_the_letter_is_sent(alice: World, settings: Any, mailoutbox: list[Any]) -> None:
    settings.EMAIL_HOST = "mail.example"
    assert Client().post("/password/forgotten/", {"email": ALICE}).status_code == 302
    assert [letter.to for letter in mailoutbox] == [[ALICE]]
    assert "/password/new/" in mailoutbox[0].body


def test_what_cannot_be_sent_is_not_logged_either() -> None:
    assert house.EMAIL_BACKEND == "django.core.mail.backends.dummy.EmailBackend"  # pytest-django puts its own over it
