"""How a browser test waits: until nothing is under way, until another page stands there.

A click is answered before its consequence is. So nothing is read, and no key is pressed, at once after an act:
`expect` what the act brings and what did not stand there before, or wait with these.
"""

from playwright.sync_api import Locator, Page, expect


def settled(page: Page) -> None:
    """Waits for the answer to the last act and for the list and the drawer that are renewed after it.

    An act marks the page as busy at the key or click itself, and what waits its turn follows without a gap.
    """
    page.wait_for_load_state()
    expect(page.locator(".htmx-request")).to_have_count(0)


def follow(link: Locator) -> None:
    """Clicks what leads to another page, and waits until that is loaded, its scripts too."""
    with link.page.expect_navigation():
        link.click()


def said(page: Page, headline: str) -> None:
    """The result window says so, nothing runs any more, and the lists are renewed: the next key finds them as they are.

    The window of an act before is no answer: the act has begun at the key, so it is waited for first.
    """
    settled(page)
    expect(page.locator("#window .win:not(.running) header b")).to_have_text(headline)
    settled(page)
