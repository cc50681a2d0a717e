"""Amazon's Selling Partner API as a `Connector`. Checked against Amazon's published models, never against a live seller."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from entrepot.marketplaces.amazon import access as login
from entrepot.marketplaces.amazon import stock, tell
from entrepot.marketplaces.amazon.client import Client, stamp
from entrepot.marketplaces.amazon.orders import read_order
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
from entrepot.marketplaces.outcomes import look_up_each, one_by_one
from entrepot.marketplaces.reading import read_each


class Amazon:
    name = "amazon"
    can = Capabilities(
        auth=AuthForm.OAUTH,
        window_most=timedelta(days=30),
        every=timedelta(minutes=5),  # one search in three minutes is all its budget sustains
        lag=timedelta(minutes=2, seconds=30),  # a listing must end at least two minutes before the request
        overlap=timedelta(minutes=10),
        page_most=100,
        get_most=20,
        ship=ShipBy.PIECE,
        parcels_per_order=0,
        notices_per_call=1,
        renumber=True,
        cancel_answers=False,
        stock=True,
        webhooks=False,  # its notifications go to a queue of the seller's cloud account
        may_ask=("application_id", "region"),
    )
    # The usage plans printed in the models.
    buckets: Mapping[str, Bucket] = {
        "": Bucket(1, 5),
        "searchOrders": Bucket(0.0056, 20),
        "getOrder": Bucket(0.5, 30),
        "confirmShipment": Bucket(2, 10),
        "patchListingsItem": Bucket(5, 5),
    }

    def authorize_url(self, app: App, *, state: str, back_to: str) -> str:
        return login.authorize_url(app, state=state, back_to=back_to)

    def exchange(
        self, wire: Wire, app: App, answer: Mapping[str, str], *, back_to: str, now: datetime
    ) -> Sequence[Grant]:
        return [login.exchange(wire, app, answer, back_to=back_to, now=now)]

    def refresh(self, wire: Wire, access: Access, *, now: datetime) -> Grant:
        return login.refresh(wire, access.app, access.grant, now=now)

    def pull(self, wire: Wire, access: Access, window: Window, *, now: datetime) -> Page:
        """Only what the seller ships himself: what Amazon's warehouses send is no work of ours."""
        query: dict[str, str | int | Sequence[str]] = {
            "lastUpdatedAfter": stamp(window.since),
            "lastUpdatedBefore": stamp(window.until),
            "fulfilledBy": ["MERCHANT"],
            "maxResultsPerPage": self.can.page_most,
            "includedData": tell.INCLUDED,
        }
        if window.page:
            query["paginationToken"] = window.page
        answer = Client(wire, access, now).get("searchOrders", tell.ORDERS, query)
        token = answer.record("pagination").text("nextToken")
        orders = [one.raw for one in answer.records("orders")]
        if token and token == window.page:
            raise CallFailed(Trouble.PROTOCOL, "The next page has the token of this one.")
        return Page(read_each(orders, read_order, "orderId"), next_page=token)

    def get(
        self, wire: Wire, access: Access, order_ids: Sequence[str], *, now: datetime
    ) -> Sequence[OrderDraft | Unreadable]:
        client = Client(wire, access, now)
        found: list[OrderDraft | Unreadable] = []
        for order_id in order_ids:
            try:
                found += read_each([tell.order_of(client, order_id).raw], read_order, "orderId")
            except CallFailed as failed:
                if failed.trouble is not Trouble.NOT_FOUND:
                    raise
        return found

    def ship(self, wire: Wire, access: Access, notices: Sequence[Notice], *, now: datetime) -> Sequence[Done]:
        client = Client(wire, access, now)
        return one_by_one(notices, lambda notice: tell.ship(client, notice))

    def look_up(self, wire: Wire, access: Access, notices: Sequence[Notice], *, now: datetime) -> Sequence[Done]:
        client = Client(wire, access, now)
        return look_up_each(notices, lambda notice: tell.look_up(client, notice))

    def renumber(self, wire: Wire, access: Access, notices: Sequence[Notice], *, now: datetime) -> Sequence[Done]:
        client = Client(wire, access, now)
        return one_by_one(notices, lambda notice: tell.renumber(client, notice))

    def answer_cancellations(
        self, wire: Wire, access: Access, answers: Sequence[CancelAnswer], *, now: datetime
    ) -> Sequence[Done]:
        """There is no such call: the seller cancels in Seller Central, or ships."""
        said = "Amazon takes no answer to a request to cancel."
        return [Done(one.key, Result.REJECTED, Why.OTHER, message=said) for one in answers]

    def set_stock(self, wire: Wire, access: Access, levels: Sequence[StockLevel], *, now: datetime) -> Sequence[Done]:
        client = Client(wire, access, now)
        return one_by_one(levels, lambda level: stock.set_level(client, level))

    def verify(self, app: App, *, url: str, headers: Mapping[str, str], body: bytes) -> bool:
        return False

    def events(self, *, headers: Mapping[str, str], body: bytes) -> Sequence[Event]:
        return []
