"""Adapters are found by entry points, read money and JSON in one way, and start from a template that works."""

import json
from datetime import UTC, datetime, timedelta
from importlib.metadata import EntryPoint
from typing import Any

import pytest
from tests.contract.wires import PlayedWire

from entrepot.marketplaces import registry
from entrepot.marketplaces.answers import json_bytes, of_status, retry_after
from entrepot.marketplaces.contract import (
    Access,
    Answer,
    App,
    AuthForm,
    CallFailed,
    Done,
    Grant,
    Notice,
    NoticeLine,
    OrderDraft,
    Result,
    Trouble,
    Unreadable,
    Why,
    Window,
)
from entrepot.marketplaces.money import minor_units
from entrepot.marketplaces.outcomes import answer_to, one_by_one
from entrepot.marketplaces.reading import Malformed, Record
from entrepot.marketplaces.template.connector import TemplateConnector

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def test_what_is_installed_is_listed_with_the_file_first() -> None:
    listed = registry.marketplaces()
    assert (listed[0].name, listed[0].auth) == ("file", None)
    assert {"tiktok": "TikTok Shop", "shopify": "Shopify"}.items() <= {one.name: one.title for one in listed}.items()
    assert all(one.auth in (None, AuthForm.OAUTH, AuthForm.KEYS) for one in listed)
    assert "template" not in {one.name for one in listed}


def test_a_connector_is_opened_by_name_and_only_where_there_is_one() -> None:
    assert registry.connector_of("tiktok").name == "tiktok"
    assert registry.policy_of("shopify").name == "shopify"
    for name in ("file", "nowhere"):
        with pytest.raises(KeyError):
            registry.connector_of(name)


def test_an_entry_point_that_names_something_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = EntryPoint("acme", "entrepot.marketplaces.template:MARKETPLACE", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [wrong])
    registry._adapters.cache_clear()
    try:
        with pytest.raises(TypeError, match="'acme' of"):
            registry.marketplaces()
    finally:
        monkeypatch.undo()
        registry._adapters.cache_clear()


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("12.50", "USD", 1250), ("1200", "JPY", 1200), ("1.234", "KWD", 1234), ("0.005", "EUR", 1), ("-3", "GBP", -300),
     ("1E+2", "USD", 10_000), (7, "USD", 700), ("12.5", "XXX", 1250)],
)  # fmt: skip
def test_amounts_become_minor_units(amount: str | int, currency: str, minor: int) -> None:
    assert minor_units(amount, currency) == minor


@pytest.mark.parametrize("amount", ["", "NaN", "Infinity", "12,50", "free", 12.5, True])
def test_what_is_no_exact_amount_is_refused(amount: Any) -> None:
    with pytest.raises(ValueError):
        minor_units(amount, "USD")


def test_fields_are_read_by_their_kind() -> None:
    record = Record(
        {"id": 12, "n": "7", "yes": "true", "at": 1795190400, "ms": 1795190400500, "iso": "2026-11-20T17:00:00+01:00"}
    )
    assert (record.text("id"), record.whole("n"), record.flag("yes"), record.text("gone")) == ("12", 7, True, "")
    assert record.seconds("at") == record.instant("iso") == datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    assert record.milliseconds("ms") == datetime(2026, 11, 20, 16, 0, 0, 500_000, tzinfo=UTC)
    assert record.instant("iso").utcoffset() == timedelta(0)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("raw", "ask", "sentence"),
    [
        ({"a": {"b": []}}, lambda r: r.record("a").text("b"), "a.b is no text: []"),
        ({"a": [{}]}, lambda r: r.records("a")[0].needed("id"), "a[0].id is missing"),
        ({"a": "2026-11-20T17:00:00"}, lambda r: r.instant("a"), "a does not say its time zone: '2026-11-20T17:00:00'"),
        ({"a": 10**20}, lambda r: r.seconds("a"), "a is no time: 100000000000000000000"),
        ({"a": "maybe"}, lambda r: r.flag("a"), "a is neither true nor false: 'maybe'"),
        ({"a": 1.5}, lambda r: r.money("a", "USD"), "a is no amount: 1.5"),
    ],
)
def test_a_field_of_the_wrong_kind_is_named(raw: Any, ask: Any, sentence: str) -> None:
    with pytest.raises(Malformed) as caught:
        ask(Record(raw))
    assert caught.value.message == sentence
    assert caught.value.trouble is Trouble.PROTOCOL


def test_a_body_is_compact_and_keeps_its_letters() -> None:
    assert json_bytes({"a": "é 测试", "b": [1, 2]}) == '{"a":"é 测试","b":[1,2]}'.encode()


