"""API tokens: make one for yourself, see it once, revoke it. Owners see everybody's."""

from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from entrepot.core.clock import now
from entrepot.core.permissions import Permission
from entrepot.core.tokens import Token, TokenRefused, issue_token, revoke_token, tokens_of
from entrepot.web.access import MemberRequest, member_required
from entrepot.web.choices import PERMISSIONS
from entrepot.web.forms import TokenForm
from entrepot.web.moments import moment
from entrepot.web.words import zone_of


@member_required(Permission.VIEW)
def tokens(request: MemberRequest) -> HttpResponse:
    """The list; POST makes a token and shows it this one time."""
    ours, at, fresh = request.membership, now(), ""
    form = TokenForm(request.POST or None, allowed=request.actor.permissions)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            _id, fresh = issue_token(
                organization_id=ours.organization_id,
                member_id=ours.member_id,
                name=values["name"],
                scopes=[Permission(scope) for scope in values["scopes"]],
                expires_at=at + timedelta(days=int(values["expires"])) if values["expires"] else None,
                actor=request.actor,
                at=at,
            )
            form = TokenForm(allowed=request.actor.permissions)
        except TokenRefused as refused:
            form.add_error(None, str(refused))
    everybody = Permission.MEMBERS in request.actor.permissions
    zone = zone_of(request)
    listed = [
        {
            "id": token.id,
            "name": token.name,
            "prefix": token.prefix,
            "member": token.member_name,
            "scopes": ", ".join(str(PERMISSIONS[scope]) for scope in token.scopes),
            "created": moment(token.created_at, zone),
            "expires": moment(token.expires_at, zone) if token.expires_at else "",
            "state": _state(token, at),
        }
        for token in tokens_of(ours.organization_id, member_id=None if everybody else ours.member_id)
    ]
    context = {"form": form, "tokens": listed, "fresh": fresh, "everybody": everybody}
    return render(request, "settings/tokens.html", context)


def _state(token: Token, at: datetime) -> str:
    if token.revoked_at:
        return "revoked"
    return "expired" if token.expires_at and token.expires_at <= at else "live"


@require_POST
@member_required(Permission.VIEW)
def revoke(request: MemberRequest, token_id: int) -> HttpResponse:
    try:
        revoke_token(
            organization_id=request.membership.organization_id, token_id=token_id, actor=request.actor, at=now()
        )
        messages.success(request, _("The token works no more."))
    except TokenRefused as refused:
        messages.error(request, str(refused))
    return redirect("tokens")
