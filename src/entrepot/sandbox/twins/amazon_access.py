"""How Amazon lets us in: the consent page, Login with Amazon (LWA) tokens, and restricted data tokens."""

import json
from collections.abc import Mapping, Sequence

from entrepot.sandbox.authorize import authorize
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.tokens import Kind, State, Token
from entrepot.sandbox.twin import Exchange, Reply, html_reply, json_reply
from entrepot.sandbox.twins.amazon_errors import denied, expired, invalid_input

ACCESS_SECONDS = 3600
CODE_SECONDS = 300


def consent(exchange: Exchange, shops: Sequence[Shop]) -> Reply:
    """The seller's page. Amazon keeps the return address with the app; `redirect_uri` in the query beats it."""
    world, asked = exchange.world, exchange.request.args
    if asked.get("application_id") not in (None, world.apps["amazon"].key):
        return html_reply("<p>MD1000: there is no such application.</p>", 400)
    back_to = asked.get("redirect_uri") or world.store.setting("redirect amazon", "")
    state = {"state": asked["state"]} if "state" in asked else {}

    def allowed(shop: Shop) -> Mapping[str, str]:
        code = world.tokens.issue(
            Kind.CODE, "amazon", shop.name, now_ms=world.now_ms, seconds=CODE_SECONDS, redirect=back_to
        )
        return {**state, "selling_partner_id": shop.id, "spapi_oauth_code": code.token}

    refused = {**state, "error": "access_denied", "error_description": "The seller did not consent."}
    return authorize(exchange, title="Amazon", shops=list(shops), back_to=back_to, allowed=allowed, denied=refused)


def lwa_token(exchange: Exchange) -> Reply:
    """`POST o2/token`: authorization_code and refresh_token grants. The refresh token stays the same."""
    world, form = exchange.world, exchange.request.form
    app = world.apps["amazon"]
    if form.get("client_id") != app.key or form.get("client_secret") != app.secret:
        return _lwa_error(401, "invalid_client", "Client authentication failed")
    if form.get("grant_type") == "refresh_token":
        refresh = world.tokens.look(Kind.REFRESH, "amazon", form.get("refresh_token", ""), now_ms=world.now_ms)
        if refresh.state is not State.GOOD:
            why = "The request has an invalid grant parameter : refresh_token. User may have revoked the permission."
            return _lwa_error(400, "invalid_grant", why)
        return _grant(exchange, refresh.shop, refresh)
    if form.get("grant_type") == "authorization_code":
        code = world.tokens.look(Kind.CODE, "amazon", form.get("code", ""), now_ms=world.now_ms)
        if code.state is not State.GOOD or form.get("redirect_uri", code.extra["redirect"]) != code.extra["redirect"]:
            return _lwa_error(400, "invalid_grant", "The request has an invalid grant parameter : code")
        world.tokens.use(code)
        refresh = world.tokens.issue(
            Kind.REFRESH, "amazon", code.shop, now_ms=world.now_ms, seconds=None, prefix="Atzr|"
        )
        return _grant(exchange, code.shop, refresh)
    return _lwa_error(400, "unsupported_grant_type", "The authorization grant type is not supported")


def _grant(exchange: Exchange, shop: str, refresh: Token) -> Reply:
    world = exchange.world
    access = world.tokens.issue(
        Kind.ACCESS, "amazon", shop, now_ms=world.now_ms, seconds=ACCESS_SECONDS, prefix="Atza|"
    )
    body = {"access_token": access.token, "refresh_token": refresh.token, "token_type": "bearer"}
    return json_reply({**body, "expires_in": ACCESS_SECONDS})


def _lwa_error(status: int, code: str, description: str) -> Reply:
    return json_reply({"error": code, "error_description": description}, status)


def seller(exchange: Exchange) -> Token:
    """The good access token of a call; a restricted data token only opens the paths it was made for.

    Raises:
        SpError: 403, whatever is wrong with the token: `details` says what.
    """
    text = exchange.request.headers.get("x-amz-access-token", "")
    if not text:
        raise denied("Access token is missing in the request header.")
    token = exchange.token(text)
    if token.state is State.EXPIRED:
        raise expired()
    if token.state is not State.GOOD:
        raise denied("The access token you provided is revoked, malformed or invalid.")
    path = exchange.request.path.removeprefix("/amazon/api")
    resources = token.extra.get("resources")
    if resources is not None and not any(_opens(one, exchange.request.method, path) for one in resources):
        raise denied("The restricted data token does not give access to this resource.")
    return token


def _opens(resource: Mapping[str, str], method: str, path: str) -> bool:
    """Whether a restricted resource names this call. `{orderId}` in its path stands for any one part."""
    named, given = resource["path"].split("/"), path.split("/")
    same = len(named) == len(given) and all(n == g or n[:1] == "{" for n, g in zip(named, given, strict=True))
    return same and resource["method"] == method


def restricted_token(exchange: Exchange, token: Token) -> Reply:
    """`POST /tokens/2021-03-01/restrictedDataToken`: up to 50 resources, one hour."""
    try:
        asked = json.loads(exchange.request.get_data())["restrictedResources"]
        resources = [{"method": str(one["method"]), "path": str(one["path"])} for one in asked]
    except (ValueError, KeyError, TypeError) as error:
        raise invalid_input("restrictedResources must list objects with method and path.") from error
    if not 1 <= len(resources) <= 50 or any(one["method"] not in ("GET", "PUT", "POST", "DELETE") for one in resources):
        raise invalid_input("Between 1 and 50 restricted resources, each with the method GET, PUT, POST or DELETE.")
    world = exchange.world
    made = world.tokens.issue(
        Kind.ACCESS,
        "amazon",
        token.shop,
        now_ms=world.now_ms,
        seconds=ACCESS_SECONDS,
        prefix="Atz.sprdt|",
        resources=resources,
    )
    return json_reply({"restrictedDataToken": made.token, "expiresIn": ACCESS_SECONDS})
