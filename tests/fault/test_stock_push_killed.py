"""A worker killed between the marketplace's answer and our writing it down: the same number is told again."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests import plugin
from tests.cast import World, fresh_world
from tests.contract.playing import Played, sandbox
from tests.db.test_stock_push_played import ON_HAND, join, offered, sell, sold

from entrepot.inventory.push import LEASE, due, set_push
from entrepot.marketplaces.registry import connector_of
from entrepot.orders.sync import sync_store
from entrepot.parcels.push import push_store

VICTIM = Path(__file__).with_name("push_victim.py")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    with sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


def kill_after_the_answer(name: str, played: Played, world: World, store: int, marketplace: str) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": plugin.url(name),
        "DJANGO_SETTINGS_MODULE": "entrepot.settings",
        "PYTHONPATH": os.getcwd(),
        "ENTREPOT_SANDBOX": played.base,
    }
    command = [
        sys.executable,
        str(VICTIM),
        str(world.organization_id),
        str(store),
        marketplace,
        played.now().isoformat(),
    ]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout is not None
        said, _, pid = victim.stdout.readline().strip().partition(" ")
        assert said == "inside", "the victim died before it came so far"
        os.kill(int(pid), signal.SIGKILL)


@pytest.mark.parametrize("marketplace", ["tiktok", "shopify"])
def test_a_number_whose_worker_was_killed_is_told_again_and_is_the_same(
    committed: str, played: Played, settings: Any, marketplace: str
) -> None:
    settings.SANDBOX_URL = played.base
    world = fresh_world(f"Killed pushing {marketplace}")
    store = join(world, played, marketplace)
    orders = sell(played, marketplace, 2)
    played.jump(connector_of(marketplace).can.lag.total_seconds() + 120)
    sync_store(world.organization_id, store, why="button", clock=played.now)
    set_push(
        organization_id=world.organization_id, store_id=store, is_on=True, reserve=0, actor=world.actor, at=played.now()
    )
    kill_after_the_answer(committed, played, world, store, marketplace)

    gone = sold(played, marketplace, orders)
    first = offered(played, marketplace)
    assert {code: sum(places.values()) for code, places in first.items()} == {c: ON_HAND - n for c, n in gone.items()}
    statuses = world.rows("SELECT status, told FROM inventory_toldstock WHERE organization_id = %s")
    assert statuses == [("asked", None)] * len(gone)

    mine = (world.organization_id, store, marketplace)
    assert mine not in due(played.now())  # its lease still runs
    assert push_store(*mine, clock=played.now) is None
    played.jump(LEASE.total_seconds() + 1)
    assert mine in due(played.now())
    told = push_store(*mine, clock=played.now)
    assert told is not None
    assert told.taken == len(gone)
    assert offered(played, marketplace) == first
    played.jump(120)
    again = push_store(*mine, clock=played.now)
    assert again is not None
    assert again.taken == 0
