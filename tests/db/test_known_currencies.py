"""What a store or a file is said to be in must exist: a currency that is paid in today, a time zone of the world."""

from contextlib import nullcontext
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner
from django.conf import settings
from tests.cast import ALICE, World
from tests.db.api_door import door_of
from tests.db.test_web_stores import client_of

from entrepot.cli.main import cli


def stores(world: World) -> list[str]:
    return world.column("SELECT name FROM connections_store WHERE organization_id = %s ORDER BY name")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--time-zone", "Mars/Base"], "There is no time zone Mars/Base. Name one like Europe/Paris."),
        (["--time-zone", "../UTC"], "There is no time zone ../UTC. Name one like Europe/Paris."),
        (["--currency", "XXQ"], "There is no currency XXQ. Name one by its letters, like EUR."),
    ],
)
def test_the_command_line_makes_no_store_of_what_does_not_exist(
    alice: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], sentence: str
) -> None:
    (file := tmp_path / "orders.csv").write_text("Order ID,SKU,Quantity\n1,A,1\n")
    monkeypatch.setattr("entrepot.cli.files.open_house", nullcontext)
    asked = ["import-orders", str(file), "--store", "A2", "--organization", "Lantern Lane", *words, "--json"]
    answer = CliRunner().invoke(cli, asked, catch_exceptions=False)
    assert (answer.exit_code, answer.stderr) == (2, f"{sentence}\n")
    assert orjson.loads(answer.stdout) == {"error": sentence}
    assert stores(alice) == ["Main Street"]


def test_the_command_line_takes_a_currency_in_small_letters(
    alice: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file := tmp_path / "orders.csv").write_text("Order ID,SKU,Quantity,Price,Country\n1,A,1,2.50,DE\n")
    monkeypatch.setattr("entrepot.cli.files.open_house", nullcontext)
    asked = ["import-orders", str(file), "--store", "A2", "--organization", "Lantern Lane", "--currency", "eur"]
    assert CliRunner().invoke(cli, asked, catch_exceptions=False).exit_code == 0
    assert alice.column("SELECT currency FROM orders_order WHERE organization_id = %s") == ["EUR"]
    assert alice.value("SELECT currency FROM connections_store WHERE organization_id = %s AND name = 'A2'") == "EUR"


def test_the_command_line_imports_no_skus_in_a_currency_that_does_not_exist(tmp_path: Path) -> None:
    answer = CliRunner().invoke(cli, ["import-skus", str(tmp_path / "skus.csv"), "--currency", "XXQ"])
    assert (answer.exit_code, answer.stderr) == (2, "There is no currency XXQ. Name one by its letters, like EUR.\n")


@pytest.mark.parametrize("where", ["new/", "{id}/"])
def test_the_page_of_a_store_takes_only_a_currency_that_exists(alice: World, where: str) -> None:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    form = {"name": "Another", "currency": "xxq", "time_zone": "UTC", "handling_hours": "48"}
    url = f"/settings/stores/{where.format(id=alice.store.id)}"
    page = client_of(ALICE).post(url, form)
    assert page.status_code == 200
    assert "There is no currency of these letters. Choose one of the list, e.g. USD." in page.content.decode()
    assert stores(alice) == ["Main Street"]
    assert client_of(ALICE).post(url, {**form, "currency": "jpy"}).status_code == 302
    assert (
        alice.value("SELECT currency FROM connections_store WHERE organization_id = %s AND name = 'Another'") == "JPY"
    )


def test_the_api_takes_only_a_currency_that_exists(alice: World) -> None:
    status, body = door_of(alice).put("/skus", {"items": [{"code": "NEW", "value_minor": 1, "currency": "XXQ"}]})
    assert (status, body["field"], body["message"]) == (
        422, "items.0.currency", "There is no currency of these letters.",
    )  # fmt: skip
