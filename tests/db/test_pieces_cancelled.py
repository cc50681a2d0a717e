"""Pieces that were cancelled after they were packed never leave, and an order of which nothing is left waits for nobody."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from tests.cast import ALICE, World, answers, broken, draft, line, taken_back
from tests.db.test_notices import tell
from tests.db.test_web_stores import client_of, page
from tests.scripted import AT, Scripted, connect, play

from entrepot.api import order_reads
from entrepot.core.batch import Work
from entrepot.marketplaces.contract import LineDraft, OrderDraft
from entrepot.orders import ingest
from entrepot.orders.sync import sync_store
from entrepot.parcels.ship import close_rest

HOUR = timedelta(hours=1)
LAMP, SHADE = line("SKU-00", number="1"), line("SKU-01", number="2")
BOTH = (LAMP, SHADE)
LESS = (LAMP, replace(SHADE, cancelled=1))
STOCKED = ("get_waybills", "allocate_parcels")
PIECES = (
    "SELECT quantity, packed, cancelled FROM orders_orderline WHERE organization_id = %s ORDER BY order_id, external_id"
)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    yield from play(monkeypatch)


class Told:
    """An order of one connected store, told version by version, an hour apart."""

    def __init__(self, world: World, there: Scripted, *lines: LineDraft, **facts: Any) -> None:
        self.world, self.there, self.store, self.hours = world, there, connect(world), -1
        self.version(*lines, **facts)
        (self.order,) = world.order_ids("S-1")

    def version(self, *lines: LineDraft, **facts: Any) -> None:
        self.there.put("S-1", AT + self.hours * HOUR, lines=lines, **facts)
        self.hours += 1
        clock = AT + self.hours * HOUR
        sync_store(self.world.organization_id, self.store, why="button", clock=lambda: clock)

    def parcel(self, *verbs: str) -> int:
        self.world.do("review_orders", [self.order])
        (parcel,) = (int(i) for i in self.world.do("pack_orders", [self.order]).result["parcels"])
        for verb in verbs:
            assert self.world.do(verb, [parcel]).refused == []
        return parcel

    @property
    def stage(self) -> str:
        return self.world.order_stages([self.order])[0]


def stop(parcel: int) -> list[tuple[str, str, dict[str, Any]]]:
    return [(f"P-{parcel}", "pieces_cancelled", {"order": "S-1"})]


@pytest.mark.parametrize(
    ("packed", "since", "pieces"),
    [
        (BOTH, LESS, [(1, 1, 0), (1, 0, 1)]),  # a line is cancelled
        (BOTH, (LAMP,), [(1, 1, 0), (1, 0, 1)]),  # a line is gone
        ((line(quantity=3),), (line(quantity=1),), [(3, 1, 2)]),  # fewer are ordered
        ((line(quantity=3),), (replace(line(quantity=3), cancelled=2),), [(3, 1, 2)]),  # of three, two are cancelled
    ],
)
def test_what_was_cancelled_after_packing_stops_the_parcel_and_stays_out_of_the_next(
    alice: World, there: Scripted, packed: tuple[LineDraft, ...], since: tuple[LineDraft, ...], pieces: list[Any]
) -> None:
    told = Told(alice, there, *packed)
    parcel = told.parcel(*STOCKED)
    told.version(*since)
    for verb, options in (
        ("print_parcels", {"document": "label"}), ("print_parcels", {"document": "pick_list"}), ("ship_parcels", {}),
        ("notify_parcels", {}), ("renew_waybills", {}),
    ):  # fmt: skip
        assert answers(alice.do(verb, [parcel], **options)) == stop(parcel)
    assert broken() == []
    assert alice.do("unpack_parcels", [parcel]).result == {"cancelled": [], "to_pack": [str(told.order)]}
    again = told.parcel(*STOCKED)
    assert alice.rows(PIECES) == pieces
    assert alice.do("ship_parcels", [again]).done == [again]
    assert (told.stage, broken()) == ("shipped", [])


def test_a_parcel_with_cancelled_pieces_takes_no_stock(alice: World, there: Scripted) -> None:
    told = Told(alice, there, *BOTH)
    parcel = told.parcel("get_waybills")
    told.version(*LESS)
    before = alice.shelf("SKU-00")
    assert answers(alice.do("allocate_parcels", [parcel])) == stop(parcel)
    assert alice.shelf("SKU-00") == before


def test_a_number_that_was_to_be_told_early_is_not_told_for_cancelled_pieces(alice: World, there: Scripted) -> None:
    told = Told(alice, there, *BOTH)
    parcel = told.parcel(*STOCKED)
    assert alice.do("notify_parcels", [parcel]).done == [parcel]
    told.version(*LESS)
    tell(alice, told.store, AT + HOUR)
    status = "SELECT status FROM parcels_shippingnotice WHERE organization_id = %s ORDER BY id"
    assert (alice.column(status), there.numbers) == (["withdrawn"], {})
    told.version(*BOTH)
    assert alice.do("ship_parcels", [parcel]).done == [parcel]
    tell(alice, told.store, AT + 2 * HOUR)
    assert alice.column(status) == ["withdrawn", "accepted"]


def test_pieces_that_are_wanted_again_free_the_parcel(alice: World, there: Scripted) -> None:
    told = Told(alice, there, *BOTH)
    parcel = told.parcel(*STOCKED)
    told.version(*LESS)
    assert answers(alice.do("ship_parcels", [parcel])) == stop(parcel)
    told.version(*BOTH)
    assert alice.do("ship_parcels", [parcel]).done == [parcel]
    assert broken() == []


def test_free_pieces_that_are_wanted_again_are_packed(alice: World, there: Scripted) -> None:
    told = Told(alice, there, *LESS)
    told.version(*BOTH)
    told.parcel()
    assert alice.rows(PIECES) == [(1, 1, 0), (1, 1, 0)]


def test_only_the_parcel_that_holds_them_is_stopped(alice: World, there: Scripted) -> None:
    told = Told(alice, there, LAMP)
    first = told.parcel(*STOCKED)
    told.version(*BOTH)
    second = told.parcel(*STOCKED)
    told.version(*LESS)
    assert answers(alice.do("ship_parcels", [second])) == stop(second)
    assert alice.do("ship_parcels", [first]).done == [first]
    assert alice.do("unpack_parcels", [second]).result == {"cancelled": [], "to_pack": []}
    assert told.stage == "packed"
    closed_by_the_worker(alice)
    assert (told.stage, alice.counts()) == ("shipped", {"order.shipped": 1, "parcel.shipped": 1, "parcel.unpacked": 1})


def test_a_parcel_that_has_left_prints_though_pieces_of_it_were_cancelled_since(alice: World, there: Scripted) -> None:
    told = Told(alice, there, *BOTH)
    parcel = told.parcel(*STOCKED, "ship_parcels")
    told.version(*LESS)
    assert alice.do("print_parcels", [parcel], document="packing_slip").done == [parcel]
    assert answers(alice.do("ship_parcels", [parcel]))[0][1] == "already_shipped"


def test_a_grown_piece_that_is_cancelled_again_is_not_packed(alice: World, there: Scripted) -> None:
    told = Told(alice, there, line())
    parcel = told.parcel(*STOCKED)
    told.version(line(quantity=2))
    assert told.stage == "to_review"
    told.version(replace(line(quantity=2), cancelled=1))
    assert (told.stage, alice.rows(PIECES)) == ("packed", [(2, 1, 1)])
    assert alice.events("order", told.order)[-2:] == ["nothing_left", "update"]
    assert alice.do("ship_parcels", [parcel]).done == [parcel]
    assert (told.stage, broken()) == ("shipped", [])


def closed_by_the_worker(world: World) -> None:
    """Runs the one job that settles orders of which the last piece here was cancelled."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (args ->> 'organization_id')::bigint, ARRAY(SELECT jsonb_array_elements_text(args -> 'order_ids')::bigint)"
            " FROM procrastinate_jobs WHERE task_name = 'close_orders'"
        )
        ((organization_id, order_ids),) = cursor.fetchall()
    assert organization_id == world.organization_id
    with world.scope():
        close_rest(organization_id, order_ids, at=AT)


