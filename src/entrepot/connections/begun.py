"""Stores that were begun and never allowed at their marketplace: nothing hangs on them, so they resume or go."""

from collections.abc import Sequence
from datetime import datetime

from entrepot.core import history, sql
from entrepot.core.history import Change, Subject
from entrepot.core.permissions import Actor, Permission
from entrepot.core.scope import organization_scope

IS_BEGUN = """EXISTS (SELECT 1 FROM connections_grant begun WHERE begun.organization_id = %(org)s
    AND begun.store_id = s.id AND begun.state = 'pending' AND begun.account = '')"""
"""Of a store `s`: it was begun and never allowed. One that was connected once keeps its account."""


class NotBegun(Exception):
    """The store was connected once, or is fed by files: it can only be switched off."""

    def __init__(self) -> None:
        super().__init__("This store was connected once. Switch it off instead: its orders and parcels stay.")


def begun_of(organization_id: int, marketplace: str = "") -> dict[str, int]:
    """alias -> store, of those that were begun and never allowed. Call it inside the organization's scope."""
    found = sql.rows(
        f"""
        SELECT s.name, s.id FROM connections_store s
        WHERE s.organization_id = %(org)s AND (%(market)s = '' OR s.marketplace = %(market)s) AND {IS_BEGUN}
        """,
        {"org": organization_id, "market": marketplace},
    )
    return dict(found)


def begin_again(
    organization_id: int,
    store_id: int,
    *,
    currency: str,
    time_zone: str,
    sender: dict[str, str] | None,
    default_service_id: int | None,
) -> None:
    """What was typed this time holds. Call it inside the organization's scope."""
    sql.run(
        """
        UPDATE connections_store SET currency = %s, time_zone = %s, sender = CASE WHEN %s THEN %s::jsonb ELSE sender END,
            default_service_id = coalesce(%s, default_service_id), is_enabled = true
        WHERE organization_id = %s AND id = %s
        """,
        [currency, time_zone, bool(sender), sql.dump(sender or {}), default_service_id, organization_id, store_id],
    )


def discard_stores(*, organization_id: int, store_ids: Sequence[int], actor: Actor, at: datetime) -> list[int]:
    """Removes stores that were never allowed and returns them. Their history stays.

    Raises:
        NotAllowed: the actor is not an owner.
        NotBegun: one of them was connected once; none is removed.
    """
    actor.require(Permission.CONNECT)
    with organization_scope(organization_id):
        gone = sql.rows(
            f"""
            DELETE FROM connections_store s WHERE s.organization_id = %(org)s AND s.id = ANY(%(ids)s) AND {IS_BEGUN}
            RETURNING s.id, s.name
            """,
            {"org": organization_id, "ids": list(store_ids)},
        )
        if len(gone) != len(set(store_ids)):
            raise NotBegun
        history.record(
            organization_id=organization_id,
            subject=Subject.STORE,
            verb="discard_store",
            changes=[Change(store_id, {"name": name}, None) for store_id, name in gone],
            actor_id=actor.member_id,
            batch_id=None,
            at=at,
        )
    return [store_id for store_id, _name in gone]
