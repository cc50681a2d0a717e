"""Codes of the answer envelope, and what they mean for a call or for one notice.

From community tables and the marketplace's own keyword index for 36009004; none was seen on a live account.
"""

from entrepot.marketplaces.contract import CallFailed, Trouble, Why

OK = "0"
ALREADY_SHIPPED = "21011006"
PACKAGE_NOT_FOUND = "21011001"

TROUBLES = {
    "36009002": Trouble.THROTTLED,
    "36009003": Trouble.TRANSIENT,  # internal: on a write nobody knows whether it happened
    "99999999": Trouble.TRANSIENT,
    "105001": Trouble.AUTH_EXPIRED,
    "105002": Trouble.AUTH_EXPIRED,
    "105005": Trouble.SCOPE_MISSING,
    "36009033": Trouble.SCOPE_MISSING,
    "36004004": Trouble.AUTH_REVOKED,  # the code or the refresh token is not good any more
    "106001": Trouble.INVALID_INPUT,  # bad signature: the app secret is wrong
    "106013": Trouble.INVALID_INPUT,  # shop_cipher
    "36009043": Trouble.SHOP_DISABLED,
    "36009044": Trouble.SHOP_DISABLED,
    PACKAGE_NOT_FOUND: Trouble.NOT_FOUND,
    ALREADY_SHIPPED: Trouble.BUSINESS_STATE,
    "21011007": Trouble.BUSINESS_STATE,
    "21021010": Trouble.BUSINESS_STATE,
}

OVERLOADED = "36009004"
BY_WORD = (  # of the message, first match
    ("timestamp", Trouble.CLOCK_SKEW),
    ("access_token", Trouble.AUTH_EXPIRED),
    ("access-token", Trouble.AUTH_EXPIRED),
)

WHYS = {
    "11028006": Why.BAD_NUMBER,  # no carrier has such numbers
    "21011022": Why.BAD_NUMBER,  # number or provider id
    "21011025": Why.BAD_NUMBER,  # the number is on another package
    "21011007": Why.STATE_CHANGED,  # a request of the buyer is open
    "21021010": Why.STATE_CHANGED,
    ALREADY_SHIPPED: Why.SHIPPED_ELSEWHERE,
}


def trouble_of(code: str, message: str) -> Trouble:
    if code == OVERLOADED:
        found = message.lower()
        return next((trouble for word, trouble in BY_WORD if word in found), Trouble.INVALID_INPUT)
    return TROUBLES.get(code, Trouble.INVALID_INPUT)


def failure_of(code: str, message: str, *, writes: bool) -> CallFailed:
    """An internal error over there leaves a write in the dark."""
    trouble = trouble_of(code, message)
    if trouble is Trouble.TRANSIENT and writes:
        trouble = Trouble.UNKNOWN_OUTCOME
    return CallFailed(trouble, message, code=code)


def why_of(code: str) -> Why:
    """The class of a rejected notice."""
    if code in WHYS:
        return WHYS[code]
    return Why.STATE_CHANGED if TROUBLES.get(code) is Trouble.BUSINESS_STATE else Why.OTHER
