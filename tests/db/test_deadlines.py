"""Deadlines as they are stored and counted: due, overdue, to be answered, about to be cancelled unpaid."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests import cast
from tests.cast import AT, World, draft, line

from entrepot.core import sql
from entrepot.core.models import User
from entrepot.marketplaces.contract import PaymentState
from entrepot.orders import queries as order_reads
from entrepot.orders.deadlines import asked_orders, ending_unpaid, todo_of_orders
from entrepot.orders.queries import Due, Filter, Moment, Sort
from entrepot.parcels import queries as parcel_reads

HOUR = timedelta(hours=1)
MOMENT = Moment(AT, AT + 15 * HOUR, AT + 24 * HOUR, AT + 48 * HOUR)  # 09:00; the day ends at midnight


def due_in(world: World, hours: float, *, n: int, **changes: Any) -> int:
    """An order to review whose marketplace wants it shipped so many hours from now."""
    world.take_in(draft(f"D-{n}", line(), n=n, ship_by_at=AT + hours * HOUR, **changes))
    return world.order_ids(f"D-{n}")[0]


def asked(world: World, order_id: int, answer_by: datetime | None) -> None:
    with world.scope():
        sql.run(
            "UPDATE orders_order SET cancellation_asked_at = %s, answer_by_at = %s WHERE organization_id = %s AND id = %s",
            [AT, answer_by, world.organization_id, order_id],
        )


def pay_by(world: World, order_id: int, at: datetime) -> None:
    with world.scope():
        sql.run(
            "UPDATE orders_order SET pay_by_at = %s, deadline_at = %s WHERE organization_id = %s AND id = %s",
            [at, at, world.organization_id, order_id],
        )


def todo(world: World, *stages: str) -> dict[str, Any]:
    with world.scope():
        return todo_of_orders(world.organization_id, stages, MOMENT)


def found(world: World, due: Due, *, stage: str = "to_review") -> list[int]:
    with world.scope():
        return order_reads.order_ids(
            world.organization_id, Filter(stages=(stage,), due=due), MOMENT, sort=Sort.NEAREST_DEADLINE, most=10
        )


@pytest.mark.by_hand
def test_the_strip_counts_what_its_lists_show_and_the_nearest_comes_first(alice: World, charlie: World) -> None:
    """T-01, T-04, T-26"""
    tomorrow, late, today, far = (due_in(alice, h, n=n) for n, h in enumerate((20, -1, 10, 30)))
    due_in(charlie, -5, n=9)
    assert todo(alice, "to_review") == {
        "overdue": 1, "today": 1, "day": 2, "asked": 0, "answer_by": None, "stops": 0,
    }  # fmt: skip
    assert found(alice, Due.OVERDUE) == [late]
    assert found(alice, Due.TODAY) == [today]
    assert found(alice, Due.DAY) == [today, tomorrow]
    assert found(alice, Due.SOON) == [late, today, tomorrow, far]


@pytest.mark.by_hand
def test_a_request_to_cancel_is_counted_with_the_first_instant_an_answer_is_owed_by(
    alice: World, charlie: World
) -> None:
    """T-22, T-23"""
    first, second, packed = (due_in(alice, 30, n=n) for n in range(3))
    alice.do("review_orders", [packed])
    alice.do("pack_orders", [packed])
    asked(alice, first, AT + 40 * HOUR)
    asked(alice, second, AT + 12 * HOUR)
    asked(alice, packed, AT + 5 * HOUR)
    asked(charlie, charlie.order_ids("C-0000")[0], AT + HOUR)
    assert (todo(alice, "to_review")["asked"], todo(alice, "to_review")["answer_by"]) == (2, AT + 12 * HOUR)
    with alice.scope():
        here = alice.organization_id
        assert asked_orders(here) == [{"stage": "to_review", "asked": 2, "answer_by": AT + 12 * HOUR}]
        assert parcel_reads.asked_parcels(here) == [
            {"stage": "to_process", "supply": "", "asked": 1, "answer_by": AT + 5 * HOUR}
        ]
        strip = parcel_reads.todo_of_parcels(here, "to_process", "", MOMENT)
        assert strip == {
            "overdue": 0,
            "today": 0,
            "day": 0,
            "asked": 1,
            "answer_by": AT + 5 * HOUR,
            "cancelled": 0,
            "intercept": 0,
        }


@pytest.mark.by_hand
def test_a_request_without_a_clock_is_counted_without_an_instant(alice: World) -> None:
    asked(alice, due_in(alice, 30, n=1), None)
    assert (todo(alice, "to_review")["asked"], todo(alice, "to_review")["answer_by"]) == (1, None)


@pytest.mark.by_hand
def test_unpaid_orders_that_end_within_a_day_are_counted_and_listed(alice: World, charlie: World) -> None:
    """T-20"""
    unpaid = {"payment": PaymentState.UNPAID, "paid_at": None}
    soon, later, never = (due_in(alice, 30, n=n, **unpaid) for n in range(3))
    his = due_in(charlie, 30, n=1, **unpaid)
    pay_by(alice, soon, AT + 3 * HOUR)
    pay_by(alice, later, AT + 25 * HOUR)
    pay_by(charlie, his, AT + HOUR)
    assert todo(alice, "unpaid") == {
        "overdue": 0, "today": 0, "day": 0, "asked": 0, "answer_by": None, "stops": 1,
    }  # fmt: skip
    assert todo(alice, "to_review")["stops"] == 0
    assert found(alice, Due.STOPS, stage="unpaid") == [soon]
    with alice.scope():
        assert ending_unpaid(alice.organization_id, MOMENT) == (1, AT + 3 * HOUR)
    assert never not in found(alice, Due.STOPS, stage="unpaid")


@pytest.mark.by_hand
def test_each_read_of_the_strip_is_one_statement(alice: World) -> None:
    here = alice.organization_id
    with alice.scope():
        for read in (
            lambda: todo_of_orders(here, ["to_review"], MOMENT),
            lambda: parcel_reads.todo_of_parcels(here, "to_print", "in_stock", MOMENT),
            lambda: asked_orders(here),
            lambda: parcel_reads.asked_parcels(here),
            lambda: ending_unpaid(here, MOMENT),
        ):
            with CaptureQueriesContext(connection) as seen:
                read()
            assert len(seen) == 1


def texts(page: str, pattern: str) -> list[str]:
    """The words of every match, without tags."""
    return [" ".join(re.sub(r"<[^>]+>", " ", hit).split()) for hit in re.findall(pattern, page, re.DOTALL)]


@pytest.mark.by_hand
def test_the_strip_leads_to_its_rows_in_words_and_numbers(
    alice: World, door: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("entrepot.web.desk.now", lambda: AT)
    late, one, other = due_in(alice, -3, n=1), due_in(alice, 20, n=2), due_in(alice, 40, n=3)
    asked(alice, other, AT + 5 * HOUR + timedelta(minutes=12))
    page = door.get("/desk/review/").content.decode()
    strip = page.split('<div class="strip">')[1].split('<div class="filters')[0]
    assert texts(strip, r"<a class=\"chip.*?</a>") == [
        "Overdue 1", "Within 24 h 1", "To answer: cancellation asked 1 · first in 5 h 12",
    ]  # fmt: skip
    links = re.findall(r'href="(\?[^"]+)"', strip)
    assert links == ["?due=overdue", "?due=24h", "?asked=1"]
    listed = [re.findall(r'<tr data-id="(\d+)"', door.get(f"/desk/review/{link}").content.decode()) for link in links]
    assert listed == [[str(late)], [str(one)], [str(other)]]


@pytest.mark.by_hand
def test_a_row_tells_its_deadline_at_the_store_for_the_reader_and_in_utc(
    alice: World, door: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-04"""
    monkeypatch.setattr("entrepot.web.desk.now", lambda: AT)
    User.objects.filter(email=cast.ALICE).update(time_zone="Europe/Berlin")
    with alice.scope():
        sql.run(
            "UPDATE connections_store SET time_zone = 'Asia/Shanghai' WHERE organization_id = %s",
            [alice.organization_id],
        )
    order = due_in(alice, 5, n=1)
    asked(alice, order, AT - 2 * HOUR)
    page = door.get("/desk/review/").content.decode()
    (title,) = re.findall(r'<td title="([^"]+)">', page)
    assert title.splitlines() == [
        "Ship by",
        "2026-11-20 22:00 Asia/Shanghai (at the store)",
        "2026-11-20 15:00 Europe/Berlin (for you)",
        "2026-11-20T14:00:00Z",
        "",
        "Answer the cancellation by",
        "2026-11-20 15:00 Asia/Shanghai (at the store)",
        "2026-11-20 08:00 Europe/Berlin (for you)",
        "2026-11-20T07:00:00Z",
    ]
    (cell,) = texts(page, r"<td title=\"[^\"]+\">(.*?)</td>")
    assert cell == "5 h 00 left Answer overdue"


