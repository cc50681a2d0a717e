"""Whoever writes many orders locks them by id, so that two such writers wait for each other and neither is ended."""

import threading

from django.db import connection, connections
from tests.cast import World, draft, fresh_world, line
from tests.fault.another import another_transaction
from tests.fault.test_outside_races import until, waits_for_a_lock

import entrepot.orders.pair  # noqa: F401 - its verbs exist once it is imported
from entrepot.core import sql
from entrepot.core.report import Report


def test_pairing_locks_the_orders_by_id_so_that_no_page_of_them_stops_it(committed: str) -> None:
    """While it waits for the first order, which lies last in the tables, it holds none of the others."""
    world = fresh_world("Pairing")
    world.take_in(*(draft(f"O-{n}", line("NEW"), n=n) for n in range(40)))
    ids = world.order_ids(*(f"O-{n}" for n in range(40)))
    world.take_in(draft("O-0", line("NEW"), buyer_note="".join(chr(33 + n * 7919 % 89) for n in range(1500))))
    listings = world.column("SELECT id FROM catalog_listing WHERE organization_id = %s AND code = %s", "NEW")
    hold = "SELECT id FROM orders_order WHERE organization_id = %s AND id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
    answered: list[Report] = []

    def pair() -> None:
        with connection.cursor() as cursor:  # an organization of many orders is not read along the index
            cursor.execute("SET enable_indexscan = off")
        answered.append(world.do("make_skus", listings))
        connections.close_all()

    thread = threading.Thread(target=pair, daemon=True)
    with another_transaction(lambda: held(world, hold, ids[:1])):
        thread.start()
        assert until(waits_for_a_lock)
        with world.scope():
            assert sql.rows(hold + " SKIP LOCKED", [world.organization_id, ids]) == [(i,) for i in ids[1:]]
    thread.join(20)
    assert [report.refused for report in answered] == [[]]
    left = "SELECT count(*) FROM orders_order WHERE organization_id = %s AND 'unknown_sku' = ANY(review_reasons)"
    assert world.value(left) == 0


def held(world: World, statement: str, ids: list[int]) -> None:
    with world.scope():
        sql.rows(statement, [world.organization_id, ids])
