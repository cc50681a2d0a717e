"""Shopify, Admin GraphQL API: the contract's methods over the modules of this folder."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from entrepot.marketplaces.contract import (
    Access,
    App,
    AuthForm,
    Bucket,
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
    Unreadable,
    Window,
    Wire,
)
from entrepot.marketplaces.shopify import access as granting
from entrepot.marketplaces.shopify import cancelling, pulling, shipping, stock, webhooks
from entrepot.marketplaces.shopify.client import Client


class Shopify:
    """Implements `contract.Connector`. `App.extra["shop"]` names the shop that is asked for its consent."""

    name = "shopify"
    can = Capabilities(
        auth=AuthForm.OAUTH,
        window_most=timedelta(days=60),  # older orders need a scope of their own
        lag=timedelta(seconds=30),
        overlap=timedelta(minutes=5),
        page_most=pulling.SIZES[0],
        get_most=pulling.GET_MOST,
        ship=ShipBy.PIECE,
        parcels_per_order=0,
        notices_per_call=shipping.READ_MOST,
        renumber=True,
        cancel_answers=True,
        stock=True,
        webhooks=True,
        asks=("shop",),
    )
    buckets: Mapping[str, Bucket] = {"": Bucket(per_second=2, burst=20)}  # they count cost; refusals say how long

    def authorize_url(self, app: App, *, state: str, back_to: str) -> str:
        return granting.authorize_url(app, state=state, back_to=back_to)

    def exchange(
        self, wire: Wire, app: App, answer: Mapping[str, str], *, back_to: str, now: datetime
    ) -> Sequence[Grant]:
        return granting.exchange(wire, app, answer, now=now)

    def refresh(self, wire: Wire, access: Access, *, now: datetime) -> Grant:
        return granting.refresh(wire, access, now=now)

    def pull(self, wire: Wire, access: Access, window: Window, *, now: datetime) -> Page:
        return pulling.pull(Client(wire, access, now), window)

    def get(
        self, wire: Wire, access: Access, order_ids: Sequence[str], *, now: datetime
    ) -> Sequence[OrderDraft | Unreadable]:
        return pulling.get(Client(wire, access, now), order_ids)

    def ship(self, wire: Wire, access: Access, notices: Sequence[Notice], *, now: datetime) -> Sequence[Done]:
        return shipping.ship(Client(wire, access, now), notices)

    def look_up(self, wire: Wire, access: Access, notices: Sequence[Notice], *, now: datetime) -> Sequence[Done]:
        return shipping.look_up(Client(wire, access, now), notices)

    def renumber(self, wire: Wire, access: Access, notices: Sequence[Notice], *, now: datetime) -> Sequence[Done]:
        return shipping.renumber(Client(wire, access, now), notices)

    def answer_cancellations(
        self, wire: Wire, access: Access, answers: Sequence[CancelAnswer], *, now: datetime
    ) -> Sequence[Done]:
        return cancelling.answer_cancellations(Client(wire, access, now), answers)

    def set_stock(self, wire: Wire, access: Access, levels: Sequence[StockLevel], *, now: datetime) -> Sequence[Done]:
        return stock.set_stock(Client(wire, access, now), levels)

    def verify(self, app: App, *, url: str, headers: Mapping[str, str], body: bytes) -> bool:
        return granting.is_webhook_signed(app.secret, body, headers.get("x-shopify-hmac-sha256", ""))

    def events(self, *, headers: Mapping[str, str], body: bytes) -> Sequence[Event]:
        return webhooks.events(headers, body)