def test_an_order_whose_rest_is_cancelled_after_its_first_parcel_left_is_shipped(alice: World, there: Scripted) -> None:
    told = Told(alice, there, LAMP)
    parcel = told.parcel(*STOCKED)
    told.version(*BOTH)
    assert alice.do("ship_parcels", [parcel]).done == [parcel]
    alice.do("review_orders", [told.order])
    assert told.stage == "to_pack"
    told.version(*LESS)
    closed_by_the_worker(alice)
    assert (told.stage, alice.counts(), broken()) == ("shipped", {"order.shipped": 1, "parcel.shipped": 1}, [])


def test_an_order_whose_rest_is_cancelled_while_its_first_parcel_is_here_ships_with_it(
    alice: World, there: Scripted
) -> None:
    told = Told(alice, there, LAMP)
    parcel = told.parcel(*STOCKED)
    told.version(*BOTH)
    told.version(*LESS)
    closed_by_the_worker(alice)
    assert told.stage == "packed"
    assert alice.do("ship_parcels", [parcel]).done == [parcel]
    assert told.stage == "shipped"


def test_an_order_each_line_of_which_is_cancelled_is_cancelled(alice: World, there: Scripted) -> None:
    told = Told(alice, there, replace(LAMP, cancelled=1))
    assert told.stage == "cancelled"
    alice.take_in(draft("A"), draft("B"))
    alice.take_in(draft("A", replace(line(), cancelled=1)))
    assert alice.order_stages(alice.order_ids("A", "B")) == ["cancelled", "to_review"]
    assert broken() == []


