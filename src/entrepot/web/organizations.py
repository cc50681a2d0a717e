"""Make an organization, rename it, set its clock. Switching is in the top bar."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from entrepot.core.clock import now
from entrepot.core.models import User
from entrepot.core.organizations import add_member, create_organization
from entrepot.core.permissions import Permission, Role
from entrepot.core.rename import rename_organization
from entrepot.web.access import SESSION_KEY, MemberRequest, member_required
from entrepot.web.choices import zones
from entrepot.web.forms import OrganizationForm


@login_required
def create(request: HttpRequest) -> HttpResponse:
    """The signed-in person's own organization, with them as its owner."""
    assert isinstance(request.user, User)
    user = request.user
    form = OrganizationForm(request.POST or None, initial={"time_zone": user.time_zone})
    if request.method == "POST" and form.is_valid():
        at = now()
        organization_id = create_organization(
            name=form.cleaned_data["name"], time_zone=form.cleaned_data["time_zone"], at=at
        )
        add_member(
            organization_id=organization_id,
            email=user.email,
            name=user.first_name or user.email.partition("@")[0],
            role=Role.OWNER,
            password=None,
            at=at,
        )
        if user.time_zone == "UTC":
            user.time_zone = form.cleaned_data["time_zone"]
            user.save(update_fields=["time_zone"])
        request.session[SESSION_KEY] = organization_id
        return redirect("today")
    return render(request, "settings/organization_new.html", {"form": form, "zones": zones()})


@member_required(Permission.SETTINGS)
def edit(request: MemberRequest) -> HttpResponse:
    ours = request.membership
    form = OrganizationForm(request.POST or None, initial={"name": ours.organization_name, "time_zone": ours.time_zone})
    if request.method == "POST" and form.is_valid():
        rename_organization(organization_id=ours.organization_id, actor=request.actor, at=now(), **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("organization")
    return render(request, "settings/organization.html", {"form": form, "zones": zones()})
