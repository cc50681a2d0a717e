"""One signed call: request, envelope, trouble."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from entrepot.marketplaces.answers import json_bytes, json_record, of_status, retry_after
from entrepot.marketplaces.contract import Access, Answer, App, CallFailed, Request, Trouble, Wire
from entrepot.marketplaces.reading import Malformed, Record
from entrepot.marketplaces.tiktok.errors import OK, trouble_of
from entrepot.marketplaces.tiktok.sign import signature

API = "https://open-api.tiktokglobalshop.com"
AUTH = "https://auth.tiktok-shops.com"
AUTHORIZE = "https://services.tiktokshop.com/open/authorize"
WAIT = timedelta(seconds=2)  # after a refusal that does not say how long


@dataclass(frozen=True, slots=True)
class Client:
    """Calls for one shop at one moment. Signatures carry `now`."""

    wire: Wire
    access: Access
    now: datetime

    def get(self, operation: str, path: str, query: Mapping[str, str]) -> Record:
        return self._call(operation, "GET", path, query, b"", writes=False)

    def search(self, operation: str, path: str, query: Mapping[str, str], body: Mapping[str, Any]) -> Record:
        """A POST that only reads."""
        return self._call(operation, "POST", path, query, json_bytes(body), writes=False)

    def write(
        self, operation: str, path: str, body: Mapping[str, Any], query: Mapping[str, str] | None = None
    ) -> Record:
        return self._call(operation, "POST", path, query or {}, json_bytes(body), writes=True)

    def _call(
        self, operation: str, method: str, path: str, query: Mapping[str, str], body: bytes, *, writes: bool
    ) -> Record:
        app, grant = self.access.app, self.access.grant
        signed = {**query, "app_key": app.key, "timestamp": str(int(self.now.timestamp()))}
        if cipher := grant.extra.get("shop_cipher"):
            signed["shop_cipher"] = cipher
        signed["sign"] = signature(app.secret, path, signed, body)
        request = Request(
            operation=operation,
            method=method,
            url=f"{host(app, 'api', API)}{path}?{urlencode(signed)}",
            headers={"content-type": "application/json", "x-tts-access-token": grant.access_token},
            content=body,
            writes=writes,
        )
        return data_of(self.wire.send(request), now=self.now, writes=writes)


def host(app: App, name: str, official: str) -> str:
    return app.hosts.get(name, official).rstrip("/")


def data_of(answer: Answer, *, now: datetime, writes: bool) -> Record:
    """The `data` of a good answer.

    Raises:
        CallFailed: the envelope or the status says so. A write whose answer cannot be read has an unknown outcome.
    """
    by_status = of_status(answer.status, writes=writes)
    try:
        envelope = json_record(answer)
        code, message = envelope.text("code"), envelope.text("message")
    except Malformed as unreadable:
        trouble = by_status or (Trouble.UNKNOWN_OUTCOME if writes else Trouble.PROTOCOL)
        at = retry_after(answer, now=now, otherwise=WAIT) if trouble is Trouble.THROTTLED else None
        raise CallFailed(trouble, unreadable.message, code=str(answer.status), retry_at=at) from None
    if code == OK and by_status is None:
        return envelope.record("data")
    if answer.status == 429:
        trouble = Trouble.THROTTLED
    elif code and code != OK:
        trouble = trouble_of(code, message)
    else:
        trouble = by_status or Trouble.PROTOCOL
    if trouble is Trouble.TRANSIENT and writes:
        trouble = Trouble.UNKNOWN_OUTCOME
    at = retry_after(answer, now=now, otherwise=WAIT) if trouble is Trouble.THROTTLED else None
    raise CallFailed(trouble, message, code=code or str(answer.status), retry_at=at)
