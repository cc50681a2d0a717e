"""TikTok Shop's webhooks by number, signed with app key + body."""

import hashlib
import hmac
from typing import Any, Final

from entrepot.sandbox.store import Order
from entrepot.sandbox.twins.tiktok_wire import NAME
from entrepot.sandbox.world import World

ORDER, ADDRESS, PACKAGE, DEAUTHORIZED, EXPIRING, CANCELLATION = 1, 3, 4, 6, 7, 11
SPELLING: Final = {"CANCELLED": "CANCEL"}  # webhooks spell it otherwise than the order
REQUEST_SPELLING: Final = {"CANCELLATION_REQUEST_CANCEL": "CANCELLATION_REQUEST_CANCELLED"}


def send(world: World, shop_name: str, shop_id: str, kind: int, data: dict[str, Any]) -> None:
    app = world.apps[NAME]

    def sign(body: bytes) -> dict[str, str]:
        return {"Authorization": hmac.new(app.secret.encode(), app.key.encode() + body, hashlib.sha256).hexdigest()}

    value = {
        "type": kind,
        "tts_notification_id": str(7_290_000_000_000_000_000 + world.store.next("tiktok notification")),
        "shop_id": shop_id,
        "timestamp": world.now_ms // 1000,
        "data": data,
    }
    world.hooks.queue(NAME, shop_name, str(kind), value, sign=sign)


def tell_order(world: World, order: Order) -> None:
    send(
        world, order.shop, order.doc["shop_id"], ORDER,
        {
            "order_id": order.id, "order_status": SPELLING.get(order.status, order.status),
            "is_on_hold_order": order.status == "ON_HOLD", "update_time": order.updated // 1000,
        },
    )  # fmt: skip


def tell_address(world: World, order: Order) -> None:
    data = {"order_id": order.id, "update_time": order.updated // 1000}
    send(world, order.shop, order.doc["shop_id"], ADDRESS, data)


def tell_packages(world: World, order: Order, kind: str, role: str, packages: dict[str, list[str]]) -> None:
    """`packages`: package id -> order ids."""
    send(
        world, order.shop, order.doc["shop_id"], PACKAGE,
        {
            "sc_type": kind, "role_type": role, "update_time": world.now_ms // 1000,
            "package_list": [{"package_id": one, "order_id_list": orders} for one, orders in packages.items()],
        },
    )  # fmt: skip


def tell_request(world: World, order: Order, request: dict[str, Any]) -> None:
    send(
        world, order.shop, order.doc["shop_id"], CANCELLATION,
        {
            "order_id": order.id, "cancellations_role": request["role"], "cancel_id": request["id"],
            "cancel_status": REQUEST_SPELLING.get(request["status"], request["status"]),
            "create_time": request["create_time"],
        },
    )  # fmt: skip
