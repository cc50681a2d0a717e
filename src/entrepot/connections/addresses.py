"""Where calls to marketplaces may go: an address that somebody typed leads to no machine of our own network.

`MARKETPLACE_HOSTS` says what may be typed at all: any name, none beside the marketplaces' own, or names of some domains.
Whatever was typed, a connection to a private address is broken off before anything is sent. The sandbox is the exception.
"""

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from django.conf import settings
from django.utils.translation import gettext as _

from entrepot.connections.own_words import PRIVATE
from entrepot.marketplaces.contract import CallFailed, Trouble

ANY, KNOWN = "any", "known"
CODE = "address"
CONNECTED = "connection.connect_tcp.complete"  # as httpcore names the event


def check_hosts(hosts: Mapping[str, str]) -> None:
    """
    Raises:
        CallFailed: INVALID_INPUT; one of these addresses may not be typed here. The message names it.
    """
    for address in hosts.values():
        if not is_sandbox(address):
            _check(address)


def _check(address: str) -> None:
    name = _name(address)
    if not name or _is_ours(name):
        raise CallFailed(
            Trouble.INVALID_INPUT,
            _("%(address)s is no address of a marketplace: it begins with https:// and leads to no private network.")
            % {"address": address},
            code=CODE,
        )
    if settings.MARKETPLACE_HOSTS != ANY and not any(
        name == domain or name.endswith(f".{domain}") for domain in _domains()
    ):
        raise CallFailed(
            Trouble.INVALID_INPUT,
            _("%(address)s may not be used here: this installation calls the marketplaces' own addresses.")
            % {"address": address},
            code=CODE,
        )


def _domains() -> list[str]:
    """The domains whose names may be typed; none of "known"."""
    said = [] if settings.MARKETPLACE_HOSTS == KNOWN else settings.MARKETPLACE_HOSTS.split(",")
    return [domain.strip().lower().strip(".") for domain in said if domain.strip(". ")]


def _name(address: str) -> str:
    """The host's name of an https address; "" for anything else, and for an address with a user in it."""
    try:
        parts = urlsplit(address)
        name = (parts.hostname or "").rstrip(".")
        _port = parts.port
    except ValueError:
        return ""
    return name if parts.scheme == "https" and "@" not in parts.netloc else ""


def _is_ours(name: str) -> bool:
    """By the name alone; what a name leads to is seen when it is connected to."""
    try:
        return is_private(name)
    except ValueError:
        return "." not in name or name.endswith((".localhost", ".local", ".internal"))


def is_sandbox(url: str) -> bool:
    """Whether a URL leads to the sandbox that this installation was told of."""
    try:
        return bool(settings.SANDBOX_URL) and urlsplit(url)[:2] == urlsplit(settings.SANDBOX_URL)[:2]
    except ValueError:  # no URL at all
        return False


def is_private(address: str) -> bool:
    """Whether an IP address is one of this machine or of a network that the internet does not reach.

    Raises:
        ValueError: it is no IP address.
    """
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return not found.is_global or found.is_multicast


def refuse_private(event: str, info: Mapping[str, Any]) -> None:
    """For the `trace` extension of httpx: ends a connection that has just been made to a private address.

    Names are judged by what they led to, so a name that means something else a moment later gains nothing. Behind a proxy
    it is the proxy that connects, and the proxy's to refuse.

    Raises:
        CallFailed: INVALID_INPUT; nothing was sent.
    """
    if event != CONNECTED or _has_proxy():
        return
    stream = info["return_value"]
    peer = stream.get_extra_info("server_addr")
    if peer is not None and is_private(peer[0]):
        stream.close()
        raise CallFailed(Trouble.INVALID_INPUT, PRIVATE, code=CODE)


def _has_proxy() -> bool:
    return not getproxies().keys().isdisjoint({"http", "https", "all"})
