"""The seller's work at the desk: verbs by key and by mouse, the result window, undo, the drawer, who may do what."""

import re

import pytest
from playwright.sync_api import Page, expect
from tests import cast
from tests.browser.conftest import Live, Opener, Trouble
from tests.browser.desk_stage import numbers
from tests.browser.waits import follow, said, settled

from entrepot.core import sql
from entrepot.core.scope import organization_scope


def stages(numbers: list[str]) -> list[str]:
    alice = cast.world_of(cast.ALICE)
    with organization_scope(alice.organization_id):
        found = dict(
            sql.rows(
                "SELECT external_id, stage FROM orders_order WHERE organization_id = %s AND external_id = ANY(%s)",
                [alice.organization_id, numbers],
            )
        )
    return [found[number] for number in numbers]


def test_two_orders_are_reviewed_by_keys_alone_and_put_back_by_undo(page: Page) -> None:
    page.goto("/desk/review/")
    first = numbers(page)[:2]
    for key in ("j", "x", "j", "x", "a"):
        page.keyboard.press(key)
    said(page, "Review: 2 done")
    expect(page.locator("#rows tr")).to_have_count(8)
    expect(page.locator(".tabs a.on b")).to_have_text("8")
    expect(page.locator("#rail a.on b")).to_have_text("8")
    assert stages(first) == ["to_pack", "to_pack"]
    page.keyboard.press("u")
    said(page, "Undo: Review: 2 done")
    expect(page.locator("#rows tr")).to_have_count(10)
    assert stages(first) == ["to_review", "to_review"]


def test_the_main_job_from_review_to_shipped_with_one_key_each(house: Live, page: Page) -> None:
    alice = cast.world_of(cast.ALICE)
    alice.take_in(cast.draft("MAIN-1", n=500, placed_at=cast.AT, paid_at=cast.AT))
    page.goto("/desk/review/")
    page.locator("tr", has_text="MAIN-1").locator("td.c").click()
    page.keyboard.press("a")
    said(page, "Review: 1 done")
    page.goto("/desk/pack/")
    page.locator("tr", has_text="MAIN-1").locator("td.c").click()
    page.keyboard.press("b")
    said(page, "Pack: 1 done")
    follow(page.locator("#window a.link", has_text="To process"))
    page.locator("tr", has_text="MAIN-1").locator("td.c").click()
    page.keyboard.press("w")
    expect(page.locator("#ask-go")).to_be_focused()
    page.keyboard.press("Enter")
    said(page, "Get waybill: 1 done")
    for slug, key, says in (("waybill", "m", "Move to print: 1 done"), ("print", "p", "Print labels: 1 done")):
        page.goto(f"/desk/{slug}/")
        page.locator("tr", has_text="MAIN-1").locator("td.c").click()
        page.keyboard.press(key)
        said(page, says)
    expect(page.locator("#window .results")).to_contain_text("in one PDF · 1 page")
    expect(page.locator("#window .results .warn")).to_have_text(
        "Their weight is not known: “—” is printed. Pair their lines and enter the weights of the SKUs."
    )
    link = page.get_by_role("link", name="Open PDF")
    expect(link).to_be_focused()
    href = link.get_attribute("href")
    pdf = page.request.get(f"{house.base}{href}")
    assert (pdf.headers["content-type"], pdf.body()[:5]) == ("application/pdf", b"%PDF-")
    page.locator("tr", has_text="MAIN-1").locator("td.c").click()
    page.keyboard.press("s")
    said(page, "Ship: 1 done")
    assert stages(["MAIN-1"]) == ["shipped"]
    page.goto("/desk/shipped/")
    expect(page.locator("tr", has_text="MAIN-1")).to_have_count(1)


def test_hold_asks_a_reason_and_without_one_nothing_happens(page: Page) -> None:
    page.goto("/desk/review/")
    held = numbers(page)[0]
    page.keyboard.press("j")
    page.keyboard.press("h")
    expect(page.locator("#ask-reason")).to_be_focused()
    page.keyboard.press("Enter")
    settled(page)
    expect(page.locator("#ask")).to_be_visible()
    assert stages([held]) == ["to_review"]
    page.keyboard.type("Wrong colour?")
    page.keyboard.press("Enter")
    said(page, "Hold: 1 done")
    page.goto("/desk/hold/")
    expect(page.locator("tr", has_text=held)).to_contain_text("Wrong colour?")


