"""Pairing, counting and receiving; remembered columns; the import job."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.cast import AT, World, draft, line

from entrepot.catalog.edit_sku import CodeTaken, edit_sku
from entrepot.connections.edit_store import AliasTaken, edit_store
from entrepot.connections.mappings import forget_mapping, header_hash, recall_mapping, remember_mapping
from entrepot.core import files, sql
from entrepot.core.permissions import NotAllowed, Permission
from entrepot.core.report import Refusal
from entrepot.inventory import count  # noqa: F401 - registers its verbs
from entrepot.inventory.queries import movements_of, stock_of
from entrepot.orders import pair  # noqa: F401
from entrepot.orders.import_file import FileImport, queue_import, run, waiting_uuid
from entrepot.orders.listings import paired_listings, unpaired_listings

ORDERS = "Order number,Quantity,SKU,Recipient name,Address 1,City,Country\n"


def listing(world: World, code: str) -> int:
    return int(world.value("SELECT id FROM catalog_listing WHERE organization_id = %s AND code = %s", code))


def sku(world: World, code: str) -> int:
    return int(world.value("SELECT id FROM catalog_sku WHERE organization_id = %s AND code = %s", code))


def reasons(world: World, number: str) -> list[str]:
    return list(
        world.value("SELECT review_reasons FROM orders_order WHERE organization_id = %s AND external_id = %s", number)
    )


def test_pairing_a_bundle_takes_the_reason_off_the_waiting_order(alice: World) -> None:
    alice.take_in(draft("B-1", line("GIFT-SET")))
    assert reasons(alice, "B-1") == ["unknown_sku"]
    with alice.scope():
        waiting = {one["code"]: one["waiting"] for one in unpaired_listings(alice.organization_id)}
    assert waiting["GIFT-SET"] == 1
    report = alice.do(
        "pair_listings", [listing(alice, "GIFT-SET")], parts=[[sku(alice, "SKU-00"), 2], [sku(alice, "SKU-01"), 1]]
    )
    assert report.refused == []
    assert reasons(alice, "B-1") == []
    with alice.scope():
        (found,) = paired_listings(alice.organization_id, text="GIFT")
    assert (found["skus"], found["pieces"]) == (["SKU-00", "SKU-01"], [2, 1])


def test_a_pairing_needs_parts_of_the_own_organization(alice: World, charlie: World) -> None:
    alice.take_in(draft("B-1", line("GIFT-SET")))
    foreign = sku(charlie, "SKU-00")
    for parts in ([], [[foreign, 1]], [[sku(alice, "SKU-00"), 0]], [[sku(alice, "SKU-00"), 1]] * 2):
        with pytest.raises(ValueError, match="Every part needs a SKU"):
            alice.do("pair_listings", [listing(alice, "GIFT-SET")], parts=parts)
    assert reasons(alice, "B-1") == ["unknown_sku"]


def test_skus_are_made_of_listings_of_the_same_code(alice: World) -> None:
    alice.take_in(draft("B-1", line("NEW-1"), line("NEW-2", number="2")))
    report = alice.do("make_skus", [listing(alice, "NEW-1"), listing(alice, "NEW-2")])
    assert report.refused == []
    assert reasons(alice, "B-1") == []
    assert alice.events("sku", sku(alice, "NEW-1")) == ["make_skus"]


def test_a_packer_pairs_nothing(bob: World) -> None:
    with pytest.raises(NotAllowed):
        bob.do("make_skus", [1])


def test_goods_received_and_counted_are_movements(alice: World) -> None:
    sku_id = sku(alice, "SKU-00")
    assert alice.shelf("SKU-00") == (10_000, 0)
    assert alice.do("receive_stock", [sku_id], pieces=5, bin_code="A-00").refused == []
    assert alice.shelf("SKU-00") == (10_005, 0)
    with alice.scope():
        (row,) = stock_of(alice.organization_id, text="SKU-00")
    alice.do("count_stock", [row["id"]], pieces=7)
    assert alice.shelf("SKU-00") == (7, 0)
    with alice.scope():
        moves = [
            (one["quantity"], one["reason"], one["actor"]) for one in movements_of(alice.organization_id, row["id"])
        ]
    assert moves[:2] == [(-9_998, "count", "Alice"), (5, "receive", "Alice")]


def test_a_count_keeps_what_is_promised_to_parcels(alice: World) -> None:
    alice.allocated(1)
    with alice.scope():
        (row,) = stock_of(alice.organization_id, text="SKU-00")
    assert row["allocated"] == 1
    alice.do("count_stock", [row["id"]], pieces=0)
    assert alice.shelf("SKU-00") == (1, 1)


def test_receiving_into_a_new_bin_makes_it(alice: World) -> None:
    alice.do("receive_stock", [sku(alice, "SKU-03")], pieces=4, bin_code="NEW-BIN")
    with alice.scope():
        found = {one["bin"]: one["on_hand"] for one in stock_of(alice.organization_id, text="SKU-03")}
    assert found == {"A-03": 10_000, "NEW-BIN": 4}


def test_charlie_s_stock_cannot_be_counted(alice: World, charlie: World) -> None:
    with charlie.scope():
        row = stock_of(charlie.organization_id, text="SKU-05")[0]
    report = alice.do("count_stock", [row["id"]], pieces=1)
    assert [outcome.refusal for outcome in report.outcomes] == [Refusal.NOT_FOUND]
    assert charlie.shelf("SKU-05") == (10_000, 0)


def test_a_sku_code_stays_unique_and_an_edit_is_history(alice: World) -> None:
    sku_id, at = sku(alice, "SKU-00"), AT
    with alice.scope():
        edit_sku(
            organization_id=alice.organization_id, sku_id=sku_id, values={"hs_code": "691110"}, actor=alice.actor, at=at
        )
        with pytest.raises(CodeTaken):
            edit_sku(
                organization_id=alice.organization_id,
                sku_id=sku_id,
                values={"code": "SKU-01"},
                actor=alice.actor,
                at=at,
            )
    assert alice.events("sku", sku_id) == ["edit_sku"]


def test_a_store_alias_stays_unique(alice: World) -> None:
    store = alice.store
    with alice.scope():
        assert edit_store(
            organization_id=alice.organization_id,
            store_id=store.id,
            values={"name": "High Street"},
            actor=alice.actor,
            at=AT,
        )
        assert not edit_store(
            organization_id=alice.organization_id,
            store_id=store.id,
            values={"name": "High Street"},
            actor=alice.actor,
            at=AT,
        )
        sql.run(
            """
            INSERT INTO connections_store (organization_id, name, marketplace, currency, time_zone, sender, is_enabled,
                handling_hours, secrets, created_at) VALUES (%s, 'Other', 'file', 'USD', 'UTC', '{}', true, 48, '', %s)
            """,
            [alice.organization_id, AT],
        )
        with pytest.raises(AliasTaken):
            edit_store(
                organization_id=alice.organization_id,
                store_id=store.id,
                values={"name": "Other"},
                actor=alice.actor,
                at=AT,
            )
    assert alice.events("store", store.id) == ["create_store", "edit_store"]


def test_columns_are_remembered_per_store_and_header(alice: World) -> None:
    header, store = ("Order", "Qty"), alice.store.id
    with alice.scope():
        remember_mapping(
            organization_id=alice.organization_id, store_id=store, header=header, mapping={"order_id": "Order"}, at=AT
        )
        assert recall_mapping(organization_id=alice.organization_id, store_id=store, header=(" order ", "QTY")) == {
            "order_id": "Order"
        }
        assert recall_mapping(organization_id=alice.organization_id, store_id=store, header=("Qty", "Order")) is None
        forget_mapping(organization_id=alice.organization_id, store_id=store, header=header)
        assert recall_mapping(organization_id=alice.organization_id, store_id=store, header=header) is None
    assert header_hash(("a", "b")) != header_hash(("ab",))


# -- the import job


def queued(world: World, text: bytes, kind: str = "orders", **more: Any) -> tuple[UUID, dict[str, Any]]:
    """Queues a file and returns the batch's UUID with what the worker is given."""
    uuid = uuid4()
    with world.scope():
        file_id = files.store(world.organization_id, "orders.csv", "text/csv", text, AT, permission=Permission.IMPORT)
    wanted = FileImport(kind=kind, file_id=file_id, filename="orders.csv", rows=1, store_id=world.store.id, **more)
    queue_import(organization_id=world.organization_id, wanted=wanted, actor=world.actor, at=AT, uuid=uuid)
    ((request,),) = sql.rows(
        "SELECT args FROM procrastinate_jobs WHERE task_name = 'import_order_file' AND args->>'uuid' = %s", [str(uuid)]
    )
    import orjson

    return uuid, orjson.loads(request) if isinstance(request, str) else request


