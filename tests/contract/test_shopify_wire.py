"""Shopify against its own published schema, and against written answers."""

import base64
import gzip
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from graphql import GraphQLSchema, build_client_schema, parse, validate
from graphql.execution.values import get_variable_values
from graphql.language import OperationDefinitionNode
from tests.contract.wires import PlayedWire

from entrepot.marketplaces.contract import (
    Access,
    Answer,
    App,
    CallFailed,
    CancelAnswer,
    EventKind,
    Grant,
    Notice,
    NoticeLine,
    OrderDraft,
    PaymentState,
    Request,
    Result,
    StockLevel,
    Trouble,
    Unreadable,
    Why,
    Window,
)
from entrepot.marketplaces.shopify import documents
from entrepot.marketplaces.shopify.connector import Shopify

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
APP = App("client1", "shpss_secret", extra={"shop": "alpha"})
ACCESS = Access(APP, Grant("alpha.myshopify.com", "shpat_token", "shprt_refresh"))
CONNECTOR = Shopify()
SPAN = Window(NOW - timedelta(hours=1), NOW)
GID = "gid://shopify"


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    packed = Path(__file__).parent / "specs" / "shopify" / "admin_2026-10.json.gz"
    # Without assume_valid the schema itself breaks a newer rule about deprecated members.
    return build_client_schema(json.loads(gzip.decompress(packed.read_bytes()))["data"], assume_valid=True)


SENT = [name for name in vars(documents) if name.isupper() and name != "ORDER"]


@pytest.mark.parametrize("name", SENT)
def test_every_document_is_valid_in_the_marketplaces_own_schema(schema: GraphQLSchema, name: str) -> None:
    assert [error.message for error in validate(schema, parse(getattr(documents, name)))] == []


def test_a_misspelt_field_would_be_found(schema: GraphQLSchema) -> None:
    wrong = documents.LIST.replace("displayFinancialStatus", "displayFinanceStatus")
    assert [error.message for error in validate(schema, parse(wrong))] == [
        "Cannot query field 'displayFinanceStatus' on type 'Order'. Did you mean 'displayFinancialStatus' or "
        "'displayFulfillmentStatus'?"
    ]


def test_no_document_uses_a_deprecated_field(schema: GraphQLSchema) -> None:
    from graphql.validation import NoDeprecatedCustomRule

    for name in SENT:
        found = validate(schema, parse(getattr(documents, name)), [NoDeprecatedCustomRule])
        assert [error.message for error in found] == [], name


def test_the_variables_we_send_are_of_the_schemas_types(schema: GraphQLSchema) -> None:
    wire = busy_wire()
    drive_everything(wire)
    seen = set()
    for request in wire.sent:
        body = json.loads(request.content)
        (operation,) = [d for d in parse(body["query"]).definitions if isinstance(d, OperationDefinitionNode)]
        found = get_variable_values(schema, operation.variable_definitions or (), body["variables"])
        assert not isinstance(found, list), (request.operation, found)
        seen.add(request.operation)
    assert seen == {
        "orders.list", "orders.get", "orders.lines", "orders.standing", "orders.ship", "orders.renumber",
        "cancellations.answer", "stock.levels", "stock.set",
    }  # fmt: skip


def money(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount}}


def line(number: int, quantity: int = 2, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"{GID}/LineItem/{number}", "title": "Mug", "variantTitle": "Blue", "sku": "SB-0001", "quantity": quantity,
        "currentQuantity": quantity, "requiresShipping": True, "product": {"legacyResourceId": "900"},
        "discountedUnitPriceAfterAllDiscountsSet": money("12.5"),
    } | changes  # fmt: skip


