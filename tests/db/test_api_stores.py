"""Stores and refused notices at the REST door."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.cast import World
from tests.db.api_door import door_of
from tests.db.test_notices import notices, ready, tell
from tests.db.test_web_stores import jobs
from tests.scripted import Scripted, connect, play

from entrepot.connections import grants
from entrepot.connections.connect import switch
from entrepot.core.clock import now
from entrepot.core.permissions import Permission
from entrepot.marketplaces.contract import CallFailed, Trouble
from entrepot.orders.sync import sync_store

HOUR = timedelta(hours=1)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    yield from play(monkeypatch)


def test_a_list_of_stores_says_how_each_stands(alice: World, there: Scripted) -> None:
    store = connect(alice, at=now())
    sync_store(alice.organization_id, store, why="timer", clock=now)
    _status, body = door_of(alice).get("/stores")
    plain, scripted = sorted(body["items"], key=lambda one: one["name"])
    assert (plain["name"], plain["state"], plain["sync"]) == ("Main Street", "file", None)
    assert (scripted["id"], scripted["state"], scripted["account"]) == (str(store), "ok", "shop-1")
    assert (scripted["sync"]["trouble"], scripted["sync"]["failures"], scripted["sync"]["running"]) == (None, 0, False)
    assert 0 <= scripted["sync"]["lag_seconds"] < 60
    assert "token" not in str(body)

    def fail(_name: str) -> None:
        raise CallFailed(Trouble.TRANSIENT, "not reachable")

    there.before = fail
    sync_store(alice.organization_id, store, why="timer", clock=now)
    (after,) = [one for one in door_of(alice).get("/stores")[1]["items"] if one["id"] == str(store)]
    assert (after["state"], after["sync"]["trouble"], after["sync"]["message"]) == (
        "trouble", "transient", "not reachable",
    )  # fmt: skip


def test_a_pull_is_asked_for_once_however_often(alice: World, there: Scripted) -> None:
    store, door = connect(alice, at=now()), door_of(alice)
    assert [door.post(f"/stores/{store}/sync", None)[0] for _ in range(3)] == [202, 202, 202]
    assert jobs() == [("sync_store", str(store))]


def test_a_pull_is_refused_where_there_is_nothing_to_pull(alice: World, charlie: World, there: Scripted) -> None:
    store, door = connect(alice, at=now()), door_of(alice)
    assert door.post(f"/stores/{alice.store.id}/sync", None)[0] == 409
    assert door.post("/stores/987654/sync", None)[0] == 404
    assert door_of(charlie).post(f"/stores/{store}/sync", None)[0] == 404
    assert door_of(alice, Permission.VIEW).post(f"/stores/{store}/sync", None)[0] == 403
    with alice.scope():
        grants.set_state(alice.organization_id, store, "revoked")
    assert door.post(f"/stores/{store}/sync", None)[1]["code"] == "not_connected"
    with alice.scope():
        grants.set_state(alice.organization_id, store, "ok")
    switch(organization_id=alice.organization_id, store_ids=[store], enabled=False, actor=alice.actor, at=now())
    assert door.post(f"/stores/{store}/sync", None)[0] == 409
    assert jobs() == []


def test_refused_notices_are_listed_and_settled_by_batches(alice: World, charlie: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1", "S-2")
    there.numbers["S-1"] = there.numbers["S-2"] = ["ELSEWHERE-1"]
    alice.do("ship_parcels", parcels)
    tell(alice, store)
    door = door_of(alice)
    _status, body = door.get("/notices", status="refused")
    assert body["total"] == 2
    assert [(one["parcel_id"], one["order_number"], one["why"], one["code"], one["message"], one["early"])
            for one in body["items"]] == [
        (str(parcels[0]), "S-1", "shipped_elsewhere", "E9", "has ELSEWHERE-1", False),
        (str(parcels[1]), "S-2", "shipped_elsewhere", "E9", "has ELSEWHERE-1", False),
    ]  # fmt: skip
    assert door_of(charlie).get("/notices")[1] == {"items": [], "total": 0}
    assert door.get("/notices", status="accepted")[0] == 422
    there.numbers["S-1"] = []
    assert door.batch("retry_notices", parcels[:1], carrier="CN_POST")[1]["done_count"] == 1
    assert door.batch("dismiss_notices", parcels[1:], reason="settled there")[1]["done_count"] == 1
    tell(alice, store, now() + HOUR)
    assert notices(alice) == [("S-1", "accepted"), ("S-2", "dismissed")]
    assert door.get("/notices")[1]["total"] == 0
    assert door.batch("retry_notices", parcels[:1])[1]["outcomes"][0]["refusal"] == "nothing_to_tell"


def test_parcels_are_told_early_by_a_batch(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1")
    assert door_of(alice).batch("notify_parcels", parcels)[1]["done_count"] == 1
    tell(alice, store, now() + HOUR)
    assert notices(alice) == [("S-1", "accepted")]
    assert alice.parcel_stages(parcels) == ["to_print"]
