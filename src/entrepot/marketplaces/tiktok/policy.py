"""Rules of TikTok Shop as data. Deadlines come with each order; these hold where it gives none."""

from datetime import date

from entrepot.marketplaces.policy import (
    Cancelling,
    ClockName,
    Limit,
    LimitName,
    Moved,
    Policy,
    Redelivery,
    Silence,
    StageName,
    clock,
)

POLICY = Policy(
    name="tiktok",
    handling_hours=48,
    clocks=(
        clock(ClockName.STOCK_UP, 48, source="T-02, T-26"),
        clock(ClockName.SHIP_BY, 120, source="T-01"),
        clock(ClockName.COLLECT, 72, source="T-03, T-27"),
        clock(ClockName.ANSWER_CANCELLATION, 48, source="T-23"),
        clock(ClockName.PAY_BY, 48, source="T-20"),
    ),
    limits=(
        Limit(LimitName.PRINT_ORDERS, 50, "T-45"),
        Limit(LimitName.SHIP_ORDERS, 500, "T-47"),
        Limit(LimitName.EXPORT_ROWS, 15_000, "T-41"),
        Limit(LimitName.EXPORT_DAYS, 90, "T-40"),
    ),
    cancelling=Cancelling(
        on_silence=Silence.CANCELS, seller_may=(Moved.UNSHIPPED,), takes_off_sale=True, source="T-12, T-22, T-24"
    ),
    redelivery=Redelivery(
        within_days=12, times=1, ordered_until=date(2022, 3, 21), follow_up_working_days=2, source="T-32 to T-36"
    ),
    reminders_minutes=(15, 16 * 60),
    reminders_source="T-19",
    stages=(
        StageName("unpaid", "Unpaid", ("UNPAID",), "T-18, S"),
        StageName("on_hold", "On hold", ("ON_HOLD",), "S"),
        StageName("to_review", "Awaiting shipment", ("AWAITING_SHIPMENT", "PARTIALLY_SHIPPING"), "T-21, S"),
        StageName("shipped", "Awaiting collection", ("AWAITING_COLLECTION",), "T-48, S"),
        StageName("in_transit", "Shipped", ("IN_TRANSIT",), "T-29, S"),
        StageName("delivered", "Delivered", ("DELIVERED", "COMPLETED"), "T-48, S"),
        StageName("failed", "Delivery can't be completed", (), "T-31"),
        StageName("cancelled", "Cancelled", ("CANCELLED", "CANCEL"), "T-48, S"),
    ),
)
