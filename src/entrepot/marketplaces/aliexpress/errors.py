"""Codes of a refused shipping notice. The platform publishes none; what is not here is told apart by reading back."""

from entrepot.marketplaces.contract import Why

WHYS: dict[str, Why] = {}

BY_WORD = (  # of code and message in lower case, first match
    ("tracking", Why.BAD_NUMBER),
    ("logistics_no", Why.BAD_NUMBER),
    ("logistics no", Why.BAD_NUMBER),
    ("service_name", Why.BAD_NUMBER),
    ("service name", Why.BAD_NUMBER),
    ("timeout", Why.LATE),
)


def why_of(code: str, message: str) -> Why:
    if code in WHYS:
        return WHYS[code]
    said = f"{code} {message}".lower()
    return next((why for word, why in BY_WORD if word in said), Why.OTHER)
