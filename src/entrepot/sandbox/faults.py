"""What goes wrong, drawn from a seed: the same seed and the same requests give the same faults."""

import random
from enum import StrEnum
from typing import Any

from entrepot.sandbox.store import Store


class Fault(StrEnum):
    # played by the server
    THROTTLE = "throttle"  # refused for too many calls, in the marketplace's own shape
    OK_ERROR = "ok_error"  # HTTP 200 that is an error (their 500 said politely)
    ERROR_BEFORE = "error_before"  # HTTP 500, nothing was done
    GATEWAY = "gateway"  # HTTP 502 with an HTML page from something in between, nothing was done
    DROP_BEFORE = "drop_before"  # the connection is dropped, nothing was done
    ERROR_AFTER = "error_after"  # HTTP 500, yet it was done
    DROP_AFTER = "drop_after"  # the connection is dropped, yet it was done
    TIMEOUT_AFTER = "timeout_after"  # it was done, and the answer does not come (`hang_seconds`)
    CLOCK_SKEW = "clock_skew"  # this request is checked by a clock that is `skew_seconds` off
    TOKEN_DEATH = "token_death"  # noqa: S105 - the access token expires with this request
    # played in lists and reads
    DUPLICATE_PAGE = "duplicate_page"  # the same page once more
    ENDLESS_PAGE = "endless_page"  # a page token that never ends
    ORDERS_MOVE = "orders_move"  # an order of a later page changes while the pages are read
    STALE_READ = "stale_read"  # a read shows the version before; a list lacks the last `lag_seconds`
    # played by the twin
    ENUM_DRIFT = "enum_drift"  # another spelling, or a value that no documentation knows
    PARTIAL_BATCH = "partial_batch"  # some items of a batch fail in an answer that says success
    # played by the webhooks
    WEBHOOK_LOST = "webhook_lost"
    WEBHOOK_DUPLICATE = "webhook_duplicate"
    WEBHOOK_LATE = "webhook_late"  # after the ones that came later
    WEBHOOK_BAD_SIGNATURE = "webhook_bad_signature"
    WEBHOOK_RESERIALISED = "webhook_reserialised"  # the body was rewritten in between: its signature no longer fits


WRITES_ONLY = frozenset({Fault.ERROR_AFTER, Fault.DROP_AFTER, Fault.TIMEOUT_AFTER, Fault.PARTIAL_BATCH})
READS_ONLY = frozenset(
    {Fault.DUPLICATE_PAGE, Fault.ENDLESS_PAGE, Fault.ORDERS_MOVE, Fault.STALE_READ, Fault.ENUM_DRIFT}
)
WEBHOOK = frozenset(fault for fault in Fault if fault.startswith("webhook_"))
EVERYWHERE = "*"


class Faults:
    """Rates stand in the store under (marketplace or "*", fault); a marketplace's own rate beats that of "*"."""

    def __init__(self, store: Store, seed: int) -> None:
        self._store = store
        self._seed = seed

    def rates(self) -> dict[str, dict[str, float]]:
        """{marketplace or "*": {fault: rate}}, those that are on."""
        kept: dict[str, dict[str, float]] = self._store.setting("faults", {})
        return kept

    def turn(self, marketplace: str, fault: Fault, rate: float, on: bool) -> None:
        if not 0 <= rate <= 1:
            raise ValueError("A rate is between 0 and 1.")
        rates = self.rates()
        of_it = rates.setdefault(marketplace, {})
        of_it.pop(fault.value, None)
        if on:
            of_it[fault.value] = rate
        self._store.keep("faults", rates)

    def clear(self) -> None:
        self._store.keep("faults", {})

    def at_random(self, seed: int) -> None:
        """A schedule drawn from `seed`: five to nine faults everywhere, each at 1 to 12 %. Replaces what was on.
        Never the endless page token: it only ends when the reader gives up, so it is turned on by name."""
        draw = random.Random(f"schedule {seed}")  # noqa: S311 - a test schedule, not a secret
        choice = draw.sample([fault for fault in Fault if fault is not Fault.ENDLESS_PAGE], draw.randint(5, 9))
        self._seed = seed
        self._store.keep("faults", {EVERYWHERE: {fault.value: round(draw.uniform(0.01, 0.12), 3) for fault in choice}})
        self._store.keep("faults_seed", seed)

    def draw(self, marketplace: str, operation: str, *, writes: bool = False) -> frozenset[Fault]:
        """What goes wrong with this call. Draws are numbered per marketplace and operation."""
        rates = self.rates()
        of_it = {**rates.get(EVERYWHERE, {}), **rates.get(marketplace, {})}
        if not of_it:
            return frozenset()
        fit = _fitting(operation, writes)
        number = self._store.next(f"draw {marketplace} {operation}")
        seed = self._store.setting("faults_seed", self._seed)
        drawn = set()
        for name, rate in sorted(of_it.items()):
            draw = random.Random(f"{seed} {marketplace} {operation} {number} {name}")  # noqa: S311
            if Fault(name) in fit and draw.random() < rate:
                drawn.add(Fault(name))
        return frozenset(drawn)

    def knob(self, name: str) -> float:
        """`hang_seconds` (real), `skew_seconds`, `lag_seconds` (virtual), `late_seconds` (real)."""
        return float(self.knobs()[name])

    def knobs(self) -> dict[str, Any]:
        return {**KNOBS, **self._store.setting("knobs", {})}

    def set_knob(self, name: str, value: float) -> None:
        if name not in KNOBS:
            raise ValueError(f"There is no knob {name}; there are {', '.join(KNOBS)}.")
        self._store.keep("knobs", {**self._store.setting("knobs", {}), name: value})


KNOBS: dict[str, float] = {"hang_seconds": 60, "skew_seconds": 600, "lag_seconds": 60, "late_seconds": 3}


def _fitting(operation: str, writes: bool) -> frozenset[Fault]:
    if operation == "webhook":
        return WEBHOOK
    return frozenset(Fault) - WEBHOOK - (READS_ONLY if writes else WRITES_ONLY)
