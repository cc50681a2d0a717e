"""The stage itself: the seeded desk, and that a page's trouble is seen."""

from playwright.sync_api import Page
from tests import cast
from tests.browser.conftest import Live, Trouble


def test_every_browser_test_starts_from_the_same_seeded_desk(house: Live) -> None:
    assert cast.world_of(cast.ALICE).counts() == {
        "order.unpaid": 3, "order.to_review": 10, "order.to_pack": 8, "order.on_hold": 2, "order.cancelled": 2,
        "order.packed": 12, "order.shipped": 3, "parcel.to_process": 3, "parcel.waybill": 4,
        "parcel.to_print.in_stock": 4, "parcel.to_print.short": 1, "parcel.shipped": 3,
    }  # fmt: skip


def test_a_failed_request_and_a_console_error_are_seen(page: Page, trouble: Trouble) -> None:
    with page.expect_console_message():  # the browser's own word about it
        page.goto("/static/there-is-no-such-file.css")
    with page.expect_console_message(lambda told: "something broke" in told.text):
        page.evaluate("console.error('something broke')")
    assert [said.split(" ")[0] for said in trouble.left()] == ["404", "console:", "console:"]
    trouble.expect("404")
    trouble.expect("something broke")
