"""What stands at the marketplaces, in one plain shape: to be compared with what the house believes."""

from datetime import UTC, datetime
from typing import Any

from entrepot.sandbox.store import Order, Span
from entrepot.sandbox.twin import Twin
from entrepot.sandbox.world import World

MOST = 1_000_000


def iso(ms: int) -> str:
    """2026-01-31T09:30:00.250Z"""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def entry(world: World, twin: Twin, order: Order) -> dict[str, Any]:
    """The twin's `plain` gives paid, cancelled, total_minor, currency, recipient{name, line1, city, postcode, country,
    phone}, lines[{line_id, sku, quantity, unit_price_minor}], shipments[{number, carrier, lines[{line_id, quantity}],
    accepted_at}] and may give more; the rest is the same for all."""
    return {
        "marketplace": order.marketplace,
        "shop": order.shop,
        "order_id": order.id,
        "status": order.status,
        "updated_at": iso(order.updated),
        "created_at": iso(order.created),
        "rejected": order.rejected,
        "planned": [{"at": iso(at), "act": act} for at, act in order.doc.get("agenda", [])],
        **twin.plain(world, order),
    }


def ledger(
    world: World,
    twins: dict[str, Twin],
    marketplace: str,
    after_ms: int | None,
    *,
    limit: int = MOST,
    newest: bool = False,
) -> list[dict[str, Any]]:
    """Every order of the marketplace ("": of all) that changed at or after the instant."""
    entries = []
    for name, twin in twins.items():
        if marketplace in ("", name):
            span = Span(since=after_ms, newest_first=newest)
            entries += [entry(world, twin, order) for order in world.store.orders(name, None, span, limit=limit)]
    entries.sort(key=lambda one: (one["updated_at"], one["order_id"]), reverse=newest)
    return entries[:limit]
