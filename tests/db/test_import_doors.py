"""The doors of an import: a connected store takes no file, and one UUID stands for one file into one store."""

import json
import re
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from click.testing import CliRunner
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse  # noqa: TID251  # of the test client
from django.test import Client
from tests.cast import ALICE, AT, World, draft
from tests.db.api_door import door_of
from tests.db.test_web_stores import client_of

from entrepot.cli.files import import_orders_command
from entrepot.connections.stores import StoreFacts, TakesNoFiles, create_store
from entrepot.core.batch import loads
from entrepot.orders.import_file import run
from entrepot.orders.importing import import_orders

ORDERS = "Order ID,SKU,Quantity,Recipient,Street,City,Postcode,Country\n{number},SKU-00,1,Ann,1 Road,Berlin,10115,DE\n"
SENTENCE = "The orders of “Shop” come from its marketplace. Give the file a store of its own."


@pytest.fixture
def shop(alice: World) -> Iterator[StoreFacts]:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    with alice.scope():
        made = create_store(
            organization_id=alice.organization_id, name="Shop", marketplace="shopify", currency="USD", time_zone="UTC",
            actor=alice.actor, at=AT,
        )  # fmt: skip
    yield made
    assert numbers(alice, "Shop") == []


def numbers(world: World, store: str) -> list[str]:
    return world.column(
        """
        SELECT o.external_id FROM orders_order o JOIN connections_store s ON s.organization_id = o.organization_id
            AND s.id = o.store_id WHERE o.organization_id = %s AND s.name = %s ORDER BY o.id
        """,
        store,
    )


def uploaded(client: Client, number: str) -> int:
    data = ORDERS.format(number=number).encode()
    answer = client.post("/import/", {"kind": "orders", "files": SimpleUploadedFile(f"{number}.csv", data)})
    return int(answer.headers["Location"].split("/")[2])


def start(client: Client, file_id: int, **form: Any) -> HttpResponse:
    asked = {"kind": "orders", "uuid": str(uuid4()), **form}
    answer: HttpResponse = client.post(f"/import/{file_id}/start/", asked)  # type: ignore[assignment]
    return answer


def batch_of(answer: HttpResponse) -> UUID:
    assert answer.status_code == 302
    return UUID(answer.headers["Location"].split("/")[3])


def work(world: World) -> None:
    """Does what the worker would: every queued import."""
    found = world.column(
        "SELECT args::text FROM procrastinate_jobs WHERE task_name = 'import_order_file' AND %s > 0 ORDER BY id"
    )
    for args in found:
        run(json.loads(args), at=AT)


def test_the_import_page_takes_no_file_into_a_connected_store(alice: World, shop: StoreFacts) -> None:
    client = client_of(ALICE)
    file_id = uploaded(client, "X-1")
    for form in ({"store": "new", "alias": "Shop"}, {"store": str(shop.id)}):
        answer = start(client, file_id, **form)
        assert answer.status_code == 200
        assert SENTENCE in answer.content.decode()
    assert alice.column("SELECT count(*) FROM core_batch WHERE organization_id = %s AND verb = 'import_orders'") == [0]


def test_the_api_takes_no_file_into_a_connected_store(alice: World, shop: StoreFacts) -> None:
    for form in ({"store": "Shop"}, {"store_id": str(shop.id)}):
        status, body = door_of(alice).upload("/imports/orders", ORDERS.format(number="X-1").encode(), **form)
        assert (status, body["code"], body["message"]) == (422, "connected_store", SENTENCE)


def test_the_command_line_takes_no_file_into_a_connected_store(
    alice: World, shop: StoreFacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file := tmp_path / "orders.csv").write_text(ORDERS.format(number="X-1"))
    monkeypatch.setattr("entrepot.cli.files.open_house", nullcontext)
    asked = [str(file), "--store", "Shop", "--organization", "Lantern Lane", "--json"]
    answer = CliRunner().invoke(import_orders_command, asked)
    assert (answer.exit_code, orjson.loads(answer.stdout)) == (2, {"error": SENTENCE, "reason": "connected_store"})


ODD = "Beleg;Stk;Ding\n{number};3;SKU-01\n"
COLUMNS = {"order_id": "Beleg", "quantity": "Stk", "sku": "Ding"}


def by_command(monkeypatch: pytest.MonkeyPatch, file: Path, store: str, *more: str) -> tuple[int, Any]:
    monkeypatch.setattr("entrepot.cli.files.open_house", nullcontext)
    asked = [str(file), "--store", store, "--organization", "Lantern Lane", "--json", *more]
    answer = CliRunner().invoke(import_orders_command, asked)
    return answer.exit_code, orjson.loads(answer.stdout)


