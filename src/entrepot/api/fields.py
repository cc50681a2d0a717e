"""The kinds of value that come in and go out. Whatever passes here fits the database."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, core_schema

from entrepot.marketplaces.money import is_currency

MOST_IDS = 15_000
MOST_ID = 2**63 - 1
ID_PATTERN = r"^[1-9][0-9]{0,18}$"
_ID = re.compile(r"[1-9][0-9]{0,18}")


class Input(Schema):
    """What a client sends: an unknown field is refused, so that a typing error never widens a request."""

    model_config = ConfigDict(extra="forbid")


def id_of(value: Any) -> int:
    if isinstance(value, str) and _ID.fullmatch(value) and (number := int(value)) <= MOST_ID:
        return number
    raise ValueError('ids are strings of digits from "1" to "9223372036854775807"')


def _to_utc(value: datetime) -> datetime:
    try:
        moved = value.astimezone(UTC)
    except OverflowError:
        raise ValueError("the instant is out of range") from None
    if not 1900 <= moved.year <= 2999:
        raise ValueError("the year must be between 1900 and 2999")
    return moved


_ID_SCHEMA = WithJsonSchema({"type": "string", "pattern": ID_PATTERN, "maxLength": 19, "examples": ["1042"]})
Id = Annotated[int, BeforeValidator(id_of), _ID_SCHEMA]
"""An id coming in: text of digits, 1 to 2^63-1."""

IdOut = Annotated[str, BeforeValidator(str), _ID_SCHEMA]
"""An id going out, as text: JavaScript loses digits of large numbers."""


@dataclass(frozen=True, slots=True)
class Words:
    """Marks a text coming in: trimmed, `least` to `most` characters, no control characters."""

    most: int
    least: int = 0

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        bounds = {"maxLength": self.most} | ({"minLength": self.least} if self.least else {})
        return {"type": "string", "pattern": r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$", **bounds}

    def _check(self, value: str) -> str:
        """PostgreSQL keeps no NUL; other control characters break lists and labels."""
        if any(ord(sign) < 32 and sign not in "\t\n\r" for sign in value):
            raise ValueError("control characters are not allowed")
        value = value.strip()
        if not self.least <= len(value) <= self.most:
            raise ValueError(f"{self.least} to {self.most} characters are expected")
        return value


Instant = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""An instant coming in: ISO 8601 with an offset."""

Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", examples=["DE"])]


def _currency(code: str) -> str:
    if not is_currency(code):
        raise ValueError("There is no currency of these letters.")
    return code


Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["USD"]), AfterValidator(_currency)]
Limit = Annotated[int, Field(ge=1, le=200)]
