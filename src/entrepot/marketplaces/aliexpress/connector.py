"""AliExpress (Open Platform, IOP gateway) as a `Connector`. Seen in documents only, never against a live account."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode

from entrepot.marketplaces.aliexpress import seller, tell
from entrepot.marketplaces.aliexpress.pull import API, PAGE, api, fetch, pull
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
    ShipBy,
    StockLevel,
    Trouble,
    Unreadable,
    Window,
    Wire,
)
from entrepot.marketplaces.iop.client import Client
from entrepot.marketplaces.iop.tokens import grant_of
from entrepot.marketplaces.outcomes import in_order, look_up_each, one_by_one
from entrepot.marketplaces.reading import Record

__all__ = ["API", "AliExpress"]


class AliExpress:
    name = "aliexpress"
    can = Capabilities(
        auth=AuthForm.OAUTH,
        window_most=timedelta(days=30),
        lag=timedelta(minutes=1),
        overlap=timedelta(minutes=10),
        page_most=PAGE,
        get_most=20,
        ship=ShipBy.LINE,
        parcels_per_order=0,
        notices_per_call=1,
        renumber=True,
        cancel_answers=True,
        stock=True,
        webhooks=False,
    )
    # The platform publishes no numbers; these are ours and its ApiCallLimit corrects them.
    buckets: Mapping[str, Bucket] = {"": Bucket(5, 10), "detail": Bucket(10, 20), "receipt": Bucket(10, 20)}

    def authorize_url(self, app: App, *, state: str, back_to: str) -> str:
        query = {
            "response_type": "code",
            "force_auth": "true",
            "redirect_uri": back_to,
            "client_id": app.key,
            "state": state,
        }
        return f"{api(app)}/oauth/authorize?{urlencode(query)}"

    def exchange(
        self, wire: Wire, app: App, answer: Mapping[str, str], *, back_to: str, now: datetime
    ) -> Sequence[Grant]:
        if not answer.get("code"):
            raise CallFailed(Trouble.AUTH_REVOKED, answer.get("error", "The seller brought back no code."))
        return [_tokens(Client(wire, app, "", now), "/auth/token/create", {"code": answer["code"]})]

    def refresh(self, wire: Wire, access: Access, *, now: datetime) -> Grant:
        held = access.grant
        params = {"refresh_token": held.refresh_token}
        return _tokens(Client(wire, access.app, "", now), "/auth/token/refresh", params, held)

    def pull(self, wire: Wire, access: Access, window: Window, *, now: datetime) -> Page:
        return pull(_client(wire, access, now), window)

    def get(
        self, wire: Wire, access: Access, order_ids: Sequence[str], *, now: datetime
    ) -> Sequence[OrderDraft | Unreadable]:
        return list(fetch(_client(wire, access, now), [(order_id, None) for order_id in order_ids]))

    def ship(self, wire: Wire, access: Access, notices: Sequence[Notice], *, now: datetime) -> Sequence[Done]:
        client = _client(wire, access, now)
        return one_by_one(notices, lambda notice: tell.ship(client, notice))

    def look_up(self, wire: Wire, access: Access, notices: Sequence[Notice], *, now: datetime) -> Sequence[Done]:
        client = _client(wire, access, now)
        return look_up_each(notices, lambda notice: tell.look_up(client, notice))

    def renumber(self, wire: Wire, access: Access, notices: Sequence[Notice], *, now: datetime) -> Sequence[Done]:
        client = _client(wire, access, now)
        return one_by_one(notices, lambda notice: tell.renumber(client, notice))

    def answer_cancellations(
        self, wire: Wire, access: Access, answers: Sequence[CancelAnswer], *, now: datetime
    ) -> Sequence[Done]:
        client = _client(wire, access, now)
        return one_by_one(answers, lambda answer: seller.answer_cancellation(client, answer))

    def set_stock(self, wire: Wire, access: Access, levels: Sequence[StockLevel], *, now: datetime) -> Sequence[Done]:
        return in_order(levels, seller.set_stock(_client(wire, access, now), levels))

    def verify(self, app: App, *, url: str, headers: Mapping[str, str], body: bytes) -> bool:
        return False  # it sends no webhooks to sellers' own addresses

    def events(self, *, headers: Mapping[str, str], body: bytes) -> Sequence[Event]:
        return []


def _client(wire: Wire, access: Access, now: datetime) -> Client:
    return Client(wire, access.app, access.grant.access_token, now)


def _tokens(client: Client, path: str, params: Mapping[str, str], held: Grant | None = None) -> Grant:
    """System calls go to /rest and are signed with their path."""
    answer: Record = client.path(f"{api(client.app)}/rest", path, params, operation="token")
    account = held.account if held else answer.text("seller_id") or answer.text("user_id") or answer.text("account")
    extra = {"nick": answer.text("user_nick")} if not held else held.extra
    kept = held.refresh_token if held else ""
    return grant_of(answer, account=account, now=client.now, extra=extra, refresh_token=kept)
