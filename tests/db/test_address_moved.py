"""An address that changes at the marketplace: marked on the row, compared in the drawer, mended by one press."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from tests.cast import ALICE, World, address, answers, broken, line
from tests.db.test_cancelled_there import cancelled, ready, sync
from tests.db.test_web_stores import client_of, page
from tests.scripted import AT, Scripted, connect, play

from entrepot.core.report import Refusal
from entrepot.orders.altered import is_told
from entrepot.orders.states import Stage

HOUR = timedelta(hours=1)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    yield from play(monkeypatch)


def words(text: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def row_of(text: str, row_id: int) -> str:
    found = re.search(rf'<tr data-id="{row_id}".*?</tr>', text, re.DOTALL)
    assert found, row_id
    return found[0]


def notes(text: str) -> list[str]:
    """The notes on top of a drawer, in words."""
    head = text.split('<section class="story-head">')[1].split("</section>")[0]
    return [words(one) for one in re.findall(r'<div class="note [a-z]+ stop">(.*?)</div>\n', head, re.DOTALL)]


def buttons(text: str) -> list[tuple[str, str, bool]]:
    """(act, dialog, is the coloured one) of the head of a drawer."""
    head = text.split('<section class="story-head">')[1].split("</section>")[0]
    found = re.findall(r'<button type="button" class="btn([^"]*)" data-act="([^"]+)"[^>]*data-dialog="([^"]*)"', head)
    return [(slug, dialog, " pri" in look) for look, slug, dialog in found]


def moved(world: World, there: Scripted, store: int, number: str = "S-1", **facts: Any) -> None:
    there.put(number, AT + HOUR, buyer_id="b0", recipient=address(0, line1="7 New Street"), **facts)
    sync(world, store, 1.5)


def act(client: Client, slug: str, *ids: int) -> str:
    made = client.post(
        f"/desk/print/do/{slug}/",
        {"ids": ",".join(map(str, ids)), "uuid": str(uuid4())},
        headers={"HX-Request": "true"},
    )
    assert made.status_code == 200
    return made.content.decode()


def test_an_address_changed_after_packing_marks_the_parcels_row_and_both_drawers_compare(
    alice: World, there: Scripted
) -> None:
    store, (parcel, fine) = ready(alice, there, "S-1", "S-2")
    client, (order, _other) = client_of(ALICE), alice.order_ids("S-1", "S-2")
    assert "Address changed" not in page(client, "/desk/print/")
    moved(alice, there, store)
    text = page(client, "/desk/print/")
    assert "Address changed</span>" in row_of(text, parcel)
    assert "Its order goes to another address since it was packed." in row_of(text, parcel)
    assert "Address changed" not in row_of(text, fine)
    said = [
        f"The address of order S-1 changed after packing. P-{parcel} is neither printed nor shipped until it has a "
        "waybill for the new address. Street and number 0 Main Street → 7 New Street Get a new waybill…"
    ]
    for path in (f"/parcels/{parcel}/", f"/orders/{order}/"):
        assert notes(page(client, path)) == said
    assert notes(page(client, f"/parcels/{fine}/")) == []
    # what would be refused is not offered, and the natural next step is one
    assert buttons(page(client, f"/parcels/{parcel}/")) == [
        ("renew", "waybill", True), ("void", "confirm", False), ("unpack", "confirm", False),
    ]  # fmt: skip


def test_the_refusal_in_the_window_compares_and_offers_the_new_waybill_which_mends_everything(
    alice: World, there: Scripted
) -> None:
    store, (parcel,) = ready(alice, there, "S-1")
    client = client_of(ALICE)
    moved(alice, there, store)
    for slug in ("label", "ship"):
        window = act(client, slug, parcel)
        assert "The address or contents changed after the waybill was made." in window
        assert f"P-{parcel} · Street and number: 0 Main Street → 7 New Street" in window
        assert f'data-of-parcels="{parcel}"><button type="button" class="btn small" data-act="renew" ' in window
        assert 'data-url="/desk/print/do/renew/" data-dialog="waybill"' in window
    assert "Get a new waybill: 1 done" in act(client, "renew", parcel)
    text = page(client, "/desk/print/")
    assert "Address changed" not in row_of(text, parcel)
    drawer = page(client, f"/parcels/{parcel}/")
    assert notes(drawer) == []
    assert "7 New Street" in drawer
    (order,) = alice.order_ids("S-1")
    assert "The marketplace changed this order" not in page(client, f"/orders/{order}/")
    numbers = alice.column("SELECT number FROM parcels_waybill WHERE organization_id = %s ORDER BY attempt")
    assert f'New waybill number <span class="muted">· {numbers[0]} → {numbers[1]}' in drawer
    assert answers(alice.do("ship_parcels", [parcel])) == [(f"P-{parcel}", None, {})]
    assert broken() == []


def test_orders_of_one_parcel_that_go_to_different_places_are_unpacked(alice: World, there: Scripted) -> None:
    store = connect(alice)
    for number in ("S-1", "S-2"):
        there.put(number, AT - HOUR, buyer_id="b0")
    sync(alice, store)
    ids = alice.order_ids("S-1", "S-2")
    alice.do("review_orders", ids)
    (parcel,) = (int(i) for i in alice.do("pack_orders", ids).result["parcels"])
    alice.do("get_waybills", [parcel])
    moved(alice, there, store)
    client = client_of(ALICE)
    (note,) = notes(page(client, f"/parcels/{parcel}/"))
    assert "go to different addresses now. Unpack it and pack them again." in note
    assert buttons(page(client, f"/parcels/{parcel}/"))[0] == ("unpack", "", True)
    window = act(client, "renew", parcel)
    assert "1 parcel for different addresses" in window
    assert 'data-act="unpack"' in window
    assert alice.do("renew_waybills", [parcel]).refused[0].refusal is Refusal.STALE_LABEL
    alice.do("unpack_parcels", [parcel])
    assert alice.order_stages(ids) == ["to_pack", "to_pack"]


def test_a_parcel_that_must_not_go_at_all_needs_no_other_address(alice: World, there: Scripted) -> None:
    store, (parcel,) = ready(alice, there, "S-1")
    moved(alice, there, store)
    cancelled(alice, there, store, "S-1", 2, recipient=address(0, line1="7 New Street"))
    client = client_of(ALICE)
    assert "Address changed" not in page(client, "/desk/print/")
    (note,) = notes(page(client, f"/parcels/{parcel}/"))
    assert "was cancelled" in note or "Cancelled at" in note
    window = act(client, "unpack", parcel)
    assert 'now in <a class="link" href="/desk/cancelled/">Cancelled</a>' in window
    assert "To pack" not in window


def test_an_order_to_review_is_marked_until_it_is_reviewed(alice: World, there: Scripted) -> None:
    store = connect(alice)
    for n in range(3):
        there.put(f"S-{n}", AT - HOUR, buyer_id=f"b{n}")
    sync(alice, store)
    ids = alice.order_ids("S-0", "S-1", "S-2")
    there.put("S-0", AT + HOUR, buyer_id="b0", recipient=address(0, line1="7 New Street"))
    there.put("S-1", AT + HOUR, buyer_id="b1", lines=(line(quantity=3),))
    there.put("S-2", AT + HOUR, buyer_id="b2", external_status="still the same")
    sync(alice, store, 1.5)
    client = client_of(ALICE)
    text = page(client, "/desk/review/")
    assert ["Changed there" in row_of(text, i) for i in ids] == [True, True, False]
    assert "The marketplace changed its address or goods since it came in." in row_of(text, ids[0])
    drawers = [words(page(client, f"/orders/{i}/")) for i in ids]
    note = "The marketplace changed this order since it came in:"
    assert f"{note} 0 Main Street → 7 New Street" in drawers[0]
    assert f"{note} SKU-00 × 1 → SKU-00 × 3" in drawers[1]
    assert note not in drawers[2]
    alice.do("review_orders", ids)
    assert "Changed there" not in page(client, "/desk/pack/")
    assert "The marketplace changed this order" not in words(page(client, f"/orders/{ids[0]}/"))


@pytest.mark.parametrize(
    ("stage", "moved", "goods", "was_whole", "told"),
    [
        (Stage.TO_REVIEW, True, False, True, True),
        (Stage.TO_REVIEW, True, False, False, False),  # the marketplace hid it at first
        (Stage.TO_REVIEW, False, True, False, True),
        (Stage.ON_HOLD, True, False, True, True),
        (Stage.PACKED, False, False, True, False),
        (Stage.UNPAID, True, True, True, False),
        (Stage.SHIPPED, True, True, True, False),
    ],
)
def test_what_only_now_becomes_known_is_no_change(
    stage: Stage, moved: bool, goods: bool, was_whole: bool, told: bool
) -> None:
    assert is_told(stage, moved=moved, goods=goods, was_whole=was_whole) is told


def test_why_a_person_reviews_it_is_told_while_it_is_to_review_and_a_sku_that_is_paired_is_no_reason(
    alice: World, there: Scripted
) -> None:
    store = connect(alice)
    there.put("S-1", AT - HOUR, buyer_note="Blue, please", lines=(line("NEW-SKU"),))
    sync(alice, store)
    (order,) = alice.order_ids("S-1")
    client, path = client_of(ALICE), f"/orders/{order}/"
    title = "Why is a person to review it?"
    assert f"{title} Unknown SKU Buyer's note" in words(page(client, path))
    alice.stock({"NEW-SKU": 10})
    listings = alice.column(
        "SELECT id FROM catalog_listing WHERE organization_id = %s AND code = 'NEW-SKU' ORDER BY id"
    )
    (sku,) = alice.column("SELECT id FROM catalog_sku WHERE organization_id = %s AND code = 'NEW-SKU'")
    alice.do("pair_listings", listings, parts=[[sku, 1]])
    text = words(page(client, path))
    assert f"{title} Buyer's note" in text
    assert "Unknown SKU" not in text
    alice.do("review_orders", [order])
    assert title not in page(client, path)
    (parcel,) = (int(i) for i in alice.do("pack_orders", [order]).result["parcels"])
    assert title not in page(client, f"/parcels/{parcel}/")
