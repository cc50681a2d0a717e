"""What a shop offers since the seller set it, in one shape for every twin: SKU code -> place -> pieces."""

from entrepot.sandbox.goods import BY_CODE, GOODS
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.twin import Twin
from entrepot.sandbox.world import World


def offers(world: World, twin: Twin, shop: Shop) -> dict[str, dict[str, int]]:
    """A SKU whose stock was never set is absent. Twins keep stock under the code, or under a number that counts the goods
    from their `first_stock_id`."""
    found = {}
    for thing_id, doc in world.store.things(twin.name, shop.name, "stock"):
        code = thing_id if thing_id in BY_CODE else GOODS[int(thing_id) - int(getattr(twin, "first_stock_id", 0))].code
        found[code] = {place: int(pieces) for place, pieces in doc.items() if place != "set_at"}
    return found
