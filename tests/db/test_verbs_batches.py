"""What all verbs have in common: one answer per UUID, a fixed number of statements, permissions, the queue."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from tests.cast import AT, World, fresh_world

from entrepot.connections import pulls
from entrepot.core import sql
from entrepot.core.batch import VERBS, SameUuidOtherBody, WrongOrganization, asked_before, selection_of
from entrepot.core.history import Subject
from entrepot.core.permissions import GRANTS, NotAllowed, Permission, Role
from entrepot.core.report import SENTENCES, Outcome, Refusal
from entrepot.core.submit import CountMoved, confirm_count, run_queued, submit
from entrepot.core.undo import CannotUndo, can_undo, submit_undo

DESK = {  # verb -> what makes `n` items ready for it
    "review_orders": lambda w, n, prefix: w.orders(n, prefix=prefix, lines=2),
    "hold_orders": lambda w, n, prefix: w.orders(n, prefix=prefix, lines=2),
    "release_orders": lambda w, n, prefix: _held(w, n, prefix),
    "cancel_orders": lambda w, n, prefix: w.orders(n, prefix=prefix, lines=2),
    "edit_address": lambda w, n, prefix: w.orders(n, prefix=prefix, lines=2),
    "accept_cancellations": lambda w, n, prefix: _asked(w, n, prefix),
    "reject_cancellations": lambda w, n, prefix: _asked(w, n, prefix),
    "pack_orders": lambda w, n, prefix: w.reviewed(n, prefix=prefix, lines=2),
    "unpack_parcels": lambda w, n, prefix: w.allocated(n, prefix=prefix, lines=2),
    "get_waybills": lambda w, n, prefix: w.packed(n, prefix=prefix, lines=2),
    "renew_waybills": lambda w, n, prefix: w.allocated(n, prefix=prefix, lines=2),
    "void_waybills": lambda w, n, prefix: w.allocated(n, prefix=prefix, lines=2),
    "allocate_parcels": lambda w, n, prefix: w.numbered(n, prefix=prefix, lines=2),
    "print_parcels": lambda w, n, prefix: w.allocated(n, prefix=prefix, lines=2),
    "ship_parcels": lambda w, n, prefix: w.allocated(n, prefix=prefix, lines=2),
    "mark_not_handed_over": lambda w, n, prefix: _ended(w, n, prefix),
    "mark_handed_over": lambda w, n, prefix: _ended(w, n, prefix),
    "close_intercepts": lambda w, n, prefix: _to_catch(w, n, prefix),
    "notify_parcels": lambda w, n, prefix: _to_tell(w, n, prefix),
    "retry_notices": lambda w, n, prefix: _refused(w, n, prefix),
    "dismiss_notices": lambda w, n, prefix: _refused(w, n, prefix),
}  # fmt: skip
NEEDS = {
    "review_orders": Permission.REVIEW, "hold_orders": Permission.REVIEW, "release_orders": Permission.REVIEW,
    "accept_cancellations": Permission.REVIEW, "reject_cancellations": Permission.REVIEW,
    "cancel_orders": Permission.REVIEW, "edit_address": Permission.REVIEW, "pack_orders": Permission.PACK,
    "unpack_parcels": Permission.PACK,
    "get_waybills": Permission.WAYBILL, "renew_waybills": Permission.WAYBILL, "void_waybills": Permission.WAYBILL,
    "allocate_parcels": Permission.ALLOCATE, "print_parcels": Permission.PRINT, "ship_parcels": Permission.SHIP,
    "mark_not_handed_over": Permission.SHIP, "mark_handed_over": Permission.SHIP, "close_intercepts": Permission.SHIP,
    "notify_parcels": Permission.SHIP, "retry_notices": Permission.SHIP, "dismiss_notices": Permission.SHIP,
}  # fmt: skip


def _held(world: World, count: int, prefix: str) -> list[int]:
    ids = world.orders(count, prefix=prefix, lines=2)
    world.do("hold_orders", ids, reason="wait")
    return ids


def _asked(world: World, count: int, prefix: str) -> list[int]:
    """Orders whose buyers asked to cancel them."""
    ids = world.orders(count, prefix=prefix, lines=2)
    with world.scope():
        sql.run(
            "UPDATE orders_order SET cancellation_asked_at = %s WHERE organization_id = %s AND id = ANY(%s)",
            [AT, world.organization_id, ids],
        )
    return ids


def _ended(world: World, count: int, prefix: str) -> list[int]:
    """Parcels ready to ship whose orders their marketplace has cancelled."""
    ids = world.allocated(count, prefix=prefix, lines=2)
    with world.scope():
        sql.run(
            """
            UPDATE orders_order SET ended_at = %s, ended_by = 'marketplace'
            WHERE organization_id = %s AND stage = 'packed' AND external_id LIKE %s
            """,
            [AT, world.organization_id, f"{prefix}-%"],
        )
    return ids


def _to_catch(world: World, count: int, prefix: str) -> list[int]:
    """Parcels that left although their orders were cancelled."""
    ids = _ended(world, count, prefix)
    world.do("mark_handed_over", ids)
    return ids


def _to_tell(world: World, count: int, prefix: str) -> list[int]:
    """Parcels of a store that is connected to a marketplace."""

    def turn(marketplace: str) -> None:
        with world.scope():
            statement = "UPDATE connections_store SET marketplace = %s WHERE organization_id = %s"
            sql.run(statement, [marketplace, world.organization_id])

    turn("file")  # a connected store takes no file
    ids = world.numbered(count, prefix=prefix, lines=2)
    turn("tiktok")
    with world.scope():
        pulls.start(world.organization_id, world.store.id, AT)
    return ids


def _refused(world: World, count: int, prefix: str) -> list[int]:
    """Parcels whose notices their marketplace has refused."""
    ids = _to_tell(world, count, prefix)
    world.do("notify_parcels", ids)
    with world.scope():
        sql.run(
            "UPDATE parcels_shippingnotice SET status = 'refused' WHERE organization_id = %s AND parcel_id = ANY(%s)",
            [world.organization_id, ids],
        )
    return ids


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements sent meanwhile, without those that only open and close transactions."""
    sent: list[str] = []

    def note(execute: Callable[..., Any], statement: str, params: Any, many: bool, context: Any) -> Any:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK TO", "SET LOCAL app")):
            sent.append(" ".join(statement.split()))
        return execute(statement, params, many, context)

    with connection.execute_wrapper(note):
        yield sent


