"""Who asks: a bearer token. Cookies are never looked at, so a foreign page can do nothing here (no CSRF)."""

from django.http import HttpRequest
from ninja.security import HttpBearer

from entrepot.api.problems import Problem
from entrepot.core.clock import now
from entrepot.core.permissions import Actor, Permission
from entrepot.core.tokens import actor_of_token

MOST_BYTES = 24 * 1024 * 1024


class TokenAuth(HttpBearer):
    """A request too large is refused here, before its body is read."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        actor = actor_of_token(token, at=now())
        if actor is not None and _length(request) > MOST_BYTES:
            raise Problem(413, "too_large", f"A request may hold at most {MOST_BYTES:,} bytes.")
        return actor


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def actor_of(request: HttpRequest, permission: Permission) -> Actor:
    """The actor of an authenticated request.

    Raises:
        NotAllowed: role and token together do not grant `permission`.
    """
    actor: Actor = request.auth  # type: ignore[attr-defined]
    actor.require(permission)
    return actor
