"""The bundled sample: a small shop's orders from 25 countries in their own scripts, and its shelf."""

from datetime import datetime, timedelta
from importlib.resources import as_file, files

from entrepot.carriers.registry import expand_range
from entrepot.connections.services import add_numbers, create_account, create_service
from entrepot.connections.stores import StoreFacts, create_store
from entrepot.core.permissions import system_actor
from entrepot.core.scope import organization_scope
from entrepot.inventory.import_stock import import_skus
from entrepot.marketplaces.contract import OrderDraft
from entrepot.marketplaces.order_file import RefusedRow
from entrepot.marketplaces.registry import order_file
from entrepot.orders.pairing import forget_unknown_skus

SENDER = {
    "name": "Lantern & Loom",
    "company": "Lantern & Loom Ltd",
    "line1": "Keyuan Road 18, Building 3",
    "city": "Dongguan",
    "region": "Guangdong",
    "postcode": "523808",
    "country": "CN",
    "phone": "+86 769 2222 0199",
}
SERVICE = "registered"  # its code
NEWEST = timedelta(minutes=40)  # how old the newest order of the sample appears to be


def shop(organization_id: int, *, store_name: str, at: datetime, numbers: int = 2000) -> StoreFacts:
    """A store with a sender, a shipping service with bought numbers, SKUs and opening stock."""
    actor = system_actor(organization_id)
    with organization_scope(organization_id):
        account = create_account(
            organization_id=organization_id, carrier="manual", name="Post office", actor=actor, at=at
        )
        service = create_service(
            organization_id=organization_id, account_id=account, code=SERVICE, name="Registered small packet",
            numbering="pool", number_format="s10", actor=actor, at=at,
        )  # fmt: skip
        create_service(
            organization_id=organization_id, account_id=account, code="typed", name="Courier, typed number",
            numbering="typed", number_format="free", actor=actor, at=at,
        )  # fmt: skip
        add_numbers(
            organization_id=organization_id,
            service_id=service,
            numbers=expand_range("RB", 47_312_000, 47_312_000 + numbers - 1, "CN"),
            actor=actor,
            at=at,
        )
        store = create_store(
            organization_id=organization_id, name=store_name, marketplace="file", currency="USD", time_zone="Asia/Shanghai",
            sender=SENDER, default_service_id=service, actor=actor, at=at,
        )  # fmt: skip
    with as_file(files(__name__) / "skus.csv") as path:
        import_skus(
            organization_id=organization_id,
            drafts=order_file().skus(path, currency="USD", filename="skus.csv"),
            actor=actor,
            at=at,
            on_paired=forget_unknown_skus,
        )
    return store


def drafts(store: StoreFacts, *, at: datetime) -> list[OrderDraft | RefusedRow]:
    """The sample orders, moved in time so that the newest came in just now: a desk with deadlines ahead."""
    from dataclasses import replace

    with as_file(files(__name__) / "orders.csv") as path:
        found = list(
            order_file().orders(path, time_zone=store.time_zone, currency=store.currency, filename="orders.csv")
        )
    orders = [item for item in found if isinstance(item, OrderDraft)]
    shift = at - NEWEST - max(order.placed_at for order in orders)
    return [
        replace(
            item,
            placed_at=item.placed_at + shift,
            paid_at=item.paid_at + shift if item.paid_at else None,
        )
        if isinstance(item, OrderDraft)
        else item
        for item in found
    ]