@pytest.mark.parametrize("door", ["page", "api", "command"])
def test_columns_chosen_at_one_door_are_taken_at_every_door(
    alice: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    client, store = client_of(ALICE), str(alice.store.id)
    (first := tmp_path / "first.csv").write_text(ODD.format(number="X-1"))
    (mapping := tmp_path / "mapping.json").write_bytes(orjson.dumps(COLUMNS))
    (second := tmp_path / "second.csv").write_text(ODD.format(number="X-2"))
    if door == "page":
        sent = client.post("/import/", {"kind": "orders", "files": SimpleUploadedFile("X.csv", first.read_bytes())})
        mapped = {"mapped": "1", "remember": "1", **{f"map_{name}": text for name, text in COLUMNS.items()}}
        batch_of(start(client, int(sent.headers["Location"].split("/")[2]), store=store, **mapped))
        work(alice)
    elif door == "api":
        chosen = orjson.dumps(COLUMNS).decode()
        assert door_of(alice).upload("/imports/orders", first.read_bytes(), store_id=store, mapping=chosen)[0] == 200
    else:
        assert by_command(monkeypatch, first, "Main Street", "--mapping", str(mapping))[0] == 0
    assert by_command(monkeypatch, second, "Main Street")[0] == 0
    third = ODD.format(number="X-3").encode()
    assert door_of(alice).upload("/imports/orders", third, store_id=store)[0] == 200
    assert numbers(alice, "Main Street") == ["X-1", "X-2", "X-3"]
    assert by_command(monkeypatch, second, "Elsewhere")[1]["reason"] == "missing_columns"


@pytest.mark.parametrize("door", ["page", "command"])
def test_a_refused_file_leaves_no_store_behind(
    alice: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    (file := tmp_path / "odd.csv").write_text(ODD.format(number="X-1"))
    if door == "page":
        client = client_of(ALICE)
        sent = client.post("/import/", {"kind": "orders", "files": SimpleUploadedFile("X.csv", file.read_bytes())})
        answer = start(client, int(sent.headers["Location"].split("/")[2]), store="new", alias="Quay")
        assert "Nothing can be taken in by these columns." in answer.content.decode()
    else:
        assert by_command(monkeypatch, file, "Quay")[1]["reason"] == "missing_columns"
    assert alice.column("SELECT name FROM connections_store WHERE organization_id = %s") == ["Main Street"]


def test_no_door_may_forget_it(alice: World, shop: StoreFacts) -> None:
    with pytest.raises(TakesNoFiles, match="Shop"):
        import_orders(
            organization_id=alice.organization_id, store=shop, drafts=[draft("X-1")], actor=alice.actor, at=AT
        )


def test_another_file_under_the_uuid_of_an_earlier_one_is_taken_in_too(alice: World) -> None:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    client, uuid, store = client_of(ALICE), str(uuid4()), str(alice.store.id)
    first, second = uploaded(client, "X-1"), uploaded(client, "X-2")
    assert batch_of(start(client, first, store=store, uuid=uuid)) == UUID(uuid)
    work(alice)
    again = batch_of(start(client, first, store=store, uuid=uuid))
    other = batch_of(start(client, second, store=store, uuid=uuid))
    elsewhere = batch_of(start(client, first, store="new", alias="Quay", uuid=uuid))
    assert again == UUID(uuid)
    assert len({again, other, elsewhere}) == 3
    work(alice)
    assert (numbers(alice, "Main Street"), numbers(alice, "Quay")) == (["X-1", "X-2"], ["X-1"])
    assert [loads(alice.batch(uuid)["options"])["filename"] for uuid in (again, other)] == ["X-1.csv", "X-2.csv"]


def test_the_page_counts_rows_of_all_rows_while_a_file_is_taken_in(
    alice: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    client, seen = client_of(ALICE), []
    head, row = ORDERS.format(number="X-1").splitlines(keepends=True)
    data = (head + row + row.replace("X-1", "X-2")).encode()
    sent = client.post("/import/", {"kind": "orders", "files": SimpleUploadedFile("X.csv", data)})
    uuid = batch_of(start(client, int(sent.headers["Location"].split("/")[2]), store=str(alice.store.id)))

    def look() -> None:
        text = client.get(f"/import/result/{uuid}/").content.decode()
        seen.extend(re.findall(r"[0-9]+ of [0-9]+ rows", text))

    look()
    monkeypatch.setattr("entrepot.orders.importing.CHUNK", 1)
    monkeypatch.setattr("entrepot.orders.importing.statistics.refresh", look)
    work(alice)
    assert seen == ["0 of 2 rows", "1 of 2 rows"]


def test_refused_rows_hold_no_formula_and_come_in_again_as_they_were(alice: World) -> None:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    client, store = client_of(ALICE), str(alice.store.id)
    head = "Order ID,SKU,Quantity,Recipient,Street,City,Postcode,Country,Phone\n"
    data = head + 'X-1,=cmd,none,"=HYPERLINK(""http://x.test"")",1 Road,Berlin,10115,DE,+49301\n'
    sent = client.post("/import/", {"kind": "orders", "files": SimpleUploadedFile("X.csv", data.encode())})
    uuid = batch_of(start(client, int(sent.headers["Location"].split("/")[2]), store=store))
    work(alice)
    refused = client.get(f"/import/result/{uuid}/refused/csv/").content.decode("utf-8-sig")
    assert 'X-1,\'=cmd,none,"\'=HYPERLINK(""http://x.test"")",1 Road,Berlin,10115,DE,\'+49301' in refused
    corrected = refused.replace(",none,", ",2,").encode()
    columns = {"order_id": "Order ID", "sku": "SKU", "quantity": "Quantity", "recipient_name": "Recipient"}
    chosen = orjson.dumps({**columns, "phone": "Phone"}).decode()
    assert door_of(alice).upload("/imports/orders", corrected, store_id=store, mapping=chosen)[1]["refused"] == []
    assert alice.rows(
        """
        SELECT o.recipient ->> 'name', o.recipient ->> 'phone', l.sku_code FROM orders_order o
        JOIN orders_orderline l ON l.organization_id = o.organization_id AND l.order_id = o.id
        WHERE o.organization_id = %s
        """
    ) == [('=HYPERLINK("http://x.test")', "+49301", "=cmd")]
