"""One call: request out, data or trouble in. Everything that is the same for every call of this marketplace stands here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from entrepot.marketplaces.answers import json_bytes, json_record, of_status, retry_after
from entrepot.marketplaces.contract import Access, Answer, App, CallFailed, Request, Trouble, Wire
from entrepot.marketplaces.reading import Malformed, Record
from entrepot.marketplaces.template.errors import TROUBLES

API = "https://api.marketplace.example"  # `App.hosts["api"]` replaces it: the sandbox, a region
WAIT = timedelta(seconds=2)  # after “too fast” that does not say how long


@dataclass(frozen=True, slots=True)
class Client:
    """Calls for one shop at one moment. Nothing here reads a clock: `now` comes in."""

    wire: Wire
    access: Access
    now: datetime

    def read(self, operation: str, path: str, query: Mapping[str, str] | None = None) -> Record:
        return self._call(operation, "GET", f"{path}?{urlencode(query)}" if query else path, b"", writes=False)

    def write(self, operation: str, path: str, body: Any, method: str = "POST") -> Record:
        return self._call(operation, method, path, json_bytes(body), writes=True)

    def _call(self, operation: str, method: str, path: str, body: bytes, *, writes: bool) -> Record:
        # A part of a path that came from them is quoted: f"/orders/{quote(order_id, safe='')}".
        # `operation` is our own name of the call: the key of its rate budget, and all that is ever logged of it.
        # Serialise a body once and sign those bytes: a second serialisation may differ.
        headers = {"authorization": f"Bearer {self.access.grant.access_token}", "content-type": "application/json"}
        request = Request(operation, method, f"{host(self.access.app)}{path}", headers, body, writes)
        return data_of(self.wire.send(request), now=self.now, writes=writes)


def host(app: App) -> str:
    return app.hosts.get("api", API).rstrip("/")


def data_of(answer: Answer, *, now: datetime, writes: bool) -> Record:
    """The data of a good answer.

    Raises:
        CallFailed: what went wrong. A write whose answer cannot be read has an unknown outcome: somebody will look it up.
    """
    by_status = of_status(answer.status, writes=writes)
    try:
        told = json_record(answer)
        code = told.text("error")
    except Malformed as unreadable:
        trouble = by_status or (Trouble.UNKNOWN_OUTCOME if writes else Trouble.PROTOCOL)
        raise CallFailed(trouble, unreadable.message, code=str(answer.status)) from None
    if not code and by_status is None:
        return told
    trouble = TROUBLES.get(code) or by_status or Trouble.INVALID_INPUT
    if trouble is Trouble.TRANSIENT and writes:
        trouble = Trouble.UNKNOWN_OUTCOME
    at = retry_after(answer, now=now, otherwise=WAIT) if trouble is Trouble.THROTTLED else None
    raise CallFailed(trouble, told.text("message"), code=code or str(answer.status), retry_at=at)
