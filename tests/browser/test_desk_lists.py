"""The lists of the desk as a seller uses them: counts, filters, search, export, rows that never wrap."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook
from tests import cast
from tests.browser.conftest import Live, Opener, Trouble
from tests.browser.desk_stage import listed, numbers
from tests.browser.waits import follow

from entrepot.core import sql
from entrepot.core.scope import organization_scope


def tabs(page: Page) -> dict[str, str]:
    """Tab name -> its count."""
    found = {}
    for link in page.locator(".tabs a").all():
        count = link.locator("b")
        number = count.inner_text() if count.count() else ""
        found[link.inner_text().removesuffix(number).strip()] = number
    return found


def test_every_tab_shows_its_count_and_as_many_rows(page: Page) -> None:
    page.goto("/desk/review/")
    assert tabs(page) == {
        "Unpaid": "3", "To review": "10", "To pack": "8", "To process": "3", "Waybill": "4", "To print": "5",
        "Shipped": "3", "On hold": "2", "Cancelled": "2", "All orders": "",
    }  # fmt: skip
    for slug, count in (
        ("unpaid", 3), ("review", 10), ("pack", 8), ("process", 3), ("waybill", 4), ("print", 4), ("short", 1),
        ("shipped", 3), ("hold", 2), ("cancelled", 2), ("all", 40),
    ):  # fmt: skip
        page.goto(f"/desk/{slug}/")
        expect(listed(page), slug).to_have_count(count)


@pytest.mark.parametrize("width", [1024, 1440])
def test_rows_are_46_pixels_high_and_never_wrap(open_page: Opener, width: int) -> None:
    page = open_page(width=width)
    for slug in ("review", "pack", "process", "print", "shipped", "hold", "cancelled", "all"):
        page.goto(f"/desk/{slug}/")
        heights = page.evaluate("[...document.querySelectorAll('#rows tr')].map(r => r.offsetHeight)")
        assert set(heights) == {46}, slug
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_compact_rows_are_32_pixels_high(page: Page) -> None:
    page.goto("/desk/print/")
    page.locator("summary[title=Alice]").click()
    follow(page.get_by_role("button", name="Compact rows"))
    expect(page.locator("body")).to_contain_class("compact")
    heights = page.evaluate("[...document.querySelectorAll('#rows tr')].map(r => r.offsetHeight)")
    assert set(heights) == {32}


def test_a_reason_chip_shows_exactly_the_orders_it_holds(page: Page) -> None:
    page.goto("/desk/review/")
    follow(page.locator(".strip a", has_text="Unknown SKU"))
    expect(listed(page)).to_have_text(["SO-0005"])
    follow(page.locator(".strip a", has_text="Unknown SKU"))
    expect(listed(page)).to_have_count(10)


def test_filters_combine_and_each_chip_takes_its_own_away(page: Page) -> None:
    page.goto("/desk/all/?country=DE&country=CN&from=2026-11-19")
    both = numbers(page)
    follow(page.get_by_title("Remove this filter").filter(has_text="China"))
    german = numbers(page)
    assert set(german) < set(both)
    expect(page.locator("#rows .flag")).to_have_text(["DE"] * len(german))
    follow(page.get_by_title("Remove this filter").filter(has_text="Germany"))
    follow(page.get_by_title("Remove this filter").filter(has_text="Placed"))
    expect(listed(page)).to_have_count(40)


def test_the_country_menu_loads_its_choices_and_filters(page: Page) -> None:
    page.goto("/desk/review/")
    page.locator("summary", has_text="Country").click()
    page.locator("label", has_text="Spain").click()
    follow(page.get_by_role("button", name="Apply").last)
    expect(page.locator(".chip.blu", has_text="Country: Spain")).to_be_visible()
    assert set(page.locator("#rows .flag").all_inner_texts()) == {"ES"}


def test_days_of_the_placed_filter_are_the_stores_own(house: Live, page: Page) -> None:
    alice = cast.world_of(cast.ALICE)
    with organization_scope(alice.organization_id):
        sql.run(
            "UPDATE connections_store SET time_zone = 'Asia/Tokyo' WHERE organization_id = %s", [alice.organization_id]
        )
        sql.run(
            "UPDATE orders_order SET placed_at = %s WHERE organization_id = %s AND external_id = 'SO-0014'",
            ["2026-11-17T15:30:00+00:00", alice.organization_id],  # half past midnight of the 18th in Tokyo
        )
    page.goto("/desk/all/?from=2026-11-18&to=2026-11-18")
    assert "SO-0014" in numbers(page)
    page.goto("/desk/all/?from=2026-11-17&to=2026-11-17")
    assert "SO-0014" not in numbers(page)


def test_pages_follow_one_another_without_gap_or_repetition(house: Live, page: Page) -> None:
    alice = cast.world_of(cast.ALICE)
    alice.take_in(*(cast.draft(f"PAGE-{n:03}", n=100 + n) for n in range(120)))
    page.goto("/desk/review/?size=50")
    seen = numbers(page)
    for _ in range(2):
        follow(page.get_by_label("Next page"))
        seen += numbers(page)
    assert len(seen) == len(set(seen)) == 130
    expect(page.get_by_label("Next page")).to_have_count(0)
    follow(page.get_by_label("Previous page"))
    expect(listed(page)).to_have_text(seen[50:100])


def test_one_number_opens_its_row(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("/")
    expect(page.locator("#search-input")).to_be_focused()
    page.keyboard.type("SO-0026")
    page.keyboard.press("Enter")
    expect(page.locator("#drawer .story-head b").first).to_have_text("SO-0026")


def test_pasted_numbers_are_all_found_and_the_unknown_are_named(page: Page) -> None:
    page.goto("/")
    page.locator("#search-input").focus()
    page.evaluate(
        """() => { const data = new DataTransfer(); data.setData("text", "SO-0014\\nSO-0015\\n\\nNO-SUCH-1\\n");
        document.getElementById("search-input").dispatchEvent(new ClipboardEvent("paste",
            {clipboardData: data, bubbles: true, cancelable: true})); }"""
    )
    with page.expect_navigation(url="**/search/**"):
        page.keyboard.press("Enter")
    assert sorted(page.locator("#grid a.no").all_inner_texts()) == ["SO-0014", "SO-0015"]
    expect(page.locator(".unknown")).to_have_text("NO-SUCH-1")


def test_a_thousand_pasted_numbers_are_sent_as_a_form(page: Page) -> None:
    page.goto("/")
    page.fill("#search-input", " ".join(["SO-0014", *(f"NO-SUCH-{n}" for n in range(400))]))
    with page.expect_navigation(url="**/search/"):
        page.keyboard.press("Enter")
    expect(page.locator("#grid a.no")).to_have_text(["SO-0014"])
    expect(page.locator(".strip .chip.red b")).to_have_text("400")


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [("sku", "NEVER-SEEN", ["SO-0005"]), ("buyer", "小明", 5), ("all", "Núñez", 5), ("order", "SO-000", 9)],
)
def test_words_are_found_inside_names_and_skus(page: Page, kind: str, text: str, found: list[str] | int) -> None:
    page.goto(f"/search/?kind={kind}&q={text}")
    hits = page.locator("#grid a.no")
    if isinstance(found, list):
        expect(hits).to_have_text(found)
    else:
        expect(hits).to_have_count(found)


def test_a_waybill_number_and_a_parcel_number_find_the_parcel(house: Live, page: Page) -> None:
    alice = cast.world_of(cast.ALICE)
    with organization_scope(alice.organization_id):
        parcel, waybill = sql.rows(
            """SELECT id, waybill_number FROM parcels_parcel WHERE organization_id = %s AND stage = 'shipped'
            ORDER BY id LIMIT 1""",
            [alice.organization_id],
        )[0]
    for kind, text in (("waybill", waybill), ("all", waybill.lower()), ("parcel", str(parcel)), ("all", f"p-{parcel}")):
        page.goto(f"/search/?kind={kind}&q={text}")
        expect(page.locator("#drawer .story-head b").first).to_have_text(f"P-{parcel}")


def test_the_export_holds_exactly_the_rows_of_the_filter(house: Live, page: Page, tmp_path: Path) -> None:
    alice = cast.world_of(cast.ALICE)
    long = "201803160331005770000"
    alice.take_in(cast.draft(long, n=900, placed_at=cast.AT))
    page.goto("/desk/review/?from=2026-11-20")
    shown = numbers(page)
    page.locator("summary", has_text="Export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Excel").click()
    download.value.save_as(tmp_path / "rows.xlsx")
    sheet = CalamineWorkbook.from_path(tmp_path / "rows.xlsx").get_sheet_by_index(0).to_python()
    column = sheet[0].index("Order no.")
    assert [row[column] for row in sheet[1:]] == shown
    assert long in shown
    page.locator("summary", has_text="Export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    download.value.save_as(tmp_path / "rows.csv")
    lines = (tmp_path / "rows.csv").read_text("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == shown


def test_an_empty_list_says_what_to_do_next(house: Live, page: Page) -> None:
    alice = cast.world_of(cast.ALICE)
    alice.do("review_orders", alice.order_ids(*(f"SO-{n:04}" for n in range(4, 14))))
    page.goto("/desk/review/")
    expect(page.get_by_role("heading", name="Nothing to review.")).to_be_visible()
    page.goto("/desk/pack/?country=FR")
    follow(page.get_by_role("link", name="Clear the filters"))
    expect(listed(page)).to_have_count(18)


def test_today_leads_to_exactly_the_rows_it_counts(page: Page) -> None:
    page.goto("/")
    part = page.locator(".parts a", has_text="To pack").first
    count = part.locator("b").inner_text()
    follow(part)
    expect(listed(page)).to_have_count(int(count))


def test_chinese_is_the_language_of_the_page_when_chosen(page: Page) -> None:
    page.goto("/desk/print/")
    follow(page.get_by_role("button", name="中文"))
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page).to_have_url("/desk/print/")
    follow(page.get_by_role("button", name="English"))
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_the_theme_goes_from_automatic_to_light_to_dark(page: Page) -> None:
    page.goto("/desk/print/")
    for theme in ("light", "dark", "auto"):
        follow(page.locator("button[name=theme]"))
        expect(page.locator("html")).to_have_attribute("data-theme", theme)


def test_another_organizations_row_does_not_exist(open_page: Opener, trouble: Trouble) -> None:
    alice = cast.world_of(cast.ALICE)
    with organization_scope(alice.organization_id):
        (order,) = sql.rows("SELECT max(id) FROM orders_order WHERE organization_id = %s", [alice.organization_id])[0]
    trouble.expect("404")
    charlie = open_page(cast.CHARLIE)
    answer = charlie.goto(f"/orders/{order}/")
    assert answer is not None
    assert answer.status == 404
    expect(charlie.get_by_role("heading", name="There is no such page")).to_be_visible()
    charlie.goto("/desk/all/")
    assert not [number for number in numbers(charlie) if number.startswith("SO-")]
    charlie.goto("/search/?q=SO-0014")
    expect(charlie.locator("#grid a.no")).to_have_count(0)
