"""What the desk's browser tests share."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import Opener


@pytest.fixture(autouse=True)
def nothing_under_way(open_page: Opener, browser: Browser) -> Iterator[None]:
    """Lets the list's own refresh come to its end, before the next test takes the database away from the server."""
    yield
    for context in browser.contexts:
        for page in context.pages:
            expect(page.locator(".htmx-request")).to_have_count(
                0
            )  # a script of ours would be an eval, which the page forbids


def numbers(page: Page) -> list[str]:
    """The order or parcel numbers of the list, in its order."""
    return page.locator("#rows a.no").all_inner_texts()
