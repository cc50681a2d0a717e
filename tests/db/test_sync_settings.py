"""Settings that an owner changes while a pull is under way count for every page that comes after them."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from tests.cast import ALICE, World
from tests.db.test_collection_clock import RULES
from tests.db.test_own_clocks import deadlines, edit, recount
from tests.db.test_requirements_connections import at_marketplace
from tests.db.test_web_stores import client_of
from tests.scripted import AT, Scripted, connect, play

from entrepot.connections.edit_clocks import Fulfilment
from entrepot.marketplaces.policy import ClockName
from entrepot.orders.sync import sync_store

HOUR = timedelta(hours=1)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr("tests.scripted.POLICY", RULES)
    yield from play(monkeypatch)


def test_pages_after_a_change_of_settings_go_by_the_new_ones(alice: World, there: Scripted) -> None:
    """T-01, D-02"""
    store = connect(alice)
    for n in range(5):
        there.put(f"S-{n}", AT - HOUR, buyer_id=f"b{n}", placed_at=AT - HOUR, paid_at=AT - HOUR)
    found: list[int] = []

    def owner(_name: str) -> None:
        if len(there.calls) == 2:  # two orders are here; the recount is done before the next page comes
            edit(alice, store, {ClockName.STOCK_UP: 24}, Fulfilment.MARKETPLACE)
            found.append(recount(alice, store))

    there.before = owner
    run = sync_store(alice.organization_id, store, why="button", clock=lambda: AT)
    assert run is not None
    assert (run.pages, run.created, found) == (3, 5, [2])
    numbers = [f"S-{n}" for n in range(5)]
    assert deadlines(alice) == dict.fromkeys(numbers, AT + 23 * HOUR)
    assert set(alice.order_stages(alice.order_ids(*numbers))) == {"followed"}
    assert alice.counts() == {"order.followed": 5}


def test_each_change_of_settings_has_a_recount_of_its_own(alice: World, there: Scripted) -> None:
    """A recount that waits may be fetched by a worker before the second change is committed, and read the first."""
    store = at_marketplace(alice, "Tik")
    client = client_of(ALICE)
    for hours in ("30", "20"):
        form = {"name": "Tik", "currency": "USD", "time_zone": "UTC", "minutes": "10", "fulfilment": "own",
                "clock_stock_up": "", "clock_ship_by": hours, "clock_collect": ""}  # fmt: skip
        assert client.post(f"/settings/stores/{store.id}/", form).status_code == 302
    jobs = alice.column("SELECT queueing_lock FROM procrastinate_jobs WHERE task_name = 'recount_deadlines' AND %s > 0")
    assert jobs == [None, None]
