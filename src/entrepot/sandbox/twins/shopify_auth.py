"""Shopify's consent page and tokens: each shop has a page of its own, and the answer is signed."""

import hashlib
import hmac
import json
import urllib.parse
from typing import Any, Final

from entrepot.sandbox.authorize import authorize
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.tokens import Kind, State
from entrepot.sandbox.twin import Exchange, Reply, html_reply, json_reply
from entrepot.sandbox.twins.shopify_document import NAME
from entrepot.sandbox.world import World

CODE_SECONDS: Final = 60
ACCESS_SECONDS: Final = 3600
REFRESH_SECONDS: Final = 90 * 86400
SCOPES: Final = "read_orders,write_merchant_managed_fulfillment_orders,write_inventory"


def consent(exchange: Exchange, shop: Shop) -> Reply:
    world, query = exchange.world, exchange.request.args
    if query.get("client_id") != world.apps[NAME].key:
        return html_reply(
            "<h1>Shopify</h1><p>Oauth error invalid_request: Could not find the app with that client_id</p>", 400
        )
    state = {"state": query["state"]} if query.get("state") else {}

    def allowed(chosen: Shop) -> dict[str, str]:
        scope = query.get("scope", SCOPES)
        code = world.tokens.issue(
            Kind.CODE, NAME, chosen.name, now_ms=world.now_ms, seconds=CODE_SECONDS, scope=scope
        )  # fmt: skip
        answer = {
            "code": code.token,
            "shop": f"{chosen.name}.myshopify.com",
            "timestamp": str(world.now_ms // 1000),
            **state,
        }
        return {**answer, "hmac": signed(world, answer)}

    return authorize(
        exchange, title=f"Shopify: {shop.title}", shops=[shop], back_to=query.get("redirect_uri", ""), allowed=allowed,
        denied={"error": "access_denied", **state},
    )  # fmt: skip


def signed(world: World, answer: dict[str, str]) -> str:
    message = urllib.parse.urlencode(sorted(answer.items()))
    return hmac.new(world.apps[NAME].secret.encode(), message.encode(), hashlib.sha256).hexdigest()


def token(exchange: Exchange, shop: Shop) -> Reply:
    """A code for a token without an end, or with `expiring=1` for one of an hour and a refresh token; both are used once."""
    given, world = _given(exchange), exchange.world
    app = world.apps[NAME]
    if given.get("client_id") != app.key or given.get("client_secret") != app.secret:
        return _refused("invalid_client", "Client authentication failed")
    is_refresh = given.get("grant_type") == "refresh_token"
    kind, text = (Kind.REFRESH, given.get("refresh_token")) if is_refresh else (Kind.CODE, given.get("code"))
    found = world.tokens.look(kind, NAME, str(text), now_ms=world.now_ms)
    if found.state is not State.GOOD or found.shop != shop.name:
        return _refused("invalid_request", "The authorization code was not found or was already used")
    world.tokens.use(found)
    if is_refresh:
        world.tokens.end(NAME, shop.name, (Kind.ACCESS,), State.REVOKED)
    return json_reply(
        _issued(world, shop, str(found.extra["scope"]), is_refresh or str(given.get("expiring", "")) == "1")
    )


def _issued(world: World, shop: Shop, scope: str, expiring: bool) -> dict[str, Any]:
    now = world.now_ms
    seconds = ACCESS_SECONDS if expiring else None
    access = world.tokens.issue(Kind.ACCESS, NAME, shop.name, now_ms=now, seconds=seconds, prefix="shpat_")
    told: dict[str, Any] = {"access_token": access.token, "scope": scope}
    if expiring:
        refresh = world.tokens.issue(
            Kind.REFRESH, NAME, shop.name, now_ms=now, seconds=REFRESH_SECONDS, prefix="shprt_", scope=scope
        )
        told |= {
            "expires_in": ACCESS_SECONDS,
            "refresh_token": refresh.token,
            "refresh_token_expires_in": REFRESH_SECONDS,
        }
    return told


def _given(exchange: Exchange) -> dict[str, Any]:
    """A JSON body or a form."""
    request = exchange.request
    if request.mimetype == "application/json":
        try:
            value = json.loads(request.get_data() or b"{}")
        except ValueError:
            value = {}
        return value if isinstance(value, dict) else {}
    return request.form.to_dict()


def _refused(error: str, description: str) -> Reply:
    return json_reply({"error": error, "error_description": description}, 400)
