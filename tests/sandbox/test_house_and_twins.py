"""The house against the sandbox's twins over real HTTP: faults that only both sides together can show."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cast import SENDER, World
from tests.contract.playing import Desk, Facts, Played, sandbox

from entrepot.connections import grants, pulls
from entrepot.connections.pulls import Run
from entrepot.connections.stores import create_store
from entrepot.core import sql
from entrepot.marketplaces.contract import Trouble
from entrepot.orders.sync import sync_store
from entrepot.parcels.telling import tell_store

CARRIERS = {"aliexpress": "CAINIAO_STANDARD", "lazada": "", "tiktok": "7208502187360519942"}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    home: Path = tmp_path_factory.mktemp("sandbox")
    with sandbox(home) as running:
        running.control("clock", action="run")  # our rate budget refills with it
        yield running


class Pair:
    """A store of Alice's and the shop that it is over there."""

    def __init__(self, world: World, played: Played, name: str) -> None:
        self.world, self.played = world, played
        self.desk = Desk(played, Facts(name, CARRIERS[name])).authorize()
        at = played.now()
        with world.scope():
            self.store = create_store(
                organization_id=world.organization_id, name=name, marketplace=name, currency="USD", time_zone="UTC",
                actor=world.actor, at=at, sender=SENDER, default_service_id=world.service(),
            ).id  # fmt: skip
            grants.keep_grant(world.organization_id, self.store, self.desk.app, self.desk.access.grant, at)
            pulls.start(world.organization_id, self.store, at)
            sql.run(
                "UPDATE connections_shippingservice SET carrier_codes = %s::jsonb WHERE organization_id = %s",
                [sql.dump(CARRIERS), world.organization_id],
            )
        world.stock({f"SB-{n:04}": 100 for n in range(1, 61)})

    def sync(self) -> Run:
        run = sync_store(self.world.organization_id, self.store, why="button", clock=self.played.now)
        assert run is not None
        return run

    def tell(self) -> list[Any]:
        tell_store(self.world.organization_id, self.store, self.desk.facts.name, clock=self.played.now)
        return self.world.rows("SELECT status, why, code FROM parcels_shippingnotice WHERE organization_id = %s")

    def here(self, made: list[str]) -> set[str]:
        found = self.world.column("SELECT external_id FROM orders_order WHERE organization_id = %s")
        return set(found) & set(made)


@pytest.fixture
def pair(request: pytest.FixtureRequest, alice: World, played: Played, settings: Any) -> Iterator[Pair]:
    settings.SANDBOX_URL = played.base
    played.control("faults", clear=True)
    played.jump(600)
    found = Pair(alice, played, request.param)
    yield found
    found.desk.close()
    played.control("faults", clear=True)


@pytest.mark.parametrize("pair", ["tiktok", "aliexpress", "lazada"], indirect=True)
def test_a_200_that_is_an_error_brings_nothing_and_loses_nothing(pair: Pair) -> None:
    made = pair.desk.make(3, "plain")
    pair.desk.settle()
    seen = "SELECT watermark FROM connections_sync WHERE organization_id = %s"
    before = pair.world.value(seen)
    with pair.played.fault(pair.desk.facts.name, "ok_error"):
        run = pair.sync()
    assert (run.trouble, run.created) == (Trouble.TRANSIENT, 0)
    assert (pair.here(made), pair.world.value(seen)) == (set(), before)
    pair.played.jump(60)
    assert pair.sync().trouble == ""
    assert pair.here(made) == set(made)


@pytest.mark.parametrize(("pair", "refusal"), [("aliexpress", "-353"), ("lazada", "700000")], indirect=["pair"])
def test_a_number_told_again_under_stale_reads_counts_as_told_once(pair: Pair, refusal: str) -> None:
    """The answer was lost, the look-up reads old data, so it is told again and refused: it was done already."""
    (number,) = pair.desk.make(1, "plain")
    pair.desk.settle()
    pair.sync()
    ids = pair.world.order_ids(number)
    pair.world.do("review_orders", ids)
    parcels = [int(i) for i in pair.world.do("pack_orders", ids).result["parcels"]]
    assert pair.world.do("get_waybills", parcels).refused == []
    assert pair.world.do("notify_parcels", parcels).refused == []
    name = pair.desk.facts.name
    pair.played.control("faults", knob="lag_seconds", value=200)
    with pair.played.fault(name, "drop_after"):
        while pair.desk.entry(number)["shipments"] == []:  # there may be two steps, and each answer is lost
            assert [status for status, _why, _code in pair.tell()] == ["unknown"]
            pair.played.jump(15)
    seen, codes = set(), set()
    with pair.played.fault(name, "stale_read"):
        for _ in range(6):
            pair.played.jump(30)
            ((status, _why, code),) = pair.tell()
            seen.add(status)
            codes.add(code)
    assert seen <= {"unknown", "due"}
    assert refusal in codes  # it was told again
    for _ in range(6):
        pair.played.jump(60)
        ((status, _why, _code),) = pair.tell()
    assert status == "accepted"
    (shipment,) = pair.desk.entry(number)["shipments"]
    assert shipment.get("times_told", 1) == 1
