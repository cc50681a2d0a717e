"""allauth's forms with our labels: no text inside empty boxes, no links inside help texts."""

from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from django import forms
from django.utils.translation import gettext_lazy as _

from entrepot.web.account import CountedCodes

LABELS = {
    "login": _("E-mail"),
    "email": _("E-mail"),
    "password": _("Password"),
    "password1": _("Password"),
    "password2": _("Password again"),
    "oldpassword": _("Current password"),
    "code": _("Six-digit code, or a recovery code"),
}


class Plain:
    """Mixed into an allauth form: clears placeholders and puts our labels on."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = LABELS.get(name, field.label)
            field.help_text = ""
        first = next(iter(self.fields.values()))
        first.widget.attrs["autofocus"] = True


class SignIn(Plain, account.LoginForm):  # type: ignore[misc]
    pass


class SignUp(Plain, account.SignupForm):  # type: ignore[misc]
    name = forms.CharField(label=_("Your name"), max_length=120)
    field_order = ["name", "email", "password1", "password2"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = _("At least 10 characters.")
        self.fields["name"].widget.attrs["autocomplete"] = "name"


class ForgottenPassword(Plain, account.ResetPasswordForm):  # type: ignore[misc]
    pass


class NewPassword(Plain, account.ResetPasswordKeyForm):  # type: ignore[misc]
    pass


class ChangePassword(Plain, account.ChangePasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = _("New password")
        self.fields["password2"].label = _("New password again")
        self.fields["password1"].help_text = _("At least 10 characters.")


class ConfirmPassword(Plain, account.ReauthenticateForm):  # type: ignore[misc]
    pass


class SecondFactor(Plain, CountedCodes, mfa.AuthenticateForm):  # type: ignore[misc]
    pass


class ConfirmSecondFactor(Plain, CountedCodes, mfa.ReauthenticateForm):  # type: ignore[misc]
    pass


class ActivateSecondFactor(Plain, totp.ActivateTOTPForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Six-digit code")
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "autocomplete": "one-time-code"}
