"""Our registration at the sandbox: the marketplaces it plays give keys to whoever asks."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from entrepot.marketplaces.contract import App

TIMEOUT = 3.0  # seconds; it runs on this machine


class SandboxAway(Exception):
    """The sandbox does not answer, or does not play this marketplace."""


@dataclass(frozen=True, slots=True)
class Played:
    """A marketplace that the sandbox plays: our app there, and the shops that could be connected, by their names."""

    app: App
    shops: Mapping[str, str]  # name -> currency
    asked: Mapping[str, str]  # what the seller would type: {"shop": …}, of the first shop


def sandbox_app(url: str, marketplace: str, *, back_to: str, hook: str) -> Played:
    """Asks the sandbox for our app, tells it where sellers come back to and where webhooks go.

    Raises:
        SandboxAway: see there.
    """
    try:
        given = httpx.get(f"{url}/control/apps", timeout=TIMEOUT, trust_env=False).raise_for_status().json()
        if marketplace not in given:
            raise SandboxAway(marketplace)
        for path, body in (("apps", {"redirect_uri": back_to}), ("webhooks", {"url": hook})):
            told = {"marketplace": marketplace, **body}
            httpx.post(f"{url}/control/{path}", json=told, timeout=TIMEOUT, trust_env=False).raise_for_status()
    except (httpx.HTTPError, ValueError) as error:
        raise SandboxAway(marketplace) from error
    mine = given[marketplace]
    shops = mine["shops"]
    return Played(
        App(mine["key"], mine["secret"], mine["hosts"]),
        {shop["name"]: shop["currency"] for shop in shops},
        {"shop": shops[0]["name"]} if shops else {},
    )
