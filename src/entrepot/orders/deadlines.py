"""An order's deadlines: computed once when a fact changes, stored, and read back for the to-do strip."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from entrepot.core import sql
from entrepot.marketplaces.contract import UNKNOWN_TIME, OrderDraft, PaymentState
from entrepot.marketplaces.policy import STARTS, Clock, ClockName, Deadlines, Policy, deadline, due
from entrepot.orders.queries import Moment
from entrepot.orders.states import Stage


@dataclass(frozen=True, slots=True)
class Facts:
    """What an order's clocks follow from."""

    placed_at: datetime
    paid_at: datetime | None  # None: unpaid
    ready_at: datetime | None = None  # since when it awaits collection
    asked_at: datetime | None = None  # since when its buyer wants to be released
    ship_by_at: datetime | None = None  # the marketplace's own instant
    gone: bool = False  # in transit: nobody has to collect it any more


@dataclass(frozen=True, slots=True)
class Hours:
    """A store's own time: its zone, the hours its owner set by name of the clock, and its handling time."""

    zone: str
    handling: int
    own: Mapping[ClockName, int] = field(default_factory=dict)


def of_draft(
    policy: Policy,
    draft: OrderDraft,
    *,
    store_zone: str,
    handling_hours: int,
    at: datetime,
    ready_at: datetime | None = None,
    own: Mapping[ClockName, int] | None = None,
) -> Deadlines:
    """The deadlines of an order as its marketplace tells it. Pure; `nearest` is never None.

    An order without a readable date counts from `at`, when it came in; a paid one without an instant of payment, from
    its placing. `ready_at`: since when it awaits collection, if our hands have come so far. `own`: hours of the owner's.
    """
    placed_at = at if draft.placed_at == UNKNOWN_TIME else draft.placed_at
    ended = draft.cancelled or draft.payment is PaymentState.REFUNDED
    facts = Facts(
        placed_at=placed_at,
        paid_at=None if draft.payment is PaymentState.UNPAID else draft.paid_at or placed_at,
        ready_at=ready_at,
        asked_at=None if ended else draft.cancel_asked_at,
        ship_by_at=draft.ship_by_at,
        gone=draft.shipped or ended,
    )
    return of_facts(policy, facts, Hours(store_zone, handling_hours, own or {}))


def of_facts(policy: Policy, facts: Facts, hours: Hours) -> Deadlines:
    """All clocks of an order, side by side. Pure; `nearest` is never None.

    - The marketplace's own instant stands for its clock of stocking up, or of shipping where there is none: it knows of
      extensions. Hours that the owner set count where they are nearer.
    - The handling time of the store counts where it differs from the marketplace's and no instant is named: for
      stocking up, or for shipping when there is no clock of stocking up.
    """
    found = due(
        policy,
        placed_at=facts.placed_at,
        paid_at=facts.paid_at,
        ready_at=facts.ready_at,
        asked_at=facts.asked_at,
        store_zone=hours.zone,
        overrides=_overrides(policy, hours),
    )
    if facts.gone and found.collect is not None:
        found = replace(found, collect=None)
    if facts.ship_by_at is not None:
        found = _told(policy, found, facts, hours.own)
    if found.nearest is None:  # no rule says anything: the store's handling time does
        rule = Clock(ClockName.SHIP_BY, hours.handling, STARTS[ClockName.SHIP_BY])
        since = facts.paid_at or facts.placed_at
        found = replace(found, ship_by=deadline(rule, since, store_zone=hours.zone))
    return found


def _told(policy: Policy, found: Deadlines, facts: Facts, own: Mapping[ClockName, int]) -> Deadlines:
    """With the instant that the marketplace itself names."""
    told = facts.ship_by_at
    assert told is not None
    if not policy.has(ClockName.STOCK_UP):
        nearer = found.ship_by is not None and ClockName.SHIP_BY in own and found.ship_by < told
        return found if nearer else replace(found, ship_by=told)
    if ClockName.SHIP_BY not in own:  # an extension moves what comes after it too
        found = replace(found, ship_by=max(found.ship_by or told, told))
    if facts.ready_at is not None:
        return found
    nearer = found.stock_up is not None and ClockName.STOCK_UP in own and found.stock_up < told
    return found if nearer else replace(found, stock_up=told)


def _overrides(policy: Policy, hours: Hours) -> Mapping[ClockName, int]:
    if hours.handling == policy.handling_hours:
        return hours.own
    return {policy.handles: hours.handling, **hours.own}


def todo_of_orders(organization_id: int, stages: Sequence[str], moment: Moment) -> dict[str, Any]:
    """What the strip above a list of orders counts, in one statement over narrow index ranges of open stages.

    `overdue`, `today` and `day` (the next 24 hours) by the nearest deadline; `asked` to be cancelled and `answer_by`, the
    first instant by which one of them must be answered; `stops`: unpaid ones that end within 24 hours. What is unpaid
    is not ours to hurry: it is counted in `stops` alone.
    """
    found = sql.dicts(
        """
        SELECT (SELECT count(*) FROM orders_order o WHERE o.organization_id = %(org)s AND o.stage = ANY(%(work)s)
                AND o.deadline_at < %(now)s) AS overdue,
            (SELECT count(*) FROM orders_order o WHERE o.organization_id = %(org)s AND o.stage = ANY(%(work)s)
                AND o.deadline_at >= %(now)s AND o.deadline_at < %(day)s) AS today,
            (SELECT count(*) FROM orders_order o WHERE o.organization_id = %(org)s AND o.stage = ANY(%(work)s)
                AND o.deadline_at >= %(now)s AND o.deadline_at < %(later)s) AS day,
            (SELECT count(*) FROM orders_order o WHERE o.organization_id = %(org)s AND o.stage = ANY(%(stages)s)
                AND o.cancellation_asked_at IS NOT NULL) AS asked,
            (SELECT min(o.answer_by_at) FROM orders_order o WHERE o.organization_id = %(org)s
                AND o.stage = ANY(%(stages)s) AND o.cancellation_asked_at IS NOT NULL
                AND o.answer_by_at IS NOT NULL) AS answer_by,
            (SELECT count(*) FROM orders_order o WHERE o.organization_id = %(org)s AND o.stage = 'unpaid'
                AND 'unpaid' = ANY(%(stages)s) AND o.pay_by_at < %(later)s) AS stops
        """,
        {
            "org": organization_id, "stages": list(stages), "work": [stage for stage in stages if stage != Stage.UNPAID],
            "now": moment.at, "day": moment.day_ends_at,
            "later": moment.in_a_day_at,
        },
    )  # fmt: skip
    return found[0]


def asked_orders(organization_id: int) -> list[dict[str, Any]]:
    """Open orders of which the buyer wants to be released, by stage, with the first instant an answer is owed by."""
    return sql.dicts(
        """
        SELECT stage, count(*) AS asked, min(answer_by_at) AS answer_by FROM orders_order
        WHERE organization_id = %s AND cancellation_asked_at IS NOT NULL
            AND stage IN ('unpaid', 'to_review', 'to_pack', 'on_hold')
        GROUP BY stage
        """,
        [organization_id],
    )


def ending_unpaid(organization_id: int, moment: Moment) -> tuple[int, datetime | None]:
    """How many unpaid orders the marketplace cancels within 24 hours, and when the first of them."""
    found = sql.rows(
        """
        SELECT count(*), min(pay_by_at) FROM orders_order
        WHERE organization_id = %s AND stage = 'unpaid' AND pay_by_at < %s
        """,
        [organization_id, moment.in_a_day_at],
    )
    return found[0][0], found[0][1]
