"""The sandbox's core: a process that loses nothing it answered, a clock, faults that can be repeated, webhooks."""

import contextlib
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest
from tests.sandbox.running import Front, Mailbox, kill, running, start
from tests.sandbox.tiktok_caller import Caller

from entrepot.sandbox.drafts import KINDS, make_draft
from entrepot.sandbox.people import COUNTRIES

DETAIL = "/order/202507/orders"
SHIP = "/fulfillment/202309/packages/ship"
SEARCH = "/order/202309/orders/search"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with running(tmp_path_factory.mktemp("core")) as played:
        played.control("clock", action="pause")
        yield played


@pytest.fixture
def faults(sandbox: Front) -> Iterator[Front]:
    yield sandbox
    sandbox.control("faults", clear=True)


def parcel_of(alpha: Caller, kind: str = "plain") -> tuple[str, dict[str, Any]]:
    """(order id, body of a call that ships it)"""
    order_id = alpha.sandbox.make("tiktok", "alpha", kinds=(kind,))[0]
    package = alpha.orders(order_id)[0]["packages"][0]["id"]
    number = {"tracking_number": f"RB{order_id[-9:]}GB", "shipping_provider_id": "7117858858072016641"}
    return order_id, {"packages": [{"id": package, "self_shipment": number}]}


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    sandbox, process = start(tmp_path)
    try:
        sandbox.control("clock", action="pause")
        alpha = Caller(sandbox, "alpha").sign_in()
        order_id, body = parcel_of(alpha)
        sandbox.jump(1000)
        assert alpha.call("POST", SHIP, body=body).json["code"] == 0
        now, apps = sandbox.now_ms(), sandbox.control("apps")
        before = sandbox.entry("tiktok", order_id)
    finally:
        kill(process)
    sandbox, process = start(tmp_path, port=sandbox.port, seed=99)
    try:
        assert sandbox.entry("tiktok", order_id) == before
        assert before["shipments"][0]["times_told"] == 1
        assert sandbox.now_ms() == now
        assert sandbox.control("apps") == apps
        alpha.sandbox = sandbox
        assert alpha.orders(order_id)[0]["status"] == "AWAITING_COLLECTION"
    finally:
        kill(process)


def test_the_clock_runs_stands_and_jumps_but_never_back(sandbox: Front) -> None:
    before = sandbox.now_ms()
    time.sleep(0.05)
    assert sandbox.now_ms() == before
    sandbox.jump(86400)
    assert sandbox.now_ms() == before + 86_400_000
    back = sandbox.call("POST", "/control/clock", value={"action": "jump", "seconds": -1})
    assert (back.status, back.json) == (400, {"error": "The clock does not jump back."})
    assert sandbox.control("clock", action="run")["running"] is True
    time.sleep(0.05)
    assert sandbox.control("clock", action="pause")["now_ms"] >= before + 86_400_050


def test_the_same_seed_makes_the_same_orders_under_new_ids(sandbox: Front) -> None:
    first, second = (
        sandbox.control("orders", marketplace="tiktok", shop="alpha", count=3, seed=5)["order_ids"] for _ in "ab"
    )
    assert not set(first) & set(second)
    one, two = (
        [(e["recipient"], [(line["sku"], line["unit_price_minor"]) for line in e["lines"]], e["total_minor"])
         for e in (sandbox.entry("tiktok", order_id) for order_id in ids)]
        for ids in (first, second)
    )  # fmt: skip
    assert one == two


def test_buyers_come_from_twenty_countries_and_some_come_again() -> None:
    drafts = [make_draft(1, n, "USD") for n in range(1, 1500)]
    assert len(COUNTRIES) == 20
    assert {draft.buyer.country for draft in drafts} == set(COUNTRIES)
    drawn = {kind for draft in drafts for kind in draft.kinds}
    assert drawn == {kind for kind, weight in KINDS.items() if weight}
    again = [draft.buyer.id for draft in drafts if draft.kinds == ("repeat",)]
    others = {draft.buyer.id for draft in drafts if draft.kinds != ("repeat",)}
    assert len([one for one in again if one in others]) > len(again) // 2
    assert all(draft.total_minor > 0 for draft in drafts)


