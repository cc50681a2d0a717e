"""Amazon's rules as data. Deadlines come with each order (`shipByWindow`); these hold where it gives none."""

from entrepot.marketplaces.policy import OURS, ClockName, Policy, StageName, clock

SOURCE = "S (Orders API 2026-01-01)"

POLICY = Policy(
    name="amazon",
    handling_hours=48,
    clocks=(clock(ClockName.SHIP_BY, 48, source=OURS),),
    stages=(
        StageName("unpaid", "Pending", ("PENDING", "PENDING_AVAILABILITY"), SOURCE),
        StageName("to_review", "Unshipped", ("UNSHIPPED", "PARTIALLY_SHIPPED"), SOURCE),
        StageName("shipped", "Shipped", ("SHIPPED",), SOURCE),
        StageName("cancelled", "Cancelled", ("CANCELLED",), SOURCE),
    ),
)