def test_every_verb_of_orders_and_parcels_is_listed_here() -> None:
    """Whoever adds a verb adds it to `DESK` and `NEEDS`: then budget, UUID, roles and kills are proven for it too."""
    desk = {name for name, verb in VERBS.items() if verb.subject in (Subject.ORDER, Subject.PARCEL)}
    assert desk == set(DESK) == set(NEEDS)
    assert {name for name in desk if can_undo(name)} == {
        "review_orders", "hold_orders", "release_orders", "cancel_orders", "edit_address", "pack_orders",
        "get_waybills", "renew_waybills", "allocate_parcels", "ship_parcels", "notify_parcels", "mark_not_handed_over",
        "mark_handed_over", "close_intercepts",
    }  # fmt: skip


# Budgets are measured in a database where things are committed: rolled-back rows would only mislead the planner.


@pytest.mark.parametrize("verb", sorted(set(DESK) - {"print_parcels"}))
def test_one_fifty_and_five_hundred_items_cost_the_same_statements(committed: str, verb: str) -> None:
    world = fresh_world(f"Budget of {verb}")
    sizes = (1, 50, 500)
    ready = [DESK[verb](world, n, f"N{n}") for n in sizes]
    sent = []
    for ids in ready:
        # A worker takes what waits: whether a follow-up job is put in must not depend on the batch before.
        sql.run("UPDATE procrastinate_jobs SET status = 'doing' WHERE status = 'todo'")
        with counted() as statements:
            assert world.do(verb, ids).refused == []
        sent.append(statements)
    assert len(sent[0]) == len(sent[1]) == len(sent[2])
    assert [s[:60] for s in sent[0]] == [s[:60] for s in sent[2]]
    assert len(sent[0]) <= 16


def test_printing_one_and_fifty_costs_the_same_statements(committed: str) -> None:
    world = fresh_world("Budget of printing")
    sent = []
    for n in (1, 50):
        ids = world.allocated(n, prefix=f"N{n}", lines=2)
        with counted() as statements:
            assert world.do("print_parcels", ids).refused == []
        sent.append(len(statements))
    assert sent[0] == sent[1] <= 16


