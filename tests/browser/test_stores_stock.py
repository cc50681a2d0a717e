"""The card "Stock", played as the seller: turned on, told, refused at one place, turned off."""

import os
from collections import Counter
from typing import Any

from playwright.sync_api import Page, expect
from tests import cast
from tests.browser.test_stores import Sandbox, connect, run_sync, sandbox  # noqa: F401 - a fixture
from tests.browser.waits import follow

from entrepot.core.clock import now
from entrepot.inventory.push import push_of
from entrepot.parcels.push import push_store


def sold(played: Sandbox, numbers: list[str]) -> Counter[str]:
    """Pieces by SKU, as the sandbox's own books say."""
    found: Counter[str] = Counter()
    for number in numbers:
        for one in played.ask(f"order?marketplace=tiktok&order_id={number}")["lines"]:
            found[one["sku"]] += one["quantity"]
    return found


def test_an_owner_turns_the_stock_on_after_reading_what_it_does_and_the_marketplace_gets_our_numbers(
    page: Page,
    sandbox: Sandbox,  # noqa: F811
) -> None:
    numbers = sandbox.orders(3)
    store, alice = connect(page), cast.world_of(cast.ALICE)
    alice.stock({f"SB-{n:04}": 40 for n in range(1, 61)})
    run_sync(sandbox, store)
    page.goto(f"/settings/stores/{store}/")
    card = page.locator("#stock")
    expect(card.locator(".chip")).to_have_text("not told")
    card.get_by_label("Keep back, of each SKU").fill("5")
    card.get_by_role("button", name="Turn on").click()
    expect(page.locator("#sure")).to_contain_text("Our numbers replace those that stand there")
    follow(page.locator("#sure-go"))
    expect(page.locator("#stock .chip").first).to_have_text("about to be told")
    gone = sold(sandbox, numbers)
    expect(card.locator("[data-waiting]")).to_have_text(str(len(gone)))
    expect(card.locator("[data-told]")).to_have_text("0")

    def clock() -> Any:
        return now() + sandbox.ahead

    push_store(alice.organization_id, store, "tiktok", clock=clock)
    expect(card.locator("[data-told]")).to_have_text(str(len(gone)), timeout=15_000)  # by itself
    expect(card.locator("[data-waiting]")).to_have_text("0")
    expect(page.locator("#stock .chip").first).to_have_text("told to the store")
    offered = sandbox.ask(f"stock?marketplace=tiktok&shop={sandbox.shop}")
    assert {code: sum(places.values()) for code, places in offered.items()} == {c: 40 - 5 - n for c, n in gone.items()}
    if folder := os.environ.get("ENTREPOT_SHOTS"):
        card.screenshot(path=f"{folder}/stock.png")

    page.reload()
    expect(card.get_by_label("Keep back, of each SKU")).to_have_value("5")
    follow(card.get_by_role("button", name="Turn off"))
    expect(card.locator(".chip").first).to_have_text("not told")
    with alice.scope():
        assert push_of(alice.organization_id, store, clock())["is_on"] is False
