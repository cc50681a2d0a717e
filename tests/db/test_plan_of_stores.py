"""How many stores an organization may have in use."""

from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings
from tests.cast import ALICE, AT, World
from tests.db.test_web_stores import client_of

from entrepot.connections.connect import switch
from entrepot.connections.plan import TooManyStores
from entrepot.connections.stores import create_store
from entrepot.core import sql


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