@pytest.mark.parametrize("verb", sorted(set(DESK) - {"release_orders"}))
def test_undoing_one_and_fifty_costs_the_same_statements(committed: str, verb: str) -> None:
    world = fresh_world(f"Budget of undoing {verb}")
    if not can_undo(verb):
        batch = uuid4()
        world.do(verb, DESK[verb](world, 1, "X"), uuid=batch)
        with pytest.raises(CannotUndo):
            world.undo(batch)
        return
    sent = []
    for n in (1, 50):
        batch = uuid4()
        world.do(verb, DESK[verb](world, n, f"N{n}"), uuid=batch)
        with counted() as statements:
            report = world.undo(batch)
        assert (len(report.outcomes), report.refused) == (n, [])
        sent.append(len(statements))
    assert sent[0] == sent[1] <= 22


@pytest.mark.parametrize("verb", sorted(DESK))
def test_the_same_uuid_gets_the_same_answer_and_nothing_is_done_twice(alice: World, verb: str) -> None:
    ids, uuid = DESK[verb](alice, 2, "A"), uuid4()
    first = alice.do(verb, [*ids, 999_999], uuid=uuid)
    before = (alice.counts(), alice.value("SELECT count(*) FROM core_event WHERE organization_id = %s"))
    assert alice.do(verb, [*ids, 999_999], uuid=uuid) == first
    assert (alice.counts(), alice.value("SELECT count(*) FROM core_event WHERE organization_id = %s")) == before
    with pytest.raises(SameUuidOtherBody):
        alice.do(verb, ids, uuid=uuid)
    batch = alice.batch(uuid)
    assert (batch["verb"], batch["status"], batch["asked_count"], batch["progress"]) == (verb, "done", 3, 3)
    assert (batch["done_count"], batch["refused_count"], batch["actor_id"]) == (2, 1, alice.actor.member_id)


@pytest.mark.parametrize("verb", sorted(DESK))
@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_do_exactly_what_its_permissions_say(alice: World, verb: str, role: Role) -> None:
    assert VERBS[verb].permission is NEEDS[verb]
    actor = replace(alice.actor, permissions=GRANTS[role])
    somebody = replace(alice, actor=actor)
    if NEEDS[verb] in GRANTS[role]:
        assert [o.refusal for o in somebody.do(verb, [999_999]).outcomes] == [Refusal.NOT_FOUND]
    else:
        with pytest.raises(NotAllowed):
            somebody.do(verb, [999_999])
        with pytest.raises(NotAllowed):
            submit(verb, organization_id=alice.organization_id, ids=range(600), actor=actor, at=AT, uuid=uuid4())
        assert alice.value("SELECT count(*) FROM core_batch WHERE organization_id = %s AND verb = %s", verb) == 0


def test_a_packer_prints_ships_and_allocates_but_neither_reviews_nor_sets_up(bob: World) -> None:
    assert bob.actor.permissions == {Permission.VIEW, Permission.PRINT, Permission.SHIP, Permission.ALLOCATE}


def test_a_packer_may_not_undo_what_he_may_not_do(alice: World, bob: World) -> None:
    batch = uuid4()
    alice.do("review_orders", alice.orders(1), uuid=batch)
    with pytest.raises(NotAllowed):
        bob.undo(batch)
    assert alice.counts() == {"order.to_pack": 1}


def test_an_actor_of_another_organization_is_turned_away(alice: World, charlie: World) -> None:
    ids = alice.orders(1)
    intruder = replace(alice, actor=charlie.actor)
    with pytest.raises(WrongOrganization):
        intruder.do("review_orders", ids)
    with pytest.raises(WrongOrganization):
        submit(
            "review_orders", organization_id=alice.organization_id, ids=range(600), actor=charlie.actor, at=AT,
            uuid=uuid4(),
        )  # fmt: skip
    with pytest.raises(WrongOrganization):
        intruder.take_in()
    assert alice.order_stages(ids) == ["to_review"]


def test_undo_says_why_it_cannot(alice: World) -> None:
    batch = uuid4()
    with pytest.raises(CannotUndo, match="no such batch"):
        alice.undo(batch)
    alice.do("review_orders", alice.orders(1), uuid=batch)
    undoing = uuid4()
    first = alice.undo(batch, uuid=undoing)
    with pytest.raises(CannotUndo, match="undone already"):
        alice.undo(batch)
    with pytest.raises(CannotUndo, match="cannot be undone"):
        alice.undo(undoing)
    assert len(first.outcomes) == 1
    assert alice.batch(undoing)["undoes_id"] == alice.batch(batch)["id"]


