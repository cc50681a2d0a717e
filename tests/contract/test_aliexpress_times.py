"""US Pacific wall times, both changes of the clock, and the hour that comes twice."""

from datetime import UTC, datetime

import pytest

from entrepot.marketplaces.aliexpress.times import begins, earliest, ends, latest
from entrepot.marketplaces.reading import Malformed, Record

# In 2026 the clocks go forward on 8 March at 02:00 and back on 1 November at 02:00.


def at(text: str) -> Record:
    return Record({"t": text})


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-01-15 08:00:00", datetime(2026, 1, 15, 16, tzinfo=UTC)),
        ("2026-07-15 08:00:00", datetime(2026, 7, 15, 15, tzinfo=UTC)),
        ("2026-03-08 01:59:59", datetime(2026, 3, 8, 9, 59, 59, tzinfo=UTC)),
        ("2026-03-08 03:00:00", datetime(2026, 3, 8, 10, tzinfo=UTC)),
        ("2026-11-01 00:59:59", datetime(2026, 11, 1, 7, 59, 59, tzinfo=UTC)),
        ("2026-11-01 02:00:00", datetime(2026, 11, 1, 10, tzinfo=UTC)),
    ],
)
def test_wall_times_become_instants(text: str, utc: datetime) -> None:
    assert earliest(at(text), "t") == utc
    assert latest(at(text), "t", now=datetime(2027, 1, 1, tzinfo=UTC)) == utc


def test_in_the_hour_that_comes_twice_the_later_reading_counts_unless_it_is_still_to_come() -> None:
    text = at("2026-11-01 01:30:00")
    first, second = datetime(2026, 11, 1, 8, 30, tzinfo=UTC), datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
    assert earliest(text, "t") == first
    assert latest(text, "t", now=datetime(2026, 11, 1, 8, 31, tzinfo=UTC)) == first
    assert latest(text, "t", now=datetime(2026, 11, 1, 9, 31, tzinfo=UTC)) == second


def test_a_later_change_never_reads_older_across_the_change_of_the_clock() -> None:
    """Changes at 08:10, 08:50, 09:05 and 10:05 UTC, each read a minute after it happened."""
    happened = [datetime(2026, 11, 1, hour, minute, tzinfo=UTC) for hour, minute in ((8, 10), (8, 50), (9, 5), (10, 5))]
    texts = ["2026-11-01 01:10:00", "2026-11-01 01:50:00", "2026-11-01 01:05:00", "2026-11-01 02:05:00"]
    read = [
        latest(at(text), "t", now=when.replace(minute=when.minute + 1))
        for text, when in zip(texts, happened, strict=True)
    ]
    assert read == happened


def test_a_window_that_begins_or_ends_in_the_double_hour_is_widened_to_its_edge() -> None:
    for hour in (8, 9):  # first and second pass of 01:30
        assert begins(datetime(2026, 11, 1, hour, 30, tzinfo=UTC)) == "2026-11-01 00:59:59"
        assert ends(datetime(2026, 11, 1, hour, 30, tzinfo=UTC)) == "2026-11-01 02:00:00"
    assert begins(datetime(2026, 11, 1, 7, 30, tzinfo=UTC)) == "2026-11-01 00:30:00"
    assert ends(datetime(2026, 11, 1, 10, 30, tzinfo=UTC)) == "2026-11-01 02:30:00"


def test_the_end_of_a_window_rounds_up_to_the_second_and_its_beginning_down() -> None:
    moment = datetime(2026, 7, 15, 15, 0, 0, 500_000, tzinfo=UTC)
    assert begins(moment) == "2026-07-15 08:00:00"
    assert ends(moment) == "2026-07-15 08:00:01"


def test_an_absent_time_is_none_and_another_form_is_refused() -> None:
    assert earliest(at(""), "t") is None
    assert latest(Record({}), "t", now=datetime(2026, 1, 1, tzinfo=UTC)) is None
    with pytest.raises(Malformed, match="t is no time like 2026-01-31 23:59:59: '01/15/2026 08:00:00'"):
        earliest(at("01/15/2026 08:00:00"), "t")
