"""GET /notices: what marketplaces were told of our parcels and did not accept. Telling again is a batch."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from entrepot.api.auth import actor_of
from entrepot.api.fields import IdOut, Input, Limit
from entrepot.api.problems import errors
from entrepot.core.permissions import Permission
from entrepot.core.scope import organization_scope
from entrepot.marketplaces.contract import Why
from entrepot.parcels import notices

router = Router(tags=["notices"])


class NoticeQuery(Input):
    status: Literal["refused"] = "refused"
    limit: Limit = 50


class NoticeOut(BaseModel):
    id: IdOut
    parcel_id: IdOut = Field(description="What `retry_notices` and `dismiss_notices` name in a batch.")
    order_id: IdOut
    order_number: str
    store_id: IdOut
    number: str
    carrier: str = Field(description="The marketplace's code of the carrier, as it was told.")
    why: Why
    code: str = Field(description="The marketplace's code of the refusal.")
    message: str = Field(description="The marketplace's own words.")
    tries: int
    early: bool = Field(description="Told before the goods left.")
    answered_at: datetime | None


class NoticeList(BaseModel):
    items: list[NoticeOut]
    total: int = Field(description="Parcels with a refused notice, up to 10,000.")


@router.get("/notices", response={200: NoticeList, **errors()}, summary="Shipping notices that were refused")
def list_notices(request: HttpRequest, query: Query[NoticeQuery]) -> Any:
    """Oldest first. Settle them by `PUT /batches/{uuid}` with `retry_notices` or `dismiss_notices`."""
    organization_id = actor_of(request, Permission.VIEW).organization_id
    with organization_scope(organization_id):
        rows = notices.refused(organization_id, limit=query.limit)
        total = notices.count_refused(organization_id)
    return {"items": [{**row, "why": row["why"] or Why.OTHER, "early": row["is_virtual"]} for row in rows],
            "total": total}  # fmt: skip
