"""An order of TikTok Shop (detail 202507) becomes a draft. Each piece is a line of its own over there."""

from entrepot.marketplaces.contract import Address, LineDraft, OrderDraft, OrderKind, PaymentState
from entrepot.marketplaces.order_file import Problem
from entrepot.marketplaces.reading import Malformed, Record
from entrepot.marketplaces.tiktok.address import address_of, is_masked

UNPAID, ON_HOLD = "UNPAID", "ON_HOLD"
CANCELLED = frozenset({"CANCELLED", "CANCEL"})  # the webhook drops the end of the word
GONE = frozenset({"IN_TRANSIT", "DELIVERED", "COMPLETED"})
RELEASED = GONE | {"AWAITING_SHIPMENT", "PARTIALLY_SHIPPING", "AWAITING_COLLECTION"}
KNOWN = CANCELLED | RELEASED | {UNPAID, ON_HOLD}
PLATFORM = "TIKTOK"  # shipping_type: the marketplace's own carrier, with masked addresses for good


def read_order(order: Record) -> OrderDraft:
    """Raises Malformed for an order without id, time, currency or lines."""
    status = order.needed("status")
    paid_at = order.seconds("paid_time")
    placed_at = order.seconds("create_time")
    if placed_at is None:
        raise Malformed(f"{order.path('create_time')} is missing")
    payment = order.record("payment")
    currency = payment.needed("currency").upper()
    recipient = address_of(order.record("recipient_address"), email=order.text("buyer_email"), tax_id=order.text("cpf"))
    asked = order.flag("is_buyer_request_cancel")
    updated_at = order.seconds("update_time") or placed_at
    asked_at = (order.seconds("request_cancel_time") or updated_at) if asked else None
    items = order.records("line_items")
    if not items:
        raise Malformed(f"{order.path('line_items')} is empty")
    return OrderDraft(
        external_id=order.needed("id"),
        kind=OrderKind.ORDER,
        payment=payment_of(status, is_paid=paid_at is not None, is_cod=order.flag("is_cod")),
        external_status=status,
        placed_at=placed_at,
        paid_at=paid_at,
        ship_by_at=order.seconds("rts_sla_time") or order.seconds("shipping_due_time"),
        currency=currency,
        total_minor=payment.money("total_amount", currency),
        buyer_id=order.text("user_id"),
        buyer_name=order.text("buyer_nickname") or recipient.name,
        buyer_note=order.text("buyer_message"),
        shipping_choice=order.text("delivery_option_name"),
        recipient=recipient,
        lines=tuple(line_of(item, currency) for item in items),
        cancelled=status in CANCELLED,
        shipped=status in GONE,
        problems=problems_of(status, recipient),
        raw=(order.raw,),
        updated_at=max(updated_at, asked_at) if asked_at else updated_at,
        on_hold=status == ON_HOLD,
        cancel_asked_at=asked_at,
        address_masked=is_masked(recipient)
        and (order.text("shipping_type") != PLATFORM or status in (UNPAID, ON_HOLD)),
        numbers=tuple(dict.fromkeys(number for item in items if (number := item.text("tracking_number")))),
        handles=handles_of(order, items),
    )


def payment_of(status: str, *, is_paid: bool, is_cod: bool) -> PaymentState:
    """What is released for shipping counts as paid: cash on delivery, samples and replacements have no time of payment.
    A status we do not know releases nothing."""
    if is_paid or status in RELEASED or (is_cod and status == ON_HOLD):
        return PaymentState.PAID
    return PaymentState.UNPAID


def line_of(item: Record, currency: str) -> LineDraft:
    return LineDraft(
        external_id=item.needed("id"),
        sku_code=item.text("seller_sku") or item.text("sku_id"),
        title=item.text("product_name"),
        quantity=1,
        unit_price_minor=item.money("sale_price", item.text("currency").upper() or currency),
        variation=item.text("sku_name"),
        listing_id=item.text("product_id"),
        cancelled=1 if item.text("display_status") in CANCELLED else 0,
    )


def problems_of(status: str, recipient: Address) -> tuple[str, ...]:
    found = []
    if status not in KNOWN:
        found.append(Problem.UNKNOWN_PAYMENT.value)
    if status not in CANCELLED and status != UNPAID:
        if not recipient.country:
            found.append(Problem.NO_COUNTRY.value)
        if not recipient.line1 or not recipient.name:
            found.append(Problem.NO_ADDRESS.value)
    return tuple(found)


def handles_of(order: Record, items: list[Record]) -> dict[str, str]:
    """How it ships and which line is in which package: packages are re-cut over there, so a later call reads again."""
    packages: dict[str, list[str]] = {}
    for item in items:
        if package := item.text("package_id"):
            packages.setdefault(package, []).append(item.needed("id"))
    found = {
        "shipping_type": order.text("shipping_type"),
        "packages": ";".join(f"{package}={','.join(lines)}" for package, lines in packages.items()),
    }
    return {name: value for name, value in found.items() if value}
