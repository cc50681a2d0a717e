"""What holds for the rules of every marketplace there is, and how the pages tell them."""

from datetime import UTC, date, datetime, time
from itertools import combinations
from zoneinfo import available_timezones

import holidays
import pytest
from docs import policies as page_of
from docs.policies import policies

from entrepot.marketplaces.policy import (
    Cancelling,
    Clock,
    ClockName,
    Counts,
    Limit,
    LimitName,
    Moved,
    Penalty,
    Policy,
    Redelivery,
    Silence,
    StageName,
    clock,
)
from entrepot.web.tabs import STAGES

ALL = {policy.name: policy for policy in policies()}


def overlap(one: Clock, other: Clock) -> bool:
    first = max(one.valid_from or date.min, other.valid_from or date.min)
    return first <= min(one.valid_until or date.max, other.valid_until or date.max)


@pytest.mark.parametrize("name", ALL)
def test_no_two_clocks_of_a_name_hold_on_one_day(name: str) -> None:
    twice = [
        (one.name, other.name)
        for one, other in combinations(ALL[name].clocks, 2)
        if one.name is other.name and overlap(one, other)
    ]
    assert twice == []


@pytest.mark.parametrize("name", ALL)
def test_zones_and_countries_of_clocks_exist(name: str) -> None:
    countries = holidays.list_supported_countries()
    for one in ALL[name].clocks:
        assert one.time_zone in {"", *available_timezones()}
        assert one.country in {"", *countries}


@pytest.mark.parametrize("name", ALL)
def test_every_rule_says_where_it_comes_from(name: str) -> None:
    policy = ALL[name]
    rules = [*policy.clocks, *policy.limits, *policy.penalties, *policy.stages, policy.cancelling]
    assert [rule for rule in rules if not rule.source] == []
    assert policy.redelivery is None or policy.redelivery.source
    assert bool(policy.reminders_minutes) == bool(policy.reminders_source)
    assert bool(policy.address_until) == bool(policy.address_source)


@pytest.mark.parametrize("name", ALL)
def test_a_new_stores_handling_hours_are_those_of_the_clock_they_stand_for(name: str) -> None:
    policy = ALL[name]
    hours = {one.name: one.amount for one in policy.clocks if one.counts is Counts.HOURS}
    shipping = hours.get(ClockName.STOCK_UP, hours.get(ClockName.SHIP_BY, policy.handling_hours))
    assert policy.handling_hours == shipping


@pytest.mark.parametrize("name", ALL)
def test_stages_are_ours(name: str) -> None:
    assert {one.ours for one in ALL[name].stages} - set(STAGES) == set()
    assert ALL[name].address_until in {"", *STAGES}


def test_the_pages_of_marketplaces_are_those_of_their_folders() -> None:
    assert set(page_of.pages()) == {f"marketplaces/{name}.md" for name in ALL}
    folder = page_of.FOLDER.parents[2] / "docs" / "reference" / "marketplaces"
    assert {path.stem for path in folder.glob("*.md")} == set(ALL)


FULL = Policy(
    name="any",
    merges=False,
    max_lines_per_parcel=15,
    handling_hours=48,
    clocks=(
        clock(ClockName.STOCK_UP, 48, source="T-02"),
        clock(ClockName.ANSWER_CANCELLATION, 2, Counts.WORKING_DAYS, source="M", country="CN", cut_off=time(16),
              time_zone="Asia/Shanghai", valid_from=date(2026, 1, 1)),
    ),
    limits=(Limit(LimitName.SHIP_ORDERS, 500, "T-47"),),
    penalties=(Penalty(Moved.SHIPPED, 300, "USD", source="K-51"),),
    cancelling=Cancelling(Silence.CANCELS, (Moved.UNSHIPPED, Moved.SHIPPED), True, "month", 300, "K-43"),
    redelivery=Redelivery(12, 1, date(2022, 3, 21), 2, "T-32"),
    stages=(StageName("to_review", "Awaiting shipment", ("AWAITING_SHIPMENT",), "S"),),
    reminders_minutes=(15, 960),
    reminders_source="T-19",
)  # fmt: skip


@pytest.mark.parametrize(
    "row",
    [
        "| Stock up | 48 hours | order paid | until it awaits collection | — | 6 h before | T-02 |",
        "| Answer a cancellation request | 2 working days | buyer asked to cancel | until the seller answered | zone"
        " Asia/Shanghai; from 16:00 on the next day; off: Saturday, Sunday; holidays of CN; orders from 2026-01-01 | 6 h"
        " before | M |",
        "| Orders of one recipient share a parcel | no | ours |",
        "| Lines per parcel | 15 | ours |",
        "| Orders per batch that ships | 500 | T-47 |",
        "| shipped, not received yet | 0 | 3.00 USD per line | the marketplace | K-51 |",
        "- A request without an answer cancels the order.",
        "- The seller may cancel an order that is: not shipped, shipped, not received yet.",
        "- A seller's cancellation sets the listing's stock to 0 and takes it off sale.",
        "- Before it is received, a line never costs more than 3.00.",
        "- An unpaid buyer is reminded by the marketplace after 15 min and 16 h. Source: T-19.",
        "- A parcel of orders placed until 2022-03-21 that could not be delivered may be sent out again once, within 12 days."
        " The marketplace asks the carrier within 2 working days. Source: T-32.",
        "| To review | Awaiting shipment | `AWAITING_SHIPMENT` | S |",
    ],
)
def test_a_page_tells_each_rule_in_words(row: str) -> None:
    assert row in page_of.page(FULL).splitlines()


def test_the_policy_of_files_ships_within_forty_eight_hours_and_knows_no_other_clock() -> None:
    placed = datetime(2026, 11, 20, 9, tzinfo=UTC)
    found = {name: ALL["file"].clock(name, placed, "UTC") for name in ClockName}
    assert {name: one.amount for name, one in found.items() if one} == {ClockName.SHIP_BY: 48}
