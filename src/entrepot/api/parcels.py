"""GET /parcels and /parcels/{id}."""

from typing import Any

from django.http import HttpRequest
from ninja import Path, Query, Router

from entrepot.api.auth import actor_of
from entrepot.api.fields import Id, Limit
from entrepot.api.parcel_reads import events_of, parcel_by_id, parcels_page
from entrepot.api.problems import errors, not_found
from entrepot.api.selection import ParcelFilter
from entrepot.api.shapes import ParcelPage, ParcelStory
from entrepot.core.permissions import Permission
from entrepot.core.scope import organization_scope

router = Router(tags=["parcels"])


class ParcelQuery(ParcelFilter):
    cursor: str | None = None
    limit: Limit = 50


@router.get("/parcels", response={200: ParcelPage, **errors()}, summary="A page of parcels")
def list_parcels(request: HttpRequest, query: Query[ParcelQuery]) -> Any:
    """Sorted by deadline when a stage is given, else by id."""
    actor = actor_of(request, Permission.VIEW)
    with organization_scope(actor.organization_id):
        items, following = parcels_page(actor.organization_id, query, cursor=query.cursor, limit=query.limit)
    return {"items": items, "next_cursor": following}


@router.get("/parcels/{id}", response={200: ParcelStory, **errors(404)}, summary="One parcel with its history")
def one_parcel(request: HttpRequest, id: Path[Id]) -> Any:
    actor = actor_of(request, Permission.VIEW)
    with organization_scope(actor.organization_id):
        parcel = parcel_by_id(actor.organization_id, id)
        if parcel is None:
            raise not_found("parcel")
        return {**parcel, "events": events_of(actor.organization_id, "parcel", id)}
