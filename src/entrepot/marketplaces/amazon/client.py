"""One call to the Selling Partner API: no signature, only the token in a header."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

from entrepot.marketplaces.amazon.errors import failure_of
from entrepot.marketplaces.answers import json_bytes, json_value
from entrepot.marketplaces.contract import Access, Answer, App, CallFailed, Request, Trouble, Wire
from entrepot.marketplaces.reading import Malformed, Record

API = "https://sellingpartnerapi-{region}.amazon.com"
AUTH = "https://api.amazon.com/auth"
AUTHORIZE = "https://sellercentral.amazon.com/apps/authorize/consent"
REGION = "eu"  # where the seller sells, when nothing is said
REGIONS = ("eu", "na", "fe")  # Europe, North America, Far East
AGENT = "Entrepot (Language=Python)"
Query = Mapping[str, str | int | Sequence[str]]


@dataclass(frozen=True, slots=True)
class Client:
    """Calls for one seller at one moment."""

    wire: Wire
    access: Access
    now: datetime

    def get(self, operation: str, path: str, query: Query) -> Record:
        return self._read(self._send(operation, "GET", path, query, b"", writes=False))

    def post(self, operation: str, path: str, body: Mapping[str, Any]) -> None:
        """A write that is answered without a body."""
        self._send(operation, "POST", path, {}, json_bytes(body), writes=True)

    def patch(self, operation: str, path: str, query: Query, body: Mapping[str, Any]) -> Record:
        return self._read(self._send(operation, "PATCH", path, query, json_bytes(body), writes=True), writes=True)

    def _send(self, operation: str, method: str, path: str, query: Query, body: bytes, *, writes: bool) -> Answer:
        grant = self.access.grant
        url = f"{api(self.access)}{path}"
        if query:
            url += "?" + urlencode({name: _csv(value) for name, value in query.items()}, quote_via=quote, safe=",")
        headers = {"x-amz-access-token": grant.access_token, "user-agent": AGENT, "accept": "application/json"}
        if body:
            headers["content-type"] = "application/json"
        answer = self.wire.send(Request(operation, method, url, headers, body, writes))
        if not 200 <= answer.status < 300:
            raise failure_of(answer, now=self.now, writes=writes, expires_at=grant.expires_at)
        return answer

    def _read(self, answer: Answer, *, writes: bool = False) -> Record:
        try:
            return Record(json_value(answer.content, parse_float=Decimal))
        except (ValueError, Malformed) as problem:
            trouble = Trouble.UNKNOWN_OUTCOME if writes else Trouble.PROTOCOL
            raise CallFailed(trouble, f"HTTP {answer.status}, not a JSON object: {problem}") from None


def api(access: Access) -> str:
    official = API.format(region=access.grant.extra.get("region", REGION))
    return access.app.hosts.get("api", official).rstrip("/")


def host(app: App, name: str, official: str) -> str:
    return app.hosts.get(name, official).rstrip("/")


def stamp(instant: datetime) -> str:
    """ISO 8601 in UTC, with milliseconds as the models' examples have them."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def part(name: str) -> str:
    """One part of a path; a SKU may hold anything."""
    return quote(name, safe="")


def _csv(value: str | int | Sequence[str]) -> str:
    return str(value) if isinstance(value, str | int) else ",".join(value)
