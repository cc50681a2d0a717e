"""The control page and the commands, against a running sandbox."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from tests.sandbox.running import Front, running


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with running(tmp_path_factory.mktemp("control")) as front:
        front.control("clock", action="pause")
        yield front


def command(sandbox: Front, *words: str) -> "subprocess.CompletedProcess[str]":
    line = [sys.executable, "-m", "entrepot", "sandbox", "--port", str(sandbox.port), *words]
    return subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)


def told(sandbox: Front, *words: str) -> dict[str, object]:
    done = command(sandbox, *words, "--json")
    assert done.returncode == 0, done.stderr
    value: dict[str, object] = json.loads(done.stdout)
    return value


@pytest.mark.parametrize(("language", "title"), [("en", "Sandbox of marketplaces"), ("zh", "平台沙箱")])
def test_the_page_shows_clock_orders_and_faults_in_both_languages(sandbox: Front, language: str, title: str) -> None:
    order_id = sandbox.make("tiktok")[0]
    sandbox.fault("shopify", "throttle")
    got = sandbox.call("GET", "/", query={"lang": language})
    sandbox.control("faults", clear=True)
    page = got.body.decode()
    assert (got.status, got.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert f"<title>{title}</title>" in page
    assert order_id in page
    assert "<td>shopify<td>throttle<td>100.0%" in page
    assert {"clock", "orders", "trickle", "faults", "act"} == set(re.findall(r'data-verb="(\w+)"', page))


def test_orders_are_made_and_listed_by_command(sandbox: Front) -> None:
    made = told(sandbox, "orders", "--marketplace", "shopify", "--shop", "beta", "--count", "2", "--kind", "hold")
    listed = told(sandbox, "ledger", "--marketplace", "shopify")["orders"]
    assert isinstance(listed, list)
    assert {one["order_id"]: one["status"] for one in listed} == dict.fromkeys(made["order_ids"], "ON_HOLD")
    assert "ON_HOLD" in command(sandbox, "ledger", "--marketplace", "shopify").stdout


@pytest.mark.parametrize(
    ("kind", "act", "status", "asked"),
    [("plain", "cancel", "CANCELLED", False), ("plain", "ask-cancel", "UNFULFILLED", True), ("plain", "hold", "ON_HOLD", False),
     ("hold", "release", "UNFULFILLED", False)],
)  # fmt: skip
def test_something_happens_to_an_order_by_command(
    sandbox: Front, kind: str, act: str, status: str, asked: bool
) -> None:
    (order_id,) = sandbox.make("shopify", kinds=[kind])
    entry = told(sandbox, "act", order_id, act)
    assert (entry["marketplace"], entry["status"], entry["cancel_asked"]) == ("shopify", status, asked)


def test_an_address_changes_and_a_payment_comes_by_command(sandbox: Front) -> None:
    (order_id,) = sandbox.make("shopify", kinds=["unpaid"])
    before = sandbox.entry("shopify", order_id)
    assert before["paid"] is False
    assert told(sandbox, "act", order_id, "pay", "--marketplace", "shopify")["paid"] is True
    moved = told(sandbox, "act", order_id, "change-address")
    assert moved["recipient"] != before["recipient"]
    assert ", now to " in command(sandbox, "act", order_id, "change-address").stdout


def test_what_an_order_does_not_do_is_one_sentence(sandbox: Front) -> None:
    (order_id,) = sandbox.make("shopify", kinds=["plain"])
    paid = command(sandbox, "act", order_id, "pay")
    assert (paid.returncode, paid.stderr.strip()) == (2, "An order that is UNFULFILLED does not do pay.")
    absent = command(sandbox, "act", "123", "cancel")
    assert (absent.returncode, absent.stderr.strip()) == (2, "There is no order 123.")
    assert command(sandbox, "act", order_id, "explode").returncode == 2


@pytest.mark.parametrize(("language", "word"), [("en", "The buyer asks to cancel"), ("zh", "买家申请取消")])
def test_every_order_of_the_page_has_a_menu_of_what_can_happen(sandbox: Front, language: str, word: str) -> None:
    (order_id,) = sandbox.make("amazon", kinds=["plain"])
    page = sandbox.call("GET", "/", query={"lang": language}).body.decode()
    menu = re.search(rf'<form data-verb="act">(?:(?!</form>).)*value="{order_id}".*?</form>', page)
    assert menu
    assert '<input type="hidden" name="marketplace" value="amazon">' in menu[0]
    assert f'<option value="ask_cancel">{word}</option>' in menu[0]
    assert re.findall(r'option value="(\w+)"', menu[0]) == [
        "cancel", "ask_cancel", "change_address", "hold", "release", "pay",
    ]  # fmt: skip


def test_the_clock_jumps_by_command(sandbox: Front) -> None:
    before = sandbox.now_ms()
    assert told(sandbox, "clock", "jump", "--seconds", "7200")["now_ms"] == before + 7_200_000
    assert "standing still" in command(sandbox, "clock").stdout


def test_faults_are_turned_on_and_off_by_command(sandbox: Front) -> None:
    on = told(sandbox, "faults", "--marketplace", "tiktok", "--on", "error_after", "--rate", "0.5")
    assert on["rates"] == {"tiktok": {"error_after": 0.5}}
    assert told(sandbox, "faults", "--marketplace", "tiktok", "--off", "error_after")["rates"] == {"tiktok": {}}
    drawn = told(sandbox, "faults", "--random", "3")["rates"]
    assert drawn == told(sandbox, "faults", "--random", "3")["rates"]
    assert told(sandbox, "faults", "--clear")["rates"] == {}


def test_apps_show_keys_and_hosts_of_every_marketplace(sandbox: Front) -> None:
    apps = told(sandbox, "apps")
    assert set(apps) == {"tiktok", "shopify", "aliexpress", "lazada", "amazon"}
    base = f"http://127.0.0.1:{sandbox.port}"
    assert apps["tiktok"]["hosts"] == {  # type: ignore[index]
        "api": f"{base}/tiktok/api", "auth": f"{base}/tiktok/auth", "authorize": f"{base}/tiktok/authorize",
    }  # fmt: skip
    assert apps["shopify"]["hosts"] == {"shop": base + "/shopify/{shop}"}  # type: ignore[index]


def test_a_wrong_word_and_a_sandbox_that_is_not_there_are_one_sentence(sandbox: Front) -> None:
    wrong = command(sandbox, "orders", "--kind", "wild")
    assert (wrong.returncode, wrong.stderr.split(";")[0]) == (2, "There are no orders of kind wild")
    absent = command(Front(1), "apps")
    assert (absent.returncode, absent.stderr.strip()) == (
        2, "No sandbox answers on port 1. Start it with: entrepot sandbox --port 1",
    )  # fmt: skip
