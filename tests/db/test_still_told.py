"""What is taken back here after a marketplace was told it: the marketplace keeps it, and every page says so."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from tests.cast import World
from tests.db.test_notices import ready, tell
from tests.scripted import Scripted, play

from entrepot.core import sql
from entrepot.core.clock import now
from entrepot.parcels.notices import Told, told_of

DAY = timedelta(days=1)
KEEPS = "The marketplace was told the number and keeps it"
CHIP = 'title="The marketplace keeps the number that it was told until it is told the next one."'


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    yield from play(monkeypatch)


def note(parcel: int) -> dict[str, object]:
    return {"notes": [{"note": "still_told", "parcels": [f"P-{parcel}"]}]}


def told(world: World, parcel: int) -> Told | None:
    with world.scope():
        return told_of(world.organization_id, [parcel]).get(parcel)


def test_the_undo_of_a_told_ship_asks_and_answers_that_the_marketplace_keeps_the_number(
    alice: World, there: Scripted, door: Client
) -> None:
    store, (parcel,) = ready(alice, there, "S-1")
    shipped = uuid4()
    data = {"uuid": str(shipped), "ids": str(parcel)}
    assert door.post("/desk/print/do/ship/", data, headers={"HX-Request": "true"}).status_code == 200
    tell(alice, store, now() + DAY)
    with alice.scope():
        sql.run(
            "UPDATE core_batch SET created_at = %s WHERE organization_id = %s AND uuid = %s",
            [now() - timedelta(hours=1), alice.organization_id, shipped],
        )
    asked = door.post("/batches/undo/", headers={"HX-Request": "true"}).content.decode()
    assert (
        "The marketplace was told the number of 1 parcel already. It keeps it until it is told the next one." in asked
    )
    answer = door.post(f"/batches/{shipped}/undo/", headers={"HX-Request": "true"}).content.decode()
    assert f'P-{parcel}</span><span><span class="warn">{KEEPS}' in answer
    assert told(alice, parcel) is Told.TOLD
    row = door.get("/desk/print/").content.decode()
    assert f'<span class="chip blu" {CHIP}>' in row
    assert "Told early</span>" in row


def test_the_undo_of_a_ship_that_was_not_told_yet_says_nothing_of_it(alice: World, there: Scripted) -> None:
    store, (parcel,) = ready(alice, there, "S-1")
    shipped = uuid4()
    alice.do("ship_parcels", [parcel], uuid=shipped)
    assert alice.undo(shipped).result == {}
    assert tell(alice, store) == 0
    assert told(alice, parcel) is None


@pytest.mark.parametrize("verb", ["void_waybills", "renew_waybills"])
def test_a_told_number_that_is_given_up_is_named_and_marked_until_the_next_one_is_told(
    alice: World, there: Scripted, door: Client, verb: str
) -> None:
    store, (parcel,) = ready(alice, there, "S-1")
    alice.do("notify_parcels", [parcel])
    tell(alice, store)
    assert alice.do(verb, [parcel]).result == note(parcel)
    assert told(alice, parcel) is Told.OTHER
    tab = {"void_waybills": "process", "renew_waybills": "print"}[verb]
    assert f'<span class="chip amb" {CHIP}>' in door.get(f"/desk/{tab}/").content.decode()
    if verb == "void_waybills":
        assert alice.do("get_waybills", [parcel]).result == {}
        assert alice.do("allocate_parcels", [parcel]).refused == []
    assert alice.do("ship_parcels", [parcel]).done == [parcel]
    tell(alice, store, now() + DAY)
    assert told(alice, parcel) is Told.TOLD
    assert len(there.numbers["S-1"]) == 1


def test_a_number_that_nobody_was_told_is_voided_without_a_word(alice: World, there: Scripted) -> None:
    _store, (parcel,) = ready(alice, there, "S-1")
    assert alice.do("void_waybills", [parcel]).result == {}
    assert told(alice, parcel) is None


def test_the_undo_of_a_renewal_names_what_was_told_since_and_not_what_comes_back(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1", "S-2")
    told_first, told_since = parcels
    renewal = uuid4()
    alice.do("notify_parcels", [told_first])
    tell(alice, store)
    assert alice.do("renew_waybills", parcels, uuid=renewal).result == note(told_first)
    alice.do("notify_parcels", [told_since])
    tell(alice, store)
    undone = alice.undo(renewal)
    assert (undone.done, undone.result) == (parcels, note(told_since))
    assert [told(alice, parcel) for parcel in parcels] == [Told.EARLY, Told.OTHER]
    alice.do("ship_parcels", parcels)
    tell(alice, store, now() + DAY)
    numbers = "SELECT waybill_number FROM parcels_parcel WHERE organization_id = %s AND id = ANY(%s) ORDER BY id"
    assert [there.numbers["S-1"], there.numbers["S-2"]] == [[n] for n in alice.column(numbers, parcels)]
    assert there.calls.count("renumber") == 1
