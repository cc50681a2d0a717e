"""The desk: what is due today, and the lists of each tab."""

from django.http import HttpResponse
from django.shortcuts import render

from entrepot.core.permissions import Permission
from entrepot.web.access import MemberRequest, member_required


@member_required(Permission.VIEW)
def today(request: MemberRequest) -> HttpResponse:
    return render(request, "desk/today.html")
