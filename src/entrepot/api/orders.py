"""GET /orders and /orders/{id}."""

from typing import Any

from django.http import HttpRequest
from ninja import Path, Query, Router

from entrepot.api.auth import actor_of
from entrepot.api.fields import Id, Limit
from entrepot.api.order_reads import order_by_id, orders_page
from entrepot.api.parcel_reads import events_of
from entrepot.api.problems import errors, not_found
from entrepot.api.selection import OrderFilter
from entrepot.api.shapes import OrderPage, OrderStory
from entrepot.core.permissions import Permission
from entrepot.core.scope import organization_scope

router = Router(tags=["orders"])


class OrderQuery(OrderFilter):
    cursor: str | None = None
    limit: Limit = 50


@router.get("/orders", response={200: OrderPage, **errors()}, summary="A page of orders")
def list_orders(request: HttpRequest, query: Query[OrderQuery]) -> Any:
    """Sorted by deadline when a stage is given, else by id."""
    actor = actor_of(request, Permission.VIEW)
    with organization_scope(actor.organization_id):
        items, following = orders_page(actor.organization_id, query, cursor=query.cursor, limit=query.limit)
    return {"items": items, "next_cursor": following}


@router.get("/orders/{id}", response={200: OrderStory, **errors(404)}, summary="One order with its history")
def one_order(request: HttpRequest, id: Path[Id]) -> Any:
    actor = actor_of(request, Permission.VIEW)
    with organization_scope(actor.organization_id):
        order = order_by_id(actor.organization_id, id)
        if order is None:
            raise not_found("order")
        return {**order, "events": events_of(actor.organization_id, "order", id)}
