"""Connect a store: choose its marketplace, name it, go there and allow it, come back. Only an owner may.

Marketplaces are asked here, so these views hold no transaction (`scoped=False`) and open one where they read.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from entrepot.connections import connect
from entrepot.connections.begun import begun_of
from entrepot.connections.connect import AliasTaken, Begun, StateRefused
from entrepot.connections.queries import services_of, store_row, stores_of
from entrepot.connections.sandbox import SandboxAway, Shop, played, register
from entrepot.connections.sender import stores_without_sender
from entrepot.connections.standing import standings
from entrepot.core.clock import now
from entrepot.core.permissions import Permission
from entrepot.core.scope import organization_scope
from entrepot.marketplaces.contract import App, AuthForm, CallFailed, Capabilities
from entrepot.marketplaces.registry import Listed, connector_of, marketplaces
from entrepot.web.access import MemberRequest, member_required
from entrepot.web.choices import CURRENCIES, zones
from entrepot.web.connect_sandbox import shops_of, take_currency
from entrepot.web.stores_forms import ConnectForm, Given
from entrepot.web.stores_words import call_failed

ABOUT = ("name", "currency", "time_zone", "default_service", "sender_of")  # of the form: the store itself, not its keys


@member_required(Permission.VIEW)
def choose(request: MemberRequest) -> HttpResponse:
    """A tile per marketplace. Who may not connect sees why."""
    allowed = request.actor.permissions
    context = {
        "tiles": [listed for listed in marketplaces() if listed.auth is not None],
        "may": Permission.SETTINGS in allowed,
        "may_connect": Permission.CONNECT in allowed,
    }
    return render(request, "settings/connect_choose.html", context)


@member_required(Permission.CONNECT, scoped=False)
def begin(request: MemberRequest, marketplace: str) -> HttpResponse:
    """The form of a new connection; sent, it leads to the marketplace."""
    listed = _listed(marketplace)
    can = connector_of(marketplace).can
    given = _given(request)
    form = ConnectForm(request.POST or None, can=can, given=given, initial={"time_zone": request.membership.time_zone})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            app, keys, shop = _registration(request, form, marketplace)
            currency = shop.currency if shop else values["currency"]
            begun = connect.begin(
                organization_id=request.membership.organization_id,
                name=values["name"] or _alias(request, marketplace, listed.title, shop),
                marketplace=marketplace,
                app=app,
                currency=currency,
                time_zone=values["time_zone"],
                back_to=_back_to(request),
                actor=request.actor,
                at=now(),
                keys=keys,
                sender=_sender_of(request, values.get("sender_of")),
                default_service_id=values.get("default_service"),
            )
        except AliasTaken:
            form.add_error("name", _("There is a store of this alias already."))
        except (SandboxAway, CallFailed) as failed:
            return _form_page(request, listed, can, form, failed)
        else:
            return _away(request, begun, shop)
    return _form_page(request, listed, can, form)


def _given(request: MemberRequest) -> Given:
    """The services and senders that a new store may have: the most used service and the first store's sender first."""
    organization_id = request.membership.organization_id
    with organization_scope(organization_id):
        stores, without = stores_of(organization_id), stores_without_sender(organization_id)
        services = [one for one in services_of(organization_id) if one["is_enabled"]]
    used = Counter(store["default_service_id"] for store in stores if store["is_enabled"])
    services.sort(key=lambda one: (-used[one["id"]], one["id"]))
    senders = sorted(
        (store for store in stores if store["id"] not in without), key=lambda one: (not one["is_enabled"], one["id"])
    )
    return Given(
        [(one["id"], f"{one['name']} · {one['account']}") for one in services],
        [(one["id"], _("as %(store)s") % {"store": one["name"]}) for one in senders],
    )


def _sender_of(request: MemberRequest, store_id: int | None) -> dict[str, str]:
    if store_id is None:
        return {}
    with organization_scope(request.membership.organization_id):
        row = store_row(request.membership.organization_id, store_id)
    sender: dict[str, str] = row["sender"] if row else {}
    return sender


def _alias(request: MemberRequest, marketplace: str, title: str, shop: Shop | None) -> str:
    """ "Shop title and name", with a number when there is one already."""
    name = f"{title} {shop.name}" if shop else title
    with organization_scope(request.membership.organization_id):
        taken = {store["name"] for store in stores_of(request.membership.organization_id)}
        taken -= begun_of(request.membership.organization_id, marketplace).keys()  # begun and left: it goes on
    return next(one for n in range(1, len(taken) + 2) if (one := name if n == 1 else f"{name} {n}") not in taken)


@member_required(Permission.CONNECT, scoped=False)
def again(request: MemberRequest, store_id: int) -> HttpResponse:
    """Connect a store that is there again: with the keys it has (POST without a key), or with new ones."""
    row = _store(request, store_id)
    listed, can = _listed(row["marketplace"]), connector_of(row["marketplace"]).can
    form = ConnectForm(request.POST if "keys" in request.POST else None, can=can, again=True)
    with_keys = form.is_bound or row["grant_state"] is None or can.auth is AuthForm.KEYS
    if request.method == "POST" and (not with_keys or (form.is_bound and form.is_valid())):
        try:
            keys: Mapping[str, str] = {}
            shop: Shop | None = None
            if form.is_bound:
                app, keys, shop = _registration(request, form, row["marketplace"])
                connect.change_app(
                    organization_id=request.membership.organization_id, store_id=store_id, app=app,
                    actor=request.actor, at=now(),
                )  # fmt: skip
            begun = connect.resume(
                organization_id=request.membership.organization_id, store_id=store_id, back_to=_back_to(request),
                actor=request.actor, at=now(), keys=keys,
            )  # fmt: skip
        except (SandboxAway, CallFailed) as failed:
            return _form_page(request, listed, can, form, failed, store=row)
        return _away(request, begun, shop)
    return _form_page(request, listed, can, form, store=row)


