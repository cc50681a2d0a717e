"""An address that a marketplace hides for a while: it never stands on a label, nor in the place of one known in full."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from tests.cast import ALICE, World, address, answers
from tests.db.test_cancelled_there import HOUR, ready, sync
from tests.db.test_web_stores import client_of, page
from tests.scripted import AT, Scripted, connect, play

from entrepot.core import sql

PLAIN = address(0)
STARS = address(0, name="B***", line1="***", phone="(+44)*****41")
ADDRESS = """
    SELECT recipient ->> 'name', recipient ->> 'line1', review_reasons, altered_at IS NOT NULL
    FROM orders_order WHERE organization_id = %s
    """
PARCEL = (
    "SELECT recipient ->> 'name', recipient ->> 'line1', waybill_number FROM parcels_parcel WHERE organization_id = %s"
)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    yield from play(monkeypatch)


def shows(world: World, there: Scripted, store: int, hours: int, **facts: Any) -> None:
    there.put("S-1", AT + hours * HOUR, buyer_id="b0", **facts)
    sync(world, store, hours + 0.5)


def packed(world: World, there: Scripted) -> tuple[int, int]:
    """A store and the parcel of its order, whose address is hidden."""
    store = connect(world)
    shows(world, there, store, 0, recipient=STARS, address_masked=True)
    ids = world.order_ids("S-1")
    assert world.do("review_orders", ids).refused == []
    (parcel,) = world.do("pack_orders", ids).result["parcels"]
    return store, int(parcel)


@pytest.mark.parametrize(
    ("hidden", "masked"),
    [(STARS, True), (address(0, name="", line1=""), True), (STARS, False), (address(0, line1=""), False)],
)
def test_one_known_in_full_stays_when_a_newer_version_hides_it(
    alice: World, there: Scripted, hidden: Any, masked: bool
) -> None:
    store, (parcel,) = ready(alice, there, "S-1", recipient=PLAIN)
    shows(alice, there, store, 1, recipient=hidden, address_masked=masked, external_status="ON_HOLD")
    assert alice.rows(ADDRESS) == [(PLAIN.name, PLAIN.line1, [], False)]
    assert answers(alice.do("print_parcels", [parcel], document="label")) == [(f"P-{parcel}", None, {})]


def test_a_full_one_that_comes_later_fills_in_and_another_one_is_told(alice: World, there: Scripted) -> None:
    store, _ = packed(alice, there)
    shows(alice, there, store, 1, recipient=PLAIN)
    assert alice.rows(ADDRESS) == [(PLAIN.name, PLAIN.line1, [], False)]
    shows(alice, there, store, 2, recipient=STARS, address_masked=True)
    shows(alice, there, store, 3, recipient=address(0, line1="9 New Street"))
    assert alice.rows(ADDRESS) == [(PLAIN.name, "9 New Street", [], True)]


def test_no_waybill_is_taken_for_it_and_the_one_taken_later_is_for_the_full_one(alice: World, there: Scripted) -> None:
    store, parcel = packed(alice, there)
    hidden = [(f"P-{parcel}", "address_hidden", {"order": "S-1"})]
    for verb in ("get_waybills", "renew_waybills"):
        assert answers(alice.do(verb, [parcel])) == hidden
    assert alice.rows(PARCEL) == [("B***", "***", "")]
    shows(alice, there, store, 1, recipient=PLAIN)
    assert answers(alice.do("get_waybills", [parcel])) == [(f"P-{parcel}", None, {})]
    assert alice.rows(PARCEL)[0][:2] == (PLAIN.name, PLAIN.line1)


def test_a_label_is_not_printed_and_nothing_leaves_or_is_told_while_it_is_hidden(alice: World, there: Scripted) -> None:
    _store, (parcel,) = ready(alice, there, "S-1", recipient=PLAIN)
    with alice.scope():
        sql.run(
            "UPDATE orders_order SET review_reasons = '{address_masked}' WHERE organization_id = %s",
            [alice.organization_id],
        )
    hidden = [(f"P-{parcel}", "address_hidden", {"order": "S-1"})]
    for verb, options in (("print_parcels", {"document": "label"}), ("ship_parcels", {}), ("notify_parcels", {})):
        assert answers(alice.do(verb, [parcel], **options)) == hidden


def test_it_is_hidden_until_a_hand_has_written_what_the_stars_stand_for(alice: World, there: Scripted) -> None:
    _store, parcel = packed(alice, there)
    ids = alice.order_ids("S-1")
    assert alice.do("edit_address", ids, phone="+44 20 7946 0041").done == ids
    assert [one.refusal for one in alice.do("get_waybills", [parcel]).outcomes] == ["address_hidden"]
    assert alice.do("edit_address", ids, name="Bo", line1="1 Main Street").done == ids
    assert alice.do("get_waybills", [parcel]).done == [parcel]
    assert alice.rows(PARCEL)[0][:2] == ("Bo", "1 Main Street")


def test_two_hidden_addresses_of_one_buyer_do_not_share_a_parcel(alice: World, there: Scripted) -> None:
    store = connect(alice)
    for number in ("S-1", "S-2"):
        there.put(number, AT, buyer_id="b0", recipient=STARS, address_masked=True)
    sync(alice, store, 0.5)
    ids = alice.order_ids("S-1", "S-2")
    assert alice.do("review_orders", ids).refused == []
    assert len(alice.do("pack_orders", ids).result["parcels"]) == 2


def test_rows_and_drawers_say_that_it_is_hidden_and_offer_nothing_that_would_be_refused(
    alice: World, there: Scripted
) -> None:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    _store, parcel = packed(alice, there)
    client = client_of(ALICE)
    row = page(client, "/desk/process/")
    assert "Address still hidden</span>" in row
    (order,) = alice.order_ids("S-1")
    for address_of, acts in ((f"/parcels/{parcel}/", ["unpack"]), (f"/orders/{order}/", [])):
        text = page(client, address_of)
        assert "The address of order S-1 is still hidden by" in text
        assert re.findall(r'data-act="(\w+)"', text) == acts
