"""The drawers: the number that people read, the marketplace's own name of a state, the entry for the shipping notice."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils import translation
from tests.cast import ALICE, AT, BOB, World, draft
from tests.db.test_deadlines import asked
from tests.db.test_notices import HOUR, notices, numbers_of, ready, tell
from tests.db.test_web_stores import client_of, page
from tests.scripted import Scripted, play

from entrepot.core.clock import now
from entrepot.marketplaces.registry import marketplaces
from entrepot.web.state_words import NAMES, STEPS, state_at


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    yield from play(monkeypatch)


LONG, SHOWN = "gid-5647382910", "#1001"


def test_a_parcel_and_both_drawers_show_the_number_that_people_read_and_the_long_one_on_hovering(
    alice: World, there: Scripted
) -> None:
    _store, (parcel,) = ready(alice, there, LONG, handles={"name": SHOWN})
    client, (order,) = client_of(ALICE), alice.order_ids(LONG)
    assert f'<span title="{LONG}">{SHOWN}</span> · ' in page(client, "/desk/print/")
    drawer = page(client, f"/orders/{order}/")
    assert f'<b class="mono big" title="{LONG}">{SHOWN}</b>' in drawer
    assert f'data-copy="{LONG}" title="Copy: {LONG}"' in drawer
    assert f'href="/orders/{order}/" title="{LONG}">{SHOWN}</a>' in page(client, f"/parcels/{parcel}/")
    there.numbers[LONG] = ["ELSEWHERE-1"]
    alice.do("ship_parcels", [parcel])
    tell(alice, _store)
    assert f'<span class="mono" title="{LONG}">{SHOWN}</span>' in page(client, f"/parcels/{parcel}/")
    assert f'<div class="sub clip" title="{LONG}">{SHOWN}</div>' in page(client, "/notices/")


def test_results_and_refusals_call_an_order_by_the_number_that_people_read(alice: World, there: Scripted) -> None:
    _store, (parcel,) = ready(alice, there, LONG, handles={"name": SHOWN})
    (order,) = alice.order_ids(LONG)
    assert [one.name for one in alice.do("review_orders", [order]).outcomes] == [SHOWN]
    asked(alice, order, AT + HOUR)
    (refused,) = alice.do("ship_parcels", [parcel]).outcomes
    assert refused.facts == {"order": SHOWN}
    assert f"order {SHOWN}" in refused.sentence


def test_a_new_waybill_number_stands_with_its_own_time(alice: World, there: Scripted) -> None:
    _store, (parcel,) = ready(alice, there, "S-1")
    replace(alice, at=alice.at + timedelta(minutes=2)).do("renew_waybills", [parcel])
    fact = page(client_of(ALICE), f"/parcels/{parcel}/").split('facts-line">')[1].split("Stock allocated")[0]
    assert '<div class="sub">2026-11-20 09:02 · Alice · Registered</div>' in fact


def test_where_the_marketplace_has_one_number_only_nothing_hovers(alice: World, there: Scripted) -> None:
    _store, (parcel,) = ready(alice, there, "S-1")
    client, (order,) = client_of(ALICE), alice.order_ids("S-1")
    assert re.search(r'<div class="sub clip">S-1 · ', page(client, "/desk/print/"))
    assert '<b class="mono big">S-1</b>' in page(client, f"/orders/{order}/")
    assert f'<a class="no mono" href="/orders/{order}/">S-1</a>' in page(client, f"/parcels/{parcel}/")


def entry(text: str) -> list[str]:
    """The parcels, address and dialog of each entry "Fill in shipping notice" in a drawer."""
    return re.findall(
        r'data-of-parcels="([\d,]+)"><button[^>]*data-act="notify" data-url="([^"]+)" data-dialog="([^"]*)" '
        r'data-name="Fill in shipping notice"',
        text,
    )


def test_the_shipping_notice_is_filled_in_from_the_orders_detail_and_shown_with_time_and_number(
    alice: World, there: Scripted
) -> None:
    """A-29"""
    store, (parcel,) = ready(alice, there, "S-1")
    alice.do("ship_parcels", [parcel])
    alice.rows(
        "DELETE FROM parcels_shippingnotice WHERE organization_id = %s RETURNING id"
    )  # shipped before it was connected
    client, (order,), (number,) = client_of(ALICE), alice.order_ids("S-1"), numbers_of(alice, [parcel])
    for path in (f"/orders/{order}/", f"/parcels/{parcel}/"):
        text = page(client, path)
        assert entry(text) == [(str(parcel), "/desk/shipped/do/notify/", "")]
        assert "Marketplace not told</span>" in text
        assert entry(page(client_of(BOB), path)) == entry(text)  # a packer ships, so he tells
    client = client_of(ALICE)
    answer = client.post("/desk/shipped/do/notify/", {"ids": str(parcel), "uuid": str(uuid4())})
    assert ": 1 done" in answer.content.decode()
    assert there.numbers.get("S-1", []) == []
    assert tell(alice, store, now()) == 1
    assert there.numbers["S-1"] == [number]
    assert notices(alice) == [("S-1", "accepted")]
    for path in (f"/orders/{order}/", f"/parcels/{parcel}/"):
        text = page(client, path)
        assert entry(text) == []
        told = text.split('<section class="notices">')[1].split("</section>")[0]
        assert "Told</span>" in told
        assert f'<span class="mono muted">{number}' in told
        assert re.search(r'<div class="sub">\d{4}-\d\d-\d\d \d\d:\d\d', told)


@pytest.mark.by_hand
def test_before_the_goods_leave_the_order_asks_first_and_what_waits_for_an_answer_is_not_told(
    alice: World, there: Scripted
) -> None:
    """A-29"""
    _store, parcels = ready(alice, there, "S-1", "S-2")
    client, orders = client_of(ALICE), alice.order_ids("S-1", "S-2")
    assert entry(page(client, f"/orders/{orders[0]}/")) == [(str(parcels[0]), "/desk/print/do/notify/", "notify")]
    assert entry(page(client, f"/parcels/{parcels[0]}/")) == []  # its bar has "Notify early"
    asked(alice, orders[0], AT + HOUR)
    assert entry(page(client, f"/orders/{orders[0]}/")) == []
    assert len(entry(page(client, f"/orders/{orders[1]}/"))) == 1
    assert alice.column("SELECT count(*) FROM parcels_shippingnotice WHERE organization_id = %s") == [0]


@pytest.mark.parametrize(
    ("marketplace", "status", "english", "chinese"),
    [
        ("tiktok", "AWAITING_SHIPMENT", "Awaiting shipment at TikTok Shop", "TikTok Shop 状态：待发货"),
        ("tiktok", "AWAITING_COLLECTION", "Awaiting collection at TikTok Shop", "TikTok Shop 状态：待揽收"),
        ("shopify", "PAID/UNFULFILLED", "PAID / Unfulfilled at Shopify", "Shopify 状态：PAID / 未发货"),
        (
            "shopify",
            "PAID/UNFULFILLED/CANCELLATION_ACCEPTED",
            "PAID / Unfulfilled / Cancellation accepted at Shopify",
            "Shopify 状态：PAID / 未发货 / 已同意取消",
        ),
        ("lazada", "pending,packed", "Pending / Packed at Lazada", "Lazada 状态：待处理 / 已打包"),
        ("tiktok", "A_NEW_STATE", "", ""),
        ("file", "paid", "", ""),
        ("nowhere", "paid", "", ""),
    ],
)
def test_a_state_has_the_marketplaces_own_name_in_the_readers_language(
    marketplace: str, status: str, english: str, chinese: str
) -> None:
    """T-21, T-48"""
    assert state_at(marketplace, status) == english
    with translation.override("zh-hans"):
        assert state_at(marketplace, status) == chinese


def test_every_name_of_a_state_in_the_rules_can_be_translated() -> None:
    known = {stage.name for listed in marketplaces() for stage in listed.policy.stages}
    assert known - NAMES == set()
    steps = {stage.step for listed in marketplaces() for stage in listed.policy.stages if stage.step}
    assert steps == STEPS


def test_an_order_that_is_cancelled_only_here_says_what_is_left_to_do_there(alice: World) -> None:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    (order,) = alice.orders(1)
    step = "No money was moved: cancel and refund the order at the marketplace."
    client = client_of(ALICE)
    for status, said in (("PAID/UNFULFILLED/CANCELLATION_ACCEPTED", True), ("REFUNDED/UNFULFILLED", False)):
        alice.rows(
            "UPDATE connections_store SET marketplace = 'shopify' WHERE organization_id = %s AND id = %s RETURNING id",
            alice.store.id,
        )
        alice.rows(f"UPDATE orders_order SET external_status = '{status}' WHERE organization_id = %s RETURNING id")
        assert (step in page(client, f"/orders/{order}/")) is said


@pytest.mark.parametrize(
    ("status", "note", "tale"),
    [
        (
            "PAID/UNFULFILLED/CANCELLATION_ACCEPTED",
            "Cancellation accepted: order O-0000. Shopify itself has not cancelled it.",
            "ended here; the marketplace itself has not cancelled it",
        ),
        ("REFUNDED/UNFULFILLED", "Cancelled at Shopify: order O-0000.", "cancelled for good"),
    ],
)
def test_what_ended_only_here_is_not_called_cancelled_at_the_marketplace(
    alice: World, status: str, note: str, tale: str
) -> None:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    (parcel,), ids = alice.numbered(1), alice.order_ids("O-0000")
    alice.take_in(draft("O-0000", cancelled=True, external_status=status))
    alice.rows(
        "UPDATE connections_store SET marketplace = 'shopify' WHERE organization_id = %s AND id = %s RETURNING id",
        alice.store.id,
    )
    client = client_of(ALICE)
    for address in (f"/parcels/{parcel}/", f"/orders/{ids[0]}/"):
        text = page(client, address)
        assert note in text
        assert tale in text


def test_an_order_to_review_is_awaiting_shipment_at_the_marketplace(
    alice: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-21"""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    (order,) = alice.orders(1)
    alice.rows(
        "UPDATE connections_store SET marketplace = 'tiktok' WHERE organization_id = %s AND id = %s RETURNING id",
        alice.store.id,
    )
    alice.rows("UPDATE orders_order SET external_status = 'AWAITING_SHIPMENT' WHERE organization_id = %s RETURNING id")
    client = client_of(ALICE)
    assert f'<tr data-id="{order}"' in page(client, "/desk/review/")
    drawer = page(client, f"/orders/{order}/")
    assert '<span title="AWAITING_SHIPMENT">Awaiting shipment at TikTok Shop</span>' in drawer
    assert ">To review</span>" in drawer
