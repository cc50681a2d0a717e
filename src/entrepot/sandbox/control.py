"""The control API: what people, tests and the demo do to the sandbox. JSON, no sign-in, this machine only."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from werkzeug.wrappers import Request

from entrepot.sandbox.control_page import page
from entrepot.sandbox.drafts import KINDS
from entrepot.sandbox.faults import Fault
from entrepot.sandbox.ledger import entry, iso, ledger
from entrepot.sandbox.life import Life, catch_up, make_orders, summary
from entrepot.sandbox.offers import offers
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.tokens import Kind, State
from entrepot.sandbox.twin import Foretelling, Reply, Twin, html_reply, json_reply
from entrepot.sandbox.world import World

Given = dict[str, Any]
MOST_ORDERS = 100_000  # made by one call


class Asked(Exception):
    """What was asked cannot be done; the message is a sentence."""


class Control:
    def __init__(self, world: World, twins: dict[str, Twin], life: Life) -> None:
        self._world, self._twins, self._life = world, twins, life
        self._table: dict[tuple[str, str], Callable[[Given], Any]] = {
            ("GET", "state"): self.state, ("GET", "apps"): self.apps, ("POST", "apps"): self.set_app,
            ("POST", "clock"): self.clock, ("POST", "orders"): self.orders, ("POST", "trickle"): self.trickle,
            ("GET", "faults"): self.faults, ("POST", "faults"): self.set_faults, ("POST", "act"): self.act,
            ("POST", "webhooks"): self.webhooks, ("GET", "webhooks"): self.deliveries, ("POST", "tokens"): self.tokens,
            ("GET", "ledger"): self.ledger, ("GET", "order"): self.order, ("GET", "stock"): self.stock,
        }  # fmt: skip

    def answer(self, request: Request) -> Reply:
        if request.path == "/" and request.method == "GET":
            recent = ledger(self._world, self._twins, "", None, limit=30, newest=True)
            language = request.args.get("lang") or request.accept_languages.best_match(["en", "zh"], "en")
            return html_reply(page(self.state({}), recent, [fault.value for fault in Fault], list(KINDS), language))
        parts = request.path.strip("/").split("/")
        verb = self._table.get((request.method, parts[1])) if len(parts) == 2 and parts[0] == "control" else None
        if verb is None:
            return json_reply({"error": f"There is no {request.method} {request.path}."}, 404)
        if request.headers.get("Origin") not in (None, self._world.base):
            return json_reply({"error": "Only this page and programs of this machine may do that."}, 403)
        try:
            given = json.loads(request.get_data() or b"{}") if request.method == "POST" else request.args.to_dict()
            if not isinstance(given, dict):
                raise Asked("The body must be a JSON object.")
            return json_reply(verb(given))
        except KeyError as error:
            return json_reply({"error": f"{error.args[0]} is missing."}, 400)
        except (Asked, ValueError, TypeError) as error:
            return json_reply({"error": str(error)}, 400)

    # -- reading

    def state(self, given: Given) -> Given:
        world = self._world
        calls, played = _counted(world, "calls"), _counted(world, "played")
        return {
            "clock": {"now": iso(world.now_ms), "now_ms": world.now_ms, "running": world.clock.running,
                      "signatures": world.store.setting("signatures", "virtual")},
            "seed": world.seed, "base": world.base, "trickle_per_minute": self._life.per_minute,
            "shops": {name: [shop.name for shop in twin.shops] for name, twin in self._twins.items()},
            "orders": summary(world, self._twins), "faults": world.faults.rates(), "knobs": world.faults.knobs(),
            "webhooks": world.hooks.urls(), "calls": calls, "faults_played": played,
        }  # fmt: skip

    def apps(self, given: Given) -> Given:
        return {
            name: {
                "key": self._world.apps[name].key,
                "secret": self._world.apps[name].secret,
                "hosts": dict(twin.hosts(self._world.base)),
                "carriers": dict(getattr(twin, "carriers", {})),
                "shops": [
                    {"name": shop.name, "id": shop.id, "currency": shop.currency, "country": shop.country, **shop.extra}
                    for shop in twin.shops
                ],
            }
            for name, twin in self._twins.items()
        }

    def ledger(self, given: Given) -> list[Given]:
        after = given.get("after", "")
        return ledger(self._world, self._twins, given.get("marketplace", ""), _ms(after) if after else None)

    def order(self, given: Given) -> Given:
        """One order with the twin's own document."""
        twin, order = self._found(given)
        return {**entry(self._world, twin, order), "document": order.doc}

    def stock(self, given: Given) -> Given:
        """{"marketplace", "shop"} -> SKU -> place -> pieces, of what the seller set."""
        return dict(offers(self._world, self._twin(given), self._shop(given)))

    def faults(self, given: Given) -> Given:
        return {
            "rates": self._world.faults.rates(),
            "knobs": self._world.faults.knobs(),
            "known": [fault.value for fault in Fault],
            "played": _counted(self._world, "played"),
        }

    def deliveries(self, given: Given) -> Given:
        return {"urls": self._world.hooks.urls(), "deliveries": self._world.hooks.log(int(given.get("limit", 50)))}

    # -- doing

    def set_app(self, given: Given) -> Given:
        """{"marketplace", "redirect_uri"}: where a marketplace that keeps the address with the app sends sellers back."""
        name = self._twin(given).name
        self._world.store.keep(f"redirect {name}", str(given["redirect_uri"]))
        return {"redirect_uri": self._world.store.setting(f"redirect {name}")}

    def clock(self, given: Given) -> Given:
        """{"action": run|pause|jump, "seconds"}, {"signatures": "virtual"|"real"}."""
        clock, action = self._world.clock, given.get("action")
        if "signatures" in given:
            if given["signatures"] not in ("virtual", "real"):
                raise Asked("Signatures are compared with the virtual or the real clock.")
            self._world.store.keep("signatures", given["signatures"])
        elif action == "run":
            clock.run()
        elif action == "pause":
            clock.pause()
        elif action == "jump":
            clock.jump(float(given["seconds"]))
        else:
            raise Asked("The action is run, pause or jump.")
        played = catch_up(self._world, self._twins)
        return {**self.state({})["clock"], "played": played}

    def orders(self, given: Given) -> Given:
        count = int(given.get("count", 1))
        if not 1 <= count <= MOST_ORDERS:
            raise Asked(f"Between 1 and {MOST_ORDERS} orders are made at once.")
        seed = given.get("seed")
        ids = make_orders(
            self._world, self._twin(given), self._shop(given).name, count,
            seed=None if seed is None else int(seed), kinds=tuple(given.get("kinds", ())),
        )  # fmt: skip
        return {"order_ids": ids}

    def trickle(self, given: Given) -> Given:
        self._life.trickle(float(given["per_minute"]))
        return {"per_minute": self._life.per_minute}

    def set_faults(self, given: Given) -> Given:
        """{"marketplace", "fault", "rate", "on"}, {"random": seed}, {"clear": true} or {"knob", "value"}."""
        faults = self._world.faults
        if "random" in given:
            faults.at_random(int(given["random"]))
        elif given.get("clear"):
            faults.clear()
        elif "knob" in given:
            faults.set_knob(given["knob"], float(given["value"]))
        else:
            marketplace = given.get("marketplace", "*")
            if marketplace != "*" and marketplace not in self._twins:
                raise Asked(f"There is no marketplace {marketplace}.")
            faults.turn(marketplace, Fault(given["fault"]), float(given.get("rate", 1)), bool(given.get("on", True)))
        return self.faults({})

    def act(self, given: Given) -> Given:
        """{"order_id", "act", "marketplace"}: the marketplace may be left out where one has such an order."""
        twin, order = self._found(given)
        if not twin.act(self._world, order, str(given["act"])):
            raise Asked(f"An order that is {order.status} does not do {given['act']}.")
        fresh = self._world.store.order(twin.name, order.id)
        assert fresh is not None
        return entry(self._world, twin, fresh)

    def webhooks(self, given: Given) -> Given:
        self._world.hooks.send_to(self._twin(given).name, str(given["url"]))
        return {"urls": self._world.hooks.urls()}

    def tokens(self, given: Given) -> Given:
        """{"act": expire (the access token) | revoke (everything; the marketplace tells us) | expiring (it tells us that
        the authorization ends soon, where it does that)}."""
        twin, shop, act = self._twin(given), self._shop(given), given["act"]
        if act == "expire":
            return {"ended": self._world.tokens.end(twin.name, shop.name, (Kind.ACCESS,), State.EXPIRED)}
        if act == "revoke":
            ended = self._world.tokens.end(twin.name, shop.name, (Kind.ACCESS, Kind.REFRESH, Kind.CODE), State.REVOKED)
            twin.revoked(self._world, shop)
            return {"ended": ended}
        if act == "expiring" and isinstance(twin, Foretelling):
            twin.expiring(self._world, shop)
            return {"ended": 0}
        raise Asked(
            f"Tokens of {twin.name} do not do {act}: expire, revoke, or expiring where the marketplace tells that."
        )

    # -- finding

    def _twin(self, given: Given) -> Twin:
        if given["marketplace"] not in self._twins:
            raise Asked(f"There is no marketplace {given['marketplace']}; there are {', '.join(self._twins)}.")
        return self._twins[given["marketplace"]]

    def _shop(self, given: Given) -> Shop:
        shop = next((shop for shop in self._twin(given).shops if shop.name == given["shop"]), None)
        if shop is None:
            raise Asked(f"There is no shop {given['shop']} at {given['marketplace']}.")
        return shop

    def _found(self, given: Given) -> tuple[Twin, Any]:
        number = str(given["order_id"])
        twins = [self._twin(given)] if given.get("marketplace") else list(self._twins.values())
        found = [(twin, order) for twin in twins if (order := self._world.store.order(twin.name, number)) is not None]
        if not found:
            raise Asked(f"There is no order {number}" + (f" at {twins[0].name}." if len(twins) == 1 else "."))
        if len(found) > 1:
            raise Asked(f"{' and '.join(twin.name for twin, _ in found)} have an order {number}: name the marketplace.")
        return found[0]


def _ms(text: str) -> int:
    """An ISO instant or milliseconds."""
    return int(text) if text.isdigit() else int(datetime.fromisoformat(text).timestamp() * 1000)


def _counted(world: World, what: str) -> dict[str, int]:
    rows = world.store.rows("SELECT name, value FROM numbers WHERE name LIKE ? ORDER BY name", (f"{what} %",))
    return {name.removeprefix(f"{what} "): value for name, value in rows}
