"""Reading what a marketplace wrote: each field by its kind, and a sentence that names the field when it is not of it."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from entrepot.marketplaces.bounds import beyond
from entrepot.marketplaces.contract import CallFailed, OrderDraft, Trouble, Unreadable
from entrepot.marketplaces.money import minor_units


class Malformed(CallFailed):
    """A field is missing or not what it should be. The message is a sentence with the field's path.

    Within one order it makes that order unreadable; anywhere else it fails the call, as PROTOCOL.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(Trouble.PROTOCOL, sentence)


class Record:
    """One JSON object. Fields that are absent, null or empty read as their empty value; unknown fields are nobody's
    business; a field of the wrong kind raises Malformed."""

    __slots__ = ("at", "raw")

    def __init__(self, raw: Any, at: str = "") -> None:
        if not isinstance(raw, Mapping):
            raise Malformed(f"{at or 'The answer'} is no object: {raw!r:.60}")
        self.raw, self.at = raw, at

    def path(self, name: str) -> str:
        return f"{self.at}.{name}" if self.at else name

    def text(self, name: str) -> str:
        """A text, or a number as text (ids come as both)."""
        value = self.raw.get(name)
        if value is None:
            return ""
        if isinstance(value, str):
            return value.strip()
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        raise Malformed(f"{self.path(name)} is no text: {value!r:.60}")

    def needed(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise Malformed(f"{self.path(name)} is missing")
        return value

    def whole(self, name: str, default: int = 0) -> int:
        value = self.raw.get(name)
        if value is None or value == "":
            return default
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        try:
            return int(str(value))
        except ValueError:
            raise Malformed(f"{self.path(name)} is no whole number: {value!r:.60}") from None

    def flag(self, name: str) -> bool:
        value = self.raw.get(name)
        if value in (None, "", 0, "0", "false", False):
            return False
        if value in (1, "1", "true", True):
            return True
        raise Malformed(f"{self.path(name)} is neither true nor false: {value!r:.60}")

    def money(self, name: str, currency: str) -> int:
        """Minor units of an amount that must be there."""
        value = self.raw.get(name)
        try:
            return minor_units("" if value is None else value, currency)
        except (ValueError, TypeError):
            raise Malformed(f"{self.path(name)} is no amount: {value!r:.60}") from None

    def seconds(self, name: str) -> datetime | None:
        """A Unix time in seconds; 0 and absent mean: never."""
        return self._since_epoch(name, 1)

    def milliseconds(self, name: str) -> datetime | None:
        return self._since_epoch(name, 1000)

    def _since_epoch(self, name: str, per_second: int) -> datetime | None:
        value = self.whole(name)
        if value <= 0:
            return None
        try:
            return datetime.fromtimestamp(value / per_second, UTC)
        except (ValueError, OverflowError, OSError):
            raise Malformed(f"{self.path(name)} is no time: {value!r:.60}") from None

    def instant(self, name: str) -> datetime | None:
        """An ISO 8601 time that says its zone."""
        value = self.text(name)
        if not value:
            return None
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            raise Malformed(f"{self.path(name)} is no time: {value!r:.60}") from None
        if found.tzinfo is None:
            raise Malformed(f"{self.path(name)} does not say its time zone: {value!r:.60}")
        return found.astimezone(UTC)

    def record(self, name: str) -> "Record":
        value = self.raw.get(name)
        return Record({} if value is None else value, self.path(name))

    def items(self, name: str) -> list[Any]:
        """A list as it came, whatever is in it."""
        value = self.raw.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise Malformed(f"{self.path(name)} is no list: {value!r:.60}")
        return value

    def records(self, name: str) -> list["Record"]:
        return [Record(item, f"{self.path(name)}[{position}]") for position, item in enumerate(self.items(name))]


def read_each(
    items: Iterable[Any], read: Callable[[Record], OrderDraft], id_field: str = "id"
) -> tuple[OrderDraft | Unreadable, ...]:
    """Every order by itself: one that cannot be read, or kept as it was read, is kept as it came and does not stop the
    others."""
    found: list[OrderDraft | Unreadable] = []
    for item in items:
        try:
            draft = read(Record(item))
            if why := beyond(draft):
                raise Malformed(why)
            found.append(draft)
        except (Malformed, ValueError, TypeError, LookupError, ArithmeticError) as problem:
            named = item.get(id_field) if isinstance(item, Mapping) else None
            reason = problem.message if isinstance(problem, Malformed) else f"{type(problem).__name__}: {problem}"
            found.append(Unreadable(str(named or ""), reason, item))
    return tuple(found)
