"""TikTok Shop, Partner API: the contract's methods over the modules of this folder."""

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
from entrepot.marketplaces.tiktok import access as granting
from entrepot.marketplaces.tiktok import cancelling, pulling, shipping, stock, webhooks
from entrepot.marketplaces.tiktok.client import Client
from entrepot.marketplaces.tiktok.sign import is_webhook_signed


class TikTokShop:
    """Implements `contract.Connector`. Grants of one seller share their tokens: see `extra["open_id"]`."""

    name = "tiktok"
    can = Capabilities(
        auth=AuthForm.OAUTH,
        window_most=timedelta(days=30),
        lag=timedelta(seconds=30),
        overlap=timedelta(minutes=10),  # their clock of changes is refreshed while one reads
        page_most=pulling.PAGE,
        get_most=pulling.PAGE,
        ship=ShipBy.LINE,  # a line is one piece
        parcels_per_order=0,
        notices_per_call=shipping.BATCH,
        renumber=True,
        cancel_answers=True,
        stock=True,
        webhooks=True,
        may_ask=("service_id",),
    )
    buckets: Mapping[str, Bucket] = {  # their limits are dynamic: low at first, refusals correct it
        "": Bucket(per_second=5, burst=10),
        "orders.search": Bucket(per_second=5, burst=20),
        "orders.detail": Bucket(per_second=5, burst=20),
        "packages.ship": Bucket(per_second=5, burst=10),
    }

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
        return pulling.orders(Client(wire, access, now), order_ids)

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
        return is_webhook_signed(app.key, app.secret, body, headers.get("authorization", ""))

    def events(self, *, headers: Mapping[str, str], body: bytes) -> Sequence[Event]:
        return webhooks.events(body)
