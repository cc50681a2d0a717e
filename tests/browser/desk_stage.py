"""What the desk's browser tests share."""

from playwright.sync_api import Locator, Page
from tests.browser.waits import settled


def listed(page: Page) -> Locator:
    """The order or parcel numbers of the list, in its order."""
    return page.locator("#rows a.no")


def numbers(page: Page) -> list[str]:
    """The same as they stand once the list is there and not about to be renewed."""
    settled(page)
    return listed(page).all_inner_texts()
