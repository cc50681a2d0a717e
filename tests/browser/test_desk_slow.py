"""A slow connection or a quick hand: what is asked for while an answer is on its way is neither lost nor done twice."""

from playwright.sync_api import Page, expect
from tests import cast
from tests.browser.desk_stage import listed, numbers
from tests.browser.held import acts, held, lists, stories
from tests.browser.test_desk_address import NEW, recipient
from tests.browser.test_desk_work import stages
from tests.browser.waits import said, settled


def box(page: Page, number: str) -> None:
    """Makes the row the current one, and selects it."""
    page.locator("tr", has_text=number).locator("td.c").click()


def batches() -> int:
    (count,) = cast.world_of(cast.ALICE).column("SELECT count(*) FROM core_batch WHERE organization_id = %s")
    return int(count)


def test_an_act_and_a_look_at_another_order_while_the_list_is_renewed(page: Page) -> None:
    page.goto("/desk/review/")
    some = numbers(page)
    with held(page, lists):
        with page.expect_request(lists):
            page.keyboard.press("j")
            page.keyboard.press("a")
        box(page, some[1])
        page.keyboard.press("a")
        page.locator("#rows a.no", has_text=some[3]).click()
        expect(page.locator("#drawer .story")).to_have_attribute("data-name", some[3])
    settled(page)
    assert stages(some[:2]) == ["to_pack", "to_pack"]
    expect(listed(page)).to_have_text(some[2:])


def test_what_is_asked_for_during_an_act_is_done_after_it_in_the_same_order(page: Page) -> None:
    page.goto("/desk/review/")
    some, before = numbers(page), batches()
    with held(page, acts):
        box(page, some[0])
        page.keyboard.press("a")
        page.keyboard.press("Escape")
        box(page, some[1])
        page.keyboard.press("a")
        page.keyboard.press("a")  # twice
        page.keyboard.press("Escape")
        box(page, some[2])
        page.keyboard.press("h")
        page.locator("#ask-reason").fill("Why")
        page.keyboard.press("Enter")
        expect(page.locator("#ask")).to_be_hidden()
    said(page, "Hold: 1 done")
    assert stages(some[:3]) == ["to_pack", "to_pack", "on_hold"]
    assert batches() == before + 3


def test_undo_during_an_act_undoes_that_act(page: Page) -> None:
    page.goto("/desk/review/")
    some = numbers(page)
    with held(page, acts):
        page.keyboard.press("j")
        page.keyboard.press("a")
        page.keyboard.press("j")
        page.keyboard.press("a")
        page.keyboard.press("u")
    said(page, "Undo: Review: 1 done")
    assert stages(some[:2]) == ["to_pack", "to_review"]


def test_the_browser_asks_before_it_leaves_acts_that_have_not_gone_out(page: Page) -> None:
    page.goto("/desk/review/")
    some = numbers(page)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    with held(page, acts):
        page.keyboard.press("j")
        page.keyboard.press("a")
        page.keyboard.press("j")
        page.keyboard.press("a")
        with page.expect_event("dialog"):
            page.locator(".tabs a", has_text="To pack").click()
    settled(page)
    assert asked == ["beforeunload"]
    assert stages(some[:2]) == ["to_pack", "to_pack"]


def test_a_drawer_opened_during_an_act_is_filled(page: Page) -> None:
    page.goto("/desk/review/")
    some = numbers(page)
    with held(page, acts):
        page.keyboard.press("j")
        page.keyboard.press("a")
        page.locator("#rows a.no", has_text=some[3]).click()
        expect(page.locator("#drawer .story")).to_have_attribute("data-name", some[3])
    said(page, "Review: 1 done")
    expect(page.locator("#drawer .story")).to_have_attribute("data-name", some[3])


def test_the_current_row_stays_the_current_row_when_the_list_is_renewed(page: Page) -> None:
    page.goto("/desk/review/")
    some = numbers(page)
    with held(page, lists), page.expect_request(lists):
        page.keyboard.press("j")
        page.keyboard.press("a")
        page.keyboard.press("j")
    settled(page)
    page.keyboard.press("a")
    settled(page)
    assert stages(some[:3]) == ["to_pack", "to_pack", "to_review"]


def test_a_current_row_that_was_printed_is_shipped_by_key_only_after_a_yes(page: Page) -> None:
    page.goto("/desk/print/")
    some = numbers(page)
    page.keyboard.press("j")
    page.keyboard.press("p")
    said(page, "Print labels: 1 done")
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    expect(page.locator("#ask-count")).to_have_text(f"Parcel {some[0]}")
    page.keyboard.press("Escape")
    expect(page.locator("#ask")).to_be_hidden()
    page.keyboard.press("j")  # another row, chosen now
    page.keyboard.press("s")
    said(page, "Ship: 1 done")
    expect(listed(page)).to_have_text([some[0], *some[2:]])


