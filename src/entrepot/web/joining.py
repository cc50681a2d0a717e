"""The page behind an invitation link: join signed in, or choose a password and join."""

from typing import Any

from django import forms
from django.contrib.auth import login, password_validation
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from entrepot.core.clock import now
from entrepot.core.invitations import Invitation, InvitationRefused, belongs, join, read_invitation
from entrepot.core.models import User
from entrepot.web.access import SESSION_KEY
from entrepot.web.choices import ROLES

BACKEND = "django.contrib.auth.backends.ModelBackend"


class JoinForm(forms.Form):
    password1 = forms.CharField(label=_("Password"), strip=False, help_text=_("At least 10 characters."))
    password2 = forms.CharField(label=_("Password again"), strip=False)

    def __init__(self, *args: Any, invitation: Invitation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = invitation
        for field in self.fields.values():
            field.widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        first = values.get("password1")
        if first and first != values.get("password2"):
            self.add_error("password2", _("The two passwords are not the same."))
        elif first:
            user = User(email=self.invitation.email, first_name=self.invitation.name)
            try:
                password_validation.validate_password(first, user)
            except forms.ValidationError as weak:
                self.add_error("password1", weak)
        if not self.errors and User.objects.filter(email__iexact=self.invitation.email).exists():
            self.add_error(
                None, _("There is an account of this e-mail. Sign in with it; the link below comes back here.")
            )
        return values


def join_by_link(request: HttpRequest, text: str) -> HttpResponse:
    """GET looks the same whether or not the e-mail has an account; POST joins."""
    try:
        invitation = read_invitation(text, at=now())
        if isinstance(request.user, User):
            if belongs(request.user, invitation) or request.method == "POST":
                return _in(request, text, request.user)
            return _page(request, invitation, None)
        form = JoinForm(request.POST or None, invitation=invitation)
        if request.method == "POST" and form.is_valid():
            user = User.objects.create_user(
                invitation.email,
                form.cleaned_data["password1"],
                first_name=invitation.name,
                language=translation.get_language() or "en",
            )
            login(request, user, backend=BACKEND)
            return _in(request, text, user)
        return _page(request, invitation, form)
    except InvitationRefused as refused:
        return render(request, "account/join.html", {"problem": refused.sentence}, status=403)


def _in(request: HttpRequest, text: str, user: User) -> HttpResponse:
    request.session[SESSION_KEY] = join(text, user=user, at=now()).organization_id
    return redirect("today")


def _page(request: HttpRequest, invitation: Invitation, form: JoinForm | None) -> HttpResponse:
    values = {"invitation": invitation, "role": ROLES[invitation.role], "form": form}
    return render(request, "account/join.html", values)
