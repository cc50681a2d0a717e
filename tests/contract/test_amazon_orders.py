"""Amazon's own sandbox orders, read by our parser, and the cases its examples leave out."""

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.contract.amazon_wire import misfits, model, sandbox_pairs

from entrepot.marketplaces.amazon import MARKETPLACE
from entrepot.marketplaces.amazon.orders import read_order
from entrepot.marketplaces.contract import LineDraft, PaymentState
from entrepot.marketplaces.reading import Malformed, Record

MODEL, ORDERS, ORDER = "orders_2026-01-01", "/orders/2026-01-01/orders", "/orders/2026-01-01/orders/{orderId}"
SEARCHED = [one for pair in sandbox_pairs(MODEL, ORDERS, "get", "200") for one in pair["response"]["orders"]]
GOT = [pair["response"]["order"] for pair in sandbox_pairs(MODEL, ORDER, "get", "200")]


def bare(**over: Any) -> dict[str, Any]:
    order = {
        "orderId": "250-0000000-0000001",
        "createdTime": "2026-11-01T10:00:00Z",
        "lastUpdatedTime": "2026-11-02T11:00:00Z",
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": "A1PA6795UKMFR9"},
        "fulfillment": {"fulfillmentStatus": "UNSHIPPED"},
        "orderItems": [{"orderItemId": "1", "quantityOrdered": 2, "product": {"sellerSku": "SB-0001"}}],
        **over,
    }
    root = model(MODEL)
    assert misfits(root, root["definitions"]["Order"], order) == []
    return order


@pytest.mark.parametrize("raw", SEARCHED + GOT, ids=lambda raw: raw["orderId"])
def test_every_order_of_amazons_sandbox_fits_its_model_and_is_read(raw: dict[str, Any]) -> None:
    root = model(MODEL)
    assert misfits(root, root["definitions"]["Order"], raw) == []
    draft = read_order(Record(raw))
    assert draft.external_id == raw["orderId"]
    assert draft.external_status == raw["fulfillment"]["fulfillmentStatus"]
    assert [line.external_id for line in draft.lines] == [item["orderItemId"] for item in raw["orderItems"]]
    assert draft.raw == (raw,)
    assert draft.problems == ()
    assert draft.updated_at == datetime.fromisoformat(raw["lastUpdatedTime"])


def test_the_sandboxs_british_order_is_read_to_the_last_field() -> None:
    raw = next(one for one in SEARCHED if one["orderId"] == "202-7654321-1098765")
    draft = read_order(Record(raw))
    assert draft.currency == "GBP"
    assert draft.total_minor == 3499
    assert draft.payment is PaymentState.PAID
    assert draft.shipped is True
    assert draft.cancelled is False
    assert draft.placed_at == datetime(2024, 12, 24, 14, 20, tzinfo=UTC)
    assert draft.ship_by_at == datetime(2024, 12, 25, 23, 59, 59, tzinfo=UTC)
    assert draft.numbers == ("15501234567890123456",)
    assert draft.handles == {"marketplace_id": "A1F83G8C2ARO7P"}
    assert draft.shipping_choice == "STANDARD"
    assert draft.lines == (
        LineDraft(
            "20276543210987",
            "ECHO-DOT-4-UK-CHARCOAL-SINGLE",
            "Amazon Echo Dot (4th Generation) | Smart speaker with Alexa | Charcoal",
            1,
            3499,
            listing_id="B08C1W5N87",
        ),
    )
    address = draft.recipient
    assert (address.name, address.line1, address.line2) == ("Sarah Thompson", "45 Oak Avenue", "Flat 2A")
    assert (address.district, address.city, address.region) == ("Greater London", "London", "England")
    assert (address.postcode, address.country, address.phone) == ("SW1A 1AA", "GB", "+44 20 7946 0958")


def test_yen_have_no_minor_unit() -> None:
    draft = read_order(Record(SEARCHED[0]))
    assert (draft.currency, draft.total_minor) == ("JPY", 19940)
    assert [line.unit_price_minor for line in draft.lines] == [5980, 6980]
    assert [line.quantity for line in draft.lines] == [1, 2]


