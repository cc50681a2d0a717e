"""AliExpress's order statuses (doc 108126) and what each means for us."""

UNPAID = frozenset({"PLACE_ORDER_SUCCESS", "PAYMENT_PROCESSING", "WAIT_SELLER_EXAMINE_MONEY"})
HELD = frozenset({"RISK_CONTROL", "RISK_CONTROL_HOLD", "IN_FROZEN"})  # fraud check for 24 hours after payment; frozen
TO_SHIP = frozenset({"WAIT_SELLER_SEND_GOODS", "SELLER_PART_SEND_GOODS"})
ASKED = "IN_CANCEL"
DISPUTED = "IN_ISSUE"
SENT = frozenset({"WAIT_BUYER_ACCEPT_GOODS", "FUND_PROCESSING"})
ENDED = frozenset({"FINISH", "ARCHIVE"})
LISTED = (*sorted(UNPAID), *sorted(HELD), *sorted(TO_SHIP), ASKED, DISPUTED, "WAIT_BUYER_ACCEPT_GOODS")
LISTED_ENDED = ("FUND_PROCESSING", *sorted(ENDED))  # the list cannot tell the first from FINISH (doc 114953)
"""Asked for by name: a listing without statuses leaves out what ended, and one names at most 20."""
KNOWN = frozenset((*LISTED, *LISTED_ENDED))

NOT_SENT = frozenset({"", "NO_LOGISTICS", "WAIT_SELLER_SEND_GOODS"})  # of logistics_status


def is_cancelled(status: str, logistics_status: str, *, has_numbers: bool) -> bool:
    """Cancelled orders have no status of their own: they ended and nothing was ever sent."""
    return status in ENDED and logistics_status in NOT_SENT and not has_numbers
