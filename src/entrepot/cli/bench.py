"""`bench`: the reference job twice in one process on one fresh database, by hand-written SQL and through our verbs.

An order of 1-3 lines over 2,000 SKUs in one warehouse: import, review, parcel with a number, allocate, ship. The ratio
of the two is the figure: it holds where the machine's speed does not.
"""

import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click
import psycopg

from entrepot.cli.answers import say
from entrepot.cli.files import JSON
from entrepot.cli.scratch import scratch_database

if TYPE_CHECKING:
    from entrepot.cli.limit import Limit
    from entrepot.marketplaces.contract import OrderDraft

SKUS = 2000
STAGES = ("import", "review", "parcel", "allocate", "ship")
STAGE_VERBS = {
    "review": ("review_orders",),
    "parcel": ("pack_orders", "get_waybills"),
    "allocate": ("allocate_parcels",),
    "ship": ("ship_parcels",),
}
VERBS = tuple(verb for verbs in STAGE_VERBS.values() for verb in verbs)


@click.command("bench")
@click.option("--orders", default=5000, show_default=True, help="Orders of the reference job.")
@click.option("--batch", default=500, show_default=True, help="Orders per batch.")
@JSON
def bench(orders: int, batch: int, as_json: bool) -> None:
    """Measure the reference job against the limit of hand-written SQL, in one run."""
    with scratch_database("bench") as conninfo:
        value = _measure(conninfo, orders, batch)
    lines = [f"{'orders/s':<12}{'limit':>10}{'entrepot':>12}{'ratio':>9}"]
    lines += [
        f"{stage:<12}{value['limit'][stage]:>10,.0f}{value['entrepot'][stage]:>12,.0f}{value['ratio'][stage]:>9.2f}"
        for stage in (*STAGES, "end_to_end")
    ]
    lines += [
        f"{verb}: {count} statements for 1, {batch} and any number" for verb, count in value["statements"].items()
    ]
    say(value, as_json, "\n".join(lines))


def _measure(conninfo: str, orders: int, batch: int) -> dict[str, Any]:
    from entrepot.cli import limit
    from entrepot.core.clock import now

    at = now()
    codes = [f"SKU-{n:05}" for n in range(SKUS)]
    warm, drafts = make_drafts(batch, codes, at, "W"), make_drafts(orders, codes, at, "O")
    world = World(codes, orders + 3 * batch, at)
    with psycopg.connect(conninfo) as connection:
        limit.prepare(connection, codes)
        bound = limit.Limit(connection, at)
        # Once before the clock starts: caches are warm, and the planner knows the tables of either side.
        _in_turns(bound, world, warm, batch)
        connection.execute("SET ROLE NONE; ANALYZE")
        connection.commit()
        by_hand, ours = _in_turns(bound, world, drafts, batch)
    statements = world.statements(make_drafts(1, codes, at, "S"), make_drafts(batch, codes, at, "T"))
    speed = {side: _speeds(took, orders) for side, took in (("limit", by_hand), ("entrepot", ours))}
    ratio = {stage: speed["entrepot"][stage] / speed["limit"][stage] for stage in (*STAGES, "end_to_end")}
    return {**speed, "ratio": ratio, "statements": statements}


def _in_turns(
    bound: "Limit", world: "World", drafts: "Sequence[OrderDraft]", batch: int
) -> tuple[dict[str, float], dict[str, float]]:
    """Seconds per stage of both sides. They take turns batch by batch: what slows the machine down slows both."""
    by_hand: dict[str, float] = defaultdict(float)
    ours: dict[str, float] = defaultdict(float)
    chunks = [drafts[start : start + batch] for start in range(0, len(drafts), batch)]
    hand_ids: list[list[int]] = []
    our_ids: list[list[int]] = []
    for chunk in chunks:
        with _clock(by_hand, "import"):
            hand_ids.append(bound.take_in(chunk))
        with _clock(ours, "import"):
            world.take_in(chunk)
        our_ids.append(world.ids([draft.external_id for draft in chunk]))
    for stage in STAGES[1:]:
        for n in range(len(chunks)):
            with _clock(by_hand, stage):
                bound.step(stage, hand_ids[n])
            with _clock(ours, stage):
                our_ids[n] = world.step(stage, our_ids[n])
    return dict(by_hand), dict(ours)


@contextmanager
def _clock(took: dict[str, float], stage: str) -> Iterator[None]:
    begin = time.perf_counter()
    yield
    took[stage] += time.perf_counter() - begin


def _speeds(took: dict[str, float], orders: int) -> dict[str, float]:
    return {**{stage: orders / took[stage] for stage in STAGES}, "end_to_end": orders / sum(took.values())}


