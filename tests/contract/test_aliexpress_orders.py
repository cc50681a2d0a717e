"""What AliExpress answers about an order becomes a draft. Field names follow the platform's own SDK descriptions."""

from datetime import UTC, datetime
from typing import Any

import pytest

from entrepot.marketplaces.aliexpress.orders import read_order
from entrepot.marketplaces.contract import LineDraft, OrderDraft, PaymentState
from entrepot.marketplaces.reading import Malformed, Record

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def money(amount: str, currency: str = "USD") -> dict[str, str]:
    return {"amount": amount, "currency_code": currency}


def detail(status: str = "WAIT_SELLER_SEND_GOODS", **over: Any) -> dict[str, Any]:
    return {
        "id": 8100000000001000,
        "order_status": status,
        "gmt_create": "2026-11-20 08:00:00",
        "gmt_modified": "2026-11-20 09:30:00",
        "gmt_pay_success": "2026-11-20 08:05:00",
        "over_time_left": "2026-11-27 08:05:00",
        "fund_status": "PAY_SUCCESS",
        "frozen_status": "NO_FROZEN",
        "logistics_status": "WAIT_SELLER_SEND_GOODS",
        "order_amount": {"amount": "30.03", "cent": 3003, "currency_code": "USD"},
        "new_order_amount": money("29.53"),
        "buyerloginid": "ru123",
        "buyer_signer_fullname": "Mark Petrov",
        "memo": "Please wrap",
        "receipt_address": {"contact_person": "Mar****", "country": "RU", "detail_address": "cen****"},
        "child_order_list": {
            "aeop_tp_child_order_dto": [
                {
                    "id": 8100000000001001, "child_order_id": "8100000000001001", "order_sort_id": 1, "product_count": 2,
                    "sku_code": "SB-0001", "product_name": "Lamp", "product_id": 1005001, "product_price": money("10.01"),
                    "product_attributes": '{"sku":[{"pName":"Color","pValue":"Red"},{"pName":"Size","pValue":"M"}]}',
                    "logistics_service_name": "AliExpress Standard Shipping", "buyer_memo": "red!",
                },
                {
                    "id": 8100000000001002, "order_sort_id": 2, "product_count": 1, "sku_code": "SB-0002",
                    "product_name": "Cable", "product_id": 1005002, "product_price": money("9.51"),
                },
            ]
        },
        **over,
    }  # fmt: skip


RECEIPT = {
    "contact_person": "Mark Petrov", "country": "RU", "province": "Moscow", "city": "Babenki", "zip": "400120",
    "detail_address": "center street No.99", "address2": "apt 7", "phone_country": "+7", "mobile_no": "4679974",
}  # fmt: skip


def draft(status: str = "WAIT_SELLER_SEND_GOODS", receipt: dict[str, Any] | None = None, **over: Any) -> OrderDraft:
    found = RECEIPT if receipt is None else receipt
    return read_order(Record({"detail": detail(status, **over), "receipt": found}), now=NOW)


def test_an_order_waiting_to_be_shipped_is_read_to_the_last_field() -> None:
    order = draft()
    assert order.external_id == "8100000000001000"
    assert order.external_status == "WAIT_SELLER_SEND_GOODS"
    assert order.payment is PaymentState.PAID
    assert order.placed_at == datetime(2026, 11, 20, 16, tzinfo=UTC)
    assert order.paid_at == datetime(2026, 11, 20, 16, 5, tzinfo=UTC)
    assert order.updated_at == datetime(2026, 11, 20, 17, 30, tzinfo=UTC)
    assert order.ship_by_at == datetime(2026, 11, 27, 16, 5, tzinfo=UTC)
    assert (order.currency, order.total_minor) == ("USD", 2953)
    assert (order.buyer_id, order.buyer_name, order.buyer_note) == ("ru123", "Mark Petrov", "Please wrap\nred!")
    assert order.shipping_choice == "AliExpress Standard Shipping"
    assert order.lines == (
        LineDraft("8100000000001001", "SB-0001", "Lamp", 2, 1001, "Color: Red, Size: M", "1005001"),
        LineDraft("8100000000001002", "SB-0002", "Cable", 1, 951, "", "1005002"),
    )
    address = order.recipient
    assert (address.name, address.line1, address.line2) == ("Mark Petrov", "center street No.99", "apt 7")
    assert (address.city, address.region, address.postcode, address.country) == ("Babenki", "Moscow", "400120", "RU")
    assert address.phone == "+74679974"
    assert order.handles == {
        "sub:8100000000001001": "1", "sub:8100000000001002": "2", "buyer_login_id": "ru123",
    }  # fmt: skip
    assert (order.shipped, order.cancelled, order.on_hold, order.address_masked) == (False, False, False, False)
    assert order.problems == ()
    assert order.raw == ({"detail": detail(), "receipt": RECEIPT},)


