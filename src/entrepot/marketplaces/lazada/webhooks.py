"""Lazada's push messages. Which seller's they are stands in `seller_id`."""

from entrepot.marketplaces.answers import json_value
from entrepot.marketplaces.contract import Event, EventKind
from entrepot.marketplaces.reading import Malformed, Record

ORDER, TOKEN_ENDS = 0, 8


def event_of(body: bytes) -> Event:
    """
    Raises:
        Malformed: no push message of theirs.
    """
    try:
        message = Record(json_value(body))
    except ValueError as problem:
        raise Malformed(f"The push is not JSON: {problem}") from None
    data, kind = message.record("data"), message.whole("message_type", -1)
    if kind == ORDER:
        return Event(EventKind.ORDER, message.text("seller_id"), (data.needed("trade_order_id"),))
    ends = kind == TOKEN_ENDS
    return Event(EventKind.EXPIRING if ends else EventKind.OTHER, message.text("seller_id"))