def order(**changes: Any) -> dict[str, Any]:
    return {
        "id": f"{GID}/Order/450", "legacyResourceId": "450", "name": "#1001", "createdAt": "2026-11-20T16:00:00Z",
        "processedAt": "2026-11-20T16:00:00Z", "updatedAt": "2026-11-20T16:01:10Z", "cancelledAt": None, "test": False,
        "currencyCode": "USD", "displayFinancialStatus": "PAID", "displayFulfillmentStatus": "UNFULFILLED",
        "paymentGatewayNames": ["shopify_payments"], "note": "Ring twice", "email": "a@example.com", "phone": None,
        "totalPriceSet": money("54.99"), "customer": {"legacyResourceId": "77", "displayName": "Ann Lee"},
        "shippingLine": {"title": "Standard"},
        "shippingAddress": {"name": "Ann Lee", "company": None, "address1": "1 Main St", "address2": "", "city": "Austin",
                            "province": "Texas", "zip": "78701", "countryCodeV2": "US", "phone": "+15125550100"},
        "lineItems": {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": [line(1), line(2)]},
        "fulfillmentOrders": {"nodes": [{"id": f"{GID}/FulfillmentOrder/5", "status": "OPEN", "requestStatus": "UNSUBMITTED",
                                         "fulfillBy": "2026-11-23T16:00:00Z", "merchantRequests": {"nodes": []}}]},
        "fulfillments": [],
    } | changes  # fmt: skip


def part(number: int = 5, status: str = "OPEN", location: int = 1, **left: int) -> dict[str, Any]:
    """A fulfilment order; `left` is L1=2: two pieces of line 1 remain."""
    return {
        "id": f"{GID}/FulfillmentOrder/{number}", "status": status, "requestStatus": "UNSUBMITTED",
        "assignedLocation": {"location": {"id": f"{GID}/Location/{location}"}},
        "lineItems": {"nodes": [
            {"id": f"{GID}/FulfillmentOrderLineItem/{number}{name[1:]}", "remainingQuantity": quantity,
             "lineItem": {"id": f"{GID}/LineItem/{name[1:]}"}} for name, quantity in left.items()]},
    }  # fmt: skip


def told(number: str, status: str = "SUCCESS", **lines: int) -> dict[str, Any]:
    return {
        "id": f"{GID}/Fulfillment/9", "status": status, "trackingInfo": [{"number": number, "company": "4PX"}],
        "fulfillmentLineItems": {"nodes": [
            {"quantity": quantity, "lineItem": {"id": f"{GID}/LineItem/{name[1:]}"}} for name, quantity in lines.items()]},
    }  # fmt: skip


def standing(*parts: dict[str, Any], fulfillments: tuple[dict[str, Any], ...] = (), **changes: Any) -> dict[str, Any]:
    node = {"legacyResourceId": "450", "cancelledAt": None, "displayFulfillmentStatus": "UNFULFILLED",
            "fulfillmentOrders": {"nodes": list(parts)}, "fulfillments": list(fulfillments)} | changes  # fmt: skip
    return data(nodes=[node])


def data(**found: Any) -> dict[str, Any]:
    return {"data": found, "extensions": {"cost": {"requestedQueryCost": 12}}}


def made(field: str, *errors: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return data(**{field: {"userErrors": list(errors), **rest}})


SHIPPED = made("fulfillmentCreate", fulfillment={"id": f"{GID}/Fulfillment/9", "status": "SUCCESS"})


def notice(lines: dict[str, int] | None = None, **changes: Any) -> Notice:
    wanted = {"1": 2, "2": 2} if lines is None else lines
    facts: dict[str, Any] = {
        "key": "n1", "order_id": "450", "lines": tuple(NoticeLine(*pair) for pair in wanted.items()), "whole": True,
        "number": "LX1", "carrier": "4PX", "carrier_name": "4PX", "shipped_at": NOW,
    }  # fmt: skip
    return Notice(**(facts | changes))


def ship(*answers: dict[str, Any], wanted: Notice | None = None, shipped: Any = SHIPPED) -> tuple[Any, PlayedWire]:
    wire = PlayedWire({"orders.standing": list(answers), "orders.ship": [shipped]})
    (answer,) = CONNECTOR.ship(wire, ACCESS, [wanted or notice()], now=NOW)
    return answer, wire


def variables(request: Request) -> Any:
    return json.loads(request.content)["variables"]


def busy_wire() -> PlayedWire:
    many = {"pageInfo": {"hasNextPage": True, "endCursor": "L1"}, "nodes": [line(1)]}
    rest = {"pageInfo": {"hasNextPage": False, "endCursor": "L2"}, "nodes": [line(2)]}
    variant = {
        "sku": "SB-0001", "product": {"legacyResourceId": "900"},
        "inventoryItem": {"id": f"{GID}/InventoryItem/3", "inventoryLevels": {"nodes": [
            {"location": {"id": f"{GID}/Location/1"}, "quantities": [{"quantity": 3}]}]}},
    }  # fmt: skip
    return PlayedWire(
        {
            "orders.list": [data(orders={"pageInfo": {"hasNextPage": False, "endCursor": "c"}, "nodes": [order()]})],
            "orders.get": [data(nodes=[order(lineItems=many), None])],
            "orders.lines": [data(order={"lineItems": rest})],
            "orders.standing": [standing(part(L1=2, L2=2)), standing(fulfillments=(told("OLD", L1=2, L2=2),))],
            "orders.ship": [SHIPPED],
            "orders.renumber": [made("fulfillmentTrackingInfoUpdate", fulfillment={"id": "x"})],
            "cancellations.answer": [made("fulfillmentOrderAcceptCancellationRequest"),
                                     made("fulfillmentOrderRejectCancellationRequest")],
            "stock.levels": [data(productVariants={"nodes": [variant]})],
            "stock.set": [made("inventorySetQuantities", inventoryAdjustmentGroup={"id": "x"})],
        }
    )  # fmt: skip


def drive_everything(wire: PlayedWire) -> None:
    CONNECTOR.pull(wire, ACCESS, SPAN, now=NOW)
    CONNECTOR.get(wire, ACCESS, ["450", "451"], now=NOW)
    first = CONNECTOR.ship(wire, ACCESS, [notice(tracking_url="https://t.example/LX1")], now=NOW)
    corrected = CONNECTOR.renumber(wire, ACCESS, [notice(replaces="OLD")], now=NOW)
    yes = CONNECTOR.answer_cancellations(wire, ACCESS, [CancelAnswer("a1", "450", "5", True)], now=NOW)
    no = CONNECTOR.answer_cancellations(wire, ACCESS, [CancelAnswer("a2", "450", "5", False, "packed")], now=NOW)
    stock = CONNECTOR.set_stock(wire, ACCESS, [StockLevel("s1", "900", "SB-0001", 7)], now=NOW)
    for answers in (first, corrected, yes, no, stock):
        assert [answer.result for answer in answers] == [Result.OK]


def read(**changes: Any) -> OrderDraft:
    wire = PlayedWire({"orders.get": [data(nodes=[order(**changes)])]})
    (found,) = CONNECTOR.get(wire, ACCESS, ["450"], now=NOW)
    assert isinstance(found, OrderDraft)
    return found


def test_an_order_is_read_whole() -> None:
    found = read()
    assert (found.external_id, found.external_status, found.handles) == ("450", "PAID/UNFULFILLED", {"name": "#1001"})
    assert (found.payment, found.currency, found.total_minor) == (PaymentState.PAID, "USD", 5499)
    assert found.placed_at == datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    assert found.updated_at == datetime(2026, 11, 20, 16, 1, 10, tzinfo=UTC)
    assert found.ship_by_at == datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
    assert [(one.external_id, one.quantity, one.unit_price_minor) for one in found.lines] == [
        ("1", 2, 1250),
        ("2", 2, 1250),
    ]
    assert (found.recipient.name, found.recipient.city, found.recipient.country) == ("Ann Lee", "Austin", "US")
    assert (found.buyer_id, found.shipping_choice, found.buyer_note) == ("77", "Standard", "Ring twice")
    assert (found.problems, found.cancelled, found.shipped, found.on_hold) == ((), False, False, False)


def test_an_order_of_many_lines_is_read_to_its_end() -> None:
    wire = busy_wire()
    (found,) = CONNECTOR.get(wire, ACCESS, ["450", "451"], now=NOW)
    assert isinstance(found, OrderDraft)
    assert [one.external_id for one in found.lines] == ["1", "2"]
    assert variables(wire.of("orders.lines")[0]) == {"id": f"{GID}/Order/450", "after": "L1"}


@pytest.mark.parametrize(
    ("status", "payment"),
    [("PAID", PaymentState.PAID), ("PENDING", PaymentState.UNPAID), ("AUTHORIZED", PaymentState.UNPAID),
     ("REFUNDED", PaymentState.REFUNDED), ("PARTIALLY_REFUNDED", PaymentState.PAID), ("VOIDED", PaymentState.UNPAID)],
)  # fmt: skip
def test_payment_states(status: str, payment: PaymentState) -> None:
    assert read(displayFinancialStatus=status).payment is payment


def test_cash_on_delivery_is_shipped_before_it_is_paid() -> None:
    found = read(displayFinancialStatus="PENDING", paymentGatewayNames=["Cash on Delivery (COD)"])
    assert (found.payment, found.paid_at) == (PaymentState.PAID, None)


def test_a_status_nobody_knows_is_taken_in_verbatim_and_shown_to_a_person() -> None:
    found = read(displayFinancialStatus="ON_CREDIT", displayFulfillmentStatus="TELEPORTED", brandNew={"x": 1})
    assert found.external_status == "ON_CREDIT/TELEPORTED"
    assert (found.payment, found.problems) == (PaymentState.UNPAID, ("unknown_payment",))


def test_states_of_the_whole_order() -> None:
    assert read(displayFulfillmentStatus="ON_HOLD").on_hold is True
    assert read(displayFulfillmentStatus="FULFILLED").shipped is True
    assert read(cancelledAt="2026-11-20T17:00:00Z").cancelled is True
    assert read(fulfillments=[told("LX1"), told("VOID", status="CANCELLED")]).numbers == ("LX1",)


def called_off(request: str, status: str = "CLOSED") -> dict[str, Any]:
    return {"id": f"{GID}/FulfillmentOrder/5", "status": status, "requestStatus": request,
            "fulfillBy": None, "merchantRequests": {"nodes": []}}  # fmt: skip


def test_an_order_whose_parts_were_all_called_off_by_the_merchant_is_held() -> None:
    closed = called_off("CLOSED")
    found = read(fulfillmentOrders={"nodes": [closed]})
    assert (found.on_hold, found.cancelled) == (True, False)
    assert read(fulfillmentOrders={"nodes": [closed]}, displayFulfillmentStatus="FULFILLED").on_hold is False


@pytest.mark.parametrize("status", ["CLOSED", "CANCELLED", "IN_PROGRESS"])
def test_an_order_that_we_agreed_not_to_ship_is_cancelled_and_says_that_theirs_goes_on(status: str) -> None:
    found = read(fulfillmentOrders={"nodes": [called_off("CANCELLATION_ACCEPTED", status)]})
    assert (found.cancelled, found.on_hold) == (True, False)
    assert found.external_status == "PAID/UNFULFILLED/CANCELLATION_ACCEPTED"


def test_once_the_merchant_has_cancelled_an_agreed_order_nothing_is_left_to_do() -> None:
    stopped = {"nodes": [called_off("CANCELLATION_ACCEPTED")]}
    found = read(fulfillmentOrders=stopped, cancelledAt="2026-11-20T17:00:00Z", displayFinancialStatus="REFUNDED")
    assert (found.cancelled, found.external_status) == (True, "REFUNDED/UNFULFILLED")


def test_an_order_that_is_still_to_be_shipped_in_part_or_has_left_in_part_is_not_cancelled() -> None:
    stopped, other = called_off("CANCELLATION_ACCEPTED"), called_off("UNSUBMITTED", "OPEN")
    found = read(fulfillmentOrders={"nodes": [stopped, other]})
    assert (found.cancelled, found.on_hold) == (False, False)
    found = read(fulfillmentOrders={"nodes": [stopped]}, displayFulfillmentStatus="PARTIALLY_FULFILLED")
    assert (found.cancelled, found.on_hold) == (False, True)


def test_removed_pieces_are_cancelled_and_what_needs_no_shipping_is_left_out() -> None:
    lines = [line(1, quantity=3, currentQuantity=1), line(2, requiresShipping=False, title="Gift card")]
    found = read(lineItems={"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": lines})
    assert [(one.external_id, one.quantity, one.cancelled) for one in found.lines] == [("1", 3, 2)]


def test_a_request_to_cancel_names_its_fulfilment_order() -> None:
    asked = {"id": f"{GID}/FulfillmentOrder/5", "status": "IN_PROGRESS", "requestStatus": "CANCELLATION_REQUESTED",
             "fulfillBy": None, "merchantRequests": {"nodes": [{"sentAt": "2026-11-20T18:00:00Z"}]}}  # fmt: skip
    found = read(fulfillmentOrders={"nodes": [asked]})
    assert (found.cancel_request_id, found.cancel_asked_at) == ("5", datetime(2026, 11, 20, 18, 0, tzinfo=UTC))


def test_one_unreadable_order_does_not_stop_the_page() -> None:
    broken = order(legacyResourceId="7", totalPriceSet=None)
    info = {"hasNextPage": True, "endCursor": "c2"}
    wire = PlayedWire({"orders.list": [data(orders={"pageInfo": info, "nodes": [broken, 12, order()]})]})
    page = CONNECTOR.pull(wire, ACCESS, SPAN, now=NOW)
    assert page.next_page == "c2"
    assert page.orders[0] == Unreadable("7", "totalPriceSet.shopMoney.amount is no amount: None", broken)
    assert [type(found).__name__ for found in page.orders] == ["Unreadable", "Unreadable", "OrderDraft"]
    assert variables(wire.sent[0]) == {
        "after": None,
        "first": 25,
        "query": "updated_at:>='2026-11-21T11:00:00.000Z' AND updated_at:<'2026-11-21T12:00:00.000Z'",
    }


def test_a_page_that_names_itself_as_the_next_is_noticed() -> None:
    wire = PlayedWire(
        {"orders.list": [data(orders={"pageInfo": {"hasNextPage": True, "endCursor": "c2"}, "nodes": []})]}
    )
    with pytest.raises(CallFailed) as caught:
        CONNECTOR.pull(wire, ACCESS, Window(SPAN.since, SPAN.until, "c2"), now=NOW)
    assert (caught.value.trouble, caught.value.code) == (Trouble.PROTOCOL, "page_loop")


def failing(code: str, **extensions: Any) -> dict[str, Any]:
    return {"errors": [{"message": "no", "extensions": {"code": code}}], "extensions": extensions}


def test_a_query_that_costs_too_much_is_asked_for_in_smaller_pages() -> None:
    empty = data(orders={"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": []})
    wire = PlayedWire({"orders.list": [failing("MAX_COST_EXCEEDED"), failing("MAX_COST_EXCEEDED"), empty]})
    assert CONNECTOR.pull(wire, ACCESS, SPAN, now=NOW).orders == ()
    assert [variables(request)["first"] for request in wire.sent] == [25, 10, 3]


def test_orders_by_number_are_asked_for_in_smaller_groups_too() -> None:
    some = [order(legacyResourceId=str(n)) for n in range(4)]
    wire = PlayedWire({"orders.get": [failing("MAX_COST_EXCEEDED"), data(nodes=some[:2]), data(nodes=some[2:])]})
    found = CONNECTOR.get(wire, ACCESS, ["0", "1", "2", "3"], now=NOW)
    assert [one.external_id for one in found] == ["0", "1", "2", "3"]
    assert [len(variables(request)["ids"]) for request in wire.sent] == [4, 2, 2]


def test_being_throttled_says_until_when() -> None:
    cost = {"requestedQueryCost": 500, "throttleStatus": {"currentlyAvailable": 100, "restoreRate": 100}}
    wire = PlayedWire({"orders.list": [failing("THROTTLED", cost=cost)]})
    with pytest.raises(CallFailed) as caught:
        CONNECTOR.pull(wire, ACCESS, SPAN, now=NOW)
    assert (caught.value.trouble, caught.value.retry_at) == (Trouble.THROTTLED, NOW + timedelta(seconds=4))


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (failing("ACCESS_DENIED"), Trouble.SCOPE_MISSING),
        (failing("SHOP_INACTIVE"), Trouble.SHOP_DISABLED),
        (failing("INTERNAL_SERVER_ERROR"), Trouble.TRANSIENT),
        (Answer(401, {}, b"[API] Invalid API key or access token"), Trouble.AUTH_EXPIRED),
        (Answer(402, {}, b"frozen"), Trouble.SHOP_DISABLED),
        (Answer(503, {}, b""), Trouble.TRANSIENT),
        (Answer(200, {}, b"<html>"), Trouble.PROTOCOL),
    ],
)
def test_a_failed_call_says_why(answer: Any, trouble: Trouble) -> None:
    with pytest.raises(CallFailed) as caught:
        CONNECTOR.pull(PlayedWire({"orders.list": [answer]}), ACCESS, SPAN, now=NOW)
    assert caught.value.trouble is trouble


