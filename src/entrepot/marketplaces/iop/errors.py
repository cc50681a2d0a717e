"""What the gateway's error codes mean. `type` says whose fault an unknown code is.

From the platforms' error pages as community SDKs quote them; none was seen on a live account.
"""

import re
from datetime import timedelta

from entrepot.marketplaces.contract import Trouble

OK = frozenset({"", "0", "200"})

TROUBLES = {
    "IllegalAccessToken": Trouble.AUTH_EXPIRED,
    "InvalidAccessToken": Trouble.AUTH_EXPIRED,
    "AccessTokenExpired": Trouble.AUTH_EXPIRED,
    "invalid-sessionkey": Trouble.AUTH_EXPIRED,
    "session-expired": Trouble.AUTH_EXPIRED,
    "IllegalRefreshToken": Trouble.AUTH_REVOKED,
    "InvalidRefreshToken": Trouble.AUTH_REVOKED,
    "InvalidCode": Trouble.AUTH_REVOKED,
    "InvalidAuthorizationCode": Trouble.AUTH_REVOKED,
    "ApiCallLimit": Trouble.THROTTLED,
    "AppCallLimit": Trouble.THROTTLED,
    "SellerCallLimit": Trouble.THROTTLED,
    "isv.access-control-limit": Trouble.THROTTLED,
    "IllegalTimestamp": Trouble.CLOCK_SKEW,
    "InvalidTimestamp": Trouble.CLOCK_SKEW,
    "IncompleteSignature": Trouble.INVALID_INPUT,  # the app secret is wrong
    "InvalidAppKey": Trouble.INVALID_INPUT,
    "InvalidApiPath": Trouble.INVALID_INPUT,
    "InvalidParameter": Trouble.INVALID_INPUT,
    "MissingParameter": Trouble.INVALID_INPUT,
    "InsufficientPermission": Trouble.SCOPE_MISSING,
    "UnsupportedSeller": Trouble.SHOP_DISABLED,
    "SellerNotActive": Trouble.SHOP_DISABLED,
    "ServiceTimeout": Trouble.TRANSIENT,
    "ServiceUnavailable": Trouble.TRANSIENT,
    "InternalError": Trouble.TRANSIENT,
    "SystemError": Trouble.TRANSIENT,
    # The older gateway's numbers, which error_response still carries.
    "7": Trouble.THROTTLED,
    "25": Trouble.INVALID_INPUT,
    "26": Trouble.AUTH_EXPIRED,
    "27": Trouble.AUTH_EXPIRED,
}
BY_TYPE = {"SYSTEM": Trouble.TRANSIENT, "ISP": Trouble.TRANSIENT, "ISV": Trouble.INVALID_INPUT}
_BAN = re.compile(r"last (\d{1,6}) second")


def trouble_of(code: str, kind: str, sub_code: str = "") -> Trouble:
    for one in (sub_code, sub_code.removeprefix("isv.").removeprefix("isp."), code):
        if one in TROUBLES:
            return TROUBLES[one]
    if sub_code.startswith("isp."):
        return Trouble.TRANSIENT
    return BY_TYPE.get(kind.upper(), Trouble.INVALID_INPUT)


def ban_of(message: str) -> timedelta:
    """How long a throttled caller must wait: the message says it in words ("this ban will last 1 seconds")."""
    found = _BAN.search(message)
    return timedelta(seconds=int(found[1]) if found else 2)