def test_e_while_the_list_is_renewed_or_the_drawer_is_on_its_way_opens_the_form(page: Page) -> None:
    page.goto("/desk/review/")
    some = numbers(page)
    with held(page, lists), page.expect_request(lists):
        page.keyboard.press("j")
        page.keyboard.press("a")
        page.keyboard.press("j")
        page.keyboard.press("e")
    settled(page)
    expect(page.locator("#id_name")).to_be_focused()
    expect(page.locator("#drawer .story")).to_have_attribute("data-name", some[1])
    with held(page, stories):
        page.locator("#rows a.no", has_text=some[4]).click()
        page.keyboard.press("e")
    settled(page)
    expect(page.locator("#id_name")).to_be_focused()
    expect(page.locator("#drawer .story")).to_have_attribute("data-name", some[4])


def test_escape_while_the_drawer_is_on_its_way_leaves_it_empty_and_e_takes_the_current_row(page: Page) -> None:
    page.goto("/desk/review/")
    some = numbers(page)
    with held(page, stories):
        page.locator("#rows a.no", has_text=some[3]).click()
        page.keyboard.press("Escape")
    settled(page)
    expect(page.locator("#drawer .story")).to_have_count(0)
    page.keyboard.press("k")
    page.keyboard.press("e")
    expect(page.locator("#id_name")).to_be_focused()
    expect(page.locator("#drawer .story")).to_have_attribute("data-name", some[2])


def test_the_drawer_shows_the_order_that_was_opened_last(page: Page) -> None:
    page.goto("/desk/review/")
    some = numbers(page)
    with held(page, stories):
        for number in some[1:4]:
            page.locator("#rows a.no", has_text=number).click()
    settled(page)
    expect(page.locator("#drawer .story")).to_have_attribute("data-name", some[3])


def test_an_address_that_is_being_typed_outlives_an_act_on_another_order(page: Page) -> None:
    page.goto("/desk/review/")
    some = numbers(page)
    page.locator("#rows a.no", has_text=some[0]).click()
    page.get_by_role("button", name="Edit address").click()
    page.locator("#id_line1").fill(NEW)
    box(page, some[1])
    page.locator("#bulk [data-act=review]").click()
    said(page, "Review: 1 done")
    expect(page.locator("#id_line1")).to_have_value(NEW)
    page.get_by_role("button", name="Save").click()
    said(page, "Edit address: 1 done")
    expect(page.locator("#drawer #address")).to_contain_text(NEW)
    expect(page.locator("#address form")).to_have_count(0)
    assert recipient(some[0])[0] == NEW


def test_a_result_takes_no_letter_from_a_field(page: Page) -> None:
    page.goto("/desk/print/")
    with held(page, acts):
        page.keyboard.press("j")
        page.keyboard.press("p")
        page.keyboard.press("/")
    said(page, "Print labels: 1 done")
    expect(page.get_by_role("link", name="Open PDF")).to_be_visible()
    expect(page.locator("#search-input")).to_be_focused()


def test_an_undo_whose_window_has_made_way_for_another_renews_the_list_too(page: Page) -> None:
    page.goto("/desk/review/")
    some = numbers(page)
    page.keyboard.press("j")
    page.keyboard.press("a")
    said(page, "Review: 1 done")
    with held(page, lambda request: "undo" in request.url):
        page.locator("#window").get_by_role("button", name="Undo").click()
        page.keyboard.press("j")
        page.keyboard.press("a")
        expect(listed(page)).to_have_text(some[2:])
    said(page, "Undo: Review: 1 done")
    expect(listed(page)).to_have_text([some[0], *some[2:]])


def test_an_open_filter_menu_keeps_what_is_ticked_in_it_when_the_list_is_renewed(page: Page) -> None:
    page.goto("/desk/review/")
    numbers(page)
    with held(page, lists), page.expect_request(lists):
        page.keyboard.press("j")
        page.keyboard.press("a")
    menu = page.locator("details[data-filter]", has=page.locator("summary", has_text="Country"))
    with held(page, lists):
        page.keyboard.press("j")
        page.keyboard.press("a")
        menu.locator("summary").click()
        menu.locator("input[value=DE]").check()
    settled(page)
    expect(listed(page)).to_have_count(8)
    expect(menu.locator("input[value=DE]")).to_be_checked()
    with page.expect_navigation():
        menu.get_by_role("button", name="Apply").click()
    expect(page.locator("a.chip", has_text="Country")).to_be_visible()
