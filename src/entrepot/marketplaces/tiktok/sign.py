"""Signatures of requests and webhooks: lowercase hex HMAC-SHA256 with the app secret."""

import hashlib
import hmac
from collections.abc import Mapping

UNSIGNED = frozenset({"sign", "access_token"})


def signature(secret: str, path: str, query: Mapping[str, str], body: bytes = b"") -> str:
    """Of a request: `path` without host, `query` decoded, `body` the very bytes that are sent."""
    pairs = "".join(f"{name}{query[name]}" for name in sorted(query) if name not in UNSIGNED)
    message = b"".join((secret.encode(), path.encode(), pairs.encode(), body, secret.encode()))
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def webhook_signature(key: str, secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), key.encode() + body, hashlib.sha256).hexdigest()


def is_webhook_signed(key: str, secret: str, body: bytes, claimed: str) -> bool:
    return hmac.compare_digest(webhook_signature(key, secret, body).encode(), claimed.encode())
