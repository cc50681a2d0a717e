"""Lazada's rules as data. Its own hours for shipping come with each item (`sla_time_stamp`)."""

from entrepot.marketplaces.policy import OURS, ClockName, Policy, StageName, clock

SOURCE = "S; the full list is not verified"

POLICY = Policy(
    name="lazada",
    handling_hours=48,
    clocks=(clock(ClockName.SHIP_BY, 48, source=OURS),),
    stages=(
        StageName("unpaid", "Unpaid", ("unpaid",), SOURCE),
        StageName("to_review", "Pending", ("pending",), SOURCE),
        StageName("packed", "Packed", ("packed", "topack"), SOURCE),
        StageName("shipped", "Ready to ship", ("ready_to_ship", "ready_to_ship_pending", "toship"), SOURCE),
        StageName("in_transit", "Shipped", ("shipped",), SOURCE),
        StageName("delivered", "Delivered", ("delivered",), SOURCE),
        StageName("failed", "Failed delivery", ("failed_delivery", "lost_by_3pl", "damaged_by_3pl"), SOURCE),
        StageName("cancelled", "Cancelled", ("canceled",), SOURCE),
    ),
)
