"""AliExpress: orders pulled and told over its Open Platform (the IOP gateway)."""

from entrepot.marketplaces.adapter import Marketplace
from entrepot.marketplaces.aliexpress.connector import AliExpress
from entrepot.marketplaces.aliexpress.policy import POLICY

MARKETPLACE = Marketplace("aliexpress", "AliExpress", POLICY, AliExpress)
