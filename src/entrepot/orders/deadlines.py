"""An order's deadlines: computed once when a fact changes, stored, and read back for the to-do strip."""

from dataclasses import replace
from datetime import datetime

from entrepot.marketplaces.contract import UNKNOWN_TIME, OrderDraft, PaymentState
from entrepot.marketplaces.policy import ClockName, Deadlines, Policy, due


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
