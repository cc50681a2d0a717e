"""Hold orders back with a reason, and release them to review again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from entrepot.core.batch import Work, verb
from entrepot.core.history import Subject
from entrepot.core.permissions import Permission
from entrepot.core.report import Report
from entrepot.orders.move import move_orders, put_back
from entrepot.orders.states import Act

KEPT = {"hold_reason": "text", "held_until": "timestamptz"}


def undo_hold(work: Work, ids: Sequence[int], batch: Mapping[str, Any]) -> Report:
    return put_back(work, ids, batch, Act.HOLD, kept=KEPT)


def undo_release(work: Work, ids: Sequence[int], batch: Mapping[str, Any]) -> Report:
    return put_back(work, ids, batch, Act.RELEASE, kept=KEPT)


@verb(name="hold_orders", subject=Subject.ORDER, permission=Permission.REVIEW, undo=undo_hold)
def hold_orders(work: Work, ids: Sequence[int], reason: str = "", until: str | None = None) -> Report:
    """`until` is an ISO instant; the sweeper releases what is due."""
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
