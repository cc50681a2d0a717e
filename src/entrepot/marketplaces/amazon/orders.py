"""An order of Amazon (Orders API 2026-01-01) becomes a draft: one answer holds all of it."""

from datetime import datetime

from entrepot.marketplaces.amazon.sites import currency_at
from entrepot.marketplaces.contract import Address, LineDraft, OrderDraft, OrderKind, PaymentState
from entrepot.marketplaces.order_file import Problem
from entrepot.marketplaces.reading import Malformed, Record

UNPAID = frozenset({"PENDING", "PENDING_AVAILABILITY"})
"""Placed, but not ready: the payment is not authorised, or Amazon still checks it. Which of them it does not say."""
CANCELLED = frozenset({"CANCELLED"})
SHIPPED = "SHIPPED"
UNFULFILLABLE = "UNFULFILLABLE"
KNOWN = UNPAID | CANCELLED | {"UNSHIPPED", "PARTIALLY_SHIPPED", SHIPPED, UNFULFILLABLE}
V0_SPELLING = {
    "Pending": "PENDING", "PendingAvailability": "PENDING_AVAILABILITY", "Unshipped": "UNSHIPPED",
    "PartiallyShipped": "PARTIALLY_SHIPPED", "Shipped": SHIPPED, "Canceled": "CANCELLED",
    "Unfulfillable": UNFULFILLABLE, "InvoiceUnconfirmed": SHIPPED,
}  # fmt: skip
"""The older API's words, should one slip into the newer one's answers."""
SITE = "marketplace_id"


def status_of(order: Record) -> str:
    """In the spelling of 2026-01-01; as it came when nobody knows it."""
    said = order.record("fulfillment").text("fulfillmentStatus")
    return V0_SPELLING.get(said, said)


def read_order(order: Record) -> OrderDraft:
    """
    Raises:
        Malformed: without id, times, or with an item that has no id or quantity.
    """
    fulfillment, site = order.record("fulfillment"), order.record("salesChannel").text("marketplaceId")
    status = status_of(order)
    placed_at, updated_at = _instant(order, "createdTime"), _instant(order, "lastUpdatedTime")
    items = order.records("orderItems")
    grand = order.record("proceeds").record("grandTotal")
    currency = grand.text("currencyCode").upper() or _currency_of(items) or currency_at(site)
    if not currency:
        raise Malformed(f"{order.path('proceeds.grandTotal.currencyCode')} is missing")
    recipient = address_of(order)
    lines = tuple(line for item in items if (line := line_of(item, currency)))
    masked = not recipient.line1 and status not in CANCELLED | {SHIPPED}
    asked = status not in CANCELLED | {SHIPPED} and any(_asks_to_cancel(item) for item in items)
    return OrderDraft(
        external_id=order.needed("orderId"),
        kind=OrderKind.ORDER,
        payment=PaymentState.PAID if status in KNOWN - UNPAID - CANCELLED else PaymentState.UNPAID,
        external_status=fulfillment.text("fulfillmentStatus"),
        placed_at=placed_at,
        paid_at=None,  # Amazon does not tell
        ship_by_at=fulfillment.record("shipByWindow").instant("latestDateTime"),
        currency=currency,
        total_minor=grand.money("amount", currency)
        if grand.raw
        else sum(x.unit_price_minor * x.quantity for x in lines),
        buyer_id=order.record("buyer").text("buyerEmail"),
        buyer_name=order.record("buyer").text("buyerName") or recipient.name,
        buyer_note=note_of(order, items),
        shipping_choice=fulfillment.text("fulfillmentServiceLevel"),
        recipient=recipient,
        lines=lines,
        cancelled=status in CANCELLED,
        shipped=status == SHIPPED,
        problems=problems_of(status, recipient, masked=masked),
        raw=(order.raw,),
        updated_at=updated_at,
        on_hold=status in UNPAID | {UNFULFILLABLE},
        cancel_asked_at=updated_at if asked else None,
        address_masked=masked,
        numbers=numbers_of(order),
        handles={SITE: site} if site else {},
    )


