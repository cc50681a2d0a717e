"""One GraphQL call: document and variables out, data or trouble in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from entrepot.marketplaces.answers import chunks, json_bytes, json_record, of_status, retry_after
from entrepot.marketplaces.contract import Access, Answer, App, CallFailed, Request, Trouble, Wire
from entrepot.marketplaces.reading import Malformed, Record
from entrepot.marketplaces.shopify.errors import BY_STATUS, TOO_COSTLY, TROUBLES

SHOP = "https://{shop}.myshopify.com"
VERSION = "2026-10"
WAIT = timedelta(seconds=2)  # after a refusal that does not say how long


def shop_host(app: App, account: str) -> str:
    """Where a shop answers, by its domain ("alpha.myshopify.com") or its handle."""
    return app.hosts.get("shop", SHOP).format(shop=account.removesuffix(".myshopify.com")).rstrip("/")


@dataclass(frozen=True, slots=True)
class Client:
    """Calls for one shop at one moment."""

    wire: Wire
    access: Access
    now: datetime

    def query(self, operation: str, document: str, variables: Mapping[str, Any]) -> Record:
        return self._call(operation, document, variables, writes=False)

    def nodes(self, operation: str, document: str, ids: Sequence[str], most: int) -> list[Any]:
        """What stands behind ids, at most `most` in a call and fewer where they say that a call costs too much; null for
        an id that is nothing."""
        found: list[Any] = []
        for some in chunks(ids, most):
            try:
                found += self.query(operation, document, {"ids": list(some)}).items("nodes")
            except CallFailed as failure:
                if failure.code != TOO_COSTLY or len(some) == 1:
                    raise
                found += self.nodes(operation, document, some, len(some) // 2)
        return found

    def mutate(self, operation: str, document: str, variables: Mapping[str, Any], field: str) -> Record:
        """The payload of one mutation; its `userErrors` are the caller's to read."""
        return self._call(operation, document, variables, writes=True).record(field)

    def _call(self, operation: str, document: str, variables: Mapping[str, Any], *, writes: bool) -> Record:
        request = Request(
            operation=operation,
            method="POST",
            url=f"{shop_host(self.access.app, self.access.grant.account)}/admin/api/{VERSION}/graphql.json",
            headers={
                "content-type": "application/json",
                "accept": "application/json",
                "x-shopify-access-token": self.access.grant.access_token,
            },
            content=json_bytes({"query": document, "variables": variables}),
            writes=writes,
        )
        return data_of(self.wire.send(request), now=self.now, writes=writes)


def data_of(answer: Answer, *, now: datetime, writes: bool) -> Record:
    """The `data` of a good answer.

    Raises:
        CallFailed: the status or a top-level error says so. A write whose answer cannot be read has an unknown outcome.
    """
    refuse_status(answer, now=now, writes=writes)
    try:
        told = json_record(answer)
        errors = told.records("errors")
        if errors:
            raise _failure(told, errors, now=now, writes=writes)
        return told.record("data")
    except Malformed as unreadable:
        if writes:
            raise CallFailed(Trouble.UNKNOWN_OUTCOME, unreadable.message) from None
        raise


def refuse_status(answer: Answer, *, now: datetime, writes: bool) -> None:
    """Raises CallFailed for a status that is no success."""
    trouble = BY_STATUS.get(answer.status) or of_status(answer.status, writes=writes)
    if trouble is None:
        return
    at = retry_after(answer, now=now, otherwise=WAIT) if trouble is Trouble.THROTTLED else None
    raise CallFailed(trouble, answer.content[:200].decode(errors="replace"), code=str(answer.status), retry_at=at)


def _failure(told: Record, errors: list[Record], *, now: datetime, writes: bool) -> CallFailed:
    first = errors[0]
    code = first.record("extensions").text("code")
    trouble = TROUBLES.get(code, Trouble.INVALID_INPUT)
    if trouble is Trouble.TRANSIENT and writes:
        trouble = Trouble.UNKNOWN_OUTCOME
    at = now + _until_affordable(told) if trouble is Trouble.THROTTLED else None
    return CallFailed(trouble, first.text("message"), code=code, retry_at=at)


def _until_affordable(told: Record) -> timedelta:
    """How long until the bucket holds what the query costs, from the cost they report."""
    cost = told.record("extensions").record("cost")
    throttle = cost.record("throttleStatus")
    try:
        missing = float(cost.raw["requestedQueryCost"]) - float(throttle.raw["currentlyAvailable"])
        seconds = missing / float(throttle.raw["restoreRate"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return WAIT
    return timedelta(seconds=min(max(seconds, 1.0), 60.0))
