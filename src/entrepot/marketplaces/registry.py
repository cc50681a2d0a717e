"""The one place that opens a marketplace adapter."""

from entrepot.marketplaces.file.policy import POLICY as FILE_POLICY
from entrepot.marketplaces.order_file import OrderFile
from entrepot.marketplaces.policy import Policy

POLICIES = {policy.name: policy for policy in (FILE_POLICY,)}


def order_file() -> OrderFile:
    """The reader of the files that sellers export."""
    from entrepot.marketplaces.file import FileMarketplace

    return FileMarketplace()


def policy_of(marketplace: str) -> Policy:
    """The rules of a marketplace by its name in `Store.marketplace`."""
    return POLICIES[marketplace]
