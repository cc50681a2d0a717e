"""Where calls may go: to marketplaces, and never into the network that the house stands in."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from tests.cast import World
from tests.scripted import AT, Scripted, connect, play

from entrepot.connections.addresses import check_hosts, is_private
from entrepot.connections.connect import NoShop, begin, change_app, come_back
from entrepot.connections.wire import HouseWire
from entrepot.core.clock import now
from entrepot.marketplaces.contract import App, CallFailed, Request, Trouble

SANDBOX = "http://127.0.0.1:8031"


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    yield from play(monkeypatch)


@pytest.fixture
def local() -> Iterator[tuple[str, list[str]]]:
    """Something that listens in our own network: (its address, the paths it was asked for)."""
    asked: list[str] = []

    class Inner(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: Any) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Inner) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join(10)


@pytest.mark.parametrize(
    "address",
    [
        "http://api.example.com", "https://", "api.example.com", "https://127.0.0.1", "https://127.8.9.1:8443/x",
        "https://10.1.2.3", "https://172.16.0.1", "https://192.168.1.1", "https://169.254.169.254/latest",
        "https://100.64.0.1", "https://0.0.0.0", "https://[::1]", "https://[fd00::1]", "https://[fe80::1%25eth0]",
        "https://[::ffff:10.0.0.1]", "https://localhost", "https://metadata.google.internal", "https://printer.local",
        "https://2130706433", "https://owner@api.example.com", "https://[broken", "https://api.example.com:x",
    ],
)  # fmt: skip
def test_an_address_that_is_no_marketplaces_is_refused(settings: Any, address: str) -> None:
    settings.MARKETPLACE_HOSTS, settings.SANDBOX_URL = "any", SANDBOX
    with pytest.raises(CallFailed) as caught:
        check_hosts({"api": address})
    assert (caught.value.trouble, caught.value.code) == (Trouble.INVALID_INPUT, "address")
    assert address in caught.value.message


@pytest.mark.parametrize(
    ("setting", "address", "good"),
    [
        ("any", "https://api.example.com", True),
        ("any", "https://{shop}.example.com/x", True),
        ("any", "https://8.8.8.8", True),
        ("known", "https://api.example.com", False),
        ("known", f"{SANDBOX}/tiktok/api", True),
        ("tiktokshop.com, example.com", "https://services.us.tiktokshop.com", True),
        ("tiktokshop.com, example.com", "https://example.com", True),
        ("tiktokshop.com, example.com", "https://tiktokshop.com.evil.net", False),
        ("tiktokshop.com, example.com", "https://eviltiktokshop.com", False),
        ("any", f"{SANDBOX}/tiktok/api", True),
        ("any", "http://127.0.0.1:8032/tiktok/api", False),
        ("any", "http://127.0.0.1:8031@evil.net/", False),
    ],
)
def test_the_setting_says_which_addresses_may_be_typed(settings: Any, setting: str, address: str, good: bool) -> None:
    settings.MARKETPLACE_HOSTS, settings.SANDBOX_URL = setting, SANDBOX
    if good:
        check_hosts({"api": address})
        return
    with pytest.raises(CallFailed):
        check_hosts({"good": f"{SANDBOX}/x", "api": address})


def test_without_a_sandbox_no_local_address_is_one(settings: Any) -> None:
    settings.MARKETPLACE_HOSTS, settings.SANDBOX_URL = "any", ""
    with pytest.raises(CallFailed):
        check_hosts({"api": SANDBOX})


def test_private_addresses_are_known_in_both_families() -> None:
    assert [is_private(one) for one in ("127.0.0.1", "10.0.0.1", "::1", "::ffff:192.168.0.1", "224.0.0.1")] == [
        True
    ] * 5
    assert [is_private(one) for one in ("8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8")] == [False] * 3


def test_a_store_with_a_private_address_is_not_made_nor_given_one(alice: World, there: Scripted, settings: Any) -> None:
    settings.MARKETPLACE_HOSTS, settings.SANDBOX_URL = "any", ""
    inner = App("key", "secret", {"api": "https://10.0.0.7"})
    with pytest.raises(CallFailed):
        begin(
            organization_id=alice.organization_id, name="Inner", marketplace="scripted", app=inner, currency="USD",
            time_zone="UTC", back_to="http://x", actor=alice.actor, at=now(),
        )  # fmt: skip
    names = alice.column("SELECT name FROM connections_store WHERE organization_id = %s")
    assert "Inner" not in names
    store = connect(alice)
    with pytest.raises(CallFailed):
        change_app(organization_id=alice.organization_id, store_id=store, app=inner, actor=alice.actor, at=now())
    kept = alice.rows("SELECT hosts::text, state FROM connections_grant WHERE organization_id = %s")
    assert kept == [("{}", "ok")]


def test_a_call_to_a_private_address_is_broken_off_before_anything_is_sent(
    alice: World, there: Scripted, settings: Any, local: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a name does that meant a marketplace when it was typed."""
    monkeypatch.setattr("entrepot.connections.addresses.getproxies", dict)
    address, asked = local
    wire = HouseWire(alice.organization_id, connect(alice), there, lambda: AT)
    request = Request("list", "GET", f"{address}/secret")
    settings.SANDBOX_URL = ""
    with pytest.raises(CallFailed) as caught:
        wire.send(request)
    assert (caught.value.trouble, caught.value.code, asked) == (Trouble.INVALID_INPUT, "address", [])
    settings.SANDBOX_URL = address
    assert wire.send(request).status == 200
    assert asked == ["/secret"]


def test_a_yes_that_names_no_shop_connects_nothing(alice: World, there: Scripted) -> None:
    there.exchange = lambda *_given, **_named: []  # type: ignore[method-assign, assignment]
    begun = begin(
        organization_id=alice.organization_id, name="Empty", marketplace="scripted", app=App("key", "secret"),
        currency="USD", time_zone="UTC", back_to="http://x", actor=alice.actor, at=now(),
    )  # fmt: skip
    state = begun.url.partition("state=")[2].partition("&")[0]
    with pytest.raises(NoShop):
        come_back(answer={"code": "good", "state": state}, back_to="http://x", actor=alice.actor, at=now())
    assert alice.rows("SELECT state FROM connections_grant WHERE organization_id = %s") == [("pending",)]
    assert alice.rows("SELECT 1 FROM connections_sync WHERE organization_id = %s") == []
