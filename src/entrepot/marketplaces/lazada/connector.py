"""Lazada (Open Platform, IOP gateway) as a `Connector`, as far as its documents tell; never against a live account."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode

from entrepot.marketplaces.contract import (
    Access,
    App,
    AuthForm,
    Bucket,
    CallFailed,
    CancelAnswer,
    Capabilities,
    Done,
    Event,
    Grant,
    Notice,
    OrderDraft,
    Page,
    Result,
    ShipBy,
    StockLevel,
    Trouble,
    Unreadable,
    Why,
    Window,
    Wire,
)
from entrepot.marketplaces.iop.client import Client, listed
from entrepot.marketplaces.iop.sign import is_push_signed
from entrepot.marketplaces.iop.tokens import grant_of
from entrepot.marketplaces.lazada import pull as pulling
from entrepot.marketplaces.lazada import tell
from entrepot.marketplaces.lazada.webhooks import event_of
from entrepot.marketplaces.outcomes import look_up_each, one_by_one

AUTH = "https://auth.lazada.com"


class Lazada:
    name = "lazada"
    can = Capabilities(
        auth=AuthForm.OAUTH,
        window_most=timedelta(days=30),
        lag=timedelta(minutes=1),
        overlap=timedelta(minutes=10),
        page_most=pulling.PAGE,
        get_most=pulling.ITEMS,
        ship=ShipBy.LINE,  # an item is one piece
        parcels_per_order=0,
        notices_per_call=1,
        renumber=False,  # the number is Lazada's own
        cancel_answers=False,
        stock=False,
        webhooks=True,
        every=timedelta(minutes=10),  # it asks not to be polled in a loop: its pushes wake us
    )
    # The platform asks not to be polled in a loop and publishes no numbers; these are ours.
    buckets: Mapping[str, Bucket] = {"": Bucket(2, 5)}

    def authorize_url(self, app: App, *, state: str, back_to: str) -> str:
        query = {
            "response_type": "code",
            "force_auth": "true",
            "redirect_uri": back_to,
            "client_id": app.key,
            "state": state,
        }
        return f"{_auth(app)}/oauth/authorize?{urlencode(query)}"

    def exchange(
        self, wire: Wire, app: App, answer: Mapping[str, str], *, back_to: str, now: datetime
    ) -> Sequence[Grant]:
        """One grant per country: an account across borders sells in several, all with the same tokens."""
        if not answer.get("code"):
            raise CallFailed(Trouble.AUTH_REVOKED, answer.get("error", "The seller brought back no code."))
        client = Client(wire, app, "", now)
        params = {"code": answer["code"]}
        body = client.path(f"{_auth(app)}/rest", "/auth/token/create", params, operation="token")
        shops = list(listed(body, "country_user_info")) or list(listed(body, "country_user_info_list"))
        return [
            grant_of(body, account=shop.text("seller_id"), now=now, extra={"country": shop.text("country").lower()})
            for shop in shops
        ]

    def refresh(self, wire: Wire, access: Access, *, now: datetime) -> Grant:
        held = access.grant
        client = Client(wire, access.app, "", now)
        params = {"refresh_token": held.refresh_token}
        body = client.path(f"{_auth(access.app)}/rest", "/auth/token/refresh", params, operation="token")
        return grant_of(body, account=held.account, now=now, extra=held.extra, refresh_token=held.refresh_token)

    def pull(self, wire: Wire, access: Access, window: Window, *, now: datetime) -> Page:
        return pulling.pull(_client(wire, access, now), access, window)

    def get(
        self, wire: Wire, access: Access, order_ids: Sequence[str], *, now: datetime
    ) -> Sequence[OrderDraft | Unreadable]:
        return pulling.get(_client(wire, access, now), access, order_ids)

    def ship(self, wire: Wire, access: Access, notices: Sequence[Notice], *, now: datetime) -> Sequence[Done]:
        """The tracking number is Lazada's: it comes back in `message`, the package in `remote_id`."""
        client = _client(wire, access, now)
        return one_by_one(notices, lambda notice: tell.ship(client, access, notice))

    def look_up(self, wire: Wire, access: Access, notices: Sequence[Notice], *, now: datetime) -> Sequence[Done]:
        client = _client(wire, access, now)
        return look_up_each(notices, lambda notice: tell.look_up(client, access, notice))

    def renumber(self, wire: Wire, access: Access, notices: Sequence[Notice], *, now: datetime) -> Sequence[Done]:
        said = "Lazada gives the number itself."
        return [Done(one.key, Result.REJECTED, Why.OTHER, message=said) for one in notices]

    def answer_cancellations(
        self, wire: Wire, access: Access, answers: Sequence[CancelAnswer], *, now: datetime
    ) -> Sequence[Done]:
        said = "Answers to requests to cancel are given in Lazada's Seller Center."
        return [Done(one.key, Result.REJECTED, Why.OTHER, message=said) for one in answers]

    def set_stock(self, wire: Wire, access: Access, levels: Sequence[StockLevel], *, now: datetime) -> Sequence[Done]:
        said = "Stock is set in Lazada's Seller Center."
        return [Done(one.key, Result.REJECTED, Why.OTHER, message=said) for one in levels]

    def verify(self, app: App, *, url: str, headers: Mapping[str, str], body: bytes) -> bool:
        return is_push_signed(app.key, app.secret, body, headers.get("authorization", ""))

    def events(self, *, headers: Mapping[str, str], body: bytes) -> Sequence[Event]:
        return [event_of(body)]


def _auth(app: App) -> str:
    return app.hosts.get("auth", AUTH).rstrip("/")


def _client(wire: Wire, access: Access, now: datetime) -> Client:
    return Client(wire, access.app, access.grant.access_token, now)