def test_a_packed_order_each_line_of_which_is_cancelled_ends_with_unpacking(alice: World, there: Scripted) -> None:
    told = Told(alice, there, *BOTH)
    parcel = told.parcel(*STOCKED)
    told.version(*(replace(one, cancelled=1) for one in BOTH))
    assert [one[1] for one in answers(alice.do("ship_parcels", [parcel]))] == ["cancelled_there"]
    assert alice.do("unpack_parcels", [parcel]).result == {"cancelled": [str(told.order)], "to_pack": []}
    assert (told.stage, alice.rows(PIECES)) == ("cancelled", [(1, 0, 1), (1, 0, 1)])


def test_an_undone_cancellation_knows_what_its_marketplace_cancelled_meanwhile(alice: World, there: Scripted) -> None:
    told, batch = Told(alice, there, *BOTH), uuid4()
    alice.do("cancel_orders", [told.order], uuid=batch)
    told.version(*LESS)
    assert alice.rows(PIECES) == [(1, 0, 1), (1, 0, 1)]
    assert alice.undo(batch).done == [told.order]
    assert (told.stage, alice.rows(PIECES)) == ("to_review", [(1, 0, 0), (1, 0, 1)])


def test_an_undone_cancellation_of_which_nothing_is_left_goes_where_its_goods_are(
    alice: World, there: Scripted
) -> None:
    told, batch = Told(alice, there, LAMP), uuid4()
    parcel = told.parcel(*STOCKED)
    told.version(*BOTH)
    alice.do("cancel_orders", [told.order], uuid=batch)
    told.version(*LESS)
    assert alice.undo(batch).done == [told.order]
    assert told.stage == "packed"
    assert alice.do("ship_parcels", [parcel]).done == [parcel]
    assert (told.stage, broken()) == ("shipped", [])