def test_the_row_menu_holds_the_same_verbs_by_mouse_and_by_shift_f10(page: Page) -> None:
    page.goto("/desk/pack/")
    page.locator("#rows tr").nth(1).locator("td").nth(2).click(button="right")
    expect(page.locator("#ctx")).to_be_visible()
    by_mouse = page.locator("#ctx button").all_inner_texts()
    page.keyboard.press("Escape")
    expect(page.locator("#ctx")).to_be_hidden()
    page.keyboard.press("Shift+F10")
    expect(page.locator("#ctx")).to_be_visible()
    by_key = page.locator("#ctx button").all_inner_texts()
    words = [re.split(r"\n|…", text)[0] for text in by_key]
    assert by_key == by_mouse
    assert words == ["Open", "Pack", "Pack without merging", "Hold", "Cancel orders", "Copy number"]


def test_cancel_asks_for_a_reason_from_the_list(page: Page) -> None:
    page.goto("/desk/review/")
    number = numbers(page)[2]
    page.locator("tr", has_text=number).click(button="right")
    page.locator("#ctx button", has_text="Cancel orders").click()
    page.locator("#ask-go").click()
    settled(page)
    expect(page.locator("#ask")).to_be_visible()
    assert stages([number]) == ["to_review"]
    page.locator("#ask-why").select_option("Out of stock")
    page.locator("#ask-go").click()
    said(page, "Cancel orders: 1 done")
    assert stages([number]) == ["cancelled"]


def test_shift_click_selects_the_rows_between(page: Page) -> None:
    page.goto("/desk/review/")
    page.locator("#rows td.c").nth(1).click()
    page.locator("#rows td.c").nth(4).click(modifiers=["Shift"])
    expect(page.locator("[data-picked]")).to_have_text("4 selected")
    page.keyboard.press("Escape")
    expect(page.locator(".picked")).to_be_hidden()


def test_all_of_the_filter_is_confirmed_by_its_number(page: Page) -> None:
    page.goto("/desk/review/?size=50&country=DE&country=CN&country=SA")
    some = numbers(page)
    page.locator("#rows td.c").first.click()
    page.get_by_role("button", name=f"Select all {len(some)} of this filter").click()
    page.keyboard.press("a")
    expect(page.locator("#ask-count")).to_contain_text(f"All {len(some)} rows of this filter")
    page.locator("#ask-go").click()
    said(page, f"Review: {len(some)} done")
    assert set(stages(some)) == {"to_pack"}


def test_nothing_is_done_when_the_filter_holds_another_number_than_was_confirmed(house: Live, page: Page) -> None:
    page.goto("/desk/review/")
    page.locator("#rows td.c").first.click()
    page.get_by_role("button", name="Select all 10 of this filter").click()
    cast.world_of(cast.ALICE).take_in(cast.draft("LATE-1", n=501))
    page.keyboard.press("a")
    page.locator("#ask-go").click()
    expect(page.locator("#window .danger")).to_have_text(
        "You confirmed 10 items, the filter now holds 11. Look again and confirm."
    )
    settled(page)
    assert stages(["LATE-1", "SO-0004"]) == ["to_review", "to_review"]


def test_a_selection_kept_from_printing_is_shipped_by_key_only_after_a_yes(page: Page) -> None:
    page.goto("/desk/print/")
    page.locator("[data-check-all]").click()
    count = len(numbers(page))
    page.keyboard.press("p")
    said(page, f"Print labels: {count} done")
    expect(page.locator("#rows tr.sel")).to_have_count(count)
    page.keyboard.press("Escape")
    expect(page.locator("#window .win")).to_have_count(0)
    expect(page.locator("#rows tr.sel")).to_have_count(count)
    page.keyboard.press("s")
    expect(page.locator("#ask-count")).to_have_text(f"{count} parcels")
    page.keyboard.press("Escape")
    expect(page.locator("#ask")).to_be_hidden()
    settled(page)
    expect(page.locator("#rows tr")).to_have_count(count)
    page.keyboard.press("s")
    expect(page.locator("#ask-go")).to_be_focused()
    page.keyboard.press("Enter")
    said(page, f"Ship: {count} done")


