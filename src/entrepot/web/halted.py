"""Stores that have stopped, on every page's frame, on the desk and on Today: each leads to its page, where the remedy stands."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from entrepot.connections.standing import halted, standing_of
from entrepot.core.clock import now
from entrepot.web.stores_words import chip

MOST_NAMED = 2


def halted_of(request: HttpRequest) -> list[dict[str, Any]]:
    """Read once per request: `name`, `word` for what is the matter, `href`."""
    if not hasattr(request, "halted"):
        at = now()
        found = halted(request.membership.organization_id, at)  # type: ignore[attr-defined]
        request.halted = [  # type: ignore[attr-defined]
            {
                "name": row["name"],
                "word": chip(standing_of(row, at))["word"],
                "href": reverse("store", args=[row["id"]]),
            }
            for row in found
        ]
    return request.halted  # type: ignore[attr-defined, no-any-return]


def chips(request: HttpRequest) -> list[dict[str, str]]:
    """For the strip above a list: two by name, else how many."""
    found = halted_of(request)
    if len(found) > MOST_NAMED:
        return [{"name": words(len(found)), "href": reverse("stores")}]
    return [{"name": f"{one['name']}: {one['word']}", "href": one["href"]} for one in found]


def words(count: int) -> str:
    return ngettext("%(count)s store has stopped", "%(count)s stores have stopped", count) % {"count": count}


def number(request: HttpRequest) -> list[dict[str, Any]]:
    """For the page Today; nothing where all stores work."""
    found = halted_of(request)
    if not found:
        return []
    parts = [{"name": one["name"], "count": one["word"], "href": one["href"]} for one in found]
    href = found[0]["href"] if len(found) == 1 else reverse("stores")
    name = gettext("Stores that have stopped")
    return [{"name": name, "icon": "alert", "kind": "red", "count": f"{len(found):,}", "parts": parts, "href": href}]
