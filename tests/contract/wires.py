"""Wires for tests: one that plays written answers, one that really talks HTTP."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from entrepot.marketplaces.contract import Answer, CallFailed, Request, Trouble


@dataclass
class PlayedWire:
    """Answers each operation from its list, the last answer again and again; an exception is raised."""

    answers: Mapping[str, list[Any]]
    sent: list[Request] = field(default_factory=list)

    def send(self, request: Request) -> Answer:
        self.sent.append(request)
        planned = self.answers[request.operation]
        found = planned.pop(0) if len(planned) > 1 else planned[0]
        if isinstance(found, CallFailed):
            raise found
        if isinstance(found, Answer):
            return found
        return Answer(200, {"content-type": "application/json"}, json.dumps(found).encode())

    def of(self, operation: str) -> list[Request]:
        return [request for request in self.sent if request.operation == operation]


class DirectWire:
    """Sends as the house does, without a budget. `watch` sees each request before it goes."""

    def __init__(self, *, timeout: float = 5.0, watch: Callable[[Request], None] | None = None) -> None:
        self.client = httpx.Client(timeout=httpx.Timeout(timeout, connect=2.0), follow_redirects=False, trust_env=False)
        self.watch = watch
        self.sent: list[Request] = []

    def send(self, request: Request) -> Answer:
        self.sent.append(request)
        if self.watch:
            self.watch(request)
        try:
            reply = self.client.request(
                request.method, request.url, headers=dict(request.headers), content=request.content or None
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise CallFailed(Trouble.TRANSIENT, f"not reachable ({type(error).__name__})") from None
        except httpx.HTTPError as error:
            trouble = Trouble.UNKNOWN_OUTCOME if request.writes else Trouble.TRANSIENT
            raise CallFailed(trouble, f"no answer ({type(error).__name__})") from None
        return Answer(reply.status_code, {name.lower(): value for name, value in reply.headers.items()}, reply.content)

    def close(self) -> None:
        self.client.close()


def path_and_query(request: Request) -> tuple[str, dict[str, str]]:
    parts = urlsplit(request.url)
    return parts.path, dict(parse_qsl(parts.query, keep_blank_values=True))
