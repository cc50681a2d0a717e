"""What a marketplace can be told decides how far an order may be split."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.cast import World, answers, line
from tests.scripted import AT, POLICY, Scripted, connect, play

from entrepot.core.report import Refusal
from entrepot.marketplaces import registry
from entrepot.marketplaces.contract import ShipBy
from entrepot.orders.sync import sync_store


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    yield from play(monkeypatch)


@pytest.mark.parametrize(("can", "most"), [({"ship": ShipBy.ORDER}, 1), ({"parcels_per_order": 2}, 2)])
def test_an_order_is_not_split_into_more_parcels_than_its_marketplace_takes_numbers(
    alice: World, there: Scripted, monkeypatch: pytest.MonkeyPatch, can: dict[str, Any], most: int
) -> None:
    there.can = replace(there.can, **can)
    adapters = registry._adapters()
    short = replace(adapters["scripted"], policy=replace(POLICY, max_lines_per_parcel=1))
    monkeypatch.setattr(registry, "_adapters", lambda: {**adapters, "scripted": short})
    store = connect(alice)
    there.put("BIG", AT - timedelta(hours=1), lines=tuple(line(number=str(n)) for n in range(3)), buyer_id="one")
    there.put("SMALL", AT - timedelta(hours=1), buyer_id="two")
    sync_store(alice.organization_id, store, why="button", clock=lambda: AT)
    ids = alice.order_ids("BIG", "SMALL")
    alice.do("review_orders", ids)
    report = alice.do("pack_orders", ids)
    facts = {"count": 3, "most": most, "marketplace": "scripted"}
    assert answers(report) == [("BIG", Refusal.CANNOT_SPLIT, facts), ("SMALL", None, {})]
    assert alice.order_stages(ids) == ["to_pack", "packed"]
    assert len(report.result["parcels"]) == 1
