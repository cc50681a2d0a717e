"""What the seller does besides shipping: answer a buyer's wish to cancel, set stock."""

from collections.abc import Sequence
from typing import Any

from entrepot.marketplaces.aliexpress.errors import PASSING
from entrepot.marketplaces.aliexpress.orders import BUYER
from entrepot.marketplaces.aliexpress.pull import api, detail_of
from entrepot.marketplaces.aliexpress.states import TO_SHIP, is_cancelled
from entrepot.marketplaces.answers import chunks
from entrepot.marketplaces.contract import CallFailed, CancelAnswer, Done, Result, StockLevel, Why
from entrepot.marketplaces.iop.client import Client, compact, listed
from entrepot.marketplaces.outcomes import STOPS, answer_to
from entrepot.marketplaces.reading import Record

ACCEPT = "aliexpress.trade.seller.order.acceptcancel"
REFUSE = "aliexpress.trade.seller.order.refusecancel"
STOCK = "aliexpress.solution.batch.product.inventory.update"
PRODUCTS, SKUS = 20, 200  # the most of one call, and of one product in it


def answer_cancellation(client: Client, asked: CancelAnswer) -> Done:
    request = {"order_id": asked.order_id, "buyer_login_id": asked.handles.get(BUYER, "")}
    if not asked.accept:
        request["memo"] = asked.reason
    params = {"param_order_cancel_request": compact(request)}
    name = ACCEPT if asked.accept else REFUSE
    answer = client.method(api(client.app), name, params, operation="answer", writes=True)
    result = answer.record("result") if isinstance(answer.raw.get("result"), dict) else answer
    flag = next((name for name in ("success", "result_success", "is_success") if name in result.raw), "target")
    if result.flag(flag):
        return Done(asked.key, Result.OK)
    code, message = result.text("error_code"), result.text("error_message") or result.text("error_msg")
    if _stands(client, asked):
        return Done(asked.key, Result.ALREADY_DONE, None, code, message)
    return Done(asked.key, Result.REJECTED, Why.STATE_CHANGED, code, message)


def _stands(client: Client, asked: CancelAnswer) -> bool:
    """Whether the order is as the answer would leave it: cancelled, or going on without a wish to cancel."""
    try:
        detail = detail_of(client, asked.order_id)
    except CallFailed:
        return False  # the refusal is certain
    status = detail.text("order_status")
    if not asked.accept:
        return status in TO_SHIP
    return is_cancelled(status, detail.text("logistics_status"), has_numbers=False)


def set_stock(client: Client, levels: Sequence[StockLevel]) -> list[Done]:
    """Products together in one call, as many as it takes. A product's refusal answers all its SKUs."""
    by_product: dict[str, list[StockLevel]] = {}
    for level in levels:
        by_product.setdefault(level.listing_id, []).append(level)
    groups = [(listing, part) for listing, all_ in by_product.items() for part in chunks(all_, SKUS)]
    done: list[Done] = []
    for some in _apart(groups):
        asked = [level for _, part in some for level in part]
        try:
            done += _set_some(client, some)
        except CallFailed as failed:
            if failed.trouble in STOPS and not done:
                raise
            done += [answer_to(level.key, failed) for level in asked]
    return done


def _apart(groups: Sequence[tuple[str, Sequence[StockLevel]]]) -> list[list[tuple[str, Sequence[StockLevel]]]]:
    """Calls of at most 20 products, none of them twice in one call."""
    calls: list[list[tuple[str, Sequence[StockLevel]]]] = []
    for group in groups:
        for call in calls:
            if len(call) < PRODUCTS and all(listing != group[0] for listing, _ in call):
                call.append(group)
                break
        else:
            calls.append([group])
    return calls


def _set_some(client: Client, some: Sequence[tuple[str, Sequence[StockLevel]]]) -> list[Done]:
    products: list[dict[str, Any]] = [
        {
            "product_id": listing,
            "multiple_sku_update_list": [{"sku_code": one.sku_code, "inventory": one.quantity} for one in part],
        }
        for listing, part in some
    ]
    # The parameter is misspelt over there.
    params = {"mutiple_product_update_list": compact(products)}
    answer = client.method(api(client.app), STOCK, params, operation="stock", writes=True)
    result = answer.record("result") if isinstance(answer.raw.get("result"), dict) else answer
    failed = {one.text("product_id"): one for one in listed(result, "update_failed_list")}
    return [_of_level(level, result, failed) for _, part in some for level in part]


def _of_level(level: StockLevel, result: Record, failed: dict[str, Record]) -> Done:
    if level.listing_id in failed:
        one = failed[level.listing_id]
        if one.text("error_code") in PASSING:
            return Done(level.key, Result.RETRY_LATER, None, one.text("error_code"), one.text("error_message"))
        return Done(level.key, Result.REJECTED, Why.OTHER, one.text("error_code"), one.text("error_message"))
    if failed or result.flag("update_success"):
        return Done(level.key, Result.OK)  # the overall flag is false as soon as one product was refused
    code, message = result.text("update_error_code"), result.text("update_error_message")
    return Done(level.key, Result.REJECTED, Why.OTHER, code, message)
