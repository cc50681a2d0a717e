"""Numbers of Today and of results: they agree with the menu or say why, and lead to the rows that they count."""

import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.test import Client
from tests.cast import World, draft, line
from tests.db.test_verbs_allocate import numbered
from tests.db.test_web_stores import page

from entrepot.core.clock import now


def test_the_halves_of_to_print_are_named_as_halves_on_today(alice: World, door: Client) -> None:
    alice.stock({"SCARCE": 1})
    parcels = numbered(alice, *(draft(f"A-{n}", line("SCARCE", 1), n=n) for n in range(3)))
    alice.do("allocate_parcels", parcels)
    text = page(door, "/")
    assert "<span>To print</span><b>3</b>" in text  # the menu
    assert '<a href="/desk/print/"><b>1</b><span>To print: in stock</span></a>' in text
    assert '<a href="/desk/short/"><b>2</b><span>To print: short</span></a>' in text


def test_what_a_store_has_late_leads_to_its_list_where_it_stands_in_one(alice: World, door: Client) -> None:
    late = now() - timedelta(hours=1)
    alice.take_in(*(draft(f"L-{n}", n=n, ship_by_at=late) for n in range(2)))
    path = f"/desk/review/?store={alice.store.id}&due=overdue"
    assert f'<td class="num danger"><a href="{path}">2</a></td>' in unescape(page(door, "/"))
    assert len(re.findall(r'<tr data-id="\d+"', page(door, path))) == 2
    alice.do("review_orders", alice.order_ids("L-0"))
    assert '<td class="num danger">2</td>' in page(door, "/")  # in two lists: no single one to lead to


@pytest.mark.parametrize(
    ("good", "bad", "bar"),
    [
        (1, 1, 'max="2" value="1" class="refused"'),
        (0, 2, 'max="2" value="0" class="refused"'),
        (2, 0, 'max="2" value="2"'),
    ],
)
def test_the_bar_of_a_result_shows_the_share_that_was_done(
    alice: World, door: Client, good: int, bad: int, bar: str
) -> None:
    orders, batch = alice.orders(2), uuid4()
    if bad:
        alice.do("review_orders", orders[good:])
    alice.do("review_orders", orders, uuid=batch)
    assert f"<progress {bar}>Review: {good} done" in page(door, f"/batches/{batch}/")


def test_the_result_of_an_undo_says_that_it_is_as_before(alice: World, door: Client) -> None:
    batch = uuid4()
    alice.do("review_orders", alice.orders(2), uuid=batch)
    alice.undo(batch)
    (undo,) = alice.rows("SELECT uuid FROM core_batch WHERE organization_id = %s AND verb = 'undo_review_orders'")[0]
    assert '<span class="mono">2 orders</span><span>undone: as it was before</span>' in page(door, f"/batches/{undo}/")
