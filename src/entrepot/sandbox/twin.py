"""What a twin is, and what it is given.

How to add a twin of a marketplace called `acme`:

 1. Write `twins/acme.py` with a class that has the members of `Twin` below; split it into `twins/acme_*.py` as it grows.
 2. `name = "acme"`: all its addresses begin with `/acme/`, and `world.apps["acme"]` is our registration there.
 3. `shops`: two `Shop`s, "alpha" and "beta", with the ids and currencies as that marketplace has them.
 4. `hosts(base)`: what connectors get as the app's hosts, e.g. `{"api": base + "/acme/api"}`.
 5. `operation(request)`: which call this is. Use `Routes` when the path says it, your own code when a parameter does.
    Operations that change something say `writes=True`; pages for people say `faultable=False`. None: answered with 404.
 6. `answer(exchange)`: check the signature and the token exactly as the real one does (`exchange.signing_ms` is the time to
    compare with, `exchange.token(text)` the token and its state), then answer. Never raise for a bad request: give the
    marketplace's own error. Everything written to `exchange.world.store` is committed before the answer leaves.
 7. Lists: `exchange.page(span, token, size)`; reads of one order: `exchange.read(order)`. They play the read faults.
 8. `trouble(exchange, fault)`: the marketplace's shape of THROTTLE, OK_ERROR and ERROR_BEFORE/ERROR_AFTER.
 9. `open_order(world, shop, draft)`: the order document of a draft (`drafts.py`), put into the store; plan what happens later
    with `world.plan(order, at_ms, "act")`: the core calls `act` at that instant of the virtual clock.
10. `act(world, order, act)`: what buyers and the platform do by themselves; False when the order's state does not allow it.
    Known to the control page: pay, cancel, ask_cancel, withdraw_cancel, change_address, hold, release, deliver.
11. `plain(world, order)`: the order in the ledger's plain shape (`ledger.py`), from your own document.
12. `revoked(world, shop)`: what the marketplace sends when the seller takes the grant back (tokens are dead already).
13. Webhooks: `world.hooks.queue(name, shop, topic, value, sign=…)` with all headers, signed, from `sign`.
14. Play ENUM_DRIFT and PARTIAL_BATCH where they exist: `Fault.ENUM_DRIFT in exchange.faults`.
15. After each change of an order: `world.save(order)`: it sets `updated` and writes. A refused write: `world.refuse(order)`.
16. Add the class to `registry.py`; add tests beside the others in tests/sandbox that talk real HTTP.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request

from entrepot.sandbox.drafts import Draft
from entrepot.sandbox.faults import Fault
from entrepot.sandbox.paging import Paged, page_of
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.store import Order, Span
from entrepot.sandbox.tokens import Kind, State, Token
from entrepot.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Operation:
    name: str
    writes: bool = False
    faultable: bool = True
    args: Mapping[str, Any] = field(default_factory=dict)  # what the path held


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    type: str = "application/json"


def json_reply(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), headers or {})


def html_reply(text: str, status: int = 200) -> Reply:
    return Reply(status, text.encode(), {}, "text/html; charset=utf-8")


def redirect_reply(url: str) -> Reply:
    return Reply(302, b"", {"Location": url}, "text/html")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request, and what was drawn for it."""

    world: World
    marketplace: str
    request: Request
    operation: Operation
    faults: frozenset[Fault] = frozenset()

    @property
    def args(self) -> Mapping[str, Any]:
        return self.operation.args

    @property
    def signing_ms(self) -> int:
        """The time that signatures and timestamps are checked with."""
        skew = self.world.faults.knob("skew_seconds") if Fault.CLOCK_SKEW in self.faults else 0
        return self.world.signing_ms + int(skew * 1000)

    def token(self, text: str) -> Token:
        """The access token and its state. TOKEN_DEATH ends it here, in the middle of a sync."""
        tokens = self.world.tokens
        token = tokens.look(Kind.ACCESS, self.marketplace, text, now_ms=self.world.now_ms)
        if Fault.TOKEN_DEATH in self.faults and token.state is State.GOOD and token.expires is not None:
            tokens.expire(token)
            return tokens.look(Kind.ACCESS, self.marketplace, text, now_ms=self.world.now_ms)
        return token

    def page(self, shop: Shop, span: Span, token: str, size: int) -> Paged:
        """A page of the shop's orders.

        Raises:
            BadPageToken: the token is not one of ours.
        """
        return page_of(self.world, self.faults, self.marketplace, shop.name, span, token, size)

    def read(self, order: Order) -> Order:
        """The order as a read shows it: with STALE_READ the version before."""
        return self.world.store.version_before(order) if Fault.STALE_READ in self.faults else order


class Routes:
    """Paths to operations: `Routes({("POST", "/acme/api/orders/<order_id>"): ("get_order", False)})`."""

    def __init__(self, table: Mapping[tuple[str, str], tuple[str, bool]], *, unfaulted: Sequence[str] = ()) -> None:
        self._unfaulted = frozenset(unfaulted)
        self._writes = dict(table.values())
        self._map = Map(
            [Rule(path, methods=[method], endpoint=name) for (method, path), (name, _) in table.items()],
            strict_slashes=False, merge_slashes=False,
        )  # fmt: skip

    def match(self, request: Request) -> Operation | None:
        try:
            name, args = self._map.bind("sandbox").match(request.path, method=request.method)
        except HTTPException:
            return None
        return Operation(name, self._writes[name], name not in self._unfaulted, args)


class Twin(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def shops(self) -> Sequence[Shop]: ...

    def hosts(self, base: str) -> Mapping[str, str]: ...

    def operation(self, request: Request) -> Operation | None: ...

    def answer(self, exchange: Exchange) -> Reply: ...

    def trouble(self, exchange: Exchange, fault: Fault) -> Reply: ...

    def open_order(self, world: World, shop: Shop, draft: Draft) -> Order: ...

    def act(self, world: World, order: Order, act: str) -> bool: ...

    def plain(self, world: World, order: Order) -> dict[str, Any]: ...

    def revoked(self, world: World, shop: Shop) -> None: ...


@runtime_checkable
class Foretelling(Protocol):
    """A twin whose marketplace tells us that a seller's authorization ends soon."""

    def expiring(self, world: World, shop: Shop) -> None: ...
