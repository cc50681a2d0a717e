"""What a marketplace changed of an order that a person may have looked at already: another address, other goods."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from entrepot.core import sql
from entrepot.marketplaces.contract import OrderDraft
from entrepot.orders import ingest
from entrepot.orders.states import Stage

WATCHED = (Stage.TO_REVIEW, Stage.ON_HOLD, Stage.TO_PACK, Stage.PACKED)
"""Stages in which a person is told of it. Reviewing and packing say that it was seen."""
Goods = dict[str, str]
"""Line id -> "SKU × pieces", of what the marketplace has not cancelled."""


def goods_of(draft: OrderDraft) -> Goods:
    """Pure."""
    return {
        line.external_id[: ingest.MOST_LINE_ID]: _said(line.sku_code[: ingest.MOST_CODE], pieces)
        for line in ingest.told_apart(draft.lines)
        if (pieces := line.quantity - min(line.cancelled, line.quantity)) > 0
    }


def stored_goods(organization_id: int, order_ids: Sequence[int]) -> Mapping[int, Goods]:
    """The same as the marketplace said of orders that we have. No statement for no order."""
    found: dict[int, Goods] = defaultdict(dict)
    if order_ids:
        for order_id, line_id, code, pieces in sql.rows(
            """
            SELECT order_id, external_id, sku_code, quantity - cancelled_there FROM orders_orderline
            WHERE organization_id = %s AND order_id = ANY(%s) AND quantity > cancelled_there ORDER BY id
            """,
            [organization_id, list(order_ids)],
        ):
            found[order_id][line_id] = _said(code, pieces)
    return found


def altered_goods(before: Goods, after: Goods) -> tuple[list[str], list[str]]:
    """What is gone and what has come, line by line; both empty when nothing changed. Pure."""
    gone = [said for line_id, said in before.items() if after.get(line_id) != said]
    come = [said for line_id, said in after.items() if before.get(line_id) != said]
    return gone, come


def is_told(stage: Stage, *, moved: bool, goods: bool, was_whole: bool) -> bool:
    """Whether a change is worth a mark. An address that only now became whole (`was_whole`: it was before) is none: the
    marketplace hides it at first. Pure."""
    return stage in WATCHED and (goods or (moved and was_whole))


def _said(code: str, pieces: int) -> str:
    return f"{code or '—'} × {pieces}"