def test_a_parcel_is_told_with_the_pieces_it_holds() -> None:
    answer, wire = ship(standing(part(L1=2, L2=2)), wanted=notice({"1": 1}, whole=False))
    assert (answer.result, answer.remote_id) == (Result.OK, f"{GID}/Fulfillment/9")
    (sent,) = wire.of("orders.ship")
    assert sent.writes is True
    assert variables(sent) == {
        "fulfillment": {
            "lineItemsByFulfillmentOrder": [
                {
                    "fulfillmentOrderId": f"{GID}/FulfillmentOrder/5",
                    "fulfillmentOrderLineItems": [{"id": f"{GID}/FulfillmentOrderLineItem/51", "quantity": 1}],
                }
            ],
            "notifyCustomer": True,
            "trackingInfo": {"number": "LX1", "company": "4PX"},
        }
    }


def test_an_order_that_ships_from_two_places_is_told_once_for_each() -> None:
    answer, wire = ship(standing(part(5, location=1, L1=2), part(6, location=2, L2=2)))
    assert answer.result is Result.OK
    assert len(wire.of("orders.ship")) == 2


def test_what_left_under_our_number_is_done_already_and_nothing_is_sent() -> None:
    answer, wire = ship(standing(fulfillments=(told("LX1", L1=2, L2=2),)))
    assert answer.result is Result.ALREADY_DONE
    assert wire.of("orders.ship") == []


