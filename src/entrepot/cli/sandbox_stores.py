"""Stores of the sandbox, connected as an owner would: through the marketplace's page, with its button "allow"."""

from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from entrepot.connections import connect
from entrepot.core.permissions import Actor
from entrepot.marketplaces.contract import App
from entrepot.marketplaces.registry import connector_of, marketplaces

BACK_TO = "http://127.0.0.1/connect/back/"  # nobody is sent there: the answer is read from the redirect


def apps(url: str) -> dict[str, dict[str, Any]]:
    """The marketplaces it plays that we can talk to, with our registration there and its shops."""
    known = {listed.name: listed.title for listed in marketplaces()}
    found = httpx.get(f"{url}/control/apps", timeout=5, trust_env=False).json()
    return {name: {**value, "title": known[name]} for name, value in found.items() if name in known}


def tell(url: str, what: str, value: dict[str, Any]) -> Any:
    """A call of the sandbox's control API."""
    reply = httpx.post(f"{url}/control/{what}", json=value, timeout=60, trust_env=False)
    reply.raise_for_status()
    return reply.json()


def carrier_codes(url: str) -> dict[str, str]:
    """For each marketplace that wants a carrier's code of its own, one that it takes."""
    return {name: next(iter(value["carriers"])) for name, value in apps(url).items() if value["carriers"]}


def connect_shop(
    url: str,
    marketplace: str,
    shop: str,
    *,
    alias: str,
    organization_id: int,
    actor: Actor,
    at: datetime,
    sender: dict[str, str] | None = None,
    default_service_id: int | None = None,
) -> int:
    """Goes to the marketplace's page, allows it for `shop`, comes back. Returns the store."""
    value = apps(url)[marketplace]
    currency = next((one["currency"] for one in value["shops"] if one["name"] == shop), "USD")
    begun = connect.begin(
        organization_id=organization_id, name=alias, marketplace=marketplace, currency=currency, time_zone="UTC",
        app=App(value["key"], value["secret"], value["hosts"], dict.fromkeys(connector_of(marketplace).can.asks, shop)),
        back_to=BACK_TO, actor=actor, at=at, sender=sender, default_service_id=default_service_id,
    )  # fmt: skip
    return allow(begun.url, shop, actor=actor, at=at)


def allow(url: str, shop: str, *, actor: Actor, at: datetime) -> int:
    """Presses "allow" on the marketplace's page and comes back with its answer."""
    reply = httpx.post(
        url, data={"shop": shop, "decision": "allow"}, timeout=5, trust_env=False, follow_redirects=False
    )
    if reply.is_error:
        reply.raise_for_status()
    answer = dict(parse_qsl(urlsplit(reply.headers["location"]).query))
    return connect.come_back(answer=answer, back_to=BACK_TO, actor=actor, at=at).store_id
