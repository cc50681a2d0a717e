"""What a page of the desk costs: a fixed number of statements, each fit for a cluster, whatever the number of rows."""

from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests import cast
from tests.cast import World

from entrepot.core.models import User


@pytest.fixture
def door(alice: World) -> Client:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # whitenoise warns when it is not there
    client = Client()
    client.force_login(User.objects.get(email=cast.ALICE), backend="django.contrib.auth.backends.ModelBackend")
    return client


def statements(door: Client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert door.get(address).status_code == 200
    return len(seen)


PAGES = (
    "/", "/desk/unpaid/", "/desk/review/", "/desk/pack/", "/desk/process/", "/desk/waybill/", "/desk/print/",
    "/desk/short/", "/desk/shipped/", "/desk/hold/", "/desk/cancelled/", "/desk/all/", "/batches/",
    "/search/?q=Buyer", "/desk/review/export.csv", "/desk/print/export.xlsx", "/desk/process/countries/",
    "/desk/review/?country=DE&store=1&due=48h&reason=unknown_sku&asked=1&from=2026-11-01&to=2026-11-30",
    "/desk/print/?country=DE&store=1&service=1&printed=0&due=overdue&asked=1&from=2026-11-01&to=2026-11-30",
)  # fmt: skip


def test_no_page_costs_more_statements_for_more_rows(alice: World, door: Client) -> None:
    alice.shipped(1, prefix="A")
    alice.allocated(1, prefix="B")
    alice.packed(1, prefix="C")
    alice.orders(1, prefix="D")
    few = {page: statements(door, page) for page in PAGES}
    alice.shipped(8, prefix="E")
    alice.allocated(8, prefix="F")
    alice.packed(8, prefix="G")
    alice.orders(8, prefix="H")
    assert {page: statements(door, page) for page in PAGES} == few
    assert max(few.values()) <= 22  # with session, member, BEGIN and SET LOCAL


def test_the_story_of_a_row_costs_a_fixed_number_of_statements(alice: World, door: Client) -> None:
    (order,) = alice.orders(1)
    before = statements(door, f"/orders/{order}/")
    alice.do("review_orders", [order])
    alice.do("pack_orders", [order])
    assert statements(door, f"/orders/{order}/") == before


def test_an_address_that_makes_no_sense_is_answered_like_one_without_it(alice: World, door: Client) -> None:
    alice.orders(1)
    for query in (
        "store=²", "after=2026-11-20T09:00:00%2B00:00~²", "size=²", "from=0001-01-01", "to=9999-12-31",
        "after=2026-11-20T09:00:00%2B00:00~99999999999999999999",
    ):  # fmt: skip
        page = door.get(f"/desk/review/?{query}")
        assert page.status_code == 200, query
        assert "O-0000" in page.content.decode(), query
    for address in (
        "/stock/?after=a,²",
        "/stock/?q=%00",
        "/pairing/?after=²",
        "/search/?q=%00",
        "/desk/pack/?country=%00",
    ):
        assert door.get(address).status_code == 200, address
    assert door.post("/pairing/make/", {"listing": "9" * 30}).status_code == 302
    assert door.post("/preferences/", {"organization": "²"}).status_code == 302


def test_a_downloaded_result_holds_no_formula_in_names_nor_reasons(alice: World, door: Client) -> None:
    batch = uuid4()
    (parcel,) = alice.packed(1)
    alice.do("get_waybills", [parcel], uuid=batch, service_id=alice.service("typed"), numbers={str(parcel): "=1+1"})
    text = door.get(f"/batches/{batch}/results.csv").content.decode("utf-8-sig")
    assert "'=1+1 is not a valid number" in text
    assert ",=" not in text


def test_all_of_a_filter_is_no_way_around_the_limit_of_the_desk(alice: World, door: Client) -> None:
    (order,) = alice.orders(1)
    values = {"all": "1", "expected": "20001", "uuid": str(uuid4())}
    page = door.post("/desk/review/do/review/", values)
    assert "Nothing is selected" in page.content.decode()
    assert alice.order_stages([order]) == ["to_review"]


def test_order_processing_opens_on_what_waits_for_review(alice: World, door: Client) -> None:
    assert 'href="/desk/review/"' in door.get("/").content.decode()
    opened = door.get("/desk/", follow=True)
    assert opened.redirect_chain == [("/desk/review/", 302)]


def confirmed(door: Client, uuid: object, count: int, query: str = "") -> str:
    values = {"all": "1", "expected": str(count), "uuid": str(uuid)}
    return door.post(f"/desk/review/do/review/{query}", values).content.decode()


def test_all_of_a_filter_sent_again_shows_the_first_answer_though_nothing_is_left_in_it(
    alice: World, door: Client
) -> None:
    orders, uuid = alice.orders(3), uuid4()
    assert "Review: 3 done" in confirmed(door, uuid, 3, "?country=DE")
    assert "Review: 3 done" in confirmed(door, uuid, 3, "?country=DE")
    assert [alice.events("order", i).count("review") for i in orders] == [1, 1, 1]


def test_another_filter_under_the_same_uuid_does_nothing(alice: World, door: Client) -> None:
    alice.orders(3)
    uuid = uuid4()
    confirmed(door, uuid, 3, "?country=DE")
    later = alice.orders(3, prefix="L")
    assert "Reload the page and try again." in confirmed(door, uuid, 3)
    assert alice.order_stages(later) == ["to_review"] * 3