def test_what_left_under_another_number_is_for_a_person() -> None:
    answer, wire = ship(standing(fulfillments=(told("OTHER", L1=2, L2=2),)))
    assert (answer.result, answer.why, answer.message) == (Result.REJECTED, Why.SHIPPED_ELSEWHERE, "OTHER")
    assert wire.of("orders.ship") == []


def test_a_cancelled_or_held_order_is_not_told() -> None:
    cancelled, _ = ship(standing(part(L1=2, L2=2), cancelledAt="2026-11-20T17:00:00Z"))
    held, _ = ship(standing(part(status="ON_HOLD", L1=2, L2=2)))
    assert [(a.why, a.code) for a in (cancelled, held)] == [
        (Why.STATE_CHANGED, "cancelled"),
        (Why.STATE_CHANGED, "held"),
    ]


@pytest.mark.parametrize(
    ("words", "why"),
    [("The tracking number is invalid", Why.BAD_NUMBER), ("Something else", Why.OTHER)],
)  # fmt: skip
def test_user_errors_are_classed_by_their_words(words: str, why: Why) -> None:
    refusal = made("fulfillmentCreate", {"field": ["fulfillment"], "message": words}, fulfillment=None)
    answer, _ = ship(standing(part(L1=2, L2=2)), shipped=refusal)
    assert (answer.result, answer.why, answer.message) == (Result.REJECTED, why, words)


