"""The card "Stock" on a store's page."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from django.conf import settings
from tests.cast import ALICE, BOB, CHARLIE, World
from tests.db.test_stock_push import Shelf, due, lay, offered, pull, push, sell, turn
from tests.db.test_web_stores import client_of, page
from tests.scripted import Scripted, connect, play

from entrepot.connections import own_words
from entrepot.core import sql
from entrepot.core.clock import now
from entrepot.marketplaces.contract import Done, StockLevel
from entrepot.marketplaces.reading import Record
from entrepot.marketplaces.shopify import stock as shopify
from entrepot.marketplaces.tiktok import stock as tiktok


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


@pytest.mark.parametrize(
    ("message", "english", "chinese"),
    [
        (own_words.NO_ANSWER_FOR_IT, "no answer for it", "未收到该项的答复"),
        (own_words.NO_SUCH_SKU, "the listing has no such SKU", "该商品没有此 SKU"),
        ("choose among WH-1, WH-2", "choose among WH-1, WH-2", "请从中选择： WH-1, WH-2"),
        ("a defect of ours; it was written to the log: KeyError", "KeyError", "程序自身的缺陷，已写入日志: KeyError"),
        ("Shop is on holiday", "<q>Shop is on holiday</q>", "<q>Shop is on holiday</q>"),
    ],
)
def test_words_of_ours_are_read_in_the_readers_language_and_are_not_put_into_the_marketplaces_mouth(
    alice: World, there: Scripted, message: str, english: str, chinese: str
) -> None:
    shelf = Shelf(there)
    shelf.refused = {"SKU-01"}
    store = connect(alice)
    sell(alice, there, store, "S-1", offered("SKU-01"))
    turn(alice, store)
    push(alice, store)
    path = f"/settings/stores/{store}/stock/"
    with alice.scope():
        sql.run(
            "UPDATE inventory_toldstock SET message = %s WHERE organization_id = %s", [message, alice.organization_id]
        )
    theirs = message == "Shop is on holiday"
    for language, words, mouth in (("en", english, "The marketplace says:"), ("zh-hans", chinese, "平台原话：")):
        text = page(client_of(ALICE, language), path)
        assert words in text
        assert (mouth in text, "<q>" in text) == (theirs, theirs)
    with alice.scope():
        sql.run("UPDATE inventory_toldstock SET status = 'told' WHERE organization_id = %s", [alice.organization_id])
        sql.run(
            "UPDATE inventory_stockpush SET trouble = 'transient', message = %s WHERE organization_id = %s",
            [message, alice.organization_id],
        )
    for language, words, mouth in (("en", english, "The marketplace says:"), ("zh-hans", chinese, "平台原话：")):
        text = page(client_of(ALICE, language), path)
        assert words in text
        assert (mouth in text, "<q>" in text) == (theirs, theirs)


@pytest.mark.parametrize(
    "done",
    [
        tiktok._prepare(StockLevel("k", "1", "S", 1), None),
        shopify._set(cast(Any, None), StockLevel("k", "1", "S", 1), None),
        shopify._set(
            cast(Any, None), StockLevel("k", "1", "S", 1), shopify.Shelf("item", {"a": 1, "b": 2}, {"a": "A", "b": "B"})
        ),
        tiktok._prepare(StockLevel("k", "1", "S", 1), Record({"warehouse_inventory": []})),
    ],
)
def test_what_an_adapter_says_of_a_number_by_itself_is_known_as_ours(done: Done) -> None:
    assert own_words.is_own(done.message)


def test_the_card_names_the_stores_whose_orders_do_not_come_in(alice: World, there: Scripted) -> None:
    store = connect(alice)
    sell(alice, there, store, "S-1")
    turn(alice, store)
    connect(alice, "Silent & Sons")
    pull(alice, store, now())
    text = page(client_of(ALICE), f"/settings/stores/{store}/stock/")
    assert "The orders of Silent &amp; Sons have not come in lately." in text


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
