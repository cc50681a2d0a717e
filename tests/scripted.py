"""A marketplace in memory, scripted by a test: what it holds, what it answers, what goes wrong and when."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.cast import SENDER, World, draft

from entrepot.connections import grants, pulls
from entrepot.connections.stores import create_store
from entrepot.marketplaces import registry
from entrepot.marketplaces.adapter import Marketplace
from entrepot.marketplaces.contract import (
    Access,
    Answer,
    App,
    AuthForm,
    Bucket,
    CallFailed,
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
    Trouble,
    Unreadable,
    Why,
    Window,
    Wire,
)
from entrepot.marketplaces.policy import Policy

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
APP = App("key", "secret")
CAN = Capabilities(
    auth=AuthForm.OAUTH, window_most=timedelta(days=15), lag=timedelta(0), overlap=timedelta(minutes=5), page_most=2,
    get_most=50, ship=ShipBy.PIECE, parcels_per_order=0, notices_per_call=1, renumber=True, cancel_answers=True,
    stock=True, webhooks=True,
)  # fmt: skip


@dataclass
class Scripted:
    """Orders by number, in the order of their versions; `before` is called ahead of each call with its name."""

    orders: dict[str, OrderDraft | Unreadable] = field(default_factory=dict)
    changed: dict[str, datetime] = field(default_factory=dict)
    numbers: dict[str, list[str]] = field(default_factory=dict)  # order -> accepted tracking numbers
    calls: list[str] = field(default_factory=list)
    before: Callable[[str], None] = lambda _name: None
    page_size: int = 2
    token: str = "token-1"
    refreshes: int = 0
    name: str = "scripted"
    can: Capabilities = CAN
    buckets: Mapping[str, Bucket] = field(default_factory=lambda: {"": Bucket(1000, 1000)})

    # -- what the test does at the marketplace

    def put(self, number: str, changed: datetime, **changes: Any) -> None:
        self.orders[number] = replace(draft(number), updated_at=changed, **changes)
        self.changed[number] = changed

    def put_broken(self, number: str, changed: datetime) -> None:
        self.orders[number] = Unreadable(number, "total: “abc” is no amount", {"id": number, "total": "abc"})
        self.changed[number] = changed

    # -- the contract

    def _call(self, name: str, access: Access) -> None:
        self.calls.append(name)
        self.before(name)
        if access.grant.access_token != self.token:
            raise CallFailed(Trouble.AUTH_EXPIRED, "the token is old")

    def authorize_url(self, app: App, *, state: str, back_to: str) -> str:
        return f"https://scripted.example/allow?state={state}&back={back_to}"

    def exchange(self, wire: Wire, app: App, answer: Mapping[str, str], *, back_to: str, now: datetime) -> list[Grant]:
        if answer.get("code") != "good":
            raise CallFailed(Trouble.AUTH_REVOKED, "the code is not good")
        return [Grant("shop-1", self.token, "refresh-1", now + timedelta(hours=1))]

    def refresh(self, wire: Wire, access: Access, *, now: datetime) -> Grant:
        self.calls.append("refresh")
        self.before("refresh")
        if access.grant.refresh_token != f"refresh-{self.refreshes + 1}":
            raise CallFailed(Trouble.AUTH_REVOKED, "this refresh token was used already")
        self.refreshes += 1
        return Grant("shop-1", self.token, f"refresh-{self.refreshes + 1}", now + timedelta(hours=1))

    def pull(self, wire: Wire, access: Access, window: Window, *, now: datetime) -> Page:
        self._call("pull", access)
        inside = sorted(n for n, at in self.changed.items() if window.since <= at < window.until)
        start = int(window.page or 0)
        following = start + self.page_size
        more = str(following) if following < len(inside) else ""
        return Page(tuple(self.orders[n] for n in inside[start:following]), more)

    def get(self, wire: Wire, access: Access, order_ids: Sequence[str], *, now: datetime) -> list[Any]:
        self._call("get", access)
        return [self.orders[n] for n in order_ids if n in self.orders]

    def ship(self, wire: Wire, access: Access, notices: Sequence[Notice], *, now: datetime) -> list[Done]:
        found = []
        self._call("ship", access)
        for notice in notices:
            have = self.numbers.setdefault(notice.order_id, [])
            if notice.number in have:
                found.append(Done(notice.key, Result.ALREADY_DONE))
            elif have and notice.whole:
                found.append(Done(notice.key, Result.REJECTED, Why.SHIPPED_ELSEWHERE, "E9", f"has {have[0]}"))
            else:
                have.append(notice.number)
                found.append(Done(notice.key, Result.OK))
        self.before("shipped")  # the write is done; what happens now happens to the answer
        return found

    def look_up(self, wire: Wire, access: Access, notices: Sequence[Notice], *, now: datetime) -> list[Done]:
        self._call("look_up", access)
        return [
            Done(n.key, Result.OK if n.number in self.numbers.get(n.order_id, []) else Result.RETRY_LATER)
            for n in notices
        ]

    def renumber(self, wire: Wire, access: Access, notices: Sequence[Notice], *, now: datetime) -> list[Done]:
        self._call("renumber", access)
        for notice in notices:
            have = self.numbers[notice.order_id]
            have[have.index(notice.replaces)] = notice.number
        return [Done(n.key, Result.OK) for n in notices]

    def answer_cancellations(self, wire: Wire, access: Access, answers: Sequence[Any], *, now: datetime) -> list[Done]:
        self._call("answer_cancellations", access)
        return [Done(a.key, Result.OK) for a in answers]

    def set_stock(self, wire: Wire, access: Access, levels: Sequence[Any], *, now: datetime) -> list[Done]:
        self._call("set_stock", access)
        return [Done(level.key, Result.OK) for level in levels]

    def verify(self, app: App, *, url: str, headers: Mapping[str, str], body: bytes) -> bool:
        return headers.get("x-signature") == app.secret

    def events(self, *, headers: Mapping[str, str], body: bytes) -> list[Event]:
        account, order = body.decode().split()
        return [Event(EventKind.ORDER, account, (order,))]


class NoWire:
    """The scripted marketplace needs none."""

    def send(self, request: Request) -> Answer:
        raise AssertionError(request.operation)


POLICY = Policy("scripted")


def play(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    """The registry holds a scripted marketplace for the length of a test."""
    marketplace = Scripted()
    adapters = {**registry._adapters(), "scripted": Marketplace("scripted", "Scripted", POLICY, lambda: marketplace)}
    monkeypatch.setattr(registry, "_adapters", lambda: adapters)
    registry.connector_of.cache_clear()
    yield marketplace
    registry.connector_of.cache_clear()


def connect(world: World, name: str = "Scripted store", at: datetime = AT, marketplace: str = "scripted") -> int:
    """A store of the scripted marketplace (or of another that nobody calls), authorized."""
    with world.scope():
        store = create_store(
            organization_id=world.organization_id, name=name, marketplace=marketplace, currency="USD", time_zone="UTC",
            actor=world.actor, at=at, sender=SENDER, default_service_id=world.service(),
        )  # fmt: skip
        grant = Grant("shop-1", "token-1", "refresh-1", at + timedelta(hours=1))
        grants.keep_grant(world.organization_id, store.id, APP, grant, at)
        pulls.start(world.organization_id, store.id, at)
    return store.id