def test_an_unknown_kind_shop_or_fault_is_refused_in_a_sentence(sandbox: Front) -> None:
    asked = {
        "orders": {"marketplace": "tiktok", "shop": "alpha", "kinds": ["wild"]},
        "tokens": {"marketplace": "tiktok", "shop": "gamma", "act": "expire"},
        "faults": {"marketplace": "tiktok", "fault": "rain"},
    }
    got = {verb: sandbox.call("POST", f"/control/{verb}", value=value) for verb, value in asked.items()}
    assert {verb: one.status for verb, one in got.items()} == {"orders": 400, "tokens": 400, "faults": 400}
    assert got["orders"].json["error"].startswith("There are no orders of kind wild")
    assert got["tokens"].json["error"] == "There is no shop gamma at tiktok."
    assert got["faults"].json["error"] == "'rain' is not a valid Fault"


def test_another_websites_page_cannot_drive_the_sandbox(sandbox: Front) -> None:
    got = sandbox.call(
        "POST", "/control/trickle", value={"per_minute": 9}, headers={"Origin": "http://elsewhere.example"}
    )
    assert got.status == 403
    assert sandbox.control("state")["trickle_per_minute"] == 0


def test_a_request_of_nine_megabytes_is_refused(sandbox: Front) -> None:
    got = sandbox.call("POST", "/control/clock", body=b" " * (9 << 20))
    assert (got.status, got.json) == (413, {"error": "A request has 8388608 bytes at most."})


@pytest.mark.parametrize(
    ("fault", "status", "code", "done"),
    [("throttle", 429, 36009002, 0), ("ok_error", 200, 36009003, 0), ("error_before", 500, 36009003, 0),
     ("error_after", 500, 36009003, 1)],
)  # fmt: skip
def test_a_fault_before_does_nothing_and_a_fault_after_has_done_it(
    faults: Front, fault: str, status: int, code: int, done: int
) -> None:
    alpha = Caller(faults, "alpha").sign_in()
    order_id, body = parcel_of(alpha)
    faults.fault("tiktok", fault)
    got = alpha.call("POST", SHIP, body=body)
    faults.fault("tiktok", fault, on=False)
    assert (got.status, got.json["code"]) == (status, code)
    assert len(faults.entry("tiktok", order_id)["shipments"]) == done


@pytest.mark.parametrize(("fault", "done"), [("drop_before", 0), ("drop_after", 1), ("timeout_after", 1)])
def test_a_dropped_connection_gives_no_answer(faults: Front, fault: str, done: int) -> None:
    alpha = Caller(faults, "alpha").sign_in()
    order_id, body = parcel_of(alpha)
    faults.control("faults", knob="hang_seconds", value=0.2)
    faults.fault("tiktok", fault)
    with pytest.raises((HTTPException, ConnectionError)):
        alpha.call("POST", SHIP, body=body)
    faults.fault("tiktok", fault, on=False)
    assert len(faults.entry("tiktok", order_id)["shipments"]) == done


def test_a_gateway_answers_in_html_and_reads_are_never_lost_after_a_write(faults: Front) -> None:
    alpha = Caller(faults, "alpha").sign_in()
    faults.fault("tiktok", "gateway")
    got = alpha.call("GET", DETAIL, {"ids": "1"})
    assert (got.status, got.headers["content-type"]) == (502, "text/html; charset=utf-8")
    faults.fault("tiktok", "gateway", on=False)
    faults.fault("tiktok", "error_after")
    assert alpha.call("GET", DETAIL, {"ids": "1"}).json["code"] == 0


def test_a_skewed_clock_and_a_dying_token_are_refused_as_the_real_one_does(faults: Front) -> None:
    alpha = Caller(faults, "alpha").sign_in()
    faults.fault("tiktok", "clock_skew")
    assert alpha.call("GET", DETAIL, {"ids": "1"}).json["code"] == 36009004
    faults.fault("tiktok", "clock_skew", on=False)
    faults.fault("tiktok", "token_death")
    assert alpha.call("GET", DETAIL, {"ids": "1"}).json["code"] == 105002
    faults.fault("tiktok", "token_death", on=False)
    assert alpha.call("GET", DETAIL, {"ids": "1"}).json["code"] == 105002


