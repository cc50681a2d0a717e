"""Files that list orders without their goods: what another file said of these goods stands."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from entrepot.core import sql
from entrepot.marketplaces.contract import LineDraft, OrderDraft


def kept_goods(organization_id: int, drafts: Mapping[int, OrderDraft]) -> dict[int, OrderDraft]:
    """Newer versions (order id -> draft) that name no goods at all, with the lines we have where those do name some."""
    bare = [i for i, draft in drafts.items() if not any(line.sku_code or line.title for line in draft.lines)]
    found = defaultdict[int, list[LineDraft]](list)
    if bare:
        for line in sql.dicts(
            """
            SELECT order_id, external_id, sku_code, title, quantity, unit_price_minor, variation, cancelled_there AS cancelled
            FROM orders_orderline WHERE organization_id = %s AND order_id = ANY(%s) ORDER BY id
            """,
            [organization_id, bare],
        ):
            found[line.pop("order_id")].append(LineDraft(**line))
    named = {i: lines for i, lines in found.items() if any(line.sku_code or line.title for line in lines)}
    return {i: replace(draft, lines=tuple(named[i])) if i in named else draft for i, draft in drafts.items()}