@pytest.mark.parametrize(
    ("status", "reads", "writes"),
    [(200, None, None), (204, None, None), (302, Trouble.PROTOCOL, Trouble.PROTOCOL),
     (401, Trouble.AUTH_EXPIRED, Trouble.AUTH_EXPIRED), (429, Trouble.THROTTLED, Trouble.THROTTLED),
     (500, Trouble.TRANSIENT, Trouble.UNKNOWN_OUTCOME), (504, Trouble.TRANSIENT, Trouble.UNKNOWN_OUTCOME)],
)  # fmt: skip
def test_a_server_error_on_a_write_may_have_been_written(
    status: int, reads: Trouble | None, writes: Trouble | None
) -> None:
    assert (of_status(status, writes=False), of_status(status, writes=True)) == (reads, writes)


def test_retry_after_is_read_as_seconds_and_as_a_date() -> None:
    def at(value: str) -> datetime:
        return retry_after(Answer(429, {"retry-after": value}, b""), now=NOW, otherwise=timedelta(seconds=2))

    assert at("30") == NOW + timedelta(seconds=30)
    assert at("Sat, 21 Nov 2026 12:01:00 GMT") == NOW + timedelta(minutes=1)
    assert at("soon") == at("") == NOW + timedelta(seconds=2)
    assert at("Sat, 21 Nov 2026 12:01:00 GMT").tzinfo in (UTC, UTC)


def item(key: str) -> Notice:
    return Notice(key, f"o-{key}", (NoticeLine("1", 1),), True, "N1", "C", "C", NOW)


@pytest.mark.parametrize("trouble", list(Trouble))
def test_every_trouble_is_an_answer_and_an_unread_one_is_unknown(trouble: Trouble) -> None:
    answer = answer_to("k", CallFailed(trouble, "words", code="7", retry_at=NOW))
    in_the_dark = {Trouble.UNKNOWN_OUTCOME, Trouble.PROTOCOL}
    rejected = {Trouble.INVALID_INPUT, Trouble.BUSINESS_STATE, Trouble.NOT_FOUND}
    expected = (
        Result.UNKNOWN if trouble in in_the_dark else Result.REJECTED if trouble in rejected else Result.RETRY_LATER
    )
    assert (answer.result, answer.code, answer.message) == (expected, "7", "words")


def test_one_refusal_leaves_the_others_alone_and_a_dead_token_stops_them() -> None:
    def send(failures: dict[str, CallFailed]) -> list[Done]:
        def one(notice: Notice) -> Done:
            if notice.key in failures:
                raise failures[notice.key]
            return Done(notice.key, Result.OK)

        return one_by_one([item("a"), item("b"), item("c")], one)

    refused = send({"b": CallFailed(Trouble.BUSINESS_STATE)})
    assert [done.result for done in refused] == [Result.OK, Result.REJECTED, Result.OK]
    dead = send({"b": CallFailed(Trouble.AUTH_EXPIRED)})
    assert [done.result for done in dead] == [Result.OK, Result.RETRY_LATER, Result.RETRY_LATER]
    with pytest.raises(CallFailed):
        send({"a": CallFailed(Trouble.AUTH_EXPIRED)})


def test_the_template_pulls_ships_and_looks_up() -> None:
    order = {"id": "1", "status": "PAID", "created": 1795190400, "currency": "USD", "total": "12.50", "address": {},
             "lines": [{"id": "l1", "sku": "S", "quantity": 2, "price": "6.25"}]}  # fmt: skip
    wire = PlayedWire(
        {
            "orders.list": [{"orders": [order, {"id": "2"}], "next": "p2"}],
            "orders.get": [{"orders": [order]}, {"orders": [{**order, "number": "N1"}]}],
            "orders.ship": [{"id": "s1"}],
        }
    )
    connector, access = TemplateConnector(), Access(App("k", "s"), Grant("shop", "t"))
    page = connector.pull(wire, access, Window(NOW - timedelta(hours=1), NOW), now=NOW)
    draft, broken = page.orders
    assert isinstance(draft, OrderDraft)
    assert (draft.total_minor, draft.lines[0].unit_price_minor, page.next_page) == (1250, 625, "p2")
    assert broken == Unreadable("2", "status is missing", {"id": "2"})
    notice = Notice("n1", "1", (NoticeLine("l1", 2),), True, "N1", "C", "C", NOW)
    assert [done.result for done in connector.ship(wire, access, [notice], now=NOW)] == [Result.OK]
    assert [done.result for done in connector.ship(wire, access, [notice], now=NOW)] == [Result.ALREADY_DONE]
    assert json.loads(wire.of("orders.ship")[0].content)["number"] == "N1"
    assert len(wire.of("orders.ship")) == 1
    other = Notice("n2", "1", (NoticeLine("l1", 2),), True, "N2", "C", "C", NOW)
    (elsewhere,) = connector.look_up(wire, access, [other], now=NOW)
    assert (elsewhere.why, elsewhere.message) == (Why.SHIPPED_ELSEWHERE, "N1")
