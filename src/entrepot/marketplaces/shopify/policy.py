"""Rules of a Shopify shop as data: the shop is the seller's own, so nobody sets a clock but the seller."""

from entrepot.marketplaces.policy import OURS, ClockName, Policy, StageName, clock

SOURCE = "S (Admin GraphQL 2026-10)"
STEP = (
    "We accepted the cancellation and ship nothing. No money was moved: cancel and refund the order at the marketplace."
)

POLICY = Policy(
    name="shopify",
    handling_hours=48,
    clocks=(clock(ClockName.SHIP_BY, 48, source=OURS),),
    stages=(
        StageName("unpaid", "Payment pending", ("PENDING", "AUTHORIZED", "PARTIALLY_PAID"), SOURCE),
        StageName("on_hold", "On hold", ("ON_HOLD", "SCHEDULED"), SOURCE),
        StageName("to_review", "Unfulfilled", ("UNFULFILLED", "PARTIALLY_FULFILLED", "IN_PROGRESS", "OPEN"), SOURCE),
        StageName("shipped", "Fulfilled", ("FULFILLED",), SOURCE),
        StageName("cancelled", "Cancellation accepted", ("CANCELLATION_ACCEPTED",), SOURCE, step=STEP),
    ),
)
