"""The contract's methods. As they grow, each group moves to a module of its own: access, pulling, shipping, stock."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode

from entrepot.marketplaces.answers import chunks, json_bytes, json_value
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
    EventKind,
    Grant,
    Notice,
    OrderDraft,
    Page,
    Request,
    Result,
    ShipBy,
    StockLevel,
    Trouble,
    Unreadable,
    Why,
    Window,
    Wire,
)
from entrepot.marketplaces.outcomes import one_by_one
from entrepot.marketplaces.reading import Malformed, Record, read_each
from entrepot.marketplaces.template.client import Client, data_of, host
from entrepot.marketplaces.template.errors import why_of
from entrepot.marketplaces.template.orders import read_order

LAGS = timedelta(minutes=1)  # how long reading may lag behind writing over there, as far as we wait for it


class TemplateConnector:
    """Implements `contract.Connector`."""

    name = "template"
    can = Capabilities(
        auth=AuthForm.OAUTH,  # KEYS: `authorize_url` is never called, and `exchange` gets what the form asked (`asks`)
        window_most=timedelta(days=15),  # the longest span one listing may ask for
        lag=timedelta(seconds=30),  # how far behind now their listing is complete
        overlap=timedelta(minutes=5),  # how much is read twice, because their clocks are not one
        page_most=50,
        get_most=50,  # per `get`, not per request of theirs: where they take one number, `get` asks one by one
        ship=ShipBy.ORDER,  # LINE and PIECE: `look_up` compares lines, see the how-to
        parcels_per_order=1,
        notices_per_call=1,
        renumber=False,
        cancel_answers=False,
        stock=False,
        webhooks=True,
    )
    buckets: Mapping[str, Bucket] = {"": Bucket(per_second=2, burst=10)}  # "": all operations that are not named

    # -- consent

    def authorize_url(self, app: App, *, state: str, back_to: str) -> str:
        query = {"client_id": app.key, "state": state, "redirect_uri": back_to}
        return f"{host(app)}/authorize?{urlencode(query)}"

    def exchange(
        self, wire: Wire, app: App, answer: Mapping[str, str], *, back_to: str, now: datetime
    ) -> Sequence[Grant]:
        if not answer.get("code"):  # the seller said no
            raise CallFailed(Trouble.AUTH_REVOKED, answer.get("error", "no code came back"), code="no_code")
        return [self._token(wire, app, {"code": answer["code"]}, now=now)]

    def refresh(self, wire: Wire, access: Access, *, now: datetime) -> Grant:
        return self._token(wire, access.app, {"refresh_token": access.grant.refresh_token}, now=now)

    def _token(self, wire: Wire, app: App, proof: Mapping[str, str], *, now: datetime) -> Grant:
        body = json_bytes({"client_id": app.key, "client_secret": app.secret, **proof})
        told = data_of(wire.send(Request("token", "POST", f"{host(app)}/token", content=body)), now=now, writes=False)
        return Grant(
            account=told.needed("shop"),  # the same word as in their webhooks
            access_token=told.needed("access_token"),
            refresh_token=told.text("refresh_token"),
            expires_at=told.seconds("expires_at"),  # what they say, never a number of our own
        )

    # -- pulling

    def pull(self, wire: Wire, access: Access, window: Window, *, now: datetime) -> Page:
        """One page. The window stands still while it is paged through; the caller remembers where we are."""
        query = {"since": str(int(window.since.timestamp())), "until": str(int(window.until.timestamp()))}
        if window.page:
            query["page"] = window.page
        told = Client(wire, access, now).read("orders.list", "/orders", query)
        following = told.text("next")
        if following and following == window.page:  # their list would never end
            raise CallFailed(Trouble.PROTOCOL, "the same page was named as the next one again", code="page_loop")
        return Page(read_each(told.items("orders"), read_order), following)

    def get(
        self, wire: Wire, access: Access, order_ids: Sequence[str], *, now: datetime
    ) -> Sequence[OrderDraft | Unreadable]:
        client = Client(wire, access, now)
        told = [client.read("orders.get", "/orders", {"ids": ",".join(some)}) for some in chunks(order_ids, 50)]
        return [order for one in told for order in read_each(one.items("orders"), read_order)]

    # -- telling: read what is there before writing, so that a retry never tells twice

    def ship(self, wire: Wire, access: Access, notices: Sequence[Notice], *, now: datetime) -> Sequence[Done]:
        client = Client(wire, access, now)
        seen = {done.key: done for done in self.look_up(wire, access, notices, now=now)}

        def send(notice: Notice) -> Done:
            known = seen[notice.key]
            if known.result is Result.OK:
                return Done(notice.key, Result.ALREADY_DONE, remote_id=known.remote_id)
            if known.result is not Result.RETRY_LATER:
                return known
            body = {"order": notice.order_id, "number": notice.number, "carrier": notice.carrier}
            try:
                return Done(notice.key, Result.OK, remote_id=client.write("orders.ship", "/ship", body).text("id"))
            except CallFailed as failure:
                if why_of(failure.code) is not Why.SHIPPED_ELSEWHERE:
                    raise
                # What we read says that nothing was told: reading lags behind writing. Again, when it has caught up.
                return Done(notice.key, Result.RETRY_LATER, None, failure.code, failure.message, now + LAGS)

        return one_by_one(notices, send, why_of)

    def look_up(self, wire: Wire, access: Access, notices: Sequence[Notice], *, now: datetime) -> Sequence[Done]:
        found = self.get(wire, access, list(dict.fromkeys(notice.order_id for notice in notices)), now=now)
        orders = {order.external_id: order for order in found}

        def seen(notice: Notice) -> Done:
            order = orders.get(notice.order_id)
            if isinstance(order, Unreadable):  # never "it did not happen": nobody knows
                return Done(notice.key, Result.UNKNOWN, message=order.reason)
            told = order.numbers if order else ()
            if notice.number in told:
                return Done(notice.key, Result.OK)
            if told:
                return Done(notice.key, Result.REJECTED, Why.SHIPPED_ELSEWHERE, message=told[0])
            return Done(notice.key, Result.RETRY_LATER)  # it did not happen: tell it again

        return [seen(notice) for notice in notices]

    def renumber(self, wire: Wire, access: Access, notices: Sequence[Notice], *, now: datetime) -> Sequence[Done]:
        return [_not_here(notice.key) for notice in notices]  # `can.renumber` is False: never called

    def answer_cancellations(
        self, wire: Wire, access: Access, answers: Sequence[CancelAnswer], *, now: datetime
    ) -> Sequence[Done]:
        return [_not_here(answer.key) for answer in answers]

    def set_stock(self, wire: Wire, access: Access, levels: Sequence[StockLevel], *, now: datetime) -> Sequence[Done]:
        return [_not_here(level.key) for level in levels]

    # -- being told

    def verify(self, app: App, *, url: str, headers: Mapping[str, str], body: bytes) -> bool:
        wanted = hmac.new(app.secret.encode(), body, hashlib.sha256).hexdigest()  # over the raw body, as it came
        return hmac.compare_digest(wanted.encode(), headers.get("x-signature", "").encode())

    def events(self, *, headers: Mapping[str, str], body: bytes) -> Sequence[Event]:
        """A webhook only wakes a pull: nothing else in it is believed."""
        try:
            told = Record(json_value(body))
        except ValueError as problem:
            raise Malformed(f"The webhook is not JSON: {problem}") from None
        order = told.text("order_id")
        kind = EventKind.ORDER if order else EventKind.OTHER
        return (Event(kind, told.text("shop"), (order,) if order else ()),)


def _not_here(key: str) -> Done:
    return Done(key, Result.REJECTED, Why.OTHER, "not_supported", "this marketplace has no such call")
