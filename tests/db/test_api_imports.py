"""Files in, files out, and bulk writes of SKUs and stock."""

from uuid import uuid4

import orjson
import pytest
from django.test import Client
from tests.cast import World
from tests.db.api_door import door_of

from entrepot.api import auth, imports
from entrepot.core import files
from entrepot.core.clock import now
from entrepot.core.permissions import Permission

ORDERS = (
    b"Order ID,Order Date,SKU,Product,Quantity,Price,Name,Address,City,Postcode,Country,Payment\n"
    b"W-1,2026-11-19 10:00,SKU-01,Lamp,2,19.90,Ann Lee,1 High Street,Leeds,LS1,GB,paid\n"
    b"W-2,2026-11-19 11:00,SKU-02,Shade,1,5.00,Bo Ek,2 Low Street,Malm\xc3\xb6,21111,SE,paid\n"
)


def rows_of(count: int) -> bytes:
    head, row, _ = ORDERS.splitlines(keepends=True)
    return head + b"".join(row.replace(b"W-1", b"W-%d" % n) for n in range(count))


class TestOrders:
    def test_a_file_becomes_orders_and_twice_changes_nothing(self, alice: World) -> None:
        door = door_of(alice)
        status, first = door.upload("/imports/orders", ORDERS, store="Main Street")
        _, again = door.upload("/imports/orders", ORDERS, store_id=str(alice.store.id))

        assert status == 200, first
        assert first["orders"] == {"created": 2, "updated": 0, "unchanged": 0, "cancelled": 0}
        assert (first["rows"], first["lines"], first["refused"]) == (2, 2, [])
        assert again["orders"] == {"created": 0, "updated": 0, "unchanged": 2, "cancelled": 0}
        (order,) = door.get("/orders", number="W-2")[1]["items"]
        assert (order["recipient"]["city"], order["country"], order["stage"]) == ("Malmö", "SE", "to_review")
        assert door.get(f"/batches/{first['batch']}")[1]["verb"] == "import_orders"

    def test_a_mapping_names_the_columns(self, alice: World) -> None:
        content = b"Beleg;Stk;Artikel\nX-1;3;SKU-01\n"
        mapping = orjson.dumps({"order_id": "Beleg", "quantity": "Stk", "sku": "Artikel"}).decode()
        status, result = door_of(alice).upload("/imports/orders", content, store="Main Street", mapping=mapping)
        assert (status, result["orders"]["created"]) == (200, 1)
        (order,) = door_of(alice).get("/orders", number="X-1")[1]["items"]
        assert [(line["sku_code"], line["quantity"]) for line in order["lines"]] == [("SKU-01", 3)]

    def test_the_same_uuid_takes_a_file_in_once_and_refuses_another(self, alice: World) -> None:
        door, uuid = door_of(alice), str(uuid4())
        first = door.upload("/imports/orders", ORDERS, store="Main Street", uuid=uuid)
        assert first[0] == 200
        assert door.upload("/imports/orders", ORDERS, store="Main Street", uuid=uuid) == first
        status, body = door.upload("/imports/orders", rows_of(1), store="Main Street", uuid=uuid)
        assert (status, body["code"]) == (409, "uuid_taken")

    def test_an_import_that_broke_off_has_no_answer_under_its_uuid(
        self, alice: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        door, uuid = door_of(alice), str(uuid4())

        def pull_the_plug(*_: object) -> None:
            raise RuntimeError("pulled")

        with monkeypatch.context() as now_broken:
            now_broken.setattr("entrepot.orders.ingest.create_orders", pull_the_plug)
            with pytest.raises(RuntimeError, match="pulled"):
                door.upload("/imports/orders", ORDERS, store="Main Street", uuid=uuid)
        status, body = door.upload("/imports/orders", ORDERS, store="Main Street", uuid=uuid)
        assert (status, body["code"]) == (409, "not_finished")
        assert door.upload("/imports/orders", ORDERS, store="Main Street")[1]["orders"]["created"] == 2

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", "empty"),
            (b"name,colour\nx,y\n", "missing_columns"),
            (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "unsupported_format"),
            (b"PK\x03\x04broken", "damaged"),
        ],
    )
    def test_an_unreadable_file_is_refused_with_its_reason(self, alice: World, content: bytes, code: str) -> None:
        status, body = door_of(alice).upload("/imports/orders", content, store="Main Street")
        assert (status, body["code"], body["field"]) == (422, code, "file")
        assert body["message"].endswith(".")

    def test_more_rows_than_are_taken_at_once_change_nothing(
        self, alice: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(imports, "MOST_ROWS", 3)
        door = door_of(alice)
        status, body = door.upload("/imports/orders", rows_of(4), store="Main Street")
        assert (status, body["code"], body["field"]) == (413, "too_many_rows", "file")
        assert door.get("/orders")[1]["items"] == []
        assert door.upload("/imports/orders", rows_of(3), store="Main Street")[0] == 200

    def test_too_many_bytes_are_refused(self, alice: World, monkeypatch: pytest.MonkeyPatch) -> None:
        door = door_of(alice)
        monkeypatch.setattr(imports, "MOST_BYTES", 100)
        assert door.upload("/imports/orders", ORDERS, store="Main Street")[0] == 413
        monkeypatch.setattr(auth, "MOST_BYTES", 100)
        assert door.put(f"/batches/{uuid4()}", {"verb": "review_orders", "ids": ["1"] * 100})[0] == 413

    @pytest.mark.parametrize(
        ("form", "field", "code"),
        [
            ({}, "store", "invalid"),
            ({"store": "Main Street", "store_id": "1"}, "store", "invalid"),
            ({"store": "Elsewhere"}, "store", "unknown_store"),
            ({"store_id": "9223372036854775807"}, "store", "unknown_store"),
            ({"store_id": "x"}, "store_id", "invalid"),
            ({"store": "a\0b"}, "store", "invalid"),
            ({"store": "Main Street", "mapping": "{"}, "mapping", "invalid"),
            ({"store": "Main Street", "mapping": "[]"}, "mapping", "invalid"),
            ({"store": "Main Street", "mapping": '{"colour": "x"}'}, "mapping", "invalid"),
            ({"store": "Main Street", "mapping": '{"order_id": "\\u0000"}'}, "file", "bad_mapping"),
            ({"store": "Main Street", "uuid": "x"}, "uuid", "invalid"),
        ],
    )
    def test_an_odd_form_is_named_and_refused(self, alice: World, form: dict[str, str], field: str, code: str) -> None:
        status, body = door_of(alice).upload("/imports/orders", ORDERS, **form)
        assert (status, body["field"], body["code"]) == (422, field, code)

    def test_a_request_without_a_file_is_refused(self, alice: World) -> None:
        status, body = door_of(alice).post("/imports/orders", {"store": "Main Street"})
        assert (status, body["field"]) == (422, "file")

    def test_a_broken_multipart_body_is_refused(self, alice: World) -> None:
        response = Client().post(
            "/api/v1/imports/orders",
            b"--x\r\nnonsense",
            content_type="multipart/form-data; boundary=",
            headers={"Authorization": f"Bearer {door_of(alice).token}"},
        )
        assert (response.status_code, orjson.loads(response.content)["code"]) == (400, "bad_request")

    def test_a_packers_token_cannot_import(self, alice: World, bob: World) -> None:
        assert door_of(bob).upload("/imports/orders", ORDERS, store="Main Street")[0] == 403
        assert door_of(bob).upload("/imports/skus", b"SKU\nX\n")[0] == 403
        assert door_of(alice).get("/orders")[1]["items"] == []

    def test_another_organizations_store_does_not_exist(self, alice: World, charlie: World) -> None:
        status, body = door_of(charlie).upload("/imports/orders", ORDERS, store_id=str(alice.store.id))
        assert (status, body["code"]) == (422, "unknown_store")


class TestSkuFile:
    def test_a_file_becomes_skus_and_stock(self, alice: World) -> None:
        content = b"SKU,Name,Weight (g),On hand,Bin\nNEW-1,Lamp,250,7,B-01\nSKU-01,Old lamp,300,9,A-01\n"
        status, result = door_of(alice).upload("/imports/skus", content, "skus.csv")
        assert status == 200, result
        assert (result["skus"], result["stock"], result["refused"]) == ({"created": 1, "updated": 1}, 2, [])
        assert (alice.shelf("NEW-1"), alice.shelf("SKU-01")) == ((7, 0), (9, 0))

    def test_stock_needs_its_own_permission_and_nothing_is_taken_in_without(self, alice: World) -> None:
        door = door_of(alice, Permission.CATALOG, Permission.VIEW)
        status, _ = door.upload("/imports/skus", b"SKU,Name,On hand\nNEW-1,Lamp,7\n", "skus.csv")
        assert status == 403
        assert door.get("/skus", code="NEW-1")[1]["items"] == []
        assert door.upload("/imports/skus", b"SKU,Name\nNEW-1,Lamp\n", "skus.csv")[0] == 200


class TestSkus:
    def test_facts_left_out_stay_as_they_are(self, alice: World) -> None:
        door = door_of(alice)
        items = [
            {"code": "SKU-01", "name": "Lamp", "weight_grams": 250, "value_minor": 990, "currency": "EUR"},
            {"code": "NEW-1", "hs_code": "940520", "goods_class": "battery"},
        ]
        status, saved = door.put("/skus", {"items": items})
        assert status == 200, saved
        assert [(item["code"], item["created"]) for item in saved["items"]] == [("SKU-01", False), ("NEW-1", True)]

        door.put("/skus", {"items": [{"code": "SKU-01", "barcode": "401"}, {"code": "NEW-1", "name": "Fan"}]})
        old, new = door.get("/skus", code=["SKU-01", "NEW-1"])[1]["items"]
        assert (old["name"], old["weight_grams"], old["value_minor"], old["currency"], old["barcode"]) == (
            "Lamp", 250, 990, "EUR", "401",
        )  # fmt: skip
        assert (new["name"], new["hs_code"], new["goods_class"], new["currency"]) == ("Fan", "940520", "battery", "USD")
        assert [new["id"], old["id"]] == [saved["items"][1]["id"], saved["items"][0]["id"]]

    def test_a_new_sku_is_paired_with_waiting_orders(self, alice: World) -> None:
        door = door_of(alice)
        door.upload("/imports/orders", ORDERS.replace(b"SKU-01", b"NEW-1"), store="Main Street")
        assert door.get("/orders", number="W-1")[1]["items"][0]["review_reasons"] == ["unknown_sku"]
        door.put("/skus", {"items": [{"code": "NEW-1"}]})
        assert door.get("/orders", number="W-1")[1]["items"][0]["review_reasons"] == []

    @pytest.mark.parametrize(
        ("item", "field"),
        [
            ({"code": ""}, "items.0.code"),
            ({"code": "x" * 101}, "items.0.code"),
            ({"code": "a\0"}, "items.0.code"),
            ({"code": "X", "weight_grams": -1}, "items.0.weight_grams"),
            ({"code": "X", "value_minor": 10**18}, "items.0.value_minor"),
            ({"code": "X", "currency": "usd"}, "items.0.currency"),
            ({"code": "X", "goods_class": "cat"}, "items.0.goods_class"),
            ({"code": "X", "on_hand": 1}, "items.0.on_hand"),
        ],
    )
    def test_odd_facts_are_named_and_nothing_is_saved(self, alice: World, item: dict[str, object], field: str) -> None:
        status, body = door_of(alice).put("/skus", {"items": [item, {"code": "GOOD"}]})
        assert (status, body["field"]) == (422, field)
        assert door_of(alice).get("/skus", code="GOOD")[1]["items"] == []

    def test_a_code_twice_and_more_than_a_thousand_are_refused(self, alice: World) -> None:
        door = door_of(alice)
        status, body = door.put("/skus", {"items": [{"code": "A"}, {"code": " A "}]})
        assert (status, body["message"]) == (422, "items has A twice")
        assert door.put("/skus", {"items": [{"code": str(n)} for n in range(1001)]})[0] == 422
        assert door.put("/skus", {"items": [{"code": f"N-{n}"} for n in range(1000)]})[0] == 200

    def test_codes_belong_to_an_organization(self, alice: World, charlie: World) -> None:
        door_of(charlie).put("/skus", {"items": [{"code": "SKU-01", "name": "His"}]})
        assert door_of(alice).get("/skus", code="SKU-01")[1]["items"][0]["name"] == "SKU-01"


class TestStock:
    def test_counts_become_balances_by_movements(self, alice: World) -> None:
        door = door_of(alice)
        items = [
            {"sku_code": "SKU-01", "bin": "A-01", "on_hand": 7},
            {"sku_code": "nothing", "on_hand": 3},
            {"sku_code": "SKU-02", "bin": "Z-09", "on_hand": 5},
        ]
        status, saved = door.put("/stock", {"items": items})
        assert status == 200, saved
        assert [(i["sku_code"], i["bin"], i["refusal"], i["on_hand"], i["change"]) for i in saved["items"]] == [
            ("SKU-01", "A-01", None, 7, -9993),
            ("nothing", "-", "not_found", 0, 0),
            ("SKU-02", "Z-09", None, 5, 5),
        ]
        assert (alice.shelf("SKU-01"), alice.shelf("SKU-02")) == ((7, 0), (10_005, 0))
        _, batch = door.get(f"/batches/{saved['batch']}")
        assert (batch["verb"], batch["done_count"], batch["refused_count"]) == ("set_counts", 2, 1)

    def test_the_same_uuid_counts_once(self, alice: World) -> None:
        door, uuid = door_of(alice), str(uuid4())
        body = {"uuid": uuid, "items": [{"sku_code": "SKU-01", "bin": "A-01", "on_hand": 7}]}
        first = door.put("/stock", body)
        door.put("/stock", {"items": [{"sku_code": "SKU-01", "bin": "A-01", "on_hand": 9}]})
        assert door.put("/stock", body) == first
        assert alice.shelf("SKU-01") == (9, 0)
        body["items"] = [{"sku_code": "SKU-01", "bin": "A-01", "on_hand": 8}]
        assert door.put("/stock", body)[1]["code"] == "uuid_taken"

    def test_promised_pieces_stay(self, alice: World) -> None:
        alice.allocated(1, prefix="A")
        _, saved = door_of(alice).put("/stock", {"items": [{"sku_code": "SKU-00", "bin": "A-00", "on_hand": 0}]})
        (item,) = saved["items"]
        assert (item["on_hand"], item["allocated"], item["change"]) == (1, 1, -9999)

    def test_a_clerks_token_cannot_count(self, alice: World, bob: World) -> None:
        body = {"items": [{"sku_code": "SKU-01", "bin": "A-01", "on_hand": 0}]}
        assert door_of(bob).put("/stock", body)[0] == 403
        assert door_of(alice, Permission.CATALOG).put("/stock", body)[0] == 403
        assert alice.shelf("SKU-01") == (10_000, 0)

    def test_another_organizations_sku_is_not_found(self, alice: World, charlie: World) -> None:
        door_of(alice).put("/skus", {"items": [{"code": "HERS"}]})
        _, saved = door_of(charlie).put("/stock", {"items": [{"sku_code": "HERS", "on_hand": 1}]})
        assert [item["refusal"] for item in saved["items"]] == ["not_found"]


class TestFiles:
    def test_the_labels_of_a_batch_can_be_downloaded(self, alice: World) -> None:
        door = door_of(alice)
        _, batch = door.batch("print_parcels", alice.allocated(2), document="label")
        assert batch["result"]["pages"] == 2

        response = Client().get(
            f"/api/v1/files/{batch['result']['file']}", headers={"Authorization": f"Bearer {door.token}"}
        )
        assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
        assert response["Content-Disposition"].startswith('attachment; filename="labels-')
        assert b"".join(response.streaming_content).startswith(b"%PDF-")  # type: ignore[arg-type]

    def test_others_files_and_lost_files_are_not_there(self, alice: World, charlie: World) -> None:
        with alice.scope():
            kept = files.store(
                alice.organization_id, "a.pdf", "application/pdf", uuid4().bytes, now(), permission=Permission.PRINT
            )
            found = files.find(alice.organization_id, kept)
        assert found is not None
        assert door_of(charlie).get(f"/files/{kept}")[0] == 404
        found[2].unlink()
        status, body = door_of(alice).get(f"/files/{kept}")
        assert (status, body["code"]) == (404, "file_gone")


def test_a_file_that_is_too_large_is_refused_with_the_number_of_the_page(alice: World) -> None:
    status, body = door_of(alice).upload("/imports/orders", b"x" * (20 * 1024 * 1024 + 1), store="Main Street")
    assert (status, body) == (
        413, {"code": "too_large", "message": "The file may hold at most 20 MB.", "field": "file"},
    )  # fmt: skip
