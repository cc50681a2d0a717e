"""Rules of a store whose orders come from files: nobody else's, so only sensible defaults."""

from entrepot.marketplaces.policy import OURS, ClockName, Policy, clock

POLICY = Policy(
    name="file", max_lines_per_parcel=0, max_orders_per_parcel=20, clocks=(clock(ClockName.SHIP_BY, 48, source=OURS),)
)
