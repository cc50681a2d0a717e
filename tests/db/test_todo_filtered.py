"""The to-do strip follows the filter of its list, as the tabs do: what a chip counts is what its link lists."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from tests.cast import AT, World, address, draft, line
from tests.db.test_deadlines import MOMENT, asked, texts
from tests.db.test_deadlines_plans import _rows, long_history

from entrepot.core import sql
from entrepot.orders import todo_counts
from entrepot.orders.queries import Filter, Window
from entrepot.parcels import queries as parcel_reads

__all__ = ["long_history"]  # a fixture
HOUR = timedelta(hours=1)
BY_HAND = pytest.mark.by_hand  # rows are changed by hand


def order(world: World, number: str, hours: float, country: str, *, n: int) -> int:
    ship_by = AT + hours * HOUR
    world.take_in(draft(number, line(), n=n, ship_by_at=ship_by, recipient=address(n, country=country)))
    return world.order_ids(number)[0]


def strip(door: Client, path: str) -> list[tuple[str, str]]:
    """(words, link) of each chip."""
    page = door.get(path).content.decode()
    part = page.partition('<div class="strip">')[2].partition('<div class="filters')[0]
    links = [href.replace("&amp;", "&") for href in re.findall(r'<a class="chip[^>]*href="([^"]+)"', part)]
    return list(zip(texts(part, r"<a class=\"chip.*?</a>"), links, strict=True))


def listed(door: Client, path: str) -> list[int]:
    return sorted(map(int, re.findall(r'<tr data-id="(\d+)"', door.get(path).content.decode())))


@BY_HAND
def test_the_strip_of_orders_counts_what_the_filter_holds_and_its_links_keep_the_filter(
    alice: World, door: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-01, T-04"""
    monkeypatch.setattr("entrepot.web.desk.now", lambda: AT)
    late, today, day = (order(alice, f"FR-{n}", h, "FR", n=n) for n, h in enumerate((-3, 10, 20)))
    others = [order(alice, f"DE-{n}", h, "DE", n=10 + n) for n, h in enumerate((-3, -2, 10, 40))]
    asked(alice, today, AT + 5 * HOUR)
    asked(alice, others[3], AT + HOUR)
    kept = "?country=FR"
    assert strip(door, f"/desk/review/{kept}") == [
        ("Overdue 1", f"{kept}&due=overdue"),
        ("Due today 1", f"{kept}&due=today"),
        ("Within 24 h 2", f"{kept}&due=24h"),
        ("To answer: cancellation asked 1 · first in 5 h 00", f"{kept}&asked=1"),
    ]
    for link, ids in (("due=overdue", [late]), ("due=today", [today]), ("due=24h", [today, day]), ("asked=1", [today])):
        assert listed(door, f"/desk/review/{kept}&{link}") == sorted(ids)
    # What the chips choose themselves narrows the list, and no count of the strip.
    assert [words for words, _ in strip(door, f"/desk/review/{kept}&due=overdue")] == [
        "Overdue 1", "Due today 1", "Within 24 h 2", "To answer: cancellation asked 1 · first in 5 h 00",
    ]  # fmt: skip
    assert strip(door, "/desk/review/?store=99999") == []
    assert strip(door, "/desk/review/?from=2026-01-01&to=2026-01-02") == []
    assert strip(door, f"/desk/review/?store={alice.store.id}")[0] == (
        "Overdue 3", f"?store={alice.store.id}&due=overdue",
    )  # fmt: skip


@BY_HAND
def test_the_strip_of_parcels_counts_what_the_filter_holds_and_its_links_keep_the_filter(
    alice: World, door: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-01, T-04"""
    monkeypatch.setattr("entrepot.web.desk.now", lambda: AT)
    orders = [order(alice, f"P-{n}", -3, one, n=n) for n, one in enumerate(("FR", "DE", "DE"))]
    alice.do("review_orders", orders)
    parcels = [int(i) for i in alice.do("pack_orders", orders).result["parcels"]]
    asked(alice, orders[0], AT + 2 * HOUR)
    alice.rows(
        "UPDATE parcels_parcel SET intercept_at = now() WHERE organization_id = %s AND country = 'FR' RETURNING id"
    )
    caught = ("To intercept 1", "/desk/shipped/?country=FR&mark=intercept")
    assert strip(door, "/desk/process/?country=FR&due=overdue&printed=0") == [
        ("Overdue 1", "?country=FR&printed=0"),  # it is on: pressed again it is left
        ("To answer: cancellation asked 1 · first in 2 h 00", "?country=FR&printed=0&due=overdue&asked=1"),
        caught,
    ]
    assert strip(door, "/desk/process/?country=DE") == [("Overdue 2", "?country=DE&due=overdue")]
    assert strip(door, f"/desk/process/?service={alice.service()}")[0][0] == "Overdue 3"
    assert strip(door, "/desk/process/?service=99999") == []
    assert strip(door, "/desk/review/?country=FR") == [caught]
    assert strip(door, "/desk/review/?country=DE") == []
    assert listed(door, "/desk/process/?country=DE&due=overdue") == sorted(parcels[1:])


@BY_HAND
def test_a_count_that_was_not_finished_says_so(alice: World, door: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entrepot.web.desk.now", lambda: AT)
    monkeypatch.setattr(todo_counts, "MOST_OPEN", 2)
    for n in range(3):
        order(alice, f"DE-{n}", -3 - n, "DE", n=n)
    order(alice, "FR", -9, "FR", n=9)
    assert strip(door, "/desk/review/?country=DE")[0][0] == "Overdue 2+"
    assert strip(door, "/desk/review/?country=FR")[0][0] == "Overdue 0+"  # farther back than was looked
    assert strip(door, "/desk/review/")[0][0] == "Overdue 4"


FILTERS = {
    "store": lambda w: Filter(stores=(w.store.id,)),
    "country": lambda w: Filter(countries=("DE",)),
    "placed": lambda w: Filter(placed=(Window((w.store.id,), AT - 9 * HOUR, AT + HOUR),)),
}
READS = {
    "orders": lambda w, f: todo_counts.filtered_todo_of_orders(w.organization_id, "to_review", f, MOMENT),
    "unpaid": lambda w, f: todo_counts.filtered_todo_of_orders(w.organization_id, "unpaid", f, MOMENT),
    "parcels": lambda w, f: parcel_reads.filtered_todo_of_parcels(w.organization_id, "to_print", "in_stock", f, MOMENT),
}


def most_rows(world: World, read: Any, wanted: Filter, monkeypatch: pytest.MonkeyPatch) -> int:
    """The most rows that a step of the plan looked at."""
    seen: list[int] = []

    def explain(query: str, params: Any = ()) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + query, params)
            seen.extend(_rows(cursor.fetchone()[0][0]["Plan"]))
        return [{name: [0, 0] for name in todo_counts.DUE}]

    with world.scope(), monkeypatch.context() as patch:
        patch.setattr(sql, "dicts", explain)
        read(world, wanted)
    return max(seen)


@BY_HAND
@pytest.mark.parametrize("wanted", FILTERS.values(), ids=FILTERS)
@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_no_filtered_strip_goes_through_what_is_over(
    long_history: World, read: Any, wanted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert most_rows(long_history, read, wanted(long_history), monkeypatch) < 100