def test_a_packed_piece_that_a_document_took_back_stays_out_of_the_next_parcel(alice: World) -> None:
    alice.take_in(draft("S-1", *BOTH, n=1))
    ids = alice.order_ids("S-1")
    alice.do("review_orders", ids)
    (parcel,) = (int(i) for i in alice.do("pack_orders", ids).result["parcels"])
    alice.take_in(taken_back("M", line("SKU-01"), n=1))
    assert answers(alice.do("get_waybills", [parcel])) == stop(parcel)
    alice.take_in(draft("S-1", *BOTH, n=1, buyer_note="a newer version of the file knows nothing of it"))
    assert answers(alice.do("get_waybills", [parcel])) == stop(parcel)
    assert alice.do("unpack_parcels", [parcel]).done == [parcel]
    assert alice.do("pack_orders", ids).done == ids
    assert alice.rows(PIECES) == [(1, 1, 0), (1, 0, 1)]
    assert broken() == []


def test_a_document_takes_back_what_is_wanted_and_never_the_same_packed_piece_twice(alice: World) -> None:
    alice.take_in(draft("S-1", line(quantity=2), n=1))
    alice.do("review_orders", alice.order_ids("S-1"))
    alice.do("pack_orders", alice.order_ids("S-1"))
    alice.take_in(taken_back("M", line(), n=1))
    alice.take_in(taken_back("N", line(quantity=2), n=1))
    assert alice.rows("SELECT why, quantity FROM orders_cancellationline WHERE organization_id = %s ORDER BY id") == [
        ("packed", 1),
        ("packed", 1),
        ("no_such_line", 1),
    ]
    assert alice.rows("SELECT ended_by FROM orders_order WHERE organization_id = %s") == [("marketplace",)]


def test_the_row_and_the_drawers_say_so_and_one_press_unpacks(alice: World, there: Scripted) -> None:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    told = Told(alice, there, LAMP, line("SKU-01", 2, number="2"))
    parcel = told.parcel(*STOCKED)
    client = client_of(ALICE)
    assert "Partly cancelled" not in page(client, "/desk/print/")
    told.version(LAMP, line("SKU-01", 1, number="2"))
    assert page(client, "/desk/print/").count("Partly cancelled</span>") == 1
    for drawer in (f"/parcels/{parcel}/", f"/orders/{told.order}/"):
        shown = page(client, drawer)
        assert "Goods of order S-1 were cancelled after they were packed." in shown
        assert f"Parcel P-{parcel} must not go like this. Unpack it and pack the rest." in shown
        assert 'data-act="unpack"' in shown
        assert ("1 cancelled" if "parcels" in drawer else "1 of them cancelled since") in shown
    alice.do("unpack_parcels", [parcel])
    assert "were cancelled after they were packed" not in page(client, f"/orders/{told.order}/")


def test_the_api_says_how_many_packed_pieces_are_cancelled(alice: World, there: Scripted) -> None:
    told = Told(alice, there, line(quantity=3))
    told.parcel()
    told.version(line(quantity=1))
    with alice.scope():
        found = order_reads.order_by_id(alice.organization_id, told.order)
    assert found is not None
    assert [(one["quantity"], one["packed"], one["cancelled"], one["surplus"]) for one in found["lines"]] == [
        (3, 3, 0, 2)
    ]


def test_an_odd_order_that_cannot_be_kept_leaves_the_counts_of_the_others_right(
    alice: World, there: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.put("S-2", AT - 2 * HOUR, lines=BOTH)
    told = Told(alice, there, LAMP)
    told.parcel()
    told.version(*BOTH)
    whole = ingest.keep_payloads

    def odd(work: Work, drafts: Sequence[tuple[int, OrderDraft]]) -> None:
        if told.order in dict(drafts):
            raise ValueError("odd")
        whole(work, drafts)

    monkeypatch.setattr(ingest, "keep_payloads", odd)
    there.put("S-2", AT + told.hours * HOUR, lines=LESS)
    told.version(*LESS)
    assert (told.stage, alice.counts()) == ("to_review", {"order.to_review": 2, "parcel.to_process": 1})
    assert alice.column("SELECT external_id FROM orders_unreadableorder WHERE organization_id = %s") == ["S-1"]
    assert broken() == []
