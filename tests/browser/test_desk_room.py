"""The desk in the room it has: the main button is never cut, and a red mark stands whole, whatever the window's width."""

import pytest
from playwright.sync_api import Page, expect
from tests import cast
from tests.browser.conftest import Opener

from entrepot.core import sql

WIDTHS = (1920, 1466, 1440, 1366, 1300, 1280, 1024, 900)


def cut(page: Page, selector: str) -> list[str]:
    """Texts of these that reach beyond what contains them, or beyond the window."""
    found: list[str] = page.eval_on_selector_all(
        selector,
        """all => all.filter((one) => one.offsetParent).filter((one) => {
            const box = one.getBoundingClientRect(), clip = one.closest(".clip, .bulk").getBoundingClientRect();
            return box.right > clip.right + 1 || box.left < clip.left - 1 || box.right > innerWidth;
        }).map((one) => one.textContent)""",
    )
    return found


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
@pytest.mark.parametrize("tab", ["review", "waybill", "print", "shipped"])
def test_the_bar_folds_by_its_own_width_and_no_button_of_it_is_cut(open_page: Opener, tab: str, locale: str) -> None:
    page = open_page(locale=locale)
    page.goto(f"/desk/{tab}/")
    names = page.eval_on_selector_all("#bulk [data-act]", "all => all.map((one) => one.dataset.name)")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_function("(width) => innerWidth === width", arg=width)
        page.keyboard.press("Escape")  # with nothing selected, then with something: the words on the left differ
        for _selected in (False, True):
            page.wait_for_function(
                "() => document.querySelector('#bulk').scrollWidth <= document.querySelector('#bulk').clientWidth"
            )
            assert cut(page, "#bulk .btn") == [], (tab, width)
            shown = page.eval_on_selector_all(
                "#bulk [data-act]:not(.folded)", "all => all.map((one) => one.dataset.name)"
            )
            assert shown[-1] == names[-1]
            expect(page.locator("#bulk [data-more]")).to_be_visible(visible=len(shown) < len(names))
            page.locator("#grid tbody input[type=checkbox]").first.check()


def test_what_the_bar_has_no_room_for_stands_in_its_menu(open_page: Opener) -> None:
    page = open_page(width=900)
    page.goto("/desk/print/")
    page.locator("#grid tbody input[type=checkbox]").first.check()
    expect(page.locator("#bulk [data-act=unpack]")).to_be_hidden()
    page.get_by_role("button", name="All actions").click()
    expect(page.get_by_role("menuitem", name="Unpack…")).to_be_visible()
    page.set_viewport_size({"width": 1920, "height": 800})
    expect(page.locator("#bulk [data-act=unpack]")).to_be_visible()
    expect(page.get_by_role("button", name="All actions")).to_be_hidden()


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_a_cancellation_asked_for_is_never_cut(open_page: Opener, locale: str) -> None:
    alice = cast.world_of(cast.ALICE)
    with alice.scope():
        sql.run(
            "UPDATE orders_order SET cancellation_asked_at = %s WHERE organization_id = %s AND stage IN ('packed', 'to_review')",
            [cast.AT, alice.organization_id],
        )
    page = open_page(locale=locale)
    for tab in ("review", "print"):
        for width in (1440, 1366, 1280, 1024):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(f"/desk/{tab}/")
            expect(page.locator("#rows tr.bad .chip.red").first).to_be_visible()
            assert cut(page, "#rows tr.bad td:nth-child(2) .chip.red") == [], (tab, width)
    page.set_viewport_size({"width": 1440, "height": 800})
    page.locator("#rows a.no").first.click()
    expect(page.locator("#drawer .story")).to_be_visible()
    assert cut(page, "#rows tr.bad td:nth-child(2) .chip.red") == []


def test_what_stops_a_parcel_leaves_the_orders_number_whole_where_there_is_room(open_page: Opener) -> None:
    alice = cast.world_of(cast.ALICE)
    with alice.scope():
        sql.run(
            """UPDATE orders_order SET ended_at = %s, external_id = '5606940000010' || right(external_id, 2)
            WHERE organization_id = %s AND stage = 'packed'""",
            [cast.AT, alice.organization_id],
        )
    page = open_page()
    page.goto("/desk/print/")
    row = page.locator("#rows tr.bad").first
    mark, number, under = (
        row.locator("td:nth-child(2) .chip.red"),
        row.locator("a.no"),
        row.locator("td:nth-child(2) .sub"),
    )
    expect(mark).to_have_text("Cancelled: has it left?")
    at = [one.bounding_box() for one in (mark, number)]
    assert all(at)
    beside, first = (box or {} for box in at)
    assert first["x"] + first["width"] <= beside["x"]  # on one line, one beside the other
    assert abs(beside["y"] + beside["height"] / 2 - first["y"] - first["height"] / 2) <= 2
    assert under.evaluate("e => e.scrollWidth <= e.clientWidth")
    expect(under).to_contain_text("5606940000010")
