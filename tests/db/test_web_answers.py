"""A buyer's wish to cancel on screen: the answers come first, say what they do, and are on their way until they are taken."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from tests.cast import ALICE, World
from tests.db.test_web_stores import client_of, page
from tests.scripted import AT, Scripted, connect, play

from entrepot.core import sql
from entrepot.core.clock import now
from entrepot.orders.answering import answer_store
from entrepot.orders.sync import sync_store
from entrepot.web.tabs import ACCEPT, CANCEL, HOLD, REJECT, REVIEW, TO_PROCESS, TO_REVIEW, answers_last

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ON_ITS_WAY = "Our yes is on its way to the marketplace."


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    yield from play(monkeypatch)


def asked(world: World, there: Scripted) -> tuple[int, int]:
    store = connect(world)
    there.put("S-1", AT - HOUR, cancel_asked_at=AT - HOUR, cancel_request_id="R-1")
    sync_store(world.organization_id, store, why="button", clock=lambda: AT)
    return store, world.order_ids("S-1")[0]


def do(client: Client, slug: str, order: int) -> str:
    answer: Any = client.post(f"/desk/review/do/{slug}/", {"ids": str(order), "uuid": str(uuid4())})
    return str(answer.content.decode())


def buttons(text: str) -> list[str]:
    return re.findall(r'data-act="([\w-]+)"[^>]*data-one', text)


def test_answers_take_the_place_of_the_likely_acts_and_nothing_else_looks_like_one() -> None:
    assert answers_last(TO_REVIEW.acts, asked=False) == TO_REVIEW.acts
    assert answers_last(TO_REVIEW.acts, asked=True) == (HOLD, REVIEW, REJECT, ACCEPT)
    assert CANCEL in TO_REVIEW.acts
    assert answers_last(TO_PROCESS.acts, asked=True) == TO_PROCESS.acts


def test_the_drawer_of_an_order_offers_the_answers_first_with_how_long_they_can_wait(
    alice: World, there: Scripted
) -> None:
    _store, order = asked(alice, there)
    with alice.scope():
        sql.run(
            "UPDATE orders_order SET answer_by_at = %s WHERE organization_id = %s AND id = %s",
            [now() + DAY, alice.organization_id, order],
        )
    text = page(client_of(ALICE), f"/orders/{order}/")
    assert buttons(text) == ["accept", "reject", "review", "hold"]
    assert 'class="btn pri"' not in text.split('class="row acts"')[1].split("</div>")[0]
    assert re.search(r'data-dialog="accept" data-note="Answer the cancellation by [^"]+ · [^"]+"', text)
    assert 'data-for="accept"' in page(client_of(ALICE), "/desk/review/")


def test_an_accepted_wish_is_on_its_way_until_it_comes_back_cancelled(alice: World, there: Scripted) -> None:
    store, order = asked(alice, there)
    client = client_of(ALICE)
    assert "Cancellation asked" in page(client, "/desk/review/").split('id="rows"')[1]
    assert "Accept cancellation: 1 on their way" in do(client, "accept", order)
    for _ in range(2):  # before the marketplace has taken it, and after, while the cancelled order has not come in yet
        listed = page(client, "/desk/review/")
        assert "Answer on its way" in listed
        assert "Cancel asked" not in listed
        drawer = page(client, f"/orders/{order}/")
        assert ON_ITS_WAY in drawer
        assert buttons(drawer) == []
        answer_store(alice.organization_id, store, "scripted", clock=now)
    there.put("S-1", AT, cancelled=True)
    sync_store(alice.organization_id, store, why="button", clock=lambda: AT + HOUR)
    assert "Answer on its way" not in page(client, "/desk/cancelled/")
    assert ON_ITS_WAY not in page(client, f"/orders/{order}/")


def test_a_rejected_wish_is_on_its_way_and_the_answers_are_not_offered_again(alice: World, there: Scripted) -> None:
    _store, order = asked(alice, there)
    client = client_of(ALICE)
    do(client, "reject", order)
    drawer = page(client, f"/orders/{order}/")
    assert "Our no is on its way to the marketplace." in drawer
    assert "accept" not in buttons(drawer)


def test_an_answer_that_is_carried_out_here_is_done_at_once(alice: World) -> None:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    (order,) = alice.orders(1)
    with alice.scope():
        sql.run(
            "UPDATE orders_order SET cancellation_asked_at = %s WHERE organization_id = %s", [AT, alice.organization_id]
        )
    assert "Accept cancellation: 1 done" in do(client_of(ALICE), "accept", order)


def test_today_counts_parcels_of_cancelled_orders_and_leads_to_them(alice: World) -> None:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    client = client_of(ALICE)
    (order,) = alice.reviewed(1)
    (parcel,) = (int(i) for i in alice.do("pack_orders", [order]).result["parcels"])
    assert "mark=cancelled" not in page(client, "/")
    with alice.scope():
        sql.run(
            "UPDATE orders_order SET ended_at = %s, ended_by = 'marketplace' WHERE organization_id = %s",
            [now(), alice.organization_id],
        )
    text = page(client, "/")
    assert '<a href="/desk/process/?mark=cancelled"><b>1</b>' in text
    assert f'data-id="{parcel}"' in page(client, "/desk/process/?mark=cancelled")
