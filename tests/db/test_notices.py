"""Shipping notices: each marketplace is told once per order and parcel, whatever happens to the call."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from tests.cast import World, line
from tests.scripted import AT, Scripted, connect, play

from entrepot.core.batch import VERBS
from entrepot.marketplaces.contract import CallFailed, Trouble
from entrepot.orders.sync import sync_store
from entrepot.parcels.notices import refused
from entrepot.parcels.telling import LEASE, _claim, stores_to_tell, tell_store

HOUR = timedelta(hours=1)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    yield from play(monkeypatch)


def ready(world: World, there: Scripted, *numbers: str, merged: bool = False, **changes: Any) -> tuple[int, list[int]]:
    """Orders of the scripted store, allocated and ready to ship: (store, parcels)."""
    store = connect(world)
    for n, number in enumerate(numbers):
        there.put(number, AT - HOUR, **({} if merged else {"buyer_id": f"b{n}"}), **changes)
    sync_store(world.organization_id, store, why="button", clock=lambda: AT)
    ids = world.order_ids(*numbers)
    world.do("review_orders", ids)
    parcels = [int(i) for i in world.do("pack_orders", ids).result["parcels"]]
    world.do("get_waybills", parcels)
    world.do("allocate_parcels", parcels)
    return store, parcels


def tell(world: World, store: int, at: Any = AT) -> int:
    return tell_store(world.organization_id, store, "scripted", clock=lambda: at)


def notices(world: World) -> list[Any]:
    return world.rows("SELECT order_number, status FROM parcels_shippingnotice WHERE organization_id = %s ORDER BY id")


def numbers_of(world: World, parcels: list[int]) -> list[str]:
    return world.column(
        "SELECT waybill_number FROM parcels_parcel WHERE organization_id = %s AND id = ANY(%s) ORDER BY id", parcels
    )


def test_shipping_tells_each_order_its_number_and_nothing_twice(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1", "S-2")
    alice.do("ship_parcels", parcels)
    assert notices(alice) == [("S-1", "due"), ("S-2", "due")]
    assert tell(alice, store) == 2
    assert notices(alice) == [("S-1", "accepted"), ("S-2", "accepted")]
    assert [there.numbers["S-1"], there.numbers["S-2"]] == [[n] for n in numbers_of(alice, parcels)]
    assert tell(alice, store, AT + HOUR) == 0
    assert there.calls.count("ship") == 2


def test_a_merged_parcel_is_one_notice_per_original_order(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1", "S-2", merged=True)
    assert len(parcels) == 1
    alice.do("ship_parcels", parcels)
    tell(alice, store)
    assert notices(alice) == [("S-1", "accepted"), ("S-2", "accepted")]
    assert there.numbers["S-1"] == there.numbers["S-2"] == numbers_of(alice, parcels)


def test_a_yes_that_never_arrived_is_looked_up_and_not_told_again(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1")
    alice.do("ship_parcels", parcels)

    def drop(name: str) -> None:
        if name == "shipped":
            raise CallFailed(Trouble.UNKNOWN_OUTCOME, "no answer")

    there.before = drop
    assert tell(alice, store) == 0
    assert notices(alice) == [("S-1", "unknown")]
    assert tell(alice, store, AT + HOUR) == 1
    assert notices(alice) == [("S-1", "accepted")]
    assert (there.calls.count("ship"), there.calls.count("look_up")) == (1, 1)
    assert there.numbers["S-1"] == numbers_of(alice, parcels)


def test_a_no_that_never_arrived_is_looked_up_and_told_again(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1")
    alice.do("ship_parcels", parcels)

    def lose(name: str) -> None:
        if name == "ship" and there.calls.count("ship") == 1:
            raise CallFailed(Trouble.UNKNOWN_OUTCOME, "no answer")

    there.before = lose
    for minutes in (0, 10, 20):
        tell(alice, store, AT + timedelta(minutes=minutes))
    assert notices(alice) == [("S-1", "accepted")]
    assert there.calls[-3:] == ["ship", "look_up", "ship"]
    assert there.numbers["S-1"] == numbers_of(alice, parcels)


def test_what_a_killed_worker_was_telling_is_looked_up_by_the_next(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1")
    alice.do("ship_parcels", parcels)
    (claimed,) = _claim(alice.organization_id, store, AT, 10)
    there.numbers["S-1"] = [claimed["number"]]  # it was told; then the worker was killed
    assert stores_to_tell(AT, alice.organization_id) == []
    assert tell(alice, store) == 0  # its lease still runs
    assert tell(alice, store, AT + LEASE + HOUR) == 1
    assert notices(alice) == [("S-1", "accepted")]
    assert there.calls.count("ship") == 0


def test_two_workers_never_tell_the_same_notice(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1", "S-2")
    alice.do("ship_parcels", parcels)
    first = _claim(alice.organization_id, store, AT, 1)
    second = _claim(alice.organization_id, store, AT, 10)
    assert len(first) == len(second) == 1
    assert first[0]["id"] != second[0]["id"]


def test_a_refusal_keeps_the_marketplaces_words_until_a_person_settles_it(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1")
    there.numbers["S-1"] = ["OTHER-1"]
    alice.do("ship_parcels", parcels)
    assert tell(alice, store) == 1
    with alice.scope():
        (row,) = refused(alice.organization_id)
    assert (row["order_number"], row["why"], row["code"], row["message"]) == (
        "S-1", "shipped_elsewhere", "E9", "has OTHER-1",
    )  # fmt: skip
    there.numbers["S-1"] = []
    assert alice.do("retry_notices", parcels).done == parcels
    tell(alice, store, AT + HOUR)
    assert notices(alice) == [("S-1", "accepted")]


def test_a_dismissed_refusal_leaves_its_trace(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1")
    there.numbers["S-1"] = ["OTHER-1"]
    alice.do("ship_parcels", parcels)
    tell(alice, store)
    assert alice.do("dismiss_notices", parcels, reason="told by hand").done == parcels
    with alice.scope():
        assert refused(alice.organization_id) == []
    assert notices(alice) == [("S-1", "dismissed")]
    assert "dismiss_notice" in alice.events("parcel", parcels[0])


def test_a_virtual_shipment_tells_early_and_touches_no_stock(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1")
    shelf = alice.shelf("SKU-00")
    assert alice.do("notify_parcels", parcels).done == parcels
    tell(alice, store)
    assert notices(alice) == [("S-1", "accepted")]
    assert alice.shelf("SKU-00") == shelf
    assert alice.parcel_stages(parcels) == ["to_print"]
    alice.do("ship_parcels", parcels)
    assert tell(alice, store, AT + HOUR) == 0
    assert there.calls.count("ship") == 1


def test_undo_of_a_shipment_takes_back_what_was_not_told_yet(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1")
    batch = uuid4()
    alice.do("ship_parcels", parcels, uuid=batch)
    alice.undo(batch)
    assert notices(alice) == [("S-1", "withdrawn")]
    assert tell(alice, store) == 0
    alice.do("ship_parcels", parcels)
    assert tell(alice, store, AT + HOUR) == 1
    assert there.numbers["S-1"] == numbers_of(alice, parcels)


def test_another_number_is_told_as_a_correction(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1")
    alice.do("notify_parcels", parcels)
    tell(alice, store)
    alice.do("void_waybills", parcels)
    alice.do("get_waybills", parcels)
    alice.do("allocate_parcels", parcels)
    alice.do("ship_parcels", parcels)
    tell(alice, store, AT + HOUR)
    assert there.calls[-1] == "renumber"
    assert there.numbers["S-1"] == numbers_of(alice, parcels)


def test_split_parcels_tell_the_pieces_they_hold(alice: World, there: Scripted) -> None:
    store = connect(alice)
    there.put("S-1", AT - HOUR, lines=tuple(line(number=str(n), sku=f"SKU-{n:02}", quantity=2) for n in range(1, 4)))
    sync_store(alice.organization_id, store, why="button", clock=lambda: AT)
    assert VERBS["notify_parcels"].undo is not None
    ids = alice.order_ids("S-1")
    alice.do("review_orders", ids)
    parcels = [int(i) for i in alice.do("pack_orders", ids).result["parcels"]]
    alice.do("get_waybills", parcels)
    alice.do("notify_parcels", parcels)
    told = alice.rows("SELECT lines::text, is_whole FROM parcels_shippingnotice WHERE organization_id = %s")
    assert told == [('[["1", 2], ["2", 2], ["3", 2]]', True)]


def test_a_parcel_of_a_file_store_owes_nobody_anything(alice: World) -> None:
    parcels = alice.allocated(1)
    assert [o.refusal for o in alice.do("notify_parcels", parcels).outcomes] == ["nothing_to_tell"]
    alice.do("ship_parcels", parcels)
    assert alice.rows("SELECT 1 FROM parcels_shippingnotice WHERE organization_id = %s") == []


def test_a_notice_of_a_voided_number_is_not_told(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1")
    alice.do("notify_parcels", parcels)
    alice.do("void_waybills", parcels)
    assert tell(alice, store) == 0
    assert (notices(alice), there.calls.count("ship")) == ([("S-1", "withdrawn")], 0)


def shipped_anew(world: World, parcels: Sequence[int], *numbers: str) -> list[int]:
    """The orders of these parcels, unpacked and shipped in new ones."""
    world.do("unpack_parcels", parcels)
    again = [int(i) for i in world.do("pack_orders", world.order_ids(*numbers)).result["parcels"]]
    for verb in ("get_waybills", "allocate_parcels", "ship_parcels"):
        world.do(verb, again)
    return again


def test_an_order_packed_anew_after_it_was_told_gets_a_correction(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1")
    alice.do("notify_parcels", parcels)
    tell(alice, store)
    again = shipped_anew(alice, parcels, "S-1")
    tell(alice, store, AT + HOUR)
    assert there.calls[-1] == "renumber"
    assert there.numbers["S-1"] == numbers_of(alice, again)


def test_a_correction_waits_until_it_is_known_what_became_of_the_first_number(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1")
    alice.do("notify_parcels", parcels)

    def lose(name: str) -> None:
        if name == "ship" and there.calls.count("ship") == 1:
            raise CallFailed(Trouble.UNKNOWN_OUTCOME, "no answer")

    there.before = lose
    tell(alice, store)  # nobody knows whether the first number was taken; in truth it was not
    alice.do("void_waybills", parcels)
    alice.do("get_waybills", parcels)
    alice.do("allocate_parcels", parcels)
    alice.do("ship_parcels", parcels)
    for minutes in (10, 20, 30):
        tell(alice, store, AT + timedelta(minutes=minutes))
    assert there.numbers["S-1"] == numbers_of(alice, parcels)
    assert "renumber" not in there.calls
    assert notices(alice) == [("S-1", "withdrawn"), ("S-1", "accepted")]


def test_a_number_voided_while_nobody_knew_is_not_told_after_the_look_up(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1")
    alice.do("notify_parcels", parcels)

    def lose(name: str) -> None:
        if name == "ship":
            raise CallFailed(Trouble.UNKNOWN_OUTCOME, "no answer")

    there.before = lose
    tell(alice, store)
    alice.do("void_waybills", parcels)
    for minutes in (10, 20, 30):
        tell(alice, store, AT + timedelta(minutes=minutes))
    assert (there.calls.count("ship"), there.numbers.get("S-1", [])) == (1, [])
    assert notices(alice) == [("S-1", "withdrawn")]


def test_an_order_cancelled_before_its_goods_left_is_not_told(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1")
    alice.do("notify_parcels", parcels)
    there.put("S-1", AT, cancelled=True)
    sync_store(alice.organization_id, store, why="button", clock=lambda: AT + timedelta(minutes=5))
    assert tell(alice, store, AT + timedelta(minutes=6)) == 0
    assert (notices(alice), there.calls.count("ship")) == ([("S-1", "withdrawn")], 0)


def test_one_notice_that_breaks_us_does_not_stop_the_others(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1", "S-2")
    there.can = replace(there.can, notices_per_call=10)
    alice.do("ship_parcels", parcels)
    real = there.ship

    def break_on_one(wire: Any, access: Any, given: Any, *, now: Any) -> Any:
        if any(one.order_id == "S-1" for one in given):
            raise KeyError("a field nobody foresaw")
        return real(wire, access, given, now=now)

    there.ship = break_on_one  # type: ignore[method-assign]
    assert tell(alice, store) == 0
    assert notices(alice) == [("S-1", "unknown"), ("S-2", "unknown")]
    assert tell(alice, store, AT + HOUR) == 1  # neither was told, as the look-up says: now they go one by one
    assert notices(alice) == [("S-1", "unknown"), ("S-2", "accepted")]


def test_our_own_echo_does_not_ship_an_order_that_was_unpacked(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, "S-1")
    alice.do("notify_parcels", parcels)
    tell(alice, store)
    alice.do("unpack_parcels", parcels)
    there.put("S-1", AT, shipped=True, external_status="SHIPPED")
    sync_store(alice.organization_id, store, why="button", clock=lambda: AT + timedelta(minutes=5))
    assert alice.order_stages(alice.order_ids("S-1")) == ["to_pack"]


def test_a_store_with_very_many_numbers_gives_its_place_to_others(alice: World, there: Scripted) -> None:
    store, parcels = ready(alice, there, *(f"O-{n}" for n in range(4)))
    alice.do("ship_parcels", parcels)
    at = iter([AT + n * timedelta(seconds=10) for n in range(100)])
    told = tell_store(
        alice.organization_id, store, "scripted", clock=lambda: next(at), until_time=AT + timedelta(seconds=40)
    )
    assert 0 < told < 4
    assert told + tell(alice, store, AT + HOUR) == 4


def test_what_was_not_told_is_no_echo(alice: World, there: Scripted) -> None:
    """Undone before it was told, or told with a refusal: then "shipped" there is somebody else's doing."""
    store, parcels = ready(alice, there, "S-1", "S-2")
    undone = uuid4()
    alice.do("notify_parcels", parcels[:1], uuid=undone)
    assert alice.undo(undone).refused == []
    there.numbers["S-2"] = ["ELSE-2"]
    alice.do("notify_parcels", parcels[1:])
    tell(alice, store)
    assert notices(alice) == [("S-1", "withdrawn"), ("S-2", "refused")]
    alice.do("unpack_parcels", parcels)
    for n, number in enumerate(("S-1", "S-2")):
        there.put(number, AT, buyer_id=f"b{n}", shipped=True, external_status="SHIPPED")
    sync_store(alice.organization_id, store, why="timer", clock=lambda: AT + HOUR)
    assert alice.order_stages(alice.order_ids("S-1", "S-2")) == ["shipped", "shipped"]
