"""What the requirements ask of connected stores, where no other test says it whole."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from tests.cast import ALICE, AT, World, answers, draft
from tests.db.test_notices import notices, numbers_of, ready, tell
from tests.db.test_web_stores import client_of, page
from tests.scripted import Scripted, connect, play

from entrepot.connections.connect import switch
from entrepot.connections.stores import StoreFacts, create_store, store_by_id
from entrepot.core.clock import now
from entrepot.core.permissions import NotAllowed
from entrepot.marketplaces.contract import Done, PaymentState, Result, Why
from entrepot.orders.answering import answer_store, stores_to_answer
from entrepot.orders.sync import sync_store
from entrepot.parcels.contents import read_contents
from entrepot.parcels.telling import stores_to_tell

HOUR = timedelta(hours=1)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    yield from play(monkeypatch)


def at_marketplace(world: World, name: str, *, marketplace: str = "tiktok", **more: Any) -> StoreFacts:
    """A store under the rules of a marketplace; what it holds is brought by hand."""
    with world.scope():
        return create_store(
            organization_id=world.organization_id, name=name, marketplace=marketplace, currency="USD", time_zone="UTC",
            actor=world.actor, at=AT, default_service_id=world.service(), **more,
        )  # fmt: skip


def bring(world: World, store: StoreFacts, number: str, **changes: Any) -> int:
    world.pulled(store, draft(number, **changes))
    return world.order_ids(number)[0]


def listed(client: Client, query: str) -> list[str]:
    return re.findall(r'<tr data-id="(\d+)"', page(client, f"/desk/review/{query}"))


# -- stores


def test_each_store_ships_under_its_own_sender(alice: World) -> None:
    """D-07"""
    sent_by = {}
    for n, city in enumerate(("Yiwu", "Porto")):
        store = at_marketplace(
            alice, f"Of {city}", sender={"name": f"{city} Goods", "line1": "1 Quay", "city": city, "country": "CN"}
        )
        order = bring(alice, store, f"{city}-1", n=n)
        alice.do("review_orders", [order])
        (parcel,) = (int(i) for i in alice.do("pack_orders", [order]).result["parcels"])
        alice.do("get_waybills", [parcel])
        with alice.scope():
            (contents,) = read_contents(alice.organization_id, [parcel])
        sender = contents.label(AT.date()).sender
        sent_by[city] = (sender.name, sender.city)
    assert sent_by == {"Yiwu": ("Yiwu Goods", "Yiwu"), "Porto": ("Porto Goods", "Porto")}


def test_a_store_that_is_switched_off_is_told_nothing_and_its_data_stays(alice: World, there: Scripted) -> None:
    """D-09"""
    store, parcels = ready(alice, there, "S-1")
    alice.do("ship_parcels", parcels)
    there.put("S-2", AT + 4 * HOUR, buyer_id="b9", cancel_asked_at=AT, cancel_request_id="R-1")
    sync_store(alice.organization_id, store, why="button", clock=lambda: AT + 5 * HOUR)
    alice.do("reject_cancellations", alice.order_ids("S-2"))
    later = AT + 9 * HOUR
    due = [(alice.organization_id, store, "scripted")]
    assert stores_to_tell(later, alice.organization_id) == stores_to_answer(later, alice.organization_id) == due
    switch(organization_id=alice.organization_id, store_ids=[store], enabled=False, actor=alice.actor, at=AT)
    assert stores_to_tell(later, alice.organization_id) == stores_to_answer(later, alice.organization_id) == []
    assert notices(alice) == [("S-1", "due")]
    assert len(alice.order_ids("S-1", "S-2")) == 2
    switch(organization_id=alice.organization_id, store_ids=[store], enabled=True, actor=alice.actor, at=AT)
    assert tell(alice, store, later) == 1
    assert answer_store(alice.organization_id, store, "scripted", clock=lambda: later) == 1


def test_a_store_that_is_switched_off_while_its_numbers_are_told_is_told_no_more(alice: World, there: Scripted) -> None:
    """D-09"""
    store, parcels = ready(alice, there, "S-1", "S-2", "S-3")
    alice.do("ship_parcels", parcels)

    def switch_off(name: str) -> None:
        if name == "shipped":
            switch(organization_id=alice.organization_id, store_ids=[store], enabled=False, actor=alice.actor, at=AT)

    there.before = switch_off
    assert tell(alice, store) == 1
    assert notices(alice) == [("S-1", "accepted"), ("S-2", "due"), ("S-3", "due")]
    assert there.calls.count("ship") == 1


# -- clocks


def test_stocking_up_is_amber_before_its_forty_eight_hours_and_late_after(
    alice: World, monkeypatch: pytest.MonkeyPatch, there: Scripted
) -> None:
    """T-02, T-26"""
    order = bring(alice, at_marketplace(alice, "Tik"), "T-1", paid_at=AT, placed_at=AT)
    client = client_of(ALICE)
    cells = {}
    for hours in (1, 47, 49):
        at = AT + hours * HOUR
        monkeypatch.setattr("entrepot.web.desk.now", lambda at=at: at)
        text = page(client, "/desk/review/")
        (chip,) = re.findall(r'<td title="Ship by[^"]*">(.*?)</td>', text, re.DOTALL) or [""]
        cells[hours] = (" ".join(re.sub(r"<[^>]+>", " ", chip).split()), "amb" in chip, "red" in chip)
        assert listed(client, "?due=overdue") == ([str(order)] if hours == 49 else [])
        assert listed(client, "?due=24h") == ([str(order)] if hours == 47 else [])
    assert cells == {
        1: ("1 d 23 h left 11-22 09:00", False, False),
        47: ("1 h 00 left today 09:00", True, False),
        49: ("1 h 00 late today 09:00", False, True),
    }


def test_a_stores_own_hours_are_typed_on_its_page_and_count_for_its_next_orders(alice: World, there: Scripted) -> None:
    """T-02"""
    store = at_marketplace(alice, "Tik")
    form = {"name": "Tik", "currency": "USD", "time_zone": "UTC", "clock_stock_up": "24", "minutes": "10"}
    assert client_of(ALICE).post(f"/settings/stores/{store.id}/", form).status_code == 302
    with alice.scope():
        changed = store_by_id(alice.organization_id, store.id)
    assert changed is not None
    order = bring(alice, changed, "T-1", paid_at=AT, placed_at=AT)
    deadline = "SELECT deadline_at FROM orders_order WHERE organization_id = %s AND id = %s"
    assert alice.value(deadline, order) == AT + 24 * HOUR


def test_an_unpaid_order_that_the_marketplace_ends_is_cancelled_and_holds_no_stock(
    alice: World, there: Scripted
) -> None:
    """T-20"""
    store = connect(alice)
    shelf = alice.shelf("SKU-00")
    there.put("S-1", AT, payment=PaymentState.UNPAID, paid_at=None)
    sync_store(alice.organization_id, store, why="timer", clock=lambda: AT + 4 * HOUR)
    ids = alice.order_ids("S-1")
    assert (alice.order_stages(ids), alice.shelf("SKU-00")) == (["unpaid"], shelf)
    later = AT + 49 * HOUR
    there.put("S-1", later, payment=PaymentState.UNPAID, paid_at=None, cancelled=True, external_status="CANCELLED")
    sync_store(alice.organization_id, store, why="timer", clock=lambda: later + HOUR)
    assert (alice.order_stages(ids), alice.shelf("SKU-00")) == (["cancelled"], shelf)
    assert alice.counts().get("order.unpaid", 0) == 0


# -- wishes to cancel


def test_a_wish_blocks_pick_print_and_ship_until_somebody_with_the_right_rejects_it(
    alice: World, bob: World, there: Scripted
) -> None:
    """T-25"""
    store, parcels = ready(alice, there, "S-1")
    there.put("S-1", AT + 4 * HOUR, cancel_asked_at=AT + 4 * HOUR, cancel_request_id="R-1", buyer_id="b0")
    sync_store(alice.organization_id, store, why="timer", clock=lambda: AT + 5 * HOUR)
    stopped = [(f"P-{parcels[0]}", "cancellation_asked", {"order": "S-1"})]
    for document in ("pick_list", "label"):
        assert answers(alice.do("print_parcels", parcels, document=document)) == stopped
    assert answers(alice.do("ship_parcels", parcels)) == stopped
    ids = alice.order_ids("S-1")
    with pytest.raises(NotAllowed):
        bob.do("reject_cancellations", ids)
    assert alice.do("reject_cancellations", ids).done == ids
    assert answers(alice.do("ship_parcels", parcels)) == stopped  # until the marketplace has taken the answer
    assert answer_store(alice.organization_id, store, "scripted", clock=lambda: AT + 6 * HOUR) == 1
    for document in ("pick_list", "label"):
        assert alice.do("print_parcels", parcels, document=document).done == parcels
    assert alice.do("ship_parcels", parcels).done == parcels


def test_a_wish_is_rejected_by_its_button_while_the_time_left_is_shown(
    alice: World, there: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-22, T-23"""
    store = at_marketplace(alice, "Tik")
    order = bring(alice, store, "T-1", cancel_asked_at=AT, paid_at=AT, placed_at=AT)
    fine = bring(alice, store, "T-2", n=1)
    client = client_of(ALICE)
    monkeypatch.setattr("entrepot.web.desk.now", lambda: AT + 18 * HOUR)
    text = page(client, "/desk/review/")
    asked = page(client, "/desk/review/?asked=1")  # where the count leads to
    assert [f'data-act="{act}"' in asked for act in ("accept", "reject")] == [True, True]
    assert 'data-act="reject"' in page(client, f"/orders/{order}/")
    words = " ".join(re.sub(r"<[^>]+>", " ", text).split())
    assert "To answer: cancellation asked 1 · first in 1 d 6 h" in words  # of 48 hours
    assert listed(client, "?asked=1") == [str(order)]
    answer = client.post("/desk/review/do/reject/", {"ids": f"{order},{fine}", "uuid": str(uuid4())})
    assert "1 done" in answer.content.decode()
    assert listed(client, "?asked=1") == []


