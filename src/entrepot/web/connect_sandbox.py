"""Connecting a store of the sandbox: which of its shops, and in which currency that one sells."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from entrepot.connections.edit_store import edit_store
from entrepot.connections.queries import accounts_at
from entrepot.connections.sandbox import SandboxAway, played
from entrepot.core.clock import now
from entrepot.core.scope import organization_scope
from entrepot.web.access import MemberRequest
from entrepot.web.words import country


def shops_of(request: MemberRequest, marketplace: str, store: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The sandbox's shops to choose from, those first that no store of ours is connected to; of a store that is
    connected, its own. None when the sandbox does not answer.
    """
    if not settings.SANDBOX_URL:
        return []
    try:
        there = played(settings.SANDBOX_URL, marketplace)
    except SandboxAway:
        return []  # the button says so when it is pressed
    with organization_scope(request.membership.organization_id):
        ours = accounts_at(request.membership.organization_id, marketplace)
    own = (store or {}).get("account") or ""
    found = [
        {
            "name": shop.name,
            "words": f"{shop.name} · {country(shop.country)} · {shop.currency}",
            "taken": not own and any(map(shop.is_called, ours)),
        }
        for shop in there.shops
        if not own or shop.is_called(own)
    ]
    return sorted(found, key=lambda shop: shop["taken"])


def take_currency(request: MemberRequest, row: Mapping[str, Any]) -> None:
    """The owner may have allowed another shop of the sandbox than the one chosen here: its currency counts."""
    try:
        shops = played(settings.SANDBOX_URL, row["marketplace"]).shops
    except SandboxAway:
        return  # no shop of the sandbox, or it is gone: the currency stays as it was typed
    shop = next((shop for shop in shops if shop.is_called(row["account"])), None)
    if shop is not None:
        with organization_scope(request.membership.organization_id):
            edit_store(
                organization_id=request.membership.organization_id, store_id=row["id"],
                values={"currency": shop.currency}, actor=request.actor, at=now(),
            )  # fmt: skip
