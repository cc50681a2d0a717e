"""Take in: one chunk of orders, whoever brings it. New ones are made, newer versions update, the rest changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from entrepot.connections.stores import StoreFacts
from entrepot.core import sql
from entrepot.core.batch import Work
from entrepot.marketplaces.contract import OrderDraft
from entrepot.orders import ingest
from entrepot.orders.states import EndedBy, Stage
from entrepot.orders.tally import Tally
from entrepot.orders.update import Known, update_orders


def take_in(
    work: Work, store: StoreFacts, drafts: Sequence[OrderDraft], listings: ingest.Listings, tally: Tally
) -> None:
    """Creates what is new, updates what changed, leaves the rest."""
    by_number = {draft.external_id: draft for draft in _oldest_first(drafts)}  # the last version counts
    tally.lines += sum(len(draft.lines) for draft in drafts)
    if by_number:
        listings.learn(work, [line for draft in by_number.values() for line in draft.lines])
        _settle(work, store, by_number, listings, tally)


def _oldest_first(drafts: Sequence[OrderDraft]) -> list[OrderDraft]:
    """By the marketplace's own time of the version; a file has none and keeps its order."""
    return sorted(drafts, key=lambda draft: draft.updated_at.timestamp() if draft.updated_at else 0.0)


@dataclass(frozen=True, slots=True)
class _Stored:
    known: Known
    digest: str
    version: datetime | None


def _settle(
    work: Work, store: StoreFacts, by_number: Mapping[str, OrderDraft], listings: ingest.Listings, tally: Tally
) -> None:
    stored = _stored(work, store, list(by_number))
    hashes = {number: ingest.content_hash(draft) for number, draft in by_number.items()}
    fresh = [draft for number, draft in by_number.items() if number not in stored]
    changed = [
        (stored[number].known, draft)
        for number, draft in by_number.items()
        if number in stored and stored[number].digest != hashes[number] and not _older(draft, stored[number])
    ]
    tally.unchanged += len(by_number) - len(fresh) - len(changed)
    if changed:
        update_orders(work, store, changed, hashes, listings)
        tally.updated += len(changed)
    if fresh:
        made = ingest.create_orders(work, store, fresh, hashes, listings)
        tally.created += len(made)
        if lost := {draft.external_id: draft for draft in fresh if draft.external_id not in made}:
            _settle(work, store, lost, listings, tally)  # a twin made them meanwhile: ours may be the newer version


def _older(draft: OrderDraft, stored: _Stored) -> bool:
    """A late page, a stale read or an old webhook: what we have is newer."""
    return draft.updated_at is not None and stored.version is not None and draft.updated_at < stored.version


def _stored(work: Work, store: StoreFacts, numbers: Sequence[str]) -> dict[str, _Stored]:
    found: list[dict[str, Any]] = sql.dicts(
        """
        SELECT external_id, id, content_hash, stage, hold_reason, remote_updated_at, recipient::text AS recipient,
            recipient_key, told_at, ready_at, ended_at, ended_by, review_reasons, held_there_at,
            shipped_there_at
        FROM orders_order
        WHERE organization_id = %s AND store_id = %s AND external_id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
        """,
        [work.organization_id, store.id, list(numbers)],
    )
    return {
        row["external_id"]: _Stored(
            Known(
                row["id"],
                Stage(row["stage"]),
                row["hold_reason"],
                row["recipient_key"],
                orjson.loads(row["recipient"]),
                row["told_at"] is not None,
                row["ended_at"],
                EndedBy(row["ended_by"]),
                row["ready_at"],
                row["review_reasons"],
                row["held_there_at"],
                row["shipped_there_at"],
            ),
            row["content_hash"],
            row["remote_updated_at"],
        )
        for row in found
    }
