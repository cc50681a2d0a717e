"""What the seller says to a buyer's wish to cancel, and the stock of products."""

from collections.abc import Mapping
from typing import Any

from entrepot.sandbox.faults import Fault
from entrepot.sandbox.goods import GOODS
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.store import Order
from entrepot.sandbox.twin import Exchange
from entrepot.sandbox.twins import aliexpress_wire as wire
from entrepot.sandbox.twins.aliexpress_orders import of
from entrepot.sandbox.twins.aliexpress_states import back_to_work, end, product_id
from entrepot.sandbox.twins.iop import IopError, json_param

PRODUCTS_MOST, SKUS_MOST = 20, 200


def accept_cancel(exchange: Exchange, params: Mapping[str, str], shop: Shop) -> dict[str, Any]:
    """`aliexpress.trade.seller.order.acceptcancel`."""
    return _answer(exchange, params, shop, accept=True)


def refuse_cancel(exchange: Exchange, params: Mapping[str, str], shop: Shop) -> dict[str, Any]:
    """`aliexpress.trade.seller.order.refusecancel`: needs a `memo`."""
    return _answer(exchange, params, shop, accept=False)


def _answer(exchange: Exchange, params: Mapping[str, str], shop: Shop, *, accept: bool) -> dict[str, Any]:
    asked = json_param(params, "param_order_cancel_request", dict)
    order = of(exchange, asked.get("order_id"), shop)
    if order is None:
        return _failed("ORDER_NOT_EXIST", "The order does not exist")
    if order.doc["status"] != wire.IN_CANCEL or asked.get("buyer_login_id") != order.doc["buyer"]["login"]:
        exchange.world.refuse(order)
        return _failed("ORDER_STATUS_ERROR", "No cancellation of this buyer is open")
    if not accept and not asked.get("memo"):
        exchange.world.refuse(order)
        return _failed("MEMO_REQUIRED", "The memo is required")
    _close(exchange, order, accept)
    return {"result": {"success": True, "target": True}}


def _close(exchange: Exchange, order: Order, accept: bool) -> None:
    if accept:
        end(exchange.world, order, "buyer_cancel_order")
    else:
        back_to_work(exchange.world, order)
    order.status = order.doc["status"]
    exchange.world.save(order)


def _failed(code: str, message: str) -> dict[str, Any]:
    return {"result": {"success": False, "target": False, "error_code": code, "error_message": message}}


def inventory(exchange: Exchange, params: Mapping[str, str], shop: Shop) -> dict[str, Any]:
    """`aliexpress.solution.batch.product.inventory.update`: each product is answered for itself.

    PARTIAL_BATCH: the last product is not written.
    """
    products = json_param(params, "mutiple_product_update_list", list)
    if not 1 <= len(products) <= PRODUCTS_MOST:
        raise IopError("InvalidParameter", f"Between 1 and {PRODUCTS_MOST} products can be updated at the same time")
    good, bad = [], []
    for n, product in enumerate(products):
        busy = Fault.PARTIAL_BATCH in exchange.faults and n == len(products) - 1
        why = "HSF Provider thread pool is full" if busy else _write(exchange, shop, product)
        row = {"product_id": product.get("product_id") if isinstance(product, dict) else None}
        if why:
            bad.append({**row, "error_code": "SYSTEM_ERROR" if busy else "13060999", "error_message": why})
        else:
            good.append(row)
    body: dict[str, Any] = {"update_success": not bad}
    if bad:
        body["update_error_code"], body["update_error_message"] = "13060999", "Some products were not updated"
        body["update_failed_list"] = {"synchronize_product_response_dto": bad}
    if good:
        body["update_successful_list"] = {"synchronize_product_response_dto": good}
    return body


def _write(exchange: Exchange, shop: Shop, product: Any) -> str:
    """Why not, or "" when every SKU of the product was written."""
    try:
        number = int(product["product_id"])
        rows = [(str(one["sku_code"]), int(one["inventory"])) for one in product["multiple_sku_update_list"]]
    except (KeyError, TypeError, ValueError):
        return "The product does not fit the request"
    if not 1 <= len(rows) <= SKUS_MOST:
        return f"Between 1 and {SKUS_MOST} SKUs can be updated within one product"
    mine = {good.code for good in GOODS if product_id(shop, good.code) == number}
    if not mine:
        return "The product does not exist"
    for code, quantity in rows:
        if code not in mine or not 0 <= quantity <= 999_999:
            return f"The SKU {code} or its inventory is not valid"
    for code, quantity in rows:
        exchange.world.store.put_thing("aliexpress", shop.name, "stock", code, {"quantity": quantity})
    return ""
