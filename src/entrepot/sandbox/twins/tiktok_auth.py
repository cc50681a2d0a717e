"""TikTok Shop's consent page and tokens. Both lifetimes are absolute Unix times, whatever their names say."""

from typing import Any, Final

from entrepot.sandbox.authorize import authorize
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.tokens import Kind, State
from entrepot.sandbox.twin import Exchange, Reply
from entrepot.sandbox.twins.tiktok_wire import CODE_BAD, INVALID, NAME, TOKEN_EXPIRED, envelope, refuse
from entrepot.sandbox.world import World

CODE_SECONDS: Final = 30 * 60
ACCESS_SECONDS: Final = 7 * 86400
REFRESH_SECONDS: Final = 90 * 86400
SCOPES: Final = ["seller.authorization.info", "seller.fulfillment.basic", "seller.order.info", "seller.product.basic"]


def consent(exchange: Exchange, shops: tuple[Shop, ...]) -> Reply:
    """The real page sends sellers to the address registered with the app; the sandbox also takes a `redirect_uri`."""
    world, query = exchange.world, exchange.request.args
    state = {"state": query["state"]} if query.get("state") else {}

    def allowed(shop: Shop) -> dict[str, str]:
        code = world.tokens.issue(Kind.CODE, NAME, shop.name, now_ms=world.now_ms, seconds=CODE_SECONDS, prefix="ROW_")
        return {
            "app_key": world.apps[NAME].key,
            "code": code.token,
            "locale": "en",
            "shop_region": shop.country,
            **state,
        }

    back_to = query.get("redirect_uri") or world.store.setting(f"redirect {NAME}", "")
    if query.get("service_id", query.get("app_key")) != world.apps[NAME].key:
        back_to = ""
    return authorize(
        exchange, title="TikTok Shop", shops=list(shops), back_to=back_to, allowed=allowed,
        denied={"error": "access_denied", **state},
    )  # fmt: skip


def token_get(exchange: Exchange, shops: tuple[Shop, ...]) -> Reply:
    query = _asked(exchange, "authorized_code")
    world = exchange.world
    code = world.tokens.look(Kind.CODE, NAME, query.get("auth_code", ""), now_ms=world.now_ms)
    if code.state is not State.GOOD:
        refuse(CODE_BAD, f"Authorization code is {code.state}")
    world.tokens.use(code)
    return envelope(exchange, _pair(world, _shop(shops, code.shop)))


def token_refresh(exchange: Exchange, shops: tuple[Shop, ...]) -> Reply:
    """The old refresh token ends with its use; so does the old access token."""
    query = _asked(exchange, "refresh_token")
    world = exchange.world
    token = world.tokens.look(Kind.REFRESH, NAME, query.get("refresh_token", ""), now_ms=world.now_ms)
    if token.state is State.EXPIRED:
        refuse(TOKEN_EXPIRED, "The refresh token has expired")
    if token.state is not State.GOOD:
        refuse(CODE_BAD, f"The refresh token is {token.state}")
    world.tokens.use(token)
    world.tokens.end(NAME, token.shop, (Kind.ACCESS,), State.REVOKED)
    return envelope(exchange, _pair(world, _shop(shops, token.shop)))


def _asked(exchange: Exchange, grant_type: str) -> dict[str, str]:
    query, app = exchange.request.args.to_dict(), exchange.world.apps[NAME]
    if query.get("app_key") != app.key or query.get("app_secret") != app.secret:
        refuse(INVALID, "Invalid app_key or app_secret")
    if query.get("grant_type") != grant_type:
        refuse(INVALID, "Invalid grant_type")
    return query


def _pair(world: World, shop: Shop) -> dict[str, Any]:
    now = world.now_ms
    access = world.tokens.issue(Kind.ACCESS, NAME, shop.name, now_ms=now, seconds=ACCESS_SECONDS, prefix="ROW_")
    refresh = world.tokens.issue(Kind.REFRESH, NAME, shop.name, now_ms=now, seconds=REFRESH_SECONDS, prefix="ROW_")
    assert access.expires is not None
    assert refresh.expires is not None
    return {
        "access_token": access.token,
        "access_token_expire_in": access.expires // 1000,
        "refresh_token": refresh.token,
        "refresh_token_expire_in": refresh.expires // 1000,
        "open_id": f"open-{shop.id}",
        "seller_name": shop.title,
        "seller_base_region": shop.country,
        "user_type": 0,
        "granted_scopes": SCOPES,
    }


def _shop(shops: tuple[Shop, ...], name: str) -> Shop:
    return next(shop for shop in shops if shop.name == name)