@member_required(Permission.VIEW, scoped=False)
def back(request: MemberRequest) -> HttpResponse:
    """The marketplace sent the owner back here."""
    answer = {name: str(value) for name, value in request.GET.items()}
    try:
        done = connect.come_back(answer=answer, back_to=_back_to(request), actor=request.actor, at=now())
    except StateRefused:
        return _page(request, "settings/connect_back.html", {"old": True})
    except CallFailed as failed:
        _org, store_id, _member = signing.loads(answer["state"], salt=connect.SALT)  # it was read once already
        problem = call_failed(failed.trouble, failed.message)
        if "error" in answer:  # they sent the owner back with a no: nothing was granted that could have been taken back
            problem["sentence"] = _("It was not allowed at the marketplace.")
        context = {"failed": problem, "store": _store(request, store_id)}
        return _page(request, "settings/connect_back.html", context)
    if settings.SANDBOX_URL:
        take_currency(request, _store(request, done.store_id))
    _say_left(request, done.left)
    return redirect(f"{reverse('store', args=[done.store_id])}?connected=1")


def _say_left(request: MemberRequest, left: Sequence[str]) -> None:
    """Which shops of the authorization found no room in the plan."""
    if left:
        sentence = _(
            "Your plan has no room for more stores. Not connected: %(shops)s. Switch a store off, or have the number "
            "raised, then connect again."
        )
        messages.warning(request, sentence % {"shops": ", ".join(left)})


def _registration(
    request: MemberRequest, form: ConnectForm, marketplace: str
) -> tuple[App, Mapping[str, str], Shop | None]:
    """(our app, what the seller gave besides, the shop of the sandbox). The sandbox gives all of it itself.

    Raises:
        SandboxAway, CallFailed: what was typed, or the sandbox, is of no use; nothing was kept.
    """
    app, asked, shop = form.app(), form.asked(), None
    if form.sandbox:
        there = played(settings.SANDBOX_URL, marketplace)
        shop = there.shop(form.cleaned_data["shop"])
        hook = request.build_absolute_uri(reverse("hook", args=[marketplace]))
        register(settings.SANDBOX_URL, marketplace, back_to=_back_to(request), hook=hook)
        asked = {name: shop.name if name == "shop" and shop else asked[name] for name in asked}
        app = App(there.app.key, there.app.secret, there.app.hosts, asked)
    connector = connector_of(marketplace)
    if connector.can.auth is AuthForm.OAUTH:
        connector.authorize_url(app, state="", back_to=_back_to(request))
    return app, asked, shop


def _away(request: MemberRequest, begun: Begun, shop: Shop | None = None) -> HttpResponse:
    """To the marketplace. A form may not lead to another site by a redirect (the page's policy), so htmx goes there."""
    _say_left(request, begun.left)
    target = begun.url or f"{reverse('store', args=[begun.store_id])}?connected=1"
    if shop is not None and begun.url:  # the sandbox offers this one first
        target += f"{'&' if '?' in target else '?'}{urlencode({'preset': shop.name})}"
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = target
        return response
    return redirect(target)


def _form_page(
    request: MemberRequest,
    listed: Listed,
    can: Capabilities,
    form: ConnectForm,
    failed: SandboxAway | CallFailed | None = None,
    store: dict[str, Any] | None = None,
) -> HttpResponse:
    problem = None
    if isinstance(failed, CallFailed):
        problem = call_failed(failed.trouble, failed.message)
    elif failed is not None:
        problem = {"sentence": _("The sandbox does not answer, or does not play this marketplace."), "words": ""}
    context = {
        "listed": listed,
        "oauth": can.auth is AuthForm.OAUTH,
        "form": form,
        "problem": problem,
        "store": store,
        "back_to": _back_to(request),
        "hook": request.build_absolute_uri(reverse("hook", args=[listed.name])) if can.webhooks else "",
        "sandbox": bool(settings.SANDBOX_URL),
        "shops": shops_of(request, listed.name, store),
        "about": [form[name] for name in form.fields if name in ABOUT],
        "keys": [form[name] for name in form.fields if name not in (*ABOUT, "hosts", "shop")],
        "zones": zones(),
        "currencies": CURRENCIES,
    }
    return _page(request, "settings/connect.html", context)


def _page(request: MemberRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    with organization_scope(request.membership.organization_id):
        return render(request, template, context)


def _back_to(request: MemberRequest) -> str:
    return request.build_absolute_uri(reverse("connect-back"))


def _store(request: MemberRequest, store_id: int) -> dict[str, Any]:
    with organization_scope(request.membership.organization_id):
        found = standings(request.membership.organization_id, store_id)
    if not found or found[0]["marketplace"] == "file":
        raise Http404(store_id)
    return found[0]


def _listed(marketplace: str) -> Listed:
    found = next((one for one in marketplaces() if one.name == marketplace and one.auth is not None), None)
    if found is None:
        raise Http404(marketplace)
    return found
