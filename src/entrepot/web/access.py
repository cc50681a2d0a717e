"""Who may see a page: the signed-in person's membership, its actor, and the organization's own transaction."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from entrepot.connections.plan import TooManyStores
from entrepot.core.models import User
from entrepot.core.organizations import Membership, memberships_of
from entrepot.core.permissions import Actor, NotAllowed, Permission
from entrepot.core.scope import organization_scope

SESSION_KEY = "organization_id"
P = ParamSpec("P")


class MemberRequest(HttpRequest):
    """A request of a member: what `member_required` puts on it."""

    user: User
    membership: Membership
    memberships: list[Membership]
    actor: Actor


View = Callable[Concatenate[MemberRequest, P], HttpResponse]


def member_required(
    permission: Permission, *, scoped: bool = True
) -> Callable[[View[P]], Callable[Concatenate[HttpRequest, P], HttpResponse]]:
    """Runs the view inside the member's organization.

    Signed out: to the sign-in page. In no organization: to the page that makes one. Lacking `permission`, or a verb
    that raises NotAllowed: a 403 page that says so. What is not there, or is another organization's: a 404 page.

    `scoped` False: the view opens the organization itself, because it asks a marketplace and no transaction may stand
    open meanwhile.
    """

    def wrap(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return _elsewhere(request, redirect_to_login(request.get_full_path()))
            found = memberships_of(int(request.user.pk))
            if not found:
                return _elsewhere(request, redirect("organization-new"))
            if _unstorable(request):
                raise BadRequest("A NUL character in what was sent")  # PostgreSQL keeps none, and nobody types one
            membership = choose(found, request.session.get(SESSION_KEY))
            member = _as_member(request, membership, found)
            try:
                member.actor.require(permission)
                with organization_scope(membership.organization_id) if scoped else nullcontext():
                    return view(member, *args, **kwargs)
            except TooManyStores as full:
                return _sorry(request, membership, "too_many_stores.html", 403, {"most": full.most})
            except NotAllowed as refusal:
                return _sorry(request, membership, "403.html", 403, {"permission": refusal.permission})
            except Http404:
                return _sorry(request, membership, "404.html", 404, {})

        return guarded

    return wrap


def _unstorable(request: HttpRequest) -> bool:
    return any("\0" in value for _, values in request.POST.lists() for value in values)


def choose(found: list[Membership], wanted: Any) -> Membership:
    """The organization of the session, else the first."""
    return next((one for one in found if one.organization_id == wanted), found[0])


def _as_member(request: HttpRequest, membership: Membership, found: list[Membership]) -> MemberRequest:
    request.membership = membership  # type: ignore[attr-defined]
    request.memberships = found  # type: ignore[attr-defined]
    request.actor = membership.actor  # type: ignore[attr-defined]
    return request  # type: ignore[return-value]


def _sorry(request: HttpRequest, membership: Membership, page: str, status: int, values: Any) -> HttpResponse:
    """An error page with the member's own frame around it."""
    with organization_scope(membership.organization_id):
        return render(request, page, values, status=status)


def _elsewhere(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """htmx would swap the sign-in page into a drawer; it is told to go there instead."""
    if request.headers.get("HX-Request"):
        answer = HttpResponse(status=204)
        answer["HX-Redirect"] = response["Location"]
        return answer
    return response
