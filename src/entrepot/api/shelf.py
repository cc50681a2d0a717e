"""GET /skus, /stock, /services and /counts."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from entrepot.api import shelf_reads
from entrepot.api.auth import actor_of
from entrepot.api.fields import Input, Instant, Limit, Words
from entrepot.api.problems import errors
from entrepot.api.shapes import Counts, ServiceList, SkuPage, StockPage
from entrepot.core import counters
from entrepot.core.permissions import Permission
from entrepot.core.scope import organization_scope

router = Router(tags=["catalog"])
Code = Annotated[str, Words(100, 1)]


class SkuQuery(Input):
    code: list[Code] = Field(default=[], max_length=200)
    updated_since: Instant | None = None
    cursor: str | None = None
    limit: Limit = 50


class StockQuery(Input):
    sku: list[Code] = Field(default=[], max_length=200, description="SKU codes.")
    cursor: str | None = None
    limit: Limit = 50


@router.get("/skus", response={200: SkuPage, **errors()}, summary="A page of SKUs")
def list_skus(request: HttpRequest, query: Query[SkuQuery]) -> Any:
    organization_id = actor_of(request, Permission.VIEW).organization_id
    with organization_scope(organization_id):
        items, following = shelf_reads.skus_page(
            organization_id, query.code, query.updated_since, cursor=query.cursor, limit=query.limit
        )
    return {"items": items, "next_cursor": following}


@router.get("/stock", response={200: StockPage, **errors()}, summary="A page of stock, one row per SKU and bin")
def list_stock(request: HttpRequest, query: Query[StockQuery]) -> Any:
    organization_id = actor_of(request, Permission.VIEW).organization_id
    with organization_scope(organization_id):
        items, following = shelf_reads.stock_page(organization_id, query.sku, cursor=query.cursor, limit=query.limit)
    return {"items": items, "next_cursor": following}


@router.get("/services", response={200: ServiceList, **errors()}, summary="All shipping services")
def list_services(request: HttpRequest) -> Any:
    organization_id = actor_of(request, Permission.VIEW).organization_id
    with organization_scope(organization_id):
        return {"items": shelf_reads.services(organization_id)}


@router.get("/counts", response={200: Counts, **errors()}, summary="How many orders and parcels are in each stage")
def read_counts(request: HttpRequest) -> Any:
    organization_id = actor_of(request, Permission.VIEW).organization_id
    with organization_scope(organization_id):
        return {"counts": counters.read(organization_id)}
