"""Review: a person accepts orders, so that they can be packed."""

from collections.abc import Sequence

from entrepot.core.batch import Work, verb
from entrepot.core.history import Subject
from entrepot.core.permissions import Permission
from entrepot.core.report import Report
from entrepot.orders.move import move_orders
from entrepot.orders.states import Act


@verb(name="review_orders", subject=Subject.ORDER, permission=Permission.REVIEW)
def review_orders(work: Work, ids: Sequence[int]) -> Report:
    return move_orders(work, ids, Act.REVIEW)
