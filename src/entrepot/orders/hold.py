"""Hold orders back with a reason, and release them to review again."""

from collections.abc import Sequence
from datetime import datetime

from entrepot.core.batch import Work, verb
from entrepot.core.history import Subject
from entrepot.core.permissions import Permission
from entrepot.core.report import Report
from entrepot.orders.move import move_orders
from entrepot.orders.states import Act


@verb(name="hold_orders", subject=Subject.ORDER, permission=Permission.REVIEW)
def hold_orders(work: Work, ids: Sequence[int], reason: str = "", until: str | None = None) -> Report:
    """`until` is an ISO instant; the sweeper releases what is due."""
    due = datetime.fromisoformat(until) if until else None
    return move_orders(
        work, ids, Act.HOLD, extra={"reason": reason}, also=", hold_reason = %s, held_until = %s", params=[reason[:300], due]
    )


@verb(name="release_orders", subject=Subject.ORDER, permission=Permission.REVIEW)
def release_orders(work: Work, ids: Sequence[int]) -> Report:
    return move_orders(work, ids, Act.RELEASE, also=", hold_reason = '', held_until = NULL")