def test_a_wish_that_nobody_answered_ends_the_order_and_its_parcel_prints_nothing(
    alice: World, there: Scripted
) -> None:
    """T-24"""
    store, parcels = ready(alice, there, "S-1")
    there.put("S-1", AT + 4 * HOUR, cancel_asked_at=AT + 4 * HOUR, buyer_id="b0")
    sync_store(alice.organization_id, store, why="timer", clock=lambda: AT + 5 * HOUR)
    over = AT + 53 * HOUR  # the marketplace cancels by itself
    there.put("S-1", over, cancelled=True, external_status="CANCELLED", buyer_id="b0")
    sync_store(alice.organization_id, store, why="timer", clock=lambda: over + HOUR)
    assert alice.value("SELECT external_status FROM orders_order WHERE organization_id = %s") == "CANCELLED"
    for document in ("pick_list", "label"):
        (outcome,) = alice.do("print_parcels", parcels, document=document).outcomes
        assert outcome.refusal == "cancelled_there"
    assert alice.parcel_stages(parcels) == ["to_print"]
    assert alice.do("unpack_parcels", parcels).done == parcels
    assert alice.order_stages(alice.order_ids("S-1")) == ["cancelled"]


# -- telling


def test_a_parcel_on_the_waybill_page_is_told_early_and_its_stock_stays(alice: World, there: Scripted) -> None:
    """D-32"""
    store = connect(alice)
    there.put("S-1", AT)
    sync_store(alice.organization_id, store, why="timer", clock=lambda: AT + 4 * HOUR)
    ids = alice.order_ids("S-1")
    alice.do("review_orders", ids)
    parcels = [int(i) for i in alice.do("pack_orders", ids).result["parcels"]]
    alice.do("get_waybills", parcels)
    shelf = alice.shelf("SKU-00")
    client = client_of(ALICE)
    assert 'data-act="notify"' in page(client, "/desk/waybill/")
    answer = client.post("/desk/waybill/do/notify/", {"ids": str(parcels[0]), "uuid": str(uuid4())})
    assert "Notify early: 1 done" in answer.content.decode()
    assert tell(alice, store, now() + 24 * HOUR) == 1
    assert there.numbers["S-1"] == numbers_of(alice, parcels)
    assert (alice.parcel_stages(parcels), alice.shelf("SKU-00")) == (["waybill"], shelf)


