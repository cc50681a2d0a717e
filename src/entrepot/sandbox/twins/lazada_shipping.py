"""Packing items into packages that Lazada's own carriers fetch, and saying that they are ready."""

from collections.abc import Mapping
from typing import Any

from entrepot.sandbox.faults import Fault
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.store import Order
from entrepot.sandbox.twin import Exchange
from entrepot.sandbox.twins import lazada_wire as wire
from entrepot.sandbox.twins.iop import IopError, json_param
from entrepot.sandbox.twins.lazada_states import DAY, keep
from entrepot.sandbox.world import World

BATCH_MOST = 20
PROVIDER = "Ninja Van"
OK = {"item_err_code": "0", "msg": "success", "retry": False}
# Codes and their words are those of Lazada's fulfilment pages.
NO_ITEM = {"item_err_code": "700020", "msg": "order item not found!", "retry": False}
NOT_PACKABLE = {"item_err_code": "700026", "msg": "item current status not allow to pack", "retry": False}
NOT_READY = {"item_err_code": "700000", "msg": "current package status not allow to operation", "retry": False}
BUSY = {"item_err_code": "6", "msg": "system is busy now ,pls try later", "retry": True}


def providers(exchange: Exchange, params: Mapping[str, str], shop: Shop) -> dict[str, Any]:
    """`/order/shipment/providers/get`: a local shop chooses nothing, TFS."""
    asked = json_param(params, "getShipmentProvidersReq", dict)
    _batch(asked.get("orders"))
    data = {"platform_default": 1, "shipment_providers": [], "shipping_allocate_type": "TFS"}
    return _result(data)


def pack(exchange: Exchange, params: Mapping[str, str], shop: Shop) -> dict[str, Any]:
    """`/order/fulfill/pack`: the items of one order that can be packed become one package; each item is answered.

    PARTIAL_BATCH: the last item of each order is refused for now, in an answer that says success.
    """
    asked = json_param(params, "packReq", dict)
    rows = _batch(asked.get("pack_order_list"))
    if asked.get("delivery_type") != "dropship" or asked.get("shipping_allocate_type") not in ("TFS", "NTFS"):
        return _result(None, "700004", "param illegal")
    if asked["shipping_allocate_type"] != "TFS" or asked.get("shipment_provider_code"):
        return _result(None, "700013", "operation is no support")
    told = []
    for row in rows:
        order = exchange.world.store.order("lazada", str(row.get("order_id")), shop=shop.name)
        names = [str(one) for one in row.get("order_item_list", [])]
        if order is None:
            answers = [{"order_item_id": _number(name), **NO_ITEM} for name in names]
        else:
            answers = _pack(exchange, order, names)
        told.append({"order_id": _number(row.get("order_id")), "order_item_list": answers})
    return _result({"pack_order_list": told})


def _pack(exchange: Exchange, order: Order, names: list[str]) -> list[dict[str, Any]]:
    world = exchange.world
    known = {piece["id"]: piece for piece in order.doc["items"]}
    busy = names[-1] if names and Fault.PARTIAL_BATCH in exchange.faults else None
    good = [name for name in names if name in known and known[name]["status"] == wire.PENDING and name != busy]
    if good:
        number = world.store.next("lazada package")
        package, tracking = f"FP{number:015d}", f"NLSGP{number:010d}"
        world.store.link("lazada", "package", package, order.id)
        for name in good:
            known[name].update(status=wire.PACKED, package=package, number=tracking, provider=PROVIDER)
        keep(world, order, [known[name] for name in good])
    told = []
    for name in names:
        if name in good:
            piece = known[name]
            made = {"package_id": piece["package"], "tracking_number": piece["number"], "shipment_provider": PROVIDER}
            told.append({"order_item_id": _number(name), **made, **OK})
        else:
            why = BUSY if name == busy else NOT_PACKABLE if name in known else NO_ITEM
            told.append({"order_item_id": _number(name), **why})
    if len(good) < len(names):
        world.refuse(order)
    return told


def ready(exchange: Exchange, params: Mapping[str, str], shop: Shop) -> dict[str, Any]:
    """`/order/package/rts`: each package is answered; said twice is a package whose status does not allow it."""
    asked = json_param(params, "readyToShipReq", dict)
    told = []
    for row in _batch(asked.get("packages")):
        package = str(row.get("package_id"))
        order_id = exchange.world.store.linked("lazada", "package", package)
        order = exchange.world.store.order("lazada", order_id, shop=shop.name) if order_id else None
        done = order is not None and _ready(exchange.world, order, package)
        if order is not None and not done:
            exchange.world.refuse(order)
        told.append({"package_id": package, **(OK if done else NOT_READY)})
    return _result({"packages": told})


def _ready(world: World, order: Order, package: str) -> bool:
    pieces = [piece for piece in order.doc["items"] if piece["package"] == package]
    if not pieces or any(piece["status"] != wire.PACKED for piece in pieces):
        return False
    for piece in pieces:
        piece.update(status=wire.READY, accepted=world.now_ms)
    world.plan(order, world.now_ms + DAY, "collect")
    keep(world, order, pieces)
    return True


def _batch(rows: Any) -> list[dict[str, Any]]:
    if not isinstance(rows, list) or not 1 <= len(rows) <= BATCH_MOST or not all(isinstance(row, dict) for row in rows):
        raise IopError("InvalidParameter", f"Between 1 and {BATCH_MOST} entries can be handled at once")
    return rows


def _number(text: Any) -> int | str:
    return int(text) if str(text).isdigit() else str(text)


def _result(data: Any, code: str = "", message: str = "") -> dict[str, Any]:
    failed = {"error_code": code, "error_msg": message} if code else {}
    return {"result": {"success": not code, "data": data if data is not None else {}, **failed}}
