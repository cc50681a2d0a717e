"""Shopify: its addresses, who is calling, and a GraphQL document carried out."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    build_schema,
    execute_sync,
    parse,
    validate,
)
from werkzeug.wrappers import Request

from entrepot.sandbox.drafts import Draft
from entrepot.sandbox.faults import Fault
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.store import Order
from entrepot.sandbox.tokens import State
from entrepot.sandbox.twin import Exchange, Operation, Reply, Routes, html_reply, json_reply
from entrepot.sandbox.twins import shopify_auth, shopify_document, shopify_hooks, shopify_life
from entrepot.sandbox.twins.shopify_cost import MOST, cost_of, throttle_status
from entrepot.sandbox.twins.shopify_document import FIRST_ITEM, NAME
from entrepot.sandbox.twins.shopify_hooks import VERSION
from entrepot.sandbox.twins.shopify_mutations import mutations
from entrepot.sandbox.twins.shopify_queries import roots
from entrepot.sandbox.twins.shopify_stock import set_quantities
from entrepot.sandbox.world import World

SHOPS: Final = (
    Shop("alpha", "60000000001", "EUR", "DE", "Alpha Lanterns"),
    Shop("beta", "60000000002", "USD", "US", "Beta Trading"),
)
SCHEMA_FILE: Final = Path(__file__).with_name("shopify.graphql")


@cache
def schema() -> GraphQLSchema:
    return build_schema(SCHEMA_FILE.read_text(encoding="utf-8"))


class Shopify:
    name = NAME
    shops = SHOPS
    first_stock_id = FIRST_ITEM

    def __init__(self) -> None:
        graphql = f"/shopify/<shop>/admin/api/{VERSION}/graphql.json"
        self._routes = Routes(
            {
                ("POST", graphql): ("graphql", False),
                ("GET", "/shopify/<shop>/admin/oauth/authorize"): ("consent", False),
                ("POST", "/shopify/<shop>/admin/oauth/authorize"): ("consent", False),
                ("POST", "/shopify/<shop>/admin/oauth/access_token"): ("token", True),
            },
            unfaulted=("consent",),
        )

    def hosts(self, base: str) -> Mapping[str, str]:
        return {"shop": base + "/shopify/{shop}"}

    def operation(self, request: Request) -> Operation | None:
        """A GraphQL call is called by what it asks for first."""
        found = self._routes.match(request)
        if found is None or found.name != "graphql":
            return found
        try:
            operation = _chosen(_document(request), _sent(request).get("operationName"))
        except GraphQLError:
            return found
        fields = [one.name.value for one in operation.selection_set.selections if isinstance(one, FieldNode)]
        writes = operation.operation is OperationType.MUTATION
        return Operation(fields[0] if fields else "graphql", writes, True, found.args)

    def answer(self, exchange: Exchange) -> Reply:
        shop = next((shop for shop in SHOPS if shop.name == exchange.args["shop"]), None)
        if shop is None:
            return json_reply({"errors": "Not Found"}, 404)
        if exchange.request.path.endswith("/oauth/authorize"):
            return shopify_auth.consent(exchange, shop)
        if exchange.request.path.endswith("/oauth/access_token"):
            return shopify_auth.token(exchange, shop)
        token = exchange.token(exchange.request.headers.get("X-Shopify-Access-Token", ""))
        if token.state is not State.GOOD or token.shop != shop.name:
            words = "[API] Invalid API key or access token (unrecognized login or wrong password)"
            return json_reply({"errors": words}, 401)
        return json_reply(carried_out(exchange, shop))

    def trouble(self, exchange: Exchange, fault: Fault) -> Reply:
        if not exchange.request.path.endswith("graphql.json"):
            return html_reply("<h1>Something went wrong</h1>", 429 if fault is Fault.THROTTLE else 500)
        if fault is Fault.THROTTLE:
            error: dict[str, Any] = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
            extensions = {
                "cost": {"requestedQueryCost": 250, "actualQueryCost": None, "throttleStatus": throttle_status(50)}
            }
            return json_reply({"errors": [error], "extensions": extensions})
        if fault is Fault.OK_ERROR:
            number = f"{exchange.world.store.next('shopify trouble'):08}"
            message = f"Internal error. Looks like something went wrong on our end. Request ID: {number}"
            return json_reply({"errors": [{"message": message, "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]})
        return json_reply({"errors": "Internal Server Error"}, 500)

    def open_order(self, world: World, shop: Shop, draft: Draft) -> Order:
        return shopify_life.open_order(world, shop, draft)

    def act(self, world: World, order: Order, act: str) -> bool:
        return shopify_life.act(world, order, act)

    def plain(self, world: World, order: Order) -> dict[str, Any]:
        return shopify_document.plain(world, order)

    def revoked(self, world: World, shop: Shop) -> None:
        value = {"id": int(shop.id), "name": shop.title, "domain": f"{shop.name}.myshopify.com"}
        shopify_hooks.send(world, shop.name, "app/uninstalled", value)


def carried_out(exchange: Exchange, shop: Shop) -> dict[str, Any]:
    """The answer to the document: errors of the whole, or data with what it cost."""
    sent = _sent(exchange.request)
    try:
        document = _document(exchange.request)
        operation = _chosen(document, sent.get("operationName"))
    except GraphQLError as error:
        return {"errors": [_told(error)]}
    if wrong := validate(schema(), document):
        return {"errors": [_told(error) for error in wrong]}
    variables = sent.get("variables") or {}
    cost = cost_of(schema(), document, operation, variables)
    extensions = {
        "cost": {"requestedQueryCost": cost, "actualQueryCost": cost, "throttleStatus": throttle_status(2000 - cost)}
    }
    if cost > MOST:
        message = f"Query cost is {cost}, which exceeds the single query max cost limit ({MOST})."
        code = {"code": "MAX_COST_EXCEEDED", "cost": cost, "maxCost": MOST}
        return {"errors": [{"message": message, "extensions": code}], "extensions": extensions}
    writes = operation.operation is OperationType.MUTATION
    root: dict[str, Any] = dict(roots(exchange, shop))
    if writes:
        root = {**mutations(exchange, shop), "inventorySetQuantities": set_quantities(exchange, shop)}
    result = execute_sync(schema(), document, root, variable_values=variables, operation_name=sent.get("operationName"))
    for failed in result.errors or []:
        if failed.original_error is not None and not isinstance(failed.original_error, GraphQLError):
            raise failed.original_error  # the sandbox's own mistake is not theirs
    told: dict[str, Any] = {"data": result.data, "extensions": extensions}
    return {"errors": [_told(error) for error in result.errors], **told} if result.errors else told


def _sent(request: Request) -> dict[str, Any]:
    try:
        value = json.loads(request.get_data())
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _document(request: Request) -> DocumentNode:
    text = _sent(request).get("query")
    if not isinstance(text, str):
        raise GraphQLError("Required parameter missing or invalid: query")
    return parse(text)


def _chosen(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    found = [
        one for one in document.definitions
        if isinstance(one, OperationDefinitionNode) and (name is None or (one.name is not None and one.name.value == name))
    ]  # fmt: skip
    if len(found) != 1:
        raise GraphQLError("An operation name is required" if found else "No operation was found")
    return found[0]


def _told(error: GraphQLError) -> dict[str, Any]:
    return dict(error.formatted)
