"""A verb is a batch: one function, many ids, one answer each, all in one transaction.

`@verb` wraps the body (lock, read, decide, write) with what every verb needs: permission, organization scope,
idempotency by a client-made UUID, and the `core.Batch` row that the result window, the audit and undo read.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
from django.db import OperationalError

from entrepot.core import counters, sql
from entrepot.core.history import Subject
from entrepot.core.permissions import Actor, Permission
from entrepot.core.report import Outcome, Refusal, Report
from entrepot.core.scope import organization_scope

CHUNK = 500
LOCK_TIMEOUT = "55P03"  # the SQLSTATE of lock_not_available


class SameUuidOtherBody(Exception):
    """The UUID was used before for something else."""

    def __init__(self) -> None:
        super().__init__("This batch UUID was already used with another verb, other ids or other options.")


class WrongOrganization(Exception):
    """Somebody acts in an organization that is not theirs. A bug of a door: it must take both from one membership."""

    def __init__(self) -> None:
        super().__init__("The actor does not belong to this organization.")


@dataclass(frozen=True, slots=True)
class Work:
    """What a verb's body is given besides the ids."""

    organization_id: int
    actor: Actor
    at: datetime
    batch_id: int | None  # None: work that nobody asked for as a batch (a pull)
    uuid: UUID
    counted: dict[str, int] = field(default_factory=dict)

    def count(self, changes: Mapping[str, int]) -> None:
        """Changes of tab counts; written once, when the batch closes."""
        for key, change in changes.items():
            self.counted[key] = self.counted.get(key, 0) + change

    def write_counts(self) -> None:
        """For work that has no `close_batch`: writes what was counted so far."""
        changes = {key: change for key, change in self.counted.items() if change}
        self.counted.clear()
        if changes:
            counters.add(self.organization_id, changes)

    @property
    def actor_id(self) -> int | None:
        return self.actor.member_id


Body = Callable[..., Report]
VERBS: dict[str, "Verb"] = {}


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb the user clicks. Call it with ids; it answers for each of them."""

    name: str
    subject: Subject
    permission: Permission
    body: Body
    undo: Callable[..., Report] | None
    whole: bool  # never in chunks: one batch makes one document

    def __call__(
        self,
        *,
        organization_id: int,
        ids: Sequence[int],
        actor: Actor,
        at: datetime,
        uuid: UUID | None = None,
        selection: str = "",
        **options: Any,
    ) -> Report:
        """Does it to `ids` in one transaction. `selection`: the filter the ids were found by, see `selection_of`.

        Raises:
            NotAllowed: the actor's role lacks the permission.
            SameUuidOtherBody: `uuid` stands for another request already.
        """
        actor.require(self.permission)
        asked = list(dict.fromkeys(ids))
        uuid = uuid or uuid4()
        try:
            return self._answered(self.body, organization_id, asked, actor, at, uuid, selection, options)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != LOCK_TIMEOUT:
                raise
            # Somebody held an order or the stock for too long. Nothing was done; each item says so.
            return self._answered(_all_busy, organization_id, asked, actor, at, uuid, selection, options)

    def _answered(
        self,
        body: Body,
        organization_id: int,
        asked: list[int],
        actor: Actor,
        at: datetime,
        uuid: UUID,
        selection: str,
        options: dict[str, Any],
    ) -> Report:
        with organization_scope(organization_id):
            opened = open_batch(organization_id, uuid, self.name, asked, options, actor, at, selection=selection)
            if isinstance(opened, Report):
                return opened
            work = Work(organization_id, actor, at, opened, uuid)
            report = body(work, asked, **options)
            close_batch(work, report)
            return report


def _all_busy(_work: Work, ids: Sequence[int], **_options: Any) -> Report:
    return Report(tuple(Outcome(i, str(i), Refusal.BUSY) for i in ids))


def verb(
    *,
    name: str,
    subject: Subject,
    permission: Permission,
    undo: Callable[..., Report] | None = None,
    whole: bool = False,
) -> Callable[[Body], Verb]:
    """Makes a verb of a body `(work, ids, **options) -> Report` and lists it for the doors, the worker and undo."""

    def make(body: Body) -> Verb:
        made = Verb(name, subject, permission, body, undo, whole)
        assert name not in VERBS, f"Two verbs named {name}"
        VERBS[name] = made
        return made

    return make


def body_hash(verb_name: str, asked: Sequence[int], options: dict[str, Any], selection: str = "") -> str:
    body = [verb_name, list(asked), options, *([selection] if selection else [])]
    return hashlib.sha256(_canonical(body)).hexdigest()


def selection_of(**facts: Any) -> str:
    """ "All N of this filter" as one text: equal for equal filters, whatever the order of their parts."""
    return _canonical(facts).decode()


def _canonical(value: Any) -> bytes:
    return orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)


def asked_before(organization_id: int, uuid: UUID, selection: str) -> list[int]:
    """The ids a batch of this UUID was asked for by the same selection; none when the UUID is new.

    A repeated "all of this filter" is known by this: its first run may have emptied the filter.

    Raises:
        SameUuidOtherBody: the UUID stands for another selection, or for ids somebody named.
    """
    found = sql.rows(
        "SELECT selection, asked FROM core_batch WHERE organization_id = %s AND uuid = %s", [organization_id, uuid]
    )
    if not found:
        return []
    if found[0][0] != selection:
        raise SameUuidOtherBody
    return list(found[0][1])


def open_batch(
    organization_id: int,
    uuid: UUID,
    verb_name: str,
    asked: Sequence[int],
    options: dict[str, Any],
    actor: Actor,
    at: datetime,
    status: str = "running",
    selection: str = "",
) -> int | Report:
    """Opens the batch row and returns its id, or the stored report when this very request was answered before.

    A twin that runs at the same moment waits here until the first one commits, then gets its report.
    """
    if actor.organization_id != organization_id:
        raise WrongOrganization
    digest = body_hash(verb_name, asked, options, selection)
    made = sql.rows(
        """
        INSERT INTO core_batch (organization_id, uuid, verb, actor_id, status, body_hash, options, selection, asked,
            asked_count, progress, done_count, refused_count, outcomes, result, error, created_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, 0, 0, '[]', '{}', '', %s)
        ON CONFLICT (organization_id, uuid) DO NOTHING RETURNING id
        """,
        [
            organization_id,
            uuid,
            verb_name,
            actor.member_id,
            status,
            digest,
            _json(options),
            selection,
            list(asked),
            len(asked),
            at,
        ],
        bound=True,
    )
    if made:
        return int(made[0][0])
    stored = sql.dicts(
        "SELECT body_hash, outcomes, result FROM core_batch WHERE organization_id = %s AND uuid = %s",
        [organization_id, uuid],
    )[0]
    if stored["body_hash"] != digest:
        raise SameUuidOtherBody
    return Report(tuple(map(Outcome.from_json, loads(stored["outcomes"]))), loads(stored["result"]))


def close_batch(work: Work, report: Report) -> None:
    work.write_counts()
    refused = len(report.refused)
    sql.run(
        """
        UPDATE core_batch SET status = 'done', progress = asked_count, done_count = %s, refused_count = %s,
            outcomes = %s::jsonb, result = %s::jsonb, finished_at = %s
        WHERE organization_id = %s AND id = %s
        """,
        [
            len(report.outcomes) - refused,
            refused,
            orjson.dumps([outcome.to_json() for outcome in report.outcomes], default=str).decode(),
            _json(dict(report.result)),
            work.at,
            work.organization_id,
            work.batch_id,
        ],
        bound=True,
    )


def _json(value: Any) -> str:
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def loads(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str | bytes) else value
