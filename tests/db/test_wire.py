"""The wire: an answer that never ends, in drops or in bytes, is given up, and a write without an answer is unknown."""

import gzip
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from tests.cast import World
from tests.scripted import AT, Scripted, connect, play

from entrepot.connections import wire
from entrepot.connections.own_words import NO_ANSWER, TOO_LONG
from entrepot.connections.wire import HouseWire
from entrepot.marketplaces.contract import CallFailed, Request, Trouble

Answering = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    yield from play(monkeypatch)


class Drops(httpx.SyncByteStream):
    """An answer that goes on and on, a few bytes at a time."""

    def __init__(self, drop: bytes, pause: float) -> None:
        self.drop, self.pause, self.given = drop, pause, 0

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(1000):
            time.sleep(self.pause)
            self.given += 1
            yield self.drop


def over(world: World, there: Scripted, monkeypatch: pytest.MonkeyPatch, answer: Answering) -> HouseWire:
    client = httpx.Client(transport=httpx.MockTransport(answer))
    monkeypatch.setattr(wire, "_client", lambda: client)
    return HouseWire(world.organization_id, connect(world), there, lambda: AT)


@pytest.mark.parametrize(("writes", "trouble"), [(True, Trouble.UNKNOWN_OUTCOME), (False, Trouble.TRANSIENT)])
def test_an_answer_in_drops_is_given_up_after_twice_the_time(
    alice: World, there: Scripted, monkeypatch: pytest.MonkeyPatch, writes: bool, trouble: Trouble
) -> None:
    drops = Drops(b"{", 0.02)
    house = over(alice, there, monkeypatch, lambda _request: httpx.Response(200, stream=drops))
    monkeypatch.setattr(wire, "SECONDS", 0.05)
    with pytest.raises(CallFailed) as caught:
        house.send(Request("ship", "POST", "https://scripted.example/", writes=writes))
    assert (caught.value.trouble, caught.value.message, caught.value.code) == (trouble, NO_ANSWER, "ReadTimeout")
    assert drops.given < 20


@pytest.mark.parametrize(("writes", "trouble"), [(True, Trouble.UNKNOWN_OUTCOME), (False, Trouble.PROTOCOL)])
def test_an_answer_longer_than_any_is_not_read_to_its_end(
    alice: World, there: Scripted, monkeypatch: pytest.MonkeyPatch, writes: bool, trouble: Trouble
) -> None:
    drops = Drops(b"x" * 1000, 0)
    house = over(alice, there, monkeypatch, lambda _request: httpx.Response(200, stream=drops))
    monkeypatch.setattr(wire, "LONGEST_ANSWER", 10_000)
    with pytest.raises(CallFailed) as caught:
        house.send(Request("list", "GET", "https://scripted.example/", writes=writes))
    assert (caught.value.trouble, caught.value.message, drops.given) == (trouble, TOO_LONG, 11)


def test_a_packed_answer_comes_unpacked_with_its_status_and_its_time(
    alice: World, there: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {"content-encoding": "gzip", "Date": "Fri, 20 Nov 2026 12:00:05 GMT"}
    packed = gzip.compress(b'{"a": 1}')
    house = over(alice, there, monkeypatch, lambda _request: httpx.Response(207, headers=headers, content=packed))
    answer = house.send(Request("list", "GET", "https://scripted.example/"))
    assert (answer.status, answer.content) == (207, b'{"a": 1}')
    assert answer.headers["date"] == headers["Date"]
    assert house.their_time is not None
    assert (house.their_time - AT).total_seconds() == 5


@dataclass
class Held:
    """A connection to the database as far as the wire sees it."""

    in_atomic_block: bool
    settings_dict: dict[str, Any]
    given_back: int = 0

    def close(self) -> None:
        self.given_back += 1


@pytest.mark.parametrize(
    ("pool", "in_transaction", "given_back"),
    [({"max_size": 8}, False, 1), ({"max_size": 8}, True, 0), (None, False, 0)],
)
def test_while_a_marketplace_is_asked_others_may_use_the_database(
    alice: World,
    there: Scripted,
    monkeypatch: pytest.MonkeyPatch,
    pool: dict[str, int] | None,
    in_transaction: bool,
    given_back: int,
) -> None:
    seen = []
    held = Held(in_transaction, {"OPTIONS": {"pool": pool} if pool else {}})

    def answer(_request: httpx.Request) -> httpx.Response:
        seen.append(held.given_back)
        return httpx.Response(200)

    house = over(alice, there, monkeypatch, answer)
    monkeypatch.setattr(wire, "connection", held)
    house.send(Request("list", "GET", "https://scripted.example/"))
    assert seen == [given_back]
