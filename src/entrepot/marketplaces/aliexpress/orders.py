"""An order of AliExpress (findorderbyid and receiptinfo) becomes a draft."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from entrepot.marketplaces.aliexpress.states import (
    ASKED,
    DISPUTED,
    ENDED,
    HELD,
    KNOWN,
    NOT_SENT,
    SENT,
    TO_SHIP,
    UNPAID,
    is_cancelled,
)
from entrepot.marketplaces.aliexpress.times import earliest, latest
from entrepot.marketplaces.answers import json_value
from entrepot.marketplaces.contract import Address, LineDraft, OrderDraft, OrderKind, PaymentState
from entrepot.marketplaces.iop.client import listed
from entrepot.marketplaces.order_file import Problem
from entrepot.marketplaces.reading import Malformed, Record

COUNTRIES = {
    "UK": "GB",
    "SRB": "RS",
    "MNE": "ME",
    "KS": "XK",
}  # the platform's own codes that ISO 3166-1 writes otherwise
SUB = "sub:"  # handle: the platform's running number of a sub-order, by its id
BUYER = "buyer_login_id"


def read_order(both: Record, *, now: datetime) -> OrderDraft:
    """`both` holds the two answers about an order, by name: `detail`, and `receipt` when it was asked for.

    Raises:
        Malformed: without id, status, time, amount or sub-orders.
    """
    detail = both.record("detail")
    status, placed_at = detail.needed("order_status"), earliest(detail, "gmt_create")
    if placed_at is None:
        raise Malformed(f"{detail.path('gmt_create')} is missing")
    total = detail.record("new_order_amount" if detail.raw.get("new_order_amount") else "order_amount")
    currency = currency_of(total)
    numbers = tuple(
        dict.fromkeys(n for info in listed(detail, "logistic_info_list") if (n := info.text("logistics_no")))
    )
    sent = detail.text("logistics_status") not in NOT_SENT or bool(numbers)
    cancelled = is_cancelled(status, detail.text("logistics_status"), has_numbers=bool(numbers))
    updated_at = latest(detail, "gmt_modified", now=now) or placed_at
    recipient = address_of(both.record("receipt") if both.raw.get("receipt") else detail.record("receipt_address"))
    buyer = detail.text(
        "buyer_signer_fullname"
    )  # with asterisks, as names and streets are until the fraud check passed
    subs = list(listed(detail, "child_order_list"))
    if not subs:
        raise Malformed(f"{detail.path('child_order_list')} is empty")
    return OrderDraft(
        external_id=detail.needed("id"),
        kind=OrderKind.ORDER,
        payment=payment_of(status, detail, cancelled=cancelled),
        external_status=status,
        placed_at=placed_at,
        paid_at=earliest(detail, "gmt_pay_success"),
        ship_by_at=earliest(detail, "over_time_left") if status in TO_SHIP | HELD else None,
        currency=currency,
        total_minor=amount_of(total, currency),
        buyer_id=detail.text("buyerloginid") or detail.record("buyer_info").text("login_id"),
        buyer_name=recipient.name if "**" in buyer or not buyer else buyer,
        buyer_note="\n".join(
            dict.fromkeys(n for n in [detail.text("memo"), *(s.text("buyer_memo") for s in subs)] if n)
        ),
        shipping_choice=subs[0].text("logistics_service_name") or subs[0].text("logistics_type"),
        recipient=recipient,
        lines=tuple(line_of(sub, currency) for sub in subs),
        cancelled=cancelled,
        shipped=not cancelled and (status in SENT | ENDED or (status == DISPUTED and sent)),
        problems=problems_of(status, recipient, cancelled=cancelled),
        raw=(both.raw,),
        updated_at=updated_at,
        on_hold=status in HELD
        or (status == DISPUTED and not sent)
        or (status in TO_SHIP and detail.text("frozen_status") == "IN_FROZEN"),
        cancel_asked_at=updated_at if status == ASKED else None,
        address_masked=not cancelled and any("**" in one for one in (recipient.name, recipient.line1)),
        numbers=numbers,
        handles=handles_of(detail, subs),
    )


def payment_of(status: str, detail: Record, *, cancelled: bool) -> PaymentState:
    """A status we do not know counts as paid only when the money is known to be there."""
    was_paid = bool(detail.text("gmt_pay_success"))
    if cancelled:
        return PaymentState.REFUNDED if was_paid else PaymentState.UNPAID
    if status in UNPAID:
        return PaymentState.UNPAID
    if status in KNOWN:
        return PaymentState.UNPAID if detail.text("fund_status") == "NOT_PAY" else PaymentState.PAID
    return PaymentState.PAID if was_paid and detail.text("fund_status") == "PAY_SUCCESS" else PaymentState.UNPAID


def line_of(sub: Record, currency: str) -> LineDraft:
    price = sub.record("product_price")
    quantity = sub.whole("product_count", 1)
    if quantity < 1:
        raise Malformed(f"{sub.path('product_count')} is {quantity}")
    return LineDraft(
        external_id=sub.text("child_order_id") or sub.needed("id"),
        sku_code=sub.text("sku_code"),
        title=sub.text("product_name"),
        quantity=quantity,
        unit_price_minor=amount_of(price, currency_of(price, currency)),
        variation=variation_of(sub),
        listing_id=sub.text("product_id"),
    )


def variation_of(sub: Record) -> str:
    """The chosen properties, "Color: Red, Size: M", from the JSON text that holds them; "" when it holds none."""
    try:
        chosen = json_value(sub.text("product_attributes") or "{}")
        return ", ".join(f"{one['pName']}: {one['pValue']}" for one in chosen.get("sku", ()))
    except (ValueError, AttributeError, TypeError, LookupError):
        return ""  # a text for people to read: its form is documented nowhere


def currency_of(money: Record, default: str = "") -> str:
    found = money.text("currency_code") or money.record("currency").text("currency_code") or default
    if not found:
        raise Malformed(f"{money.path('currency_code')} is missing")
    return found.upper()


def amount_of(money: Record, currency: str) -> int:
    """Minor units of `amount`; of `cent` where that alone is given."""
    if money.raw.get("amount") in (None, "") and money.raw.get("cent") not in (None, ""):
        return money.whole("cent")
    return money.money("amount", currency)


def address_of(receipt: Record) -> Address:
    country = receipt.text("country").upper()
    number = receipt.text("mobile_no") or f"{receipt.text('phone_area')}{receipt.text('phone_number')}"
    return Address(
        name=receipt.text("contact_person"),
        line1=receipt.text("detail_address") or receipt.text("address"),
        line2=receipt.text("address2"),
        city=receipt.text("city"),
        region=receipt.text("province"),
        postcode=receipt.text("zip"),
        country=COUNTRIES.get(country, country),
        phone=f"{receipt.text('phone_country')}{number}",
        tax_id=receipt.text("tax_number") or receipt.text("cpf") or receipt.text("passport_no"),
    )


def problems_of(status: str, recipient: Address, *, cancelled: bool) -> tuple[str, ...]:
    found = [] if status in KNOWN else [Problem.UNKNOWN_PAYMENT.value]
    if not cancelled and status not in UNPAID | ENDED:
        if not recipient.country:
            found.append(Problem.NO_COUNTRY.value)
        if not recipient.line1 or not recipient.name:
            found.append(Problem.NO_ADDRESS.value)
    return tuple(found)


def handles_of(detail: Record, subs: list[Record]) -> Mapping[str, str]:
    found: dict[str, Any] = {
        f"{SUB}{sub.text('child_order_id') or sub.needed('id')}": sub.text("order_sort_id") for sub in subs
    }
    found[BUYER] = detail.text("buyerloginid") or detail.record("buyer_info").text("login_id")
    return {name: value for name, value in found.items() if value}
