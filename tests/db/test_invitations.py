"""Invitations: the same for an e-mail with an account and without, good for one e-mail and one week."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.conf import settings
from django.test import Client
from tests.cast import ALICE, AT, BOB, CHARLIE, PASSWORD, World
from tests.db.test_verbs_batches import counted

from entrepot.core.batch import loads
from entrepot.core.clock import now
from entrepot.core.invitations import InvitationProblem, InvitationRefused, invite_member, join, read_invitation
from entrepot.core.members import MemberProblem, MemberRefused, change_member, members_of
from entrepot.core.models import User
from entrepot.core.organizations import add_member, memberships_of
from entrepot.core.permissions import NotAllowed, Role

DORA = "dora@lantern.example"
OWN = "lantern harbour seven"
settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns about a folder that is not there


def invite(world: World, email: str = DORA, role: Role = Role.CLERK) -> str:
    return invite_member(
        organization_id=world.organization_id, email=email, name="Dora", role=role, actor=world.actor, at=now()
    )


def client_of(email: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(email=email), backend="django.contrib.auth.backends.ModelBackend")
    return client


def people(world: World) -> dict[str, Role]:
    with world.scope():
        return {one.email: one.role for one in members_of(world.organization_id)}


def bare(page: str) -> str:
    """Without what differs from request to request: the tokens against forged posts, and the invitation itself."""
    return re.sub(r"/join/[^\"&]+|\b\w{64}\b", "", page)


def refusal(text: str, email: str = CHARLIE, *, days: float = 0) -> InvitationProblem:
    with pytest.raises(InvitationRefused) as refused:
        join(text, user=User.objects.get(email=email), at=now() + timedelta(days=days))
    return refused.value.problem


def test_the_answer_is_the_same_whether_or_not_the_e_mail_has_an_account(alice: World) -> None:
    """Neither the page, nor the statements, nor the list of members tells them apart."""
    pages, sent = [], []
    for email in (CHARLIE, "nobody@harbour.example"):
        with counted() as statements:
            page = client_of(ALICE).post("/settings/members/", {"name": "Dora", "email": email, "role": "clerk"})
        text = unescape(page.content.decode()).replace(email, "THE E-MAIL")
        assert page.status_code == 200
        assert "/join/" in text
        pages.append(bare(text))
        sent.append([re.sub(r"'[^']*'", "?", s) for s in statements if "core_event" in s or "core_user" in s])
        assert set(people(alice)) == {ALICE, BOB}
    assert pages[0] == pages[1]
    assert sent[0] == sent[1] != []


def test_the_page_behind_the_link_looks_the_same_too(alice: World) -> None:
    def page(email: str) -> str:
        text = Client().get(f"/join/{invite(alice, email)}/").content.decode().replace(email, "THE E-MAIL")
        return bare(text)

    assert page(CHARLIE) == page("nobody@harbour.example")


def test_somebody_new_chooses_a_password_and_is_in(alice: World) -> None:
    client, text = Client(), invite(alice)
    weak = client.post(f"/join/{text}/", {"password1": "short", "password2": "short"})
    assert "too short" in weak.content.decode()
    unlike = client.post(f"/join/{text}/", {"password1": OWN, "password2": "another one entirely"})
    assert "not the same" in unlike.content.decode()
    assert not User.objects.filter(email=DORA).exists()
    answer = client.post(f"/join/{text}/", {"password1": OWN, "password2": OWN})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/").status_code == 200
    assert User.objects.get(email=DORA).check_password(OWN)
    assert people(alice)[DORA] is Role.CLERK


def test_somebody_with_an_account_signs_in_and_joins_and_keeps_their_password(alice: World, charlie: World) -> None:
    text, client = invite(alice, CHARLIE.upper(), Role.VIEWER), Client()
    refused = client.post(f"/join/{text}/", {"password1": OWN, "password2": OWN})
    assert "There is an account of this e-mail" in refused.content.decode()
    assert people(alice).keys() == {ALICE, BOB}
    signed_in = client_of(CHARLIE)
    assert "Join Lantern Lane" in signed_in.get(f"/join/{text}/").content.decode()
    assert signed_in.post(f"/join/{text}/")["Location"] == "/"
    user = User.objects.get(email=CHARLIE)
    assert user.check_password(PASSWORD)
    assert {one.organization_id for one in memberships_of(user.id)} == {alice.organization_id, charlie.organization_id}
    assert people(alice)[CHARLIE] is Role.VIEWER


def test_inviting_and_joining_stand_in_history(alice: World) -> None:
    join(invite(alice, CHARLIE), user=User.objects.get(email=CHARLIE), at=AT)
    ((invited, by),) = alice.rows(
        "SELECT after, actor_id FROM core_event WHERE organization_id = %s AND verb = 'invite_member'"
    )
    assert (loads(invited), by) == ({"name": "Dora", "email": CHARLIE, "role": "clerk"}, alice.actor.member_id)
    ((member, joined_by),) = alice.rows(
        "SELECT subject_id, actor_id FROM core_event WHERE organization_id = %s AND verb = 'join_organization'"
    )
    assert member == joined_by


def test_nobody_becomes_a_member_twice(alice: World) -> None:
    with pytest.raises(MemberRefused) as refused:
        invite(alice, BOB.upper())
    assert refused.value.problem is MemberProblem.MEMBER_ALREADY
    text = invite(alice, CHARLIE, Role.VIEWER)
    user = User.objects.get(email=CHARLIE)
    first = join(text, user=user, at=AT)
    assert join(text, user=user, at=AT) == first
    assert len(people(alice)) == 3


def test_a_packer_invites_nobody(bob: World) -> None:
    with pytest.raises(NotAllowed):
        invite(bob)


def test_an_invitation_is_for_one_e_mail_and_one_week(alice: World) -> None:
    text = invite(alice, DORA)
    assert refusal(text) is InvitationProblem.SOMEBODY_ELSE
    assert refusal(text, days=7.1) is InvitationProblem.EXPIRED
    assert read_invitation(text, at=now() + timedelta(days=6.9)).email == DORA
    for damaged in (text[:-1], f"{text}x", "", "a:b", text.swapcase()):
        assert refusal(damaged) is InvitationProblem.BROKEN
    assert Client().get(f"/join/{text[:-1]}/").status_code == 403


def test_whoever_no_longer_owns_cannot_have_invited(alice: World) -> None:
    dora = add_member(
        organization_id=alice.organization_id, email=DORA, name="Dora", role=Role.OWNER, password=None, at=AT
    )
    text = invite(alice, CHARLIE)
    assert alice.actor.member_id is not None
    change_member(
        organization_id=alice.organization_id, member_id=alice.actor.member_id, role=Role.MANAGER, name="Alice",
        is_active=True, actor=alice.actor, at=AT,
    )  # fmt: skip
    assert dora
    assert refusal(text) is InvitationProblem.WITHDRAWN


def test_a_switched_off_member_does_not_come_back_by_an_old_link(alice: World) -> None:
    text, user = invite(alice, CHARLIE), User.objects.get(email=CHARLIE)
    join(text, user=user, at=AT)
    ((member,),) = alice.rows("SELECT id FROM core_member WHERE organization_id = %s AND user_id = %s", user.id)
    change_member(
        organization_id=alice.organization_id, member_id=member, role=Role.CLERK, name="Dora", is_active=False,
        actor=alice.actor, at=AT,
    )  # fmt: skip
    assert refusal(text) is InvitationProblem.SWITCHED_OFF
    assert [one.organization_id for one in memberships_of(user.id)] != [alice.organization_id]
