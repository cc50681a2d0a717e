"""An order's deadlines: computed once when a fact changes, stored, and read back for the to-do strip."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from entrepot.core import sql
from entrepot.marketplaces.contract import UNKNOWN_TIME, OrderDraft, PaymentState
from entrepot.marketplaces.policy import ClockName, Deadlines, Policy, due
from entrepot.orders.queries import Moment
from entrepot.orders.states import Stage


def of_draft(
    policy: Policy,
    draft: OrderDraft,
    *,
    store_zone: str,
    handling_hours: int,
    at: datetime,
    ready_at: datetime | None = None,
) -> Deadlines:
    """The deadlines of an order as its marketplace tells it. Pure; `nearest` is never None.

    - The marketplace's own ship-by instant wins over its clocks that count from payment: it knows of extensions.
    - `handling_hours` of the store count where they differ from the marketplace's: for stocking up, or for shipping when
      there is no clock of stocking up.
    - An order without a readable date counts from `at`, when it came in; a paid one without an instant of payment, from
      its placing.
    - `ready_at`: since when it awaits collection, if our hands have come so far.
    """
    placed_at = at if draft.placed_at == UNKNOWN_TIME else draft.placed_at
    paid_at = None if draft.payment is PaymentState.UNPAID else draft.paid_at or placed_at
    ended = draft.cancelled or draft.payment is PaymentState.REFUNDED
    found = due(
        policy,
        placed_at=placed_at,
        paid_at=paid_at,
        ready_at=ready_at,
        asked_at=None if ended else draft.cancel_asked_at,
        store_zone=store_zone,
        overrides=_own_hours(policy, handling_hours),
    )
    if draft.ship_by_at is not None:
        found = replace(found, stock_up=None, ship_by=draft.ship_by_at)
    if found.nearest is None:  # no rule says anything: the store's handling time does
        rest = due(
            policy,
            placed_at=placed_at,
            paid_at=paid_at or placed_at,
            ready_at=None,
            asked_at=None,
            store_zone=store_zone,
            overrides={ClockName.SHIP_BY: handling_hours},
        )
        found = replace(found, ship_by=rest.ship_by)
    return found


def _own_hours(policy: Policy, handling_hours: int) -> dict[ClockName, int]:
    if handling_hours == policy.handling_hours:
        return {}
    names = {one.name for one in policy.clocks}
    return {ClockName.STOCK_UP if ClockName.STOCK_UP in names else ClockName.SHIP_BY: handling_hours}


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
