"""The doors of connections: connect through the marketplace's page, see how a store stands, webhooks."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.test import Client
from tests.cast import ALICE, BOB, CHARLIE, World
from tests.scripted import CAN, Scripted, connect, play

from entrepot.connections import grants
from entrepot.connections.connect import switch
from entrepot.connections.grants import app_of
from entrepot.connections.own_words import NOT_REACHABLE, OwnTrouble
from entrepot.connections.queries import carrier_codes_of, services_of
from entrepot.connections.standing import Standing, is_halted, standing_of
from entrepot.core import sql
from entrepot.core.clock import now
from entrepot.core.models import User
from entrepot.marketplaces.contract import CallFailed, Trouble
from entrepot.orders.sync import sync_store
from entrepot.web.stores_words import STATES, TROUBLES

HOUR = timedelta(hours=1)
AT = datetime.fromisoformat("2026-11-20T12:00:00+00:00")
FORM = {"name": "Harbour Lights", "currency": "EUR", "time_zone": "Europe/Berlin", "key": "k-1", "secret": "s-1",
        "hosts": ""}  # fmt: skip


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    yield from play(monkeypatch)


def client_of(email: str, language: str = "en") -> Client:
    User.objects.filter(email=email).update(language=language)
    client = Client()
    client.force_login(User.objects.get(email=email), backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return answer.content.decode()


def begun(client: Client, **changes: str) -> dict[str, str]:
    """Sends the form; the query of the marketplace's page that it leads to."""
    answer = client.post("/settings/stores/connect/scripted/", FORM | changes)
    assert answer.status_code == 302, answer.content.decode()
    assert answer["Location"].startswith("https://scripted.example/allow?")
    return {name: values[0] for name, values in parse_qs(urlsplit(answer["Location"]).query).items()}


def grant_states(world: World) -> list[str]:
    return world.column("SELECT state FROM connections_grant WHERE organization_id = %s ORDER BY store_id")


def jobs() -> list[Any]:
    return sql.rows("SELECT task_name, args ->> 'store_id' FROM procrastinate_jobs WHERE task_name = 'sync_store'")


def test_an_owner_connects_a_store_through_the_marketplace_s_own_page(alice: World, there: Scripted) -> None:
    client = client_of(ALICE)
    asked = begun(client)
    assert asked["back"] == "http://testserver/connect/back/"
    assert grant_states(alice) == ["pending"]
    answer = client.get("/connect/back/", {"state": asked["state"], "code": "good"})
    ((store, name, currency),) = alice.rows(
        "SELECT id, name, currency FROM connections_store WHERE organization_id = %s AND marketplace = 'scripted'"
    )
    assert (name, currency) == ("Harbour Lights", "EUR")
    assert (answer.status_code, answer["Location"]) == (302, f"/settings/stores/{store}/?connected=1")
    assert grant_states(alice) == ["ok"]
    assert jobs() == [("sync_store", str(store))]
    text = page(client, answer["Location"])
    assert "Orders of the last 14 days are on their way." in text
    there.put("S-1", now() - HOUR)
    sync_store(alice.organization_id, store, why="button", clock=now)
    text = page(client, f"/settings/stores/{store}/state/?was=busy&connected=1")
    assert "Orders of the last 14 days are here." in text
    assert "<b data-came>1</b>" in text


def test_the_secret_stands_on_no_page(alice: World, there: Scripted) -> None:
    client = client_of(ALICE)
    begun(client, secret="very-secret-77")
    (store,) = alice.column("SELECT id FROM connections_store WHERE organization_id = %s AND marketplace = 'scripted'")
    with alice.scope():
        assert app_of(alice.organization_id, store).secret == "very-secret-77"
    for path in ("/settings/stores/", f"/settings/stores/{store}/", f"/settings/stores/{store}/connect/"):
        assert "very-secret-77" not in page(client, path)
    (kept,) = alice.column("SELECT secrets FROM connections_grant WHERE organization_id = %s")
    assert "very-secret-77" not in str(kept)


