"""Stores, carrier accounts and services as set-up pages list them."""

from typing import Any

from entrepot.core import sql
from entrepot.core.batch import loads

LOW_POOL = 100
"""Fewer free numbers than this are a warning."""


def stores_of(organization_id: int) -> list[dict[str, Any]]:
    return sql.dicts(
        """
        SELECT s.id, s.name, s.marketplace, s.currency, s.time_zone, s.handling_hours, s.is_enabled, s.sender,
            s.default_service_id, v.name AS service
        FROM connections_store s LEFT JOIN connections_shippingservice v
            ON v.organization_id = s.organization_id AND v.organization_id = %(org)s AND v.id = s.default_service_id
        WHERE s.organization_id = %(org)s ORDER BY s.is_enabled DESC, s.name
        """,
        {"org": organization_id},
    )


def store_row(organization_id: int, store_id: int) -> dict[str, Any] | None:
    found = sql.dicts(
        """
        SELECT id, name, marketplace, currency, time_zone, sender, default_service_id, handling_hours, is_enabled
        FROM connections_store WHERE organization_id = %s AND id = %s
        """,
        [organization_id, store_id],
    )
    return {**found[0], "sender": loads(found[0]["sender"])} if found else None


def accounts_at(organization_id: int, marketplace: str) -> list[str]:
    """What a marketplace calls the stores of ours that were connected to it."""
    found = sql.rows(
        """
        SELECT g.account FROM connections_grant g
        JOIN connections_store s ON s.organization_id = %(org)s AND s.id = g.store_id
        WHERE g.organization_id = %(org)s AND s.marketplace = %(marketplace)s AND g.account <> ''
        """,
        {"org": organization_id, "marketplace": marketplace},
    )
    return [row[0] for row in found]


def accounts_of(organization_id: int) -> list[dict[str, Any]]:
    return sql.dicts(
        "SELECT id, name, carrier FROM connections_carrieraccount WHERE organization_id = %s ORDER BY name",
        [organization_id],
    )


def services_of(organization_id: int) -> list[dict[str, Any]]:
    """Each with `free`: numbers left in its pool. One pass over the partial index of free numbers."""
    return sql.dicts(
        """
        SELECT v.id, v.code, v.name, v.numbering, v.number_format, v.max_lines, v.is_enabled, v.account_id,
            a.name AS account, coalesce(pool.free, 0) AS free
        FROM connections_shippingservice v
        JOIN connections_carrieraccount a ON a.organization_id = v.organization_id AND a.id = v.account_id
        LEFT JOIN (SELECT p.service_id, count(*) AS free FROM connections_poolednumber p
            WHERE p.organization_id = %(org)s AND p.drawn_at IS NULL GROUP BY p.service_id) pool
            ON pool.service_id = v.id
        WHERE v.organization_id = %(org)s AND a.organization_id = %(org)s
        ORDER BY v.is_enabled DESC, a.name, v.name
        """,
        {"org": organization_id},
    )


def carrier_codes_of(organization_id: int, service_id: int) -> dict[str, str]:
    """What marketplaces call the carrier of a service: marketplace -> its code or name."""
    found = sql.rows(
        "SELECT carrier_codes FROM connections_shippingservice WHERE organization_id = %s AND id = %s",
        [organization_id, service_id],
    )
    codes: dict[str, str] = loads(found[0][0]) if found else {}
    return codes


def next_numbers(organization_id: int, service_id: int, most: int = 5) -> list[str]:
    """The numbers that will be drawn next."""
    return [
        row[0]
        for row in sql.rows(
            """
            SELECT number FROM connections_poolednumber
            WHERE organization_id = %s AND service_id = %s AND drawn_at IS NULL ORDER BY id LIMIT %s
            """,
            [organization_id, service_id, most],
        )
    ]
