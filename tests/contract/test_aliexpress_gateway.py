"""The gateway that AliExpress and Lazada share: published signatures, envelopes, troubles."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.contract.scripted_wire import Scripted

from entrepot.marketplaces.contract import Answer, App, CallFailed, Trouble
from entrepot.marketplaces.iop.client import Client, listed, read
from entrepot.marketplaces.iop.sign import signature, string_to_sign
from entrepot.marketplaces.reading import Record

NOW = datetime(2026, 11, 21, 12, 0, 0, 123_000, tzinfo=UTC)
APP = App("123456", "s3cret")

# Facts, recomputed: Lazada Open Platform, articles 108068 and 108069 on open.alitrip.com; AliExpress article 120692.
PUBLISHED = {
    "secret": "helloworld",
    "api": "/order/get",
    "params": {
        "access_token": "test",
        "app_key": "123456",
        "order_id": "1234",
        "sign_method": "sha256",
        "timestamp": "1517820392000",
    },
    "sign": "4190D32361CFB9581350222F345CB77F3B19F0E31D162316848A2C1FFD5FAB4A",
}
ASSEMBLED = ({"foo": "1", "bar": "2", "foo_bar": "3", "foobar": "4"}, "/test/api", "/test/apibar2foo1foo_bar3foobar4")


def test_the_published_signature_is_reproduced() -> None:
    params: dict[str, str] = dict(PUBLISHED["params"])  # type: ignore[call-overload]
    assert signature(str(PUBLISHED["secret"]), str(PUBLISHED["api"]), params) == PUBLISHED["sign"]
    assert signature(str(PUBLISHED["secret"]), str(PUBLISHED["api"]), {**params, "sign": "x"}) == PUBLISHED["sign"]
    assert signature(str(PUBLISHED["secret"]), "", params) != PUBLISHED["sign"]


def test_the_string_to_sign_is_put_together_as_published() -> None:
    params, path, assembled = ASSEMBLED
    assert string_to_sign(path, params) == assembled
    assert string_to_sign("", params) == "bar2foo1foo_bar3foobar4"


def test_a_business_method_is_signed_without_a_path_and_names_itself_by_a_parameter() -> None:
    wire = Scripted([{"x_response": {"result": {"n": 1}}}])
    answer = Client(wire, APP, "t0ken", NOW).method("https://g.test", "a.b.c", {"q": "ü=&"}, operation="o")
    params = wire.params()
    assert answer.record("result").whole("n") == 1
    assert wire.sent[0].url == "https://g.test/sync"
    assert wire.sent[0].method == "POST"
    assert (params["method"], params["session"], params["q"]) == ("a.b.c", "t0ken", "ü=&")
    assert params["timestamp"] == "1795262400123"
    assert params["sign"] == signature("s3cret", "", params)


def test_a_system_call_is_signed_with_its_path() -> None:
    wire = Scripted([{"code": "0", "access_token": "a"}])
    Client(wire, APP, "", NOW).path("https://g.test/rest", "/auth/token/create", {"code": "c"}, operation="token")
    params = wire.params()
    assert wire.sent[0].url == "https://g.test/rest/auth/token/create"
    assert params["sign"] == signature("s3cret", "/auth/token/create", params)
    assert "session" not in params
    assert "access_token" not in params


def failing(body: Any, *, writes: bool = False, status: int = 200) -> CallFailed:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(CallFailed) as failed:
        read(Answer(status, {}, content), now=NOW, writes=writes)
    return failed.value


@pytest.mark.parametrize(
    ("body", "trouble"),
    [
        ({"code": "IllegalAccessToken", "type": "ISP", "message": "expired"}, Trouble.AUTH_EXPIRED),
        ({"code": "IllegalRefreshToken", "type": "ISP", "message": "expired"}, Trouble.AUTH_REVOKED),
        ({"code": "IllegalTimestamp", "type": "ISV", "message": "old"}, Trouble.CLOCK_SKEW),
        ({"code": "IncompleteSignature", "type": "ISV", "message": "no"}, Trouble.INVALID_INPUT),
        ({"code": "InsufficientPermission", "type": "ISV", "message": "no"}, Trouble.SCOPE_MISSING),
        ({"code": "SomethingNew", "type": "SYSTEM", "message": "?"}, Trouble.TRANSIENT),
        ({"code": "SomethingNew", "type": "ISP", "message": "?"}, Trouble.TRANSIENT),
        ({"code": "SomethingNew", "type": "ISV", "message": "?"}, Trouble.INVALID_INPUT),
        ({"error_response": {"code": 27, "msg": "Invalid session", "sub_code": "invalid-sessionkey"}}, Trouble.AUTH_EXPIRED),
        ({"error_response": {"code": 15, "msg": "Remote service error", "sub_code": "isp.remote-service-timeout"}},
         Trouble.TRANSIENT),
        ({"error_response": {"code": 15, "msg": "Remote service error", "sub_code": "isv.bad"}}, Trouble.INVALID_INPUT),
    ],
)  # fmt: skip
def test_a_refusal_is_told_by_its_code_and_an_unknown_code_by_whose_fault_it_is(body: Any, trouble: Trouble) -> None:
    assert failing(body).trouble is trouble


def test_the_platforms_own_fault_leaves_the_outcome_of_a_write_unknown() -> None:
    body = {"code": "SomethingNew", "type": "SYSTEM", "message": "?"}
    assert failing(body, writes=True).trouble is Trouble.UNKNOWN_OUTCOME
    assert failing(b"<html>", writes=True).trouble is Trouble.UNKNOWN_OUTCOME
    assert failing(b"<html>").trouble is Trouble.PROTOCOL
    assert failing(b"oops", status=502, writes=True).trouble is Trouble.UNKNOWN_OUTCOME
    assert failing(b"oops", status=502).trouble is Trouble.TRANSIENT


def test_a_throttled_call_waits_as_long_as_the_message_says() -> None:
    said = "Api access frequency exceeds the limit. this ban will last 7 seconds"
    failed = failing({"code": "ApiCallLimit", "type": "ISP", "message": said}, writes=True)
    assert failed.trouble is Trouble.THROTTLED
    assert failed.retry_at == NOW + timedelta(seconds=7)


def test_lists_are_read_wrapped_and_plain_and_a_missing_one_is_empty() -> None:
    record = Record({"wrapped": {"dto": [{"a": 1}]}, "plain": [{"a": 2}], "none": {}})
    assert [one.whole("a") for one in listed(record, "wrapped")] == [1]
    assert [one.whole("a") for one in listed(record, "plain")] == [2]
    assert list(listed(record, "none")) == []
    assert list(listed(record, "absent")) == []


def test_an_amount_written_as_a_number_is_read_exactly() -> None:
    answer = read(Answer(200, {}, b'{"code":"0","price":1234567890.07}'), now=NOW, writes=False)
    assert answer.money("price", "USD") == 123456789007
