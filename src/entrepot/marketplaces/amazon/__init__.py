"""Amazon: orders pulled and told over the Selling Partner API."""

from entrepot.marketplaces.adapter import Marketplace
from entrepot.marketplaces.amazon.connector import Amazon
from entrepot.marketplaces.amazon.policy import POLICY

MARKETPLACE = Marketplace("amazon", "Amazon", POLICY, Amazon)
