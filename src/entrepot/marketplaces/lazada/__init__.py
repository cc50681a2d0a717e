"""Lazada: orders pulled and parcels made ready over its Open Platform (the IOP gateway)."""

from entrepot.marketplaces.adapter import Marketplace
from entrepot.marketplaces.lazada.connector import Lazada
from entrepot.marketplaces.lazada.policy import POLICY

MARKETPLACE = Marketplace("lazada", "Lazada", POLICY, Lazada)
