"""Stores, played as the seller: connect at the sandbox, watch orders come, find a missing one, settle a refusal."""

import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect
from tests import cast
from tests.browser.conftest import Live, Opener, Trouble
from tests.browser.waits import follow, said, settled

from entrepot.core import sql
from entrepot.core.clock import now
from entrepot.core.scope import organization_scope
from entrepot.orders.sync import sync_store
from entrepot.parcels.telling import tell_store


class Sandbox:
    """The sandbox's control page, as a script."""

    def __init__(self, url: str) -> None:
        self.url, self.ahead = url, timedelta(0)

    def ask(self, path: str, **given: Any) -> Any:
        body = json.dumps(given).encode() if given else None
        request = urllib.request.Request(f"{self.url}/control/{path}", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def orders(self, count: int) -> list[str]:
        found: list[str] = self.ask("orders", marketplace="tiktok", shop=self.shop, count=count)["order_ids"]
        return found

    @property
    def shop(self) -> str:
        name: str = self.ask("apps")["tiktok"]["shops"][0]["name"]
        return name


@pytest.fixture
def sandbox(house: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    monkeypatch.setattr(settings, "SANDBOX_URL", house.sandbox)  # the test is the worker: it may call the sandbox
    port = house.sandbox.rpartition(":")[2]
    command = [sys.executable, "-m", "entrepot.sandbox", "--home", str(tmp_path), "--port", port]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        played = Sandbox(house.sandbox)
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                played.ask("state")
                break
            except OSError:
                time.sleep(0.1)
        yield played
        process.terminate()
        process.wait(10)


def connect(page: Page, alias: str = "Lantern at TikTok") -> int:
    """From the list of stores to the marketplace's page and back."""
    page.goto("/settings/stores/")
    follow(page.get_by_role("link", name="Add a store"))
    follow(page.get_by_role("link", name="TikTok Shop"))
    page.get_by_label("Alias of the store").fill(alias)
    follow(page.get_by_role("button", name="Use the sandbox"))
    follow(page.get_by_role("button", name="Allow"))
    expect(page.locator("#state .note.ok")).to_contain_text("Connected. Orders of the last 14 days are on their way.")
    return store_of(page)


def store_of(page: Page) -> int:
    """The store whose page this is."""
    expect(page).to_have_url(re.compile(r"/stores/\d+/"))
    return int(page.url.split("/stores/")[1].split("/")[0])


def run_sync(sandbox: Sandbox, store: int) -> None:
    """A worker's run, a minute later on both clocks: a listing ends a little before now."""
    sandbox.ask("clock", action="jump", seconds=60)
    sandbox.ahead += timedelta(seconds=60)
    alice = cast.world_of(cast.ALICE)
    run = sync_store(alice.organization_id, store, why="button", clock=lambda: now() + sandbox.ahead)
    assert run is not None
    assert (run.trouble, run.message) == ("", "")


def test_a_store_is_connected_at_the_sandbox_and_its_orders_come(page: Page, sandbox: Sandbox) -> None:
    numbers = sandbox.orders(3)
    store = connect(page)
    run_sync(sandbox, store)
    expect(page.locator("[data-came]")).to_have_text(str(len(numbers)), timeout=15_000)
    expect(page.locator("#state .note.ok")).to_contain_text("Orders of the last 14 days are here.")
    expect(page.locator("#log")).to_contain_text("by hand")
    page.goto(f"/where/?number={numbers[0]}")
    expect(page.locator(".place")).to_contain_text("It is here, in Lantern at TikTok")


def test_sync_orders_above_the_list_brings_a_new_order_and_says_when_each_store_was_synced(
    page: Page, sandbox: Sandbox
) -> None:
    """D-22"""
    store = connect(page)
    run_sync(sandbox, store)
    (number,) = sandbox.orders(1)
    page.goto("/desk/review/")
    expect(page.locator("tr[data-id]", has_text=number)).to_have_count(0)
    page.get_by_text("Sync orders").click()
    expect(page.locator("#sync .menu-note", has_text="Lantern at TikTok")).to_have_text("Lantern at TikTok: just now")
    page.get_by_role("button", name="Sync all stores now").click()
    expect(page.locator("#sync")).to_contain_text("Asked for. New orders come in a moment.")
    run_sync(sandbox, store)
    expect(page.locator("tr[data-id]", has_text=number)).to_have_count(1, timeout=15_000)


def test_the_shipping_notice_is_filled_in_from_the_detail_of_the_order(page: Page, sandbox: Sandbox) -> None:
    """A-29, T-21"""
    (number,) = sandbox.orders(1)
    store, alice = connect(page), cast.world_of(cast.ALICE)
    run_sync(sandbox, store)
    with organization_scope(alice.organization_id):
        sql.run(
            "UPDATE connections_store SET default_service_id = %s WHERE organization_id = %s AND id = %s",
            [alice.service(), alice.organization_id, store],
        )
    (order,) = alice.order_ids(number)
    page.goto(f"/orders/{order}/")
    expect(page.locator(".story-head")).to_contain_text("Awaiting shipment at TikTok Shop")
    alice.do("review_orders", [order])
    parcels = [int(i) for i in alice.do("pack_orders", [order]).result["parcels"]]
    alice.do("get_waybills", parcels)
    page.goto(f"/orders/{order}/")
    notices = page.locator("section.notices")
    expect(notices).to_contain_text("Marketplace not told")
    notices.get_by_role("button", name="Fill in shipping notice").click()
    page.locator("#ask-go").click()
    said(page, "Notify early: 1 done")
    page.reload()
    expect(notices.locator(".chip")).to_have_text("To be told")
    expect(notices.get_by_role("button", name="Fill in shipping notice")).to_have_count(0)


def test_a_denied_store_can_be_tried_again(page: Page, sandbox: Sandbox) -> None:
    page.goto("/settings/stores/connect/tiktok/")
    page.get_by_label("Alias of the store").fill("Denied once")
    follow(page.get_by_role("button", name="Use the sandbox"))
    follow(page.get_by_role("button", name="Deny"))
    expect(page.get_by_role("heading", name="Not connected")).to_be_visible()
    follow(page.get_by_role("button", name="Try again"))
    follow(page.get_by_role("button", name="Allow"))
    expect(page.locator("#state .note.ok")).to_contain_text("Connected.")


def test_a_missing_order_is_asked_for_live_and_fetched(page: Page, sandbox: Sandbox) -> None:
    store = connect(page)
    run_sync(sandbox, store)
    (number,) = sandbox.orders(1)
    page.goto(f"/search/?q={number}")
    follow(page.get_by_role("link", name="Where is this order?"))
    place = page.locator(".place", has_text="Lantern at TikTok")
    expect(place).to_contain_text("TikTok Shop has it in Lantern at TikTok.")
    follow(place.get_by_role("button", name="Fetch it now"))
    expect(page.locator("#state")).to_be_visible()
    run_sync(sandbox, store)
    page.goto(f"/where/?number={number}")
    expect(page.locator(".place")).to_contain_text("It is here")
    page.goto("/where/?number=NEVER-1")
    expect(page.locator(".place", has_text="does not know this number")).to_be_visible()


def test_wrong_keys_keep_what_was_typed_and_say_what_is_missing(page: Page) -> None:
    page.goto("/settings/stores/connect/tiktok/")
    page.get_by_label("Alias of the store").fill("Main Street")
    page.get_by_role("button", name="Go on to TikTok Shop").click()
    expect(page.locator("#connect .errorlist").first).to_have_text("This is needed.")
    expect(page.get_by_label("Alias of the store")).to_have_value("Main Street")


def test_an_owner_switches_a_store_off_after_reading_what_stops(page: Page, sandbox: Sandbox) -> None:
    store = connect(page)
    run_sync(sandbox, store)
    page.goto(f"/settings/stores/{store}/")  # at rest: while it is pulled, its panel is renewed every two seconds
    page.get_by_role("button", name="Switch off").click()
    expect(page.locator("#sure")).to_contain_text("no stock and no shipping notices are sent")
    page.locator("#sure").get_by_role("button", name="Back").click()
    expect(page.locator("#sure")).to_be_hidden()
    expect(page.locator("#state .chip").first).to_have_text("connected")
    page.get_by_role("button", name="Switch off").click()
    follow(page.locator("#sure-go"))
    expect(page.locator("#state")).to_contain_text("Switched off: no orders are pulled")
    follow(page.get_by_role("button", name="Switch on again"))
    expect(page.locator("#state .chip").first).to_have_text("connected")


def test_what_is_switched_off_is_switched_off_however_long_the_question_was_read(page: Page, sandbox: Sandbox) -> None:
    connect(page)
    page.get_by_role("button", name="Switch off").click()
    with page.expect_response(re.compile("/state/")):  # the panel is renewed, and the button that was pressed is gone
        expect(page.locator("#sure")).to_be_visible()
    settled(page)
    follow(page.locator("#sure-go"))
    expect(page.locator("#state")).to_contain_text("Switched off: no orders are pulled")


def refused(page: Page, sandbox: Sandbox) -> tuple[int, list[int]]:
    """Two parcels of the sandbox's shop whose notices are refused, shipped in the house."""
    numbers = sandbox.orders(2)
    store, alice = connect(page), cast.world_of(cast.ALICE)
    run_sync(sandbox, store)
    with organization_scope(alice.organization_id):
        sql.run(
            "UPDATE connections_store SET default_service_id = %s WHERE organization_id = %s AND id = %s",
            [alice.service(), alice.organization_id, store],
        )
    ids = alice.order_ids(*numbers)
    alice.do("review_orders", ids)
    parcels = [int(i) for i in alice.do("pack_orders", ids).result["parcels"]]
    alice.do("get_waybills", parcels)
    alice.do("notify_parcels", parcels)
    with organization_scope(alice.organization_id):
        sql.run(
            """
            UPDATE parcels_shippingnotice SET status = 'refused', why = 'bad_number', code = '21011019', answered_at = %s,
                message = 'shipping provider not supported' WHERE organization_id = %s
            """,
            [now(), alice.organization_id],
        )
    return store, parcels


def test_refused_notices_are_told_again_and_dismissed(page: Page, sandbox: Sandbox) -> None:
    _store, parcels = refused(page, sandbox)
    page.goto("/notices/")
    rows = page.locator("#rows tr")
    expect(rows).to_have_count(len(parcels))
    rows.first.locator("a.no").click()
    drawer = page.locator("#drawer")
    expect(drawer).to_contain_text("Tell it again with the carrier's code as the marketplace writes it")
    drawer.get_by_role("button", name="Dismiss…").click()
    page.locator("#ask [name=reason]:visible").fill("Corrected at the marketplace by hand")
    page.locator("#ask-go").click()
    said(page, "Dismiss notices: 1 done")
    expect(rows).to_have_count(len(parcels) - 1)
    page.keyboard.press("Escape")
    expect(page.locator("#window .win")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    page.locator("[data-check-all]").check()
    page.locator("#bulk").get_by_role("button", name="Tell again…").click()
    page.locator("#ask [name=carrier]").fill("7117858858072016645")
    page.locator("#ask-go").click()
    said(page, "Tell again: 1 on their way")
    expect(page.get_by_role("heading", name="Waiting for the marketplace's answer")).to_be_visible()
    expect(page.locator("#rail a", has_text="Refused notices").locator("b")).to_have_text("0")


def test_a_refusal_is_settled_from_the_drawer_of_its_order(page: Page, sandbox: Sandbox) -> None:
    _store, parcels = refused(page, sandbox)
    alice = cast.world_of(cast.ALICE)
    ((order,),) = alice.rows(
        "SELECT min(order_id) FROM parcels_shippingnotice WHERE organization_id = %s AND parcel_id = %s", parcels[-1]
    )
    page.goto(f"/orders/{order}/")
    told = page.locator(".story .notices")
    expect(told).to_contain_text("shipping provider not supported")
    page.get_by_role("button", name="Dismiss…").click()
    expect(page.locator("#ask")).to_contain_text(f"P-{parcels[-1]}")
    page.locator("#ask [name=reason]:visible").fill("Corrected at the marketplace by hand")
    page.locator("#ask-go").click()
    said(page, "Dismiss notices: 1 done")
    page.goto(f"/orders/{order}/")
    expect(told).to_contain_text("Refusal dismissed")
    expect(page.locator("#rail a", has_text="Refused notices").locator("b")).to_have_text(str(len(parcels) - 1))


def test_parcels_are_told_early_from_the_bar(page: Page, sandbox: Sandbox) -> None:
    numbers = sandbox.orders(1)
    store, alice = connect(page), cast.world_of(cast.ALICE)
    run_sync(sandbox, store)
    ids = alice.order_ids(*numbers)
    alice.do("review_orders", ids)
    parcels = [int(i) for i in alice.do("pack_orders", ids).result["parcels"]]
    alice.do("get_waybills", parcels, service_id=alice.service())
    page.goto(f"/settings/services/{alice.service()}/")  # the marketplace's own code of the carrier
    page.get_by_label("TikTok Shop").fill(next(iter(sandbox.ask("apps")["tiktok"]["carriers"])))
    follow(page.get_by_role("button", name="Save"))
    expect(page).to_have_url(re.compile("/settings/services/$"))
    page.goto(f"/desk/waybill/?store={store}")
    page.locator("[data-check-all]").check()
    page.locator("#bulk").get_by_role("button", name="Notify early…").click()
    expect(page.locator("#ask")).to_contain_text("no stock is deducted")
    page.locator("#ask-go").click()
    said(page, "Notify early: 1 done")
    expect(page.locator("#rows [aria-label='Marketplace: To be told']")).to_have_count(1)
    assert tell_store(alice.organization_id, store, "tiktok", clock=lambda: now() + sandbox.ahead) == 1
    page.reload()
    expect(page.locator("#rows .chip", has_text="Told early")).to_have_count(1)


def test_someone_else_sees_why_there_is_no_connecting(open_page: Opener, trouble: Trouble) -> None:
    page = open_page(cast.BOB)
    page.goto("/settings/stores/connect/")
    expect(page.locator(".note")).to_contain_text("Only an owner of the organization may connect a store")
    expect(page.locator("a.tile")).to_have_count(0)


def test_every_marketplace_of_the_sandbox_leads_to_its_own_page_with_nothing_to_type(
    page: Page, sandbox: Sandbox
) -> None:
    alice = cast.world_of(cast.ALICE)
    for name, app in sandbox.ask("apps").items():
        page.goto(f"/settings/stores/connect/{name}/")
        title = page.title().removeprefix("Connect ").partition(" · ")[0]
        expect(page.locator("select[name=shop] option")).to_have_count(2)
        page.locator("select[name=shop]").select_option("beta")
        follow(page.get_by_role("button", name="Use the sandbox"))
        expect(page.get_by_role("radio", checked=True)).to_have_value("beta")
        follow(page.get_by_role("button", name="Allow"))
        expect(page.locator("#state .note.ok")).to_contain_text("Connected.")
        store = store_of(page)
        found = alice.rows(
            """
            SELECT s.name, s.currency, s.sender ->> 'name', v.code FROM connections_store s
            JOIN connections_shippingservice v ON v.organization_id = s.organization_id AND v.id = s.default_service_id
            WHERE s.organization_id = %s AND s.id = %s
            """,
            store,
        )
        assert found == [(f"{title} beta", app["shops"][1]["currency"], "Lantern Lane", "registered")]


def test_a_shop_allowed_instead_of_the_chosen_one_gives_its_own_currency(page: Page, sandbox: Sandbox) -> None:
    page.goto("/settings/stores/connect/tiktok/")
    page.locator("select[name=shop]").select_option("alpha")
    follow(page.get_by_role("button", name="Use the sandbox"))
    page.get_by_role("radio", name="(beta)").check()
    follow(page.get_by_role("button", name="Allow"))
    expect(page.get_by_label("Currency")).to_have_value(sandbox.ask("apps")["tiktok"]["shops"][1]["currency"])
    page.goto("/settings/stores/connect/tiktok/")  # what is connected is said, and the other one is offered
    expect(page.locator("select[name=shop]")).to_have_value("alpha")
    expect(page.locator("select[name=shop] option", has_text="beta")).to_contain_text("(connected)")