def test_a_queued_file_is_taken_in_and_the_page_s_batch_tells(alice: World) -> None:
    uuid, request = queued(
        alice, (ORDERS + "W-1,2,SKU-00,Ann,1 Road,Paris,FR\nW-2,,SKU-00,Ann,1 Road,Paris,FR\n").encode()
    )
    assert alice.batch(uuid)["status"] == "queued"
    run(request, at=AT)
    batch = alice.batch(uuid)
    assert (batch["status"], batch["refused_count"]) == ("done", 1)
    assert alice.order_ids("W-1") != []
    assert (
        alice.column("SELECT uuid FROM core_batch WHERE organization_id = %s AND uuid = %s", waiting_uuid(uuid)) == []
    )


def test_a_job_run_twice_takes_the_file_in_once(alice: World) -> None:
    uuid, request = queued(alice, (ORDERS + "W-1,2,SKU-00,Ann,1 Road,Paris,FR\n").encode())
    run(request, at=AT)
    run(request, at=AT)
    assert alice.column("SELECT count(*) FROM orders_order WHERE organization_id = %s AND external_id = 'W-1'") == [1]
    assert alice.column(
        "SELECT count(*) FROM core_batch WHERE organization_id = %s AND verb = 'import_orders' AND uuid = %s", uuid
    ) == [1]