def test_a_refusal_that_the_order_does_not_show_yet_is_tried_again_later() -> None:
    closed = {"field": None, "message": "Fulfillment order 5 has an unfulfillable status= closed."}
    refusal = made("fulfillmentCreate", closed, fulfillment=None)
    answer, _ = ship(standing(part(L1=2, L2=2)), shipped=refusal)
    assert (answer.result, answer.retry_at) == (Result.RETRY_LATER, NOW + timedelta(minutes=1))


def test_a_refusal_because_it_is_done_is_success() -> None:
    closed = {"field": None, "message": "Fulfillment order 5 has an unfulfillable status= closed."}
    answer, _ = ship(
        standing(part(L1=2, L2=2)),
        standing(fulfillments=(told("LX1", L1=2, L2=2),)),
        shipped=made("fulfillmentCreate", closed, fulfillment=None),
    )
    assert answer.result is Result.ALREADY_DONE


@pytest.mark.parametrize(
    "lost",
    [Answer(502, {}, b""), Answer(200, {}, b"cut"), failing("INTERNAL_SERVER_ERROR"),
     CallFailed(Trouble.UNKNOWN_OUTCOME, "no answer")],
)  # fmt: skip
def test_a_write_without_a_clear_answer_is_unknown(lost: Any) -> None:
    answer, _ = ship(standing(part(L1=2, L2=2)), shipped=lost)
    assert answer.result is Result.UNKNOWN