def pages(alpha: Caller, since: int, most: int = 12) -> list[list[str]]:
    found, token = [], ""
    for _ in range(most):
        query = {
            "page_size": "2",
            "sort_field": "update_time",
            "sort_order": "ASC",
            **({"page_token": token} if token else {}),
        }
        data = alpha.call("POST", SEARCH, query, {"update_time_ge": since}).json["data"]
        found.append([order["id"] for order in data["orders"]])
        token = data["next_page_token"]
        if not token:
            break
    return found


def test_pages_repeat_never_end_move_and_lag(faults: Front) -> None:
    alpha = Caller(faults, "alpha").sign_in()
    faults.jump(100)
    since = faults.now_ms() // 1000
    ids = faults.make("tiktok", "alpha", count=4)
    faults.fault("tiktok", "duplicate_page")
    assert pages(alpha, since) == [ids[:2], ids[:2], ids[2:], ids[2:]]
    faults.fault("tiktok", "duplicate_page", on=False)
    faults.fault("tiktok", "stale_read")
    assert pages(alpha, since) == [[]]
    faults.jump(61)
    assert pages(alpha, since) == [ids[:2], ids[2:]]
    faults.fault("tiktok", "stale_read", on=False)
    faults.fault("tiktok", "endless_page")
    assert pages(alpha, since, most=5) == [ids[:2]] * 5
    faults.fault("tiktok", "endless_page", on=False)
    faults.fault("tiktok", "orders_move")
    assert pages(alpha, since) == [ids[:2], [ids[3], ids[2]]]


def test_a_stale_read_shows_the_version_before(faults: Front) -> None:
    alpha = Caller(faults, "alpha").sign_in()
    order_id, body = parcel_of(alpha)
    alpha.call("POST", SHIP, body=body)
    faults.fault("tiktok", "stale_read")
    stale = alpha.call("GET", DETAIL, {"ids": order_id}).json["data"]["orders"][0]
    faults.fault("tiktok", "stale_read", on=False)
    fresh = alpha.call("GET", DETAIL, {"ids": order_id}).json["data"]["orders"][0]
    assert "rts_time" not in stale
    assert fresh["rts_time"] == faults.now_ms() // 1000


def test_a_partial_batch_says_success_and_ships_half(faults: Front) -> None:
    alpha = Caller(faults, "alpha").sign_in()
    made = [parcel_of(alpha) for _ in range(2)]
    body = {"packages": [one["packages"][0] for _, one in made]}
    faults.fault("tiktok", "partial_batch")
    got = alpha.call("POST", SHIP, body=body).json
    assert (got["code"], [error["code"] for error in got["data"]["errors"]]) == (0, [36009003])
    assert [len(faults.entry("tiktok", order_id)["shipments"]) for order_id, _ in made] == [0, 1]


def test_the_same_seed_plays_the_same_faults(tmp_path: Path) -> None:
    runs = []
    for name in "ab":
        with running(tmp_path / name) as sandbox:
            alpha = Caller(sandbox, "alpha").sign_in()
            rates = sandbox.control("faults", random=11)["rates"]
            sandbox.control("faults", knob="hang_seconds", value=0)
            seen = []
            for _ in range(60):
                try:
                    seen.append(alpha.call("GET", DETAIL, {"ids": "1"}).json["code"])
                except (HTTPException, ConnectionError, json.JSONDecodeError) as error:
                    seen.append(type(error).__name__)
            runs.append((rates, seen))
    assert runs[0] == runs[1]
    assert len(set(runs[0][1])) > 1


