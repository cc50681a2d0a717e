"""TikTok Shop's envelope, its codes and the check of who is calling."""

import hashlib
import hmac
import json
from typing import Any, Final, NoReturn

from entrepot.sandbox.shops import Shop
from entrepot.sandbox.tokens import State
from entrepot.sandbox.twin import Exchange, Reply, json_reply

NAME: Final = "tiktok"
API: Final = "/tiktok/api"  # in front of the official paths; not part of what is signed
BEHIND_SECONDS, AHEAD_SECONDS = 300, 30

# From community tables; none was seen on a live account. What has no known code answers INVALID with a clear message.
INVALID: Final = 36009004
THROTTLED: Final = 36009002
INTERNAL: Final = 36009003
BAD_SIGN: Final = 106001
TOKEN_BAD: Final = 105001
TOKEN_EXPIRED: Final = 105002
BAD_CIPHER: Final = 106013
CODE_BAD: Final = 36004004
NO_PACKAGE: Final = 21011001
SHIPPED_ALREADY: Final = 21011006
REQUEST_OPEN: Final = 21011007
BAD_NUMBER: Final = 21011022
NUMBER_TAKEN: Final = 21011025
WRONG_STATE: Final = 21021010
NO_ORDER: Final = 21001001  # [M]


class Refused(Exception):
    """An error of the envelope. Raised before anything is written."""

    def __init__(self, code: int, message: str, status: int = 200) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def refuse(code: int, message: str, status: int = 200) -> NoReturn:
    raise Refused(code, message, status)


def envelope(exchange: Exchange, data: Any, *, code: int = 0, message: str = "Success", status: int = 200) -> Reply:
    number = exchange.world.store.next("tiktok request")
    return json_reply(
        {"code": code, "message": message, "request_id": f"{exchange.world.now_ms}{number:08}", "data": data}, status
    )


def signature(secret: str, path: str, query: dict[str, str], body: bytes) -> str:
    """`path` is the official one, without our prefix."""
    pairs = "".join(f"{key}{query[key]}" for key in sorted(query) if key not in ("sign", "access_token"))
    message = secret.encode() + path.encode() + pairs.encode() + body + secret.encode()
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def caller(exchange: Exchange, shops: tuple[Shop, ...], *, needs_cipher: bool) -> Shop:
    """The shop that is called for: key, timestamp, signature, token and cipher are right.

    Raises:
        Refused: one of them is not.
    """
    request, app = exchange.request, exchange.world.apps[NAME]
    query = request.args.to_dict()
    if query.get("app_key") != app.key:
        refuse(INVALID, "Invalid app_key", 401)
    _timely(exchange, query.get("timestamp", ""))
    is_form = (request.content_type or "").startswith("multipart/form-data")
    body = b"" if is_form else request.get_data()
    wanted = signature(app.secret, request.path.removeprefix(API), query, body)
    if not hmac.compare_digest(wanted, query.get("sign", "")):
        refuse(BAD_SIGN, "Invalid sign: the signature does not match the request", 401)
    token = exchange.token(request.headers.get("x-tts-access-token", ""))
    if token.state is State.EXPIRED:
        refuse(TOKEN_EXPIRED, "Expired credentials: the access token has expired", 401)
    if token.state is not State.GOOD:
        refuse(TOKEN_BAD, "Invalid access token", 401)
    shop = next(shop for shop in shops if shop.name == token.shop)
    if needs_cipher and query.get("shop_cipher") != shop.extra["cipher"]:
        refuse(BAD_CIPHER, "Invalid shop_cipher", 400)
    return shop


def _timely(exchange: Exchange, text: str) -> None:
    if not text.isdigit():
        refuse(INVALID, "Invalid timestamp", 400)
    behind = exchange.signing_ms // 1000 - int(text)
    if behind > BEHIND_SECONDS or behind < -AHEAD_SECONDS:
        refuse(INVALID, "Invalid timestamp: the request is expired or from the future", 400)


def body_of(exchange: Exchange) -> dict[str, Any]:
    """The JSON object that was sent; {} for no body."""
    try:
        value = json.loads(exchange.request.get_data() or b"{}")
    except ValueError:
        refuse(INVALID, "The body is not valid JSON", 400)
    if not isinstance(value, dict):
        refuse(INVALID, "The body is not a JSON object", 400)
    return value


def whole_number(value: Any, name: str, least: int = 0, most: int = 1 << 62) -> int:
    """A number of a query or a body.

    Raises:
        Refused: it is missing, not a whole number, or out of range.
    """
    if isinstance(value, bool) or not str(value).isdigit() or not least <= int(value) <= most:
        refuse(INVALID, f"Invalid parameter: {name}", 400)
    return int(value)


def listed(value: Any, name: str, most: int) -> list[Any]:
    if not isinstance(value, list) or not value or len(value) > most:
        refuse(INVALID, f"Invalid parameter: {name} must hold 1 to {most} items", 400)
    return value
