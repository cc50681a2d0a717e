"""Parcels of cancelled orders: red in words, unpacked by one press, not handed over or to intercept. K-39, K-40, T-23, T-24."""

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests import cast
from tests.browser.conftest import Live, Opener
from tests.browser.waits import follow, said

from entrepot.core import sql

pytestmark = pytest.mark.browser
BAD = re.compile(r"\bbad\b")
SHOTS = os.environ.get("ENTREPOT_SHOTS")  # a folder to keep pictures of what is tested here


@dataclass(frozen=True)
class Stopped:
    parcel: int
    order: int
    number: str


def first_to_print(condition: str, *params: object) -> Stopped:
    """The order of the first parcel in To print, changed by `condition`."""
    alice = cast.world_of(cast.ALICE)
    (parcel, order) = alice.rows(
        """
        SELECT p.id, pl.order_id FROM parcels_parcelline pl
        JOIN parcels_parcel p ON p.organization_id = pl.organization_id AND p.id = pl.parcel_id
        WHERE pl.organization_id = %s AND p.stage = 'to_print' AND p.supply = 'in_stock' ORDER BY p.id LIMIT 1
        """
    )[0]
    with alice.scope():
        ((number,),) = sql.rows(
            f"UPDATE orders_order SET {condition} WHERE organization_id = %s AND id = %s RETURNING external_id",
            [*params, alice.organization_id, order],
        )
    return Stopped(parcel, order, number)


def cancelled_there() -> Stopped:
    return first_to_print("ended_at = %s, ended_by = 'marketplace'", datetime.now(UTC) - timedelta(minutes=5))


def asked() -> Stopped:
    at = datetime.now(UTC)
    return first_to_print("cancellation_asked_at = %s, answer_by_at = %s", at, at + timedelta(hours=30, minutes=20))


