"""Rules of TikTok Shop as data. Deadlines come with each order; these hold where it gives none."""

from entrepot.marketplaces.policy import Policy

POLICY = Policy(name="tiktok", handling_hours=48)
