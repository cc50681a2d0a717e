"""Stock on the wire: per product, and every warehouse of a SKU must be named."""

from typing import Any, Final

from entrepot.sandbox.goods import GOODS
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.twin import Exchange, Reply
from entrepot.sandbox.twins.tiktok_document import WAREHOUSE
from entrepot.sandbox.twins.tiktok_wire import INVALID, NAME, body_of, envelope, listed, refuse, whole_number
from entrepot.sandbox.world import World

FIRST_PRODUCT: Final = 1_729_400_000_000
FIRST_SKU: Final = 1_729_500_000_000
OPENING: Final = 100
UNKNOWN_SKU: Final = 12052048  # [M]
WAREHOUSE_MISSING: Final = 12052251  # [M]


def warehouses(shop: Shop) -> tuple[str, ...]:
    return (WAREHOUSE,) if shop.name == "alpha" else (WAREHOUSE, "7000000000000000002")


def level(world: World, shop: Shop, sku_id: str) -> dict[str, Any]:
    """{warehouse id: quantity}"""
    return world.store.thing(NAME, shop.name, "stock", sku_id) or dict.fromkeys(warehouses(shop), OPENING)


def empty(world: World, shop: Shop, sku_id: str) -> None:
    world.store.put_thing(NAME, shop.name, "stock", sku_id, dict.fromkeys(warehouses(shop), 0))


def update(exchange: Exchange, shop: Shop) -> Reply:
    product = str(exchange.args["product_id"])
    errors = []
    for sku in listed(body_of(exchange).get("skus"), "skus", 600):
        sku_id = str(sku.get("id", ""))
        asked = {
            str(row.get("warehouse_id", warehouses(shop)[0])): whole_number(row.get("quantity"), "quantity", 0, 10**6)
            for row in listed(sku.get("inventory"), "inventory", 100)
        }
        if not sku_id.isdigit() or not product.isdigit() or int(sku_id) - FIRST_SKU != int(product) - FIRST_PRODUCT:
            errors.append(
                {"code": UNKNOWN_SKU, "message": "The SKU is not of this product", "detail": {"sku_id": sku_id}}
            )
        elif set(asked) != set(warehouses(shop)):
            message = "Every warehouse of the SKU must be given"
            errors.append({"code": WAREHOUSE_MISSING, "message": message, "detail": {"sku_id": sku_id}})
        else:
            exchange.world.store.put_thing(NAME, shop.name, "stock", sku_id, asked)
    return envelope(exchange, {"errors": errors} if errors else {})


def search(exchange: Exchange, shop: Shop) -> Reply:
    body = body_of(exchange)
    wanted = [str(one) for one in body.get("product_ids", [])]
    skus = [str(one) for one in body.get("sku_ids", [])]
    if not wanted and not skus:
        refuse(INVALID, "product_ids or sku_ids must be given", 400)
    shown = []
    for index, good in enumerate(GOODS):
        product, sku_id = str(FIRST_PRODUCT + index), str(FIRST_SKU + index)
        if product in wanted or sku_id in skus:
            held = level(exchange.world, shop, sku_id)
            rows = [
                {"warehouse_id": one, "available_quantity": quantity, "committed_quantity": 0}
                for one, quantity in held.items()
            ]
            total = sum(held.values())
            sku = {
                "id": sku_id, "seller_sku": good.code, "total_available_quantity": total, "warehouse_inventory": rows,
            }  # fmt: skip
            shown.append({"product_id": product, "skus": [sku]})
    return envelope(exchange, {"inventory": shown})