def test_a_denied_authorization_says_so_and_can_be_tried_again(alice: World, there: Scripted) -> None:
    client = client_of(ALICE)
    asked = begun(client)
    text = page(client, f"/connect/back/?state={asked['state']}&error=denied")
    assert "It was not allowed at the marketplace." in text
    assert "taken back" not in text  # there was nothing to take back
    assert "the code is not good" in text  # the marketplace's own words
    assert grant_states(alice) == ["pending"]
    (store,) = alice.column("SELECT store_id FROM connections_grant WHERE organization_id = %s")
    answer = client.post(f"/settings/stores/{store}/connect/")
    assert answer["Location"].startswith("https://scripted.example/allow?")
    assert jobs() == []


def test_a_state_of_somebody_else_or_of_nobody_connects_nothing(alice: World, charlie: World, there: Scripted) -> None:
    asked = begun(client_of(ALICE))
    for email, state in ((CHARLIE, asked["state"]), (ALICE, "forged"), (ALICE, "")):
        text = page(client_of(email), f"/connect/back/?state={state}&code=good")
        assert "was not begun here by you" in text
    assert grant_states(alice) == ["pending"]
    assert grant_states(charlie) == []


def test_only_an_owner_connects_and_others_see_why(bob: World, there: Scripted) -> None:
    client = client_of(BOB)
    text = page(client, "/settings/stores/connect/")
    assert "Only an owner of the organization may connect a store" in text
    assert "/settings/stores/connect/scripted/" not in text
    assert client.get("/settings/stores/connect/scripted/").status_code == 403
    assert client.post("/settings/stores/connect/scripted/", FORM).status_code == 403
    store = connect(bob_owner := world_of_owner())
    for path in ("switch", "connect"):
        assert client.post(f"/settings/stores/{store}/{path}/", {"on": "0"}).status_code == 403
    assert bob_owner.value("SELECT is_enabled FROM connections_store WHERE organization_id = %s AND id = %s", store)


def world_of_owner() -> World:
    from tests.cast import world_of

    return world_of(ALICE)


def test_a_new_store_is_asked_for_its_service_and_sender_and_the_likeliest_stand_first(
    alice: World, there: Scripted
) -> None:
    main, typed = alice.store.id, alice.service("typed")
    client = client_of(ALICE)
    text = page(client, "/settings/stores/connect/scripted/")
    service, sender = (text.partition(f'id="id_{name}"')[2].partition("</select>")[0] for name in
                       ("default_service", "sender_of"))  # fmt: skip
    assert re.findall(r'value="(\d*)"( selected)?', service) == [
        (str(alice.service()), " selected"), (str(typed), ""), ("", "")
    ]  # fmt: skip
    assert re.findall(r'value="(\d*)"( selected)?', sender) == [(str(main), " selected"), ("", "")]
    begun(client, default_service=str(typed), sender_of=str(main))
    begun(client, name="Bare", default_service="", sender_of="")
    found = alice.rows(
        """
        SELECT name, default_service_id, sender ->> 'name' FROM connections_store
        WHERE organization_id = %s AND marketplace = 'scripted' ORDER BY id
        """
    )
    assert found == [("Harbour Lights", typed, "Lantern Lane"), ("Bare", None, None)]


def test_a_store_cannot_take_over_the_sender_or_the_service_of_another_organization(
    alice: World, charlie: World, there: Scripted
) -> None:
    for name, theirs in (("sender_of", charlie.store.id), ("default_service", charlie.service())):
        answer = client_of(ALICE).post("/settings/stores/connect/scripted/", FORM | {name: str(theirs)})
        assert "Select a valid choice" in answer.content.decode()
    assert grant_states(alice) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "This is needed."),
        ({"name": "Main Street"}, "There is a store of this alias already."),
        ({"secret": ""}, "This is needed."),
        ({"hosts": "api = ftp://x"}, "an address with https://"),
        ({"hosts": "api http://127.0.0.1"}, "an address with https://"),
        ({"time_zone": "Mars/North"}, "There is no time zone of this name."),
    ],
)
def test_what_is_wrong_with_the_form_is_said_at_its_field(
    alice: World, there: Scripted, changes: dict[str, str], said: str
) -> None:
    answer = client_of(ALICE).post("/settings/stores/connect/scripted/", FORM | changes)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert grant_states(alice) == []


