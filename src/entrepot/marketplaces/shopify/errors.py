"""What Shopify's refusals mean. HTTP 200 carries most of them: top-level errors with a code, user errors without."""

from entrepot.marketplaces.contract import Trouble, Why

TROUBLES = {
    "THROTTLED": Trouble.THROTTLED,
    "ACCESS_DENIED": Trouble.SCOPE_MISSING,
    "SHOP_INACTIVE": Trouble.SHOP_DISABLED,
    "INTERNAL_SERVER_ERROR": Trouble.TRANSIENT,
    "TIMEOUT": Trouble.TRANSIENT,
    "MAX_COST_EXCEEDED": Trouble.INVALID_INPUT,
}
TOO_COSTLY = "MAX_COST_EXCEEDED"

BY_STATUS = {
    402: Trouble.SHOP_DISABLED,  # frozen: the shop owes its fee
    403: Trouble.SCOPE_MISSING,
    404: Trouble.SHOP_DISABLED,  # no such shop any more
    423: Trouble.SHOP_DISABLED,  # locked
    430: Trouble.THROTTLED,  # their guard against abuse
}

PHRASES = (  # of a user error about a fulfilment, first match, lower case
    ("cancel", Why.STATE_CHANGED),
    ("on hold", Why.STATE_CHANGED),
    ("on_hold", Why.STATE_CHANGED),
    ("unfulfillable status", Why.STATE_CHANGED),
    ("closed", Why.STATE_CHANGED),
    ("scheduled", Why.STATE_CHANGED),
    ("tracking", Why.BAD_NUMBER),
)

STALE = frozenset({"CHANGE_FROM_QUANTITY_STALE", "COMPARE_QUANTITY_STALE"})
IN_FLIGHT = "IDEMPOTENCY_CONCURRENT_REQUEST"


def why_of_phrase(message: str) -> Why:
    found = message.lower()
    return next((why for phrase, why in PHRASES if phrase in found), Why.OTHER)
