"""GET /stores and POST /stores/{id}/sync: how each store stands with its marketplace, and a pull on demand."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from ninja import Path, Router
from ninja.responses import Status
from pydantic import BaseModel, Field

from entrepot.api.auth import actor_of
from entrepot.api.fields import Id, IdOut
from entrepot.api.problems import Problem, errors, not_found
from entrepot.connections import connect
from entrepot.connections.standing import Standing, standing_of, standings
from entrepot.core.clock import now
from entrepot.core.permissions import Permission
from entrepot.core.scope import organization_scope
from entrepot.marketplaces.contract import Trouble

router = Router(tags=["stores"])
SYNCED = (Standing.OK, Standing.ENDING, Standing.TROUBLE)


class SyncOut(BaseModel):
    """How the pull of a store goes."""

    seen_until: datetime = Field(description="Everything the marketplace changed before it is here.")
    lag_seconds: int = Field(description="How far that is behind now.")
    success_at: datetime | None
    next_run_at: datetime
    running: bool
    failures: int = Field(description="Runs that failed one after another.")
    trouble: Trouble | None = Field(description="Why the last run failed; null when it did not.")
    message: str = Field(description="The marketplace's own words to it.")


class StoreOut(BaseModel):
    id: IdOut
    name: str
    marketplace: str
    currency: str
    time_zone: str
    default_service_id: IdOut | None
    is_enabled: bool
    state: Standing
    account: str = Field(description="What the marketplace calls this seller account.")
    authorization_ends_at: datetime | None
    sync: SyncOut | None = Field(description="Null for a store that was never connected.")


class StoreStates(BaseModel):
    items: list[StoreOut]


class Asked(BaseModel):
    asked_at: datetime


@router.get("/stores", response={200: StoreStates, **errors()}, summary="All stores and how they stand")
def list_stores(request: HttpRequest) -> Any:
    organization_id = actor_of(request, Permission.VIEW).organization_id
    at = now()
    with organization_scope(organization_id):
        return {"items": [_store(row, at) for row in standings(organization_id)]}


@router.post("/stores/{id}/sync", response={202: Asked, **errors(404, 409)}, summary="Pull a store's orders now")
def sync_store(request: HttpRequest, id: Path[Id]) -> Any:
    """The pull runs in the background: `GET /stores` tells how it goes. One that is asked for already is not asked twice."""
    actor, at = actor_of(request, Permission.IMPORT), now()
    with organization_scope(actor.organization_id):
        rows = standings(actor.organization_id, int(id))
    if not rows:
        raise not_found("store")
    if standing_of(rows[0], at) not in SYNCED:
        raise Problem(409, "not_connected", "The store is not connected to its marketplace, or it is switched off.")
    connect.sync_now(organization_id=actor.organization_id, store_ids=[int(id)], actor=actor, at=at)
    return Status(202, {"asked_at": at})


def _store(row: dict[str, Any], at: datetime) -> dict[str, Any]:
    synced = row["watermark"] is not None
    sync = {
        "seen_until": row["watermark"],
        "lag_seconds": max(int((at - row["watermark"]) / timedelta(seconds=1)), 0),
        "success_at": row["success_at"],
        "next_run_at": row["next_run_at"],
        "running": row["lease_until"] is not None and row["lease_until"] > at,
        "failures": row["failures"],
        "trouble": row["trouble"] or None,
        "message": row["message"],
    } if synced else None  # fmt: skip
    return {
        **{name: row[name] for name in (
            "id", "name", "marketplace", "currency", "time_zone", "default_service_id", "is_enabled")},
        "state": standing_of(row, at),
        "account": row["account"] or "",
        "authorization_ends_at": row["refresh_expires_at"],
        "sync": sync,
    }  # fmt: skip
