"""What the API shows, to whom, and at what price."""

from datetime import timedelta

import orjson
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.cast import AT, World
from tests.db.api_door import Door, door_of

from entrepot.core.permissions import Permission


def test_an_order_shows_its_facts_lines_and_parcels(alice: World) -> None:
    (parcel,) = alice.numbered(1, prefix="A", lines=2)
    (order,) = alice.order_ids("A-0000")

    status, found = door_of(alice).get(f"/orders/{order}")

    assert status == 200
    assert found["id"] == str(order)
    assert found["number"] == "A-0000"
    assert found["store_name"] == "Main Street"
    assert found["stage"] == "packed"
    assert found["external_status"] == "paid"
    assert (found["total_minor"], found["currency"]) == (1990, "USD")
    assert found["placed_at"] == "2026-11-20T07:00:00Z"
    assert found["country"] == "DE"
    assert found["recipient"]["line1"] == "0 Main Street"
    assert [(line["sku_code"], line["quantity"], line["packed"]) for line in found["lines"]] == [
        ("SKU-00", 1, 1),
        ("SKU-01", 1, 1),
    ]
    assert found["parcel_ids"] == [str(parcel)]
    assert [event["verb"] for event in found["events"]][::-1] == alice.events("order", order)
    assert {event["actor"] for event in found["events"]} == {"Alice"}


def test_a_parcel_shows_lines_waybills_print_marks_and_history(alice: World) -> None:
    (parcel,) = alice.allocated(1, prefix="A")
    (order,) = alice.order_ids("A-0000")
    alice.do("print_parcels", [parcel], document="label")

    status, found = door_of(alice).get(f"/parcels/{parcel}")

    assert status == 200
    assert found["name"] == f"P-{parcel}"
    assert (found["stage"], found["supply"], found["service_name"]) == ("to_print", "in_stock", "Registered")
    assert [(line["order_number"], line["order_id"], line["quantity"]) for line in found["lines"]] == [
        ("A-0000", str(order), 1)
    ]
    assert [(w["attempt"], w["status"], w["is_current"], w["number"]) for w in found["waybills"]] == [
        (1, "obtained", True, found["waybill_number"])
    ]
    assert found["waybill_number"].startswith("RB")
    assert [(mark["document"], mark["times"]) for mark in found["prints"]] == [("label", 1)]
    assert [event["verb"] for event in found["events"]] == ["print", "allocate", "waybill", "pack"]


