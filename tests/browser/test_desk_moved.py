"""An address that changed after packing: marked on the row, compared in the drawer, mended by one press; narrow lists."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests import cast
from tests.browser.conftest import Live, Opener
from tests.browser.waits import said

from entrepot.core.batch import VERBS

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("ENTREPOT_SHOTS")  # a folder to keep pictures of what is tested here


def keep(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def moved_parcel() -> int:
    """The first parcel to print, whose order goes to another street since."""
    alice = cast.world_of(cast.ALICE)
    (parcel, order) = alice.rows(
        """
        SELECT p.id, pl.order_id FROM parcels_parcelline pl
        JOIN parcels_parcel p ON p.organization_id = pl.organization_id AND p.id = pl.parcel_id
        WHERE pl.organization_id = %s AND p.stage = 'to_print' AND p.supply = 'in_stock' ORDER BY p.id LIMIT 1
        """
    )[0]
    assert "edit_address" in VERBS
    report = alice.do("edit_address", [order], line1="77 New Street", city="Kowloon")
    assert report.refused == []
    return int(parcel)


def test_a_changed_address_is_seen_on_the_row_and_in_the_drawer_and_one_press_mends_it(house: Live, page: Page) -> None:
    parcel = moved_parcel()
    page.goto("/desk/print/")
    row = page.locator(f'#rows tr[data-id="{parcel}"]')
    expect(row.locator(".chip", has_text="Address changed")).to_be_visible()
    row.locator("a.no").click()
    note = page.locator("#drawer .stop")
    expect(note.locator("ins").first).to_have_text("77 New Street")
    expect(page.locator("#drawer .btn.pri")).to_have_text("Get a new waybill…")
    keep(page, "moved-drawer")
    page.locator("#drawer").get_by_role("button", name="Unpack").wait_for()
    note.get_by_role("button", name="Get a new waybill").click()
    page.locator("#ask-go").click()
    said(page, "Get a new waybill: 1 done")
    expect(row.locator(".chip", has_text="Address changed")).to_have_count(0)
    expect(row).to_have_count(1)  # it stands where it stood
    expect(page.locator("#drawer .stop")).to_have_count(0)
    expect(page.locator("#drawer #address")).to_contain_text("77 New Street")


def test_the_refusal_in_the_window_has_the_same_remedy(house: Live, page: Page) -> None:
    parcel = moved_parcel()
    page.goto("/desk/print/")
    page.locator(f'#rows tr[data-id="{parcel}"] input').click()
    page.keyboard.press("p")
    said(page, "Print labels: 0 done, 1 refused")
    expect(page.locator("#window")).to_contain_text("→ 77 New Street")
    keep(page, "moved-window")
    page.locator("#window").get_by_role("button", name="Get a new waybill").click()
    page.locator("#ask-go").click()
    said(page, "Get a new waybill: 1 done")


def width_of(page: Page, selector: str) -> float:
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["width"]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_at_1024_pixels_goods_keep_their_title_and_marks_their_words(
    house: Live, open_page: Opener, locale: str, dark: bool
) -> None:
    parcel = moved_parcel()
    page = open_page(locale=locale, dark=dark, width=1024)
    page.goto("/desk/print/")
    row = page.locator(f'#rows tr[data-id="{parcel}"]')
    assert width_of(page, f'#rows tr[data-id="{parcel}"] td:nth-child(4)') >= 150
    chip = row.locator(".chip", has_text="Address changed" if locale == "en-US" else "地址已变更")
    box, cell = chip.bounding_box(), row.locator("td").nth(1).bounding_box()
    assert box is not None
    assert cell is not None
    assert box["x"] + box["width"] <= cell["x"] + cell["width"] - 9  # inside, and wide enough to be read
    assert box["width"] >= 90
    keep(page, f"narrow-{locale}-{dark}")
    row.locator("a.no").click()
    page.locator("#drawer .stop").wait_for()
    assert width_of(page, f'#rows tr[data-id="{parcel}"] td:nth-child(4)') >= 110
    keep(page, f"narrow-drawer-{locale}-{dark}")
    page.goto("/pairing/?show=paired")
    expect(page.locator("table.pairs .narrow").first).to_be_visible()
    keep(page, f"pairings-{locale}-{dark}")
