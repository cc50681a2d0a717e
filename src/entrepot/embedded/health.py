"""Whether a web address answers, asked directly: proxies are for the world, not for this machine."""

import http.client
import socket
import urllib.error
import urllib.request
from urllib.parse import urlsplit

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def answers(url: str, *, seconds: float = 5.0) -> bool:
    """Whether `url` answers 200 within `seconds`."""
    try:
        with _direct.open(url, timeout=seconds) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError, http.client.HTTPException):
        return False


def listening(url: str) -> bool:
    """Whether any program listens on the host and port of `url`."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((parts.hostname or "127.0.0.1", port), timeout=1.0):
            return True
    except OSError:
        return False


def front(url: str) -> str:
    """The address a person opens: `url` without its path."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"
