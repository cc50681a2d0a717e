"""An address is corrected in the order's drawer: by key, with errors beside the fields, with undo, in Chinese too."""

from playwright.sync_api import Page, expect
from tests import cast
from tests.browser.conftest import Opener
from tests.browser.desk_stage import numbers
from tests.browser.waits import said, settled

NEW = "77 Rue de l'Église"


def recipient(number: str) -> tuple[str, str, str]:
    """(street, city, country) as they are stored."""
    alice = cast.world_of(cast.ALICE)
    (found,) = alice.rows(
        """
        SELECT recipient ->> 'line1', city, country FROM orders_order WHERE organization_id = %s AND external_id = %s
        """,
        number,
    )
    return found


def test_e_opens_the_form_and_enter_saves_it_and_undo_puts_it_back(page: Page) -> None:
    page.goto("/desk/review/")
    number = numbers(page)[0]
    before = recipient(number)
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(page.locator("#id_name")).to_be_focused()
    page.locator("#id_line1").fill(NEW)
    page.locator("#id_city").fill("Lyon")
    page.locator("#id_country").fill("france")
    page.keyboard.press("Enter")
    said(page, "Edit address: 1 done")
    drawer = page.locator("#drawer")
    expect(drawer.locator("#address")).to_contain_text(NEW)
    expect(drawer.locator("#address")).to_contain_text("France (FR)")
    expect(drawer).to_contain_text("Address corrected by hand")
    expect(drawer).to_contain_text(f"{before[0]} → {NEW}")
    assert recipient(number) == (NEW, "Lyon", "FR")
    page.keyboard.press("u")
    said(page, "Undo: Edit address: 1 done")
    assert recipient(number) == before


def test_what_is_missing_or_wrong_stands_beside_its_field_and_escape_leaves(page: Page) -> None:
    page.goto("/desk/review/")
    number = numbers(page)[0]
    before = recipient(number)
    page.locator("#rows a.no").first.click()
    page.get_by_role("button", name="Edit address").click()
    page.locator("#id_line1").fill("")
    page.locator("#id_country").fill("Atlantis")
    page.get_by_role("button", name="Save").click()
    street, country = (
        page.locator("#address .field", has=page.locator(f"#id_{part}")) for part in ("line1", "country")
    )
    expect(street.locator(".errorlist")).to_have_text("An address needs this.")
    expect(country.locator(".errorlist")).to_have_text("This is no country. Write its name or its two-letter code.")
    expect(page.locator("#address .errorlist")).to_have_count(2)
    expect(page.locator("#id_line1")).to_be_focused()
    settled(page)
    assert recipient(number) == before
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Edit address")).to_be_visible()
    expect(page.locator("#address form")).to_have_count(0)


def test_the_list_of_countries_is_searched_by_name_and_code(page: Page, open_page: Opener) -> None:
    page.goto("/desk/review/")
    page.locator("#rows a.no").first.click()
    page.get_by_role("button", name="Edit address").click()
    expect(page.locator("#id_name")).to_be_focused()
    offered = page.locator("#countries option").evaluate_all("all => all.map(one => one.value)")
    assert {"DE · Germany", "FR · France"} <= set(offered)
    expect(page.locator("#id_country")).to_have_attribute("list", "countries")
    chinese = open_page(locale="zh-CN")
    chinese.goto("/desk/review/")
    number = numbers(chinese)[0]
    chinese.keyboard.press("j")
    chinese.keyboard.press("e")
    expect(chinese.locator("#id_name")).to_be_focused()
    chinese.locator("#id_country").fill("德国")
    chinese.locator("#id_line1").fill("新街 1 号")
    chinese.keyboard.press("Enter")
    said(chinese, "修改地址：完成 1 项")
    assert recipient(number)[::2] == ("新街 1 号", "DE")


def test_a_shipped_order_has_no_button_and_a_packer_has_none_either(page: Page, open_page: Opener) -> None:
    alice = cast.world_of(cast.ALICE)
    (shipped,) = alice.column(
        "SELECT id FROM orders_order WHERE organization_id = %s AND stage = 'shipped' ORDER BY id LIMIT 1"
    )
    (waiting,) = alice.column(
        "SELECT id FROM orders_order WHERE organization_id = %s AND stage = 'to_review' ORDER BY id LIMIT 1"
    )
    bob = open_page(cast.BOB)
    for who, order in ((page, shipped), (bob, waiting)):
        who.goto(f"/orders/{order}/")
        expect(who.locator("#address")).to_be_visible()
        expect(who.locator("[data-edit-address]")).to_have_count(0)
    page.goto(f"/orders/{waiting}/")
    page.keyboard.press("e")
    expect(page.locator("#id_name")).to_be_focused()
