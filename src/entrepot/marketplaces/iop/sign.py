"""Signatures of the IOP gateway: upper-case hex HMAC-SHA256 over the API's path and its sorted parameters."""

import hashlib
import hmac
from collections.abc import Mapping


def string_to_sign(path: str, params: Mapping[str, str]) -> str:
    """`path` is "" for a business method at /sync, which is named by its parameter `method` instead."""
    return path + "".join(f"{name}{params[name]}" for name in sorted(params) if name != "sign")


def signature(secret: str, path: str, params: Mapping[str, str]) -> str:
    """Over all parameters but `sign`, those of the system too; names in the order of their code points."""
    return hmac.new(secret.encode(), string_to_sign(path, params).encode(), hashlib.sha256).hexdigest().upper()


def push_signature(key: str, secret: str, body: bytes) -> str:
    """Of a push message: lower-case hex. That app key and body are what is signed was not verified live."""
    return hmac.new(secret.encode(), key.encode() + body, hashlib.sha256).hexdigest()


def is_push_signed(key: str, secret: str, body: bytes, claimed: str) -> bool:
    return hmac.compare_digest(push_signature(key, secret, body).encode(), claimed.encode())
