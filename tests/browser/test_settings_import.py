"""The import wizard from the dropped file to the result, and what follows: pairing, stock."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests import cast
from tests.browser.conftest import Opener
from tests.browser.waits import follow, settled

pytestmark = pytest.mark.browser
SAMPLES = Path(__file__).parents[1] / "data" / "files"
HEADER = "Nummer,Stück,Artikel,An,Straße,Ort,Land\n"


def choose(page: Page, name: str, data: bytes) -> None:
    page.goto("/import/")
    with page.expect_navigation(url="**/import/*/?**"):
        page.locator("input[type=file]").set_input_files([{"name": name, "mimeType": "text/csv", "buffer": data}])


def work() -> None:
    """Does what the worker would: every queued import."""
    import orjson

    from entrepot.core import sql
    from entrepot.core.clock import now
    from entrepot.orders.import_file import run

    for (args,) in sql.rows("SELECT args FROM procrastinate_jobs WHERE task_name = 'import_order_file' ORDER BY id"):
        run(orjson.loads(args) if isinstance(args, str) else args, at=now())


def test_a_file_with_unknown_headers_is_mapped_imported_and_remembered(page: Page) -> None:
    rows = "W-1,2,SKU-00,Ann,1 Road,Paris,FR\nW-2,,SKU-01,Ben,2 Road,Lyon,FR\nW-3,1,UNKNOWN-9,Cid,3 Road,Nice,FR\n"
    choose(page, "wunder.csv", (HEADER.replace("Nummer", "Xyz") + rows).encode())
    chosen = (
        ("order_id", "Xyz", "W-1"),
        ("quantity", "Stück", "2"),
        ("sku", "Artikel", "SKU-00"),
        ("recipient_name", "An", "Ann"),
    )
    for field, header, sample in chosen:
        page.locator(f"#map-{field}").select_option(header)
        settled(page)
        row = page.locator("tr", has=page.locator(f"#map-{field}"))
        expect(row.locator(".samples")).to_contain_text(sample)
    expect(page.locator(".first-rows tbody tr").first).to_contain_text("W-1")
    expect(page.locator(".first-rows tr.bad")).to_contain_text("The row has no quantity.")
    follow(page.get_by_role("button", name="Import 3 rows"))
    expect(page.get_by_text("Waiting for the worker…")).to_be_visible()
    work()
    expect(page.get_by_role("heading", name="3 rows read")).to_be_visible()
    expect(page.locator(".numbers")).to_contain_text("2\nOrders created", use_inner_text=True)
    expect(page.locator(".numbers .bad")).to_contain_text("1\nRows refused", use_inner_text=True)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert text.splitlines()[1].startswith('3,Quantity,"The row has no quantity.')
    assert "W-2" in text
    with page.expect_download() as sheet:
        page.get_by_role("link", name="XLSX").click()
    assert Path(sheet.value.path()).read_bytes()[:2] == b"PK"

    choose(page, "wunder2.csv", (HEADER.replace("Nummer", "Xyz") + rows.replace("W-", "V-")).encode())
    expect(page.get_by_text("Columns as remembered for this store")).to_be_visible()
    expect(page.locator("#map-order_id")).to_have_value("Xyz")


def test_a_new_store_is_made_on_the_way(page: Page) -> None:
    page.goto("/import/")
    with page.expect_navigation(url="**/import/*/?**"):
        page.locator("input[type=file]").set_input_files(SAMPLES / "shopify.csv")
    expect(page.locator(".found")).to_contain_text("shopify")
    page.locator("[name=store]").select_option("new")
    settled(page)
    follow(page.get_by_role("button", name="Import 4 rows"))
    expect(page.get_by_role("alert")).to_contain_text("give the new one an alias")
    page.get_by_label("Alias").fill("Tea House")
    follow(page.get_by_role("button", name="Import 4 rows"))
    work()
    expect(page.get_by_role("heading", name="4 rows read")).to_be_visible()
    page.goto("/settings/stores/")
    expect(page.get_by_role("row", name="Tea House")).to_contain_text("no sender")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("msoffcrypto/example_password.xlsx", "The workbook is protected by a password."),
     ("README.md", "")],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_answered_with_a_sentence(page: Page, name: str, sentence: str) -> None:
    page.goto("/import/")
    with page.expect_navigation(url="**/import/*/?**"):
        page.locator("input[type=file]").set_input_files(SAMPLES / name)
    if sentence:
        expect(page.get_by_role("alert")).to_contain_text(sentence)
    else:
        expect(page.get_by_role("button", name="Import")).to_be_disabled()


def test_skus_and_their_stock_come_from_a_file(page: Page) -> None:
    page.goto("/import/?kind=skus")
    data = b"SKU,Name,HS code,Weight (g),Stock,Bin\nLAMP-1,Lamp,940520,350,12,B-01\nLAMP-2,Lamp two,940520,400,x,B-02\n"
    with page.expect_navigation(url="**/import/*/?**"):
        page.locator("input[type=file]").set_input_files([{"name": "skus.csv", "mimeType": "text/csv", "buffer": data}])
    follow(page.get_by_role("button", name="Import 2 rows"))
    work()
    expect(page.locator(".numbers")).to_contain_text("1\nSKUs created", use_inner_text=True)
    expect(page.get_by_text("“x” is no stock: write a whole number, 0 or more.")).to_be_visible()
    follow(page.get_by_role("link", name="Go to stock"))
    page.locator("#search-input").fill("LAMP-1")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text("B-01")


def test_a_listing_is_paired_as_a_bundle_and_the_order_learns(page: Page) -> None:
    world = cast.world_of(cast.ALICE)
    world.take_in(cast.draft("BUNDLE-1", cast.line("GIFT-SET")))
    page.goto("/pairing/?q=GIFT-SET")
    row = page.get_by_role("row", name="GIFT-SET")
    row.get_by_label("SKU", exact=True).fill("SKU-00")
    row.get_by_role("button", name="Another SKU (bundle)").click()
    row.get_by_label("SKU", exact=True).nth(1).fill("SKU-01")
    row.get_by_label("Pieces").nth(1).fill("2")
    row.get_by_role("button", name="Pair").click()
    expect(page.get_by_text("Paired. Waiting orders know it already.")).to_be_visible()
    reasons = "SELECT review_reasons FROM orders_order WHERE organization_id = %s AND external_id = 'BUNDLE-1'"
    assert world.value(reasons) == []
    page.goto("/pairing/?show=paired&q=GIFT-SET")
    expect(page.get_by_role("row", name="GIFT-SET").get_by_label("SKU", exact=True).nth(1)).to_have_value("SKU-01")


def test_goods_are_received_and_counted(page: Page) -> None:
    page.goto("/stock/")
    page.get_by_label("SKU", exact=True).fill("SKU-07")
    page.get_by_label("Pieces").fill("25")
    page.get_by_label("Bin").fill("Z-99")
    page.get_by_role("button", name="Receive").click()
    expect(page.get_by_text("25 pieces of SKU-07 received.")).to_be_visible()
    page.goto("/stock/?q=Z-99")
    follow(page.get_by_role("link", name="SKU-07"))
    page.get_by_label("Counted pieces").fill("20")
    follow(page.get_by_role("button", name="Set"))
    expect(page.locator("tbody tr").first).to_contain_text("−5")
    expect(page.locator("tbody tr").first).to_contain_text("Alice")


def test_customs_facts_are_edited(page: Page) -> None:
    page.goto("/stock/skus/?q=SKU-00")
    follow(page.get_by_role("link", name="SKU-00"))
    page.get_by_label("Customs name (English)").fill("Tea set")
    page.get_by_label("HS code").fill("6911.10")
    page.get_by_label("Declared value of a piece").fill("18.005")
    follow(page.get_by_role("button", name="Save"))
    expect(page.get_by_text("This is no amount of this currency.")).to_be_visible()
    page.get_by_label("Declared value of a piece").fill("18.50")
    page.get_by_label("Weight in grams").fill("620")
    follow(page.get_by_role("button", name="Save"))
    page.goto("/stock/skus/?q=SKU-00")
    expect(page.locator("tbody tr")).to_contain_text("691110")
    expect(page.locator("tbody tr")).to_contain_text("US$ 18.50")


def test_stores_and_pools_are_set_up(page: Page) -> None:
    page.goto("/settings/services/")
    page.get_by_label("Name of the carrier account").fill("Yunda")
    follow(page.get_by_role("button", name="Add account"))
    follow(page.get_by_role("link", name="Add a service"))
    page.get_by_label("Name", exact=True).fill("Parcel post")
    page.get_by_label("Code").fill("parcel-post")
    page.get_by_label("Waybill numbers").select_option("pool")
    page.get_by_label("Number format").select_option("s10")
    follow(page.get_by_role("button", name="Save"))
    page.get_by_label("Two letters in front").fill("CP")
    page.get_by_label("First serial").fill("100")
    page.get_by_label("Last serial").fill("109")
    page.get_by_role("button", name="Add the range").click()
    expect(page.get_by_text("10 numbers added, 0 were known already.")).to_be_visible()
    page.goto("/settings/services/")
    expect(page.locator(".note.warn")).to_contain_text("Parcel post has 10 numbers left.")


@pytest.mark.parametrize("path", ["/import/", "/stock/", "/stock/skus/", "/pairing/", "/settings/stores/",
                                  "/settings/services/", "/settings/members/", "/settings/tokens/", "/account/"])  # fmt: skip
def test_pages_fit_a_small_screen_in_chinese_and_dark(open_page: Opener, path: str) -> None:
    page = open_page(locale="zh-CN", dark=True, width=1024)
    page.goto(path)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0
