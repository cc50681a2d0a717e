"""Goods that no SKU is known of count as in stock (D-33), but nobody has counted them: list and drawer say that."""

import re

from django.test import Client
from tests.cast import World, draft, line
from tests.db.test_verbs_allocate import numbered
from tests.db.test_web_stores import page

UNSURE, IN_STOCK, SHORT = ("unsure", "Not counted: unknown SKU"), ("yes", "In stock"), ("no", "Short")


def fact_of(text: str, parcel: int) -> tuple[str, str]:
    """(look, name) of what the list says of a parcel's stock: the second of its marks."""
    row = text.partition(f'<tr data-id="{parcel}"')[2].partition("</tr>")[0]
    return re.findall(r'class="fact (\w*)" title="([^"]*)"', row)[1]  # type: ignore[no-any-return]


def test_unknown_goods_are_in_stock_but_list_and_drawer_say_that_nobody_counted_them(
    alice: World, door: Client
) -> None:
    unknown, part, known = numbered(
        alice,
        draft("UNKNOWN", line("NEVER-SEEN", 2), n=1),
        draft("PART", line("SKU-00", 1), line("NEVER-SEEN", 1, number="2"), n=2),
        draft("KNOWN", line("SKU-00", 1), n=3),
    )
    assert fact_of(page(door, "/desk/waybill/"), unknown) == UNSURE  # said before anything is moved on
    assert alice.do("allocate_parcels", [unknown, part, known]).refused == []
    shown = page(door, "/desk/print/")
    assert [fact_of(shown, one) for one in (unknown, part, known)] == [UNSURE, UNSURE, IN_STOCK]
    for parcel in (unknown, part):
        drawer = page(door, f"/parcels/{parcel}/")
        assert '<div class="unsure">Not counted: unknown SKU<div class="sub">counts as in stock · ' in drawer
        assert "Stock allocated" not in drawer
    assert '<div class="done">Stock allocated<div class="sub">' in page(door, f"/parcels/{known}/")


def test_a_short_parcel_is_short_whatever_else_is_in_it(alice: World, door: Client) -> None:
    alice.stock({"SCARCE": 1})
    (parcel,) = numbered(alice, draft("A", line("SCARCE", 2), line("NEVER-SEEN", 1, number="2")))
    alice.do("allocate_parcels", [parcel])
    assert fact_of(page(door, "/desk/short/"), parcel) == SHORT
    assert '<div class="bad">Short of stock' in page(door, f"/parcels/{parcel}/")
