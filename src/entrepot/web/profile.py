"""A person's own account: name, language, theme, density, clock."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _

from entrepot.core.permissions import Permission
from entrepot.web.access import MemberRequest, member_required
from entrepot.web.choices import zones
from entrepot.web.forms import ProfileForm

FIELDS = ("first_name", "language", "theme", "time_zone", "compact")


@member_required(Permission.VIEW)
def edit(request: MemberRequest) -> HttpResponse:
    user = request.user
    form = ProfileForm(request.POST or None, initial={name: getattr(user, name) for name in FIELDS})
    if request.method == "POST" and form.is_valid():
        for name in FIELDS:
            setattr(user, name, form.cleaned_data[name])
        user.save(update_fields=list(FIELDS))
        with translation.override(user.language):
            messages.success(request, _("Saved."))
        response = redirect("account")
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, max_age=31_536_000, samesite="Lax")
        response.set_cookie("theme", user.theme, max_age=31_536_000, samesite="Lax")
        return response
    return render(request, "settings/account.html", {"form": form, "zones": zones()})