def make_drafts(count: int, codes: Sequence[str], at: datetime, prefix: str) -> "list[OrderDraft]":
    """Seeded orders of 1-3 lines, each to another recipient."""
    from entrepot.marketplaces.contract import Address, LineDraft, OrderDraft, OrderKind, PaymentState

    draw = random.Random(f"{prefix}{count}")  # noqa: S311 - a benchmark's input, not a secret
    drafts = []
    for n in range(count):
        number = f"{prefix}-{n:07}"
        lines = tuple(
            LineDraft(str(k + 1), draw.choice(codes), "A thing", draw.randint(1, 3), draw.randint(500, 5000))
            for k in range(draw.randint(1, 3))
        )
        drafts.append(
            OrderDraft(
                external_id=number,
                kind=OrderKind.ORDER,
                payment=PaymentState.PAID,
                external_status="paid",
                placed_at=at - timedelta(minutes=n % 2880),
                paid_at=at - timedelta(minutes=n % 2880),
                ship_by_at=None,
                currency="USD",
                total_minor=sum(line.quantity * line.unit_price_minor for line in lines),
                buyer_id=f"buyer-{prefix}-{n}",
                buyer_name=f"Buyer {n}",
                buyer_note="",
                shipping_choice="Standard",
                recipient=Address(
                    name=f"Buyer {n}", line1=f"{n} Main Street", city="Berlin", postcode="10115", country="DE",
                    phone=f"+49301{n:07}",
                ),
                lines=lines,
                raw=({"Order number": number, "Quantity": "1"},),
                rows=(n + 2,),
            )
        )  # fmt: skip
    return drafts


class World:
    """Our side: one organization with permissions, tenancy, events and batches on, as in a shop's own house."""

    def __init__(self, codes: Sequence[str], numbers: int, at: datetime) -> None:
        from entrepot.carriers.registry import expand_range
        from entrepot.cli.verbs import register
        from entrepot.connections.services import add_numbers, create_account, create_service
        from entrepot.connections.stores import create_store
        from entrepot.core.organizations import add_member, create_organization
        from entrepot.core.permissions import Role, member_actor
        from entrepot.core.scope import organization_scope
        from entrepot.inventory.import_stock import import_skus
        from entrepot.marketplaces.order_file import SkuDraft

        register()
        self.at = at
        self.org = org = create_organization(name="Bench", at=at)
        member = add_member(
            organization_id=org, email="bench@example.com", name="Bench", role=Role.OWNER, password=None, at=at
        )
        self.actor = actor = member_actor(org, member, "Bench", Role.OWNER)
        with organization_scope(org):
            account = create_account(organization_id=org, carrier="manual", name="Post", actor=actor, at=at)
            service = create_service(
                organization_id=org, account_id=account, code="post", name="Post", numbering="pool", number_format="s10",
                actor=actor, at=at,
            )  # fmt: skip
            add_numbers(
                organization_id=org,
                service_id=service,
                numbers=expand_range("RB", 1, numbers, "CN"),
                actor=actor,
                at=at,
            )
            self.store = create_store(
                organization_id=org, name="Bench", marketplace="file", currency="USD", time_zone="UTC", actor=actor, at=at,
                default_service_id=service,
            )  # fmt: skip
        import_skus(
            organization_id=org,
            drafts=[
                SkuDraft(code, n, {"on_hand": 1_000_000, "bin": f"A-{n % 100:02}"}) for n, code in enumerate(codes)
            ],
            actor=actor,
            at=at,
        )

    def step(self, stage: str, ids: list[int]) -> list[int]:
        """The verbs of a stage; returns what the next stage works on."""
        for verb in STAGE_VERBS[stage]:
            report = self.verb(verb, ids)
            assert not report.refused, report.refused[:3]
            if verb == "pack_orders":
                ids = [int(i) for i in report.result["parcels"]]
        return ids

    def statements(self, one: "Sequence[OrderDraft]", many: "Sequence[OrderDraft]") -> dict[str, int]:
        """SQL statements of each verb; the same for one item and for a full batch, or this fails."""
        counts = [self._count(drafts) for drafts in (one, many)]
        assert counts[0] == counts[1], f"A verb's statements grow with its batch: {counts}"
        return counts[0]

    def _count(self, drafts: "Sequence[OrderDraft]") -> dict[str, int]:
        from django.db import connection

        counts: dict[str, int] = defaultdict(int)

        def counting(name: str) -> Callable[..., Any]:
            def wrapper(execute: Any, *args: Any) -> Any:
                counts[name] += 1
                return execute(*args)

            return wrapper

        self.take_in(drafts)
        ids = self.ids([draft.external_id for draft in drafts])
        for verb in VERBS:
            with connection.execute_wrapper(counting(verb)):
                report = self.verb(verb, ids)
            if verb == "pack_orders":
                ids = [int(i) for i in report.result["parcels"]]
        return dict(counts)

    def take_in(self, drafts: "Sequence[OrderDraft]") -> None:
        from entrepot.orders.importing import import_orders

        import_orders(organization_id=self.org, store=self.store, drafts=drafts, actor=self.actor, at=self.at)

    def ids(self, numbers: list[str]) -> list[int]:
        from entrepot.core import sql
        from entrepot.core.scope import organization_scope

        with organization_scope(self.org):
            found = sql.rows(
                "SELECT id FROM orders_order WHERE organization_id = %s AND external_id = ANY(%s) ORDER BY id",
                [self.org, numbers],
            )
        return [row[0] for row in found]

    def verb(self, verb: str, ids: list[int]) -> Any:
        from entrepot.core.batch import VERBS as ALL

        return ALL[verb](organization_id=self.org, ids=ids, actor=self.actor, at=self.at)


COMMANDS: list[click.Command] = [bench]