@pytest.mark.by_hand
def test_today_names_the_tabs_where_an_answer_is_owed_and_what_ends_unpaid(
    alice: World, door: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("entrepot.web.today.now", lambda: AT)
    asked(alice, due_in(alice, 30, n=1), AT + 2 * HOUR)
    held = due_in(alice, 30, n=2)
    asked(alice, held, AT + 9 * HOUR)
    alice.do("hold_orders", [held], reason="?")
    pay_by(alice, due_in(alice, 30, n=3, payment=PaymentState.UNPAID, paid_at=None), AT + HOUR)
    page = door.get("/").content.decode()
    cards = texts(page, r'<div class="number (?:red|amb)?">(.*?</div></div>)')
    assert cards[2:4] == [
        "2 To answer: cancellation asked first in 2 h 00 To review 1 On hold 1",
        "1 Cancelled unpaid within 24 h first in 1 h 00 Unpaid 1",
    ]
    assert '<a href="/desk/hold/?asked=1">' in page
    assert '<a href="/desk/unpaid/?due=stops">' in page


def test_an_order_of_files_is_due_when_its_store_says(alice: World) -> None:
    alice.take_in(draft("F-1", line()))
    (order,) = alice.order_ids("F-1")
    assert alice.value(
        "SELECT deadline_at FROM orders_order WHERE organization_id = %s AND id = %s", order
    ) == datetime(2026, 11, 22, 8, tzinfo=UTC)
