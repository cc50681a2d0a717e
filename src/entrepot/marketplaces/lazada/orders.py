"""An order of Lazada and its items become a draft. Each piece is an item, and only items have a status."""

from collections.abc import Sequence
from datetime import UTC, datetime

from entrepot.marketplaces.contract import Address, LineDraft, OrderDraft, OrderKind, PaymentState
from entrepot.marketplaces.lazada.sites import COUNTRIES, Site
from entrepot.marketplaces.order_file import Problem
from entrepot.marketplaces.reading import Malformed, Record

UNPAID = frozenset({"unpaid"})
CANCELLED = frozenset({"canceled", "cancelled"})
OPEN = frozenset({"pending", "repacked", "topack", "packed", "toship", "ready_to_ship", "ready_to_ship_pending"})
GONE = frozenset(
    {
        "shipped",
        "shipping",
        "delivered",
        "failed",
        "failed_delivery",
        "lost",
        "lost_by_3pl",
        "damaged_by_3pl",
        "returned",
    }
)
FORMS = ("%Y-%m-%d %H:%M:%S %z", "%Y-%m-%dT%H:%M:%S%z")
PACKAGE = "package:"  # handle: the package an item is in, by the item's id


def read_order(both: Record, *, site: Site) -> OrderDraft:
    """`both` holds the two answers about an order: `order`, and its `items`.

    Raises:
        Malformed: without id, time, amount or items.
    """
    order, items = both.record("order"), both.records("items")
    if not items:
        raise Malformed(f"{order.at or 'The order'} has no items")
    states = [item.text("status").lower() for item in items]
    left = [state for state in states if state not in CANCELLED]
    placed_at = instant(order, "created_at")
    if placed_at is None:
        raise Malformed(f"{order.path('created_at')} is missing")
    changes = [instant(order, "updated_at"), *(instant(item, "updated_at") for item in items)]
    currency = next((code for item in items if (code := item.text("currency"))), site.currency).upper()
    recipient = address_of(order, site)
    deadlines = [at for item in items if (at := instant(item, "sla_time_stamp"))]
    return OrderDraft(
        external_id=order.needed("order_id"),
        kind=OrderKind.ORDER,
        payment=payment_of(left),
        external_status=",".join(dict.fromkeys(states)),
        placed_at=placed_at,
        paid_at=None,  # Lazada does not tell
        ship_by_at=min(deadlines, default=None),
        currency=currency,
        total_minor=order.money("price", currency),
        buyer_id=next((buyer for item in items if (buyer := item.text("buyer_id"))), ""),
        buyer_name=f"{order.text('customer_first_name')} {order.text('customer_last_name')}".strip(),
        buyer_note=order.text("remarks") or order.text("gift_message"),
        shipping_choice=items[0].text("shipping_provider_type"),
        recipient=recipient,
        lines=tuple(line_of(item, currency) for item in items),
        cancelled=not left,
        shipped=bool(left) and all(state in GONE for state in left),
        problems=problems_of(left, recipient),
        raw=(both.raw,),
        updated_at=max(at for at in (*changes, placed_at) if at),
        address_masked="**" in recipient.line1 or "**" in recipient.name,
        numbers=tuple(dict.fromkeys(code for item in items if (code := item.text("tracking_code")))),
        handles={f"{PACKAGE}{item.needed('order_item_id')}": p for item in items if (p := item.text("package_id"))},
    )


def payment_of(states: Sequence[str]) -> PaymentState:
    """Cash on delivery counts as paid: it may ship. A status we do not know does not."""
    known = all(state in OPEN | GONE for state in states)
    return PaymentState.PAID if states and known else PaymentState.UNPAID


def line_of(item: Record, currency: str) -> LineDraft:
    return LineDraft(
        external_id=item.needed("order_item_id"),
        sku_code=item.text("sku"),
        title=item.text("name"),
        quantity=1,
        unit_price_minor=item.money("item_price", currency),
        variation=item.text("variation"),
        listing_id=item.text("product_id"),
        cancelled=1 if item.text("status").lower() in CANCELLED else 0,
    )


def address_of(order: Record, site: Site) -> Address:
    given = order.record("address_shipping")
    country = given.text("country")
    more = [text for name in ("address2", "address4", "address5") if (text := given.text(name))]
    return Address(
        name=f"{given.text('first_name')} {given.text('last_name')}".strip(),
        line1=given.text("address1"),
        line2=", ".join(more),
        city=given.text("city"),
        region=given.text("address3"),
        postcode=given.text("post_code"),
        country=COUNTRIES.get(country.lower(), country.upper() if len(country) == 2 else site.country),
        phone=given.text("phone") or given.text("phone2"),
        email=given.text("customer_email"),
        tax_id=order.text("tax_code"),
    )


def problems_of(states: Sequence[str], recipient: Address) -> tuple[str, ...]:
    found = []
    if any(state not in OPEN | GONE | UNPAID for state in states):
        found.append(Problem.UNKNOWN_PAYMENT.value)
    if any(state in OPEN for state in states) and not (recipient.line1 and recipient.name):
        found.append(Problem.NO_ADDRESS.value)
    return tuple(found)


def instant(record: Record, name: str) -> datetime | None:
    """ "2018-02-09 22:44:30 +0800" or ISO 8601; "" and "null" mean: none."""
    text = record.text(name)
    if text in ("", "null"):
        return None
    for form in FORMS:
        try:
            return datetime.strptime(text, form).astimezone(UTC)
        except ValueError:
            continue
    raise Malformed(f"{record.path(name)} is no time with its zone: {text!r:.60}")