def test_a_repeated_undo_with_its_own_uuid_gets_the_first_answer(alice: World) -> None:
    batch, undoing = uuid4(), uuid4()
    alice.do("review_orders", alice.orders(1), uuid=batch)
    assert alice.undo(batch, uuid=undoing) == alice.undo(batch, uuid=undoing)


def test_a_selection_that_grew_since_it_was_confirmed_is_refused() -> None:
    confirm_count(5, 5)
    with pytest.raises(CountMoved, match="confirmed 5 items, the filter now holds 6"):
        confirm_count(5, 6)


def test_above_five_hundred_items_the_worker_goes_through_it_in_chunks(alice: World) -> None:
    ids, uuid = alice.orders(1100), uuid4()
    submit("review_orders", organization_id=alice.organization_id, ids=ids, actor=alice.actor, at=AT, uuid=uuid)
    batch = alice.batch(uuid)
    assert (batch["status"], batch["asked_count"], batch["progress"]) == ("queued", 1100, 0)
    assert alice.counts() == {"order.to_review": 1100}
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, args FROM procrastinate_jobs WHERE status = 'todo'")
        jobs = cursor.fetchall()
    assert len(jobs) == 1
    assert jobs[0][0] == "run_batch"
    run_queued(organization_id=alice.organization_id, batch_id=batch["id"], at=AT)
    run_queued(organization_id=alice.organization_id, batch_id=batch["id"], at=AT)
    batch = alice.batch(uuid)
    assert (batch["status"], batch["progress"], batch["done_count"], batch["refused_count"]) == ("done", 1100, 1100, 0)
    assert alice.counts() == {"order.to_pack": 1100}
    assert alice.value("SELECT count(*) FROM core_event WHERE organization_id = %s AND verb = 'review'") == 1100
    assert (
        alice.value(
            "SELECT count(*) FROM core_event WHERE organization_id = %s AND verb = 'review' AND actor_id = %s",
            alice.actor.member_id,
        )
        == 1100
    )
    report = alice.undo(uuid)
    assert (len(report.outcomes), len(report.refused)) == (1100, 0)
    assert alice.counts() == {"order.to_review": 1100}


def test_a_queued_document_is_made_whole_and_not_in_chunks(alice: World) -> None:
    ids, uuid = alice.allocated(520), uuid4()
    submit(
        "print_parcels", organization_id=alice.organization_id, ids=ids, actor=alice.actor, at=AT, uuid=uuid,
        options={"document": "pick_list"},
    )  # fmt: skip
    run_queued(organization_id=alice.organization_id, batch_id=alice.batch(uuid)["id"], at=AT)
    assert alice.batch(uuid)["status"] == "done"
    assert alice.value("SELECT count(*) FROM core_storedfile WHERE organization_id = %s") == 1