def line_of(item: Record, currency: str) -> LineDraft | None:
    """None for an item of which nothing is left: a cancelled one may stand there with quantity 0."""
    product = item.record("product")
    quantity = item.whole("quantityOrdered", -1)
    if quantity < 0:
        raise Malformed(f"{item.path('quantityOrdered')} is {item.raw.get('quantityOrdered')!r:.20}")
    if quantity == 0:
        return None
    return LineDraft(
        external_id=item.needed("orderItemId"),
        sku_code=product.text("sellerSku"),
        title=product.text("title"),
        quantity=quantity,
        unit_price_minor=_unit_price(item, quantity, currency),
        listing_id=product.text("asin"),
        cancelled=_cancelled(item, quantity),
    )


def address_of(order: Record) -> Address:
    given = order.record("recipient").record("deliveryAddress")
    more = [line for line in (given.text("addressLine2"), given.text("addressLine3")) if line]
    return Address(
        name=given.text("name"),
        company=given.text("companyName"),
        line1=given.text("addressLine1"),
        line2=", ".join(more),
        district=given.text("districtOrCounty") or given.record("extendedFields").text("neighborhood"),
        city=given.text("city") or given.text("municipality"),
        region=given.text("stateOrRegion"),
        postcode=given.text("postalCode"),
        country=given.text("countryCode").upper(),
        phone=given.text("phone"),
        email=order.record("buyer").text("buyerEmail"),
        tax_id=next(
            (
                one.text("taxRegistrationNumber")
                for one in order.record("tax").records("taxRegistrations")
                if one.text("entityType") == "BUYER"
            ),
            "",
        ),
    )


def note_of(order: Record, items: list[Record]) -> str:
    """What the buyer wrote: how to find the door, and the gift messages."""
    notes = [order.record("recipient").record("deliveryPreference").text("addressInstruction")]
    notes += [_packing(item).record("giftOption").text("giftMessage") for item in items]
    return "\n".join(dict.fromkeys(note for note in notes if note))


def numbers_of(order: Record) -> tuple[str, ...]:
    found = (
        package.text("trackingNumber")
        for package in order.records("packages")
        if package.record("packageStatus").text("status") not in CANCELLED
    )
    return tuple(dict.fromkeys(number for number in found if number))


def problems_of(status: str, recipient: Address, *, masked: bool) -> tuple[str, ...]:
    found = [] if status in KNOWN else [Problem.UNKNOWN_PAYMENT.value]
    if status not in CANCELLED | UNPAID | {SHIPPED} and not masked:
        if not recipient.country:
            found.append(Problem.NO_COUNTRY.value)
        if not recipient.name:
            found.append(Problem.NO_ADDRESS.value)
    return tuple(found)


def _instant(order: Record, name: str) -> datetime:
    found = order.instant(name)
    if found is None:
        raise Malformed(f"{order.path(name)} is missing")
    return found


def _currency_of(items: list[Record]) -> str:
    prices = (item.record("product").record("price").record("unitPrice").text("currencyCode") for item in items)
    return next((code.upper() for code in prices if code), "")


def _unit_price(item: Record, quantity: int, currency: str) -> int:
    """A pending order has no prices yet; they come with a later version."""
    price = item.record("product").record("price").record("unitPrice")
    if price.raw:
        return price.money("amount", price.text("currencyCode").upper() or currency)
    for one in item.record("proceeds").records("breakdowns"):
        if one.text("type") == "ITEM":
            return one.record("subtotal").money("amount", currency) // quantity
    return 0


def _cancelled(item: Record, quantity: int) -> int:
    """Pieces of the item that were cancelled: what is neither sent nor still to be sent."""
    if not item.record("cancellation").record("cancellationExecution").raw:
        return 0
    fulfillment = item.record("fulfillment")
    if not fulfillment.raw:
        return quantity
    return max(0, quantity - fulfillment.whole("quantityFulfilled") - fulfillment.whole("quantityUnfulfilled"))


def _asks_to_cancel(item: Record) -> bool:
    cancellation = item.record("cancellation")
    return bool(cancellation.record("cancellationRequest").raw) and not cancellation.record("cancellationExecution").raw


def _packing(item: Record) -> Record:
    return item.record("fulfillment").record("packing")