@pytest.mark.parametrize(
    ("status", "payment", "on_hold", "shipped", "asked"),
    [
        ("PLACE_ORDER_SUCCESS", PaymentState.UNPAID, False, False, False),
        ("PAYMENT_PROCESSING", PaymentState.UNPAID, False, False, False),
        ("WAIT_SELLER_EXAMINE_MONEY", PaymentState.UNPAID, False, False, False),
        ("RISK_CONTROL", PaymentState.PAID, True, False, False),
        ("RISK_CONTROL_HOLD", PaymentState.PAID, True, False, False),
        ("IN_FROZEN", PaymentState.PAID, True, False, False),
        ("SELLER_PART_SEND_GOODS", PaymentState.PAID, False, False, False),
        ("IN_CANCEL", PaymentState.PAID, False, False, True),
        ("IN_ISSUE", PaymentState.PAID, True, False, False),
        ("WAIT_BUYER_ACCEPT_GOODS", PaymentState.PAID, False, True, False),
        ("FUND_PROCESSING", PaymentState.PAID, False, True, False),
    ],
)
def test_each_status_of_the_platform_has_its_meaning(
    status: str, payment: PaymentState, on_hold: bool, shipped: bool, asked: bool
) -> None:
    order = draft(status)
    assert (order.payment, order.on_hold, order.shipped, order.cancelled) == (payment, on_hold, shipped, False)
    assert (order.cancel_asked_at == order.updated_at) is asked
    assert order.problems == ()


def test_an_order_that_ended_without_being_sent_is_cancelled_and_its_money_went_back() -> None:
    order = draft("FINISH", logistics_status="NO_LOGISTICS")
    assert (order.cancelled, order.shipped, order.payment) == (True, False, PaymentState.REFUNDED)
    unpaid = draft("FINISH", logistics_status="NO_LOGISTICS", gmt_pay_success=None, fund_status="NOT_PAY")
    assert (unpaid.cancelled, unpaid.payment) == (True, PaymentState.UNPAID)


def test_an_order_that_ended_after_it_was_sent_is_shipped_and_holds_its_numbers() -> None:
    sent = {"aeop_tp_logistic_info_dto": [{"logistics_no": "LP1"}, {"logistics_no": "LP1"}, {"logistics_no": "LP2"}]}
    order = draft("FINISH", logistics_status="BUYER_ACCEPT_GOODS", logistic_info_list=sent)
    assert (order.cancelled, order.shipped, order.payment) == (False, True, PaymentState.PAID)
    assert order.numbers == ("LP1", "LP2")


def test_a_masked_receipt_says_that_the_address_comes_later() -> None:
    order = draft("RISK_CONTROL", receipt={**RECEIPT, "contact_person": "Mar*****", "detail_address": "center*****"})
    assert order.address_masked is True
    assert order.problems == ()


def test_the_platforms_own_country_codes_become_iso_codes() -> None:
    assert draft(receipt={**RECEIPT, "country": "UK"}).recipient.country == "GB"
    assert draft(receipt={**RECEIPT, "country": "SRB"}).recipient.country == "RS"


def test_a_status_that_nobody_knows_is_paid_only_when_the_money_is_there_and_goes_to_a_person() -> None:
    assert draft("BRAND_NEW").payment is PaymentState.PAID
    order = draft("BRAND_NEW", fund_status="NOT_PAY")
    assert (order.payment, order.problems) == (PaymentState.UNPAID, ("unknown_payment",))


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"gmt_create": None}, "detail.gmt_create is missing"),
        ({"gmt_modified": "2026/11/20"}, "detail.gmt_modified is no time like 2026-01-31 23:59:59: '2026/11/20'"),
        (
            {"new_order_amount": {"amount": "x", "currency_code": "USD"}},
            "detail.new_order_amount.amount is no amount: 'x'",
        ),
        ({"new_order_amount": {"amount": "1"}}, "detail.new_order_amount.currency_code is missing"),
        ({"child_order_list": {}}, "detail.child_order_list is empty"),
    ],
)
def test_what_cannot_be_read_names_its_field(over: dict[str, Any], said: str) -> None:
    with pytest.raises(Malformed) as found:
        draft(**over)
    assert found.value.message == said
