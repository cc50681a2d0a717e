"""One signed call to the gateway: parameters, envelope, trouble."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from entrepot.marketplaces.answers import json_value, of_status, retry_after
from entrepot.marketplaces.contract import Answer, App, CallFailed, Request, Trouble, Wire
from entrepot.marketplaces.iop.errors import OK, ban_of, trouble_of
from entrepot.marketplaces.iop.sign import signature
from entrepot.marketplaces.reading import Malformed, Record

FORM = {"content-type": "application/x-www-form-urlencoded;charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Client:
    """Calls with one app and token at one moment. Signatures carry `now`."""

    wire: Wire
    app: App
    token: str  # "" for calls before there is one
    now: datetime

    def method(
        self, base: str, name: str, params: Mapping[str, str], *, operation: str, writes: bool = False
    ) -> Record:
        """A business method at /sync: named by a parameter, signed without a path. `base` is the gateway's root."""
        named = {"method": name, "format": "json", "simplify": "false", **params}
        if self.token:
            named["session"] = self.token
        return self._send(f"{base}/sync", "", named, operation=operation, http="POST", writes=writes)

    def path(
        self,
        base: str,
        path: str,
        params: Mapping[str, str],
        *,
        operation: str,
        http: str = "POST",
        writes: bool = False,
    ) -> Record:
        """A call by its path, which is signed too. `base` ends before the path."""
        named = {**params, "access_token": self.token} if self.token else dict(params)
        return self._send(f"{base}{path}", path, named, operation=operation, http=http, writes=writes)

    def _send(
        self, url: str, path: str, params: Mapping[str, str], *, operation: str, http: str, writes: bool
    ) -> Record:
        stamp = str(int(self.now.timestamp() * 1000))
        signed = {**params, "app_key": self.app.key, "timestamp": stamp, "sign_method": "sha256"}
        signed["sign"] = signature(self.app.secret, path, signed)
        form = urlencode(signed)
        if http == "GET":
            request = Request(operation, "GET", f"{url}?{form}", writes=writes)
        else:
            request = Request(operation, http, url, FORM, form.encode(), writes)
        return read(self.wire.send(request), now=self.now, writes=writes)


def read(answer: Answer, *, now: datetime, writes: bool) -> Record:
    """The answer without its wrapper `<method>_response`. Numbers with a point are decimals.

    Raises:
        CallFailed: the envelope or the status says so. A write whose answer cannot be read has an unknown outcome.
    """
    by_status = of_status(answer.status, writes=writes)
    try:
        envelope = Record(json_value(answer.content, parse_float=Decimal))
        trouble, code, message = _refusal(envelope)
    except (ValueError, Malformed) as unreadable:
        trouble = by_status or (Trouble.UNKNOWN_OUTCOME if writes else Trouble.PROTOCOL)
        at = retry_after(answer, now=now, otherwise=ban_of("")) if trouble is Trouble.THROTTLED else None
        why = unreadable.message if isinstance(unreadable, Malformed) else unreadable
        said = f"HTTP {answer.status}, not a JSON object: {why}"
        raise CallFailed(trouble, said, code=str(answer.status), retry_at=at) from None
    trouble = by_status if trouble is None or answer.status == 429 else trouble
    if trouble is None:
        return _unwrapped(envelope)
    if trouble is Trouble.TRANSIENT and writes:
        trouble = Trouble.UNKNOWN_OUTCOME
    at = retry_after(answer, now=now, otherwise=ban_of(message)) if trouble is Trouble.THROTTLED else None
    raise CallFailed(trouble, message, code=code or str(answer.status), retry_at=at)


def _refusal(envelope: Record) -> tuple[Trouble | None, str, str]:
    """Trouble, code and message: of the gateway's own envelope, or of the older one's `error_response`."""
    if "error_response" in envelope.raw:
        error = envelope.record("error_response")
        code, sub = error.text("code"), error.text("sub_code")
        message = error.text("sub_msg") or error.text("msg") or error.text("message")
        return trouble_of(code, error.text("type"), sub), sub or code, message
    code = envelope.text("code")
    if code in OK:
        return None, "", ""
    return trouble_of(code, envelope.text("type")), code, envelope.text("message")


def _unwrapped(envelope: Record) -> Record:
    for name in envelope.raw:
        if name.endswith("_response"):
            return envelope.record(name)
    return envelope


def listed(record: Record, name: str) -> Iterator[Record]:
    """The items of a list, which the gateway writes as {"<type>": [...]} unless asked to simplify."""
    value: Any = record.raw.get(name)
    if isinstance(value, Mapping):
        lists = [inner for inner in value.values() if isinstance(inner, list)]
        value = lists[0] if lists else None
    if value in (None, "", {}):
        return
    if not isinstance(value, list):
        raise Malformed(f"{record.path(name)} is no list: {value!r:.60}")
    for position, item in enumerate(value):
        yield Record(item, f"{record.path(name)}[{position}]")


def compact(value: Any) -> str:
    """A parameter that is JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
