"""Keyset pages: a cursor holds the sort key of the last row, so page 10,000 costs what page 1 costs."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from entrepot.api.fields import MOST_ID
from entrepot.api.problems import invalid

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FAR = 32_503_680_000_000_000  # the year 3000 in microseconds


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted: by `id`, or by an instant and then by `id`."""

    instant: str | None = None

    def sort(self, alias: str) -> str:
        return f"{alias}.{self.instant}, {alias}.id" if self.instant else f"{alias}.id"

    def after(self, alias: str, cursor: str | None) -> tuple[str, list[Any]]:
        """The condition "behind the cursor" with its parameters.

        Raises:
            Problem: the cursor is none of ours, or of a list sorted otherwise.
        """
        if cursor is None:
            return "true", []
        at, last = self._read(cursor)
        if self.instant is None:
            return f"{alias}.id > %s", [last]
        return f"({alias}.{self.instant}, {alias}.id) > (%s, %s)", [_EPOCH + timedelta(microseconds=at), last]

    def cursor_of(self, row: dict[str, Any]) -> str:
        at = (row[self.instant] - _EPOCH) // timedelta(microseconds=1) if self.instant else 0
        return base64.urlsafe_b64encode(orjson.dumps([self.instant or "", at, int(row["id"])])).decode().rstrip("=")

    def _read(self, cursor: str) -> tuple[int, int]:
        try:
            found = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        except (binascii.Error, ValueError, UnicodeEncodeError):
            found = None
        match found:
            case [str(instant), int(at), int(last)] if (
                instant == (self.instant or "") and abs(at) < _FAR and 0 < last <= MOST_ID
            ):
                return at, last
            case _:
                raise invalid(
                    "This cursor does not belong to this list. Start again without one.", "cursor", "bad_cursor"
                )


def page(found: Sequence[dict[str, Any]], limit: int, order: Order) -> tuple[list[dict[str, Any]], str | None]:
    """Cuts one row too many off; its presence says that there is a next page."""
    rows = list(found[:limit])
    return rows, order.cursor_of(rows[-1]) if len(found) > limit else None
