"""Which deadlines an order gets as its marketplace tells it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.cast import AT, draft, line

from entrepot.marketplaces.contract import UNKNOWN_TIME, OrderDraft, PaymentState
from entrepot.marketplaces.policy import ClockName, Deadlines, Policy, clock
from entrepot.orders.deadlines import of_draft

PLACED, PAID = AT - timedelta(hours=10), AT - timedelta(hours=9)
DRAFT = replace(draft("O-1", line("A", 1)), placed_at=PLACED, paid_at=PAID, ship_by_at=None)
ALL_FIVE = Policy(
    "any",
    clocks=tuple(
        clock(name, amount, source="a test")
        for name, amount in (
            (ClockName.STOCK_UP, 48),
            (ClockName.SHIP_BY, 120),
            (ClockName.COLLECT, 72),
            (ClockName.ANSWER_CANCELLATION, 48),
            (ClockName.PAY_BY, 48),
        )
    ),
)
ONE = Policy("one", clocks=(clock(ClockName.SHIP_BY, 48, source="a test"),))


def hours(start: datetime, n: int) -> datetime:
    return start + timedelta(hours=n)


def of(one: OrderDraft, policy: Policy = ALL_FIVE, *, handling: int = 48, ready: datetime | None = None) -> Deadlines:
    return of_draft(policy, one, store_zone="Asia/Shanghai", handling_hours=handling, at=AT, ready_at=ready)


def test_the_three_clocks_run_in_parallel_and_the_nearest_is_the_orders_deadline() -> None:
    """T-01, T-02, T-03, T-04, T-26"""
    assert of(DRAFT) == Deadlines(stock_up=hours(PAID, 48), ship_by=hours(PAID, 120))
    assert of(DRAFT).nearest == hours(PAID, 48)
    ready = of(DRAFT, ready=AT)
    assert ready == Deadlines(ship_by=hours(PAID, 120), collect=hours(AT, 72))
    assert ready.nearest == hours(AT, 72)


def test_the_marketplaces_own_instant_wins_over_the_clocks_from_payment_but_not_over_the_collection() -> None:
    extended = replace(DRAFT, ship_by_at=hours(PAID, 240))
    assert of(extended) == Deadlines(stock_up=hours(PAID, 240), ship_by=hours(PAID, 240))
    assert of(extended).nearest == hours(PAID, 240)
    assert of(extended, ready=AT).nearest == hours(AT, 72)


def test_a_stores_own_hours_are_for_stocking_up_or_for_shipping_where_nothing_else_is() -> None:
    assert of(DRAFT, handling=24) == Deadlines(stock_up=hours(PAID, 24), ship_by=hours(PAID, 120))
    assert of(DRAFT, ONE, handling=24) == Deadlines(ship_by=hours(PAID, 24))
    assert of(DRAFT, ONE) == Deadlines(ship_by=hours(PAID, 48))
    assert of(DRAFT, Policy("bare"), handling=36).nearest == hours(PAID, 36)


def test_a_paid_order_without_an_instant_of_payment_counts_from_its_placing() -> None:
    assert of(replace(DRAFT, paid_at=None)).stock_up == hours(PLACED, 48)


def test_an_order_without_a_readable_date_counts_from_when_it_came_in() -> None:
    assert of(replace(DRAFT, placed_at=UNKNOWN_TIME, paid_at=None)).nearest == hours(AT, 48)


def test_an_unpaid_order_waits_for_its_payment_or_counts_from_its_placing_where_nothing_cancels_it() -> None:
    """T-20"""
    unpaid = replace(DRAFT, payment=PaymentState.UNPAID, paid_at=None)
    assert of(unpaid) == Deadlines(pay_by=hours(PLACED, 48))
    assert of(unpaid, ONE) == Deadlines(ship_by=hours(PLACED, 48))
    told = of(replace(unpaid, ship_by_at=hours(PLACED, 240)))
    assert (told.ship_by, told.nearest) == (hours(PLACED, 240), hours(PLACED, 48))


def test_a_buyer_who_asks_to_cancel_is_owed_an_answer_and_one_whose_order_has_ended_is_not() -> None:
    """T-23"""
    asked = replace(DRAFT, cancel_asked_at=AT)
    assert of(asked).answer_by == hours(AT, 48)
    assert of(asked).nearest == hours(PAID, 48)
    assert of(replace(asked, cancelled=True)).answer_by is None
    assert of(replace(asked, payment=PaymentState.REFUNDED)).answer_by is None


def test_summer_time_does_not_move_the_instant() -> None:
    """T-04"""
    paid = datetime(2026, 3, 28, 12, tzinfo=UTC)
    eve = replace(DRAFT, placed_at=paid, paid_at=paid)
    found = of_draft(ALL_FIVE, eve, store_zone="Europe/Berlin", handling_hours=48, at=AT)
    assert found == of_draft(ALL_FIVE, eve, store_zone="Asia/Shanghai", handling_hours=48, at=AT)
    assert found.stock_up == datetime(2026, 3, 30, 12, tzinfo=UTC)


def test_summer_time_does_not_move_the_instant_of_the_collection_either() -> None:
    """T-03, T-04"""
    ready = datetime(2026, 10, 23, 12, tzinfo=UTC)  # the night to the 25th has an hour more in Berlin
    eve = replace(DRAFT, placed_at=ready, paid_at=ready)
    for zone in ("Europe/Berlin", "Asia/Shanghai"):
        found = of_draft(ALL_FIVE, eve, store_zone=zone, handling_hours=48, at=AT, ready_at=ready)
        assert (found.collect, found.nearest) == (datetime(2026, 10, 26, 12, tzinfo=UTC),) * 2


def test_own_hours_win_over_the_marketplaces_and_over_its_instant_where_they_are_nearer() -> None:
    """T-01, T-02, T-03"""
    own = {ClockName.STOCK_UP: 24, ClockName.SHIP_BY: 100, ClockName.COLLECT: 30}

    def with_own(told: int | None, ready: datetime | None = None) -> Deadlines:
        one = replace(DRAFT, ship_by_at=hours(PAID, told) if told else None)
        return of_draft(ALL_FIVE, one, store_zone="UTC", handling_hours=48, at=AT, ready_at=ready, own=own)

    assert with_own(None) == Deadlines(stock_up=hours(PAID, 24), ship_by=hours(PAID, 100))
    assert with_own(240) == Deadlines(stock_up=hours(PAID, 24), ship_by=hours(PAID, 100))
    assert with_own(12) == Deadlines(stock_up=hours(PAID, 12), ship_by=hours(PAID, 100))
    assert with_own(240, AT) == Deadlines(ship_by=hours(PAID, 100), collect=hours(AT, 30))


def test_what_is_in_transit_has_not_to_be_collected_any_more() -> None:
    """T-03"""
    assert of(replace(DRAFT, shipped=True), ready=AT).collect is None