def test_a_brazilian_buyers_tax_number_comes_along_and_the_gift_message_is_a_note() -> None:
    business = read_order(Record(next(one for one in SEARCHED if one["orderId"] == "171-2345678-9012345")))
    assert business.recipient.tax_id == "1234567890"
    assert business.recipient.company == "Oliveira Tecnologia Ltda"
    assert business.shipped is False
    gift = read_order(Record(next(one for one in GOT if one["orderId"] == "171-9876543-2109876")))
    assert gift.buyer_note == "Feliz Natal! Espero que goste do seu novo alto-falante inteligente!"


def test_a_pending_order_is_unpaid_has_no_address_yet_and_the_currency_of_its_site() -> None:
    draft = read_order(Record(bare(fulfillment={"fulfillmentStatus": "PENDING"})))
    assert draft.payment is PaymentState.UNPAID
    assert draft.on_hold is True
    assert draft.address_masked is True
    assert (draft.currency, draft.total_minor) == ("EUR", 0)
    assert draft.problems == ()


def test_a_buyers_wish_to_cancel_is_asked_at_the_time_of_the_change() -> None:
    item = {
        "orderItemId": "1",
        "quantityOrdered": 2,
        "product": {"sellerSku": "SB-0001"},
        "cancellation": {"cancellationRequest": {"requester": "BUYER", "cancelReason": "Buyer Requested Cancel"}},
    }
    draft = read_order(Record(bare(orderItems=[item])))
    assert draft.cancel_asked_at == datetime(2026, 11, 2, 11, tzinfo=UTC)
    shipped = read_order(Record(bare(orderItems=[item], fulfillment={"fulfillmentStatus": "SHIPPED"})))
    assert shipped.cancel_asked_at is None


def test_a_cancelled_item_counts_its_pieces_and_no_longer_asks() -> None:
    item = {
        "orderItemId": "1",
        "quantityOrdered": 3,
        "product": {},
        "cancellation": {
            "cancellationRequest": {"requester": "BUYER"},
            "cancellationExecution": {"cancelledBy": "MERCHANT"},
        },
        "fulfillment": {"quantityFulfilled": 1, "quantityUnfulfilled": 0},
    }
    draft = read_order(Record(bare(orderItems=[item])))
    assert draft.lines[0].quantity == 3
    assert draft.lines[0].cancelled == 2
    assert draft.cancel_asked_at is None


def test_a_cancelled_order_is_neither_paid_nor_masked() -> None:
    draft = read_order(Record(bare(fulfillment={"fulfillmentStatus": "CANCELLED"})))
    assert draft.cancelled is True
    assert draft.payment is PaymentState.UNPAID
    assert draft.address_masked is False
    assert draft.problems == ()


@pytest.mark.parametrize(
    ("said", "shipped", "cancelled"),
    [("Canceled", False, True), ("Shipped", True, False), ("InvoiceUnconfirmed", True, False)],
)
def test_the_older_spelling_of_a_status_is_understood_and_kept_verbatim(
    said: str, shipped: bool, cancelled: bool
) -> None:
    raw = bare()
    raw["fulfillment"] = {"fulfillmentStatus": said}
    draft = read_order(Record(raw))
    assert draft.external_status == said
    assert (draft.shipped, draft.cancelled) == (shipped, cancelled)
    assert draft.problems == ()


def test_a_status_that_nobody_knows_is_taken_as_unpaid_and_shown_to_a_person() -> None:
    raw = bare()
    raw["fulfillment"] = {"fulfillmentStatus": "TELEPORTED"}
    draft = read_order(Record(raw))
    assert draft.payment is PaymentState.UNPAID
    assert draft.problems[0] == "unknown_payment"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"orderId": None}, "orderId is missing"),
        ({"createdTime": "yesterday"}, "createdTime is no time: 'yesterday'"),
        ({"createdTime": "2026-11-01T10:00:00"}, "createdTime does not say its time zone: '2026-11-01T10:00:00'"),
        ({"orderItems": [{"orderItemId": "1", "product": {}}]}, "orderItems[0].quantityOrdered is None"),
        ({"proceeds": {"grandTotal": {"amount": "ten", "currencyCode": "EUR"}}}, "amount is no amount: 'ten'"),
    ],
)
def test_what_cannot_be_read_names_its_field(change: dict[str, Any], said: str) -> None:
    with pytest.raises(Malformed) as found:
        read_order(Record({**bare(), **change}))
    assert said in found.value.message


def test_the_package_shows_a_connector_of_its_name() -> None:
    assert MARKETPLACE.connector is not None
    assert MARKETPLACE.connector().name == MARKETPLACE.name == MARKETPLACE.policy.name == "amazon"