def test_look_up_says_what_happened_to_an_unknown_notice() -> None:
    for seen, result in (
        (standing(fulfillments=(told("LX1", L1=2, L2=2),)), Result.OK),
        (standing(fulfillments=(told("OTHER", L1=2, L2=2),)), Result.REJECTED),
        (standing(part(L1=2, L2=2)), Result.RETRY_LATER),
        (standing(part(L2=2), fulfillments=(told("LX1", L1=2),)), Result.RETRY_LATER),
    ):
        (answer,) = CONNECTOR.look_up(PlayedWire({"orders.standing": [seen]}), ACCESS, [notice()], now=NOW)
        assert (answer.result, answer.retry_at) == (result, None)


def test_what_is_half_told_is_only_completed() -> None:
    answer, wire = ship(standing(part(L2=2), fulfillments=(told("LX1", L1=2),)))
    assert answer.result is Result.OK
    (sent,) = wire.of("orders.ship")
    (group,) = variables(sent)["fulfillment"]["lineItemsByFulfillmentOrder"]
    assert group["fulfillmentOrderLineItems"] == [{"id": f"{GID}/FulfillmentOrderLineItem/52", "quantity": 2}]


def test_stock_is_set_by_compare_and_set_under_our_key() -> None:
    wire = busy_wire()
    CONNECTOR.set_stock(wire, ACCESS, [StockLevel("s1", "900", "SB-0001", 7, expected=4)], now=NOW)
    (sent,) = wire.of("stock.set")
    assert variables(sent)["key"] == "s1"
    assert variables(sent)["input"]["quantities"] == [
        {"inventoryItemId": f"{GID}/InventoryItem/3", "locationId": f"{GID}/Location/1", "quantity": 7,
         "changeFromQuantity": 4}
    ]  # fmt: skip


