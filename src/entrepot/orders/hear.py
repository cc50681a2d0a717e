"""Hear: a webhook wakes a pull. Nothing in it is believed but what to look at; a lost one is made up for by the timer."""

from collections.abc import Mapping
from datetime import datetime

from entrepot.connections import grants, pulls
from entrepot.core import sql
from entrepot.core.queue import defer
from entrepot.core.scope import organization_scope, system_scope
from entrepot.marketplaces.contract import Event, EventKind
from entrepot.marketplaces.registry import connector_of
from entrepot.orders.sync import SYNC


def hear(marketplace: str, *, url: str, headers: Mapping[str, str], body: bytes, at: datetime) -> bool:
    """Takes a webhook in. False when no store of ours is meant or the signature is not the marketplace's.

    Raises:
        KeyError: no such marketplace is installed.
        ValueError: the body is none of its events.
    """
    connector = connector_of(marketplace)
    heard = False
    for event in connector.events(headers=headers, body=body):
        for organization_id, store_id in _stores(marketplace, event.account):
            with organization_scope(organization_id):
                app = grants.app_of(organization_id, store_id)
                if not connector.verify(app, url=url, headers=headers, body=body):
                    continue
                _act(organization_id, store_id, event, at)
            heard = True
    return heard


def _stores(marketplace: str, account: str) -> list[tuple[int, int]]:
    with system_scope():
        return [
            (row[0], row[1])
            for row in sql.rows(
                """
                SELECT g.organization_id, g.store_id FROM connections_grant g
                JOIN connections_store s ON s.organization_id = g.organization_id AND s.id = g.store_id
                WHERE g.account = %s AND g.state <> 'pending' AND s.marketplace = %s AND s.is_enabled
                """,
                [account, marketplace],
            )
        ]


def _act(organization_id: int, store_id: int, event: Event, at: datetime) -> None:
    """That a grant was taken back is not believed either: it may be old. The call that it wakes will say so."""
    if event.kind in (EventKind.REVOKED, EventKind.ORDER) and pulls.hint(
        organization_id, store_id, event.order_ids, at
    ):
        once = f"sync-{organization_id}-{store_id}"
        defer(SYNC, queue="outside", once=once, organization_id=organization_id, store_id=store_id, why="webhook")