@pytest.mark.parametrize("query", [{}, {"stage": "to_review"}, {"updated_since": "2026-11-20T00:00:00Z"}])
def test_pages_give_every_order_once_whatever_the_sorting(alice: World, query: dict[str, str]) -> None:
    ids = alice.orders(7, prefix="A")
    door, seen, cursor = door_of(alice), [], None
    for _ in range(4):
        status, page = door.get("/orders", limit=3, **query, **({"cursor": cursor} if cursor else {}))
        assert status == 200
        seen += [int(order["id"]) for order in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert cursor is None
    assert sorted(seen) == sorted(ids)


def test_orders_are_filtered_by_stage_store_country_numbers_and_change(alice: World) -> None:
    waiting = alice.orders(2, prefix="A")
    reviewed = alice.reviewed(1, prefix="B")
    door = door_of(alice)

    def asked(**query: object) -> list[int]:
        status, page = door.get("/orders", **query)
        assert status == 200, page
        return [int(order["id"]) for order in page["items"]]

    assert asked(stage="to_review") == waiting
    assert asked(stage="to_pack") == reviewed
    assert asked(country="DE") == [*waiting, *reviewed]
    assert asked(country="FR") == []
    assert asked(store_id=alice.store.id) == [*waiting, *reviewed]
    assert asked(store_id=2**63 - 1) == []
    assert asked(number=["A-0001", "B-0000", "nothing"]) == [waiting[1], *reviewed]
    assert asked(updated_since=AT.isoformat()) == [*waiting, *reviewed]
    assert asked(updated_since=(AT + timedelta(seconds=1)).isoformat()) == []


def test_parcels_are_filtered_by_stage_supply_service_order_number_and_change(alice: World) -> None:
    packed = alice.packed(1, prefix="A")
    ready = alice.allocated(2, prefix="B")
    door = door_of(alice)

    def asked(**query: object) -> list[int]:
        status, page = door.get("/parcels", **query)
        assert status == 200, page
        return [int(parcel["id"]) for parcel in page["items"]]

    number = alice.value("SELECT waybill_number FROM parcels_parcel WHERE organization_id = %s AND id = %s", ready[1])
    assert asked(stage="to_process") == packed
    assert asked(supply="in_stock") == ready
    assert asked(service_id=alice.service("typed")) == []
    assert asked(order_id=alice.order_ids("A-0000", "B-0001")) == [*packed, ready[1]]
    assert asked(number=number.lower()) == [ready[1]]
    assert asked(number=[f"P-{packed[0]}", number]) == [*packed, ready[1]]
    assert asked(updated_since=AT.isoformat()) == [*packed, *ready]
    assert asked(updated_since=(AT + timedelta(seconds=1)).isoformat()) == []


def test_skus_stock_stores_services_and_counts(alice: World) -> None:
    alice.orders(3, prefix="A")
    door = door_of(alice)

    _, skus = door.get("/skus", code=["SKU-03", "SKU-04"])
    assert [(sku["code"], sku["currency"], sku["goods_class"]) for sku in skus["items"]] == [
        ("SKU-03", "USD", "general"),
        ("SKU-04", "USD", "general"),
    ]
    _, stock = door.get("/stock", sku="SKU-03")
    assert [(s["sku_code"], s["bin"], s["on_hand"], s["allocated"], s["available"]) for s in stock["items"]] == [
        ("SKU-03", "A-03", 10_000, 0, 10_000)
    ]
    _, stores = door.get("/stores")
    assert [(store["name"], store["marketplace"], store["currency"]) for store in stores["items"]] == [
        ("Main Street", "file", "USD")
    ]
    _, services = door.get("/services")
    assert [(s["code"], s["numbering"], s["free_numbers"]) for s in services["items"]] == [
        ("registered", "pool", 1500),
        ("typed", "typed", None),
    ]
    _, counts = door.get("/counts")
    assert {key: n for key, n in counts["counts"].items() if n} == alice.counts() == {"order.to_review": 3}


@pytest.mark.parametrize("path", ["/orders", "/parcels", "/skus", "/stock"])
def test_a_page_costs_the_same_statements_for_one_and_for_many(alice: World, path: str) -> None:
    alice.allocated(1, prefix="A")
    door = door_of(alice)

    def price(limit: int) -> tuple[int, int]:
        with CaptureQueriesContext(connection) as queries:
            _, page = door.get(path, limit=limit)
        return len(queries), len(page["items"])

    one, few = price(1)
    alice.allocated(30, prefix="B")
    many, items = price(200)
    assert (few, items >= 20) == (1, True)
    assert one == many


class TestWalls:
    """Charlie's token sees nothing of Alice's, and no token does more than its role and scopes."""

    def test_lists_hold_only_ones_own(self, alice: World, charlie: World) -> None:
        alice.shipped(2, prefix="A")
        alice.orders(2, prefix="B")
        door = door_of(charlie)

        for path in ("/orders", "/parcels", "/skus", "/stock", "/stores", "/services"):
            hers = {item["id"] for item in door_of(alice).get(path)[1]["items"]}
            his = {item["id"] for item in door.get(path)[1]["items"]}
            assert hers
            assert his
            assert hers & his == set(), path
        assert door.get("/orders", number="A-0000")[1]["items"] == []
        assert door.get("/orders", store_id=alice.store.id)[1]["items"] == []
        assert {k: n for k, n in door.get("/counts")[1]["counts"].items() if n} == charlie.counts()

    def test_single_things_of_others_do_not_exist(self, alice: World, charlie: World) -> None:
        (parcel,) = alice.allocated(1, prefix="A")
        (order,) = alice.order_ids("A-0000")
        door = door_of(charlie)
        for path, what in ((f"/orders/{order}", "order"), (f"/parcels/{parcel}", "parcel")):
            assert door.get(path) == (
                404,
                {"code": "not_found", "message": f"There is no such {what} in your organization."},
            )

    @pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer ent_nothing", "Basic YTpi", "Bearer é"])
    def test_without_a_valid_token_there_is_only_the_door(self, alice: World, header: str | None) -> None:
        headers = {} if header is None else {"Authorization": header}
        response = Client().get("/api/v1/orders", headers=headers)
        assert response.status_code == 401
        assert orjson.loads(response.content)["code"] == "unauthorized"
        assert response["WWW-Authenticate"] == 'Bearer realm="entrepot"'

    def test_a_session_does_not_open_the_api(self, alice: World) -> None:
        client = Client()
        client.force_login(
            __import__("entrepot.core.models", fromlist=["User"]).User.objects.get(id=alice.user_id),
            backend="django.contrib.auth.backends.ModelBackend",
        )
        assert client.get("/api/v1/orders").status_code == 401

    def test_a_token_without_the_scope_view_sees_nothing(self, alice: World) -> None:
        door = door_of(alice, Permission.SHIP)
        for path in ("/orders", "/parcels", "/skus", "/stock", "/stores", "/services", "/counts", "/orders/1"):
            status, body = door.get(path)
            assert (status, body["code"]) == (403, "not_allowed"), path


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("/orders", {"cursor": "garbage"}, "cursor"),
        ("/orders", {"cursor": "é"}, "cursor"),
        ("/orders", {"cursor": "WyJkZWFkbGluZV9hdCIsMSwxXQ"}, "cursor"),  # of a list sorted otherwise
        ("/orders", {"limit": "201"}, "limit"),
        ("/orders", {"limit": "0"}, "limit"),
        ("/orders", {"limit": "9" * 5000}, "limit"),
        ("/orders", {"stage": "lost"}, "stage"),
        ("/orders", {"store_id": "9223372036854775808"}, "store_id"),
        ("/orders", {"store_id": "١٢"}, "store_id"),
        ("/orders", {"country": "de"}, "country"),
        ("/orders", {"number": "a\0b"}, "number.0"),
        ("/orders", {"updated_since": "yesterday"}, "updated_since"),
        ("/orders", {"updated_since": "2026-11-20T00:00:00"}, "updated_since"),
        ("/orders", {"updated_since": "0001-01-01T00:00:00+14:00"}, "updated_since"),
        ("/orders/0", {}, "id"),
        ("/orders/9223372036854775808", {}, "id"),
        ("/orders/abc", {}, "id"),
        ("/parcels/-1", {}, "id"),
        ("/batches/not-a-uuid", {}, "uuid"),
        ("/skus", {"code": "\0"}, "code.0"),
    ],
)
def test_odd_input_is_named_and_refused(alice: World, path: str, query: dict[str, str], field: str) -> None:
    status, body = door_of(alice).get(path, **query)
    assert (status, body["field"]) == (422, field)
    assert body["message"]


def test_an_unknown_address_answers_in_json_too(alice: World) -> None:
    assert Door("x").get("/nowhere") == (404, {"code": "not_found", "message": "The API has no such address."})


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("DELETE", "/orders/1", "GET"), ("POST", "/orders", "GET"), ("PATCH", "/batches/6f0c1d52-0d0f-4f43-8b8c-6d2c4f1a0001", "GET, PUT")],
)  # fmt: skip
def test_a_method_that_an_address_does_not_take_is_refused_in_the_shape_of_errors(
    alice: World, method: str, path: str, allowed: str
) -> None:
    status, body = door_of(alice).ask(method, path)
    assert status == 405
    assert body["code"] == "method_not_allowed"
    words, _, takes = body["message"].partition("; it takes ")
    assert (words, sorted(takes.rstrip(".").split(", "))) == (f"{method} is not for this address", allowed.split(", "))