def test_stock_that_moved_meanwhile_is_refused_or_tried_again() -> None:
    stale = {"code": "CHANGE_FROM_QUANTITY_STALE", "field": ["input"], "message": "stale"}
    for expected, result in ((4, Result.REJECTED), (None, Result.RETRY_LATER)):
        wire = busy_wire()
        wire.answers["stock.set"][:] = [made("inventorySetQuantities", stale)]
        level = StockLevel("s1", "900", "SB-0001", 7, expected=expected)
        (answer,) = CONNECTOR.set_stock(wire, ACCESS, [level], now=NOW)
        assert answer.result is result


def test_stock_that_moved_between_reading_and_setting_is_read_anew_and_set_once_more() -> None:
    """A sale over there in between: 3 pieces stood there when we read, 2 when we set. The second key is another one,
    because the first stands for the first numbers."""
    wire = busy_wire()
    (levels,) = wire.answers["stock.levels"]
    wire.answers["stock.levels"].append(json.loads(json.dumps(levels).replace('"quantity": 3', '"quantity": 2')))
    stale = {"code": "CHANGE_FROM_QUANTITY_STALE", "field": ["input"], "message": "stale"}
    wire.answers["stock.set"].insert(0, made("inventorySetQuantities", stale))
    (answer,) = CONNECTOR.set_stock(wire, ACCESS, [StockLevel("s1", "900", "SB-0001", 7)], now=NOW)
    assert (answer.key, answer.result) == ("s1", Result.OK)
    sent = [variables(one) for one in wire.of("stock.set")]
    told = [
        (one["key"], *(one["input"]["quantities"][0][n] for n in ("changeFromQuantity", "quantity"))) for one in sent
    ]
    assert told == [("s1", 3, 7), ("s1-2", 2, 7)]


def test_a_sku_at_several_locations_is_refused_with_what_the_merchant_calls_them() -> None:
    wire = busy_wire()
    (levels,) = wire.answers["stock.levels"]
    item = levels["data"]["productVariants"]["nodes"][0]["inventoryItem"]
    item["inventoryLevels"] = {"nodes": [
        {"location": {"id": f"{GID}/Location/{number}", "name": name}, "quantities": [{"quantity": 3}]}
        for number, name in ((1, "Berlin"), (2, ""))]}  # fmt: skip
    (answer,) = CONNECTOR.set_stock(wire, ACCESS, [StockLevel("s1", "900", "SB-0001", 7)], now=NOW)
    assert (answer.result, answer.code, answer.message) == (Result.REJECTED, "which_location", "choose among Berlin, 2")
    assert wire.of("stock.set") == []
    there = {"location": f"{GID}/Location/2"}
    wire.answers["stock.levels"].append(levels)
    (answer,) = CONNECTOR.set_stock(wire, ACCESS, [StockLevel("s1", "900", "SB-0001", 7, handles=there)], now=NOW)
    assert answer.result is Result.OK


