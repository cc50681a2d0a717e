"""What the pages tell of clocks: each with its end, what the marketplace does by itself, what it changed after review."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from tests.cast import ALICE, World, address, line
from tests.db.test_collection_clock import RULES, parcels_follow
from tests.db.test_notices import ready, tell
from tests.db.test_own_clocks import edit, recount
from tests.db.test_requirements_connections import at_marketplace, bring
from tests.db.test_web_stores import client_of, page
from tests.scripted import AT, Scripted, play

from entrepot.marketplaces.contract import PaymentState
from entrepot.marketplaces.policy import ClockName
from entrepot.orders.sync import sync_store

HOUR = timedelta(hours=1)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr("tests.scripted.POLICY", RULES)
    yield from play(monkeypatch)


def at(monkeypatch: pytest.MonkeyPatch, instant: datetime) -> None:
    """The pages' now."""
    for name in ("entrepot.web.batches.now", "entrepot.web.desk.now"):
        monkeypatch.setattr(name, lambda: instant)


def words(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_the_story_of_an_unpaid_order_tells_the_reminders_and_when_it_ends_by_itself(
    alice: World, there: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-19, T-20"""
    store = at_marketplace(alice, "Tik")
    order = bring(alice, store, "T-1", placed_at=AT, paid_at=None, payment=PaymentState.UNPAID)
    at(monkeypatch, AT + HOUR)
    client = client_of(ALICE)
    text = words(page(client, f"/orders/{order}/"))
    ends = "Unless it is paid, the marketplace cancels it by itself and tells the buyer 2026-11-22 12:00"
    later = "The marketplace reminds the buyer to pay 2026-11-21 04:00 · by the marketplace&#x27;s rules"
    done = "The marketplace reminded the buyer to pay 2026-11-20 12:15 · by the marketplace&#x27;s rules"
    places = [
        text.index(one) for one in ("Still to come", later, ends, "History", done, "Came in from the marketplace")
    ]
    assert places == sorted(places)  # what has not happened is no history
    assert "Cancelled unless paid by 2026-11-22 12:00" in text
    assert "Ship by" not in text
    assert "11-22 12:00 ends" in words(page(client, "/desk/unpaid/"))
    at(monkeypatch, AT + 17 * HOUR)
    assert words(page(client, f"/orders/{order}/")).count("The marketplace reminded the buyer to pay") == 2


def test_what_was_paid_in_time_was_reminded_only_until_then_and_ends_by_itself_no_more(
    alice: World, there: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-19"""
    store = at_marketplace(alice, "Tik")
    order = bring(alice, store, "T-1", placed_at=AT, paid_at=AT + HOUR)
    at(monkeypatch, AT + 20 * HOUR)
    text = words(page(client_of(ALICE), f"/orders/{order}/"))
    assert (text.count("reminded the buyer to pay"), "cancels it by itself" in text) == (1, False)


def test_a_drawer_names_every_clock_that_runs_the_nearest_first(
    alice: World, there: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-03, T-04"""
    store, parcels = ready(alice, there, "S-1", placed_at=AT - HOUR, paid_at=AT - HOUR)
    (order,) = alice.order_ids("S-1")
    at(monkeypatch, AT)
    client = client_of(ALICE)
    text = words(page(client, f"/orders/{order}/"))
    assert re.search(r"To await collection by 2026-11-22 11:00 .* To be in transit by 2026-11-25 11:00", text)
    assert "To be collected by" not in text
    alice.do("ship_parcels", parcels)
    tell(alice, store)
    assert "To be collected by 2026-11-23 12:00 3 d 0 h left" in words(page(client, f"/orders/{order}/"))
    at(monkeypatch, AT + 73 * HOUR)
    for drawer in (f"/orders/{order}/", f"/parcels/{parcels[0]}/"):
        assert "To be collected by 2026-11-23 12:00 1 h 00 late" in words(page(client, drawer))


def test_an_order_changed_after_review_is_marked_on_its_row_and_its_drawer_shows_both(
    alice: World, there: Scripted
) -> None:
    """D-23"""
    store, _parcels = ready(alice, there, "S-0")
    there.put("S-1", AT + HOUR / 2, buyer_id="b1")
    there.put("S-2", AT + HOUR / 2, buyer_id="b2")
    there.put("S-3", AT + HOUR / 2, buyer_id="b3")
    sync_store(alice.organization_id, store, why="timer", clock=lambda: AT + HOUR)
    ids = alice.order_ids("S-1", "S-2", "S-3")
    alice.do("review_orders", ids)
    there.put("S-1", AT + 2 * HOUR, buyer_id="b1", recipient=address(7))
    there.put("S-2", AT + 2 * HOUR, buyer_id="b2", lines=(line(quantity=3),))
    there.put("S-3", AT + 2 * HOUR, buyer_id="b3", external_status="still the same")
    sync_store(alice.organization_id, store, why="timer", clock=lambda: AT + 3 * HOUR)
    client = client_of(ALICE)
    rows = re.findall(r'<tr data-id="(\d+)".*?</tr>', page(client, "/desk/pack/"), re.DOTALL)
    assert sorted(map(int, rows)) == sorted(ids)
    text = page(client, "/desk/pack/")
    marked = {
        int(row_id)
        for row_id, row in re.findall(r'<tr data-id="(\d+)"(.*?)</tr>', text, re.DOTALL)
        if "The marketplace changed its address or goods after it was reviewed." in row and "Changed there" in row
    }
    assert marked == set(ids[:2])
    moved, grown, same = (words(page(client, f"/orders/{i}/")) for i in ids)
    note = "The marketplace changed this order after it was reviewed:"
    assert f"{note} Buyer 0 → Buyer 7" in moved
    assert "0 Main Street → 7 Main Street" in moved
    assert f"{note} SKU-00 × 1 → SKU-00 × 3" in grown
    assert note not in same
    alice.do("pack_orders", ids)  # what is packed is what it is now
    assert (
        alice.column("SELECT altered_at FROM orders_order WHERE organization_id = %s AND id = ANY(%s)", ids)
        == [None] * 3
    )


def test_what_left_and_was_not_collected_is_counted_and_listed_until_it_is_in_transit(
    alice: World, there: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-03, T-04, T-27"""
    store, parcels = ready(alice, there, "S-1", "S-2", "S-3", placed_at=AT - HOUR, paid_at=AT - HOUR)
    alice.do("ship_parcels", parcels)
    tell(alice, store)
    there.put("S-3", AT + HOUR, buyer_id="b2", external_status="IN_TRANSIT", shipped=True)
    sync_store(alice.organization_id, store, why="timer", clock=lambda: AT + 2 * HOUR)
    client = client_of(ALICE)

    def seen(query: str = "") -> list[int]:
        return sorted(map(int, re.findall(r'<tr data-id="(\d+)"', page(client, f"/desk/shipped/{query}"))))

    monkeypatch.setattr("entrepot.web.today.now", lambda: AT + 70 * HOUR)
    at(monkeypatch, AT + 70 * HOUR)  # ten in the morning of its last day
    assert seen() == sorted(parcels)
    assert (seen("?due=today"), seen("?due=overdue")) == (sorted(parcels[:2]), [])
    text = page(client, "/desk/shipped/")
    assert "To be collected today 2" in words(text)
    assert text.count('title="To be collected by\n2026-11-23 12:00 UTC') == 2
    assert "2 h 00 left" in words(text)
    assert "/desk/shipped/?due=today" in page(client, "/")
    at(monkeypatch, AT + 73 * HOUR)
    monkeypatch.setattr("entrepot.web.today.now", lambda: AT + 73 * HOUR)
    assert (seen("?due=today"), seen("?due=overdue")) == ([], sorted(parcels[:2]))
    assert "Not collected: overdue 2" in words(page(client, "/desk/shipped/"))
    assert "/desk/shipped/?due=overdue" in page(client, "/")


def test_a_parcel_told_early_is_due_by_its_collection_on_the_desk(
    alice: World, there: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-03, T-04, T-10"""
    store, parcels = ready(alice, there, "S-1", placed_at=AT - HOUR, paid_at=AT - HOUR)
    at(monkeypatch, AT + 70 * HOUR)
    client = client_of(ALICE)
    assert "Overdue 1" in words(page(client, "/desk/print/"))  # 48 hours to stock up are over
    alice.do("notify_parcels", parcels)
    tell(alice, store)
    parcels_follow(alice)
    text = words(page(client, "/desk/print/"))
    assert ["Overdue 1" in text, "Due today 1" in text, "2 h 00 left" in text] == [False, True, True]
    assert f'<tr data-id="{parcels[0]}"' in page(client, "/desk/print/?due=today")


def test_shipping_is_amber_in_its_hundred_and_nineteenth_hour_and_late_after_the_hundred_and_twentieth(
    alice: World, there: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-01"""
    store, parcels = ready(alice, there, "S-1", placed_at=AT, paid_at=AT)
    alice.do("notify_parcels", parcels)
    tell(alice, store, AT + 47 * HOUR)  # to be collected in the hundred and nineteenth hour
    edit(alice, store, {ClockName.COLLECT: 100})  # later than the hundred and twentieth from payment
    recount(alice, store)
    client = client_of(ALICE)
    cells = {}
    for hours in (113, 119, 121):
        at(monkeypatch, AT + hours * HOUR)
        (cell,) = re.findall(r'<td title="Ship by[^"]*">(.*?)</td>', page(client, "/desk/print/"), re.DOTALL)
        cells[hours] = (words(cell).split(" ·")[0], "amb" in cell, "red" in cell)
    assert cells == {
        113: ("7 h 00 left today 12:00", False, False),
        119: ("1 h 00 left today 12:00", True, False),
        121: ("1 h 00 late today 12:00", False, True),
    }
