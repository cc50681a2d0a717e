"""How many stores an organization may have in use."""

from contextlib import nullcontext
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner
from django.conf import settings
from django.test import override_settings
from tests.cast import ALICE, AT, World, fresh_world
from tests.db.test_web_stores import begun, client_of
from tests.fault.test_verbs_races import at_once
from tests.scripted import play

from entrepot.cli.files import import_orders_command
from entrepot.connections.connect import switch
from entrepot.connections.plan import TooManyStores
from entrepot.connections.stores import create_store
from entrepot.core import sql
from entrepot.marketplaces.contract import Grant


def make(world: World, name: str) -> int:
    with world.scope():
        return create_store(
            organization_id=world.organization_id, name=name, marketplace="tiktok", currency="USD", time_zone="UTC",
            actor=world.actor, at=AT,
        ).id  # fmt: skip


def stores(world: World) -> list[str]:
    return world.column("SELECT name FROM connections_store WHERE organization_id = %s ORDER BY name")


def test_any_number_of_stores_is_bound_where_no_plan_says_otherwise(alice: World) -> None:
    """D-01"""
    for name in ("A", "B", "C"):
        make(alice, name)
    assert stores(alice) == ["A", "B", "C", "Main Street"]


@override_settings(STORES=2)
def test_the_plan_says_how_many_and_one_that_is_off_makes_room(alice: World) -> None:
    """D-01"""
    second = make(alice, "A")
    switch(organization_id=alice.organization_id, store_ids=[second], enabled=True, actor=alice.actor, at=AT)  # it is
    assert make(alice, "A") == second  # it is there already
    with pytest.raises(TooManyStores, match="may have 2 stores in use"):
        make(alice, "B")
    switch(organization_id=alice.organization_id, store_ids=[second], enabled=False, actor=alice.actor, at=AT)
    make(alice, "B")
    with pytest.raises(TooManyStores):
        switch(organization_id=alice.organization_id, store_ids=[second], enabled=True, actor=alice.actor, at=AT)
    assert stores(alice) == ["A", "B", "Main Street"]


@override_settings(STORES=1)
def test_an_organizations_own_plan_comes_first(alice: World, charlie: World) -> None:
    """D-01"""
    sql.run("UPDATE core_organization SET settings = '{\"stores\": 3}'::jsonb WHERE id = %s", [alice.organization_id])
    make(alice, "A")
    make(alice, "B")
    with pytest.raises(TooManyStores, match="may have 3 stores in use"):
        make(alice, "C")
    with pytest.raises(TooManyStores, match="may have 1 stores in use"):
        make(charlie, "A")


def test_the_page_says_that_there_is_no_room(alice: World) -> None:
    """D-01"""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    sql.run("UPDATE core_organization SET settings = '{\"stores\": 1}'::jsonb WHERE id = %s", [alice.organization_id])
    form = {"name": "Another", "currency": "USD", "time_zone": "UTC", "handling_hours": "48"}
    answer = client_of(ALICE).post("/settings/stores/new/", form)
    assert answer.status_code == 403
    assert "Stores in use, the most that your plan allows: 1." in answer.content.decode()
    assert stores(alice) == ["Main Street"]


def test_the_command_line_says_it_in_a_sentence(alice: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """D-01"""
    sql.run("UPDATE core_organization SET settings = '{\"stores\": 1}'::jsonb WHERE id = %s", [alice.organization_id])
    (file := tmp_path / "orders.csv").write_text("Order ID,SKU,Quantity\n1,A,1\n")
    monkeypatch.setattr("entrepot.cli.files.open_house", nullcontext)
    (name,) = sql.rows("SELECT name FROM core_organization WHERE id = %s", [alice.organization_id])[0]
    asked = [str(file), "--store", "Another", "--organization", name, "--json"]
    answer = CliRunner().invoke(import_orders_command, asked)
    sentence = "This organization may have 1 stores in use. Switch one off, or have the number of its plan raised."
    assert (answer.exit_code, answer.stderr) == (2, f"{sentence}\n")
    assert orjson.loads(answer.stdout) == {"error": sentence, "reason": "too_many_stores", "most": 1}
    assert stores(alice) == ["Main Street"]


@override_settings(STORES=3)
def test_of_an_authorization_for_many_shops_as_many_are_connected_as_fit(
    alice: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D-01"""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    shops = [Grant(f"shop-{one}", "token-1", "refresh-1") for one in "abcd"]
    for there in play(monkeypatch):
        there.exchange = lambda *_given, **_named: shops  # type: ignore[method-assign, assignment]
        client = client_of(ALICE)
        query = begun(client)
        answer = client.get("/connect/back/", {"state": query["state"], "code": "good"}, follow=True)
        assert "Your plan has no room for more stores. Not connected: shop-c, shop-d." in answer.content.decode()
        assert stores(alice) == ["Harbour Lights", "Harbour Lights · shop-b", "Main Street"]
        accounts = "SELECT account FROM connections_grant WHERE organization_id = %s ORDER BY store_id"
        assert alice.column(accounts) == ["shop-a", "shop-b"]


@override_settings(STORES=2)
def test_switching_on_two_at_once_needs_room_for_two(alice: World) -> None:
    """D-01"""
    both = []
    for name in ("A", "B"):
        both.append(made := make(alice, name))
        switch(organization_id=alice.organization_id, store_ids=[made], enabled=False, actor=alice.actor, at=AT)
    with pytest.raises(TooManyStores):
        switch(organization_id=alice.organization_id, store_ids=both, enabled=True, actor=alice.actor, at=AT)
    on = "SELECT name FROM connections_store WHERE organization_id = %s AND is_enabled ORDER BY name"
    assert alice.column(on) == ["Main Street"]


@pytest.mark.parametrize("workers", [2, 8])
def test_many_made_at_the_very_same_moment_do_not_exceed_the_plan(committed: str, workers: int) -> None:
    """D-01"""
    world = fresh_world(f"Plan {workers}")
    most = len(stores(world)) + 1
    sql.run(
        "UPDATE core_organization SET settings = jsonb_build_object('stores', %s) WHERE id = %s",
        [most, world.organization_id],
    )

    def one(n: int) -> bool:
        try:
            make(world, f"Shop {n}")
        except TooManyStores:
            return False
        return True

    assert at_once(workers, one).count(True) == 1
    assert len(stores(world)) == most
