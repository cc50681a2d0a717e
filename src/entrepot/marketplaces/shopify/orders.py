"""An order of the Admin GraphQL API becomes a draft, in the shop's own currency."""

from datetime import datetime

from entrepot.marketplaces.contract import Address, LineDraft, OrderDraft, OrderKind, PaymentState
from entrepot.marketplaces.order_file import Problem
from entrepot.marketplaces.reading import Malformed, Record

PAYMENTS = {
    "PAID": PaymentState.PAID,
    "PARTIALLY_REFUNDED": PaymentState.PAID,
    "REFUNDED": PaymentState.REFUNDED,
    "AUTHORIZED": PaymentState.UNPAID,  # not captured yet
    "PARTIALLY_PAID": PaymentState.UNPAID,
    "PENDING": PaymentState.UNPAID,
    "EXPIRED": PaymentState.UNPAID,
    "VOIDED": PaymentState.UNPAID,
}
HELD = frozenset({"ON_HOLD", "SCHEDULED"})
GONE = frozenset({"FULFILLED"})
PARTLY = "PARTIALLY_FULFILLED"
ENDED = frozenset({"CLOSED", "CANCELLED", "INCOMPLETE"})  # of a fulfilment order
NOTHING_TO_SHIP = "FULFILLMENT_NOT_REQUIRED"
ASKED = "CANCELLATION_REQUESTED"
STOPPED = "CANCELLATION_ACCEPTED"
COD = "cash on delivery"


def number_of(gid: str) -> str:
    """The number at the end of gid://shopify/Order/123."""
    return gid.rpartition("/")[2].partition("?")[0]


def gid(kind: str, number: str) -> str:
    return f"gid://shopify/{kind}/{number}"


def read_order(order: Record) -> OrderDraft:
    currency = order.needed("currencyCode")
    placed_at = order.instant("processedAt") or order.instant("createdAt")
    if placed_at is None:
        raise Malformed(f"{order.path('createdAt')} is missing")
    recipient = address_of(order)
    status = order.text("displayFinancialStatus")
    shipping = order.text("displayFulfillmentStatus")
    is_cod = status == "PENDING" and COD in " ".join(map(str, order.raw.get("paymentGatewayNames") or [])).lower()
    payment = PaymentState.PAID if is_cod else PAYMENTS.get(status, PaymentState.UNPAID)
    parts = order.record("fulfillmentOrders").records("nodes")
    asked = [part for part in parts if part.text("requestStatus") == ASKED]
    there, stopped = order.instant("cancelledAt") is not None, is_stopped(shipping, parts)
    all_lines = order.record("lineItems").records("nodes")
    if not all_lines:
        raise Malformed(f"{order.path('lineItems')} is empty")
    to_ship = [line for line in all_lines if line.flag("requiresShipping")]
    customer = order.record("customer")
    return OrderDraft(
        external_id=order.needed("legacyResourceId"),
        kind=OrderKind.ORDER,
        payment=payment,
        external_status=f"{status}/{shipping}/{STOPPED}" if stopped and not there else f"{status}/{shipping}",
        placed_at=placed_at,
        paid_at=placed_at if status in ("PAID", "PARTIALLY_REFUNDED", "REFUNDED") else None,  # no time of its own
        ship_by_at=min((at for part in parts if (at := part.instant("fulfillBy"))), default=None),
        currency=currency,
        total_minor=order.record("totalPriceSet").record("shopMoney").money("amount", currency),
        buyer_id=customer.text("legacyResourceId"),
        buyer_name=customer.text("displayName") or recipient.name,
        buyer_note=order.text("note"),
        shipping_choice=order.record("shippingLine").text("title"),
        recipient=recipient,
        lines=tuple(line_of(line, currency) for line in to_ship or all_lines),
        cancelled=there or stopped,
        shipped=shipping in GONE or shipping == NOTHING_TO_SHIP or not to_ship,
        problems=problems_of(status, recipient, is_shipped_goods=bool(to_ship)),
        raw=(order.raw,),
        updated_at=order.instant("updatedAt") or placed_at,
        on_hold=shipping in HELD or (not stopped and is_withdrawn(shipping, parts)),
        cancel_asked_at=asked_at(asked, order),
        cancel_request_id=number_of(asked[0].needed("id")) if asked else "",
        numbers=numbers_of(order),
        handles={"name": order.text("name")},
    )


def is_stopped(shipping: str, parts: list[Record]) -> bool:
    """Nothing of it has left or will: we agreed to stop. For us it is cancelled; the order itself and its money are the
    merchant's, who cancels and refunds it there."""
    agreed = any(part.text("requestStatus") == STOPPED for part in parts)
    return agreed and shipping not in (*GONE, PARTLY) and all(map(is_ended, parts))


def is_withdrawn(shipping: str, parts: list[Record]) -> bool:
    """What is left of it is not released for shipping (any more): the merchant did that, or a part has left before."""
    return bool(parts) and shipping not in GONE and all(map(is_ended, parts))


def is_ended(part: Record) -> bool:
    return part.text("requestStatus") == STOPPED or part.text("status") in ENDED


def asked_at(asked: list[Record], order: Record) -> datetime | None:
    if not asked:
        return None
    sent = [at for part in asked for request in part.record("merchantRequests").records("nodes")
            if (at := request.instant("sentAt"))]  # fmt: skip
    return min(sent, default=order.instant("updatedAt"))


def line_of(line: Record, currency: str) -> LineDraft:
    quantity = line.whole("quantity")
    price = line.record("discountedUnitPriceAfterAllDiscountsSet").record("shopMoney")
    return LineDraft(
        external_id=number_of(line.needed("id")),
        sku_code=line.text("sku"),
        title=line.text("title"),
        quantity=quantity,
        unit_price_minor=price.money("amount", currency),
        variation=line.text("variantTitle"),
        listing_id=line.record("product").text("legacyResourceId"),
        cancelled=max(0, quantity - line.whole("currentQuantity", default=quantity)),
    )


def address_of(order: Record) -> Address:
    address = order.record("shippingAddress")
    return Address(
        name=address.text("name"),
        company=address.text("company"),
        line1=address.text("address1"),
        line2=address.text("address2"),
        city=address.text("city"),
        region=address.text("province"),
        postcode=address.text("zip"),
        country=address.text("countryCodeV2"),
        phone=address.text("phone") or order.text("phone"),
        email=order.text("email"),
    )


def numbers_of(order: Record) -> tuple[str, ...]:
    found = [
        info.text("number")
        for made in order.records("fulfillments")
        if made.text("status") != "CANCELLED"
        for info in made.records("trackingInfo")
    ]
    return tuple(dict.fromkeys(number for number in found if number))


def problems_of(status: str, recipient: Address, *, is_shipped_goods: bool) -> tuple[str, ...]:
    found = []
    if status not in PAYMENTS:
        found.append(Problem.UNKNOWN_PAYMENT.value)
    if status == "PARTIALLY_REFUNDED":
        found.append(Problem.PARTLY_REFUNDED.value)
    if is_shipped_goods:
        if not recipient.country:
            found.append(Problem.NO_COUNTRY.value)
        if not recipient.line1 or not recipient.name:
            found.append(Problem.NO_ADDRESS.value)
    return tuple(found)