def test_a_queued_batch_repeated_by_uuid_is_queued_once(alice: World) -> None:
    uuid = uuid4()
    for _ in range(2):
        submit(
            "review_orders", organization_id=alice.organization_id, ids=range(600), actor=alice.actor, at=AT, uuid=uuid
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")
        assert cursor.fetchone() == (1,)


def test_a_selection_is_known_again_by_its_filter_and_not_by_its_count(alice: World) -> None:
    ids, uuid = alice.orders(2), uuid4()
    mine, other = selection_of(stage="to_review", store=None), selection_of(stage="to_review", store=7)
    assert mine == selection_of(store=None, stage="to_review")
    with alice.scope():
        assert asked_before(alice.organization_id, uuid, mine) == []
    first = alice.do("review_orders", ids, uuid=uuid, selection=mine)
    with alice.scope():
        assert asked_before(alice.organization_id, uuid, mine) == ids
        for stranger in (other, ""):
            with pytest.raises(SameUuidOtherBody):
                asked_before(alice.organization_id, uuid, stranger)
    assert alice.do("review_orders", ids, uuid=uuid, selection=mine) == first
    for stranger in (other, ""):
        with pytest.raises(SameUuidOtherBody):
            alice.do("review_orders", ids, uuid=uuid, selection=stranger)


def test_what_came_last_is_said_by_the_order_of_writing_and_not_by_a_clock_that_lags(alice: World) -> None:
    """The second machine's clock is ten minutes behind; its hold is still what undo finds last."""
    (order,), review, hold = alice.orders(1), uuid4(), uuid4()
    replace(alice, at=AT + timedelta(minutes=10)).do("review_orders", [order], uuid=review)
    alice.do("hold_orders", [order], uuid=hold, reason="wait")
    assert [o.refusal for o in alice.undo(review).outcomes] == [Refusal.CHANGED_SINCE]
    assert [o.refusal for o in alice.undo(hold).outcomes] == [None]
    assert alice.order_stages([order]) == ["to_pack"]


class TestUndoOfALargeBatch:
    def undo(self, world: World, batch: UUID, undoing: UUID) -> None:
        submit_undo(
            organization_id=world.organization_id, batch_uuid=batch, actor=world.actor, at=AT, uuid=undoing
        )  # fmt: skip

    def run(self, world: World, uuid: UUID) -> None:
        run_queued(organization_id=world.organization_id, batch_id=world.batch(uuid)["id"], at=AT)

    def reviewed(self, world: World, count: int) -> UUID:
        uuid = uuid4()
        submit(
            "review_orders", organization_id=world.organization_id, ids=world.orders(count), actor=world.actor, at=AT,
            uuid=uuid,
        )  # fmt: skip
        self.run(world, uuid)
        return uuid

    def test_above_five_hundred_items_it_waits_for_the_worker(self, alice: World) -> None:
        batch, undoing = self.reviewed(alice, 501), uuid4()
        self.undo(alice, batch, undoing)
        waiting = alice.batch(undoing)
        assert (waiting["verb"], waiting["status"], waiting["asked_count"]) == ("undo_review_orders", "queued", 501)
        assert waiting["undoes_id"] == alice.batch(batch)["id"]
        assert alice.counts() == {"order.to_pack": 501}
        self.run(alice, undoing)
        self.run(alice, undoing)
        done = alice.batch(undoing)
        assert (done["status"], done["progress"], done["done_count"], done["refused_count"]) == ("done", 501, 501, 0)
        assert done["actor_id"] == alice.actor.member_id
        assert alice.batch(batch)["status"] == "undone"
        assert alice.counts() == {"order.to_review": 501}

    def test_up_to_five_hundred_items_it_is_done_at_once(self, alice: World) -> None:
        batch, undoing = self.reviewed(alice, 500), uuid4()
        self.undo(alice, batch, undoing)
        assert alice.batch(undoing)["status"] == "done"
        assert alice.counts() == {"order.to_review": 500}

    def test_one_that_waits_is_not_begun_twice(self, alice: World) -> None:
        batch, undoing = self.reviewed(alice, 501), uuid4()
        self.undo(alice, batch, undoing)
        self.undo(alice, batch, undoing)  # the same request again
        with pytest.raises(CannotUndo, match="being undone already"):
            self.undo(alice, batch, uuid4())
        assert alice.value("SELECT count(*) FROM core_batch WHERE organization_id = %s AND verb LIKE 'undo%%'") == 1
        self.run(alice, undoing)
        with pytest.raises(CannotUndo, match="undone already"):
            self.undo(alice, batch, uuid4())

    def test_parcels_of_a_large_pack_come_apart_in_the_worker(self, alice: World) -> None:
        ids, batch, undoing = alice.reviewed(501), uuid4(), uuid4()
        submit("pack_orders", organization_id=alice.organization_id, ids=ids, actor=alice.actor, at=AT, uuid=batch)
        self.run(alice, batch)
        self.undo(alice, batch, undoing)
        self.run(alice, undoing)
        assert (alice.batch(undoing)["status"], alice.batch(undoing)["refused_count"]) == ("done", 0)
        assert alice.counts() == {"order.to_pack": 501, "parcel.unpacked": 501}

    def test_a_packer_may_not_ask_for_what_he_may_not_do(self, alice: World, bob: World) -> None:
        batch = self.reviewed(alice, 501)
        with pytest.raises(NotAllowed):
            self.undo(bob, batch, uuid4())
        assert alice.value("SELECT count(*) FROM core_batch WHERE organization_id = %s AND verb LIKE 'undo%%'") == 0


def test_every_refusal_has_a_sentence_and_survives_the_batch_row() -> None:
    assert set(SENTENCES) == set(Refusal)
    outcome = Outcome(7, "O-7", Refusal.WRONG_STAGE, {"stage": "packed", "expected": "to_pack"})
    assert Outcome.from_json(outcome.to_json()) == outcome
    assert outcome.sentence == "It is in “packed”; this works only from to_pack."
    assert Outcome(7, "O-7", Refusal.CANCELLED, {}).sentence == "Order ? was cancelled."
