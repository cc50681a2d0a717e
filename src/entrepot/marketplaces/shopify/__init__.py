"""Shopify (Admin GraphQL API). Every document is validated against the marketplace's published schema, behaviour against
the sandbox; never against a live shop."""

from entrepot.marketplaces.adapter import Marketplace
from entrepot.marketplaces.shopify.connector import Shopify
from entrepot.marketplaces.shopify.policy import POLICY

MARKETPLACE = Marketplace("shopify", "Shopify", POLICY, Shopify)
