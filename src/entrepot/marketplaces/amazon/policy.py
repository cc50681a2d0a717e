"""Amazon's rules as data. Deadlines come with each order (`shipByWindow`); these hold where it gives none."""

from entrepot.marketplaces.policy import Policy

POLICY = Policy(name="amazon", handling_hours=48)
