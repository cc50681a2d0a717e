"""The standing cast, and a small world to play in.

Alice owns Lantern Lane, Bob packs there, Charlie owns another organization and must never see anything of theirs. They
stand in the template database; every test starts from a copy of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from entrepot.carriers.registry import expand_range
from entrepot.connections import services, stores
from entrepot.connections.stores import StoreFacts
from entrepot.core import counters, sql
from entrepot.core.batch import VERBS, Work
from entrepot.core.invariants import Broken, prove
from entrepot.core.models import User
from entrepot.core.organizations import add_member, create_organization, memberships_of
from entrepot.core.permissions import Actor, Role, system_actor
from entrepot.core.report import Report
from entrepot.core.scope import organization_scope
from entrepot.core.undo import undo_batch
from entrepot.inventory.import_stock import import_skus
from entrepot.inventory.invariants import INVARIANTS as SHELF
from entrepot.marketplaces.contract import Address, LineDraft, OrderDraft, OrderKind, PaymentState
from entrepot.marketplaces.order_file import RefusedRow, SkuDraft
from entrepot.orders import answer, cancel, edit_address, hold, ingest, review  # noqa: F401 - a verb exists once its module is imported
from entrepot.orders.importing import import_orders
from entrepot.orders.invariants import INVARIANTS as ORDERS
from entrepot.orders.pairing import forget_unknown_skus
from entrepot.orders.take_in import take_in
from entrepot.orders.tally import Tally
from entrepot.parcels import allocate, intercept, notify, pack, ship, unpack, void, waybill  # noqa: F401
from entrepot.parcels import print as print_  # noqa: F401
from entrepot.parcels.invariants import INVARIANTS as PARCELS

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ALICE, BOB, CHARLIE = "alice@lantern.example", "bob@lantern.example", "charlie@harbour.example"
PASSWORD = "correct horse battery"  # of all three
SKUS = 20
SENDER = {
    "name": "Lantern Lane", "line1": "1 Lantern Lane", "city": "Shenzhen", "postcode": "518000", "country": "CN",
    "phone": "+8675512345678",
}  # fmt: skip


def settle() -> None:
    """Puts the cast into a fresh database."""
    lantern = create_organization(name="Lantern Lane", at=AT)
    add_member(organization_id=lantern, email=ALICE, name="Alice", role=Role.OWNER, password=PASSWORD, at=AT)
    add_member(organization_id=lantern, email=BOB, name="Bob", role=Role.PACKER, password=PASSWORD, at=AT)
    furnish(lantern)
    harbour = create_organization(name="Harbour", at=AT)
    add_member(organization_id=harbour, email=CHARLIE, name="Charlie", role=Role.OWNER, password=PASSWORD, at=AT)
    furnish(harbour, prefix="RC")
    his = world_of(CHARLIE)
    his.shipped(1, prefix="C-SHIPPED")
    his.allocated(1, prefix="C-READY")
    his.packed(1, prefix="C-PACKED")
    his.orders(2, prefix="C")


def furnish(organization_id: int, *, numbers: int = 1500, stock: int = 10_000, prefix: str = "RB") -> None:
    """A store with a service that draws from a pool, and SKUs on shelves."""
    me = system_actor(organization_id)
    with organization_scope(organization_id):
        account = services.create_account(
            organization_id=organization_id, carrier="manual", name="Post", actor=me, at=AT
        )
        service = services.create_service(
            organization_id=organization_id, account_id=account, code="registered", name="Registered",
            numbering="pool", number_format="s10", actor=me, at=AT,
        )  # fmt: skip
        services.create_service(
            organization_id=organization_id, account_id=account, code="typed", name="Typed by hand",
            numbering="typed", number_format="s10", actor=me, at=AT,
        )  # fmt: skip
        services.add_numbers(
            organization_id=organization_id,
            service_id=service,
            numbers=expand_range(prefix, 1, numbers, "CN"),
            actor=me,
            at=AT,
        )
        stores.create_store(
            organization_id=organization_id, name="Main Street", marketplace="file", currency="USD", time_zone="UTC",
            actor=me, at=AT, sender=SENDER, default_service_id=service,
        )  # fmt: skip
    World(organization_id, me).stock({f"SKU-{n:02}": stock for n in range(SKUS)})


def world_of(email: str) -> "World":
    """The world of a member of the cast."""
    user = User.objects.get(email=email)
    (membership,) = memberships_of(user.id)
    return World(membership.organization_id, membership.actor, user_id=user.id)


def fresh_world(name: str, *, numbers: int = 1500, stock: int = 10_000) -> "World":
    """A new, furnished organization, for tests that commit."""
    organization_id = create_organization(name=name, at=AT)
    furnish(organization_id, numbers=numbers, stock=stock)
    return World(organization_id, system_actor(organization_id))


def line(sku: str = "SKU-00", quantity: int = 1, price: int = 1990, number: str = "1") -> LineDraft:
    return LineDraft(number, sku, f"Thing {sku}", quantity, price)


def address(n: int = 0, **changes: str) -> Address:
    base = Address(
        name=f"Buyer {n}", line1=f"{n} Main Street", city="Berlin", postcode="10115", country="DE",
        phone=f"+49301{n:07}",
    )  # fmt: skip
    return replace(base, **changes)


def draft(number: str, *lines: LineDraft, n: int = 0, **changes: Any) -> OrderDraft:
    """An order as a marketplace gives it: paid, one piece of SKU-00 unless said otherwise, to recipient `n`."""
    base = OrderDraft(
        external_id=number, kind=OrderKind.ORDER, payment=PaymentState.PAID, external_status="paid",
        placed_at=AT - timedelta(hours=2), paid_at=AT - timedelta(hours=1), ship_by_at=None, currency="USD",
        total_minor=1990, buyer_id=f"buyer-{n}", buyer_name=f"Buyer {n}", buyer_note="", shipping_choice="",
        recipient=address(n), lines=lines or (line(),), raw=[{"id": number}], rows=(1,),
    )  # fmt: skip
    return replace(base, **changes)


def taken_back(number: str, *lines: LineDraft, n: int = 0, **changes: Any) -> OrderDraft:
    """A document that takes back lines of earlier orders of buyer `n`."""
    return draft(number, *lines, n=n, kind=OrderKind.CANCELLATION, placed_at=AT, **changes)


def answers(report: Report) -> list[tuple[str, str | None, dict[str, Any]]]:
    """(name, refusal, facts) of each outcome."""
    return [(outcome.name, outcome.refusal, dict(outcome.facts)) for outcome in report.outcomes]


def broken() -> list[Broken]:
    """What does not hold of the invariants that `entrepot check` proves, over all organizations."""
    return prove([*ORDERS, *SHELF, *PARCELS])


@dataclass(frozen=True)
class World:
    """One organization as one actor sees it. Every method is one act of a seller."""

    organization_id: int
    actor: Actor
    user_id: int = 0
    at: datetime = AT

    @property
    def store(self) -> StoreFacts:
        with self.scope():
            found = stores.store_named(self.organization_id, "Main Street")
        assert found is not None
        return found

    def scope(self) -> Any:
        return organization_scope(self.organization_id)

    def service(self, code: str = "registered") -> int:
        return int(
            self.value("SELECT id FROM connections_shippingservice WHERE organization_id = %s AND code = %s", code)
        )

    # -- acts

    def take_in(self, *drafts: OrderDraft | RefusedRow, uuid: UUID | None = None) -> dict[str, Any]:
        return import_orders(
            organization_id=self.organization_id,
            store=self.store,
            drafts=drafts,
            actor=self.actor,
            at=self.at,
            uuid=uuid,
        )

    def pulled(self, store: StoreFacts, *drafts: OrderDraft) -> Tally:
        """Orders of a connected store, as a pull takes them in."""
        tally = Tally()
        with self.scope():
            work = Work(self.organization_id, self.actor, self.at, None, uuid4())
            take_in(work, store, drafts, ingest.Listings(store.id), tally)
        return tally

    def stock(self, on_hand: Mapping[str, int]) -> dict[str, Any]:
        drafts = [SkuDraft(code, n, {"name": code, "on_hand": pieces, "bin": f"A-{n:02}"}) for n, (code, pieces) in
                  enumerate(on_hand.items())]  # fmt: skip
        return import_skus(
            organization_id=self.organization_id,
            drafts=drafts,
            actor=self.actor,
            at=self.at,
            on_paired=forget_unknown_skus,
        )

    def do(self, verb: str, ids: Sequence[int], *, uuid: UUID | None = None, **options: Any) -> Report:
        return VERBS[verb](
            organization_id=self.organization_id, ids=ids, actor=self.actor, at=self.at, uuid=uuid, **options
        )

    def undo(self, batch: UUID, *, uuid: UUID | None = None) -> Report:
        return undo_batch(
            organization_id=self.organization_id, batch_uuid=batch, actor=self.actor, at=self.at, uuid=uuid
        )

    # -- ready-made places on the desk

    def orders(self, count: int, *, prefix: str = "O", lines: int = 1) -> list[int]:
        """Orders to review, one recipient each; line k of order n is one piece of SKU-((n+k) mod 20)."""
        drafts = [
            draft(f"{prefix}-{n:04}", *(line(f"SKU-{(n + k) % SKUS:02}", number=str(k + 1)) for k in range(lines)), n=n)
            for n in range(count)
        ]
        self.take_in(*drafts)
        return self.order_ids(*(d.external_id for d in drafts))

    def reviewed(self, count: int, **more: Any) -> list[int]:
        ids = self.orders(count, **more)
        assert self.do("review_orders", ids).refused == []
        return ids

    def packed(self, count: int, **more: Any) -> list[int]:
        """Parcels to process, one per order."""
        report = self.do("pack_orders", self.reviewed(count, **more))
        assert report.refused == []
        return [int(i) for i in report.result["parcels"]]

    def numbered(self, count: int, **more: Any) -> list[int]:
        ids = self.packed(count, **more)
        report = self.do("get_waybills", ids)
        assert report.refused == [], report.refused
        return ids

    def allocated(self, count: int, **more: Any) -> list[int]:
        ids = self.numbered(count, **more)
        assert self.do("allocate_parcels", ids).refused == []
        return ids

    def shipped(self, count: int, **more: Any) -> list[int]:
        ids = self.allocated(count, **more)
        assert self.do("ship_parcels", ids).refused == []
        return ids

    # -- looking

    def rows(self, query: str, *params: Any) -> list[Any]:
        """`query` begins with the organization as its first parameter."""
        with self.scope():
            return sql.rows(query, [self.organization_id, *params])

    def value(self, query: str, *params: Any) -> Any:
        ((value,),) = self.rows(query, *params)
        return value

    def column(self, query: str, *params: Any) -> list[Any]:
        return [row[0] for row in self.rows(query, *params)]

    def order_ids(self, *numbers: str) -> list[int]:
        found = dict(
            self.rows(
                "SELECT external_id, id FROM orders_order WHERE organization_id = %s AND external_id = ANY(%s)",
                list(numbers),
            )
        )
        return [found[number] for number in numbers]

    def stages(self, table: str, ids: Sequence[int]) -> list[str]:
        found = dict(self.rows(f"SELECT id, stage FROM {table} WHERE organization_id = %s AND id = ANY(%s)", list(ids)))
        return [found[i] for i in ids]

    def order_stages(self, ids: Sequence[int]) -> list[str]:
        return self.stages("orders_order", ids)

    def parcel_stages(self, ids: Sequence[int]) -> list[str]:
        return self.stages("parcels_parcel", ids)

    def shelf(self, code: str) -> tuple[int, int]:
        """(on hand, allocated) of a SKU."""
        (row,) = self.rows(
            """
            SELECT sum(s.on_hand)::integer, sum(s.allocated)::integer FROM inventory_stock s
            JOIN catalog_sku k ON k.organization_id = s.organization_id AND k.id = s.sku_id
            WHERE s.organization_id = %s AND k.organization_id = %s AND k.code = %s
            """,
            self.organization_id,
            code,
        )
        return row

    def counts(self) -> dict[str, int]:
        """Kept tab counts that are not zero."""
        with self.scope():
            return {key: count for key, count in counters.read(self.organization_id).items() if count}

    def events(self, subject: str, subject_id: int) -> list[str]:
        return self.column(
            "SELECT verb FROM core_event WHERE organization_id = %s AND subject = %s AND subject_id = %s ORDER BY id",
            subject,
            subject_id,
        )

    def batch(self, uuid: UUID) -> dict[str, Any]:
        with self.scope():
            (found,) = sql.dicts(
                "SELECT * FROM core_batch WHERE organization_id = %s AND uuid = %s", [self.organization_id, uuid]
            )
        return found
