"""When a marketplace's clocks end: hours, days, working days, cut-offs, summer time, rules that change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from entrepot.marketplaces.policy import (
    Clock,
    ClockName,
    Counts,
    Deadlines,
    Limit,
    LimitName,
    Policy,
    Starts,
    clock,
    deadline,
    due,
)

BERLIN, NEW_YORK, SHANGHAI = "Europe/Berlin", "America/New_York", "Asia/Shanghai"


def local(zone: str, *parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone), fold=fold)  # type: ignore[arg-type,misc]


def ship_by(amount: int, counts: Counts = Counts.HOURS, **rest: object) -> Clock:
    return clock(ClockName.SHIP_BY, amount, counts, source="a test", **rest)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


def test_hours_are_elapsed_time_on_the_day_summer_time_begins() -> None:
    start = local(BERLIN, 2026, 3, 28, 12)
    assert deadline(ship_by(48), start, store_zone=BERLIN) == utc(2026, 3, 30, 11)  # 13:00 on the wall


def test_days_keep_the_wall_time_when_summer_time_begins_and_when_it_ends() -> None:
    two = ship_by(2, Counts.CALENDAR_DAYS)
    assert deadline(two, local(BERLIN, 2026, 3, 28, 12), store_zone=BERLIN) == utc(2026, 3, 30, 10)
    assert deadline(two, local(BERLIN, 2026, 10, 24, 12), store_zone=BERLIN) == utc(2026, 10, 26, 11)


def test_a_wall_time_that_the_spring_skips_ends_with_the_gap() -> None:
    one = ship_by(1, Counts.CALENDAR_DAYS)
    assert deadline(one, local(BERLIN, 2026, 3, 28, 2, 30), store_zone=BERLIN) == utc(
        2026, 3, 29, 1
    )  # 03:00 summer time
    assert deadline(one, local(BERLIN, 2026, 3, 28, 3), store_zone=BERLIN) == utc(2026, 3, 29, 1)


def test_a_wall_time_that_comes_twice_in_autumn_is_the_earlier_one() -> None:
    one = ship_by(1, Counts.CALENDAR_DAYS)
    assert deadline(one, local(BERLIN, 2026, 10, 24, 2, 30), store_zone=BERLIN) == utc(2026, 10, 25, 0, 30)


def test_the_hour_that_comes_twice_never_turns_the_order_of_deadlines_around() -> None:
    one = ship_by(1, Counts.CALENDAR_DAYS)
    first, second = local(BERLIN, 2026, 10, 25, 2, 50), local(BERLIN, 2026, 10, 25, 2, 10, fold=1)
    assert first.astimezone(UTC) < second.astimezone(UTC)
    assert deadline(one, first, store_zone=BERLIN) == utc(2026, 10, 26, 1)  # 02:00, where the doubled hour begins
    assert deadline(one, second, store_zone=BERLIN) == utc(2026, 10, 26, 1, 10)


def test_the_day_that_samoa_skipped_ends_where_the_next_one_begins() -> None:
    one = ship_by(1, Counts.CALENDAR_DAYS)
    assert deadline(one, local("Pacific/Apia", 2011, 12, 29, 9), store_zone="Pacific/Apia") == utc(2011, 12, 30, 10)


def test_working_days_skip_the_weekend_and_a_start_on_it_counts_from_its_end() -> None:
    two = ship_by(2, Counts.WORKING_DAYS)
    friday, saturday = local(SHANGHAI, 2026, 11, 20, 15), local(SHANGHAI, 2026, 11, 21, 15)
    assert deadline(two, friday, store_zone=SHANGHAI) == local(SHANGHAI, 2026, 11, 24, 15)
    assert deadline(two, saturday, store_zone=SHANGHAI) == local(SHANGHAI, 2026, 11, 25)


def test_a_weekend_may_be_friday_and_saturday() -> None:
    gulf = ship_by(1, Counts.WORKING_DAYS, weekend=frozenset({4, 5}))
    thursday = local("Asia/Riyadh", 2026, 11, 19, 10)
    assert deadline(gulf, thursday, store_zone="Asia/Riyadh") == local("Asia/Riyadh", 2026, 11, 22, 10)


def test_the_holidays_at_the_end_of_the_year_are_no_working_days() -> None:
    german = ship_by(2, Counts.WORKING_DAYS, country="DE")
    # 24 December 2026 is a Thursday; the 25th is a holiday, the 26th and 27th a weekend.
    assert deadline(german, local(BERLIN, 2026, 12, 24, 10), store_zone=BERLIN) == local(BERLIN, 2026, 12, 29, 10)
    # 31 December 2026 is a Thursday; 1 January is a holiday, then a weekend.
    assert deadline(german, local(BERLIN, 2026, 12, 31, 10), store_zone=BERLIN) == local(BERLIN, 2027, 1, 5, 10)


def test_a_new_years_day_observed_in_december_belongs_to_december() -> None:
    american = ship_by(1, Counts.WORKING_DAYS, country="US")
    # 1 January 2022 was a Saturday: Friday 31 December 2021 was off.
    start = local(NEW_YORK, 2021, 12, 30, 10)
    assert deadline(american, start, store_zone=NEW_YORK) == local(NEW_YORK, 2022, 1, 3, 10)


def test_a_weekend_day_that_is_worked_for_a_holiday_counts_as_a_working_day() -> None:
    chinese = ship_by(1, Counts.WORKING_DAYS, country="CN")
    # Friday 2 January 2026 was off; Sunday 4 January was worked for it.
    start = local(SHANGHAI, 2025, 12, 31, 10)
    assert deadline(chinese, start, store_zone=SHANGHAI) == local(SHANGHAI, 2026, 1, 4, 10)


def test_a_leap_day_is_a_day() -> None:
    one = ship_by(1, Counts.CALENDAR_DAYS)
    assert deadline(one, local("UTC", 2028, 2, 28, 8), store_zone="UTC") == utc(2028, 2, 29, 8)
    assert deadline(one, local("UTC", 2027, 2, 28, 8), store_zone="UTC") == utc(2027, 3, 1, 8)
    assert deadline(ship_by(24), utc(2028, 2, 29, 8), store_zone="UTC") == utc(2028, 3, 1, 8)


def test_from_the_cut_off_on_a_start_counts_as_the_next_days() -> None:
    same = ship_by(1, Counts.CALENDAR_DAYS, cut_off=time(16))
    assert deadline(same, local(BERLIN, 2026, 11, 18, 15, 59), store_zone=BERLIN) == local(BERLIN, 2026, 11, 19, 15, 59)
    assert deadline(same, local(BERLIN, 2026, 11, 18, 16), store_zone=BERLIN) == local(BERLIN, 2026, 11, 20)
    hours = ship_by(24, cut_off=time(16))
    assert deadline(hours, local(BERLIN, 2026, 11, 18, 15, 59), store_zone=BERLIN) == local(
        BERLIN, 2026, 11, 19, 15, 59
    )
    assert deadline(hours, local(BERLIN, 2026, 11, 18, 16), store_zone=BERLIN) == local(BERLIN, 2026, 11, 20)


def test_after_the_cut_off_of_a_friday_working_days_count_from_monday() -> None:
    one = ship_by(1, Counts.WORKING_DAYS, cut_off=time(16))
    assert deadline(one, local(BERLIN, 2026, 11, 20, 17), store_zone=BERLIN) == local(BERLIN, 2026, 11, 24)


def test_a_clock_may_go_by_the_marketplaces_zone_instead_of_the_stores() -> None:
    pacific = ship_by(1, Counts.CALENDAR_DAYS, cut_off=time(12), time_zone="America/Los_Angeles")
    start = local(SHANGHAI, 2026, 11, 19, 4)  # noon of the 18th in Los Angeles
    assert deadline(pacific, start, store_zone=SHANGHAI) == local("America/Los_Angeles", 2026, 11, 20)


def test_a_clock_that_ends_before_it_starts_and_a_week_without_work_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="0 hours ends before it starts"):
        ship_by(0)
    with pytest.raises(ValueError, match="never ends"):
        ship_by(1, Counts.WORKING_DAYS, weekend=frozenset(range(7)))


TIKTOK_LIKE = Policy(
    "any",
    clocks=(
        clock(ClockName.STOCK_UP, 48, source="T-02"),
        clock(ClockName.SHIP_BY, 120, source="T-01"),
        clock(ClockName.COLLECT, 72, source="T-03"),
        clock(ClockName.ANSWER_CANCELLATION, 48, source="T-23"),
        clock(ClockName.PAY_BY, 48, source="T-20"),
    ),
)
PLACED = utc(2026, 11, 20, 8)
PAID = PLACED + timedelta(hours=1)


def of(policy: Policy = TIKTOK_LIKE, **known: object) -> Deadlines:
    facts = {"placed_at": PLACED, "paid_at": PAID, "ready_at": None, "asked_at": None, "store_zone": SHANGHAI}
    return due(policy, **(facts | known))  # type: ignore[arg-type]


def test_a_paid_order_runs_the_clocks_of_stocking_up_and_of_shipping_and_the_nearest_counts() -> None:
    found = of()
    assert found == Deadlines(stock_up=PAID + timedelta(hours=48), ship_by=PAID + timedelta(hours=120))
    assert found.nearest == PAID + timedelta(hours=48)


def test_being_ready_ends_stocking_up_and_begins_the_collection() -> None:
    found = of(ready_at=PAID + timedelta(hours=40))
    assert found == Deadlines(ship_by=PAID + timedelta(hours=120), collect=PAID + timedelta(hours=112))
    assert found.nearest == PAID + timedelta(hours=112)
    late = of(ready_at=PAID + timedelta(hours=60))
    assert late.nearest == late.ship_by == PAID + timedelta(hours=120)


def test_an_unpaid_order_has_only_the_instant_at_which_it_is_cancelled() -> None:
    found = of(paid_at=None)
    assert found == Deadlines(pay_by=PLACED + timedelta(hours=48))
    assert found.nearest == found.pay_by


def test_an_answer_owed_stands_apart_from_the_nearest_deadline() -> None:
    asked = PAID + timedelta(hours=1)
    found = of(asked_at=asked, ready_at=PAID + timedelta(hours=70))
    assert found.answer_by == asked + timedelta(hours=48)
    assert found.nearest == found.ship_by


def test_an_organizations_own_hours_replace_the_clock_and_begin_one_that_was_not_there() -> None:
    found = of(overrides={ClockName.SHIP_BY: 24})
    assert (found.stock_up, found.ship_by) == (PAID + timedelta(hours=48), PAID + timedelta(hours=24))
    bare = of(Policy("bare"), overrides={ClockName.SHIP_BY: 36})
    assert bare == Deadlines(ship_by=PAID + timedelta(hours=36))
    assert of(Policy("bare")) == Deadlines()


def test_a_changed_rule_leaves_orders_placed_before_it_alone() -> None:
    policy = Policy(
        "any",
        clocks=(
            clock(ClockName.SHIP_BY, 72, source="old", valid_until=date(2026, 11, 19), time_zone=SHANGHAI),
            clock(ClockName.SHIP_BY, 48, source="new", valid_from=date(2026, 11, 20), time_zone=SHANGHAI),
        ),
    )
    eve = local(SHANGHAI, 2026, 11, 19, 23, 59)
    assert of(policy, placed_at=eve, paid_at=PAID).ship_by == PAID + timedelta(hours=72)
    assert of(policy, placed_at=eve + timedelta(minutes=1), paid_at=PAID).ship_by == PAID + timedelta(hours=48)


def test_a_clock_may_begin_with_another_fact_than_usual() -> None:
    policy = Policy("any", clocks=(clock(ClockName.SHIP_BY, 48, source="a test", starts=Starts.PLACED),))
    assert of(policy).ship_by == PLACED + timedelta(hours=48)


def test_limits_and_amber_are_read_by_name() -> None:
    policy = Policy("any", limits=(Limit(LimitName.SHIP_ORDERS, 500),), clocks=(ship_by(48, amber_hours=12),))
    assert (policy.limit(LimitName.SHIP_ORDERS), policy.limit(LimitName.PRINT_ORDERS)) == (500, 0)
    assert policy.amber(ClockName.SHIP_BY, ClockName.STOCK_UP) == timedelta(hours=12)
    assert policy.amber(ClockName.COLLECT) == timedelta(hours=6)
