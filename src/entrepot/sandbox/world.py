"""What every twin stands in: store, clock, faults, tokens, webhooks, and what was planned for later."""

from dataclasses import dataclass

from entrepot.sandbox.clock import Clock, real_ms
from entrepot.sandbox.faults import Faults
from entrepot.sandbox.shops import App
from entrepot.sandbox.store import Order, Store
from entrepot.sandbox.tokens import Tokens
from entrepot.sandbox.webhooks import Hooks


@dataclass(slots=True)
class World:
    seed: int
    base: str  # http://127.0.0.1:port
    store: Store
    clock: Clock
    faults: Faults
    tokens: Tokens
    hooks: Hooks
    apps: dict[str, App]

    @property
    def now_ms(self) -> int:
        """Virtual milliseconds since 1970 UTC."""
        return self.clock.ms()

    @property
    def signing_ms(self) -> int:
        """What request timestamps are compared with: the virtual clock, or the machine's where that was asked for."""
        return real_ms() if self.store.setting("signatures", "virtual") == "real" else self.clock.ms()

    def save(self, order: Order) -> None:
        """Write an order that changed: its update time is now, and never goes back."""
        order.updated = max(self.now_ms, order.updated)
        self._write(order)

    def refuse(self, order: Order) -> None:
        """A write about this order was refused. Nothing else of it changes."""
        order.rejected += 1
        self.store.rows(
            "UPDATE orders SET rejected = rejected + 1 WHERE marketplace = ? AND id = ?", (order.marketplace, order.id)
        )

    def plan(self, order: Order, at_ms: int, act: str) -> None:
        """`Twin.act(order, act)` at that instant. Kept with the next `save`."""
        order.doc["agenda"] = sorted([*order.doc.get("agenda", []), [at_ms, act]])

    def unplan(self, order: Order, *acts: str) -> None:
        order.doc["agenda"] = [entry for entry in order.doc.get("agenda", []) if entry[1] not in acts]

    def take_due(self, order: Order) -> list[str]:
        """The acts that are due, taken off the plan."""
        agenda = order.doc.get("agenda", [])
        due = [act for at, act in agenda if at <= self.now_ms]
        order.doc["agenda"] = [entry for entry in agenda if entry[0] > self.now_ms]
        self._write(order)
        return due

    def _write(self, order: Order) -> None:
        agenda = order.doc.get("agenda", [])
        order.due = agenda[0][0] if agenda else None
        self.store.put(order)
