"""Declaring shipments: of an order, of its sub-orders, corrected and asked for.

Of the error codes only -353 (said twice) was seen in the world; the others are this twin's own.
"""

import re
from collections.abc import Mapping
from typing import Any

from entrepot.sandbox.faults import Fault
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.store import Order
from entrepot.sandbox.twin import Exchange
from entrepot.sandbox.twins import aliexpress_wire as wire
from entrepot.sandbox.twins.aliexpress_orders import of
from entrepot.sandbox.twins.iop import IopError, json_param, required
from entrepot.sandbox.world import World

ARRIVES_MS = 12 * 24 * 3600 * 1000
NUMBER = re.compile(r"[A-Za-z0-9-]{5,50}")
ALL, PART = "all", "part"


class Refused(Exception):
    """The declaration is not taken."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message


NO_ORDER, TWICE, STATE, NUMBER_BAD, NO_OLD, NO_LINE, SITE = -350, -353, -354, -355, -356, -357, -358


def whole_order(exchange: Exchange, params: Mapping[str, str], shop: Shop) -> dict[str, Any]:
    """`aliexpress.logistics.sellershipmentfortop`: one number for the order; send_type "part" says more will come.

    PARTIAL_BATCH plays the answer that was seen in an official sample: success together with an error code.
    """
    order = of(exchange, required(params, "out_ref"), shop)
    parcel = {"number": required(params, "logistics_no"), "service": required(params, "service_name")}
    parcel["website"] = params.get("tracking_website", "")
    send_type = _send_type(required(params, "send_type"))
    try:
        _declare_order(exchange.world, order, parcel, send_type)
    except Refused as why:
        return _answer(exchange, order, why)
    if Fault.PARTIAL_BATCH in exchange.faults:
        return {"result_success": True, "result_error_code": -1, "result_error_desc": ""}
    return {"result_success": True}


def _declare_order(world: World, order: Order | None, parcel: dict[str, str], send_type: str) -> None:
    order = _ready(order, parcel)
    done = [one for one in order.doc["shipments"] if one["number"] == parcel["number"]]
    if done and (send_type == PART or order.doc["status"] == wire.SENT):
        raise Refused(TWICE, "Repeated operation: this number was declared before")
    _open(order)
    left = [line for line in order.doc["lines"] if line["status"] != wire.SENT] if send_type == ALL else []
    if not done:
        order.doc["shipments"].append({**parcel, "at": world.now_ms, "lines": [[one["index"], True] for one in left]})
    for line in left:
        line["status"] = wire.SENT
    _advance(world, order)


def sub_orders(exchange: Exchange, params: Mapping[str, str], shop: Shop) -> dict[str, Any]:
    """`aliexpress.logistics.order.shipment`: each sub-order is answered for itself.

    PARTIAL_BATCH: the last sub-order fails, in an answer that says success.
    """
    asked = json_param(params, "param_aeop_seller_shipment_sub_trade_order_request", dict)
    order, subs = of(exchange, asked.get("trade_order_id"), shop), asked.get("sub_trade_order_list")
    if not isinstance(subs, list) or not subs or not all(_fits(sub) for sub in subs):
        raise IopError("InvalidParameter", "The specified value of 'sub_trade_order_list' is not valid")
    partial = Fault.PARTIAL_BATCH in exchange.faults
    told = []
    for n, sub in enumerate(subs):
        try:
            if partial and n == len(subs) - 1:
                raise Refused(-1, "system error")
            _declare_line(exchange.world, order, sub)
            told.append(_told(sub, None))
        except Refused as why:
            told.append(_told(sub, why))
    failed = [one for one in told if "error_code" in one]
    if order is not None and failed:
        exchange.world.refuse(order)
    result: dict[str, Any] = {"success": partial or not failed, "trade_order_id": int(asked["trade_order_id"])}
    if failed and not partial:
        result |= {"error_code": failed[0]["error_code"], "error_msg": failed[0]["error_msg"]}
    return {"result": {**result, "sub_trade_order_list": {"aeop_seller_shipment_sub_trade_order_dto": told}}}


def _fits(sub: Any) -> bool:
    parcels = sub.get("shipment_list") if isinstance(sub, dict) else None
    return bool(
        isinstance(parcels, list)
        and parcels
        and str(sub.get("sub_trade_order_index", "")).isdigit()
        and sub.get("send_type") in (ALL, PART)
        and all(isinstance(one, dict) and one.get("logistics_no") and one.get("service_name") for one in parcels)
    )


def _declare_line(world: World, order: Order | None, sub: dict[str, Any]) -> None:
    index, send_type = int(sub["sub_trade_order_index"]), sub["send_type"]
    parcels = [
        {
            "number": str(one["logistics_no"]),
            "service": str(one["service_name"]),
            "website": str(one.get("tracking_web_site", "")),
        }
        for one in sub["shipment_list"]
    ]
    order = _ready(order, *parcels)
    line = next((one for one in order.doc["lines"] if one["index"] == index), None)
    if line is None:
        raise Refused(NO_LINE, f"The order has no sub-order {index}")
    told = {one["number"] for one in order.doc["shipments"] if any(n == index for n, _ in one["lines"])}
    if told.issuperset(one["number"] for one in parcels):
        raise Refused(TWICE, "Repeated operation: this number was declared before")
    if line["status"] == wire.SENT:
        raise Refused(STATE, f"The sub-order {index} was declared as sent before")
    _open(order)
    for parcel in parcels:
        known = next((one for one in order.doc["shipments"] if one["number"] == parcel["number"]), None)
        if known is None:
            known = {**parcel, "at": world.now_ms, "lines": []}
            order.doc["shipments"].append(known)
        known["lines"] = [one for one in known["lines"] if one[0] != index] + [[index, send_type == ALL]]
    line["status"] = wire.SENT if send_type == ALL else wire.PART_SENT
    _advance(world, order)


def _told(sub: dict[str, Any], why: Refused | None) -> dict[str, Any]:
    parcels = [{name: one[name] for name in ("logistics_no", "service_name")} for one in sub["shipment_list"]]
    wire_sub = {
        "sub_trade_order_index": int(sub["sub_trade_order_index"]),
        "send_type": sub["send_type"],
        "shipment_list": {"aeop_shipment_dto": parcels},
    }
    return wire_sub if why is None else {**wire_sub, "error_code": str(why.code), "error_msg": why.message}


def modify(exchange: Exchange, params: Mapping[str, str], shop: Shop) -> dict[str, Any]:
    """`aliexpress.logistics.sellermodifiedshipmentfortop`: names the OLD number and the OLD service."""
    order = of(exchange, required(params, "out_ref"), shop)
    old = (required(params, "old_logistics_no"), required(params, "old_service_name"))
    new = {"number": required(params, "new_logistics_no"), "service": required(params, "new_service_name")}
    new["website"] = params.get("tracking_website", "")
    _send_type(required(params, "send_type"))
    try:
        order = _ready(order, new)
        known = next((one for one in order.doc["shipments"] if (one["number"], one["service"]) == old), None)
        if known is None:
            raise Refused(NO_OLD, "The old number with the old service was not declared for this order")
        if order.doc["status"] not in (wire.SENT, wire.PART_SENT):
            raise Refused(STATE, f"The order status {order.doc['status']} does not allow this operation")
    except Refused as why:
        return _answer(exchange, order, why)
    known.update(new)
    exchange.world.save(order)
    return {"result_success": True}


def query(exchange: Exchange, params: Mapping[str, str], shop: Shop) -> dict[str, Any]:
    """`aliexpress.logistics.querysellershipmentinfo`: what was declared, by sub-order, narrowed by what is given."""
    order = of(exchange, required(params, "trade_order_id"), shop)
    if order is None:
        return {"result_success": False, "result_error_code": str(NO_ORDER), "error_msg": "The order does not exist"}
    shown = exchange.read(order)
    number, service = params.get("logistics_no"), params.get("service_name")
    subs = []
    for line in shown.doc["lines"]:
        if params.get("sub_trade_order_index") not in (None, "", str(line["index"])):
            continue
        parcels = [
            {"logistics_no": one["number"], "service_name": one["service"], "tracking_web_site": one["website"]}
            for one in shown.doc["shipments"]
            if (not one["lines"] or any(n == line["index"] for n, _ in one["lines"]))
            and number in (None, "", one["number"])
            and service in (None, "", one["service"])
        ]
        if parcels:
            send_type = ALL if line["status"] == wire.SENT else PART
            sub = {"sub_trade_order_index": line["index"], "send_type": send_type}
            subs.append({**sub, "shipment_list": {"aeop_shipment_dto": parcels}})
    told = {"aeop_seller_shipment_sub_trade_order_dto": subs} if subs else {}
    return {"result_success": True, "trade_order_id": int(shown.id), "sub_trade_order_list": told}


def _send_type(text: str) -> str:
    if text not in (ALL, PART):
        raise IopError("InvalidParameter", "The value of 'send_type' must be all or part")
    return text


def _ready(order: Order | None, *parcels: dict[str, str]) -> Order:
    """The order, if it exists and the parcels can be believed.

    Raises:
        Refused: NO_ORDER, NUMBER_BAD, SITE.
    """
    if order is None:
        raise Refused(NO_ORDER, "The order does not exist")
    for parcel in parcels:
        if not NUMBER.fullmatch(parcel["number"]):
            raise Refused(NUMBER_BAD, "The tracking number does not fit the logistics service")
        if parcel["service"].lower() == "other" and not parcel["website"].startswith("http"):
            raise Refused(SITE, "The tracking website is required when the logistics service is other")
    return order


def _open(order: Order) -> None:
    if order.doc["status"] not in (wire.WAIT_SEND, wire.PART_SENT):
        raise Refused(STATE, f"The order status {order.doc['status']} does not allow this operation")


def _advance(world: World, order: Order) -> None:
    """All sub-orders sent: the buyer is waiting. Otherwise part of the order was sent."""
    if all(line["status"] == wire.SENT for line in order.doc["lines"]):
        order.doc["status"] = wire.SENT
        world.unplan(order, "lapse", "deliver")
        world.plan(order, world.now_ms + ARRIVES_MS, "deliver")
    else:
        order.doc["status"] = wire.PART_SENT
    order.status = order.doc["status"]
    world.save(order)


def _answer(exchange: Exchange, order: Order | None, why: Refused) -> dict[str, Any]:
    if order is not None:
        exchange.world.refuse(order)
    return {"result_success": False, "result_error_code": why.code, "result_error_desc": why.message}
