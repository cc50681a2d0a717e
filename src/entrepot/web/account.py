"""How people sign up and in: allauth and axes in our words and our rules."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from math import ceil
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from axes.handlers.proxy import AxesProxyHandler
from axes.utils import reset
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation

from entrepot.core import secrets
from entrepot.core.models import User

FIRST_SIGN_IN = "first_sign_in"
SECOND_STEP = "second step of "  # no e-mail address: what wrong codes are counted by


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Whoever signs up makes an organization; whoever was invited chooses a password of their own first."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Always, or with ENTREPOT_SIGN_UP=first only while nobody has an account yet."""
        return settings.SIGN_UP == "open" or not User.objects.exists()

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        user.language = translation.get_language() or user.language
        user.first_name = form.cleaned_data.get("name", "")
        return super().save_user(request, user, form, commit)  # type: ignore[no-any-return]

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return reverse("organization-new")

    def pre_login(self, request: HttpRequest, user: User, **facts: Any) -> HttpResponse | None:
        if user.last_login is None and not facts.get("signup"):
            request.session[FIRST_SIGN_IN] = True
        return super().pre_login(request, user, **facts)  # type: ignore[no-any-return]

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        if request.session.pop(FIRST_SIGN_IN, False):
            return reverse("account_change_password")
        return super().get_login_redirect_url(request)  # type: ignore[no-any-return]


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps the second factor's secrets encrypted like every other secret."""

    def encrypt(self, text: str) -> str:
        return secrets.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return secrets.decrypt(encrypted_text)


def by_letter(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page that works by sending letters. Without a mail server it only says who gives a new password instead."""

    @wraps(view)
    def page(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if settings.EMAIL_HOST:
            return view(request, **kwargs)
        return render(request, "account/password_reset_off.html")

    return page


def name_tried(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The e-mail somebody tries to sign in with: what axes counts failures by, upper and lower case alike."""
    given = credentials or {}
    name = given.get("email") or given.get("username") or request.POST.get("login") or ""
    return str(name).strip().lower()[:255]


def counted_by(tried: Any, credentials: dict[str, Any] | None = None) -> list[Any]:
    """What axes counts failures by. Codes by the person alone: whoever tries them knows the password, from any address."""
    name = tried.username if hasattr(tried, "username") else name_tried(tried, credentials)
    return ["username"] if name.startswith(SECOND_STEP) else [["username", "ip_address"]]


class CountedCodes:
    """Mixed into a form that asks for a code: wrong ones are counted as wrong passwords are, in the database."""

    user: User

    def clean_code(self) -> str:
        request = context.request
        who = {"username": f"{SECOND_STEP}{self.user.pk}"}
        if not AxesProxyHandler.is_allowed(request, who):
            request.axes_locked_out = True  # the middleware answers with `locked_out`
            raise ValidationError("")
        try:
            code: str = super().clean_code()  # type: ignore[misc]
        except ValidationError:
            AxesProxyHandler.user_login_failed(sender=CountedCodes, credentials=who, request=request)
            raise
        reset(username=who["username"])
        return code


def locked_out(
    request: HttpRequest, original: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """The page after too many wrong passwords or codes."""
    minutes = ceil(timedelta(hours=settings.AXES_COOLOFF_TIME) / timedelta(minutes=1))
    found = {"minutes": minutes, "limit": settings.AXES_FAILURE_LIMIT, "codes": "code" in request.POST}
    return render(request, "account/locked.html", found, status=429)
