"""The card "Stock" on a store's page."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from tests.cast import ALICE, BOB, CHARLIE, World
from tests.db.test_stock_push import Shelf, due, lay, offered, pull, push, sell, turn
from tests.db.test_web_stores import client_of, page
from tests.scripted import Scripted, connect, play

from entrepot.core import sql
from entrepot.core.clock import now


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    yield from play(monkeypatch)


def setting(world: World) -> list[Any]:
    return world.rows("SELECT is_on, reserve FROM inventory_stockpush WHERE organization_id = %s")


def test_an_owner_turns_the_push_on_keeps_pieces_back_and_turns_it_off(alice: World, there: Scripted) -> None:
    store = connect(alice)
    client = client_of(ALICE)
    path = f"/settings/stores/{store}/stock/"
    assert f'hx-get="{path}"' in page(client, f"/settings/stores/{store}/")
    before = page(client, path)
    assert "not told" in before
    assert "Turn off" not in before
    assert client.post(f"{path}change/", {"on": "1", "reserve": "3"}).status_code == 302
    assert setting(alice) == [(True, 3)]
    assert due(now()) == [(alice.organization_id, store, "scripted")]
    assert 'value="3"' in page(client, path)
    for wrong in ("-1", "1.5", "x", "1000001", "99999999999"):
        client.post(f"{path}change/", {"on": "1", "reserve": wrong})
        assert setting(alice) == [(True, 3)]
    client.post(f"{path}change/", {"on": "0", "reserve": "3"})
    assert setting(alice) == [(False, 3)]
    assert due(now()) == []
    assert alice.events("store", store)[-2:] == ["set_stock_push", "set_stock_push"]


def test_nobody_but_an_owner_turns_it_on_and_nobody_else_sees_it(
    alice: World, bob: World, charlie: World, there: Scripted
) -> None:
    store = connect(alice)
    path = f"/settings/stores/{store}/stock/"
    his = client_of(BOB)
    assert "Only an owner may turn this on or off." in page(his, path)
    assert "<form" not in page(his, path)
    assert his.post(f"{path}change/", {"on": "1", "reserve": "0"}).status_code == 403
    other = client_of(CHARLIE)
    page(other, path, 404)
    assert other.post(f"{path}change/", {"on": "1", "reserve": "0"}).status_code == 404
    assert setting(alice) == []
    main = f"/settings/stores/{alice.store.id}/stock/"  # its orders come from files: nobody to tell
    page(client_of(ALICE), main, 404)


def test_the_card_counts_what_is_in_step_waits_and_is_refused_with_the_marketplaces_words(
    alice: World, there: Scripted
) -> None:
    shelf = Shelf(there)
    shelf.refused = {"SKU-01"}
    store = connect(alice)
    sell(alice, there, store, "S-1", *(offered(f"SKU-{n:02}", number=str(n)) for n in range(3)))
    turn(alice, store)
    client, path = client_of(ALICE), f"/settings/stores/{store}/stock/"

    def counts() -> list[str]:
        text = page(client, path)
        return [text.split(f"data-{name}>")[1].split("<")[0] for name in ("told", "waiting", "refused")]

    assert counts() == ["0", "3", "0"]
    push(alice, store)
    assert counts() == ["2", "0", "1"]
    text = page(client, path)
    assert "<q>This product is under review.</q>" in text
    assert "Tell refused ones again" in text
    lay(alice, {"SKU-00": 1})
    shelf.refused = set()
    client.post(f"{path}change/", {"again": "1"})
    push(alice, store, now())
    assert counts() == ["2", "0", "1"]  # lowered; but the last sync is long ago, so that no number is raised or new
    assert "numbers are only lowered" in page(client, path)
    pull(alice, store, now())
    push(alice, store, now())
    assert counts() == ["3", "0", "0"]
    chinese = page(client_of(ALICE, "zh-hans"), path)
    assert "库存" in chinese
    assert "under review" not in chinese


def test_a_marketplace_that_takes_no_stock_says_so(alice: World, there: Scripted) -> None:
    store = connect(alice, "Lantern Lazada", marketplace="lazada")
    text = page(client_of(ALICE), f"/settings/stores/{store}/stock/")
    assert "This marketplace is not told stock" in text
    assert "<form" not in text


def test_a_store_whose_orders_others_ship_is_not_offered_the_switch(alice: World, there: Scripted) -> None:
    store = connect(alice)
    with alice.scope():
        sql.run(
            "UPDATE connections_store SET fulfilment = 'marketplace' WHERE organization_id = %s AND id = %s",
            [alice.organization_id, store],
        )
    text = page(client_of(ALICE), f"/settings/stores/{store}/stock/")
    assert "what lies on ours is not told to it" in text
    assert "<form" not in text
