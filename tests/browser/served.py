"""The server of the browser tests: Entrepot, and a door that opens once no other request is under way.

What a page asked for may outlive the page: a look that it takes by itself, or an answer that a click broke off. Whoever
takes the database away meanwhile makes the server stumble over a connection that ended under it.
"""

import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

from entrepot.wsgi import application as house

QUIET = os.environ["ENTREPOT_TEST_QUIET"]  # the path of the door
_turn = threading.Condition()
_under_way = 0


class Answer:
    """A body as the house gives it; what it belongs to is under way until the body is closed."""

    def __init__(self, body: Iterable[bytes]) -> None:
        self._body = body
        self._open = True

    def __iter__(self) -> Any:
        return iter(self._body)

    def close(self) -> None:
        try:
            if hasattr(self._body, "close"):
                self._body.close()
        finally:
            if self._open:
                self._open = False
                _count(-1)


def _count(by: int) -> None:
    global _under_way
    with _turn:
        _under_way += by
        _turn.notify_all()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] == QUIET:
        with _turn:
            quiet = _turn.wait_for(lambda: _under_way == 0, timeout=20)
        start_response("204 No Content" if quiet else "504 Gateway Timeout", [])
        return []
    _count(1)
    try:
        return Answer(house(environ, start_response))
    except BaseException:
        _count(-1)
        raise
