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
    ACCOUNT = "account"
    SERVICE = "service"
    ORGANIZATION = "organization"


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one row. `why` holds an automatic decision: candidates, the rule, why each other one lost."""

    id: int
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    why: Mapping[str, Any] | None = None


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
    """Writes one event per change.

    Most rows of a batch change alike, so equal (before, after, why) travel and are parsed once.
    """
    kinds: dict[bytes, int] = {}
    places = [
        kinds.setdefault(orjson.dumps([change.before, change.after, change.why], default=str), len(kinds))
        for change in changes
    ]
    sql.run(
        """
        WITH kind AS MATERIALIZED (
            SELECT (row.place - 1)::integer AS place, nullif((row.value -> 0)::jsonb, 'null') AS before,
                nullif((row.value -> 1)::jsonb, 'null') AS after, nullif((row.value -> 2)::jsonb, 'null') AS why
            FROM json_array_elements(%s::json) WITH ORDINALITY AS row (value, place))
        INSERT INTO core_event (organization_id, subject, subject_id, verb, actor_id, batch_id, at, before, after, why)
        SELECT %s::bigint, %s::text, changed.id, %s::text, %s::bigint, %s::bigint, %s::timestamptz, kind.before, kind.after, kind.why
        FROM unnest(%s::bigint[], %s::integer[]) AS changed (id, place) JOIN kind ON kind.place = changed.place
        RETURNING id
        """,
        [
            (b"[" + b",".join(kinds) + b"]").decode(),
            organization_id,
            subject,
            verb,
            actor_id,
            batch_id,
            at,
            [change.id for change in changes],
            places,
        ],
        bound=True,
    )


def note(
    verb: str, *, organization_id: int, subject: Subject, change: Change, actor_id: int | None, at: datetime
) -> None:
    """One change outside any batch: set-up and people."""
    record(
        organization_id=organization_id,
        subject=subject,
        verb=verb,
        changes=[change],
        actor_id=actor_id,
        batch_id=None,
        at=at,
    )


PLACE = ("stage", "supply")


def last_moved_by(
    organization_id: int, subject: Subject, ids: Sequence[int], batch_id: int, *, facts: Sequence[str] = PLACE
) -> set[int]:
    """Those of `ids` that were last moved (one of `facts` changed) by this batch: they are as it left them."""
    return set(moved_from(organization_id, subject, ids, batch_id, facts=facts))


def moved_from(
    organization_id: int, subject: Subject, ids: Sequence[int], batch_id: int, *, facts: Sequence[str] = PLACE
) -> dict[int, dict[str, Any]]:
    """What those of `ids` were before that were last moved (one of `facts` changed) by this batch: they are as it left them.

    A batch that was undone and the undoing of it cancel each other out. "Last" is by id, not by time: whoever writes
    history of a row holds its lock until the commit, so ids of one row grow in the order in which it was held, while
    instants are read before the lock is waited for and may come from another machine's clock.
    """
    was, became = (", ".join(f"e.{side} ->> '{fact}'" for fact in facts) for side in ("before", "after"))
    found = sql.rows(
        f"""
        SELECT subject_id, before::text FROM (
            SELECT DISTINCT ON (e.subject_id) e.subject_id, e.batch_id, e.before FROM core_event e
            WHERE e.organization_id = %s AND e.subject = %s AND e.subject_id = ANY(%s)
                AND e.before ->> 'stage' IS NOT NULL
                AND ({was}) IS DISTINCT FROM ({became})
                AND NOT EXISTS (SELECT 1 FROM core_batch b WHERE b.organization_id = %s AND b.id = e.batch_id
                    AND (b.status = 'undone' OR b.undoes_id IS NOT NULL))
            ORDER BY e.subject_id, e.id DESC
        ) last WHERE batch_id = %s
        """,
        [organization_id, subject, list(ids), organization_id, batch_id],
    )
    return {subject_id: orjson.loads(before) for subject_id, before in found}
