"""What Shopify's QueryRoot answers."""

import re
from datetime import UTC, datetime
from typing import Any, Final

from graphql import GraphQLError

from entrepot.sandbox.goods import GOODS
from entrepot.sandbox.paging import BadPageToken, token_after
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.store import Order, Span
from entrepot.sandbox.twin import Exchange
from entrepot.sandbox.twins.shopify_document import FIRST_ITEM, FIRST_PRODUCT, FIRST_VARIANT, NAME, gid, number_of
from entrepot.sandbox.twins.shopify_views import (
    Field,
    View,
    connection,
    fulfillment_view,
    item_view,
    location_view,
    locations,
    order_view,
    page,
    part_view,
    product_view,
    variant_view,
)

FIRST_MOST: Final = 250
TERM: Final = re.compile(r"""(\w+):(<=|>=|<|>)?(?:'([^']*)'|"([^"]*)"|(\S+))""")


def roots(exchange: Exchange, shop: Shop) -> dict[str, Field]:
    def orders(info: Any, **given: Any) -> View:
        return _orders(exchange, shop, **given)

    def order(info: Any, id: str) -> View | None:
        return node_of(exchange, shop, id) if number_of(id, "Order") else None

    def node(info: Any, id: str) -> View | None:
        return node_of(exchange, shop, id)

    def nodes(info: Any, ids: list[str]) -> list[View | None]:
        if len(ids) > FIRST_MOST:
            raise GraphQLError(
                f"The input array size of {len(ids)} is greater than the maximum allowed of {FIRST_MOST}."
            )
        return [node_of(exchange, shop, one) for one in ids]

    def variants(info: Any, query: str | None = None, **given: Any) -> View:
        wanted = _skus(query)
        found = [n for n, good in enumerate(GOODS) if wanted is None or good.code in wanted]
        shown: View = connection([variant_view(exchange, shop, n) for n in found])(info, **given)
        return shown

    def job(info: Any, id: str) -> View | None:
        held = exchange.world.store.thing(NAME, shop.name, "job", id.rpartition("/")[2])
        return {"id": id, "done": held["done"]} if held else None

    return {
        "orders": orders, "order": order, "node": node, "nodes": nodes, "productVariants": variants, "job": job,
        "shop": lambda _: {
            "id": gid("Shop", shop.id), "name": shop.title, "myshopifyDomain": f"{shop.name}.myshopify.com",
            "email": f"{shop.name}@example.com", "currencyCode": shop.currency, "ianaTimezone": "Europe/Berlin",
        },
        "locations": lambda info, **given: connection([location_view(one) for one in locations(shop)])(info, **given),
        "location": lambda _, id=None: location_view(number_of(id or gid("Location", locations(shop)[0]), "Location") or ""),
        "inventoryItem": lambda _, id: node_of(exchange, shop, id),
        "fulfillment": lambda _, id: node_of(exchange, shop, id),
        "fulfillmentOrder": lambda _, id: node_of(exchange, shop, id),
    }  # fmt: skip


def node_of(exchange: Exchange, shop: Shop, text: str) -> View | None:
    """The thing with this global id, or None."""
    if not text.startswith("gid://shopify/"):
        raise GraphQLError(f"Invalid global id '{text}'", extensions={"code": "argumentLiteralsIncompatible"})
    kind, _, number = text.removeprefix("gid://shopify/").partition("/")
    number = number.partition("?")[0]
    if kind in ("Order", "FulfillmentOrder", "Fulfillment"):
        found = holder(exchange, shop, kind, number)
        return None if found is None else _within(exchange, shop, exchange.read(found), kind, number)
    first = {"InventoryItem": FIRST_ITEM, "ProductVariant": FIRST_VARIANT, "Product": FIRST_PRODUCT}.get(kind)
    if first is not None and number.isdigit() and 0 <= int(number) - first < len(GOODS):
        index = int(number) - first
        if kind == "Product":
            return product_view(index)
        return (item_view if kind == "InventoryItem" else variant_view)(exchange, shop, index)
    return location_view(number) if kind == "Location" and number in locations(shop) else None


def holder(exchange: Exchange, shop: Shop, kind: str, number: str) -> Order | None:
    """The order that this order, fulfilment order or fulfilment belongs to, in this shop."""
    order_id = number if kind == "Order" else exchange.world.store.linked(NAME, kind, number)
    return exchange.world.store.order(NAME, order_id, shop=shop.name) if order_id else None


def _within(exchange: Exchange, shop: Shop, order: Order, kind: str, number: str) -> View | None:
    if kind == "Order":
        return order_view(exchange, shop, order)
    name, view = ("parts", part_view) if kind == "FulfillmentOrder" else ("fulfillments", fulfillment_view)
    one = next((one for one in order.doc[name] if one["id"] == number), None)
    return view(exchange, shop, order, one) if one else None


def _orders(
    exchange: Exchange, shop: Shop, first: int | None = None, after: str | None = None, query: str | None = None,
    sortKey: str = "PROCESSED_AT", reverse: bool = False, **other: Any,
) -> View:  # fmt: skip
    if first is None or other.get("last") is not None or other.get("before") is not None:
        raise GraphQLError("you must provide one of first or last (the sandbox pages forward only)")
    if not 1 <= first <= FIRST_MOST:
        raise GraphQLError(f"first must be between 1 and {FIRST_MOST}")
    by = {"UPDATED_AT": "updated", "CREATED_AT": "created", "PROCESSED_AT": "created"}.get(sortKey)
    if by is None:
        raise GraphQLError(f"The sandbox does not sort by {sortKey}")
    span = _span(query or "", by, reverse)
    try:
        found = exchange.page(shop, span, after or "", first)
    except BadPageToken:
        raise GraphQLError(f"Invalid cursor for current pagination sort: {after}") from None
    views = [order_view(exchange, shop, exchange.read(one)) for one in found.orders]
    cursors = [token_after(one, by) for one in found.orders]
    return page(views, cursors, has_next=bool(found.next_token), end=found.next_token)


def _span(query: str, by: str, reverse: bool) -> Span:
    """`updated_at:>=… updated_at:<…`, of the time that is sorted by."""
    since: int | None = None
    until: int | None = None
    rest = TERM.sub("", query).replace("AND", " ").strip()
    if rest:
        raise GraphQLError(f"The sandbox does not understand the search {rest!r}")
    for name, sign, *texts in TERM.findall(query):
        if name != f"{by}_at":
            raise GraphQLError(f"The sandbox does not search by {name} in a list sorted by {by}_at")
        at = _ms("".join(texts))
        if sign in (">=", ">"):
            since = at if sign == ">=" else at + 1
        elif sign in ("<", "<="):
            until = at if sign == "<" else at + 1
        else:
            raise GraphQLError(f"{name}: needs a comparison")
    return Span(by, since, until, newest_first=reverse)


def _ms(text: str) -> int:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise GraphQLError(f"{text!r} is not a time") from None
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


def _skus(query: str | None) -> set[str] | None:
    if not query:
        return None
    rest = TERM.sub("", query).replace("OR", " ").strip(" ()")
    named = TERM.findall(query)
    if rest or any(name != "sku" or sign for name, sign, *_ in named):
        raise GraphQLError("The sandbox searches variants by sku: only")
    return {"".join(texts).strip("()") for _, _, *texts in named}
