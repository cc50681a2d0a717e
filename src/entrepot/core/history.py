"""Append-only history. One statement per verb, in the verb's own transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson

from entrepot.core import sql


class Subject(StrEnum):
    ORDER = "order"
    PARCEL = "parcel"
    SKU = "sku"
    STOCK = "stock"
    STORE = "store"
    MEMBER = "member"
    SERVICE = "service"
    ORGANIZATION = "organization"


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one row. `why` holds an automatic decision: candidates, the rule, why each other one lost."""

    id: int
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    why: Mapping[str, Any] | None = None


def _text(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else orjson.dumps(value, default=str).decode()


def record(
    *,
    organization_id: int,
    subject: Subject,
    verb: str,
    changes: Sequence[Change],
    actor_id: int | None,
    batch_id: int | None,
    at: datetime,
) -> None:
    """Writes one event per change."""
    sql.run(
        """
        INSERT INTO core_event (organization_id, subject, subject_id, verb, actor_id, batch_id, at, before, after, why)
        SELECT %s, %s, row.id, %s, %s, %s, %s, row.before::jsonb, row.after::jsonb, row.why::jsonb
        FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS row (id, before, after, why)
        ON CONFLICT DO NOTHING
        """,
        [
            organization_id,
            subject,
            verb,
            actor_id,
            batch_id,
            at,
            [change.id for change in changes],
            [_text(change.before) for change in changes],
            [_text(change.after) for change in changes],
            [_text(change.why) for change in changes],
        ],
    )
