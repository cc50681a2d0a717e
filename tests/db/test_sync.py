"""Sync: what the marketplace has comes in, once, in its newest version, whatever goes wrong on the way."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.cast import World, address, draft
from tests.scripted import AT, Scripted, connect, play

from entrepot.connections import pulls
from entrepot.connections.calls import Line
from entrepot.connections.connect import OtherAccount, begin, come_back, resume, switch
from entrepot.core import sql
from entrepot.core.clock import now
from entrepot.marketplaces.contract import App, CallFailed, Grant, PaymentState, Trouble
from entrepot.orders.hear import hear
from entrepot.orders.sync import sync_store

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    yield from play(monkeypatch)


def sync(world: World, store_id: int, at: Any = AT) -> Any:
    return sync_store(world.organization_id, store_id, why="button", clock=lambda: at)


def here(world: World) -> dict[str, str]:
    return dict(
        world.rows("SELECT external_id, stage FROM orders_order WHERE organization_id = %s ORDER BY external_id")
    )


def state(world: World, store_id: int) -> dict[str, Any]:
    with world.scope():
        (found,) = sql.dicts(
            """
            SELECT g.state AS grant_state, y.next_run_at, y.message, y.failures, y.trouble, y.success_at
            FROM connections_sync y
            JOIN connections_grant g ON g.organization_id = y.organization_id AND g.store_id = y.store_id
            WHERE y.organization_id = %s AND g.organization_id = %s AND y.store_id = %s
            """,
            [world.organization_id, world.organization_id, store_id],
        )
    return found


def test_every_order_of_every_page_comes_in_and_the_next_run_brings_nothing_twice(
    alice: World, there: Scripted
) -> None:
    store = connect(alice)
    for n in range(5):
        there.put(f"S-{n}", AT - n * HOUR - MINUTE)
    run = sync(alice, store)
    assert (run.created, run.pages, run.trouble) == (5, 3, "")
    assert here(alice) == {f"S-{n}": "to_review" for n in range(5)}
    there.put("S-9", AT + HOUR)
    again = sync(alice, store, AT + 2 * HOUR)
    assert (again.created, again.updated, again.unchanged) == (1, 0, 1)  # S-0 lies in the overlap
    assert alice.counts()["order.to_review"] == 6


def test_a_newer_version_updates_and_an_older_one_changes_nothing(alice: World, there: Scripted) -> None:
    store = connect(alice)
    there.put("S-1", AT - HOUR, external_status="NEW")
    sync(alice, store)
    there.put("S-1", AT, external_status="NEWER")
    assert sync(alice, store, AT + HOUR).updated == 1
    there.orders["S-1"] = draft("S-1")  # what a stale read gives: the first version, with the first version's time
    there.put("S-1", AT - HOUR, external_status="NEW")
    there.changed["S-1"] = AT + HOUR
    assert sync(alice, store, AT + 2 * HOUR).updated == 0
    assert alice.value("SELECT external_status FROM orders_order WHERE organization_id = %s") == "NEWER"


def test_an_order_we_cannot_read_is_kept_as_it_came_and_read_later(alice: World, there: Scripted) -> None:
    store = connect(alice)
    there.put("S-1", AT - HOUR)
    there.put_broken("S-2", AT - HOUR)
    there.put("S-3", AT - HOUR)
    run = sync(alice, store)
    assert (run.created, run.unreadable, run.trouble) == (2, 1, "")
    kept = alice.rows("SELECT external_id, reason, tries FROM orders_unreadableorder WHERE organization_id = %s")
    assert kept == [("S-2", "total: “abc” is no amount", 1)]
    there.put("S-2", AT - HOUR)
    assert sync(alice, store, AT + HOUR).created == 1
    assert alice.rows("SELECT external_id FROM orders_unreadableorder WHERE organization_id = %s") == []
    assert set(here(alice)) == {"S-1", "S-2", "S-3"}


def test_a_token_that_dies_in_the_middle_of_a_sync_is_renewed_once_and_nothing_is_lost(
    alice: World, there: Scripted
) -> None:
    store = connect(alice)
    for n in range(5):
        there.put(f"S-{n}", AT - n * HOUR - MINUTE)

    def die(name: str) -> None:
        if there.calls == ["pull", "pull"]:
            there.token = "token-2"

    there.before = die
    run = sync(alice, store)
    assert (run.created, run.trouble) == (5, "")
    assert there.calls == ["pull", "pull", "refresh", "pull", "pull"]


def test_a_grant_that_was_taken_back_stops_the_store_and_says_so(alice: World, there: Scripted) -> None:
    store = connect(alice)
    there.token, there.refreshes = "token-2", 7  # its refresh token is dead too
    run = sync(alice, store)
    assert run.trouble == Trouble.AUTH_REVOKED
    assert state(alice, store)["grant_state"] == "revoked"
    assert there.calls == ["pull", "refresh"]


def test_an_endless_page_token_ends_the_run_and_loses_nothing(alice: World, there: Scripted) -> None:
    store = connect(alice)
    for n in range(4):
        there.put(f"S-{n}", AT - n * HOUR - MINUTE)
    real = there.pull

    def endless(wire: Any, access: Any, window: Any, *, now: Any) -> Any:
        page = real(wire, access, window, now=now)
        return type(page)(page.orders, "2")

    there.pull = endless  # type: ignore[method-assign]
    run = sync(alice, store)
    assert (run.created, run.trouble, len(there.calls)) == (4, Trouble.PROTOCOL, 3)
    there.pull = real  # type: ignore[method-assign]
    there.put("S-9", AT - HOUR)
    assert sync(alice, store, AT + HOUR).created == 1


def test_a_broken_marketplace_is_tried_again_later_and_later(alice: World, there: Scripted) -> None:
    store = connect(alice)

    def down(_name: str) -> None:
        raise CallFailed(Trouble.TRANSIENT, "503")

    there.before = down
    first = sync(alice, store)
    assert (first.trouble, len(there.calls)) == (Trouble.TRANSIENT, 3)
    assert state(alice, store)["next_run_at"] == AT + timedelta(seconds=15)
    sync(alice, store)
    assert state(alice, store)["next_run_at"] == AT + timedelta(seconds=30)
    assert state(alice, store)["message"] == "503"


def test_a_store_that_is_switched_off_is_not_pulled(alice: World, there: Scripted) -> None:
    store = connect(alice)
    there.put("S-1", AT - HOUR)
    switch(organization_id=alice.organization_id, store_ids=[store], enabled=False, actor=alice.actor, at=AT)
    assert sync(alice, store) is None
    assert there.calls == []
    assert (alice.organization_id, store) not in pulls.due(AT + HOUR)
    switch(organization_id=alice.organization_id, store_ids=[store], enabled=True, actor=alice.actor, at=AT)
    assert sync(alice, store).created == 1


def test_two_workers_never_pull_one_store_at_a_time(alice: World, there: Scripted) -> None:
    store = connect(alice)
    assert pulls.take_turn(alice.organization_id, store, AT) is not None
    assert sync(alice, store) is None
    assert there.calls == []
    assert sync(alice, store, AT + HOUR) is not None  # the first one's lease ran out


def test_unpaid_orders_wait_and_come_to_review_when_they_are_paid(alice: World, there: Scripted) -> None:
    store = connect(alice)
    there.put("S-1", AT - HOUR, payment=PaymentState.UNPAID, paid_at=None)
    sync(alice, store)
    assert here(alice) == {"S-1": "unpaid"}
    there.put("S-1", AT)
    sync(alice, store, AT + HOUR)
    assert here(alice) == {"S-1": "to_review"}


def test_what_the_marketplace_holds_is_on_hold_until_it_is_released(alice: World, there: Scripted) -> None:
    store = connect(alice)
    there.put("S-1", AT - HOUR, on_hold=True)
    sync(alice, store)
    assert here(alice) == {"S-1": "on_hold"}
    there.put("S-1", AT)
    sync(alice, store, AT + HOUR)
    assert here(alice) == {"S-1": "to_review"}
    assert alice.value("SELECT hold_reason FROM orders_order WHERE organization_id = %s") == ""


def test_a_masked_address_is_a_reason_to_look_until_it_is_filled_in(alice: World, there: Scripted) -> None:
    store = connect(alice)
    there.put("S-1", AT - HOUR, recipient=address(line1="***"), address_masked=True)
    sync(alice, store)
    assert "address_masked" in alice.value("SELECT review_reasons FROM orders_order WHERE organization_id = %s")
    there.put("S-1", AT)
    sync(alice, store, AT + HOUR)
    assert alice.value("SELECT review_reasons FROM orders_order WHERE organization_id = %s") == []


def _packed(world: World, there: Scripted, store: int, *numbers: str) -> list[int]:
    for number in numbers:
        there.put(number, AT - HOUR)
    sync(world, store)
    ids = world.order_ids(*numbers)
    world.do("review_orders", ids)
    return [int(i) for i in world.do("pack_orders", ids).result["parcels"]]


def test_a_cancellation_after_packing_stops_the_parcel_at_print_and_at_ship(alice: World, there: Scripted) -> None:
    store = connect(alice)
    parcels = _packed(alice, there, store, "S-1")
    alice.do("get_waybills", parcels)
    alice.do("allocate_parcels", parcels)
    there.put("S-1", AT, cancelled=True, external_status="CANCELLED")
    sync(alice, store, AT + HOUR)
    for verb, options in (("print_parcels", {"document": "label"}), ("ship_parcels", {})):
        assert [o.refusal for o in alice.do(verb, parcels, **options).outcomes] == ["cancelled_there"]
    assert alice.parcel_stages(parcels) == ["to_print"]


def test_a_wish_to_cancel_blocks_and_its_withdrawal_frees(alice: World, there: Scripted) -> None:
    store = connect(alice)
    there.put("S-1", AT - HOUR, cancel_asked_at=AT - HOUR)
    sync(alice, store)
    ids = alice.order_ids("S-1")
    alice.do("review_orders", ids)
    assert [o.refusal for o in alice.do("pack_orders", ids).outcomes] == ["cancellation_asked"]
    there.put("S-1", AT)
    sync(alice, store, AT + HOUR)
    assert alice.do("pack_orders", ids).done == ids


def test_an_address_change_after_packing_blocks_print_and_is_in_the_history(alice: World, there: Scripted) -> None:
    store = connect(alice)
    parcels = _packed(alice, there, store, "S-1")
    alice.do("get_waybills", parcels)
    alice.do("allocate_parcels", parcels)
    there.put("S-1", AT, recipient=address(line1="2 Other Street"))
    sync(alice, store, AT + HOUR)
    assert [o.refusal for o in alice.do("print_parcels", parcels, document="label").outcomes] == ["stale_label"]
    (change,) = alice.rows(
        "SELECT before -> 'recipient' ->> 'line1', after -> 'recipient' ->> 'line1' FROM core_event "
        "WHERE organization_id = %s AND verb = 'update'"
    )
    assert change == (draft("S-1").recipient.line1, "2 Other Street")


def test_a_webhook_wakes_a_pull_of_the_order_it_names(alice: World, there: Scripted) -> None:
    store = connect(alice)
    sync(alice, store)
    there.put("S-1", AT - 100 * HOUR)  # outside of every later window
    heard = hear("scripted", url="", headers={"x-signature": "secret"}, body=b"shop-1 S-1", at=AT)
    assert heard
    assert sync(alice, store, AT + HOUR).created == 1
    assert alice.value("SELECT cardinality(wanted) FROM connections_sync WHERE organization_id = %s") == 0


def test_a_webhook_with_a_wrong_signature_or_for_nobody_is_not_heard(alice: World, there: Scripted) -> None:
    connect(alice)
    assert not hear("scripted", url="", headers={"x-signature": "guess"}, body=b"shop-1 S-1", at=AT)
    assert not hear("scripted", url="", headers={"x-signature": "secret"}, body=b"shop-2 S-1", at=AT)
    assert alice.value("SELECT cardinality(wanted) FROM connections_sync WHERE organization_id = %s") == 0


@pytest.mark.parametrize(
    ("trouble", "statement"),
    [
        ("pulls fail", "UPDATE connections_sync SET failures = 3, next_run_at = %s WHERE organization_id = %s"),
        ("not connected", "UPDATE connections_grant SET state = 'revoked', granted_at = %s WHERE organization_id = %s"),
    ],
)
def test_webhooks_do_not_hurry_a_store_in_trouble(alice: World, there: Scripted, trouble: str, statement: str) -> None:
    store = connect(alice)
    sync(alice, store)
    with alice.scope():
        sql.run(statement, [AT + HOUR, alice.organization_id])
    queued = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'sync_store'"
    before = sql.rows(queued)
    for number in range(3):
        assert hear("scripted", url="", headers={"x-signature": "secret"}, body=f"shop-1 S-{number}".encode(), at=AT)
    assert sql.rows(queued) == before
    wanted = alice.value("SELECT cardinality(wanted) FROM connections_sync WHERE organization_id = %s")
    assert wanted == (3 if trouble == "pulls fail" else 0)


def test_a_sync_of_charlie_touches_nothing_of_alice(alice: World, charlie: World, there: Scripted) -> None:
    store = connect(charlie)
    there.put("S-1", AT - HOUR)
    sync(charlie, store)
    assert here(alice) == {}
    assert sql.rows("SELECT 1 FROM connections_grant WHERE organization_id = %s", [charlie.organization_id]) == []


def test_an_order_that_left_before_we_knew_it_stays_shipped(alice: World, there: Scripted) -> None:
    store = connect(alice)
    there.put("S-1", AT - HOUR, shipped=True, external_status="SHIPPED")
    sync(alice, store)
    there.put("S-1", AT, shipped=True, external_status="DELIVERED")
    assert sync(alice, store, AT + HOUR).updated == 1
    assert here(alice) == {"S-1": "shipped"}


def test_one_number_that_the_marketplace_chokes_on_does_not_stop_a_store(alice: World, there: Scripted) -> None:
    store = connect(alice)
    there.put("S-1", AT - 100 * HOUR)
    there.put("S-2", AT - HOUR)
    with alice.scope():
        pulls.wake(alice.organization_id, store, ["abc", "S-1"], AT)
    real = there.get

    def choke(wire: Any, access: Any, numbers: Any, *, now: Any) -> Any:
        if "abc" in numbers:
            raise CallFailed(Trouble.INVALID_INPUT, "abc is no order number")
        return real(wire, access, numbers, now=now)

    there.get = choke  # type: ignore[method-assign]
    run = sync(alice, store)
    assert (run.created, run.trouble) == (2, "")
    assert alice.value("SELECT cardinality(wanted) FROM connections_sync WHERE organization_id = %s") == 0


def test_a_clock_that_runs_ahead_skips_nothing(alice: World, there: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    store = connect(alice)
    monkeypatch.setattr(Line, "their_time", AT)
    sync(alice, store, AT + 3 * HOUR)
    there.put("S-1", AT + HOUR)
    monkeypatch.setattr(Line, "their_time", AT + 2 * HOUR)
    assert sync(alice, store, AT + 5 * HOUR).created == 1


def test_shops_that_share_a_pair_of_tokens_are_renewed_together(alice: World, there: Scripted) -> None:
    first, second = connect(alice), connect(alice, "Second")
    there.token = "token-2"
    assert sync(alice, first).trouble == ""
    there.calls.clear()
    assert sync(alice, second).trouble == ""
    assert "refresh" not in there.calls


def test_each_shop_of_an_authorization_comes_to_its_own_store_again(alice: World, there: Scripted) -> None:
    both = [Grant("shop-a", "token-1", "refresh-1"), Grant("shop-b", "token-1", "refresh-1")]
    there.exchange = lambda *_given, **_named: both  # type: ignore[method-assign, assignment]

    def allow(url: str) -> int:
        state = dict(parse_qsl(urlsplit(url).query))["state"]
        return come_back(
            answer={"code": "good", "state": state}, back_to="http://x", actor=alice.actor, at=now()
        ).store_id

    begun = begin(
        organization_id=alice.organization_id, name="Shops", marketplace="scripted", app=App("key", "secret"),
        currency="USD", time_zone="UTC", back_to="http://x", actor=alice.actor, at=now(),
    )  # fmt: skip
    allow(begun.url)
    accounts = "SELECT store_id, account FROM connections_grant WHERE organization_id = %s ORDER BY store_id"
    stores = alice.rows(accounts)
    assert [account for _, account in stores] == ["shop-a", "shop-b"]
    again = resume(
        organization_id=alice.organization_id, store_id=stores[1][0], back_to="http://x", actor=alice.actor, at=now()
    )
    allow(again.url)
    assert alice.rows(accounts) == stores
    there.exchange = lambda *_given, **_named: [Grant("shop-c", "token-1")]  # type: ignore[method-assign, assignment]
    with pytest.raises(OtherAccount):
        allow(again.url)
    assert alice.rows(accounts) == stores