def came_back(**changes: str) -> dict[str, str]:
    query = {"code": "c0de", "shop": "alpha.myshopify.com", "state": "s", "timestamp": "1"} | changes
    message = urlencode(sorted(query.items()))
    return query | {"hmac": hmac.new(APP.secret.encode(), message.encode(), hashlib.sha256).hexdigest()}


def test_a_code_is_exchanged_for_a_token_that_ends() -> None:
    token = {"access_token": "shpat_1", "scope": "read_orders", "expires_in": 3600, "refresh_token": "shprt_1",
             "refresh_token_expires_in": 7776000}  # fmt: skip
    wire = PlayedWire({"token.get": [token]})
    (grant,) = CONNECTOR.exchange(wire, APP, came_back(), back_to="", now=NOW)
    assert (grant.account, grant.access_token, grant.refresh_token) == ("alpha.myshopify.com", "shpat_1", "shprt_1")
    assert grant.expires_at == NOW + timedelta(hours=1)
    assert wire.sent[0].url == "https://alpha.myshopify.com/admin/oauth/access_token"


def test_an_answer_that_is_not_signed_or_names_another_host_gets_no_secret() -> None:
    wire = PlayedWire({"token.get": [{}]})
    forged = came_back() | {"shop": "evil.myshopify.com"}
    elsewhere = came_back(shop="evil.example/x?.myshopify.com")
    for answer, code in ((forged, "hmac"), (elsewhere, "shop")):
        with pytest.raises(CallFailed) as caught:
            CONNECTOR.exchange(wire, APP, answer, back_to="", now=NOW)
        assert (caught.value.trouble, caught.value.code) == (Trouble.INVALID_INPUT, code)
    assert wire.sent == []


def test_the_shops_own_page_asks_for_consent() -> None:
    url = CONNECTOR.authorize_url(APP, state="s1", back_to="https://desk.example/back")
    assert url.startswith("https://alpha.myshopify.com/admin/oauth/authorize?client_id=client1&scope=read_orders%2C")
    with pytest.raises(CallFailed):
        CONNECTOR.authorize_url(App("k", "s"), state="s1", back_to="https://desk.example/back")


def test_webhooks_are_checked_and_read() -> None:
    body = json.dumps({"id": 450, "admin_graphql_api_id": f"{GID}/Order/450"}).encode()
    signed = base64.b64encode(hmac.new(APP.secret.encode(), body, hashlib.sha256).digest()).decode()
    headers = {"x-shopify-hmac-sha256": signed, "x-shopify-topic": "orders/updated", "x-shopify-webhook-id": "w1",
               "x-shopify-shop-domain": "alpha.myshopify.com"}  # fmt: skip
    assert CONNECTOR.verify(APP, url="", headers=headers, body=body)
    assert not CONNECTOR.verify(APP, url="", headers=headers, body=body + b" ")
    assert not CONNECTOR.verify(APP, url="", headers={}, body=body)
    (event,) = CONNECTOR.events(headers=headers, body=body)
    assert (event.kind, event.account, event.order_ids, event.delivery_id) == (
        EventKind.ORDER, "alpha.myshopify.com", ("450",), "w1",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("topic", "body", "expected"),
    [("fulfillments/create", {"id": 9, "order_id": 450}, (EventKind.ORDER, ("450",))),
     ("app/uninstalled", {"id": 1}, (EventKind.REVOKED, ())), ("products/update", {"id": 3}, (EventKind.OTHER, ()))],
)  # fmt: skip
def test_webhooks_by_topic(topic: str, body: dict[str, Any], expected: tuple[EventKind, tuple[str, ...]]) -> None:
    (event,) = CONNECTOR.events(headers={"x-shopify-topic": topic}, body=json.dumps(body).encode())
    assert (event.kind, event.order_ids) == expected
