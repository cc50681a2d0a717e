"""Shipping at Lazada: its own carriers pick up, so we pack the items there, get a package, and say it is ready.

Each of the two steps is answered per item or package by `item_err_code`; an overall success says nothing.
"""

from entrepot.marketplaces.contract import Access, CallFailed, Done, Notice, Result, Trouble, Why
from entrepot.marketplaces.iop.client import Client, compact, listed
from entrepot.marketplaces.lazada.orders import CANCELLED
from entrepot.marketplaces.lazada.pull import api, items_of
from entrepot.marketplaces.reading import Record

NOT_ALLOWED = frozenset({"700000", "600002"})  # the package's status; it is cancelled
READY = frozenset({"ready_to_ship", "ready_to_ship_pending", "toship", "shipped", "shipping", "delivered"})


def ship(client: Client, access: Access, notice: Notice) -> Done:
    """Packs what is not packed yet, then says ready: a call made again goes on where the first one stopped."""
    items = _standing(client, access, notice)
    if items and all(item.text("status").lower() in READY for item in items):
        return _done(notice, items, Result.ALREADY_DONE)
    packages = _packages(items)
    have = {item.text("order_item_id") for item in items if item.text("package_id")}
    if left := [line.line_id for line in notice.lines if line.line_id not in have]:
        packed = _pack(client, access, notice, left)
        if isinstance(packed, Done):
            return packed
        packages |= packed
    return _ready(client, access, notice, packages)


def look_up(client: Client, access: Access, notice: Notice) -> Done:
    items = _standing(client, access, notice)
    if items and all(item.text("status").lower() in READY for item in items):
        return _done(notice, items, Result.OK)
    return Done(notice.key, Result.RETRY_LATER)


def _pack(client: Client, access: Access, notice: Notice, left: list[str]) -> Done | dict[str, str]:
    """Package numbers with their tracking numbers of the items that are not packed yet, or why not."""
    order = {"order_id": notice.order_id, "order_item_ids": left}
    params = {"getShipmentProvidersReq": compact({"orders": [order]})}
    answer = client.path(api(access), "/order/shipment/providers/get", params, operation="providers", http="GET")
    offered = answer.record("result").record("data")
    request = {
        "pack_order_list": [{"order_id": notice.order_id, "order_item_list": left}],
        "delivery_type": "dropship",
        "shipping_allocate_type": offered.text("shipping_allocate_type") or "TFS",
    }
    if request["shipping_allocate_type"] == "NTFS":
        codes = [one.text("provider_code") for one in listed(offered, "shipment_providers")]
        if not (notice.carrier or codes):
            return Done(notice.key, Result.REJECTED, Why.BAD_NUMBER, message="Lazada offers no carrier for this order.")
        request["shipment_provider_code"] = notice.carrier or codes[0]
    params = {"packReq": compact(request)}
    result = client.path(api(access), "/order/fulfill/pack", params, operation="pack", writes=True).record("result")
    items = [i for o in listed(result.record("data"), "pack_order_list") for i in listed(o, "order_item_list")]
    if refused := _refused(result, items, notice):
        return refused
    return _packages(items)


def _ready(client: Client, access: Access, notice: Notice, packages: dict[str, str]) -> Done:
    params = {"readyToShipReq": compact({"packages": [{"package_id": one} for one in packages]})}
    result = client.path(api(access), "/order/package/rts", params, operation="ready", writes=True).record("result")
    if refused := _refused(result, list(listed(result.record("data"), "packages")), notice):
        return refused
    numbers = ", ".join(number for number in packages.values() if number)
    return Done(notice.key, Result.OK, message=numbers, remote_id=",".join(packages))


def _refused(result: Record, parts: list[Record], notice: Notice) -> Done | None:
    """The refusal of the whole or of the first refused part; None when every part was taken."""
    if not result.flag("success"):
        code = result.text("error_code") or result.text("errorCode")
        return Done(notice.key, Result.REJECTED, _why(code), code, result.text("error_msg") or result.text("errorMsg"))
    if not parts:
        raise CallFailed(Trouble.UNKNOWN_OUTCOME, "The answer names none of what was asked.")
    for part in parts:
        code = part.text("item_err_code")
        if code not in ("", "0"):
            again = part.flag("retry")
            result_of = Result.RETRY_LATER if again else Result.REJECTED
            return Done(notice.key, result_of, None if again else _why(code), code, part.text("msg"))
    return None


def _why(code: str) -> Why:
    return Why.STATE_CHANGED if code in NOT_ALLOWED else Why.OTHER


def _standing(client: Client, access: Access, notice: Notice) -> list[Record]:
    """The notice's items as Lazada has them now."""
    wanted = {line.line_id for line in notice.lines}
    raw = items_of(client, access, [notice.order_id]).get(notice.order_id, [])
    items = [item for item in map(Record, raw) if item.text("order_item_id") in wanted]
    if any(item.text("status").lower() in CANCELLED for item in items):
        raise CallFailed(Trouble.BUSINESS_STATE, "An item of the parcel was cancelled.")
    return items


def _packages(items: list[Record]) -> dict[str, str]:
    found = {item.text("package_id"): item.text("tracking_number") or item.text("tracking_code") for item in items}
    return {package: number for package, number in found.items() if package}


def _done(notice: Notice, items: list[Record], result: Result) -> Done:
    packages = _packages(items)
    return Done(notice.key, result, message=", ".join(filter(None, packages.values())), remote_id=",".join(packages))
