"""Addresses of set-up: stores, services, members, stock, import."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