def asking(there: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on it asks for a shop, and may ask for a region."""
    monkeypatch.setattr(there, "can", replace(CAN, asks=("shop",), may_ask=("region",)))


def test_what_a_marketplace_must_know_is_required_and_what_it_may_know_is_not(
    alice: World, there: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking(there, monkeypatch)
    client = client_of(ALICE)
    text = page(client, "/settings/stores/connect/scripted/")
    assert "na North America" in text
    assert "na 北美" in page(client_of(ALICE, "zh-hans"), "/settings/stores/connect/scripted/")
    client = client_of(ALICE)
    answer = client.post("/settings/stores/connect/scripted/", FORM)
    assert answer.content.decode().count("This is needed.") == 1
    begun(client, ask_shop="alpha")
    (store,) = alice.column("SELECT store_id FROM connections_grant WHERE organization_id = %s")
    with alice.scope():
        assert app_of(alice.organization_id, store).extra == {"shop": "alpha"}
    begun(client, name="Second", ask_shop="alpha", ask_region="na")
    (_, second) = alice.column("SELECT store_id FROM connections_grant WHERE organization_id = %s ORDER BY store_id")
    with alice.scope():
        assert app_of(alice.organization_id, second).extra == {"shop": "alpha", "region": "na"}


def test_a_service_s_page_asks_what_each_connected_marketplace_calls_its_carrier(alice: World, there: Scripted) -> None:
    service, client = alice.service(), client_of(ALICE)
    assert 'id="carrier-codes"' not in page(client, f"/settings/services/{service}/")
    connect(alice)
    text = page(client, f"/settings/services/{service}/")
    assert text.count('name="carrier-') == 1
    with alice.scope():
        before = next(one for one in services_of(alice.organization_id) if one["id"] == service)
    sent = {name: before[name] for name in ("name", "code", "numbering", "number_format", "max_lines")}
    sent |= {"account": before["account_id"], "is_enabled": "on", "carrier-scripted": " CN-POST "}
    answer = client.post(f"/settings/services/{service}/", sent)
    assert (answer.status_code, answer["Location"]) == (302, "/settings/services/")
    assert 'value="CN-POST"' in page(client, f"/settings/services/{service}/")
    with alice.scope():
        assert carrier_codes_of(alice.organization_id, service) == {"scripted": "CN-POST"}
        after = next(one for one in services_of(alice.organization_id) if one["id"] == service)
    assert after == before
    text = client.post(f"/settings/services/{service}/", sent | {"carrier-scripted": "x" * 61}).content.decode()
    assert "errorlist" in text
    with alice.scope():
        assert carrier_codes_of(alice.organization_id, service) == {"scripted": "CN-POST"}


def test_an_unknown_marketplace_and_the_file_are_no_page(alice: World, there: Scripted) -> None:
    client = client_of(ALICE)
    assert [client.get(f"/settings/stores/connect/{name}/").status_code for name in ("nowhere", "file")] == [404, 404]
    assert client.get(f"/settings/stores/{alice.store.id}/connect/").status_code == 404


def test_other_keys_make_the_store_wait_for_its_owner_again(alice: World, there: Scripted) -> None:
    client, store = client_of(ALICE), connect(alice)
    answer = client.post(
        f"/settings/stores/{store}/connect/", {"keys": "1", "key": "k-2", "secret": "s-2", "hosts": ""}
    )
    assert answer.status_code == 302
    assert grant_states(alice) == ["pending"]
    with alice.scope():
        assert app_of(alice.organization_id, store).key == "k-2"
    assert alice.events("store", store)[-1] == "change_app"


def test_the_sync_button_asks_for_a_run_and_a_viewer_has_none(alice: World, there: Scripted) -> None:
    store = connect(alice, at=now())
    there.put("S-1", now() - HOUR)
    sync_store(alice.organization_id, store, why="timer", clock=now)
    before = jobs()
    assert client_of(ALICE).post(f"/settings/stores/{store}/sync/").status_code == 302
    assert (before, jobs()) == ([], [("sync_store", str(store))])
    bob = client_of(BOB)
    assert "Sync now" not in page(bob, "/settings/stores/")
    assert bob.post(f"/settings/stores/{store}/sync/").status_code == 403


def test_the_desk_asks_all_stores_for_their_orders_and_says_when_each_was_synced(alice: World, there: Scripted) -> None:
    """D-22"""
    first, second = connect(alice, "First", at=now()), connect(alice, "Second", at=now())
    sync_store(alice.organization_id, first, why="timer", clock=now)
    client = client_of(ALICE)
    menu = re.search(r'data-load="([^"]+)"><summary class="btn">Sync orders ', page(client, "/desk/review/"))
    assert menu is not None
    text = page(client, menu[1])
    assert '<span class="menu-note">First: just now</span>' in text
    assert '<span class="menu-note">Second: never synced</span>' in text
    assert f'hx-post="{menu[1]}"' in text
    there.put("S-1", now() - HOUR)
    before = jobs()
    assert client.post(menu[1]).status_code == 200
    assert (before, jobs()) == ([], [("sync_store", str(first)), ("sync_store", str(second))])
    sync_store(alice.organization_id, second, why="button", clock=now)
    answer = client.get(f"{menu[1]}?again=1")
    assert answer.headers["HX-Trigger"] == "desk-changed"  # the list is read again
    assert '<span class="menu-note">Second: just now</span>' in answer.content.decode()
    assert "S-1" in page(client, "/desk/review/")
    there.before = lambda _name: (_ for _ in ()).throw(CallFailed(Trouble.SHOP_DISABLED, "closed"))
    sync_store(alice.organization_id, second, why="timer", clock=now)
    assert "Second: just now<b class=" in page(client, menu[1])  # when it last came, and what is wrong since
    assert "0 min behind" not in page(client, f"/settings/stores/{first}/")
    bob = client_of(BOB)
    assert "Sync orders" not in page(bob, "/desk/review/")
    assert bob.post(menu[1]).status_code == 403
    assert "Sync orders" not in page(client, "/desk/pack/")


def test_what_came_in_is_counted_after_the_first_connection_only(alice: World, there: Scripted) -> None:
    client = client_of(ALICE)
    client.get("/connect/back/", {"state": begun(client)["state"], "code": "good"})
    (store,) = alice.column("SELECT store_id FROM connections_grant WHERE organization_id = %s")
    there.put("S-1", now() - HOUR)
    sync_store(alice.organization_id, store, why="button", clock=now)
    assert "<dt>Orders came in</dt><dd><b data-came>1</b></dd>" in page(client, f"/settings/stores/{store}/state/")
    answer = client.post(f"/settings/stores/{store}/connect/")
    again = parse_qs(urlsplit(answer["Location"]).query)
    client.get("/connect/back/", {"state": again["state"][0], "code": "good"})
    assert alice.events("store", store).count("connect_store") == 2
    text = page(client, f"/settings/stores/{store}/state/")
    assert "data-came" not in text
    text = page(client, f"/settings/stores/{store}/?connected=1")
    assert "It goes on from where it had stopped" in text
    assert "last 14 days" not in text
    assert '<span class="muted">just now</span>' in text  # the last success


def test_a_store_without_authorization_has_no_sync_button_but_a_hint(alice: World, there: Scripted) -> None:
    begun(client := client_of(ALICE))
    (store,) = alice.column("SELECT store_id FROM connections_grant WHERE organization_id = %s")
    text = page(client, f"/settings/stores/{store}/")
    assert "Sync now" not in text
    assert "Until then no orders come in." in text
    client.post(f"/settings/stores/{store}/sync/")
    assert jobs() == []


def test_a_switched_off_store_says_what_stops_and_stays(alice: World, there: Scripted) -> None:
    store, client = connect(alice, at=now()), client_of(ALICE)
    there.put("S-1", now() - HOUR)
    sync_store(alice.organization_id, store, why="timer", clock=now)
    client.post(f"/settings/stores/{store}/switch/", {"on": "0"})
    assert sync_store(alice.organization_id, store, why="button", clock=now) is None
    text = page(client, f"/settings/stores/{store}/")
    assert "Switched off: no orders are pulled" in text
    assert alice.column("SELECT external_id FROM orders_order WHERE organization_id = %s") == ["S-1"]
    client.post(f"/settings/stores/{store}/switch/", {"on": "1"})
    assert "connected" in page(client, "/settings/stores/")
    assert alice.events("store", store)[-2:] == ["disable_store", "enable_store"]


def test_trouble_is_said_with_its_remedy_and_the_marketplace_s_words_in_both_languages(
    alice: World, there: Scripted
) -> None:
    store = connect(alice, at=now())

    def fail(_name: str) -> None:
        raise CallFailed(Trouble.SCOPE_MISSING, "scope order.read is not granted")

    there.before = fail
    sync_store(alice.organization_id, store, why="timer", clock=now)
    text = page(client_of(ALICE), f"/settings/stores/{store}/")
    assert "Give the app the missing rights at the marketplace, then connect again." in text
    assert "scope order.read is not granted" in text
    assert "授权" in page(client_of(ALICE, "zh-hans"), f"/settings/stores/{store}/")


def test_a_store_that_has_stopped_stands_in_the_menu_on_the_desk_and_on_today_and_keeps_its_facts(
    alice: World, there: Scripted
) -> None:
    store, client = connect(alice, at=now()), client_of(ALICE)
    there.put("S-1", now() - HOUR)
    sync_store(alice.organization_id, store, why="timer", clock=now)
    href, words = f"/settings/stores/{store}/", "Scripted store: authorization taken back"
    for path in ("/", "/desk/review/"):
        assert "has stopped" not in page(client, path)
    with alice.scope():
        sql.run("UPDATE connections_grant SET state = 'revoked' WHERE organization_id = %s", [alice.organization_id])
    today, desk = page(client, "/"), page(client, "/desk/review/")
    assert f'<div class="number red"><a href="{href}"><b>1</b>' in today
    assert f'<a href="{href}">Scripted store <b>authorization taken back</b></a>' in today
    assert f'<a class="chip red" href="{href}"' in desk
    assert f"{words}</a>" in desk
    for text in (today, desk):
        assert re.search(r'title="1 store has stopped"><svg class="i"><use href="#i-alert"/></svg>1<', text)
    text = page(client, href)
    assert "<dt>Last success</dt><dd>" in text
    assert '<span class="muted">just now</span>' in text
    assert "<dt>Seen up to</dt>" in text
    assert "<dt>Next run</dt>" not in text  # there is none
    assert "授权已取消" in page(client_of(ALICE, "zh-hans"), "/desk/review/")
    client = client_of(ALICE)
    client.post(f"/settings/stores/{store}/switch/", {"on": "0"})  # by will: it has not stopped by itself
    assert "has stopped" not in page(client, "/")


@pytest.mark.parametrize(
    ("changes", "stopped"),
    [
        ({}, False),
        ({"grant_state": "revoked"}, True),
        ({"refresh_expires_at": AT}, True),
        ({"grant_state": "revoked", "is_enabled": False}, False),
        (
            {"trouble": "transient", "success_at": AT - timedelta(minutes=20)},
            False,
        ),  # its interval, and fifteen minutes
        ({"trouble": "transient", "success_at": AT - timedelta(minutes=21)}, True),
        ({"trouble": "transient", "success_at": AT - timedelta(minutes=21), "every_seconds": 600}, False),
        ({"trouble": "transient", "success_at": None, "granted_at": AT - HOUR}, True),
        ({"grant_state": "pending", "success_at": None}, False),  # begun, never connected
        ({"grant_state": "pending"}, True),  # its connection was begun anew, and left
    ],
)
def test_a_store_has_stopped_when_nothing_of_it_comes_in_any_more(changes: dict[str, Any], stopped: bool) -> None:
    row = {
        "marketplace": "scripted", "is_enabled": True, "grant_state": "ok", "refresh_expires_at": None, "trouble": "",
        "success_at": AT, "granted_at": AT, "every_seconds": 300,
    }  # fmt: skip
    assert is_halted(row | changes, AT) is stopped


def test_a_marketplace_that_answers_with_an_error_is_not_called_unreachable(alice: World, there: Scripted) -> None:
    store, client = connect(alice, at=now()), client_of(ALICE)
    words = {
        "Internal error": "answered with an error of its own",
        f"{NOT_REACHABLE}: http://127.0.0.1:8436": "could not be reached",
    }
    for message, sentence in words.items():

        def fail(_name: str, message: str = message) -> None:
            raise CallFailed(Trouble.TRANSIENT, message)

        there.before = fail
        sync_store(alice.organization_id, store, why="button", clock=now)
        state = page(client, f"/settings/stores/{store}/state/")
        assert [one for one in words.values() if one in state] == [sentence]


def test_the_settings_of_a_store_say_whether_its_marketplace_calls_us(alice: World, there: Scripted) -> None:
    store, client = connect(alice, at=now()), client_of(ALICE)
    calls, silent = "The marketplace also calls us when an order changes.", "This marketplace does not call us"
    text = page(client, f"/settings/stores/{store}/")
    assert (calls in text, silent in text) == (True, False)
    there.can = replace(CAN, webhooks=False)
    text = page(client, f"/settings/stores/{store}/")
    assert (calls in text, silent in text) == (False, True)


def test_every_trouble_and_every_state_has_its_words() -> None:
    assert set(TROUBLES) == {*Trouble, *OwnTrouble}
    assert set(STATES) == set(Standing)


def test_an_order_that_cannot_be_read_is_listed_raw_and_asked_for_again(alice: World, there: Scripted) -> None:
    store, client = connect(alice, at=now()), client_of(ALICE)
    there.put_broken("S-2", now() - HOUR)
    sync_store(alice.organization_id, store, why="timer", clock=now)
    text = page(client, f"/settings/stores/{store}/")
    assert "Orders we could not read" in text
    assert "total: “abc” is no amount" in text
    assert "&quot;total&quot;: &quot;abc&quot;" in text
    client.post(f"/settings/stores/{store}/sync/", {"order": "S-2"})
    assert alice.column("SELECT wanted FROM connections_sync WHERE organization_id = %s") == [["S-2"]]
    there.put("S-2", now() - HOUR)
    sync_store(alice.organization_id, store, why="button", clock=now)
    assert "Orders we could not read" not in page(client, f"/settings/stores/{store}/")


def test_settings_of_a_connected_store_are_saved_with_its_interval(alice: World, there: Scripted) -> None:
    store, client = connect(alice), client_of(ALICE)
    form = {"name": "Renamed", "currency": "USD", "time_zone": "Asia/Shanghai", "handling_hours": "24", "minutes": "10"}
    assert client.post(f"/settings/stores/{store}/", form).status_code == 302
    assert alice.rows(
        "SELECT s.name, s.time_zone, y.every_seconds FROM connections_store s JOIN connections_sync y"
        " ON y.organization_id = s.organization_id AND y.store_id = s.id"
        " WHERE s.organization_id = %s AND y.organization_id = %s AND s.id = %s",
        alice.organization_id, store,
    ) == [("Renamed", "Asia/Shanghai", 600)]  # fmt: skip
    assert client.post(f"/settings/stores/{store}/", form | {"minutes": "0"}).status_code == 200


def test_charlie_finds_no_door_to_alice_s_store(alice: World, charlie: World, there: Scripted) -> None:
    store, client = connect(alice), client_of(CHARLIE)
    for path in ("", "state/", "log/", "connect/"):
        assert client.get(f"/settings/stores/{store}/{path}").status_code == 404, path
    for path in ("sync/", "switch/", "connect/"):
        assert client.post(f"/settings/stores/{store}/{path}", {"on": "0"}).status_code == 404, path
    assert "Scripted store" not in page(client, "/settings/stores/")
    assert jobs() == []


@pytest.mark.parametrize(
    ("changes", "standing"),
    [
        ({}, Standing.OK),
        ({"trouble": "transient"}, Standing.TROUBLE),
        ({"refresh_expires_at": AT + timedelta(days=13)}, Standing.ENDING),
        ({"refresh_expires_at": AT + timedelta(days=15)}, Standing.OK),
        ({"refresh_expires_at": AT}, Standing.EXPIRED),
        ({"grant_state": "revoked", "trouble": "auth_revoked"}, Standing.REVOKED),
        ({"grant_state": "pending"}, Standing.PENDING),
        ({"grant_state": None}, Standing.PENDING),
        ({"grant_state": "revoked", "is_enabled": False}, Standing.OFF),
        ({"marketplace": "file", "grant_state": None}, Standing.FILE),
    ],
)
def test_a_store_stands_in_one_word(changes: dict[str, Any], standing: Standing) -> None:
    row = {
        "marketplace": "scripted",
        "is_enabled": True,
        "grant_state": "ok",
        "refresh_expires_at": None,
        "trouble": "",
    }
    assert standing_of(row | changes, AT) is standing


# -- webhooks


def hooked(body: bytes, signature: str = "secret", marketplace: str = "scripted") -> tuple[int, bytes]:
    answer = Client(enforce_csrf_checks=True).post(
        f"/hooks/{marketplace}/", body, content_type="application/json", headers={"X-Signature": signature}
    )
    return answer.status_code, answer.content


def test_a_signed_webhook_wakes_the_pull_of_its_store_and_tells_nothing(alice: World, there: Scripted) -> None:
    store = connect(alice)
    assert hooked(b"shop-1 S-7") == (200, b"")
    assert alice.column("SELECT wanted FROM connections_sync WHERE organization_id = %s") == [["S-7"]]
    assert jobs() == [("sync_store", str(store))]


@pytest.mark.parametrize(
    ("body", "signature", "marketplace", "status"),
    [
        (b"shop-1 S-7", "wrong", "scripted", 401),
        (b"shop-9 S-7", "secret", "scripted", 401),
        (b"what is this", "secret", "scripted", 400),
        (b"", "secret", "scripted", 400),
        (b"shop-1 S-7", "secret", "nowhere", 404),
        (b"shop-1 S-7", "secret", "file", 404),
        (b"{}{", "secret", "tiktok", 400),
        (b"x" * 1_000_001, "secret", "scripted", 413),
    ],
)
def test_anything_else_is_turned_away_without_a_word(
    alice: World, there: Scripted, body: bytes, signature: str, marketplace: str, status: int
) -> None:
    connect(alice)
    assert hooked(body, signature, marketplace) == (status, b"")
    assert jobs() == []


def test_a_webhook_of_a_switched_off_store_wakes_nothing(alice: World, there: Scripted) -> None:
    store = connect(alice)
    switch(organization_id=alice.organization_id, store_ids=[store], enabled=False, actor=alice.actor, at=now())
    assert hooked(b"shop-1 S-7") == (401, b"")
    with alice.scope():
        grants.set_state(alice.organization_id, store, "ok")
    assert jobs() == []
