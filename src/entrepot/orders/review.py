"""Review: a person accepts orders, so that they can be packed."""

from collections.abc import Mapping, Sequence
from typing import Any

from entrepot.core.batch import Work, verb
from entrepot.core.history import Subject
from entrepot.core.permissions import Permission
from entrepot.core.report import Report
from entrepot.orders.move import move_orders, put_back
from entrepot.orders.states import Act


def undo_review(work: Work, ids: Sequence[int], batch: Mapping[str, Any]) -> Report:
    return put_back(work, ids, batch, Act.REVIEW)


@verb(name="review_orders", subject=Subject.ORDER, permission=Permission.REVIEW, undo=undo_review)
def review_orders(work: Work, ids: Sequence[int]) -> Report:
    return move_orders(work, ids, Act.REVIEW, also=", altered_at = NULL")  # what is reviewed is what it is now
