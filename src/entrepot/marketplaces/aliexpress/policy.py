"""AliExpress's rules as far as its own material tells them. Each order brings its own time left to send; the clock is a
default of ours for one that brings none."""

from entrepot.marketplaces.policy import OURS, ClockName, Policy, StageName, clock

POLICY = Policy(
    name="aliexpress",
    handling_hours=72,
    clocks=(clock(ClockName.SHIP_BY, 72, source=OURS),),
    stages=(
        StageName(
            "unpaid",
            "Awaiting payment",
            ("PLACE_ORDER_SUCCESS", "PAYMENT_PROCESSING", "WAIT_SELLER_EXAMINE_MONEY"),
            "S",
        ),
        StageName("on_hold", "Risk control", ("RISK_CONTROL", "RISK_CONTROL_HOLD"), "S"),
        StageName("to_review", "Awaiting shipment", ("WAIT_SELLER_SEND_GOODS", "SELLER_PART_SEND_GOODS"), "S"),
        StageName("shipped", "Awaiting receipt", ("WAIT_BUYER_ACCEPT_GOODS", "FUND_PROCESSING"), "S"),
    ),
)
