"""The wire to marketplaces: HTTP under a timeout and the store's rate budget. Nothing with a secret is ever logged."""

import logging
import os
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx
from django.db import connection

from entrepot.connections import budget
from entrepot.connections.addresses import is_sandbox, refuse_private
from entrepot.connections.own_words import BUDGET_SPENT, NO_ANSWER, NO_URL, NOT_REACHABLE, TOO_LONG
from entrepot.marketplaces.contract import Answer, Bucket, CallFailed, Connector, Request, Trouble

SECONDS = float(os.environ.get("ENTREPOT_CALL_SECONDS", "20"))
"""How long an answer may take. A write without one is looked up before it is made again."""
TIMEOUT = httpx.Timeout(SECONDS, connect=5.0)
DEFAULT_BUCKET = Bucket(per_second=5, burst=10)
TOO_MANY = 429
LONGEST_BLOCK = timedelta(days=1)
LONGEST_ANSWER = 64_000_000  # bytes

log = logging.getLogger("entrepot.wire")
logging.getLogger("httpx").setLevel(logging.WARNING)  # its info lines hold whole URLs, and URLs hold secrets
_local = threading.local()


def _client() -> httpx.Client:
    """One pool of connections per thread; `httpx` clients are not made for forks."""
    if not hasattr(_local, "client"):
        _local.client = httpx.Client(timeout=TIMEOUT, follow_redirects=False)
    client: httpx.Client = _local.client
    return client


def _fetch(request: Request) -> Answer:
    """The whole answer. The timeout of httpx is one of each read: here an answer in drops ends after twice its time too.

    Raises:
        httpx.HTTPError, httpx.InvalidURL: see there.
        CallFailed: the answer is longer than any of a marketplace.
    """
    deadline, size = time.monotonic() + 2 * SECONDS, 0
    with _client().stream(
        request.method,
        request.url,
        headers=dict(request.headers),
        content=request.content or None,
        extensions={} if is_sandbox(request.url) else {"trace": refuse_private},
    ) as reply:
        parts = []
        for part in reply.iter_bytes():
            parts.append(part)
            size += len(part)
            if time.monotonic() > deadline:
                raise httpx.ReadTimeout("the answer comes in drops")
            if size > LONGEST_ANSWER:
                raise CallFailed(Trouble.UNKNOWN_OUTCOME if request.writes else Trouble.PROTOCOL, TOO_LONG)
        return Answer(reply.status_code, {k.lower(): v for k, v in reply.headers.items()}, b"".join(parts))


class HouseWire:
    """The `Wire` of one store: see the contract for what it raises."""

    def __init__(
        self,
        organization_id: int,
        store_id: int,
        connector: Connector,
        clock: Callable[[], datetime],
        ahead: Callable[[], None] | None = None,
    ) -> None:
        """`ahead` is called right before each request: what it raises stops the request."""
        self.organization_id, self.store_id, self.connector, self.clock = organization_id, store_id, connector, clock
        self._ahead = ahead
        self.their_time: datetime | None = None  # as the last answer's Date header says

    def send(self, request: Request) -> Answer:
        self._wait_for_turn(request.operation)
        if self._ahead is not None:
            self._ahead()
        _let_go()
        begun = time.monotonic()
        try:
            answer = _fetch(request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            parts = urlsplit(request.url)  # the address only: what follows it may be secret
            where = f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}"
            raise CallFailed(Trouble.TRANSIENT, f"{NOT_REACHABLE}: {where}", code=type(error).__name__) from None
        except httpx.HTTPError as error:
            # Sent, and no whole answer came: what it did is unknown when it writes.
            trouble = Trouble.UNKNOWN_OUTCOME if request.writes else Trouble.TRANSIENT
            raise CallFailed(trouble, NO_ANSWER, code=type(error).__name__) from None
        except httpx.InvalidURL:
            raise CallFailed(Trouble.INVALID_INPUT, NO_URL) from None
        log.debug(
            "store %s %s -> %s in %.0f ms",
            self.store_id,
            request.operation,
            answer.status,
            (time.monotonic() - begun) * 1000,
        )
        self.their_time = _date(answer.headers.get("date", "")) or self.their_time
        if answer.status == TOO_MANY:
            budget.block(self.organization_id, self.store_id, request.operation, retry_after(answer, self.clock()))
        return answer

    def _wait_for_turn(self, operation: str) -> None:
        buckets = self.connector.buckets
        bucket = buckets.get(operation) or buckets.get("") or DEFAULT_BUCKET
        at = self.clock()
        wait = budget.take(self.organization_id, self.store_id, operation, bucket, at)
        if wait > budget.PATIENCE:
            raise CallFailed(Trouble.THROTTLED, BUDGET_SPENT, retry_at=at + wait)
        if wait:
            _let_go()
            time.sleep(wait.total_seconds())


def _let_go() -> None:
    """Gives the connection to the database back to its pool while we wait for others: many stores are talked to at a time,
    and few connections do. Inside a transaction (a refresh holds its row) it stays."""
    if connection.settings_dict["OPTIONS"].get("pool") and not connection.in_atomic_block:
        connection.close()


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return found if found.tzinfo else None


def retry_after(answer: Answer, at: datetime) -> datetime:
    """When a throttled call may be made again: seconds or a date, else in ten seconds. Pure."""
    value = answer.headers.get("retry-after", "")
    if value.isdigit():
        return at + min(timedelta(seconds=int(value[:9])), LONGEST_BLOCK)
    try:
        return min(max(at, parsedate_to_datetime(value)), at + LONGEST_BLOCK)
    except (ValueError, TypeError):  # no date, or one without a zone
        return at + timedelta(seconds=10)