def test_a_cancelled_order_is_red_in_words_and_its_refusal_can_be_copied(house: Live, page: Page) -> None:
    alice = cast.world_of(cast.ALICE)
    with organization_scope(alice.organization_id):
        (order,) = sql.rows(
            """SELECT pl.order_id FROM parcels_parcelline pl
            JOIN parcels_parcel p ON p.organization_id = pl.organization_id AND p.id = pl.parcel_id
            WHERE pl.organization_id = %s AND p.organization_id = %s AND p.stage = 'to_print'
                AND p.supply = 'in_stock' ORDER BY p.id LIMIT 1""",
            [alice.organization_id] * 2,
        )[0]
        (number,) = sql.rows(
            """UPDATE orders_order SET cancellation_asked_at = %s WHERE organization_id = %s AND id = %s
            RETURNING external_id""",
            [cast.AT, alice.organization_id, order],
        )[0]
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/desk/print/")
    row = page.locator("tr", has_text=number)
    expect(row).to_have_class(re.compile(r"\bbad\b"))
    expect(row).to_contain_text("Cancellation asked")
    page.locator("[data-check-all]").click()
    page.keyboard.press("s")
    said(page, "Ship: 3 done, 1 refused")
    sentence = f"The buyer asked to cancel order {number}. Decide that first."
    expect(page.locator("#window .r .danger")).to_have_text(sentence)
    page.locator("#window").get_by_role("button", name="Copy").click()
    expect(page.locator(".toast")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.splitlines()[0] == "Ship: 3 done, 1 refused"
    assert copied.endswith(f"\t{sentence}")
    page.goto("/batches/")
    expect(page.locator("tbody tr").first).to_contain_text("Ship")
    follow(page.locator("tbody tr a").first)
    expect(page.locator(".r .danger")).to_have_text(sentence)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert sentence in download.value.path().read_text("utf-8-sig")


def test_a_typed_waybill_number_is_checked_and_kept(page: Page) -> None:
    page.goto("/desk/process/")
    parcel = numbers(page)[0]
    for typed, says in (("RB123456789CN", "Get waybill: 0 done, 1 refused"), ("RR473124829GB", "Get waybill: 1 done")):
        page.locator("tr", has_text=parcel).click(button="right")
        page.locator("#ctx button", has_text="Get waybill").click()
        page.locator("#ask-service").select_option("Typed by hand")
        page.locator("#ask-numbers").fill(typed)
        page.keyboard.press("Enter")
        said(page, says)
    page.goto("/desk/waybill/")
    expect(page.locator("tr", has_text=parcel)).to_contain_text("RR473124829GB")


def test_the_drawer_tells_where_a_parcel_stands_and_who_did_what(house: Live, page: Page) -> None:
    page.goto("/desk/print/")
    page.locator("#rows tr").first.locator("td").nth(2).dblclick()
    drawer = page.locator("#drawer")
    expect(drawer.get_by_role("heading", name="Where it stands")).to_be_visible()
    expect(drawer.locator(".facts-line .done")).to_have_count(2)
    expect(drawer.locator(".facts-line")).to_contain_text("Label not printed")
    drawer.get_by_role("button", name="Print labels").click()
    expect(drawer.locator(".facts-line")).to_contain_text("Label printed")
    expect(drawer.locator(".tl").last).to_contain_text("Alice")
    said(page, "Print labels: 1 done")
    page.keyboard.press("Escape")
    expect(page.locator("#window .win")).to_have_count(0)  # or what comes now would be there already
    drawer.get_by_text("result").first.click()
    said(page, "Print labels: 1 done")
    page.keyboard.press("Escape")
    expect(page.locator("#window .win")).to_have_count(0)
    expect(drawer).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()


def test_the_drawer_says_why_two_orders_share_a_parcel(house: Live, page: Page) -> None:
    alice = cast.world_of(cast.ALICE)
    (parcel,) = alice.do("pack_orders", alice.order_ids("SO-0016", "SO-0017")).result["parcels"]
    page.goto(f"/parcels/{parcel}/")
    why = page.locator(".why")
    expect(why).to_contain_text("Why are 2 orders in one parcel?")
    expect(why).to_contain_text("Together: SO-0017, SO-0016")  # the nearer deadline first


def test_the_drawer_of_an_order_shows_lines_pairing_and_the_order_as_it_came(page: Page) -> None:
    page.goto("/search/?q=SO-0005")
    drawer = page.locator("#drawer")
    expect(drawer).to_contain_text("Not paired with a SKU")
    drawer.locator("summary", has_text="As it came").click()
    expect(drawer.locator("pre")).to_contain_text('"SO-0005"')


def test_a_recipient_is_shown_in_their_own_script_and_in_latin_letters(page: Page) -> None:
    page.goto("/search/?q=SO-0009")
    expect(page.locator("#drawer bdi").first).to_have_text("王小明")
    expect(page.locator("#drawer")).to_contain_text("Wang Xiao Ming")


def test_a_packer_sees_only_the_verbs_of_his_role_and_the_server_holds_to_it(
    house: Live, open_page: Opener, trouble: Trouble
) -> None:
    bob = open_page(cast.BOB)
    bob.goto("/desk/print/")
    expect(bob.locator("#bulk [data-act]")).to_have_text(
        [re.compile(rf"^{word}\b") for word in ("Packing", "Pick", "Ship", "Print")]
    )
    bob.goto("/desk/review/")
    expect(bob.locator("#bulk [data-act]")).to_have_count(0)
    token = bob.locator("meta[name=csrf-token]").get_attribute("content") or ""
    before = stages(["SO-0004"])
    answer = bob.request.post(
        f"{house.base}/desk/review/do/review/",
        form={"ids": "1", "uuid": "00000000-0000-4000-8000-000000000001"},
        headers={"X-CSRFToken": token, "Referer": house.base},
    )
    assert answer.status == 403
    assert "Your role does not allow this" in answer.text()
    assert stages(["SO-0004"]) == before


@pytest.mark.parametrize("slug", ["review", "print", "shipped"])
def test_a_click_on_the_number_opens_the_drawer_and_the_close_button_shuts_it(page: Page, slug: str) -> None:
    page.goto(f"/desk/{slug}/")
    page.locator("#rows a.no").first.click()
    expect(page.locator("#drawer .story")).to_be_visible()
    page.locator("[data-close-drawer]").click()
    expect(page.locator("#drawer")).to_be_hidden()


def test_the_keys_are_shown_by_the_question_mark(page: Page) -> None:
    page.goto("/desk/review/")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()


def test_a_batch_of_the_worker_shows_its_progress_until_it_is_done(house: Live, page: Page) -> None:
    from entrepot.core.clock import now
    from entrepot.core.submit import run_queued

    alice = cast.world_of(cast.ALICE)
    alice.take_in(*(cast.draft(f"BIG-{n:03}", n=1000 + n) for n in range(600)))
    page.goto("/desk/review/")
    page.locator("#rows td.c").first.click()
    page.get_by_role("button", name="Select all 610 of this filter").click()
    page.keyboard.press("a")
    page.locator("#ask-go").click()
    expect(page.locator("#window .win.running header b")).to_have_text("Review: 0 of 610")
    with organization_scope(alice.organization_id):
        (batch,) = sql.rows(
            "SELECT id FROM core_batch WHERE organization_id = %s AND status = 'queued'", [alice.organization_id]
        )[0]
    run_queued(organization_id=alice.organization_id, batch_id=batch, at=now())
    said(page, "Review: 610 done")
    expect(page.get_by_role("heading", name="Nothing to review.")).to_be_visible()


def test_after_printing_the_undo_key_asks_before_it_touches_an_older_act(page: Page) -> None:
    page.goto("/desk/review/")
    reviewed = numbers(page)[0]
    page.keyboard.press("j")
    page.keyboard.press("a")
    said(page, "Review: 1 done")
    page.goto("/desk/print/")
    page.locator("#rows td.c").first.click()
    page.keyboard.press("p")
    said(page, "Print labels: 1 done")
    page.keyboard.press("u")
    dialog = page.locator("#undo-ask")
    expect(dialog).to_contain_text("“Print labels” of 1 parcel cannot be undone.")
    expect(dialog).to_contain_text("Undo “Review” of 1 order, just now?")
    expect(dialog.get_by_role("button", name="Back")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    settled(page)
    assert stages([reviewed]) == ["to_pack"]
    page.keyboard.press("u")
    page.locator("#undo-go").click()
    said(page, "Undo: Review: 1 done")
    assert stages([reviewed]) == ["to_review"]


def test_the_undo_key_on_another_tab_asks_and_escape_leaves_everything(page: Page) -> None:
    page.goto("/desk/review/")
    reviewed = numbers(page)[0]
    page.keyboard.press("j")
    page.keyboard.press("a")
    said(page, "Review: 1 done")
    page.goto("/desk/short/")
    page.locator("[data-undo-last]").click()
    expect(page.locator("#undo-ask")).to_contain_text("Undo “Review” of 1 order, just now?")
    expect(page.locator("#undo-go")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#undo-ask")).to_be_hidden()
    settled(page)
    assert stages([reviewed]) == ["to_pack"]


def test_rows_that_an_act_removed_are_selected_no_more(page: Page) -> None:
    page.goto("/desk/pack/")
    page.locator("[data-check-all]").click()
    page.keyboard.press("b")
    expect(page.locator("#grid .empty")).to_be_visible()
    expect(page.locator(".picked")).to_be_hidden()
    expect(page.locator("#bulk [data-act]").first).to_be_disabled()


def test_the_result_window_covers_neither_the_rows_nor_the_drawer(page: Page) -> None:
    page.set_viewport_size({"width": 1024, "height": 700})
    page.goto("/desk/print/")
    page.locator("#rows tr").first.locator("td").nth(2).dblclick()
    expect(page.locator("#drawer .story")).to_be_visible()
    page.locator("[data-check-all]").click()
    page.keyboard.press("p")
    said(page, "Print labels: 4 done")
    page.wait_for_function(
        """() => {
            const at = (what) => document.querySelector(what).getBoundingClientRect();
            const shown = at("#window .win"), ends = Math.max(at("#grid").bottom, at("#drawer").bottom);
            return shown.height > 40 && ends <= shown.top + 1 && shown.bottom <= at("#bulk").top + 1;
        }""",
        timeout=5000,
    )
