"""What happens without a request: planned acts come due, and buyers order while the trickle runs."""

import random
import threading
import time
from collections.abc import Sequence
from typing import Any

from entrepot.sandbox.drafts import make_draft
from entrepot.sandbox.store import Order
from entrepot.sandbox.twin import Twin
from entrepot.sandbox.world import World

BEAT_SECONDS = 0.25


def catch_up(world: World, twins: dict[str, Twin]) -> int:
    """Plays every act that is due, each at the instant it was due; how many were played."""
    played = 0
    with world.store.transaction():
        until = world.now_ms
        while (order := world.store.due(until)) is not None and order.due is not None:
            world.clock.at(order.due)
            try:
                for act in world.take_due(order):
                    fresh = world.store.order(order.marketplace, order.id)
                    assert fresh is not None
                    twins[order.marketplace].act(world, fresh, act)
                    played += 1
            finally:
                world.clock.at(None)
    return played


def make_orders(
    world: World, twin: Twin, shop_name: str, count: int, *, seed: int | None = None, kinds: Sequence[str] = ()
) -> list[str]:
    """New orders now; their ids. The same seed gives the same goods and buyers under new ids; without one, each call goes
    on where the last ended.

    Raises:
        ValueError: no such shop or kind.
    """
    shop = next((shop for shop in twin.shops if shop.name == shop_name), None)
    if shop is None:
        raise ValueError(f"There is no shop {shop_name} at {twin.name}.")
    made: list[Order] = []
    with world.store.transaction():
        for n in range(count):
            number = n + 1 if seed is not None else world.store.next(f"draft {twin.name} {shop.name}")
            basis = seed if seed is not None else world.seed
            made.append(twin.open_order(world, shop, make_draft(basis, number, shop.currency, tuple(kinds))))
    return [order.id for order in made]


class Life:
    """A thread: plans that come due, and `per_minute` orders a (real) minute over all shops, drawn from the seed."""

    def __init__(self, world: World, twins: dict[str, Twin]) -> None:
        self._world, self._twins = world, twins
        self._stop = threading.Event()

    @property
    def per_minute(self) -> float:
        return float(self._world.store.setting("trickle", 0))

    def trickle(self, per_minute: float) -> None:
        if not 0 <= per_minute <= 6000:
            raise ValueError("A trickle is 0 to 6000 orders a minute.")
        self._world.store.keep("trickle", per_minute)

    def start(self) -> None:
        threading.Thread(target=self._run, name="life", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def _run(self) -> None:
        owed, before = 0.0, time.monotonic()
        while not self._stop.wait(BEAT_SECONDS):
            now = time.monotonic()
            owed, before = owed + self.per_minute * (now - before) / 60, now
            with self._world.store.transaction():
                catch_up(self._world, self._twins)
                for _ in range(int(owed)):
                    self._one()
            owed -= int(owed)

    def _one(self) -> None:
        number = self._world.store.next("trickle")
        draw = random.Random(f"trickle {self._world.seed} {number}")  # noqa: S311 - made-up orders
        # Buyers come where somebody sees them: to the shops that are connected, or to any while none is.
        connected = [one for one in self._world.tokens.shops() if one[0] in self._twins]
        marketplace, shop = draw.choice(
            connected or [(twin.name, shop.name) for twin in self._twins.values() for shop in twin.shops]
        )
        make_orders(self._world, self._twins[marketplace], shop, 1)


def summary(world: World, twins: dict[str, Twin]) -> dict[str, Any]:
    """How many orders stand in which status, per marketplace."""
    counts: dict[str, Any] = {name: {} for name in twins}
    for marketplace, status, count in world.store.rows(
        "SELECT marketplace, status, count(*) FROM orders GROUP BY marketplace, status ORDER BY marketplace, status"
    ):
        counts.setdefault(marketplace, {})[status] = count
    return counts