def keep(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def order_stage(order: int) -> str:
    return cast.world_of(cast.ALICE).order_stages([order])[0]


def test_after_the_window_the_cancelled_parcel_is_red_in_words_and_the_refusal_unpacks_it(
    house: Live, page: Page
) -> None:
    stopped = cancelled_there()
    page.goto("/desk/print/")
    page.locator("[data-check-all]").click()
    page.keyboard.press("s")
    said(page, "Ship: 3 done, 1 refused")
    expect(page.locator("#window .danger")).to_have_text(
        f"Order {stopped.number} was cancelled at the marketplace (Main Street), or its cancellation was accepted there; "
        "its goods must not go. Unpack it."
    )
    expect(page.locator("#window")).to_contain_text("1 parcel must not go")
    keep(page, "refused")
    page.keyboard.press("Escape")
    expect(page.locator("#window .win")).to_have_count(0)
    row = page.locator(f'#rows tr[data-id="{stopped.parcel}"]')
    expect(row).to_have_class(BAD)
    expect(row.locator(".chip.red").first).to_have_text("Cancelled: has it left?")
    page.goto("/batches/")
    page.goto("/desk/print/")
    page.locator("[data-check-all]").click()
    page.keyboard.press("s")
    said(page, "Ship: 0 done, 1 refused")
    page.locator("#window").get_by_role("button", name="Unpack").click()
    said(page, "Unpack: 1 done")
    expect(row).to_have_count(0)
    assert order_stage(stopped.order) == "cancelled"


def test_not_handed_over_takes_the_red_away_and_unpacking_is_one_press_in_the_drawer(house: Live, page: Page) -> None:
    stopped = cancelled_there()
    page.goto("/desk/print/")
    follow(page.locator(".strip a", has_text="Cancelled: has it left? 1"))
    expect(page.locator("#rows tr")).to_have_count(1)
    page.locator("#rows a.no").click()
    drawer = page.locator("#drawer")
    expect(drawer.locator(".stop")).to_contain_text(f"order {stopped.number}.")
    expect(drawer.locator(".stop")).to_contain_text(f"Parcel P-{stopped.parcel} must not go.")
    expect(drawer.locator(".story-head [data-act]")).to_have_text(["Unpack", "Not handed over", "Already handed over…"])
    expect(drawer.locator(".btn.pri")).to_have_text("Unpack")
    drawer.get_by_role("button", name="Not handed over").click()
    said(page, "Not handed over: 1 done")
    page.goto("/desk/print/")
    row = page.locator(f'#rows tr[data-id="{stopped.parcel}"]')
    expect(row).not_to_have_class(BAD)
    expect(row.locator(".chip.line", has_text="Cancelled")).to_be_visible()
    row.locator("a.no").click()
    expect(drawer.locator(".tl").last).to_contain_text("Cancelled, and not handed over")
    expect(drawer.locator(".tl").last).to_contain_text("Alice")
    drawer.get_by_role("button", name="Unpack").click()
    said(page, "Unpack: 1 done")
    assert order_stage(stopped.order) == "cancelled"


def test_already_handed_over_is_counted_to_intercept_until_somebody_says_how_it_ended(house: Live, page: Page) -> None:
    stopped = cancelled_there()
    page.goto(f"/orders/{stopped.order}/")
    story = page.locator(".story")
    expect(story.get_by_role("button", name="Reject cancellation")).to_have_count(0)
    story.get_by_role("button", name="Already handed over").click()
    expect(page.locator("#ask-count")).to_have_text(f"Parcel P-{stopped.parcel}")
    page.keyboard.press("Enter")
    said(page, "Already handed over: 1 done")
    page.goto("/")
    expect(page.locator(".number", has_text="To intercept").locator("b").first).to_have_text("1")
    page.goto("/desk/review/")
    follow(page.locator(".strip a", has_text="To intercept 1"))
    expect(page.locator("#rows tr")).to_have_count(1)
    expect(page.locator("#rows tr")).to_have_class(BAD)
    expect(page.locator("#rows .chip.red").first).to_have_text("To intercept")
    page.locator("#rows a.no").click()
    page.locator("#drawer").get_by_role("button", name="Could not be stopped").click()
    expect(page.locator("#ask-go")).to_be_focused()
    page.keyboard.press("Enter")
    said(page, "Close intercepts: 1 done")
    assert order_stage(stopped.order) == "cancelled"
    page.goto("/desk/shipped/")
    expect(page.locator(".strip a", has_text="To intercept")).to_have_count(0)


def test_the_drawer_of_a_parcel_answers_its_buyer_while_the_time_left_is_shown(house: Live, page: Page) -> None:
    stopped = asked()
    page.goto("/desk/print/")
    page.locator(f'#rows tr[data-id="{stopped.parcel}"] a.no').click()
    note = page.locator("#drawer .stop")
    expect(note).to_contain_text(f"The buyer asked to cancel order {stopped.number}.")
    expect(note.locator(".chip")).to_have_text("1 d 6 h left")
    expect(note.locator("[data-act]")).to_have_text(["Accept cancellation…", "Reject cancellation…"])
    note.get_by_role("button", name="Accept cancellation").click()
    expect(page.locator("#ask-count")).to_have_text(f"Order {stopped.number}")
    page.keyboard.press("Enter")
    said(page, "Accept cancellation: 1 done")
    expect(page.locator("#drawer .stop")).to_contain_text("We accepted the buyer's cancellation")
    page.locator("#drawer").get_by_role("button", name="Unpack").click()
    said(page, "Unpack: 1 done")
    assert order_stage(stopped.order) == "cancelled"


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
@pytest.mark.parametrize("width", [1024, 1440])
@pytest.mark.parametrize("kind", ["cancelled", "asked"])
def test_the_notes_fit_and_their_buttons_are_seen_whole(
    house: Live, open_page: Opener, locale: str, width: int, kind: str
) -> None:
    stopped = cancelled_there() if kind == "cancelled" else asked()
    page = open_page(locale=locale, width=width, dark=locale == "zh-CN")
    page.goto("/desk/print/")
    page.locator(f'#rows tr[data-id="{stopped.parcel}"] a.no').click()
    note = page.locator("#drawer .stop")
    expect(note).to_be_visible()
    keep(page, f"{kind}-{locale}-{width}")
    cut = [
        button.inner_text()
        for button in note.locator(".btn").all()
        if button.evaluate("e => e.getBoundingClientRect().right > e.closest('.stop').getBoundingClientRect().right")
    ]
    assert cut == []
    chip = page.locator(f'#rows tr[data-id="{stopped.parcel}"] .chip.red').first
    assert chip.evaluate("e => e.scrollWidth <= e.clientWidth + 1")
