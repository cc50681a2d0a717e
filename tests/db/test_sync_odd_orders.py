"""One odd order stops no store: whatever it holds, the others come in, and it is listed with what was wrong."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import translation
from tests.cast import World, line
from tests.db.test_sync import here, state, sync
from tests.scripted import AT, Scripted, connect, play

from entrepot.connections import pulls
from entrepot.connections.own_words import NO_ANSWER
from entrepot.marketplaces.contract import CallFailed, Trouble
from entrepot.orders import take_in_each, unreadable

HOUR = timedelta(hours=1)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    yield from play(monkeypatch)


def listed(world: World, store: int) -> list[tuple[str, str]]:
    with world.scope():
        return [(one["external_id"], one["reason"]) for one in unreadable.of_store(world.organization_id, store)]


ODD = {
    "nul in a note": ({"buyer_note": "a\0b"}, "DataError"),
    "half of an emoji": ({"buyer_name": "Ann \ud83d"}, "TypeError"),
    "half of an emoji as it came": ({"raw": ({"x": "\ud83d"},)}, "TypeError"),
    "a number of 65 bits as it came": ({"raw": ({"x": 2**64},)}, "TypeError"),
    "a tracking number too long": ({"numbers": ("X" * 100,)}, "DataError"),
    "a currency of four letters": ({"currency": "USDT"}, "DataError"),
    "pieces beyond a column": ({"lines": (line(quantity=3_000_000_000),)}, "DataError"),
    "pieces below nothing": ({"lines": (line(quantity=-1),)}, "IntegrityError"),
    "an amount beyond a column": ({"total_minor": 10**19}, "DataError"),
    "a price beyond a number": ({"lines": (line(price=10**19),)}, "DataError"),
}


@pytest.mark.parametrize("name", ODD)
def test_an_order_that_cannot_be_stored_is_listed_and_the_page_goes_on(
    alice: World, there: Scripted, name: str
) -> None:
    changes, error = ODD[name]
    store = connect(alice)
    for number in ("S-0", "S-2"):
        there.put(number, AT - HOUR)
    there.put("S-1", AT - HOUR, **changes)
    run = sync(alice, store)
    assert (run.trouble, run.created, run.unreadable) == ("", 2, 1)
    assert here(alice) == {"S-0": "to_review", "S-2": "to_review"}
    ((number, reason),) = listed(alice, store)
    assert (number, reason.partition(":")[0]) == ("S-1", error)
    assert state(alice, store)["success_at"] == AT
    there.put("S-1", AT - HOUR)
    assert sync(alice, store, AT + HOUR).created == 1
    assert listed(alice, store) == []


def test_a_version_that_cannot_be_stored_leaves_the_one_that_is_here(alice: World, there: Scripted) -> None:
    store = connect(alice)
    there.put("S-1", AT - HOUR, external_status="NEW")
    sync(alice, store)
    there.put("S-1", AT, external_status="NEWER", buyer_note="a\0b", lines=(line("NEW-SKU"),))
    there.put("S-2", AT, lines=(line("NEW-SKU"),))
    run = sync(alice, store, AT + HOUR)
    assert (run.created, run.updated, run.unreadable) == (1, 0, 1)
    assert (
        alice.value("SELECT external_status FROM orders_order WHERE organization_id = %s AND external_id = 'S-1'")
        == "NEW"
    )
    assert (
        alice.value(
            "SELECT count(listing_id) FROM orders_orderline WHERE organization_id = %s AND sku_code = 'NEW-SKU'"
        )
        == 1
    )


def test_what_the_marketplace_calls_an_unreadable_order_may_be_as_odd_as_it_likes(
    alice: World, there: Scripted
) -> None:
    store = connect(alice)
    there.put_broken("S-1", AT - HOUR)
    there.orders["S-1"] = replace(there.orders["S-1"], reason="a\0b", raw={"x\0": ["\ud83d", 2**64]})  # type: ignore[arg-type]
    assert (sync(alice, store).unreadable, listed(alice, store)) == (1, [("S-1", "ab")])
    raw = alice.value("SELECT raw::text FROM orders_unreadableorder WHERE organization_id = %s")
    assert raw == '{"x": ["\ufffd", "18446744073709551616"]}'


def test_a_page_without_odd_orders_is_taken_in_as_a_whole(
    alice: World, there: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_given: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(take_in_each, "take_in", never)
    store = connect(alice)
    there.put("S-1", AT - HOUR)
    assert sync(alice, store).created == 1


def test_a_defect_that_no_value_causes_stops_the_run_and_loses_no_order(
    alice: World, there: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: Any) -> None:
        raise RuntimeError

    store = connect(alice)
    there.put("S-1", AT - HOUR)
    with monkeypatch.context() as patched:
        patched.setattr("entrepot.orders.sync.take_in", broken)
        with pytest.raises(RuntimeError):
            sync(alice, store)
    assert (listed(alice, store), state(alice, store)["trouble"]) == ([], "defect")
    assert sync(alice, store, AT + HOUR).created == 1


def stumble(there: Scripted, *bad: str) -> None:
    """Whoever asks for one of these by number gets no answer."""
    whole = there.get

    def get(wire: Any, access: Any, numbers: Sequence[str], *, now: datetime) -> list[Any]:
        there.calls.append(f"get {' '.join(numbers)}")
        if set(numbers) & set(bad):
            raise CallFailed(Trouble.TRANSIENT, NO_ANSWER)
        return whole(wire, access, numbers, now=now)

    there.get = get  # type: ignore[method-assign]


def wish(world: World, store: int, *numbers: str) -> None:
    with world.scope():
        pulls.wake(world.organization_id, store, numbers, AT)


WANTED = "SELECT wanted FROM connections_sync WHERE organization_id = %s"


def test_a_number_over_which_the_marketplace_stumbles_each_time_stops_no_pull(alice: World, there: Scripted) -> None:
    store = connect(alice)
    there.put("S-1", AT - HOUR)
    there.put("S-2", AT - 400 * HOUR)
    stumble(there, "BAD")
    wish(alice, store, "BAD", "S-2")
    run = sync(alice, store)
    assert (run.trouble, run.created, run.unreadable) == ("", 2, 1)
    assert (set(here(alice)), listed(alice, store)) == ({"S-1", "S-2"}, [("BAD", NO_ANSWER)])
    with translation.override("zh-hans"):
        assert listed(alice, store) == [("BAD", "没有回应")]
    assert alice.value(WANTED) == []
    assert state(alice, store)["next_run_at"] == AT + timedelta(minutes=5)
    there.put("BAD", AT - 400 * HOUR)
    del there.get  # the marketplace is well again
    assert sync(alice, store, AT + HOUR).created == 1
    assert listed(alice, store) == []


def test_a_marketplace_that_does_not_answer_at_all_is_asked_a_few_times_and_blames_no_number(
    alice: World, there: Scripted
) -> None:
    store = connect(alice)
    wish(alice, store, *(f"S-{n}" for n in range(9)))

    def down(_name: str) -> None:
        raise CallFailed(Trouble.TRANSIENT, "503")

    there.before = down
    assert sync(alice, store).trouble == Trouble.TRANSIENT
    assert (there.calls.count("get"), there.calls.count("pull")) == (3 + 3 * 3, 3)
    assert (listed(alice, store), len(alice.value(WANTED))) == ([], 9)


def test_a_stumble_over_an_unreadable_order_keeps_what_came_of_it(alice: World, there: Scripted) -> None:
    store = connect(alice)
    there.put_broken("S-1", AT - HOUR)
    sync(alice, store)
    stumble(there, "S-1")
    sync(alice, store, AT + HOUR)
    assert listed(alice, store) == [("S-1", NO_ANSWER)]
    raw = "SELECT raw ->> 'total', tries FROM orders_unreadableorder WHERE organization_id = %s"
    assert alice.rows(raw) == [("abc", 2)]


def test_a_trouble_told_in_odd_words_is_kept_and_the_store_goes_on(alice: World, there: Scripted) -> None:
    store = connect(alice)

    def down(_name: str) -> None:
        raise CallFailed(Trouble.INVALID_INPUT, "no\0 such \ud83d window")

    there.before = down
    assert sync(alice, store).trouble == Trouble.INVALID_INPUT
    assert state(alice, store)["message"] == "no such \ufffd window"
    there.before = lambda _name: None
    there.put("S-1", AT - HOUR)
    assert sync(alice, store, AT + HOUR).created == 1
