"""A buyer's wish to cancel: answered here, told to the marketplace, and the order is free or cancelled."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from tests.cast import World
from tests.scripted import AT, Scripted, connect, play

from entrepot.connections.connect import switch
from entrepot.core import sql
from entrepot.marketplaces.amazon.orders import read_order
from entrepot.marketplaces.reading import Record
from entrepot.orders import answer  # noqa: F401 - a verb exists once its module is imported
from entrepot.orders.answering import answer_store
from entrepot.orders.sync import sync_store

HOUR = timedelta(hours=1)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    yield from play(monkeypatch)


def asked(world: World, there: Scripted) -> tuple[int, list[int]]:
    store = connect(world)
    there.put("S-1", AT - HOUR, cancel_asked_at=AT - HOUR, cancel_request_id="R-1")
    sync(world, store)
    return store, world.order_ids("S-1")


def sync(world: World, store: int, hours: int = 0) -> None:
    sync_store(world.organization_id, store, why="button", clock=lambda: AT + hours * HOUR)


def wish(world: World) -> object:
    return world.value("SELECT cancellation_asked_at FROM orders_order WHERE organization_id = %s")


def test_a_rejected_wish_is_told_and_does_not_come_back_with_the_next_version(alice: World, there: Scripted) -> None:
    store, ids = asked(alice, there)
    assert alice.do("reject_cancellations", ids).done == ids
    assert wish(alice) == AT - HOUR  # until the marketplace has taken the answer
    assert answer_store(alice.organization_id, store, "scripted", clock=lambda: AT) == 1
    assert wish(alice) is None
    there.put("S-1", AT, cancel_asked_at=AT - HOUR, cancel_request_id="R-1", external_status="STILL SHOWN")
    sync(alice, store, 1)
    assert wish(alice) is None
    there.put("S-1", AT + HOUR, cancel_asked_at=AT + HOUR, cancel_request_id="R-2")  # the buyer asks again
    sync(alice, store, 2)
    assert wish(alice) == AT + HOUR


def test_a_rejected_wish_that_is_dated_by_the_order_s_version_stays_rejected_while_it_is_asked(alice: World) -> None:
    """Amazon names neither an instant nor a request: each newer version would be a new wish."""

    def comes(hour: int, *, asks: bool) -> object:
        request = {"cancellation": {"cancellationRequest": {"requester": "BUYER"}}} if asks else {}
        item = {"orderItemId": "9", "quantityOrdered": 1, "product": {"sellerSku": "SKU-00"}, **request}
        order = {
            "orderId": "1", "createdTime": "2026-11-20T00:00:00Z", "lastUpdatedTime": f"2026-11-20T{hour:02}:00:00Z",
            "salesChannel": {"marketplaceId": "A1PA6795UKMFR9"}, "fulfillment": {"fulfillmentStatus": "UNSHIPPED"},
            "orderItems": [item],
        }  # fmt: skip
        alice.take_in(read_order(Record(order)))
        return wish(alice)

    assert comes(1, asks=True) == datetime(2026, 11, 20, 1, tzinfo=UTC)
    assert alice.do("reject_cancellations", alice.order_ids("1")).refused == []
    assert [comes(hour, asks=True) for hour in (2, 3)] == [None, None]
    assert comes(4, asks=False) is None
    assert comes(5, asks=True) == datetime(2026, 11, 20, 5, tzinfo=UTC)  # the buyer asks again
    assert comes(6, asks=True) == datetime(2026, 11, 20, 5, tzinfo=UTC)


def test_an_accepted_wish_is_told_and_comes_back_cancelled(alice: World, there: Scripted) -> None:
    store, ids = asked(alice, there)
    assert alice.do("accept_cancellations", ids).done == ids
    answer_store(alice.organization_id, store, "scripted", clock=lambda: AT)
    there.put("S-1", AT, cancelled=True)
    sync(alice, store, 1)
    assert alice.order_stages(ids) == ["cancelled"]
    assert there.calls.count("answer_cancellations") == 1


def test_a_store_switched_off_after_its_job_was_made_gives_no_answer(alice: World, there: Scripted) -> None:
    store, ids = asked(alice, there)
    alice.do("accept_cancellations", ids)
    switch(organization_id=alice.organization_id, store_ids=[store], enabled=False, actor=alice.actor, at=AT)
    assert answer_store(alice.organization_id, store, "scripted", clock=lambda: AT) == 0
    assert "answer_cancellations" not in there.calls


def test_without_a_marketplace_to_tell_the_answer_is_carried_out_here(alice: World) -> None:
    yes, no = alice.reviewed(2)
    with alice.scope():
        sql.run(
            "UPDATE orders_order SET cancellation_asked_at = %s WHERE organization_id = %s AND id = ANY(%s)",
            [AT, alice.organization_id, [yes, no]],
        )
    alice.do("accept_cancellations", [yes])
    alice.do("reject_cancellations", [no])
    assert alice.order_stages([yes, no]) == ["cancelled", "to_pack"]
    assert alice.do("pack_orders", [no]).done == [no]


def test_nobody_asked_is_an_answer_too(alice: World) -> None:
    (order,) = alice.reviewed(1)
    assert [o.refusal for o in alice.do("accept_cancellations", [order]).outcomes] == ["not_asked"]
