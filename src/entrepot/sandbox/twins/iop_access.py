"""How AliExpress and Lazada let us in: the authorize page, and `/auth/token/create` and `/auth/token/refresh`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from entrepot.sandbox.authorize import authorize
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.tokens import Kind, State, Token
from entrepot.sandbox.twin import Exchange, Reply, html_reply
from entrepot.sandbox.twins.iop import IopError, illegal_access_token, illegal_refresh_token, required

CODE_SECONDS = 30 * 60
ACCESS_SECONDS, REFRESH_SECONDS = 30 * 86400, 60 * 86400

Named = Callable[[Shop], Mapping[str, Any]]


def page(exchange: Exchange, title: str, shops: Sequence[Shop]) -> Reply:
    """`/oauth/authorize?response_type=code&client_id&redirect_uri&state`."""
    world, asked = exchange.world, exchange.request.args
    if asked.get("response_type") != "code" or asked.get("client_id") != world.apps[exchange.marketplace].key:
        return html_reply("<p>The client_id or the response_type is not valid.</p>", 400)
    back_to = asked.get("redirect_uri") or world.store.setting(f"redirect {exchange.marketplace}", "")
    state = {"state": asked["state"]} if "state" in asked else {}

    def allowed(shop: Shop) -> Mapping[str, str]:
        now = world.now_ms
        return {
            "code": world.tokens.issue(
                Kind.CODE, exchange.marketplace, shop.name, now_ms=now, seconds=CODE_SECONDS, prefix="3_"
            ).token,
            **state,
        }

    refused = {"error": "access_denied", "error_description": "authorize reject", **state}
    return authorize(exchange, title=title, shops=list(shops), back_to=back_to, allowed=allowed, denied=refused)


def create(exchange: Exchange, params: Mapping[str, str], shops: Sequence[Shop], named: Named) -> dict[str, Any]:
    """`/auth/token/create`: the code is good once. `named` adds what this marketplace calls the seller.

    Raises:
        IopError: MissingParameter, InvalidCode.
    """
    world, marketplace = exchange.world, exchange.marketplace
    code = world.tokens.look(Kind.CODE, marketplace, required(params, "code"), now_ms=world.now_ms)
    if code.state is not State.GOOD:
        raise IopError("InvalidCode", "Invalid authorization code", "ISP")
    world.tokens.use(code)
    refresh = world.tokens.issue(
        Kind.REFRESH, marketplace, code.shop, now_ms=world.now_ms, seconds=REFRESH_SECONDS, prefix="50001"
    )
    return _granted(exchange, refresh, shops, named)


def refresh(exchange: Exchange, params: Mapping[str, str], shops: Sequence[Shop], named: Named) -> dict[str, Any]:
    """`/auth/token/refresh`: a new access token; the refresh token and the end of its life stay.

    Raises:
        IopError: MissingParameter, IllegalRefreshToken.
    """
    world = exchange.world
    text = required(params, "refresh_token")
    found = world.tokens.look(Kind.REFRESH, exchange.marketplace, text, now_ms=world.now_ms)
    if found.state is not State.GOOD:
        raise illegal_refresh_token()
    return _granted(exchange, found, shops, named)


def _granted(exchange: Exchange, refresh: Token, shops: Sequence[Shop], named: Named) -> dict[str, Any]:
    world, shop = exchange.world, next(shop for shop in shops if shop.name == refresh.shop)
    access = world.tokens.issue(
        Kind.ACCESS, exchange.marketplace, shop.name, now_ms=world.now_ms, seconds=ACCESS_SECONDS, prefix="50000"
    )
    assert refresh.expires is not None
    return {
        "access_token": access.token,
        "refresh_token": refresh.token,
        "expires_in": ACCESS_SECONDS,
        "refresh_expires_in": (refresh.expires - world.now_ms) // 1000,
        "account_platform": "seller_center",
        **named(shop),
    }


def shop_of(exchange: Exchange, text: str, shops: Sequence[Shop]) -> Shop:
    """The shop whose good access token this is.

    Raises:
        IopError: IllegalAccessToken.
    """
    token = exchange.token(text)
    if token.state is not State.GOOD:
        raise illegal_access_token()
    return next(shop for shop in shops if shop.name == token.shop)
