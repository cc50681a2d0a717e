"""GET /orders and /orders/{id}, POST /orders/{id}/address."""

from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest
from ninja import Body, Path, Query, Router
from pydantic import Field

from entrepot.api.auth import actor_of
from entrepot.api.fields import Id, Limit
from entrepot.api.order_reads import order_by_id, orders_page
from entrepot.api.parcel_reads import events_of
from entrepot.api.problems import Problem, errors, not_found
from entrepot.api.selection import OrderFilter
from entrepot.api.shapes import OrderPage, OrderStory
from entrepot.api.verbs import AddressOptions
from entrepot.core.clock import now
from entrepot.core.permissions import Permission
from entrepot.core.report import Refusal
from entrepot.core.scope import organization_scope
from entrepot.orders.edit_address import MOST, edit_address

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


class AddressIn(AddressOptions):
    uuid: UUID | None = Field(
        default=None, description="Made by you: the same UUID and address again do nothing twice, and undo names it."
    )


@router.post("/orders/{id}/address", response={200: OrderStory, **errors(404, 409)}, summary="Correct an address")
def correct_address(request: HttpRequest, id: Path[Id], body: Body[AddressIn]) -> Any:
    """Parts left out stay as they are. The correction stands until the marketplace itself says another address.

    Refused (409) when the order was cancelled (`cancelled`) or its goods have left (`address_final`), or somebody else
    works on it right now (`busy`). Labels made before are stale: get a new waybill.
    """
    actor = actor_of(request, Permission.REVIEW)
    report = edit_address(
        organization_id=actor.organization_id, ids=[id], actor=actor, at=now(), uuid=body.uuid or uuid4(),
        **body.model_dump(include=set(MOST), exclude_none=True),
    )  # fmt: skip
    for outcome in report.refused:
        if outcome.refusal is Refusal.NOT_FOUND:
            raise not_found("order")
        raise Problem(409, str(outcome.refusal), outcome.sentence)
    with organization_scope(actor.organization_id):
        return {
            **(order_by_id(actor.organization_id, id) or {}),
            "events": events_of(actor.organization_id, "order", id),
        }
