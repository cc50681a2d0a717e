"""Orders we could not read: kept as they came, listed with the reason, asked for again, gone once they are read."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from entrepot.connections.own_words import words_of
from entrepot.core import sql
from entrepot.core.batch import Work
from entrepot.marketplaces.bounds import clean
from entrepot.marketplaces.contract import Unreadable

MOST_AT_ONCE = 100
NAMELESS = "without a number: "


def settle(
    work: Work, store_id: int, read: Collection[str], broken: Sequence[Unreadable], asked: Collection[str] = ()
) -> None:
    """After a page: what was read now is off the list, what was not is on it. Tries come ever more seldom, to once a day.

    `asked` were asked for by number; what did not come stays listed and is tried later.
    """
    if read:
        sql.run(
            "DELETE FROM orders_unreadableorder WHERE organization_id = %s AND store_id = %s AND external_id = ANY(%s)",
            [work.organization_id, store_id, list(read)],
        )
    if silent := sorted(set(asked) - set(read) - {order.external_id for order in broken}):
        sql.run(
            """
            UPDATE orders_unreadableorder SET tries = tries + 1,
                next_try_at = %s::timestamptz + least(interval '5 minutes' * power(2, least(tries, 10)), interval '1 day')
            WHERE organization_id = %s AND store_id = %s AND external_id = ANY(%s)
            """,
            [work.at, work.organization_id, store_id, silent],
        )
    if not broken:
        return
    by_number = {clean(order.external_id)[:200] or _nameless(order): order for order in broken}
    sql.insert(
        "orders_unreadableorder",
        {
            "organization_id": "bigint", "store_id": "bigint", "external_id": "text", "reason": "text", "raw": "jsonb",
            "tries": "integer", "first_at": "timestamptz", "last_at": "timestamptz", "next_try_at": "timestamptz",
        },
        [
            {
                "organization_id": work.organization_id,
                "store_id": store_id,
                "external_id": number,
                "reason": clean(order.reason)[:500],
                "raw": clean(order.raw),
                "tries": 1,
                "first_at": work.at,
                "last_at": work.at,
                "next_try_at": work.at,
            }
            for number, order in by_number.items()
        ],
        suffix="""
        ON CONFLICT (organization_id, store_id, external_id) DO UPDATE SET reason = excluded.reason,
            raw = CASE WHEN excluded.raw = '{}' THEN orders_unreadableorder.raw ELSE excluded.raw END,
            tries = orders_unreadableorder.tries + 1, last_at = excluded.last_at,
            next_try_at = excluded.last_at
                + least(interval '5 minutes' * power(2, least(orders_unreadableorder.tries, 10)), interval '1 day')
        """,
    )  # fmt: skip


def _nameless(order: Unreadable) -> str:
    """A name for what came without a number, by its content; nobody can be asked for it."""
    return f"{NAMELESS}{hashlib.blake2b(sql.dump(clean(order.raw)).encode(), digest_size=8).hexdigest()}"


def due(organization_id: int, store_id: int, at: datetime) -> list[str]:
    """Numbers to ask for again."""
    return [
        row[0]
        for row in sql.rows(
            """
            SELECT external_id FROM orders_unreadableorder
            WHERE organization_id = %s AND store_id = %s AND next_try_at <= %s AND NOT starts_with(external_id, %s)
            ORDER BY next_try_at LIMIT %s
            """,
            [organization_id, store_id, at, NAMELESS, MOST_AT_ONCE],
        )
    ]


def of_store(organization_id: int, store_id: int) -> list[dict[str, Any]]:
    """The list on the store's page, latest first; a reason in our own words is in the reader's language."""
    found = sql.dicts(
        """
        SELECT external_id, reason, tries, first_at, last_at, next_try_at, raw::text AS raw FROM orders_unreadableorder
        WHERE organization_id = %s AND store_id = %s ORDER BY last_at DESC LIMIT 200
        """,
        [organization_id, store_id],
    )
    return [one | {"reason": words_of(one["reason"])} for one in found]
