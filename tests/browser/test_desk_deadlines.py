"""The desk says what is due, late, or owed an answer, in words, and leads to it. T-01, T-04, T-20, T-22, T-23, T-26."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests import cast
from tests.browser.conftest import Opener
from tests.browser.desk_stage import listed
from tests.browser.waits import follow

from entrepot.core import sql

pytestmark = pytest.mark.browser


@pytest.fixture
def clocks_running(house: Any) -> None:
    """SO-0004 is late, SO-0005 nearly due; the buyers of SO-0006 and of the parcel with SO-0036 ask to be released;
    SO-0001 ends unpaid."""
    alice, at = cast.world_of(cast.ALICE), datetime.now(UTC)
    with alice.scope():
        for table in ("orders_order", "parcels_parcel"):
            far = [at + timedelta(hours=100), alice.organization_id]
            sql.run(f"UPDATE {table} SET deadline_at = %s WHERE organization_id = %s", far)
        for number, column, hours in (
            ("SO-0004", "deadline_at", -2.5),
            ("SO-0005", "deadline_at", 2.5),
            ("SO-0006", "answer_by_at", 5.5),
            ("SO-0036", "answer_by_at", -1),
            ("SO-0001", "pay_by_at", 3.5),
        ):
            asked = ", cancellation_asked_at = now()" if column == "answer_by_at" else ""
            sql.run(
                f"UPDATE orders_order SET {column} = %s{asked} WHERE organization_id = %s AND external_id = %s",
                [at + timedelta(hours=hours), alice.organization_id, number],
            )


@pytest.mark.usefixtures("clocks_running")
def test_the_strip_names_each_matter_and_a_click_shows_its_rows(page: Page) -> None:
    page.goto("/desk/review/")
    chip = page.locator(".strip .chip", has_text="To answer: cancellation asked")
    expect(chip).to_contain_text("first in 5 h")
    follow(chip)
    expect(page.locator(".strip .chip.on")).to_contain_text("To answer")
    expect(listed(page)).to_have_text(["SO-0006"])
    cell = page.locator("#rows tr td[title]")
    expect(cell).to_contain_text("Answer: 5 h")
    assert "Z" in (cell.get_attribute("title") or "").splitlines()[-1]
    page.goto("/desk/print/?asked=1")
    expect(page.locator("#rows tr")).to_contain_text("Answer overdue")


@pytest.mark.usefixtures("clocks_running")
def test_late_and_near_deadlines_say_so_in_words_and_the_nearest_stands_first(page: Page) -> None:
    page.goto("/desk/review/?due=48h")
    expect(listed(page)).to_have_text(["SO-0004", "SO-0005"])
    rows = page.locator("#rows tr")
    expect(rows.nth(0).locator(".chip.red", has_text="2 h 30 late")).to_be_visible()
    expect(rows.nth(1).locator(".chip.amb", has_text="left")).to_be_visible()


@pytest.mark.usefixtures("clocks_running")
@pytest.mark.parametrize(
    ("locale", "words"),
    [("en-US", "Cancelled unpaid within 24 h 1"), ("zh-CN", "24 小时内未付款将取消 1")],
)
def test_what_ends_unpaid_is_told_in_both_languages(open_page: Opener, locale: str, words: str) -> None:
    page = open_page(locale=locale)
    page.goto("/desk/unpaid/")
    expect(page.locator(".strip .chip:not(.line)")).to_have_text([words])
    follow(page.locator(".strip .chip"))
    expect(page.locator("#rows tr")).to_have_count(1)
    expect(listed(page)).to_have_text(["SO-0001"])


@pytest.mark.usefixtures("clocks_running")
@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
@pytest.mark.parametrize("width", [1024, 1280, 1440])
def test_no_deadline_runs_out_of_its_cell(open_page: Opener, locale: str, width: int) -> None:
    page = open_page(locale=locale, width=width)
    for address in ("/desk/review/", "/desk/print/"):
        page.goto(address)
        lines = page.locator("#rows td[title] > div")
        expect(lines.nth(4)).to_be_visible()
        cut = [line.inner_text() for line in lines.all() if line.evaluate("e => e.scrollWidth > e.clientWidth + 1")]
        assert cut == []


@pytest.mark.usefixtures("clocks_running")
def test_today_leads_to_every_answer_that_is_owed(page: Page) -> None:
    page.goto("/")
    card = page.locator(".number", has_text="To answer: cancellation asked")
    expect(card.locator("b").first).to_have_text("2")
    expect(card).to_contain_text("late")
    follow(card.locator(".parts a", has_text="To review"))
    expect(page.locator("#rows tr")).to_have_count(1)
    expect(listed(page)).to_have_text(["SO-0006"])
