"""How a TikTok Shop order goes on: what the buyer and the platform do, and what follows from shipping and cancelling."""

from typing import Any, Final

from entrepot.sandbox.drafts import Draft
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.store import Order
from entrepot.sandbox.twins.tiktok_document import HOUR, OPEN, make, package, package_ids
from entrepot.sandbox.twins.tiktok_hooks import tell_address, tell_order, tell_packages, tell_request
from entrepot.sandbox.twins.tiktok_wire import NAME
from entrepot.sandbox.world import World

UNSHIPPED: Final = ("UNPAID", "ON_HOLD", *OPEN)
REMINDERS: Final = ((15 * 60_000, "remind_payment"), (16 * HOUR, "remind_payment"))
HOLD_MS: Final = HOUR
ANSWER_MS: Final = 48 * HOUR
UNPAID_MS: Final = 48 * HOUR


def open_order(world: World, shop: Shop, draft: Draft) -> Order:
    order = make(world, shop, draft)
    now = world.now_ms
    if order.status == "UNPAID":
        for after, act in REMINDERS:
            world.plan(order, now + after, act)
        world.plan(order, now + UNPAID_MS, "cancel_unpaid")
    else:
        _paid(world, order)
    later = draft.later_seconds * 1000
    if "pays_late" in draft.kinds:
        world.plan(order, now + later, "pay")
    if "ask_cancel" in draft.kinds:
        world.plan(order, now + later, "ask_cancel")
    if "change_address" in draft.kinds:
        world.plan(order, now + later, "change_address")
    if "cancel" in draft.kinds:
        world.plan(order, now + min(later, HOLD_MS - 60_000), "cancel")
    world.save(order)
    tell_order(world, order)
    return order


def act(world: World, order: Order, what: str) -> bool:
    done = _ACTS[what](world, order) if what in _ACTS else False
    return bool(done)


def set_status(world: World, order: Order, status: str) -> None:
    order.status = status
    world.save(order)
    tell_order(world, order)


