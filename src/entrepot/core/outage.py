"""PostgreSQL gone for a moment is one line in the log of a process, not a page from each of its threads."""

import logging
from collections.abc import Iterator

import psycopg
from psycopg_pool import PoolTimeout

QUIET_SECONDS = 30.0
LOST = ("08", "57P")  # classes of SQLSTATE: the connection broke, the server stops or starts


class OneLine(logging.Filter):
    """On a handler: the first record of an outage says it in one line, the others of the same half minute are dropped."""

    def __init__(self) -> None:
        """Nothing was said yet."""
        super().__init__()
        self._quiet_until = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        reason = _reason(record)
        if reason is None:
            return True
        if record.created < self._quiet_until:
            return False
        self._quiet_until = record.created + QUIET_SECONDS
        record.msg = f"PostgreSQL does not answer; going on when it does. ({reason})"
        record.args, record.exc_info, record.exc_text, record.stack_info = (), None, None, None
        return True


def _reason(record: logging.LogRecord) -> str | None:
    """The first line of why there is no database; None of any other record."""
    if record.name == "psycopg.pool" and record.levelno >= logging.WARNING:
        return _first_line(record.getMessage())
    for error in _causes(record.exc_info[1] if record.exc_info else None):
        if isinstance(error, PoolTimeout):
            return _first_line(str(error))
        if isinstance(error, psycopg.OperationalError) and (error.sqlstate is None or error.sqlstate.startswith(LOST)):
            return _first_line(str(error))
    return None


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[0]


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
