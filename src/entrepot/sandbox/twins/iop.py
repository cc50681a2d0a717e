"""The IOP gateway that AliExpress and Lazada share: signatures, system parameters, errors, times.

Every answer is HTTP 200; an error is `{code, type, message, request_id}`. `type` says whose fault it is: ISV the
caller's, ISP the gateway's or the seller system's, SYSTEM the platform's.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

SKEW_MS = 5 * 60 * 1000  # how far a request's timestamp may be from AliExpress's clock
LAZADA_SKEW_MS = 7200 * 1000  # Lazada's pages say so
PACIFIC = ZoneInfo("America/Los_Angeles")


class IopError(Exception):
    """The gateway refuses a call."""

    def __init__(self, code: str, message: str, kind: str = "ISV") -> None:
        super().__init__(code, message)
        self.code, self.message, self.kind = code, message, kind

    def body(self, request_id: str) -> dict[str, Any]:
        return {"code": self.code, "type": self.kind, "message": self.message, "request_id": request_id}


def signature(secret: str, path: str, params: Mapping[str, str]) -> str:
    """Upper-case hex HMAC-SHA256 over `path` and every parameter but `sign`, key and value, sorted by key.

    `path` is "" for AliExpress business methods at /sync, the API path for everything else.
    """
    text = path + "".join(name + params[name] for name in sorted(params) if name != "sign")
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest().upper()


def push_signature(key: str, secret: str, body: bytes) -> str:
    """The `Authorization` header of a push: lower-case hex HMAC-SHA256 of app key and raw body."""
    return hmac.new(secret.encode(), key.encode() + body, hashlib.sha256).hexdigest()


def check_system(
    key: str, secret: str, path: str, params: Mapping[str, str], now_ms: int, skew_ms: int = SKEW_MS
) -> None:
    """Refuse a call whose app key, timestamp or signature is wrong. `now_ms` is the clock that signatures meet.

    Raises:
        IopError: MissingParameter, InvalidAppKey, IllegalTimestamp, IncompleteSignature.
    """
    for name in ("app_key", "timestamp", "sign_method", "sign"):
        if not params.get(name):
            raise IopError("MissingParameter", f"The input parameter '{name}' that is mandatory is not supplied")
    if params["app_key"] != key:
        raise IopError("InvalidAppKey", "The specified App Key is invalid")
    stamp = params["timestamp"]
    if not stamp.isascii() or not stamp.isdigit() or abs(int(stamp) - now_ms) > skew_ms:
        raise IopError("IllegalTimestamp", "The specified timestamp parameter is invalid or expired")
    if params["sign_method"] != "sha256" or not hmac.compare_digest(params["sign"], signature(secret, path, params)):
        raise IopError("IncompleteSignature", "The request signature does not conform to platform standards")


def call_limit(seconds: int = 1) -> IopError:
    message = f"Api access frequency exceeds the limit. this ban will last {seconds} seconds"
    return IopError("ApiCallLimit", message, "ISP")


def illegal_access_token() -> IopError:
    return IopError("IllegalAccessToken", "The specified access token is invalid or expired", "ISP")


def illegal_refresh_token() -> IopError:
    return IopError("IllegalRefreshToken", "The specified refresh token is invalid or expired", "ISP")


def required(params: Mapping[str, str], name: str) -> str:
    """The parameter `name`.

    Raises:
        IopError: MissingParameter.
    """
    if not params.get(name):
        raise IopError("MissingParameter", f"The input parameter '{name}' that is mandatory is not supplied")
    return params[name]


def json_param(params: Mapping[str, str], name: str, kind: type) -> Any:
    """The JSON in parameter `name`, which must be of `kind` (dict or list).

    Raises:
        IopError: MissingParameter, InvalidParameter.
    """
    try:
        value = json.loads(required(params, name))
    except ValueError:
        value = None
    if not isinstance(value, kind):
        raise IopError("InvalidParameter", f"The specified value of '{name}' is not a JSON {kind.__name__}")
    return value


def whole(value: Any, name: str, least: int, most: int, usual: int) -> int:
    """An integer parameter, `usual` when absent.

    Raises:
        IopError: InvalidParameter when it is no integer between `least` and `most`.
    """
    if value in (None, ""):
        return usual
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = least - 1
    if not least <= number <= most:
        raise IopError("InvalidParameter", f"The value of '{name}' must be between {least} and {most}")
    return number


def pacific(ms: int) -> str:
    """US Pacific wall time, as AliExpress prints every time; the hour that repeats in autumn cannot be told apart."""
    return datetime.fromtimestamp(ms / 1000, PACIFIC).strftime("%Y-%m-%d %H:%M:%S")


def from_pacific(text: Any, name: str) -> int | None:
    """The instant (ms) of a US Pacific wall time; None when absent or a date without a time, which is ignored there.

    Raises:
        IopError: InvalidParameter.
    """
    if not text:
        return None
    try:
        wall = datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S").replace(tzinfo=PACIFIC)
    except ValueError:
        if len(str(text)) == len("2026-01-01"):
            return None
        raise IopError("InvalidParameter", f"The value of '{name}' must be yyyy-MM-dd HH:mm:ss") from None
    return int(wall.timestamp() * 1000)
