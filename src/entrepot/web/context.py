"""What every page's frame needs: the rail, its counts, language and theme."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

from entrepot.core import counters
from entrepot.parcels.notices import count_refused
from entrepot.web.halted import halted_of, words
from entrepot.web.tabs import KINDS

# (heading, ((name, url name, arguments, counter keys), …)). A page that is not there yet is left out.
RAIL: tuple[tuple[str, tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...]], ...] = (
    (
        _("Desk"),
        (
            (_("Today"), "today", (), ()),
            (_("To review"), "desk", ("review",), ("order.to_review",)),
            (_("To pack"), "desk", ("pack",), ("order.to_pack",)),
            (_("To process"), "desk", ("process",), ("parcel.to_process",)),
            (_("Waybill"), "desk", ("waybill",), ("parcel.waybill",)),
            (_("To print"), "desk", ("print",), ("parcel.to_print.in_stock", "parcel.to_print.short")),
            (_("Shipped"), "desk", ("shipped",), ("parcel.shipped",)),
            (_("All orders"), "desk", ("all",), ()),
            (_("Refused notices"), "notices", (), ("notice.refused",)),
            (_("Where is an order?"), "where", (), ()),
            (_("Results"), "batches", (), ()),
        ),
    ),
    (
        _("Goods"),
        (
            (_("Import"), "import", (), ()),
            (_("Stock"), "stock", (), ()),
            (_("Pairing"), "pairings", (), ()),
        ),
    ),
    (
        _("Set up"),
        (
            (_("Stores"), "stores", (), ()),
            (_("Shipping services"), "services", (), ()),
            (_("Members"), "members", (), ()),
            (_("API tokens"), "tokens", (), ()),
            (_("Organization"), "organization", (), ()),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Link:
    name: str
    href: str
    count: str
    here: bool
    alert: str = ""  # what the count is of, where it is a trouble


def frame(request: HttpRequest) -> dict[str, Any]:
    language = get_language() or "en"
    user = request.user if hasattr(request, "user") else None
    theme = getattr(user, "theme", None) or request.COOKIES.get("theme", "auto")
    values: dict[str, Any] = {
        "theme": theme if theme in ("auto", "light", "dark") else "auto",
        "next_theme": {"auto": "light", "light": "dark"}.get(theme, "auto"),
        "html_language": "zh-Hans" if language.startswith("zh") else "en",
        "other_language": ("en", "English") if language.startswith("zh") else ("zh-hans", "中文"),
        "compact": bool(getattr(user, "compact", False)),
    }
    if hasattr(request, "membership"):
        values["rail"] = SimpleLazyObject(lambda: _rail(request))
        values["search_kinds"] = [(kind, gettext(name)) for kind, name in KINDS.items()]
        values["initials"] = initials(request.membership.name)
    return values


def counts_of(request: HttpRequest) -> dict[str, int]:
    """The organization's tab counts, read once per request."""
    if not hasattr(request, "counts"):
        organization_id = request.membership.organization_id  # type: ignore[attr-defined]
        refused = {"notice.refused": count_refused(organization_id)}
        request.counts = counters.read(organization_id) | refused  # type: ignore[attr-defined]
    return request.counts  # type: ignore[attr-defined, no-any-return]


def initials(name: str) -> str:
    words = name.split()
    return ("".join(word[0] for word in words[:2]) if len(words) > 1 else name[:2]).upper()


def _rail(request: HttpRequest) -> list[tuple[str, list[Link]]]:
    counts = counts_of(request)
    sections = []
    for heading, items in RAIL:
        links = [link for item in items if (link := _link(request, counts, *item))]
        if links:
            sections.append((gettext(heading), links))
    return sections


def _link(
    request: HttpRequest, counts: dict[str, int], name: str, url: str, args: tuple[str, ...], keys: tuple[str, ...]
) -> Link | None:
    try:
        href = reverse(url, args=args)
    except NoReverseMatch:
        return None
    count = f"{sum(counts.get(key, 0) for key in keys):,}" if keys else ""
    path = request.path.replace("/desk/short/", "/desk/print/")  # Short is a half of To print
    here = path == href if href == "/" else path.startswith(href)
    if url == "stores" and (stopped := len(halted_of(request))):
        return Link(gettext(name), href, f"{stopped:,}", here, words(stopped))
    return Link(gettext(name), href, count, here)
