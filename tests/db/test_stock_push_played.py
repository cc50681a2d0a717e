"""Stock push against the sandbox, over real HTTP: what is sold here or there is offered no more over there."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.cast import World, draft, line
from tests.contract.playing import Played, sandbox
from tests.db.test_stock_push import lay

from entrepot.cli.sandbox_stores import connect_shop
from entrepot.inventory.push import refusals_of, set_push
from entrepot.marketplaces.registry import connector_of
from entrepot.orders.sync import sync_store
from entrepot.parcels.push import push_store

ON_HAND = 50
TOLD = ("tiktok", "shopify", "aliexpress", "amazon")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    home: Path = tmp_path_factory.mktemp("sandbox")
    with sandbox(home) as running:
        running.control("clock", action="run")
        yield running


@pytest.fixture(autouse=True)
def allowed(settings: Any, played: Played) -> None:
    """The one address on this machine that a store may have."""
    settings.SANDBOX_URL = played.base


def join(world: World, played: Played, marketplace: str, shop: str = "alpha") -> int:
    """A shop of the sandbox, connected, with ON_HAND pieces of each of its SKUs on our shelf."""
    store = connect_shop(
        played.base, marketplace, shop, alias=f"{marketplace} {shop}", organization_id=world.organization_id,
        actor=world.actor, at=played.now(),
    )  # fmt: skip
    lay(world, {f"SB-{n:04}": ON_HAND for n in range(1, 61)})
    return store


def sold(played: Played, marketplace: str, orders: list[str]) -> Counter[str]:
    """Pieces by SKU, as the marketplace's own books say."""
    found: Counter[str] = Counter()
    for order in orders:
        for one in played.entry(marketplace, order)["lines"]:
            found[one["sku"]] += one["quantity"]
    return found


def sell(played: Played, marketplace: str, count: int, shop: str = "alpha") -> list[str]:
    made: list[str] = played.control("orders", marketplace=marketplace, shop=shop, count=count, kinds=["plain"])[
        "order_ids"
    ]
    return made


def offered(played: Played, marketplace: str, shop: str = "alpha") -> dict[str, dict[str, int]]:
    reply = played.http.get(f"{played.base}/control/stock", params={"marketplace": marketplace, "shop": shop})
    assert reply.status_code == 200, reply.text
    found: dict[str, dict[str, int]] = reply.json()
    return found


def pieces(played: Played, marketplace: str) -> dict[str, int]:
    return {code: sum(places.values()) for code, places in offered(played, marketplace).items()}


def settle(world: World, played: Played, store: int, marketplace: str) -> Any:
    """What happened there comes in here, and what is here is told there."""
    played.jump(connector_of(marketplace).can.lag.total_seconds() + 120)
    run = sync_store(world.organization_id, store, why="button", clock=played.now)
    assert run is not None
    assert run.trouble == "", run.message
    taken = 0
    for _ in range(5):  # a run that waits for the budget goes on in the next one
        told = push_store(world.organization_id, store, marketplace, clock=played.now)
        assert told is not None
        assert told.trouble == "", told.message
        taken += told.taken
        if told.retry_at is None:
            break
        played.jump(10)
    return replace(told, taken=taken)


@pytest.mark.parametrize("marketplace", TOLD)
def test_a_sale_lowers_the_number_in_the_marketplace(alice: World, played: Played, marketplace: str) -> None:
    store = join(alice, played, marketplace)
    first = sell(played, marketplace, 3)
    set_push(
        organization_id=alice.organization_id, store_id=store, is_on=True, reserve=0, actor=alice.actor,
        at=played.now(),
    )  # fmt: skip
    settle(alice, played, store, marketplace)
    gone = sold(played, marketplace, first)
    assert pieces(played, marketplace) == {code: ON_HAND - gone[code] for code in gone}

    second = sell(played, marketplace, 2)  # a sale there
    settle(alice, played, store, marketplace)
    gone = sold(played, marketplace, first + second)
    assert pieces(played, marketplace) == {code: ON_HAND - gone[code] for code in gone}

    code = min(gone)  # a sale in another store, of the same SKU
    alice.take_in(draft("F-1", line(code, 4)))
    told = settle(alice, played, store, marketplace)
    assert told.taken == 1
    gone[code] += 4
    assert pieces(played, marketplace) == {code: ON_HAND - gone[code] for code in gone}

    alice.do("cancel_orders", alice.order_ids("F-1"))
    settle(alice, played, store, marketplace)
    gone[code] -= 4
    assert pieces(played, marketplace) == {code: ON_HAND - gone[code] for code in gone}
    assert settle(alice, played, store, marketplace).taken == 0
    with alice.scope():
        assert refusals_of(alice.organization_id, store) == []


@pytest.mark.parametrize("marketplace", TOLD)
def test_a_yes_that_is_lost_on_its_way_is_told_again_and_stands_once(
    alice: World, played: Played, marketplace: str
) -> None:
    store = join(alice, played, marketplace)
    sell(played, marketplace, 1)
    set_push(
        organization_id=alice.organization_id, store_id=store, is_on=True, reserve=7, actor=alice.actor,
        at=played.now(),
    )  # fmt: skip
    played.jump(connector_of(marketplace).can.lag.total_seconds() + 120)
    sync_store(alice.organization_id, store, why="button", clock=played.now)
    with played.fault(marketplace, "drop_after"):
        push_store(alice.organization_id, store, marketplace, clock=played.now)
    told = settle(alice, played, store, marketplace)
    ledger = played.http.get(f"{played.base}/control/ledger", params={"marketplace": marketplace}).json()
    gone = sold(played, marketplace, [order["order_id"] for order in ledger if order["shop"] == "alpha"])
    assert pieces(played, marketplace) == {code: ON_HAND - 7 - gone[code] for code in gone}
    assert told.taken == len(gone)  # none of them was believed before


def test_a_sku_in_two_places_is_refused_with_their_names(alice: World, played: Played) -> None:
    """Which of two warehouses is meant nobody can guess; the numbers there stay as they are."""
    store = join(alice, played, "tiktok", "beta")
    sell(played, "tiktok", 1, "beta")
    set_push(
        organization_id=alice.organization_id, store_id=store, is_on=True, reserve=0, actor=alice.actor,
        at=played.now(),
    )  # fmt: skip
    assert settle(alice, played, store, "tiktok").taken == 0
    with alice.scope():
        (first, *_) = refusals_of(alice.organization_id, store)
    assert (first["refusal"], "choose among" in first["message"]) == ("which_warehouse", True)
    assert offered(played, "tiktok", "beta") == {}
