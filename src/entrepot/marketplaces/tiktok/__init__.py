"""TikTok Shop (Partner API). Proven against a published signature vector, typed models of its documentation and the
sandbox; never against a live shop."""

from entrepot.marketplaces.adapter import Marketplace
from entrepot.marketplaces.tiktok.connector import TikTokShop
from entrepot.marketplaces.tiktok.policy import POLICY

MARKETPLACE = Marketplace("tiktok", "TikTok Shop", POLICY, TikTokShop)
