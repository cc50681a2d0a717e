"""Cancel orders that were not packed yet. A packed one is unpacked first, so that no parcel keeps its goods."""

from collections.abc import Sequence

from entrepot.core import sql
from entrepot.core.batch import Work, verb
from entrepot.core.history import Subject
from entrepot.core.permissions import Permission
from entrepot.core.report import Report
from entrepot.orders.move import move_orders
from entrepot.orders.states import Act


@verb(name="cancel_orders", subject=Subject.ORDER, permission=Permission.REVIEW)
def cancel_orders(work: Work, ids: Sequence[int], reason: str = "") -> Report:
    report = move_orders(work, ids, Act.CANCEL, extra={"reason": reason})
    sql.run(
        "UPDATE orders_orderline SET cancelled = quantity - packed WHERE organization_id = %s AND order_id = ANY(%s)",
        [work.organization_id, report.done],
    )
    return report
