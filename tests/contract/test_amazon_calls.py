"""Requests to Amazon, each checked against the published models, and what its answers mean."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from tests.contract.amazon_wire import ACCESS, NOW, Scripted, sandbox_pairs
from tests.contract.test_amazon_orders import MODEL, ORDER, ORDERS, bare

from entrepot.marketplaces.amazon.connector import Amazon
from entrepot.marketplaces.amazon.tell import reference_of
from entrepot.marketplaces.contract import (
    Answer,
    CallFailed,
    Done,
    Notice,
    NoticeLine,
    Request,
    Result,
    StockLevel,
    Trouble,
    Unreadable,
    Why,
    Window,
)

AMAZON = Amazon()
WINDOW = Window(NOW - timedelta(hours=1), NOW - timedelta(minutes=3))
NOTICE = Notice(
    "n-1", "902-1106328-1059050", (NoticeLine("79039765272157", 1),), True, "112345678", "FedEx", "FedEx",
    datetime(2026, 11, 20, 8, tzinfo=UTC), handles={"marketplace_id": "ATVPDKIKX0DER"},
)  # fmt: skip
BAD = {"errors": [{"code": "Invalid Input", "message": "Invalid Input"}]}


def order_with(*packages: dict[str, Any], status: str = "UNSHIPPED", left: int = 1) -> dict[str, Any]:
    item = {
        "orderItemId": "79039765272157",
        "quantityOrdered": 1,
        "product": {},
        "fulfillment": {"quantityFulfilled": 1 - left, "quantityUnfulfilled": left},
    }
    return {"order": bare(orderItems=[item], packages=list(packages), fulfillment={"fulfillmentStatus": status})}


def package(reference: str, number: str) -> dict[str, Any]:
    held = [{"orderItemId": "79039765272157", "quantity": 1}]
    return {"packageReferenceId": reference, "trackingNumber": number, "packageItems": held}


def ship(*answers: Any) -> tuple[Done, Scripted]:
    wire = Scripted(list(answers))
    return AMAZON.ship(wire, ACCESS, [NOTICE], now=NOW)[0], wire


def test_a_page_asks_by_change_time_for_all_we_read_and_goes_on_by_its_token() -> None:
    pair = sandbox_pairs(MODEL, ORDERS, "get", "200")[0]["response"]
    wire = Scripted([(200, pair)])
    page = AMAZON.pull(wire, ACCESS, WINDOW, now=NOW)
    assert page.next_page == "2YgYW55IGNhcm5hbCBwbGVhc3VyZS4"
    assert [order.external_id for order in page.orders] == ["250-1234567-8901234"]
    assert wire.queries() == [
        {
            "lastUpdatedAfter": "2026-11-21T11:00:00.000Z",
            "lastUpdatedBefore": "2026-11-21T11:57:00.000Z",
            "fulfilledBy": "MERCHANT",
            "maxResultsPerPage": "100",
            "includedData": "BUYER,RECIPIENT,PROCEEDS,CANCELLATION,FULFILLMENT,PACKAGES,TAX",
        }
    ]


def test_the_next_page_repeats_the_window_beside_the_token() -> None:
    wire = Scripted([(200, {"orders": []})])
    following = AMAZON.pull(wire, ACCESS, Window(WINDOW.since, WINDOW.until, "t0ken+/="), now=NOW)
    assert following.next_page == ""
    assert wire.queries()[0]["paginationToken"] == "t0ken+/="
    assert wire.queries()[0]["lastUpdatedBefore"] == "2026-11-21T11:57:00.000Z"


def test_the_same_token_again_is_given_up_instead_of_going_round_for_ever() -> None:
    wire = Scripted([(200, {"orders": [], "pagination": {"nextToken": "same"}})])
    with pytest.raises(CallFailed) as failed:
        AMAZON.pull(wire, ACCESS, Window(WINDOW.since, WINDOW.until, "same"), now=NOW)
    assert failed.value.trouble is Trouble.PROTOCOL


def test_one_unreadable_order_does_not_hold_up_its_page() -> None:
    broken = {**bare(), "orderItems": "none"}
    page = AMAZON.pull(Scripted([(200, {"orders": [broken, bare()]})], strict=False), ACCESS, WINDOW, now=NOW)
    assert isinstance(page.orders[0], Unreadable)
    assert page.orders[0].reason == "orderItems is no list: 'none'"
    assert page.orders[0].external_id == "250-0000000-0000001"
    assert page.orders[1].external_id == "250-0000000-0000001"


def test_a_window_ends_more_than_two_minutes_before_now() -> None:
    assert timedelta(minutes=2) < AMAZON.can.lag < timedelta(minutes=5)
    assert AMAZON.buckets["searchOrders"].per_second == 0.0056
    assert AMAZON.buckets["searchOrders"].burst == 20


def test_orders_that_do_not_exist_are_left_out() -> None:
    pair = sandbox_pairs(MODEL, ORDER, "get", "200")[0]["response"]
    missing = {"errors": [{"code": "NotFound", "message": "There is no such order."}]}
    wire = Scripted([(404, missing), (200, pair)])
    found = AMAZON.get(wire, ACCESS, ["1", "171-9876543-2109876"], now=NOW)
    assert [one.external_id for one in found] == ["171-9876543-2109876"]


def test_a_confirmation_has_the_shape_of_amazons_own_example_and_is_answered_without_a_body() -> None:
    done, wire = ship((204, None))
    assert done == Done("n-1", Result.OK, remote_id=reference_of("n-1"))
    example = sandbox_pairs("ordersV0", "/orders/v0/orders/{orderId}/shipmentConfirmation", "post", "204")[0]
    theirs = example["request"]["parameters"]["body"]["value"]
    sent = wire.bodies()[0]
    assert sent["marketplaceId"] == theirs["marketplaceId"] == "ATVPDKIKX0DER"
    assert set(sent["packageDetail"]) <= set(theirs["packageDetail"])
    assert sent["packageDetail"] == {
        "packageReferenceId": reference_of("n-1"),
        "carrierCode": "FedEx",
        "trackingNumber": "112345678",
        "shipDate": "2026-11-20T08:00:00.000Z",
        "orderItems": [{"orderItemId": "79039765272157", "quantity": 1}],
    }
    assert wire.sent[0][1].writes is True


def test_a_carrier_without_a_code_is_other_and_told_by_name() -> None:
    wire = Scripted([(204, None)])
    AMAZON.ship(wire, ACCESS, [replaced(NOTICE, carrier="", carrier_name="Yanwen")], now=NOW)
    detail = wire.bodies()[0]["packageDetail"]
    assert (detail["carrierCode"], detail["carrierName"]) == ("Other", "Yanwen")


def test_the_package_reference_is_a_positive_number_and_stays_the_same_for_a_notice() -> None:
    references = {reference_of(f"notice-{n}") for n in range(2000)}
    assert len(references) == 2000
    assert all(one.isdigit() and 0 < int(one) < 2**31 for one in references)
    assert reference_of("n-1") == reference_of("n-1") == "1086422183"


def test_an_order_without_its_site_is_asked_for_it_once() -> None:
    wire = Scripted([(200, order_with()), (204, None)])
    done = AMAZON.ship(wire, ACCESS, [replaced(NOTICE, handles={})], now=NOW)[0]
    assert done.result is Result.OK
    assert wire.bodies()[0]["marketplaceId"] == "A1PA6795UKMFR9"


@pytest.mark.parametrize(
    ("standing", "result", "why", "message"),
    [
        (order_with(package("7", "112345678"), status="SHIPPED", left=0), Result.ALREADY_DONE, None, "Invalid Input"),
        (
            order_with(package("7", "OTHER9"), status="SHIPPED", left=0),
            Result.REJECTED,
            Why.SHIPPED_ELSEWHERE,
            "OTHER9",
        ),
        (order_with(status="CANCELLED"), Result.REJECTED, Why.STATE_CHANGED, "Invalid Input"),
        (order_with(), Result.REJECTED, Why.OTHER, "Invalid Input"),
    ],
)
def test_a_refused_confirmation_is_told_apart_by_reading_the_order(
    standing: dict[str, Any], result: Result, why: Why | None, message: str
) -> None:
    done, wire = ship((400, BAD), (200, standing))
    assert (done.result, done.why, done.message) == (result, why, message)
    assert len(wire.sent) == 2


def test_a_refusal_that_speaks_of_the_tracking_number_is_a_bad_number() -> None:
    said = {"errors": [{"code": "InvalidInput", "message": "Invalid", "details": "The trackingNumber is not valid."}]}
    done, _ = ship((400, said), (200, order_with()))
    assert (done.result, done.why) == (Result.REJECTED, Why.BAD_NUMBER)
    assert done.message == "Invalid: The trackingNumber is not valid."


def test_a_server_error_on_a_confirmation_leaves_its_outcome_unknown() -> None:
    done, wire = ship((500, {"errors": [{"code": "InternalFailure", "message": "We encountered an internal error."}]}))
    assert done.result is Result.UNKNOWN
    assert len(wire.sent) == 1


def test_a_throttled_confirmation_is_made_again_at_the_rate_amazon_names() -> None:
    said = {"errors": [{"code": "QuotaExceeded", "message": "You exceeded your quota for the requested resource."}]}
    done, _ = ship((429, said, {"x-amzn-ratelimit-limit": "0.5"}))
    assert done.result is Result.RETRY_LATER
    assert done.retry_at == NOW + timedelta(seconds=2)


@pytest.mark.parametrize(
    ("standing", "result", "why"),
    [
        (order_with(package(reference_of("n-1"), "112345678"), status="SHIPPED", left=0), Result.OK, None),
        (order_with(package("7", "OTHER9"), status="SHIPPED", left=0), Result.REJECTED, Why.SHIPPED_ELSEWHERE),
        (order_with(), Result.RETRY_LATER, None),
        (order_with(package("7", "OTHER9"), status="PARTIALLY_SHIPPED", left=1), Result.RETRY_LATER, None),
    ],
)
def test_looking_up_a_notice_finds_its_package_another_one_or_none(
    standing: dict[str, Any], result: Result, why: Why | None
) -> None:
    done = AMAZON.look_up(Scripted([(200, standing)]), ACCESS, [NOTICE], now=NOW)[0]
    assert (done.result, done.why, done.retry_at) == (result, why, None)


def test_a_corrected_number_goes_to_the_package_that_holds_the_old_one() -> None:
    wire = Scripted([(200, order_with(package("77", "OLD1"), status="SHIPPED", left=0)), (204, None)])
    done = AMAZON.renumber(wire, ACCESS, [replaced(NOTICE, replaces="OLD1")], now=NOW)[0]
    assert done.result is Result.OK
    assert wire.bodies()[0]["packageDetail"]["packageReferenceId"] == "77"
    assert wire.bodies()[0]["packageDetail"]["trackingNumber"] == "112345678"


def test_an_expired_token_is_told_from_a_missing_role() -> None:
    def refused(details: str, now: datetime) -> Trouble:
        said = {
            "errors": [
                {"code": "Unauthorized", "message": "Access to requested resource is denied.", "details": details}
            ]
        }
        with pytest.raises(CallFailed) as failed:
            AMAZON.pull(Scripted([(403, said)]), ACCESS, WINDOW, now=now)
        return failed.value.trouble

    assert refused("The access token you provided has expired.", NOW) is Trouble.AUTH_EXPIRED
    assert refused("The access token you provided is revoked.", NOW) is Trouble.AUTH_REVOKED
    assert refused("", NOW) is Trouble.SCOPE_MISSING
    assert refused("", NOW + timedelta(hours=1)) is Trouble.AUTH_EXPIRED


def test_amazons_own_refusals_are_invalid_input() -> None:
    said = sandbox_pairs(MODEL, ORDERS, "get", "400")[0]["response"]
    with pytest.raises(CallFailed) as failed:
        AMAZON.pull(Scripted([(400, said)]), ACCESS, WINDOW, now=NOW)
    assert failed.value.trouble is Trouble.INVALID_INPUT
    assert failed.value.code == "InvalidInput"


def test_a_proxys_page_in_place_of_an_answer_is_a_protocol_error() -> None:
    wire = Scripted([(200, "<html>")], strict=False)
    with pytest.raises(CallFailed) as failed:
        AMAZON.pull(wire, ACCESS, WINDOW, now=NOW)
    assert failed.value.trouble is Trouble.PROTOCOL


def test_stock_is_patched_per_sku_and_a_refused_patch_gives_its_issues() -> None:
    listing = sandbox_pairs("listingsItems_2021-08-01", "/listings/2021-08-01/items/{sellerId}/{sku}", "patch", "200")
    accepted, invalid = listing[0]["response"], listing[2]["response"]
    levels = [
        StockLevel("a", "B071VG5N9D", "GM-ZDPI-9B4E", 7, handles={"marketplace_id": "ATVPDKIKX0DER"}),
        StockLevel("b", "B0", "SKU / 2%", 0, handles={"marketplace_id": "ATVPDKIKX0DER"}),
        StockLevel("c", "B0", "NO-SITE", 1),
    ]
    wire = Scripted([(200, accepted), (200, invalid)])
    done = AMAZON.set_stock(wire, ACCESS, levels, now=NOW)
    assert [(one.key, one.result) for one in done] == [
        ("a", Result.OK),
        ("b", Result.REJECTED),
        ("c", Result.REJECTED),
    ]
    assert done[0].remote_id == "f1dc2914-75dd-11ea-bc55-0242ac130003"
    assert (done[1].code, done[1].message) == ("90000900", "The attributes are invalid.")
    assert [operation.params["sku"] for operation, _ in wire.sent] == ["GM-ZDPI-9B4E", "SKU / 2%"]
    assert wire.bodies()[0]["patches"] == [
        {
            "op": "replace",
            "path": "/attributes/fulfillment_availability",
            "value": [{"fulfillment_channel_code": "DEFAULT", "quantity": 7}],
        }
    ]


class Login:
    """Login with Amazon, which is in none of the models."""

    def __init__(self, status: int, body: Any) -> None:
        self.answer, self.sent = Answer(status, {}, json.dumps(body).encode()), []  # type: ignore[var-annotated]

    def send(self, request: Request) -> Answer:
        self.sent.append(request)
        return self.answer


def test_an_app_of_one_name_is_asked_for_by_its_key_and_sells_in_europe() -> None:
    app = replace(ACCESS.app, extra={"application_id": "", "region": ""})
    assert f"application_id={app.key}&" in AMAZON.authorize_url(app, state="st", back_to="https://us.test/back")
    body = {"access_token": "Atza|1", "refresh_token": "Atzr|1", "token_type": "bearer", "expires_in": 3600}
    answer = {"spapi_oauth_code": "c0de", "selling_partner_id": "A2SELLER"}
    for typed, region in (("", "eu"), (" NA ", "na"), ("fe", "fe")):
        asked = replace(app, extra={"region": typed})
        (grant,) = AMAZON.exchange(Login(200, body), asked, answer, back_to="https://us.test/back", now=NOW)
        assert grant.extra["region"] == region


def test_a_region_that_amazon_does_not_have_is_refused_before_anyone_goes_there() -> None:
    app = replace(ACCESS.app, extra={"region": "eu.example.com/"})
    with pytest.raises(CallFailed) as failed:
        AMAZON.authorize_url(app, state="st", back_to="https://us.test/back")
    assert failed.value.trouble is Trouble.INVALID_INPUT


def test_consent_is_asked_for_by_application_id_and_tokens_by_client_id() -> None:
    app = replace(ACCESS.app, hosts={"auth": "https://lwa.test"})
    url = AMAZON.authorize_url(app, state="st", back_to="https://us.test/back")
    assert url == (
        "https://sellercentral.amazon.com/apps/authorize/consent?application_id=amzn1.sp.solution.1&state=st"
        "&redirect_uri=https%3A%2F%2Fus.test%2Fback"
    )
    wire = Login(200, {"access_token": "Atza|1", "refresh_token": "Atzr|1", "token_type": "bearer", "expires_in": 3600})
    answer = {"spapi_oauth_code": "c0de", "selling_partner_id": "A2SELLER", "state": "st"}
    grant = AMAZON.exchange(wire, app, answer, back_to="https://us.test/back", now=NOW)[0]
    assert (grant.account, grant.access_token, grant.refresh_token) == ("A2SELLER", "Atza|1", "Atzr|1")
    assert grant.expires_at == NOW + timedelta(hours=1)
    assert wire.sent[0].url == "https://lwa.test/o2/token"
    assert dict(parse_qsl(wire.sent[0].content.decode())) == {
        "grant_type": "authorization_code", "code": "c0de", "redirect_uri": "https://us.test/back",
        "client_id": "amzn1.application-oa2-client.2", "client_secret": "s3cret",
    }  # fmt: skip


def test_a_refresh_token_that_comes_without_a_new_one_is_kept_and_a_revoked_one_is_dead() -> None:
    kept = AMAZON.refresh(Login(200, {"access_token": "Atza|2", "expires_in": 3600}), ACCESS, now=NOW)
    assert (kept.access_token, kept.refresh_token, kept.account) == ("Atza|2", "Atzr|refresh", "A2SELLER")
    with pytest.raises(CallFailed) as failed:
        AMAZON.refresh(Login(400, {"error": "invalid_grant", "error_description": "revoked"}), ACCESS, now=NOW)
    assert (failed.value.trouble, failed.value.message) == (Trouble.AUTH_REVOKED, "revoked")


def test_the_checker_itself_refuses_what_the_model_does_not_know() -> None:
    wire = Scripted([(204, None)])
    with pytest.raises(AssertionError, match="Amazon has no GET"):
        wire.send(request("GET", "/orders/2026-01-01/nothing"))
    with pytest.raises(AssertionError, match="query madeUp is unknown"):
        wire.send(request("GET", "/orders/2026-01-01/orders?madeUp=1"))
    with pytest.raises(AssertionError, match="is not in the enum"):
        wire.send(request("GET", "/orders/2026-01-01/orders?includedData=EVERYTHING"))


def request(method: str, path: str) -> Any:
    return Request("x", method, f"https://sp.example.test{path}", {"x-amz-access-token": "Atza|token"})


def replaced(notice: Notice, **over: Any) -> Notice:
    return replace(notice, **over)
