"""An order that left from elsewhere after it was packed here: its parcel must not go as well."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from tests.cast import World, answers, broken, line
from tests.db.test_notices import numbers_of, ready, tell
from tests.scripted import AT, Scripted, play

from entrepot.carriers.registry import expand_range
from entrepot.orders.sync import sync_store

HOUR = timedelta(hours=1)
STOPPED = {"order": "S-1", "store": "Scripted store", "numbers": "ELSE-1"}
VERBS = (
    ("print_parcels", {"document": "label"}), ("print_parcels", {"document": "pick_list"}), ("notify_parcels", {}),
    ("renew_waybills", {}), ("ship_parcels", {}),
)  # fmt: skip


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    yield from play(monkeypatch)


def leaves(world: World, there: Scripted, store: int, *numbers: str, hours: int = 1, **changes: Any) -> None:
    """The marketplace says that all of S-1 has left, under these numbers."""
    there.put(
        "S-1", AT + hours * HOUR, buyer_id="b0", shipped=True, numbers=numbers, external_status="SHIPPED", **changes
    )
    sync_store(world.organization_id, store, why="timer", clock=lambda: AT + (hours + 1) * HOUR)


def test_its_parcel_is_stopped_with_the_number_and_unpacking_it_makes_the_order_shipped(
    alice: World, there: Scripted
) -> None:
    store, (parcel, other) = ready(alice, there, "S-1", "S-2")
    leaves(alice, there, store, "ELSE-1")
    assert alice.order_stages(alice.order_ids("S-1", "S-2")) == ["packed", "packed"]
    for verb, options in VERBS:
        found = answers(alice.do(verb, [parcel, other], **options))
        assert found == [(f"P-{parcel}", "shipped_elsewhere", STOPPED), (f"P-{other}", None, {})]
    report = alice.do("unpack_parcels", [parcel])
    assert (report.done, dict(report.result)) == ([parcel], {"cancelled": [], "to_pack": []})
    assert alice.order_stages(alice.order_ids("S-1")) == ["shipped"]
    assert broken() == []


def test_it_takes_no_stock_from_parcels_that_may_go(alice: World, there: Scripted) -> None:
    store, (parcel,) = ready(alice, there, "S-1")
    alice.do("void_waybills", [parcel])
    alice.do("get_waybills", [parcel])
    leaves(alice, there, store, "ELSE-1")
    assert answers(alice.do("allocate_parcels", [parcel])) == [(f"P-{parcel}", "shipped_elsewhere", STOPPED)]


def test_the_number_of_the_parcel_itself_stops_nothing(alice: World, there: Scripted) -> None:
    """Somebody typed it in at the marketplace. Nor does it when the parcel gets another one: it is still that parcel."""
    store, (parcel,) = ready(alice, there, "S-1")
    leaves(alice, there, store, *numbers_of(alice, [parcel]))
    for verb, options in VERBS:
        assert answers(alice.do(verb, [parcel], **options)) == [(f"P-{parcel}", None, {})], verb


def test_a_parcel_that_is_given_the_marketplace_s_number_is_the_one_that_left(alice: World, there: Scripted) -> None:
    store, (parcel,) = ready(alice, there, "S-1")
    first, second = list(expand_range("RX", 1, 2, "CN"))
    leaves(alice, there, store, first)
    typed = alice.service("typed")
    assert alice.do("renew_waybills", [parcel], service_id=typed, numbers={str(parcel): second}).refused != []
    assert alice.do("renew_waybills", [parcel], service_id=typed, numbers={str(parcel): first}).refused == []
    assert alice.do("ship_parcels", [parcel]).refused == []


@pytest.mark.parametrize("told", [True, False])
def test_our_own_echo_and_a_word_without_a_number_stop_nothing(alice: World, there: Scripted, told: bool) -> None:
    store, (parcel,) = ready(alice, there, "S-1")
    if told:
        alice.do("notify_parcels", [parcel])
        tell(alice, store)
    leaves(alice, there, store, *(["ELSE-1"] if told else []))
    assert alice.do("ship_parcels", [parcel]).refused == []


def test_an_order_of_which_more_waits_stays_until_its_parcel_is_unpacked(alice: World, there: Scripted) -> None:
    store, (parcel,) = ready(alice, there, "S-1")
    grown = (line(), line("SKU-01", number="2"))
    there.put("S-1", AT + HOUR / 2, buyer_id="b0", lines=grown)
    leaves(alice, there, store, "ELSE-1", lines=grown)
    assert alice.order_stages(alice.order_ids("S-1")) == ["to_review"]
    assert answers(alice.do("ship_parcels", [parcel])) == [(f"P-{parcel}", "shipped_elsewhere", STOPPED)]
    alice.do("unpack_parcels", [parcel])
    assert alice.order_stages(alice.order_ids("S-1")) == ["shipped"]
    assert broken() == []


def test_an_order_in_two_parcels_is_shipped_when_the_last_of_them_is_unpacked(alice: World, there: Scripted) -> None:
    store, (parcel,) = ready(alice, there, "S-1")
    grown = (line(), line("SKU-01", number="2"))
    there.put("S-1", AT + HOUR / 2, buyer_id="b0", lines=grown)
    sync_store(alice.organization_id, store, why="timer", clock=lambda: AT + HOUR)
    ids = alice.order_ids("S-1")
    alice.do("review_orders", ids)
    (second,) = (int(i) for i in alice.do("pack_orders", ids).result["parcels"])
    leaves(alice, there, store, "ELSE-1", hours=2, lines=grown)
    for one, stage in ((parcel, "to_pack"), (second, "shipped")):
        assert alice.do("unpack_parcels", [one]).done == [one]
        assert (alice.order_stages(ids), broken()) == ([stage], [])