def test_an_import_whose_worker_died_starts_again(alice: World) -> None:
    uuid, request = queued(alice, (ORDERS + "W-1,2,SKU-00,Ann,1 Road,Paris,FR\n").encode())
    with alice.scope():
        sql.run(
            "UPDATE core_batch SET status = 'running' WHERE organization_id = %s AND uuid = %s",
            [alice.organization_id, uuid],
        )
    run(request, at=AT)
    assert alice.batch(uuid)["status"] == "done"
    errors = alice.column(
        "SELECT error FROM core_batch WHERE organization_id = %s AND verb = 'import_orders' AND status = 'failed'"
    )
    assert errors == ["restarted:"]


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "empty"), (b"PK\x03\x04 broken", "damaged"), (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, "unsupported_format"),
     (b"colour,size\nred,1\n", "missing_columns")],
)  # fmt: skip
def test_a_file_that_cannot_be_read_fails_with_a_sentence(alice: World, data: bytes, code: str) -> None:
    uuid, request = queued(alice, data)
    run(request, at=AT)
    batch = alice.batch(uuid)
    assert batch["status"] == "failed"
    assert batch["error"].startswith(f"{code}: ")
    assert batch["error"].endswith(".")


def test_an_encrypted_workbook_says_so(alice: World) -> None:
    sample = Path(__file__).parents[1] / "data" / "files" / "msoffcrypto" / "example_password.xlsx"
    uuid, request = queued(alice, sample.read_bytes())
    run(request, at=AT)
    assert alice.batch(uuid)["error"].startswith("encrypted: The workbook is protected by a password.")


def test_a_clerk_without_the_permission_cannot_queue(bob: World) -> None:
    with pytest.raises(NotAllowed):
        queued(bob, b"x")
