"""Our registration at the sandbox: the marketplaces it plays give keys to whoever asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from entrepot.marketplaces.contract import App

TIMEOUT = 3.0  # seconds; it runs on this machine


class SandboxAway(Exception):
    """The sandbox does not answer, or does not play this marketplace."""


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop that could be connected. `accounts`: what its marketplace may call it in a grant."""

    name: str
    currency: str
    country: str
    accounts: frozenset[str]

    def is_called(self, account: str) -> bool:
        return account in self.accounts or account.partition(".")[0] == self.name  # a domain begins with the name


@dataclass(frozen=True, slots=True)
class Played:
    """A marketplace that the sandbox plays: our app there, and its shops."""

    app: App
    shops: tuple[Shop, ...]

    def shop(self, name: str) -> Shop | None:
        """The shop of this name, else the first."""
        return next((shop for shop in self.shops if shop.name == name), self.shops[0] if self.shops else None)


def played(url: str, marketplace: str) -> Played:
    """What the sandbox says of this marketplace.

    Raises:
        SandboxAway: see there.
    """
    try:
        given = httpx.get(f"{url}/control/apps", timeout=TIMEOUT, trust_env=False).raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise SandboxAway(marketplace) from error
    if marketplace not in given:
        raise SandboxAway(marketplace)
    mine = given[marketplace]
    return Played(App(mine["key"], mine["secret"], mine["hosts"]), tuple(map(_shop, mine["shops"])))


def _shop(value: Mapping[str, Any]) -> Shop:
    names = frozenset(str(value[name]) for name in ("name", "id", "user_id", "login") if name in value)
    return Shop(value["name"], value["currency"], value["country"], names)


def register(url: str, marketplace: str, *, back_to: str, hook: str) -> None:
    """Tells the sandbox where sellers come back to and where webhooks go.

    Raises:
        SandboxAway: see there.
    """
    try:
        for path, body in (("apps", {"redirect_uri": back_to}), ("webhooks", {"url": hook})):
            told = {"marketplace": marketplace, **body}
            httpx.post(f"{url}/control/{path}", json=told, timeout=TIMEOUT, trust_env=False).raise_for_status()
    except httpx.HTTPError as error:
        raise SandboxAway(marketplace) from error
