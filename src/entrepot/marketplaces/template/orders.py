"""One order of theirs becomes a draft. Pure: no call, no clock. A field that is not what it should be raises Malformed with
its path, and `read_each` keeps that order as unreadable while the page goes on."""

from entrepot.marketplaces.contract import Address, LineDraft, OrderDraft, OrderKind, PaymentState
from entrepot.marketplaces.order_file import Problem
from entrepot.marketplaces.reading import Malformed, Record

PAYMENTS = {"WAITING": PaymentState.UNPAID, "PAID": PaymentState.PAID, "SENT": PaymentState.PAID}
HELD, CANCELLED, SENT = "REVIEW", frozenset({"CANCELLED", "CANCELED"}), "SENT"


def read_order(order: Record) -> OrderDraft:
    status = order.needed("status")  # kept verbatim; a word nobody knows must not break anything
    placed_at = order.seconds("created")  # milliseconds(), instant() for ISO texts: always aware, in UTC
    if placed_at is None:
        raise Malformed(f"{order.path('created')} is missing")
    currency = order.needed("currency").upper()
    payment = PAYMENTS.get(status)
    return OrderDraft(
        external_id=order.needed("id"),
        kind=OrderKind.ORDER,
        payment=payment or PaymentState.UNPAID,
        external_status=status,
        placed_at=placed_at,
        paid_at=order.seconds("paid"),
        ship_by_at=order.seconds("ship_by"),
        currency=currency,
        total_minor=order.money("total", currency),  # "12.50" of USD is 1250; a float is refused
        buyer_id=order.text("buyer_id"),
        buyer_name=order.text("buyer"),
        buyer_note=order.text("note"),
        shipping_choice=order.text("service"),
        recipient=address_of(order.record("address")),
        lines=tuple(line_of(line, currency) for line in order.records("lines")),
        cancelled=status in CANCELLED,
        shipped=status == SENT,
        problems=() if payment or status in CANCELLED or status == HELD else (Problem.UNKNOWN_PAYMENT.value,),
        raw=(order.raw,),  # the whole object: it can be read again by a later version of this file
        updated_at=order.seconds("updated"),  # without it every pull looks new
        on_hold=status == HELD,
        numbers=tuple(number for number in [order.text("number")] if number),
        handles={"region": order.text("region")},  # what later calls must name
    )


def line_of(line: Record, currency: str) -> LineDraft:
    return LineDraft(
        external_id=line.needed("id"),
        sku_code=line.text("sku"),
        title=line.text("title"),
        quantity=line.whole("quantity"),
        unit_price_minor=line.money("price", currency),
    )


def address_of(address: Record) -> Address:
    """As they gave it: nothing is normalised here."""
    return Address(
        name=address.text("name"),
        line1=address.text("street"),
        city=address.text("city"),
        postcode=address.text("postcode"),
        country=address.text("country"),
        phone=address.text("phone"),
    )
