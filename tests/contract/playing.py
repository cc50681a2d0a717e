"""The sandbox as a process of its own, and the desk's side of it: one authorized shop, a wire, the virtual time."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx
from tests.contract.wires import DirectWire

from entrepot.marketplaces.contract import (
    Access,
    App,
    AuthForm,
    Connector,
    Grant,
    Notice,
    NoticeLine,
    OrderDraft,
    Page,
    Result,
    Unreadable,
    Window,
)
from entrepot.marketplaces.registry import connector_of

SECOND = timedelta(seconds=1)
BACK_TO = "http://127.0.0.1:9/back"  # nobody answers there: the redirect is read, not followed


@dataclass(frozen=True)
class Facts:
    """What a scenario must know of a marketplace, and cannot ask its connector."""

    name: str
    carrier: str  # a carrier code that is accepted there
    # What `App.extra` holds beside key, secret and hosts: a value for each of `can.asks`. {shop} is the shop's name.
    app_extra: Mapping[str, str] = field(default_factory=dict)
    # `AuthForm.KEYS` only: what the form of a connection hands to `exchange`. {shop} is the shop's name.
    form: Mapping[str, str] = field(default_factory=dict)
    refusal: str = ""  # a reason code of a refused cancellation, where `can.cancel_answers`
    absent_id: str = "999999999999999999"  # looks like an order number of theirs, and is none
    signs_time: bool = True  # requests carry a time that is checked; False for a plain bearer token
    id_fields: tuple[str, ...] = ("id",)  # of an order on the wire
    agreed_is_cancelled: bool = True  # a wish to cancel that we grant ends the order over there by itself
    # Their refusal "it was shipped already", of an order that reads as not shipped: reading lags behind writing. True
    # when `ship` answers RETRY_LATER then; with False the scenario accepts a rejection, and is skipped.
    waits_out_lag: bool = False
    again: Result = Result.ALREADY_DONE  # the same notice once more; OK where their own handle makes it one


@dataclass
class Played:
    """A running sandbox."""

    base: str
    http: httpx.Client

    def control(self, verb: str, **value: Any) -> Any:
        """POST with values, GET without."""
        url = f"{self.base}/control/{verb}"
        reply = self.http.post(url, json=value) if value else self.http.get(url)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.control("state")["clock"]["now_ms"] / 1000, UTC)

    def jump(self, seconds: float) -> None:
        self.control("clock", action="jump", seconds=seconds)

    def entry(self, marketplace: str, order_id: str) -> Any:
        reply = self.http.get(f"{self.base}/control/order", params={"marketplace": marketplace, "order_id": order_id})
        assert reply.status_code == 200, reply.text
        return reply.json()

    @contextmanager
    def fault(self, marketplace: str, *names: str) -> Iterator[None]:
        """Every call that fits meets them."""
        for name in names:
            self.control("faults", marketplace=marketplace, fault=name, rate=1, on=True)
        try:
            yield
        finally:
            for name in names:
                self.control("faults", marketplace=marketplace, fault=name, on=False)


@contextmanager
def sandbox(home: Path) -> Iterator[Played]:
    """A process of its own on a free port, with its clock standing still."""
    command = [sys.executable, "-m", "entrepot.sandbox", "--home", str(home), "--port", "0", "--seed", "7"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            assert found, f"The sandbox did not start: {line!r}"
            with httpx.Client(timeout=30, trust_env=False) as http:
                played = Played(found[0], http)
                played.control("clock", action="pause")
                yield played
        finally:
            process.terminate()
            process.wait(timeout=10)


class Desk:
    """Our side of one shop."""

    def __init__(self, played: Played, facts: Facts, shop: str = "alpha") -> None:
        self.played, self.facts, self.shop = played, facts, shop
        self.connector: Connector = _installed(facts.name)
        self.wire = DirectWire()
        apps = played.control("apps")
        assert facts.name in apps, (
            f"No twin plays {facts.name}: see entrepot/sandbox/twin.py, and name it in registry.py there"
        )
        told = apps[facts.name]
        extra = {name: value.format(shop=shop) for name, value in facts.app_extra.items()}
        self.app = App(told["key"], told["secret"], told["hosts"], extra)
        self.shop_facts = next(one for one in told["shops"] if one["name"] == shop)
        self.access: Access

    # -- consent

    def ask(self, decision: str) -> Mapping[str, str]:
        """What comes back after the seller chose the shop and pressed a button on the marketplace's own page; of keys,
        what the form holds."""
        if self.connector.can.auth is AuthForm.KEYS:
            return {name: value.format(shop=self.shop) for name, value in self.facts.form.items()}
        url = self.connector.authorize_url(self.app, state="st4te", back_to=BACK_TO)
        page = self.played.http.get(url)
        assert page.status_code == 200, page.text
        assert 'name="decision"' in page.text
        reply = self.played.http.post(url, data={"shop": self.shop, "decision": decision})
        assert reply.status_code in (302, 303), reply.text
        back = urljoin(url, reply.headers["location"])
        assert back.startswith(BACK_TO)
        return dict(parse_qsl(urlsplit(back).query))

    def exchange(self, answer: Mapping[str, str]) -> Sequence[Grant]:
        return self.connector.exchange(self.wire, self.app, answer, back_to=BACK_TO, now=self.now)

    def authorize(self) -> "Desk":
        grants = self.exchange(self.ask("allow"))
        self.access = Access(self.app, grants[0])
        return self

    def refresh(self) -> None:
        self.access = Access(self.app, self.connector.refresh(self.wire, self.access, now=self.now))

    # -- orders

    @property
    def now(self) -> datetime:
        return self.played.now()

    @property
    def until(self) -> datetime:
        """How far a listing may look now."""
        return self.now - self.connector.can.lag

    def settle(self) -> None:
        """Waits until what happened can be listed."""
        self.played.jump(self.connector.can.lag.total_seconds() + 120)

    def glance(self) -> list[OrderDraft | Unreadable]:
        """The last minute that may be listed."""
        return self.pull(self.until - 60 * SECOND, self.until)

    def stay_authorized(self) -> None:
        if self.access.grant.expires_at and self.access.grant.expires_at < self.now + timedelta(minutes=40):
            self.refresh()

    def make(self, count: int = 1, *kinds: str) -> list[str]:
        value: dict[str, Any] = {"marketplace": self.facts.name, "shop": self.shop, "count": count}
        made: list[str] = self.played.control("orders", **value, **({"kinds": kinds} if kinds else {}))["order_ids"]
        return made

    def act(self, order_id: str, act: str) -> Any:
        return self.played.control("act", marketplace=self.facts.name, order_id=order_id, act=act)

    def entry(self, order_id: str) -> Any:
        return self.played.entry(self.facts.name, order_id)

    def ledger(self) -> dict[str, Any]:
        reply = self.played.http.get(f"{self.played.base}/control/ledger", params={"marketplace": self.facts.name})
        return {one["order_id"]: one for one in reply.json() if one["shop"] == self.shop}

    def pages(self, since: datetime, until: datetime, most: int = 60) -> Iterator[Page]:
        """A window page by page, as the house pages: at most `most` pages."""
        page = ""
        for _ in range(most):
            found = self.connector.pull(self.wire, self.access, Window(since, until, page), now=self.now)
            yield found
            page = found.next_page
            if not page:
                return
        raise AssertionError(f"A window did not end within {most} pages")

    def pull(self, since: datetime, until: datetime) -> list[OrderDraft | Unreadable]:
        return [order for page in self.pages(since, until) for order in page.orders]

    def get(self, *order_ids: str) -> list[OrderDraft]:
        found = self.connector.get(self.wire, self.access, order_ids, now=self.now)
        assert all(isinstance(order, OrderDraft) for order in found), found
        return [order for order in found if isinstance(order, OrderDraft)]

    # -- telling

    def notice(self, order: OrderDraft, number: str, lines: Mapping[str, int] | None = None, **rest: Any) -> Notice:
        wanted = (
            lines if lines is not None else {line.external_id: line.quantity - line.cancelled for line in order.lines}
        )
        return Notice(
            key=rest.pop("key", f"{order.external_id}-{number}"),
            order_id=order.external_id,
            lines=tuple(NoticeLine(line, quantity) for line, quantity in wanted.items()),
            whole=lines is None,
            number=number,
            carrier=self.facts.carrier,
            carrier_name="YunExpress",
            shipped_at=self.now,
            handles=order.handles,
            **rest,
        )

    def ship(self, *notices: Notice) -> Any:
        return self.connector.ship(self.wire, self.access, notices, now=self.now)

    def look_up(self, *notices: Notice) -> Any:
        return self.connector.look_up(self.wire, self.access, notices, now=self.now)

    def close(self) -> None:
        self.wire.close()


def _installed(name: str) -> Connector:
    try:
        return connector_of(name)
    except KeyError:
        raise AssertionError(
            f"No entry point names {name}: one line in pyproject.toml, then `make setup-dev`"
        ) from None


def spoiled(content: bytes, order_id: str, id_fields: tuple[str, ...]) -> bytes:
    """An answer in which everything of one order but its id has turned into something that nobody can read."""

    def walk(value: Any) -> Any:
        if isinstance(value, list):
            return [walk(one) for one in value]
        if not isinstance(value, dict):
            return value
        if len(value) > 6 and any(str(value.get(name)) == order_id for name in id_fields):
            return {name: kept if name in id_fields else {"spoiled": True} for name, kept in value.items()}
        return {name: walk(one) for name, one in value.items()}

    return json.dumps(walk(json.loads(content))).encode()
