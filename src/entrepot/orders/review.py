"""Review: a person accepts orders, so that they can be packed."""

from collections.abc import Mapping, Sequence
from typing import Any

from entrepot.core.batch import Work, verb
from entrepot.core.history import Subject
from entrepot.core.permissions import Permission
from entrepot.core.report import Report
from entrepot.orders.move import move_orders, put_back
from entrepot.orders.states import Act

EMPTIED = {"altered_at": "timestamptz"}


def undo_review(work: Work, ids: Sequence[int], batch: Mapping[str, Any]) -> Report:
    return put_back(work, ids, batch, Act.REVIEW, emptied=EMPTIED)


@verb(name="review_orders", subject=Subject.ORDER, permission=Permission.REVIEW, undo=undo_review)
def review_orders(work: Work, ids: Sequence[int]) -> Report:
    # What is reviewed is what it is now.
    return move_orders(work, ids, Act.REVIEW, also=", altered_at = NULL", keep=tuple(EMPTIED))
