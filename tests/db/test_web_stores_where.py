"""Where is my order? One exact answer per number, whatever keeps it away, and never an exception."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from tests.cast import ALICE, BOB, CHARLIE, World, draft
from tests.db.test_web_stores import client_of, jobs, page
from tests.scripted import APP, Scripted, connect, play

from entrepot.connections import grants
from entrepot.connections.connect import switch
from entrepot.core.clock import now
from entrepot.marketplaces.contract import CallFailed, Grant, PaymentState, Trouble
from entrepot.orders.sync import sync_store
from entrepot.orders.where import Found, ask_marketplace, spellings, where_is
from entrepot.web.whereis import SENTENCES

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    yield from play(monkeypatch)


def known(world: World, number: str) -> dict[str, Found]:
    """Store -> what we know ourselves."""
    with world.scope():
        return {place.store: place.found for place in where_is(world.organization_id, number, now())}


def asked(world: World, store: int, number: str) -> Found | None:
    place = ask_marketplace(world.organization_id, store, number, clock=now)
    return place.found if place else None


def synced(world: World) -> int:
    """A store that is connected since a week and in sync."""
    store = connect(world, at=now() - 7 * DAY)
    with world.scope():
        grants.keep_grant(world.organization_id, store, APP, Grant("shop-1", "token-1", "r", now() + DAY), now())
    sync_store(world.organization_id, store, why="timer", clock=now)
    return store


def test_an_order_that_is_here_is_shown_with_its_stage_and_parcels(alice: World, there: Scripted) -> None:
    (parcel,) = alice.allocated(1, prefix="W")
    assert known(alice, " w-0000") == {"Main Street": Found.HERE}
    text = page(client_of(ALICE), "/where/?number=%23W-0000")
    assert "It is here, in Main Street." in text
    assert f"/parcels/{parcel}/" in text
    assert "To print" in text


def test_a_parcel_and_a_waybill_number_are_found_too(alice: World, there: Scripted) -> None:
    (parcel,) = alice.allocated(1, prefix="W")
    (number,) = alice.column("SELECT waybill_number FROM parcels_parcel WHERE organization_id = %s")
    for typed in (f"P-{parcel}", f" p-{parcel} ", number, number.lower()):
        text = page(client_of(ALICE), f"/where/?number={typed}")
        assert "This parcel is here, in Main Street." in text
        assert f'href="/parcels/{parcel}/">P-{parcel}</a>' in text
        assert "is not here" not in text
    assert "P-999999 is not here." in page(client_of(ALICE), "/where/?number=P-999999")


def test_nobody_finds_the_parcels_of_others(alice: World, charlie: World) -> None:
    (parcel,) = alice.allocated(1, prefix="W")
    assert "This parcel is here" not in page(client_of(CHARLIE), f"/where/?number=P-{parcel}")


def test_one_that_waits_for_payment_says_so(alice: World, there: Scripted) -> None:
    alice.take_in(draft("U-1", payment=PaymentState.UNPAID, paid_at=None))
    assert known(alice, "U-1") == {"Main Street": Found.UNPAID}


def test_one_that_could_not_be_read_names_the_reason_and_the_next_try(alice: World, there: Scripted) -> None:
    store = connect(alice, at=now())
    there.put_broken("S-2", now() - HOUR)
    sync_store(alice.organization_id, store, why="timer", clock=now)
    assert known(alice, "S-2") == {"Scripted store": Found.UNREADABLE, "Main Street": Found.FILE}
    assert "could not be read: total: “abc” is no amount" in page(client_of(ALICE), "/where/?number=S-2")


def test_each_store_says_why_it_has_not_brought_it(alice: World, there: Scripted) -> None:
    store = synced(alice)
    assert known(alice, "S-9") == {"Main Street": Found.FILE, "Scripted store": Found.ASK}

    def fail(_name: str) -> None:
        raise CallFailed(Trouble.TRANSIENT, "not reachable")

    there.before = fail
    sync_store(alice.organization_id, store, why="timer", clock=now)
    assert known(alice, "S-9")["Scripted store"] is Found.TROUBLE
    assert "in trouble; its last success was at 20" in page(client_of(ALICE), "/where/?number=S-9")
    with alice.scope():
        grants.set_state(alice.organization_id, store, "revoked")
    assert known(alice, "S-9")["Scripted store"] is Found.NOT_CONNECTED
    switch(organization_id=alice.organization_id, store_ids=[store], enabled=False, actor=alice.actor, at=now())
    assert known(alice, "S-9")["Scripted store"] is Found.OFF
    calls = len(there.calls)
    assert asked(alice, store, "S-9") is Found.OFF
    assert len(there.calls) == calls


@pytest.mark.parametrize(
    ("changes", "changed", "found"),
    [
        ({}, HOUR, Found.THERE),
        ({}, -30 * DAY, Found.THERE_OLDER),
        ({"payment": PaymentState.UNPAID, "paid_at": None}, HOUR, Found.THERE_UNPAID),
        ({"cancelled": True}, HOUR, Found.THERE_CANCELLED),
    ],
)
def test_the_marketplace_is_asked_what_we_do_not_know(
    alice: World, there: Scripted, changes: dict[str, Any], changed: timedelta, found: Found
) -> None:
    store = synced(alice)
    there.put("S-9", now() + changed, **changes)
    assert asked(alice, store, "S-9") is found
    assert asked(alice, store, "S-8") is Found.NOT_THERE
    assert alice.column("SELECT external_id FROM orders_order WHERE organization_id = %s") == []


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (CallFailed(Trouble.NOT_FOUND, "no such order"), Found.NOT_THERE),
        (CallFailed(Trouble.INVALID_INPUT, "bad id"), Found.NOT_THERE),
        (CallFailed(Trouble.TRANSIENT, "not reachable"), Found.NO_ANSWER),
        (CallFailed(Trouble.SCOPE_MISSING, "not granted"), Found.NO_ANSWER),
        (ZeroDivisionError("a defect"), Found.NO_ANSWER),
    ],
)
def test_whatever_goes_wrong_is_an_answer_and_never_an_exception(
    alice: World, there: Scripted, error: Exception, found: Found
) -> None:
    store = synced(alice)

    def fail(_name: str) -> None:
        raise error

    there.before = fail
    assert asked(alice, store, "S-9") is found


def test_the_page_asks_store_by_store_and_offers_to_fetch_what_is_there(alice: World, there: Scripted) -> None:
    store, client = synced(alice), client_of(ALICE)
    there.put("S-9", now() + HOUR)
    text = page(client, "/where/?number=S-9")
    assert f'hx-post="/where/{store}/"' in text
    answer = client.post(f"/where/{store}/", {"number": "S-9"}).content.decode()
    assert "Scripted has it in Scripted store. It is newer than the last sync" in answer
    assert "Fetch it now" in answer
    client.post(f"/settings/stores/{store}/sync/", {"order": "S-9"})
    assert jobs() == [("sync_store", str(store))]
    sync_store(alice.organization_id, store, why="button", clock=now)
    assert known(alice, "S-9") == {"Scripted store": Found.HERE}
    assert "Fetch it now" not in client_of(BOB).post(f"/where/{store}/", {"number": "S-9"}).content.decode()


def test_a_search_that_finds_nothing_leads_here(alice: World, there: Scripted) -> None:
    assert "/where/?number=S-404" in page(client_of(ALICE), "/search/?q=S-404")


def test_charlie_learns_nothing_of_alice_s_orders(alice: World, charlie: World, there: Scripted) -> None:
    store = synced(alice)
    alice.orders(1, prefix="W")
    assert known(charlie, "W-0000") == {"Main Street": Found.FILE}
    assert client_of(CHARLIE).post(f"/where/{store}/", {"number": "S-9"}).status_code == 404


def test_one_number_is_known_in_all_its_spellings() -> None:
    assert spellings(" #ab 12 ") == ["#ab 12", "#ab12", "ab12", "AB12"]
    assert spellings(" ") == spellings("#") == []


def test_every_answer_has_its_sentence_and_weird_numbers_are_no_error(alice: World, there: Scripted) -> None:
    assert set(SENTENCES) == set(Found)
    for number in ("", "%27%22%3Cb%3E", "%00", "x" * 5000, "{store}", "%F0%9F%98%80"):
        assert "'\"<b>" not in page(client_of(ALICE), f"/where/?number={number}")
