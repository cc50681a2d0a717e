"""An order that its marketplace puts on hold after it was packed: the parcel waits until it is released there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from tests.cast import ALICE, World, answers
from tests.db.test_cancelled_there import HOUR, ready, sync
from tests.db.test_web_stores import client_of, page
from tests.scripted import AT, Scripted, play

from entrepot.orders.story import timeline
from entrepot.parcels.telling import tell_store

HELD = "SELECT stage, held_there_at IS NOT NULL, hold_reason FROM orders_order WHERE organization_id = %s"
NOTICES = "SELECT status FROM parcels_shippingnotice WHERE organization_id = %s"


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    yield from play(monkeypatch)


def hold(world: World, there: Scripted, store: int, hours: int, *, on: bool = True) -> None:
    status = "ON_HOLD" if on else "AWAITING_SHIPMENT"
    there.put("S-1", AT + hours * HOUR, external_status=status, on_hold=on, buyer_id="b0")
    sync(world, store, hours + 0.5)


def test_its_parcel_is_stopped_with_the_reason_and_released_there_it_may_go(alice: World, there: Scripted) -> None:
    store, (parcel,) = ready(alice, there, "S-1")
    hold(alice, there, store, 1)
    assert alice.rows(HELD) == [("packed", True, "")]
    stopped = [(f"P-{parcel}", "held_there", {"order": "S-1", "store": "Scripted store"})]
    verbs = (
        ("print_parcels", {"document": "label"}), ("print_parcels", {"document": "pick_list"}), ("notify_parcels", {}),
        ("renew_waybills", {}), ("ship_parcels", {}),
    )  # fmt: skip
    for verb, options in verbs:
        assert answers(alice.do(verb, [parcel], **options)) == stopped
    hold(alice, there, store, 2, on=False)
    assert alice.rows(HELD) == [("packed", False, "")]
    for verb, options in verbs:
        assert answers(alice.do(verb, [parcel], **options)) == [(f"P-{parcel}", None, {})]


def test_the_history_tells_that_it_was_held_and_released_there(alice: World, there: Scripted) -> None:
    store, _ = ready(alice, there, "S-1")
    hold(alice, there, store, 1)
    hold(alice, there, store, 2, on=False)
    with alice.scope():
        told = [
            e["after"]
            for e in timeline(alice.organization_id, {"order": alice.order_ids("S-1")})
            if e["verb"] == "update"
        ]
    assert ['"held_there": false' in after for after in told] == [True, False]
    assert ['"held_there": true' in after for after in told] == [False, True]


def test_unpacked_it_is_not_packed_again_before_its_release(alice: World, there: Scripted) -> None:
    store, (parcel,) = ready(alice, there, "S-1")
    ids = alice.order_ids("S-1")
    hold(alice, there, store, 1)
    assert alice.do("unpack_parcels", [parcel]).done == [parcel]
    assert answers(alice.do("pack_orders", ids)) == [("S-1", "held_there", {"order": "S-1", "store": "Scripted store"})]
    hold(alice, there, store, 2, on=False)
    assert alice.do("pack_orders", ids).done == ids


def test_before_it_is_packed_it_goes_to_on_hold_and_comes_back_by_itself(alice: World, there: Scripted) -> None:
    store, (parcel,) = ready(alice, there, "S-1")
    assert alice.do("unpack_parcels", [parcel]).done == [parcel]
    hold(alice, there, store, 1)
    assert alice.rows(HELD) == [("on_hold", True, "held by the marketplace")]
    hold(alice, there, store, 2, on=False)
    assert alice.rows(HELD) == [("to_review", False, "")]


def test_an_early_notice_that_was_not_told_yet_is_withdrawn(alice: World, there: Scripted) -> None:
    store, (parcel,) = ready(alice, there, "S-1")
    assert alice.do("notify_parcels", [parcel]).done == [parcel]
    hold(alice, there, store, 1)
    tell_store(alice.organization_id, store, "scripted", clock=lambda: AT + 2 * HOUR)
    assert alice.rows(NOTICES) == [("withdrawn",)]
    assert there.numbers == {}


def test_a_parcel_that_has_left_is_printed_again_though_its_order_is_held(alice: World, there: Scripted) -> None:
    store, (parcel,) = ready(alice, there, "S-1")
    assert alice.do("ship_parcels", [parcel]).done == [parcel]
    hold(alice, there, store, 1)
    assert alice.do("print_parcels", [parcel], document="label").done == [parcel]


def test_rows_and_drawers_say_that_it_is_held_there(alice: World, there: Scripted) -> None:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    store, (parcel,) = ready(alice, there, "S-1")
    (order,) = alice.order_ids("S-1")
    hold(alice, there, store, 1)
    client = client_of(ALICE)
    for list_of in ("/desk/print/", "/desk/all/"):
        assert "On hold there</span>" in page(client, list_of)
    for drawer in (f"/parcels/{parcel}/", f"/orders/{order}/"):
        text = page(client, drawer)
        assert ": order S-1." in text
        assert f"Parcel P-{parcel} is neither printed nor shipped until it is released there." in text
        assert "on hold at the marketplace" in text
        assert 'data-act="ship"' not in text
    hold(alice, there, store, 2, on=False)
    text = page(client, f"/parcels/{parcel}/")
    assert "released at the marketplace" in text
    assert 'data-act="ship"' in text
