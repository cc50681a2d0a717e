"""Addresses of the pages."""

from django.urls import URLPattern, URLResolver, include, path

from entrepot.web import desk, preferences

urlpatterns: list[URLPattern | URLResolver] = [
    path("", desk.today, name="today"),
    path("preferences/", preferences.change, name="preferences"),
    path("", include("entrepot.web.settings_urls")),
]