def _paid(world: World, order: Order) -> None:
    """Paid (or cash on delivery): a parcel to fulfil stands ready, on hold or not."""
    now = world.now_ms
    if not order.doc["wire"]["is_cod"]:
        order.doc["wire"]["paid_time"] = now // 1000
    order.doc["wire"] |= {"rts_sla_time": (now + 48 * HOUR) // 1000, "tts_sla_time": (now + 120 * HOUR) // 1000}
    if "no_package" not in order.doc["kinds"]:
        cut(world, order, [order.doc["lines"]])
    if order.status == "ON_HOLD":
        world.plan(order, now + HOLD_MS, "release")


def cut(world: World, order: Order, groups: list[list[dict[str, Any]]]) -> list[str]:
    """New packages, one per group of the order's lines; the packages they were in end."""
    old = {line["package_id"] for lines in groups for line in lines if line["package_id"]}
    made = []
    for lines in groups:
        package_id = str(1_152_900_000_000_000_000 + world.store.next("tiktok package"))
        for line in lines:
            line["package_id"] = package_id
        put_package(world, order.shop, new_package(world, package_id, [order.id]))
        made.append(package_id)
    for package_id in old:
        end_package(world, order.shop, package_id)
    return made


def new_package(world: World, package_id: str, order_ids: list[str]) -> dict[str, Any]:
    seconds = world.now_ms // 1000
    return {
        "id": package_id, "order_ids": order_ids, "status": "TO_FULFILL", "create_time": seconds, "update_time": seconds,
        "tracking_number": "", "shipping_provider_id": "", "shipping_provider_name": "", "accepted_at": "", "times_told": 0,
    }  # fmt: skip


def put_package(world: World, shop: str, parcel: dict[str, Any]) -> None:
    parcel["update_time"] = world.now_ms // 1000
    world.store.put_thing(NAME, shop, "package", parcel["id"], parcel)


def end_package(world: World, shop: str, package_id: str) -> None:
    parcel = package(world, shop, package_id)
    if parcel is not None:
        put_package(world, shop, {**parcel, "status": "CANCELLED", "order_ids": parcel["order_ids"]})


# -- acts


def _pay(world: World, order: Order) -> bool:
    if order.status != "UNPAID":
        return False
    world.unplan(order, "remind_payment", "cancel_unpaid", "pay")
    order.status = "ON_HOLD"  # the buyer may still cancel for an hour
    _paid(world, order)
    set_status(world, order, "ON_HOLD")
    return True


def _remind(world: World, order: Order) -> bool:
    if order.status != "UNPAID":
        return False
    order.doc["reminders"].append(world.now_ms // 1000)
    set_status(world, order, "UNPAID")
    return True


def _hold(world: World, order: Order) -> bool:
    if order.status != "AWAITING_SHIPMENT":
        return False
    world.plan(order, world.now_ms + HOLD_MS, "release")
    set_status(world, order, "ON_HOLD")
    return True


def _release(world: World, order: Order) -> bool:
    if order.status != "ON_HOLD":
        return False
    world.unplan(order, "release")
    set_status(world, order, "AWAITING_SHIPMENT")
    return True


def _change_address(world: World, order: Order) -> bool:
    if order.status not in ("ON_HOLD", "AWAITING_SHIPMENT"):
        return False
    doc = order.doc
    doc["recipient"], doc["next_recipient"], doc["moved"] = doc["next_recipient"], doc["recipient"], True
    world.save(order)
    tell_address(world, order)
    return True


def _cancel(world: World, order: Order) -> bool:
    """By the buyer while it is free; later by the platform, whatever was agreed with the seller."""
    if order.status not in (*UNSHIPPED, "AWAITING_COLLECTION"):
        return False
    by_buyer = order.status in ("UNPAID", "ON_HOLD")
    cancel(world, order, "BUYER" if by_buyer else "SYSTEM", "Changed my mind" if by_buyer else "Platform decision")
    return True


def _cancel_unpaid(world: World, order: Order) -> bool:
    if order.status != "UNPAID":
        return False
    cancel(world, order, "SYSTEM", "Unpaid for more than 48 hours")
    return True


def _ask_cancel(world: World, order: Order) -> bool:
    request = order.doc["request"]
    if order.status not in ("AWAITING_SHIPMENT", "AWAITING_COLLECTION") or (
        request and request["status"].endswith("PENDING")
    ):
        return False
    now = world.now_ms
    request = {
        "id": str(4_035_000_000_000_000_000 + world.store.next("tiktok cancel")), "order_id": order.id, "role": "BUYER",
        "status": "CANCELLATION_REQUEST_PENDING", "reason": "Need to change shipping address",
        "create_time": now // 1000, "deadline": (now + ANSWER_MS) // 1000,
    }  # fmt: skip
    world.plan(order, now + ANSWER_MS, "cancel_unanswered")
    save_request(world, order, request)
    return True


def _withdraw(world: World, order: Order) -> bool:
    request = order.doc["request"]
    if not request or not request["status"].endswith("PENDING"):
        return False
    end_request(world, order, "CANCELLATION_REQUEST_CANCEL")
    return True


def _cancel_unanswered(world: World, order: Order) -> bool:
    request = order.doc["request"]
    if not request or not request["status"].endswith("PENDING"):
        return False
    cancel(world, order, "BUYER", request["reason"])
    return True


def _collect(world: World, order: Order) -> bool:
    """The carrier (or the consolidation warehouse) scans the last parcel in."""
    return _carried(world, order, ("AWAITING_COLLECTION",), "FULFILLING", "IN_TRANSIT", "collection_time")


def _deliver(world: World, order: Order) -> bool:
    return _carried(world, order, ("AWAITING_COLLECTION", "IN_TRANSIT"), "COMPLETED", "DELIVERED", "delivery_time")


def _complete(world: World, order: Order) -> bool:
    return _carried(world, order, ("DELIVERED",), "COMPLETED", "COMPLETED", "")


def _carried(world: World, order: Order, of: tuple[str, ...], parcels: str, status: str, time_field: str) -> bool:
    if order.status not in of:
        return False
    for one in package_ids(order):
        parcel = package(world, order.shop, one)
        if parcel and parcel["status"] in ("PROCESSING", "FULFILLING"):
            put_package(world, order.shop, {**parcel, "status": parcels})
    if time_field:
        order.doc["wire"][time_field] = world.now_ms // 1000
    set_status(world, order, status)
    return True


def _recut(world: World, order: Order) -> bool:
    """The platform cuts the packages anew: the ids that were known are gone."""
    open_ones = [
        one for one in package_ids(order) if (package(world, order.shop, one) or {}).get("status") == "TO_FULFILL"
    ]
    if not open_ones:
        return False
    made = cut(world, order, [[i for i in order.doc["lines"] if i["package_id"] == one] for one in open_ones])
    world.save(order)
    tell_packages(world, order, "ADDRESS_UPDATE_SPLIT", "SYSTEM", {one: [order.id] for one in made})
    return True


_ACTS = {
    "pay": _pay, "remind_payment": _remind, "hold": _hold, "release": _release, "change_address": _change_address,
    "cancel": _cancel, "cancel_unpaid": _cancel_unpaid, "ask_cancel": _ask_cancel, "withdraw_cancel": _withdraw,
    "cancel_unanswered": _cancel_unanswered, "collect": _collect, "deliver": _deliver, "complete": _complete,
    "recut": _recut,
}  # fmt: skip


# -- what cancelling and shipping come to


def cancel(world: World, order: Order, role: str, reason: str) -> None:
    """The whole order; a request that was open has succeeded."""
    order.doc["agenda"] = []
    for line in order.doc["lines"]:
        line |= {"cancelled": True, "cancel_user": role, "cancel_reason": reason}
    order.doc["wire"] |= {"cancel_reason": reason, "cancel_time": world.now_ms // 1000, "cancellation_initiator": role}
    for one in package_ids(order):
        parcel = package(world, order.shop, one)
        if parcel and parcel["order_ids"] == [order.id]:
            put_package(world, order.shop, {**parcel, "status": "CANCELLED"})
        elif parcel:
            put_package(world, order.shop, {**parcel, "order_ids": [i for i in parcel["order_ids"] if i != order.id]})
    request = order.doc["request"]
    if request and request["status"].endswith("PENDING"):
        save_request(world, order, {**request, "status": "CANCELLATION_REQUEST_SUCCESS"})
    set_status(world, order, "CANCELLED")


def save_request(world: World, order: Order, request: dict[str, Any]) -> None:
    request["update_time"] = world.now_ms // 1000
    order.doc["request"] = request
    world.save(order)
    world.store.put_thing(NAME, order.shop, "cancel", request["id"], request)
    tell_request(world, order, request)


def end_request(world: World, order: Order, status: str) -> None:
    world.unplan(order, "cancel_unanswered")
    save_request(world, order, {**order.doc["request"], "status": status})


def after_shipping(world: World, order: Order) -> None:
    """The order's status follows its packages; when all are told, the carrier comes a day later."""
    parcels = {one: package(world, order.shop, one) or {} for one in package_ids(order)}
    kept = [line for line in order.doc["lines"] if not line["cancelled"]]
    told = all(parcels.get(line["package_id"], {}).get("status") not in (None, "TO_FULFILL") for line in kept)
    if told:
        world.unplan(order, "ask_cancel", "change_address", "collect", "deliver", "complete")
        for hours, what in ((20, "collect"), (9 * 24, "deliver"), (16 * 24, "complete")):
            world.plan(order, world.now_ms + hours * HOUR, what)
        order.doc["wire"]["rts_time"] = world.now_ms // 1000
    set_status(world, order, "AWAITING_COLLECTION" if told else "PARTIALLY_SHIPPING")
