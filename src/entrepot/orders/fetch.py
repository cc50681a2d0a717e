"""Fetch: orders named by a person are asked of their marketplace at once, whatever the next run would bring."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from entrepot.connections import pulls
from entrepot.core import sql
from entrepot.core.permissions import Actor, Permission
from entrepot.core.queue import defer
from entrepot.core.scope import organization_scope
from entrepot.orders.sync import SYNC

LONGEST_IMPORT = timedelta(hours=1)  # orders of one import have one time of coming in, however late their ids are drawn


def fetch_orders(*, organization_id: int, store_id: int, numbers: Sequence[str], actor: Actor, at: datetime) -> None:
    """Wakes the pull of one store and puts these orders at its head; orders we could not read are tried again.

    Raises:
        NotAllowed: the actor may not import orders.
    """
    actor.require(Permission.IMPORT)
    with organization_scope(organization_id):
        sql.run(
            """
            UPDATE orders_unreadableorder SET next_try_at = %s
            WHERE organization_id = %s AND store_id = %s AND external_id = ANY(%s)
            """,
            [at, organization_id, store_id, list(numbers)],
        )
        pulls.wake(organization_id, store_id, list(numbers), at)
        defer(SYNC, queue="outside", once=f"sync-{organization_id}-{store_id}", organization_id=organization_id,
              store_id=store_id, why="button")  # fmt: skip


def taken_in_since(organization_id: int, store_id: int, at: datetime, *, most: int = 100_000) -> int:
    """How many orders of a store have come in since then, up to `most`: what a first sync counts up.

    Ids grow with the time of coming in, so the primary key is read from its end: as many rows as came in lately, however
    many there are.
    """
    older = sql.rows(
        """
        SELECT id FROM (SELECT id, created_at FROM orders_order WHERE organization_id = %s ORDER BY id DESC LIMIT %s) latest
        WHERE created_at < %s LIMIT 1
        """,
        [organization_id, most, at - LONGEST_IMPORT],
    )
    ((count,),) = sql.rows(
        """
        SELECT count(*) FROM (SELECT 1 FROM orders_order
            WHERE organization_id = %s AND id > %s AND store_id = %s AND created_at >= %s LIMIT %s) came
        """,
        [organization_id, older[0][0] if older else 0, store_id, at, most],
    )
    return int(count)
