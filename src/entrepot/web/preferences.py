"""A person's own settings, changed from the top bar: language, theme, density, organization."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from entrepot.core.models import User
from entrepot.core.organizations import memberships_of
from entrepot.web.access import SESSION_KEY
from entrepot.web.filters import id_of

THEMES = ("auto", "light", "dark")
YEAR = 365 * 24 * 3600


def _language(user: User | None, value: str) -> None:
    if user is not None and value in dict(settings.LANGUAGES):
        user.language = value


def _theme(user: User | None, value: str) -> None:
    if user is not None and value in THEMES:
        user.theme = value


def _compact(user: User | None, value: str) -> None:
    if user is not None:
        user.compact = value == "1"


CHANGES: dict[str, Callable[[User | None, str], None]] = {
    "language": _language,
    "theme": _theme,
    "compact": _compact,
}


@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Changes what the form names and goes back. Cookies keep language and theme for the sign-in page."""
    user = request.user if isinstance(request.user, User) else None
    for name, apply in CHANGES.items():
        if (value := request.POST.get(name)) is not None:
            apply(user, value)
    if user is not None:
        user.save(update_fields=list(CHANGES))
        wanted = id_of(request.POST.get("organization", ""))
        if wanted in {one.organization_id for one in memberships_of(int(user.pk))}:
            request.session[SESSION_KEY] = wanted
    response = redirect(_back(request))
    if (language := request.POST.get("language")) in dict(settings.LANGUAGES):
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=YEAR, samesite="Lax")
    if (theme := request.POST.get("theme")) in THEMES:
        response.set_cookie("theme", theme, max_age=YEAR, samesite="Lax")
    return response


def _back(request: HttpRequest) -> str:
    target = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe else "/"
