"""Amazon's usage plans: one token bucket per operation and seller, filled by the virtual clock.

The numbers are those of the models' own usage plan tables. Buckets live in memory: a restart refills them.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Plan:
    """`per_second` calls sustained, `burst` at once."""

    per_second: float
    burst: int


PLANS = {
    "searchOrders": Plan(0.0056, 20),
    "getOrder": Plan(0.5, 30),
    "confirmShipment": Plan(2, 10),
    "createFeedDocument": Plan(0.5, 15),
    "createFeed": Plan(0.0083, 15),
    "getFeeds": Plan(0.0222, 10),
    "getFeed": Plan(2, 15),
    "getFeedDocument": Plan(0.0222, 10),
    "getListingsItem": Plan(5, 10),
    "patchListingsItem": Plan(5, 5),
    "createRestrictedDataToken": Plan(1, 10),
}


@dataclass(slots=True)
class Buckets:
    """What is left of each plan. The server answers one request at a time, so nothing here is locked."""

    _left: dict[tuple[str, str], tuple[float, int]] = field(default_factory=dict)

    def take(self, operation: str, seller: str, now_ms: int) -> bool:
        """Take one call out of the bucket; False when it is empty. `now_ms` is the virtual clock."""
        plan = PLANS[operation]
        left, then = self._left.get((operation, seller), (float(plan.burst), now_ms))
        left = min(float(plan.burst), left + max(0, now_ms - then) / 1000 * plan.per_second)
        taken = left >= 1
        self._left[operation, seller] = (left - taken, max(then, now_ms))
        return taken
