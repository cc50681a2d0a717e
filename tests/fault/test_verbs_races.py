"""Two and eight workers on the same rows: nothing oversold, nothing twice, nobody stuck."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction
from tests import cast
from tests.cast import World, draft, fresh_world, line

from entrepot.core.report import Refusal, Report

WORKERS = [2, 8]


def at_once(count: int, work: Callable[[int], Any], seconds: float = 60) -> list[Any]:
    """Runs `work(n)` in `count` threads, each with a connection of its own, all beginning together."""
    gate = threading.Barrier(count)
    results: list[Any] = [None] * count
    errors: list[BaseException] = []

    def run(n: int) -> None:
        try:
            gate.wait(10)
            results[n] = work(n)
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n,), daemon=True) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds)
    assert [thread for thread in threads if thread.is_alive()] == [], "somebody is stuck"
    assert errors == []
    return results


def until_all_answered(world: World, verb: str, ids: list[int], seed: int, **options: Any) -> dict[int, Report]:
    """Asks in shuffled batches, again for whatever was busy."""
    order, answered = random.Random(seed), {}
    waiting = list(ids)
    while waiting:
        order.shuffle(waiting)
        chunk, waiting = waiting[:40], waiting[40:]
        for outcome in world.do(verb, chunk, **options).outcomes:
            if outcome.refusal is Refusal.BUSY:
                waiting.append(outcome.id)
            else:
                answered[outcome.id] = outcome
    return answered  # type: ignore[return-value]


@pytest.mark.parametrize("workers", WORKERS)
def test_scarce_stock_is_never_oversold_and_not_a_piece_is_left_unused(committed: str, workers: int) -> None:
    world = fresh_world(f"Scarce {workers}", numbers=300)
    world.stock({"SCARCE": 70, "RARE": 40})
    drafts = [draft(f"O-{n}", line("SCARCE"), *([line("RARE", number="2")] if n % 2 else []), n=n) for n in range(120)]
    world.take_in(*drafts)
    orders = world.order_ids(*(d.external_id for d in drafts))
    world.do("review_orders", orders)
    parcels = [int(i) for i in world.do("pack_orders", orders).result["parcels"]]
    world.do("get_waybills", parcels)
    answers = at_once(workers, lambda n: until_all_answered(world, "allocate_parcels", parcels, n))
    done = [i for answer in answers for i, outcome in answer.items() if outcome.refusal is None]
    assert len(done) == len(set(done)), "a parcel was allocated twice"
    on_hand, allocated = world.shelf("SCARCE")
    assert (on_hand, allocated) == (70, len(done))
    assert allocated == 70
    counts = world.counts()
    assert counts["parcel.to_print.in_stock"] == 70
    assert counts["parcel.to_print.short"] == 50
    assert cast.broken() == []


@pytest.mark.parametrize("workers", WORKERS)
def test_no_pooled_number_is_drawn_twice_and_none_is_lost(committed: str, workers: int) -> None:
    world = fresh_world(f"Pool {workers}", numbers=100)
    parcels = world.packed(120)
    answers = at_once(workers, lambda n: until_all_answered(world, "get_waybills", parcels, n))
    done = [i for answer in answers for i, outcome in answer.items() if outcome.refusal is None]
    # A number that another worker holds for a moment counts as used up; asking again gets it.
    left = [i for i in parcels if i not in done]
    done += world.do("get_waybills", left).done
    assert sorted(done) == sorted(set(done))
    assert len(done) == 100
    numbers = world.column(
        "SELECT waybill_number FROM parcels_parcel WHERE organization_id = %s AND waybill_number <> ''"
    )
    assert len(set(numbers)) == 100
    assert cast.broken() == []


@pytest.mark.parametrize("workers", WORKERS)
def test_the_same_orders_packed_by_many_lie_in_one_parcel_each(committed: str, workers: int) -> None:
    world = fresh_world(f"Pack {workers}")
    orders = world.reviewed(100, lines=2)
    at_once(workers, lambda n: until_all_answered(world, "pack_orders", orders, n))
    assert world.counts() == {"order.packed": 100, "parcel.to_process": 100}
    assert world.rows("SELECT count(*), sum(quantity) FROM parcels_parcelline WHERE organization_id = %s") == [
        (200, 200)
    ]
    assert cast.broken() == []


@pytest.mark.parametrize("workers", WORKERS)
def test_the_same_parcels_shipped_by_many_leave_the_shelf_once(committed: str, workers: int) -> None:
    world = fresh_world(f"Ship {workers}")
    parcels = world.allocated(100)
    answers = at_once(workers, lambda n: until_all_answered(world, "ship_parcels", parcels, n))
    done = [i for answer in answers for i, outcome in answer.items() if outcome.refusal is None]
    assert sorted(done) == sorted(parcels)
    assert world.counts() == {"order.shipped": 100, "parcel.shipped": 100}
    assert (
        world.value("SELECT -sum(quantity) FROM inventory_movement WHERE organization_id = %s AND reason = 'shipped'")
        == 100
    )
    assert cast.broken() == []


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("workers", WORKERS)
def test_the_same_file_imported_by_many_makes_each_order_once_and_counts_are_right(
    committed: str, workers: int, known: bool
) -> None:
    world = fresh_world(f"Import {workers} {known}")
    drafts = [draft(f"O-{n:03}", line(f"NEW-{n % 30}"), line("SKU-01", number="2"), n=n) for n in range(200)]
    if known:  # nobody has to wait for another's new listings: they meet at the orders themselves
        world.take_in(
            draft("FIRST", *(line(f"NEW-{n}", number=str(n)) for n in range(30)), line("SKU-01", number="99"))
        )
        world.do("cancel_orders", world.order_ids("FIRST"))

    def take_in(n: int) -> dict[str, int]:
        mine = drafts[:]
        random.Random(n).shuffle(mine)
        return world.take_in(*mine)["orders"]

    tallies = at_once(workers, take_in)
    assert sum(tally["created"] for tally in tallies) == 200
    assert [sum(tally.values()) for tally in tallies] == [200] * workers, "every order of every file is answered for"
    assert world.counts() == {"order.to_review": 200} | ({"order.cancelled": 1} if known else {})
    lines = world.value("SELECT count(*) FROM orders_orderline WHERE organization_id = %s")
    assert lines == (431 if known else 400)
    assert world.value("SELECT count(*) FROM catalog_listing WHERE organization_id = %s") == 31
    assert world.value("SELECT count(*) FROM core_event WHERE organization_id = %s AND verb = 'import'") == 200 + known
    assert cast.broken() == []


def test_two_twins_with_one_uuid_get_one_answer(committed: str) -> None:
    world = fresh_world("Twins")
    orders, uuid = world.orders(50), uuid4()
    first, second = at_once(2, lambda _n: world.do("review_orders", orders, uuid=uuid))
    assert first == second
    assert (len(first.done), first.refused) == (50, [])
    assert world.value("SELECT count(*) FROM core_event WHERE organization_id = %s AND verb = 'review'") == 50


def test_shipping_cancelling_and_unpacking_the_same_goods_leaves_one_truth(committed: str) -> None:
    world = fresh_world("Crossfire")
    parcels = world.allocated(60)
    newer = [draft(f"O-{n:04}", line(f"SKU-{n % 20:02}"), n=n, cancelled=True) for n in range(60)]

    def play(n: int) -> None:
        if n == 0:
            until_all_answered(world, "ship_parcels", parcels, n)
        elif n == 1:
            until_all_answered(world, "unpack_parcels", parcels, n)
        elif n == 2:
            world.take_in(*newer)
        else:
            until_all_answered(world, "void_waybills", parcels, n)

    at_once(4, play)
    assert cast.broken() == []


def test_counts_are_folded_while_verbs_go_on(committed: str) -> None:
    from entrepot.core import counters

    world = fresh_world("Fold")
    orders = world.orders(120)

    def play(n: int) -> None:
        if n == 0:
            for _ in range(20):
                with world.scope():
                    counters.fold(world.organization_id)
        else:
            for i in orders[n - 1 :: 3]:
                world.do("review_orders", [i])

    at_once(4, play)
    assert world.counts() == {"order.to_pack": 120}


def test_pieces_cancelled_while_their_parcel_waits_to_ship_keep_it_here(committed: str) -> None:
    world = fresh_world("Cancelled at the last moment")
    both = (line("SKU-00"), line("SKU-01", number="2"))
    world.take_in(draft("O", *both))
    ids = world.order_ids("O")
    world.do("review_orders", ids)
    parcels = [int(i) for i in world.do("pack_orders", ids).result["parcels"]]
    for verb in ("get_waybills", "allocate_parcels"):
        assert world.do(verb, parcels).refused == []
    begun = threading.Event()

    def cancel() -> None:
        with transaction.atomic():
            world.take_in(draft("O", both[0], replace(both[1], cancelled=1)))
            begun.set()
            for _ in range(200):  # until the other one waits for our lock
                with connection.cursor() as cursor:
                    cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                    if cursor.fetchone() != (0,):
                        return
                time.sleep(0.02)
            raise AssertionError("nobody waited")

    def ship() -> Report:
        begun.wait(10)
        return world.do("ship_parcels", parcels)

    shipped = at_once(2, lambda n: ship() if n else cancel())[1]
    assert [outcome.refusal for outcome in shipped.outcomes] == [Refusal.PIECES_CANCELLED]
    assert world.parcel_stages(parcels) == ["to_print"]
