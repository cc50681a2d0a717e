"""What the folder of a marketplace shows to the registry: its name, its rules and how to talk to it."""

from collections.abc import Callable
from dataclasses import dataclass

from entrepot.marketplaces.contract import Connector
from entrepot.marketplaces.policy import Policy


@dataclass(frozen=True, slots=True)
class Marketplace:
    """An adapter is found by an entry point of the group `entrepot.marketplaces` that names such a value."""

    name: str  # as in `Store.marketplace`, in the entry point and in `policy.name`
    title: str  # the marketplace's own name, the same in every language
    policy: Policy
    connector: Callable[[], Connector] | None = None  # None: its orders come from files only
