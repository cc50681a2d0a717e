"""A store's own hours and who ships: set by its owner, kept in the history, and carried to the orders that are open."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import ALICE, BOB, World, answers, broken, draft
from tests.db.test_collection_clock import RULES
from tests.db.test_notices import ready, tell
from tests.db.test_requirements_connections import at_marketplace, bring
from tests.db.test_web_stores import client_of, page
from tests.scripted import AT, Scripted, play

from entrepot.connections.edit_clocks import Fulfilment, edit_clocks
from entrepot.connections.stores import StoreFacts, store_by_id
from entrepot.core import sql
from entrepot.core.permissions import NotAllowed
from entrepot.marketplaces.contract import PaymentState
from entrepot.marketplaces.policy import ClockName
from entrepot.orders.sync import sync_store
from entrepot.parcels.recount import recount_store

HOUR = timedelta(hours=1)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr("tests.scripted.POLICY", RULES)
    yield from play(monkeypatch)


def edit(world: World, store: int, hours: dict[ClockName, int | None], ships: Fulfilment = Fulfilment.OWN) -> bool:
    with world.scope():
        return edit_clocks(
            organization_id=world.organization_id,
            store_id=store,
            hours=hours,
            fulfilment=ships,
            actor=world.actor,
            at=AT,
        )


def recount(world: World, store: int) -> int:
    return recount_store(world.organization_id, store, at=AT)


def facts(world: World, store: int) -> StoreFacts:
    with world.scope():
        found = store_by_id(world.organization_id, store)
    assert found is not None
    return found


def deadlines(world: World) -> dict[str, datetime]:
    return dict(world.rows("SELECT external_id, deadline_at FROM orders_order WHERE organization_id = %s"))


# -- hours


def test_own_hours_count_for_new_orders_and_where_they_are_nearer_than_the_marketplaces_instant(
    alice: World, there: Scripted
) -> None:
    """T-01, T-02"""
    store = at_marketplace(alice, "Tik").id
    assert edit(alice, store, {ClockName.STOCK_UP: 24, ClockName.SHIP_BY: 20, ClockName.COLLECT: None})
    for number, n, told in (("T-1", 0, None), ("T-2", 1, AT + 10 * HOUR), ("T-3", 2, AT + 90 * HOUR)):
        bring(alice, facts(alice, store), number, n=n, placed_at=AT, paid_at=AT, ship_by_at=told)
    assert deadlines(alice) == {"T-1": AT + 20 * HOUR, "T-2": AT + 10 * HOUR, "T-3": AT + 20 * HOUR}


def test_saving_counts_the_open_orders_anew_and_leaves_what_has_ended(alice: World, there: Scripted) -> None:
    """T-01, T-02, T-03"""
    store, parcels = ready(alice, there, "S-1", "S-2", placed_at=AT, paid_at=AT)
    there.put("S-3", AT + HOUR / 2, buyer_id="b3", placed_at=AT, paid_at=None, payment=PaymentState.UNPAID)
    there.put("S-4", AT + HOUR / 2, buyer_id="b4", placed_at=AT, paid_at=AT, shipped=True)
    sync_store(alice.organization_id, store, why="timer", clock=lambda: AT + HOUR)
    alice.do("ship_parcels", parcels[:1])
    tell(alice, store)
    before = deadlines(alice)
    assert sorted(before) == ["S-1", "S-2", "S-3", "S-4"]
    assert before["S-1"] == AT + 72 * HOUR
    assert edit(alice, store, {ClockName.STOCK_UP: 24, ClockName.COLLECT: 30})
    assert recount(alice, store) == 2
    assert deadlines(alice) == before | {"S-1": AT + 30 * HOUR, "S-2": AT + 24 * HOUR}
    parcel = "SELECT deadline_at FROM parcels_parcel WHERE organization_id = %s AND id = %s"
    assert [alice.value(parcel, i) for i in parcels] == [AT + 30 * HOUR, AT + 24 * HOUR]
    assert recount(alice, store) == 0
    assert edit(alice, store, {})
    assert recount(alice, store) == 2
    assert deadlines(alice) == before


def test_the_history_tells_who_set_which_hours(alice: World, there: Scripted) -> None:
    store = at_marketplace(alice, "Tik").id
    edit(alice, store, {ClockName.COLLECT: 60})
    edit(alice, store, {ClockName.COLLECT: 60})  # nothing new
    told = alice.rows(
        """
        SELECT actor_id, before::text, after::text FROM core_event
        WHERE organization_id = %s AND subject = 'store' AND verb = 'edit_clocks'
        """
    )
    assert told == [
        (
            alice.actor.member_id,
            '{"clocks": {}, "fulfilment": "own"}',
            '{"clocks": {"collect": 60}, "fulfilment": "own"}',
        )
    ]


def test_only_an_owner_sets_hours_and_no_clock_that_the_marketplace_lacks(
    alice: World, bob: World, there: Scripted
) -> None:
    store = at_marketplace(alice, "Tik").id
    with pytest.raises(NotAllowed):
        edit(bob, store, {ClockName.COLLECT: 60})
    for wrong in ({ClockName.PAY_BY: 5}, {ClockName.COLLECT: 0}, {ClockName.COLLECT: 2161}):
        with pytest.raises(ValueError, match="No hours of a store of tiktok"):
            edit(alice, store, wrong)
    assert facts(alice, store).clocks == {}


def test_a_recount_costs_the_same_statements_for_one_order_and_for_many(alice: World, there: Scripted) -> None:
    costs = []
    for name, count in (("One", 1), ("Many", 40)):
        store = at_marketplace(alice, name)
        drafts = [draft(f"{name}-{n}", n=n, placed_at=AT, paid_at=AT) for n in range(count)]
        alice.pulled(store, *drafts)
        edit(alice, store.id, {ClockName.STOCK_UP: 12}, Fulfilment.SERVICE)
        with CaptureQueriesContext(connection) as made:
            assert recount(alice, store.id) == count
        costs.append(len(made))
    assert costs[0] == costs[1]


def test_the_page_shows_the_marketplaces_hours_and_saves_the_owners(alice: World, there: Scripted) -> None:
    """T-01, T-02, T-03"""
    store = at_marketplace(alice, "Tik")
    bring(alice, store, "T-1", placed_at=AT, paid_at=AT)
    client = client_of(ALICE)
    text = page(client, f"/settings/stores/{store.id}/")
    for hours in (48, 120, 72):
        assert f"Empty: the marketplace&#x27;s {hours} hours." in text
    form = {"name": "Tik", "currency": "USD", "time_zone": "UTC", "minutes": "10", "fulfilment": "own",
            "clock_stock_up": "", "clock_ship_by": "30", "clock_collect": ""}  # fmt: skip
    assert client.post(f"/settings/stores/{store.id}/", form).status_code == 302
    assert "The deadlines of its open orders are counted anew." in page(client, f"/settings/stores/{store.id}/")
    assert facts(alice, store.id).clocks == {ClockName.SHIP_BY: 30}
    jobs = alice.rows("SELECT args::text FROM procrastinate_jobs WHERE task_name = 'recount_deadlines' AND %s > 0")
    assert jobs == [(f'{{"store_id": {store.id}, "organization_id": {alice.organization_id}}}',)]
    recount(alice, store.id)
    assert deadlines(alice) == {"T-1": AT + 30 * HOUR}
    bad = client.post(f"/settings/stores/{store.id}/", form | {"clock_ship_by": "0"})
    assert bad.status_code == 200
    assert facts(alice, store.id).clocks == {ClockName.SHIP_BY: 30}


# -- who ships


def test_orders_that_somebody_else_ships_are_followed_and_not_packed(alice: World, there: Scripted) -> None:
    """D-02"""
    store = at_marketplace(alice, "Theirs").id
    edit(alice, store, {}, Fulfilment.MARKETPLACE)
    order = bring(alice, facts(alice, store), "T-1")
    assert alice.order_stages([order]) == ["followed"]
    assert alice.counts() == {"order.followed": 1}
    for verb in ("review_orders", "pack_orders"):
        assert answers(alice.do(verb, [order])) == [("T-1", "followed", {"order": "T-1"})]
    alice.pulled(facts(alice, store), draft("T-1", shipped=True))
    assert alice.order_stages([order]) == ["shipped"]
    assert alice.counts() == {"order.shipped": 1}


def test_a_store_that_changes_hands_takes_its_waiting_orders_along_and_back(alice: World, there: Scripted) -> None:
    """D-02"""
    store, _parcels = ready(alice, there, "S-1")
    there.put("S-2", AT + HOUR / 2, buyer_id="b2")
    there.put("S-3", AT + HOUR / 2, buyer_id="b3", paid_at=None, payment=PaymentState.UNPAID)
    sync_store(alice.organization_id, store, why="timer", clock=lambda: AT + HOUR)
    ids = alice.order_ids("S-1", "S-2", "S-3")
    assert alice.order_stages(ids) == ["packed", "to_review", "unpaid"]
    edit(alice, store, {}, Fulfilment.SERVICE)
    assert recount(alice, store) == 1
    assert alice.order_stages(ids) == ["packed", "followed", "unpaid"]
    there.put("S-3", AT + 2 * HOUR, buyer_id="b3")
    sync_store(alice.organization_id, store, why="timer", clock=lambda: AT + 3 * HOUR)
    assert alice.order_stages(ids) == ["packed", "followed", "followed"]
    assert alice.events("order", ids[1])[-1] == "follow"
    edit(alice, store, {}, Fulfilment.OWN)
    assert recount(alice, store) == 2
    assert alice.order_stages(ids) == ["packed", "to_review", "to_review"]
    assert broken() == []


def test_followed_orders_have_a_list_of_their_own_that_says_who_ships(alice: World, there: Scripted) -> None:
    """D-02"""
    client = client_of(ALICE)
    assert "/desk/followed/" not in page(client, "/desk/review/")
    store = at_marketplace(alice, "Theirs").id
    edit(alice, store, {}, Fulfilment.MARKETPLACE)
    bring(alice, facts(alice, store), "T-1")
    assert "/desk/followed/" in page(client, "/desk/review/")
    text = page(client, "/desk/followed/")
    assert "T-1" in text
    assert "Shipped by the marketplace" in text
    assert re.findall(r'data-act="([a-z-]+)"', text) == []


def test_a_member_who_is_no_owner_sees_the_hours_and_cannot_change_them(
    alice: World, bob: World, there: Scripted
) -> None:
    store = at_marketplace(alice, "Tik").id
    with alice.scope():
        sql.run(
            "UPDATE core_member SET role = 'manager' WHERE organization_id = %s AND id = %s",
            [alice.organization_id, bob.actor.member_id],
        )
    client = client_of(BOB)
    fields: Any = re.findall(
        r'<input type="number" name="clock_[a-z_]+"[^>]*>', page(client, f"/settings/stores/{store}/")
    )
    assert [" disabled" in one for one in fields] == [True, True, True]
    form = {"name": "Tik", "currency": "USD", "time_zone": "UTC", "fulfilment": "service", "clock_collect": "1"}
    assert client.post(f"/settings/stores/{store}/", form).status_code == 302
    assert (facts(alice, store).clocks, facts(alice, store).fulfilment) == ({}, Fulfilment.OWN)
