"""Verbs in any order, by anybody, undone at any time: whatever happens, the books balance."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from tests import cast
from tests.cast import World, draft, line, taken_back

from entrepot.core.undo import CannotUndo, can_undo

VERBS_OF_ORDERS = ["review_orders", "hold_orders", "release_orders", "cancel_orders", "pack_orders"]
VERBS_OF_PARCELS = ["get_waybills", "allocate_parcels", "ship_parcels", "void_waybills", "unpack_parcels"]
SKUS = ["SKU-00", "SKU-01", "NEVER-SEEN"]


class Desk(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.world: World = cast.world_of(cast.ALICE)
        self.world.stock({"SKU-00": 6, "SKU-01": 3})
        self.batches: list[UUID] = []

    def teardown(self) -> None:
        problems = cast.broken()
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)
        assert problems == []

    def some(self, table: str, picks: list[int]) -> list[int]:
        there = self.world.column(f"SELECT id FROM {table} WHERE organization_id = %s ORDER BY id")
        return [there[n % len(there)] for n in picks] if there else []

    def act(self, verb: str, ids: list[int], **options: Any) -> None:
        uuid = uuid4()
        report = self.world.do(verb, ids, uuid=uuid, **options)
        assert [outcome.id for outcome in report.outcomes] == list(dict.fromkeys(ids))
        if can_undo(verb):
            self.batches.append(uuid)

    picks = st.lists(st.integers(0, 20), min_size=1, max_size=5)

    @rule(n=st.integers(0, 6), sku=st.sampled_from(SKUS), pieces=st.integers(1, 4), cancelled=st.booleans(),
          moved=st.booleans(), fewer=st.integers(0, 4), dated=st.booleans())  # fmt: skip
    def take_in(self, n: int, sku: str, pieces: int, cancelled: bool, moved: bool, fewer: int, dated: bool) -> None:
        recipient = cast.address(n % 3, line1="1 New Street") if moved else cast.address(n % 3)
        self.world.take_in(
            draft(f"O-{n}", replace(line(sku, pieces), cancelled=min(fewer, pieces)), line("SKU-00", number="2"), n=n % 3,
                  cancelled=cancelled, recipient=recipient, updated_at=cast.AT if dated else None)
        )  # fmt: skip

    @rule(n=st.integers(0, 6), sku=st.sampled_from(SKUS), pieces=st.integers(1, 4))
    def take_back(self, n: int, sku: str, pieces: int) -> None:
        self.world.take_in(taken_back(f"M-{uuid4()}", line(sku, pieces), n=n % 3))

    @rule(verb=st.sampled_from(VERBS_OF_ORDERS), picks=picks)
    def on_orders(self, verb: str, picks: list[int]) -> None:
        self.act(verb, self.some("orders_order", picks))

    @rule(verb=st.sampled_from(VERBS_OF_PARCELS), picks=picks)
    def on_parcels(self, verb: str, picks: list[int]) -> None:
        self.act(verb, self.some("parcels_parcel", picks))

    @rule(picks=picks)
    def straight_through(self, picks: list[int]) -> None:
        self.on_orders("review_orders", picks)
        self.on_orders("pack_orders", picks)
        for verb in ("get_waybills", "allocate_parcels", "ship_parcels"):
            self.on_parcels(verb, picks)

    @rule(pieces=st.integers(0, 9))
    def count_stock(self, pieces: int) -> None:
        self.world.stock({"SKU-00": pieces})

    @rule(pick=st.integers(0, 50))
    def undo(self, pick: int) -> None:
        if self.batches:
            batch = self.batches[pick % len(self.batches)]
            try:
                self.world.undo(batch)
            except CannotUndo:
                assert self.world.batch(batch)["status"] == "undone"


@pytest.mark.django_db
def test_the_books_balance_whatever_is_done_in_whatever_order() -> None:
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