def test_the_story_of_a_parcel_tells_when_it_left_and_when_the_marketplace_was_told(
    alice: World, there: Scripted
) -> None:
    """D-41"""
    store, parcels = ready(alice, there, "S-1")
    alice.do("ship_parcels", parcels)
    tell(alice, store, datetime.fromisoformat("2026-11-20T15:31:00+00:00"))
    text = page(client_of(ALICE), f"/parcels/{parcels[0]}/")
    words = " ".join(re.sub(r"<[^>]+>", " ", text).split())
    assert "Handed over 2026-11-20 09:00 · Alice" in words
    assert f"Told S-1 {numbers_of(alice, parcels)[0]} 2026-11-20 15:31" in words


@pytest.mark.parametrize(
    ("why", "meaning", "step"),
    [
        (Why.STATE_CHANGED, "The order has changed at the marketplace", "Ask the marketplace again"),
        (Why.SHIPPED_ELSEWHERE, "The marketplace has another number already", "Compare the two numbers"),
        (Why.BAD_NUMBER, "The number or the carrier is not accepted", "Tell it again with the carrier"),
        (Why.LATE, "The time for telling is over", "Settle it there, then dismiss this"),
        (Why.OTHER, "The marketplace refused it for another reason", "Correct what they name and tell it again"),
    ],
)
def test_every_refusal_is_classed_and_suggests_what_to_do(
    alice: World, there: Scripted, why: Why, meaning: str, step: str
) -> None:
    """D-42, D-43"""
    store, parcels = ready(alice, there, "S-1")
    alice.do("ship_parcels", parcels)
    there.ship = lambda _wire, _access, told, *, now: [  # type: ignore[method-assign]
        Done(notice.key, Result.REJECTED, why, "E-77", "their own words") for notice in told
    ]
    tell(alice, store)
    drawer = page(client_of(ALICE), f"/parcels/{parcels[0]}/")
    for words in (meaning, step, "their own words", "E-77"):
        assert words in drawer
