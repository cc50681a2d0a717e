"""Hold orders back with a reason, and release them to review again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from entrepot.core import sql
from entrepot.core.batch import CHUNK, Work, verb
from entrepot.core.history import Subject
from entrepot.core.permissions import Permission, system_actor
from entrepot.core.report import Report
from entrepot.core.scope import system_scope
from entrepot.orders.move import move_orders, put_back
from entrepot.orders.states import Act

KEPT = {"hold_reason": "text", "held_until": "timestamptz"}


def undo_hold(work: Work, ids: Sequence[int], batch: Mapping[str, Any]) -> Report:
    return put_back(work, ids, batch, Act.HOLD, kept=KEPT)


def undo_release(work: Work, ids: Sequence[int], batch: Mapping[str, Any]) -> Report:
    return put_back(work, ids, batch, Act.RELEASE, kept=KEPT)


@verb(name="hold_orders", subject=Subject.ORDER, permission=Permission.REVIEW, undo=undo_hold)
def hold_orders(work: Work, ids: Sequence[int], reason: str = "", until: str | None = None) -> Report:
    """`until` is an ISO instant at which the order comes back to review by itself."""
    due = datetime.fromisoformat(until) if until else None
    return move_orders(
        work,
        ids,
        Act.HOLD,
        extra={"reason": reason},
        also=", hold_reason = %s, held_until = %s",
        params=[reason[:300], due],
        keep=tuple(KEPT),
    )


@verb(name="release_orders", subject=Subject.ORDER, permission=Permission.REVIEW, undo=undo_release)
def release_orders(work: Work, ids: Sequence[int]) -> Report:
    return move_orders(work, ids, Act.RELEASE, also=", hold_reason = '', held_until = NULL", keep=tuple(KEPT))


def release_due(*, at: datetime) -> None:
    """Releases every order whose hold ends by `at`, organization by organization."""
    with system_scope():
        due = sql.rows(
            """
            SELECT organization_id, array_agg(id ORDER BY id) FROM orders_order
            WHERE stage = 'on_hold' AND held_until <= %s GROUP BY organization_id
            """,
            [at],
        )
    for organization_id, ids in due:
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            release_orders(organization_id=organization_id, ids=chunk, actor=system_actor(organization_id), at=at)
