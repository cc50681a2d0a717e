"""Orders that were held until an instant come back to review by themselves; a broken batch is given up, not retried for ever."""

from datetime import timedelta
from uuid import uuid4

import pytest
from tests.cast import draft

from entrepot.core import sql, submit
from entrepot.core.batch import VERBS
from entrepot.core.scope import organization_scope
from entrepot.orders.hold import release_due


def test_an_order_comes_back_to_review_when_its_hold_ends_and_not_before(alice):
    world = alice
    [first, second] = world.orders(2)
    world.do("hold_orders", [first], reason="wait", until=(world.at + timedelta(hours=1)).isoformat())
    world.do("hold_orders", [second], reason="ask the buyer")

    release_due(at=world.at + timedelta(minutes=59))
    assert stages(world) == {first: "on_hold", second: "on_hold"}

    release_due(at=world.at + timedelta(hours=1))
    assert stages(world) == {first: "to_review", second: "on_hold"}


def test_a_hold_of_the_marketplace_replaces_ours_and_does_not_end_with_it(alice):
    world = alice
    hour = timedelta(hours=1)
    facts = "SELECT stage, hold_reason, held_until FROM orders_order WHERE organization_id = %s AND id = %s"

    def comes(hours, **changes):
        world.take_in(draft("A", updated_at=world.at + hours * hour, external_status=f"version {hours}", **changes))

    comes(0)
    [order] = world.order_ids("A")
    world.do("hold_orders", [order], reason="wait", until=(world.at + 5 * hour).isoformat())
    comes(1)
    assert world.rows(facts, order) == [("on_hold", "wait", world.at + 5 * hour)]
    comes(2, on_hold=True)
    release_due(at=world.at + 6 * hour)
    assert world.rows(facts, order) == [("on_hold", "held by the marketplace", None)]
    comes(7)
    assert world.rows(facts, order) == [("to_review", "", None)]


def test_a_batch_that_breaks_on_its_last_try_is_marked_failed_and_says_so(alice, monkeypatch):
    world = alice
    ids = world.orders(2)
    uuid = uuid4()
    monkeypatch.setattr(submit, "CHUNK", 1)
    submit.submit(
        "review_orders", organization_id=world.organization_id, ids=ids, actor=world.actor, at=world.at, uuid=uuid
    )
    monkeypatch.setitem(submit.VERBS, "review_orders", Breaking(VERBS["review_orders"]))
    with organization_scope(world.organization_id):
        [(batch_id,)] = sql.rows(
            "SELECT id FROM core_batch WHERE organization_id = %s AND uuid = %s", [world.organization_id, uuid]
        )
    for give_up, status in ((False, "queued"), (True, "failed")):
        with pytest.raises(ZeroDivisionError):
            submit.run_queued(organization_id=world.organization_id, batch_id=batch_id, at=world.at, give_up=give_up)
        with organization_scope(world.organization_id):
            found = sql.rows(
                "SELECT status, error <> '' FROM core_batch WHERE organization_id = %s AND id = %s",
                [world.organization_id, batch_id],
            )
        assert found == [(status, give_up)]


class Breaking:
    """A verb whose body has a bug."""

    def __init__(self, verb):
        self.whole, self.name = verb.whole, verb.name

    def body(self, *_args, **_options):
        raise ZeroDivisionError


def stages(world):
    with organization_scope(world.organization_id):
        return dict(sql.rows("SELECT id, stage FROM orders_order WHERE organization_id = %s", [world.organization_id]))
