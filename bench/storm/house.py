"""What the storm needs from inside the house: a shop with connected stores, and what it believes at the end."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from entrepot.cli.house import open_house

MARKETPLACES = ("aliexpress", "amazon", "lazada", "shopify", "tiktok")


@dataclass(frozen=True)
class Organization:
    id: int
    owner: Any
    member_id: int
    service_id: int


@contextmanager
def inside() -> Iterator[Organization]:
    """A shop of its own in the running house."""
    with open_house():
        from entrepot.connections.services import own_numbers
        from entrepot.core.clock import now
        from entrepot.core.organizations import add_member, create_organization
        from entrepot.core.permissions import Role, member_actor
        from entrepot.core.scope import organization_scope

        at = now()
        made = create_organization(name="Storm", at=at)
        member = add_member(
            organization_id=made, email="storm@example.com", name="Storm", role=Role.OWNER, password=None, at=at
        )
        with organization_scope(made):
            service = own_numbers(organization_id=made, at=at)
        yield Organization(made, member_actor(made, member, "Storm", Role.OWNER), member, service)


def connect_all(organization: Organization, sandbox: str, only: list[str]) -> list[tuple[str, str]]:
    """Connects every shop of the marketplaces that the sandbox plays: (marketplace, shop)."""
    from entrepot.cli.sandbox_stores import apps, carrier_codes, connect_shop
    from entrepot.core import sql
    from entrepot.core.clock import now
    from entrepot.core.scope import organization_scope

    shops = []
    for marketplace, value in sorted(apps(sandbox).items()):
        if marketplace not in (only or MARKETPLACES):
            continue
        for shop in value["shops"]:
            connect_shop(
                sandbox, marketplace, shop["name"], alias=f"{marketplace} {shop['name']}",
                organization_id=organization.id, actor=organization.owner, at=now(),
            )  # fmt: skip
            shops.append((marketplace, shop["name"]))
    with organization_scope(organization.id):
        sql.run(
            "UPDATE connections_store SET default_service_id = %s WHERE organization_id = %s",
            [organization.service_id, organization.id],
        )
        sql.run(
            "UPDATE connections_shippingservice SET carrier_codes = %s::jsonb WHERE organization_id = %s",
            [sql.dump(carrier_codes(sandbox)), organization.id],
        )
        sql.run(
            "UPDATE connections_sync SET every_seconds = greatest(15, every_seconds / 8), next_run_at = now() "
            "WHERE organization_id = %s",
            [organization.id],
        )
    return shops


def reconnect(organization: Organization) -> list[str]:
    """What an owner does when a store says that its authorization ended: goes there and allows it again."""
    from entrepot.cli.sandbox_stores import BACK_TO, allow
    from entrepot.connections import connect
    from entrepot.core.clock import now
    from entrepot.marketplaces.contract import CallFailed

    again = []
    for store_id, alias in _rows(
        """
        SELECT s.id, s.name FROM connections_store s
        JOIN connections_grant g ON g.organization_id = %(org)s AND g.store_id = s.id
        WHERE s.organization_id = %(org)s AND g.state = 'revoked'
        """,
        organization,
    ):
        with suppress(httpx.HTTPError, KeyError, CallFailed):  # in a storm this fails too; the owner tries again later
            begun = connect.resume(
                organization_id=organization.id, store_id=store_id, back_to=BACK_TO, actor=organization.owner, at=now()
            )
            allow(begun.url, alias.split()[1], actor=organization.owner, at=now())
            again.append(alias)
    return again


def token(organization: Organization) -> str:
    from entrepot.core.clock import now
    from entrepot.core.permissions import Permission
    from entrepot.core.tokens import issue_token

    _, text = issue_token(
        organization_id=organization.id, member_id=organization.member_id, name="storm",
        scopes=list(Permission), expires_at=None, actor=organization.owner, at=now(),
    )  # fmt: skip
    return text


def hurry(organization: Organization) -> None:
    """What waits for a later try is tried now: the storm is over."""
    _run(
        "UPDATE parcels_shippingnotice SET due_at = now() WHERE organization_id = %s AND status IN ('due', 'unknown')",
        organization,
    )
    _run(
        "UPDATE connections_sync SET next_run_at = least(next_run_at, now() + interval '15 seconds') "
        "WHERE organization_id = %s AND every_seconds < 60",
        organization,
    )
    _run("UPDATE orders_unreadableorder SET next_try_at = now() WHERE organization_id = %s", organization)


def waiting(organization: Organization, since: datetime) -> tuple[int, int]:
    """(notices without an answer and orders that could not be read, stores that have not looked since `since`)."""
    ((notices, unreadable, stores),) = _rows(
        f"""
        SELECT (SELECT count(*) FROM parcels_shippingnotice n WHERE n.organization_id = %(org)s
                AND n.status IN ('due', 'sending', 'unknown')),
            (SELECT count(*) FROM orders_unreadableorder u WHERE u.organization_id = %(org)s),
            (SELECT count(*) FROM connections_sync y WHERE y.organization_id = %(org)s
                AND (cardinality(y.wanted) > 0 OR y.watermark < '{since.isoformat()}'))
        """,
        organization,
    )
    return int(notices + unreadable), int(stores)


def count(organization: Organization) -> int:
    ((found,),) = _rows("SELECT count(*) FROM orders_order WHERE organization_id = %(org)s", organization)
    return int(found)


def orders(organization: Organization) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """(marketplace, order number) -> our rows of it."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for marketplace, number, stage, currency, total, reasons, asked, recipient, lines in _rows(
        """
        SELECT s.marketplace, o.external_id, o.stage, o.currency, o.total_minor, o.review_reasons,
            o.cancellation_asked_at IS NOT NULL, o.recipient::text,
            (SELECT jsonb_agg(jsonb_build_object('sku', l.sku_code, 'quantity', l.quantity, 'price', l.unit_price_minor))
                FROM orders_orderline l WHERE l.organization_id = %(org)s AND l.order_id = o.id)::text
        FROM orders_order o JOIN connections_store s ON s.organization_id = %(org)s AND s.id = o.store_id
        WHERE o.organization_id = %(org)s
        """,
        organization,
    ):
        import orjson

        found[marketplace, number].append(
            {
                "stage": stage, "currency": currency, "total_minor": total, "reasons": reasons, "asked": asked,
                "recipient": orjson.loads(recipient), "lines": orjson.loads(lines or "[]"),
            }
        )  # fmt: skip
    return found


