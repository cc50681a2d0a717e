"""The clocks in a real browser: collection, reminders, hours of the owner's, what others ship, what was changed there."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests import cast
from tests.browser.conftest import Opener
from tests.browser.desk_stage import listed
from tests.browser.waits import follow, settled

from entrepot.connections.edit_clocks import Fulfilment, edit_clocks
from entrepot.connections.stores import create_store, store_by_id
from entrepot.marketplaces.contract import PaymentState

pytestmark = pytest.mark.browser
HOUR = timedelta(hours=1)


@pytest.fixture
def tik(house: Any) -> int:
    """A TikTok store: T-1 unpaid for an hour, T-2 and T-3 changed after review, T-4 and T-5 shipped and not collected,
    the first of them for too long."""
    alice, at = cast.world_of(cast.ALICE), datetime.now(UTC)
    with alice.scope():
        store = create_store(
            organization_id=alice.organization_id, name="Tik", marketplace="tiktok", currency="USD", time_zone="Europe/London",
            actor=alice.actor, at=at, sender=cast.SENDER, default_service_id=alice.service(),
        )  # fmt: skip

    def bring(number: str, n: int, hours: float, **changes: Any) -> None:
        placed = at - hours * HOUR
        value = {"placed_at": placed, "paid_at": placed, "updated_at": placed} | changes
        replace(alice, at=at).pulled(store, cast.draft(number, n=n, **value))

    bring("T-1", 101, 1, payment=PaymentState.UNPAID, paid_at=None)
    bring("T-2", 102, 2)
    bring("T-3", 103, 2)
    bring("T-4", 104, 80, external_status="AWAITING_COLLECTION", updated_at=at - 73 * HOUR)
    bring("T-5", 105, 80, external_status="AWAITING_COLLECTION", updated_at=at - 70 * HOUR)
    changed = alice.order_ids("T-2", "T-3", "T-4", "T-5")
    assert alice.do("review_orders", changed).refused == []
    parcels = [int(i) for i in alice.do("pack_orders", changed[2:]).result["parcels"]]
    for verb in ("get_waybills", "allocate_parcels", "ship_parcels"):
        assert alice.do(verb, parcels).refused == []
    bring("T-2", 102, 2, updated_at=at, recipient=cast.address(7))
    bring("T-3", 103, 2, updated_at=at, lines=(cast.line(quantity=3),))
    return store.id


def test_what_was_not_collected_stands_above_the_shipped_parcels_and_leads_to_them(page: Page, tik: int) -> None:
    """T-03, T-04"""
    page.goto("/desk/shipped/")
    late = page.locator(".strip .chip", has_text="Not collected: overdue")
    expect(late).to_contain_text("1")
    follow(late)
    expect(page.locator(".strip .chip.on")).to_contain_text("Not collected: overdue")
    row = page.locator("#rows tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("T-4")
    expect(row).to_contain_text("1 h 00 late")
    assert (row.locator("td[title]").last.get_attribute("title") or "").startswith("To be collected by\n")


def test_an_unpaid_orders_drawer_tells_what_the_marketplace_will_do_by_itself(page: Page, tik: int) -> None:
    """T-19, T-20"""
    page.goto("/desk/unpaid/")
    page.locator("#rows tr", has_text="T-1").locator("a.no").click()
    drawer = page.locator(".story")
    ahead = drawer.locator("section", has=page.get_by_role("heading", name="Still to come"))
    history = drawer.locator("section", has=page.get_by_role("heading", name="History"))
    settled(page)
    expect(ahead.locator(".tl > div")).to_have_count(2)
    expect(history.locator(".tl > div")).to_have_count(2)
    told = [" ".join(one.split()) for one in ahead.locator(".tl > div").all_inner_texts()]
    assert told[0].startswith("The marketplace reminds the buyer to pay")
    assert told[1].startswith("Unless it is paid, the marketplace cancels it by itself and tells the buyer")
    expect(history).to_contain_text("The marketplace reminded the buyer to pay")
    expect(drawer).to_contain_text("Cancelled unless paid by")


def test_a_change_at_the_marketplace_is_marked_and_its_drawer_shows_before_and_after(page: Page, tik: int) -> None:
    """D-23"""
    page.goto("/desk/pack/")
    for number, change in (("T-2", "102 Main Street → 7 Main Street"), ("T-3", "SKU-00 × 1 → SKU-00 × 3")):
        row = page.locator("#rows tr", has_text=number)
        expect(row.locator(".chip", has_text="Changed there")).to_be_visible()
        row.locator("a.no").click()
        expect(page.locator(".story .note.warn")).to_contain_text(change)
        page.keyboard.press("Escape")
        expect(page.locator("#drawer")).to_be_hidden()
    expect(page.locator("#rows tr .chip", has_text="Changed there")).to_have_count(2)


def test_an_owner_sets_hours_and_says_who_ships_on_the_stores_page(page: Page, tik: int) -> None:
    """T-01, T-02, T-03, D-02"""
    page.goto(f"/settings/stores/{tik}/")
    part = page.locator("#clocks")
    expect(part).to_contain_text("Empty: the marketplace's 120 hours.")
    part.get_by_label("Hours from payment until it is in transit").fill("20")
    part.get_by_label("Who ships its orders").select_option("service")
    follow(page.get_by_role("button", name="Save", exact=True))
    expect(page.locator("body")).to_contain_text("The deadlines of its open orders are counted anew.")
    alice = cast.world_of(cast.ALICE)
    with alice.scope():
        facts = store_by_id(alice.organization_id, tik)
    assert facts is not None
    assert (dict(facts.clocks), facts.fulfilment) == ({"ship_by": 20}, Fulfilment.SERVICE)


def test_what_others_ship_has_a_tab_of_its_own_where_there_is_any(page: Page, open_page: Opener, tik: int) -> None:
    """D-02"""
    page.goto("/desk/review/")
    expect(page.get_by_role("link", name="Shipped by others")).to_have_count(0)
    alice = cast.world_of(cast.ALICE)
    with alice.scope():
        edit_clocks(
            organization_id=alice.organization_id, store_id=tik, hours={}, fulfilment=Fulfilment.MARKETPLACE,
            actor=alice.actor, at=datetime.now(UTC),
        )  # fmt: skip
        facts = store_by_id(alice.organization_id, tik)
    assert facts is not None
    replace(alice, at=datetime.now(UTC)).pulled(facts, cast.draft("T-9", n=109))
    page.goto("/desk/followed/")
    expect(listed(page)).to_have_text(["T-9"])
    expect(page.locator("#rows tr")).to_contain_text("Shipped by the marketplace")
    expect(page.locator("[data-act]")).to_have_count(0)
