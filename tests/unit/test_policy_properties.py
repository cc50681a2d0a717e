"""What holds for every clock, wherever and whenever it starts."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from entrepot.marketplaces.policy import Clock, ClockName, Counts, Starts, deadline

ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Cairo",
    "Asia/Shanghai", "Asia/Kathmandu", "Pacific/Apia", "America/St_Johns",
)  # fmt: skip
# Starts near what makes clocks hard: both changes of summer time, a leap day, the end of a year.
HARD = tuple(
    datetime(*day, tzinfo=UTC)
    for day in ((2026, 3, 29), (2026, 10, 25), (2026, 3, 8), (2026, 11, 1), (2028, 2, 29), (2026, 12, 31), (2017, 10, 15),
                (2018, 2, 18), (2011, 12, 30), (2026, 4, 5), (2026, 10, 29), (2026, 4, 24))
)  # fmt: skip
starts = st.one_of(
    st.builds(
        lambda day, seconds: day + timedelta(seconds=seconds), st.sampled_from(HARD), st.integers(-3 * 86400, 3 * 86400)
    ),
    st.datetimes(datetime(2010, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
)
clocks = st.builds(
    Clock,
    name=st.just(ClockName.SHIP_BY),
    amount=st.integers(1, 8),
    starts=st.just(Starts.PAID),
    counts=st.sampled_from(Counts),
    cut_off=st.one_of(st.none(), st.times()),
    country=st.sampled_from(["", "DE", "US", "CN", "SA"]),
    weekend=st.sampled_from([frozenset({5, 6}), frozenset({4, 5}), frozenset[int](), frozenset({6})]),
)
zones = st.sampled_from(ZONES)
DOUBLED = Clock(ClockName.SHIP_BY, 1, Starts.PAID, Counts.CALENDAR_DAYS)


@settings(max_examples=600, deadline=None)
@given(clocks, zones, starts, st.one_of(st.integers(0, 7200), st.integers(0, 400_000)))
@example(DOUBLED, "Europe/Berlin", datetime(2026, 10, 25, 0, 50, tzinfo=UTC), 1200)
@example(DOUBLED, "Australia/Lord_Howe", datetime(2026, 4, 4, 14, 50, tzinfo=UTC), 1200)
def test_a_later_start_never_ends_earlier_and_nothing_ends_before_it_starts(clock, zone, start, later) -> None:
    end = deadline(clock, start, store_zone=zone)
    assert end.tzinfo is UTC
    assert end >= start
    assert deadline(clock, start + timedelta(seconds=later), store_zone=zone) >= end


@settings(max_examples=300, deadline=None)
@given(clocks, zones, starts)
def test_the_same_instant_told_in_another_zone_ends_the_same(clock, zone, start) -> None:
    told = start.astimezone(ZoneInfo("Asia/Tokyo"))
    assert deadline(clock, told, store_zone=zone) == deadline(clock, start, store_zone=zone)


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 30), zones, starts)
def test_without_a_change_of_offset_a_day_is_twenty_four_hours_on_the_wall(days, zone, start) -> None:
    end = deadline(Clock(ClockName.SHIP_BY, days, Starts.PAID, Counts.CALENDAR_DAYS), start, store_zone=zone)
    place = ZoneInfo(zone)
    offsets = {(start + timedelta(hours=hour)).astimezone(place).utcoffset() for hour in range(-26, days * 24 + 27)}
    if len(offsets) == 1:
        assert end - start == timedelta(days=days)
    else:
        assert abs(end - start - timedelta(days=days)) <= timedelta(days=1)


@settings(max_examples=300, deadline=None)
@given(clocks, zones, starts)
def test_a_clock_of_working_days_ends_on_one_or_where_one_begins(clock, zone, start) -> None:
    working = Clock(
        clock.name, clock.amount, clock.starts, Counts.WORKING_DAYS, clock.cut_off, "", clock.country, clock.weekend
    )
    place = ZoneInfo(zone)
    end = deadline(working, start, store_zone=zone).astimezone(place)
    skipped = zone == "Pacific/Apia" and end.date().isoformat() == "2011-12-31"  # the 30th did not exist there
    assert working.is_working(end.date()) or skipped
    days = [
        start.astimezone(place).date() + timedelta(days=n)
        for n in range((end.date() - start.astimezone(place).date()).days)
    ]
    assert skipped or sum(working.is_working(day) for day in days) >= clock.amount - 1
    assert time.min <= end.time() <= time.max