def test_webhooks_are_repeated_spoilt_lost_late_and_tried_again(faults: Front) -> None:
    box = Mailbox()
    try:
        faults.control("webhooks", marketplace="tiktok", url=box.url)
        faults.fault("tiktok", "webhook_duplicate")
        faults.make("tiktok", "alpha")
        first, second = box.wait_for(2)
        assert first[1] == second[1]
        faults.fault("tiktok", "webhook_duplicate", on=False)
        faults.fault("tiktok", "webhook_lost")
        faults.make("tiktok", "alpha")
        faults.fault("tiktok", "webhook_lost", on=False)
        faults.fault("tiktok", "webhook_late")
        faults.control("faults", knob="late_seconds", value=1)
        late = faults.make("tiktok", "alpha")[0]
        faults.fault("tiktok", "webhook_late", on=False)
        box.status = 503
        soon = faults.make("tiktok", "alpha")[0]
        box.wait_for(3)
        box.status = 200
        named = [json.loads(body)["data"]["order_id"] for _, body in box.wait_for(5)[2:]]
        assert named[0] == soon
        assert sorted(set(named)) == sorted({late, soon})
        states = [one["state"] for one in faults.control("webhooks")["deliveries"]]
        assert states.count("lost") == 1
    finally:
        faults.control("webhooks", marketplace="tiktok", url="")
        box.close()


def test_a_trickle_brings_orders_by_itself(sandbox: Front) -> None:
    before = sum(sum(statuses.values()) for statuses in sandbox.control("state")["orders"].values())
    sandbox.control("trickle", per_minute=1200)
    deadline = time.monotonic() + 10
    after = before
    while after < before + 5 and time.monotonic() < deadline:
        time.sleep(0.2)
        after = sum(sum(statuses.values()) for statuses in sandbox.control("state")["orders"].values())
    sandbox.control("trickle", per_minute=0)
    assert after >= before + 5


def test_the_ledger_gives_every_order_after_an_instant(sandbox: Front) -> None:
    sandbox.jump(10)
    now = sandbox.now_ms()
    ids = sandbox.make("tiktok", "beta", count=2)
    got = sandbox.call("GET", "/control/ledger", query={"marketplace": "tiktok", "after": str(now)}).json
    assert [one["order_id"] for one in got] == ids
    assert {"marketplace", "shop", "order_id", "status", "paid", "cancelled", "updated_at", "total_minor", "currency",
            "recipient", "lines", "shipments", "rejected"} <= set(got[0])  # fmt: skip
    assert got[0]["shop"] == "beta"


@pytest.mark.parametrize("seed", [1, 2])
def test_under_any_schedule_a_stubborn_caller_ships_every_parcel_once(tmp_path: Path, seed: int) -> None:
    """Four callers at once try until each parcel is told or already told; the sandbox itself never fails."""
    with running(tmp_path) as sandbox:
        callers = [Caller(sandbox, "alpha").sign_in() for _ in range(4)]
        parcels = [parcel_of(callers[0]) for _ in range(12)]
        sandbox.control("faults", knob="hang_seconds", value=0)
        sandbox.control("faults", random=seed)
        for fault in ("error_after", "drop_after", "drop_before", "throttle", "partial_batch"):
            sandbox.control("faults", marketplace="tiktok", fault=fault, rate=0.25)

        def sign_in_again(alpha: Caller) -> str:
            """A new token of the same shop; faults may come between."""
            for _ in range(60):
                with contextlib.suppress(HTTPException, ConnectionError, KeyError, TypeError, ValueError):
                    return Caller(sandbox, "alpha").sign_in().access
            raise AssertionError("no token could be had")

        def told(alpha: Caller, body: dict[str, Any]) -> bool:
            try:
                got = alpha.call("POST", SHIP, body=body)
            except (HTTPException, ConnectionError):
                return False
            assert got.status != 599, got.body
            if got.status == 502:
                return False
            if got.json["code"] == 105002:
                alpha.access = sign_in_again(alpha)
            errors = (got.json["data"] or {}).get("errors", [])
            return got.json["code"] == 0 and all(error["code"] == 21011006 for error in errors)

        def work(alpha: Caller) -> None:
            for _, body in parcels:
                assert any(told(alpha, body) for _ in range(60))

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, callers))
        sandbox.control("faults", clear=True)
        for order_id, _ in parcels:
            assert [one["times_told"] for one in sandbox.entry("tiktok", order_id)["shipments"]] == [1]
