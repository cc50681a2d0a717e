"""Members: who is in, with which role; only owners change it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from entrepot.core.clock import now
from entrepot.core.invitations import invite_member
from entrepot.core.members import MemberRefused, change_member, give_new_password, members_of
from entrepot.core.permissions import Permission, Role
from entrepot.web.access import MemberRequest, member_required
from entrepot.web.choices import ROLE_NOTES, ROLES
from entrepot.web.forms import InviteForm, MemberForm
from entrepot.web.moments import moment
from entrepot.web.words import zone_of


@member_required(Permission.VIEW)
def members(request: MemberRequest) -> HttpResponse:
    """The list; POST invites somebody and shows the link that leads in, once."""
    invited: dict[str, str] = {}
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            text = invite_member(
                organization_id=request.membership.organization_id,
                email=values["email"],
                name=values["name"],
                role=Role(values["role"]),
                actor=request.actor,
                at=now(),
            )
        except MemberRefused as refused:
            form.add_error("email", refused.sentence)
        else:
            link = request.build_absolute_uri(reverse("join", args=[text]))
            invited = {"name": values["name"], "email": values["email"], "link": link}
            form = InviteForm()
    return _page(request, {"form": form, "invited": invited})


@member_required(Permission.MEMBERS)
def edit(request: MemberRequest, member_id: int) -> HttpResponse:
    organization_id = request.membership.organization_id
    member = next((one for one in members_of(organization_id) if one.id == member_id), None)
    if member is None:
        return render(request, "404.html", status=404)
    form = MemberForm(
        request.POST or None, initial={"name": member.name, "role": member.role.value, "is_active": member.is_active}
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            change_member(
                organization_id=organization_id,
                member_id=member_id,
                role=Role(values["role"]),
                name=values["name"],
                is_active=values["is_active"],
                actor=request.actor,
                at=now(),
            )
        except MemberRefused as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(request, _("Saved."))
            return redirect("members")
    return render(request, "settings/member.html", {"form": form, "member": member})


@require_POST
@member_required(Permission.MEMBERS)
def new_password(request: MemberRequest, member_id: int) -> HttpResponse:
    organization_id = request.membership.organization_id
    try:
        password = give_new_password(
            organization_id=organization_id, member_id=member_id, actor=request.actor, at=now()
        )
    except MemberRefused as refused:
        messages.error(request, refused.sentence)
        return redirect("member", member_id)
    member = next(one for one in members_of(organization_id) if one.id == member_id)
    renewed = {"name": member.name, "email": member.email, "password": password}
    return _page(request, {"form": InviteForm(), "invited": renewed})


def _page(request: MemberRequest, context: dict[str, Any]) -> HttpResponse:
    people = [
        {
            "id": one.id,
            "name": one.name,
            "email": one.email,
            "role": ROLES[one.role],
            "is_active": one.is_active,
            "is_me": one.id == request.membership.member_id,
            "last_login": moment(one.last_login, zone_of(request)) if one.last_login else "",
        }
        for one in members_of(request.membership.organization_id)
    ]
    roles = [(ROLES[role], ROLE_NOTES[role]) for role in Role]
    may = Permission.MEMBERS in request.actor.permissions
    return render(request, "settings/members.html", {"people": people, "roles": roles, "may": may, **context})
