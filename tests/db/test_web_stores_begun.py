"""A store that was begun and never allowed goes on, or goes; what the pages of stores say is what is so."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from tests.cast import ALICE, AT, World
from tests.db.test_web_stores import client_of, page
from tests.scripted import APP, Scripted, connect, play

from entrepot.connections.begun import NotBegun, discard_stores
from entrepot.connections.connect import AliasTaken
from entrepot.connections.connect import begin as connect_begin
from entrepot.core.permissions import NotAllowed
from entrepot.web.stores_words import stock_chip


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    yield from play(monkeypatch)


# -- stores that were begun and never allowed


def begin(world: World, name: str = "Half way", currency: str = "USD") -> int:
    return connect_begin(
        organization_id=world.organization_id, name=name, marketplace="scripted", app=APP, currency=currency,
        time_zone="UTC", back_to="http://here/back", actor=world.actor, at=AT,
    ).store_id  # fmt: skip


def test_a_store_that_was_begun_and_left_is_gone_on_with_and_not_made_twice(alice: World, there: Scripted) -> None:
    store = begin(alice)
    assert begin(alice, currency="EUR") == store
    sql = "SELECT currency FROM connections_store WHERE organization_id = %s AND marketplace = 'scripted'"
    assert alice.column(sql) == ["EUR"]


def test_the_alias_of_a_store_that_is_connected_is_taken(alice: World, there: Scripted) -> None:
    connect(alice, "Taken")
    with pytest.raises(AliasTaken):
        begin(alice, "Taken")


def test_a_store_that_was_begun_and_left_shows_on_no_list_but_its_own(alice: World, there: Scripted) -> None:
    begin(alice)
    for address in ("/", "/desk/review/", "/where/?number=NEVER-1"):
        assert "Half way" not in page(client_of(ALICE), address)
    assert "Half way" in page(client_of(ALICE), "/settings/stores/")


def test_an_owner_discards_a_store_that_was_never_allowed(alice: World, there: Scripted) -> None:
    store = begin(alice)
    assert f"/settings/stores/{store}/discard/" in page(client_of(ALICE), f"/settings/stores/{store}/")
    assert client_of(ALICE).post(f"/settings/stores/{store}/discard/").status_code == 302
    counted = "SELECT count(*) FROM {} WHERE organization_id = %s"
    assert alice.column("SELECT name FROM connections_store WHERE organization_id = %s AND name = 'Half way'") == []
    assert alice.column(counted.format("connections_grant")) == [0]


def test_a_store_that_was_connected_cannot_be_discarded(alice: World, there: Scripted) -> None:
    store = connect(alice)
    with pytest.raises(NotBegun):
        discard_stores(organization_id=alice.organization_id, store_ids=[store], actor=alice.actor, at=AT)
    assert store in alice.column("SELECT id FROM connections_store WHERE organization_id = %s")


def test_nobody_else_discards_it(alice: World, bob: World, charlie: World, there: Scripted) -> None:
    store = begin(alice)
    with pytest.raises(NotAllowed):
        discard_stores(organization_id=bob.organization_id, store_ids=[store], actor=bob.actor, at=AT)
    with pytest.raises(NotBegun):
        discard_stores(organization_id=charlie.organization_id, store_ids=[store], actor=charlie.actor, at=AT)
    assert store in alice.column("SELECT id FROM connections_store WHERE organization_id = %s")


# -- what the pages say


def test_words_of_ours_are_not_put_into_the_marketplaces_mouth(alice: World, there: Scripted) -> None:
    store = connect(alice)
    alice.column(
        "UPDATE connections_sync SET trouble = 'transient', message = 'not reachable' WHERE organization_id = %s"
        " RETURNING store_id"
    )
    text = page(client_of(ALICE), f"/settings/stores/{store}/")
    assert '<span class="mono">not reachable</span>' in text
    assert "The marketplace says:" not in text


def test_before_the_first_run_has_ended_no_order_is_said_to_be_here(alice: World, there: Scripted) -> None:
    store = connect(alice)
    text = page(client_of(ALICE), f"/settings/stores/{store}/?connected=1")
    assert "Orders of the last 14 days are on their way." in text
    assert "Orders of the last 14 days are here." not in text


@pytest.mark.parametrize(
    ("push", "is_enabled", "kind", "word"),
    [
        ({}, True, "line", "not told"),
        ({"is_on": True, "told": 0, "refused": 0, "waiting": 2}, True, "blu", "about to be told"),
        ({"is_on": True, "told": 3, "refused": 1}, True, "grn", "told to the store"),
        ({"is_on": True, "told": 0, "refused": 10}, True, "amb", "refused by the store"),
        ({"is_on": True, "told": 3, "refused": 0}, False, "amb", "not told while switched off"),
    ],
)
def test_the_stock_is_green_only_where_the_store_takes_it(
    push: dict[str, Any], is_enabled: bool, kind: str, word: str
) -> None:
    chip = stock_chip(push, is_enabled=is_enabled)
    assert (chip["kind"], chip["word"]) == (kind, word)