def told(organization: Organization) -> list[dict[str, Any]]:
    """The current notices of every parcel. Lazada gives the number itself: there it is the one of its answer."""
    names = ("marketplace", "order", "number", "status", "why", "message")
    return [
        dict(zip(names, row, strict=True))
        for row in _rows(
            """
            SELECT s.marketplace, n.order_number, CASE WHEN s.marketplace = 'lazada' AND n.status = 'accepted'
                THEN n.message ELSE n.number END, n.status, n.why, n.message FROM parcels_shippingnotice n
            JOIN connections_store s ON s.organization_id = %(org)s AND s.id = n.store_id
            WHERE n.organization_id = %(org)s AND n.is_current
            """,
            organization,
        )
    ]


def untold(organization: Organization) -> list[tuple[str, str]]:
    """(marketplace, order number) of orders in parcels that left, of which nobody was told."""
    return _rows(
        """
        SELECT DISTINCT s.marketplace, o.external_id FROM parcels_parcel p
        JOIN parcels_parcelline l ON l.organization_id = %(org)s AND l.parcel_id = p.id
        JOIN orders_order o ON o.organization_id = %(org)s AND o.id = l.order_id
        JOIN connections_store s ON s.organization_id = %(org)s AND s.id = o.store_id
        WHERE p.organization_id = %(org)s AND p.shipped_at IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM parcels_shippingnotice n WHERE n.organization_id = %(org)s AND n.parcel_id = p.id
                AND n.order_id = o.id AND n.is_current)
        """,
        organization,
    )


def _rows(query: str, organization: Organization) -> list[Any]:
    from entrepot.core import sql
    from entrepot.core.scope import organization_scope

    with organization_scope(organization.id):
        return sql.rows(query, {"org": organization.id})


def _run(query: str, organization: Organization) -> None:
    from entrepot.core import sql
    from entrepot.core.scope import organization_scope

    with organization_scope(organization.id):
        sql.run(query, [organization.id])
