"""Rules of a Shopify shop as data: the shop is the seller's own, so nobody sets a clock but the seller."""

from entrepot.marketplaces.policy import Policy

POLICY = Policy(name="shopify", handling_hours=48)
