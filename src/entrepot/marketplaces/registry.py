"""The one place that opens a marketplace adapter. Adapters are found by entry points, so a new one needs no edit here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType

from entrepot.marketplaces.adapter import Marketplace
from entrepot.marketplaces.contract import AuthForm, Connector, ShipBy
from entrepot.marketplaces.order_file import OrderFile
from entrepot.marketplaces.policy import Policy

GROUP = "entrepot.marketplaces"


@dataclass(frozen=True, slots=True)
class Listed:
    """A marketplace as the page for connecting a store shows it."""

    name: str
    title: str
    auth: AuthForm | None  # None: nothing to authorize, orders come from files
    policy: Policy


def order_file() -> OrderFile:
    """The reader of the files that sellers export."""
    from entrepot.marketplaces.file import FileMarketplace

    return FileMarketplace()


def marketplaces() -> Sequence[Listed]:
    """All marketplaces, by title; the file comes first."""
    found = [
        Listed(adapter.name, adapter.title, connector_of(name).can.auth if adapter.connector else None, adapter.policy)
        for name, adapter in _adapters().items()
    ]
    return sorted(found, key=lambda listed: (listed.auth is not None, listed.title.casefold()))


def policy_of(marketplace: str) -> Policy:
    """The rules of a marketplace by its name in `Store.marketplace`. KeyError for one that is not installed."""
    return _adapters()[marketplace].policy


def parcels_of_an_order(marketplace: str) -> int:
    """Into how many parcels an order may be split so that all its numbers can still be told. 0: no limit."""
    if _adapters()[marketplace].connector is None:
        return 0
    can = connector_of(marketplace).can
    return 1 if can.ship is ShipBy.ORDER else can.parcels_per_order


@cache
def connector_of(marketplace: str) -> Connector:
    """How to talk to a marketplace. KeyError for one that is not installed or has only files."""
    factory = _adapters()[marketplace].connector
    if factory is None:
        raise KeyError(marketplace)
    return factory()


@cache
def _adapters() -> Mapping[str, Marketplace]:
    found: dict[str, Marketplace] = {}
    for entry in entry_points(group=GROUP):
        adapter = entry.load()
        if not isinstance(adapter, Marketplace) or not entry.name == adapter.name == adapter.policy.name:
            raise TypeError(f"The entry point {entry.name!r} of {GROUP} does not name a Marketplace of that name.")
        found[adapter.name] = adapter
    return MappingProxyType(found)
