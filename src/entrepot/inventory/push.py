"""Stock push: whether a store is told how much there is, who tells it now, and how that goes. What it is told is worked
out above, where orders and parcels are known.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from entrepot.connections.lease import LostLease
from entrepot.connections.own_words import in_words, is_own
from entrepot.connections.wire import SECONDS
from entrepot.core import history, sql
from entrepot.core.history import Change, Subject
from entrepot.core.permissions import Actor, Permission
from entrepot.core.scope import organization_scope, system_scope

EVERY = timedelta(minutes=1)
LEASE = 6 * timedelta(seconds=SECONDS)  # renewed before each call
LONGEST_WAIT = timedelta(hours=1)
SILENCE = timedelta(minutes=15)
"""For so long, or for three of its pulls, a store's orders may fail to come in; then its numbers are only lowered."""
BEHIND = """
    FROM connections_store b
    JOIN connections_sync y ON y.organization_id = %(org)s AND y.store_id = b.id
    WHERE b.organization_id = %(org)s AND b.is_enabled AND b.fulfilment = 'own' AND coalesce(y.success_at
        < %(at)s::timestamptz - greatest(%(silence)s, interval '3 seconds' * y.every_seconds), true)
"""
"""Stores that sell from our shelf and whose sales may be missing here. A number is worked out over all stores, so one of
them is enough. One whose authorization was taken back goes on selling; one that is switched off counts no more."""
MOST_RESERVE = 1_000_000


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to tell one store its numbers. `started_at` is its name: the next turn has another one."""

    organization_id: int
    store_id: int
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for a store's numbers right now."""

    reserve: int
    on_since: datetime
    behind: bool  # sales of some store may be missing here: a number is lowered, never raised


@dataclass(slots=True)
class Run:
    """What became of a turn."""

    taken: int = 0  # numbers the marketplace took
    more: bool = False  # there is more to tell
    trouble: str = ""
    message: str = ""
    retry_at: datetime | None = None  # with no trouble: numbers wait for our turn until then


class LostTurn(LostLease):
    """Another worker tells this store by now, or nobody does: it was switched off."""


def set_push(*, organization_id: int, store_id: int, is_on: bool, reserve: int, actor: Actor, at: datetime) -> bool:
    """Turns the push of a store on or off, and says how many pieces of each SKU are kept back. Returns whether anything
    changed. Turned on, every number is told anew: the marketplace has not heard from us meanwhile.

    Raises:
        NotAllowed: the actor is not an owner. A wrong push oversells, or closes a shop.
        ValueError: a reserve below zero or beyond a million pieces.
    """
    actor.require(Permission.CONNECT)
    if not 0 <= reserve <= MOST_RESERVE:
        raise ValueError(f"A reserve of {reserve} pieces")
    with organization_scope(organization_id):
        sql.run(
            """
            INSERT INTO inventory_stockpush (organization_id, store_id, is_on, reserve, next_run_at, failures, trouble, message)
            VALUES (%s, %s, false, 0, %s, 0, '', '') ON CONFLICT (organization_id, store_id) DO NOTHING
            """,
            [organization_id, store_id, at],
        )
        ((was_on, before),) = sql.rows(
            """
            SELECT is_on, reserve FROM inventory_stockpush WHERE organization_id = %s AND store_id = %s FOR NO KEY UPDATE
            """,
            [organization_id, store_id],
        )
        if (was_on, before) == (is_on, reserve):
            return False
        sql.run(
            """
            UPDATE inventory_stockpush SET is_on = %s, reserve = %s, next_run_at = %s, failures = 0, trouble = '', message = '',
                on_since = CASE WHEN %s THEN %s ELSE on_since END
            WHERE organization_id = %s AND store_id = %s
            """,
            [is_on, reserve, at, is_on and not was_on, at, organization_id, store_id],
        )
        change = Change(store_id, {"on": was_on, "reserve": before}, {"on": is_on, "reserve": reserve})
        history.note(
            "set_stock_push",
            organization_id=organization_id,
            subject=Subject.STORE,
            change=change,
            actor_id=actor.member_id,
            at=at,
        )
    return True


def due(at: datetime) -> list[tuple[int, int, str]]:
    """(organization, store, marketplace) of the stores whose numbers are to be looked at now and that nobody tells."""
    with system_scope():
        return [
            (row[0], row[1], row[2])
            for row in sql.rows(
                """
                SELECT p.organization_id, p.store_id, s.marketplace FROM inventory_stockpush p
                JOIN connections_store s ON s.organization_id = p.organization_id AND s.id = p.store_id
                JOIN connections_grant g ON g.organization_id = p.organization_id AND g.store_id = p.store_id AND g.state = 'ok'
                WHERE p.is_on AND p.next_run_at <= %s AND s.is_enabled AND s.fulfilment = 'own'
                    AND (p.lease_until IS NULL OR p.lease_until <= %s)
                ORDER BY p.next_run_at LIMIT 1000
                """,
                [at, at],
            )
        ]


def take_turn(organization_id: int, store_id: int, at: datetime) -> Turn | None:
    """None when somebody else has it, the push is off, the store is switched off, or others ship its goods from a
    shelf that is not ours."""
    with organization_scope(organization_id):
        found = sql.rows(
            """
            UPDATE inventory_stockpush p SET lease_until = %s, started_at = %s FROM connections_store s
            WHERE p.organization_id = %s AND p.store_id = %s AND s.organization_id = %s AND s.id = p.store_id
                AND p.is_on AND s.is_enabled AND s.fulfilment = 'own' AND (p.lease_until IS NULL OR p.lease_until <= %s)
            RETURNING p.store_id
            """,
            [at + LEASE, at, organization_id, store_id, organization_id, at],
        )
    return Turn(organization_id, store_id, at) if found else None


def keep(turn: Turn, at: datetime) -> Rules:
    """Holds the turn longer: before each call, and in the transaction that writes its answers.

    Raises:
        LostTurn: another worker has it by now, the push was turned off, or the store was.
    """
    found = sql.rows(
        f"""
        UPDATE inventory_stockpush p SET lease_until = %(until)s
        FROM connections_store s
        WHERE p.organization_id = %(org)s AND p.store_id = %(store)s AND p.started_at = %(started)s
            AND p.lease_until > %(at)s AND p.is_on AND s.organization_id = %(org)s AND s.id = p.store_id AND s.is_enabled
            AND s.fulfilment = 'own'
        RETURNING p.reserve, p.on_since, EXISTS (SELECT 1 {BEHIND})
        """,
        {
            "until": at + LEASE,
            "at": at,
            "org": turn.organization_id,
            "store": turn.store_id,
            "started": turn.started_at,
            "silence": SILENCE,
        },
    )
    if not found:
        raise LostTurn
    return Rules(*found[0])


def finish(turn: Turn, run: Run, at: datetime) -> None:
    """Gives the turn back and says when to look again."""
    with organization_scope(turn.organization_id):
        sql.run(
            """
            UPDATE inventory_stockpush SET lease_until = NULL, trouble = %(trouble)s, message = %(message)s,
                failures = CASE WHEN %(failed)s THEN failures + 1 ELSE 0 END,
                success_at = CASE WHEN %(failed)s OR %(waits)s THEN success_at ELSE %(at)s END,
                told_at = CASE WHEN %(taken)s > 0 THEN %(at)s ELSE told_at END,
                next_run_at = CASE WHEN %(failed)s THEN greatest(%(retry_at)s, %(at)s::timestamptz
                        + least(interval '30 seconds' * power(2, least(failures, 7)), %(most)s))
                    ELSE coalesce(%(retry_at)s, %(next)s) END
            WHERE organization_id = %(org)s AND store_id = %(store)s AND started_at = %(started)s
                AND lease_until IS NOT NULL
            """,
            {
                "trouble": run.trouble,
                "message": run.message[:500],
                "failed": bool(run.trouble),
                "taken": run.taken,
                "at": at,
                "waits": run.retry_at is not None,
                "retry_at": run.retry_at,
                "next": at if run.more else at + EVERY,
                "most": LONGEST_WAIT,
                "org": turn.organization_id,
                "store": turn.store_id,
                "started": turn.started_at,
            },
        )


def give_back(turn: Turn) -> None:
    """Gives a turn back that was lost on the way: it says nothing of how the telling goes. What another worker has by now
    stays its own."""
    with organization_scope(turn.organization_id):
        sql.run(
            """
            UPDATE inventory_stockpush SET lease_until = NULL
            WHERE organization_id = %s AND store_id = %s AND started_at = %s
            """,
            [turn.organization_id, turn.store_id, turn.started_at],
        )


def retry_refused(*, organization_id: int, store_id: int, actor: Actor, at: datetime) -> int:
    """Refused numbers are told again at the next run. Returns how many. For owners."""
    actor.require(Permission.CONNECT)
    with organization_scope(organization_id):
        woken = sql.run(
            """
            UPDATE inventory_toldstock SET due_at = %s, tries = 0
            WHERE organization_id = %s AND store_id = %s AND status = 'refused'
            """,
            [at, organization_id, store_id],
        )
        sql.run(
            "UPDATE inventory_stockpush SET next_run_at = %s WHERE organization_id = %s AND store_id = %s",
            [at, organization_id, store_id],
        )
    return woken


def push_of(organization_id: int, store_id: int, at: datetime) -> dict[str, Any]:
    """How a store's push stands, with the numbers of its listings: `told` in step, `refused`, `waiting`, and `uncounted`
    ones whose SKUs never lay on a shelf. `behind`: names of the stores whose orders do not come in. `ours`: the message is
    in our words, not the marketplace's. Call it inside the scope."""
    found = sql.dicts(
        """
        SELECT is_on, reserve, success_at, told_at, next_run_at, lease_until, failures, trouble, message
        FROM inventory_stockpush WHERE organization_id = %s AND store_id = %s
        """,
        [organization_id, store_id],
    )
    if not found:
        return {"is_on": False, "reserve": 0, "told_at": None}
    behind = sql.rows(f"SELECT b.name {BEHIND} ORDER BY b.name", {"org": organization_id, "at": at, "silence": SILENCE})
    by_status: dict[str, int] = dict(
        sql.rows(
            """
            SELECT status, count(*)::integer FROM inventory_toldstock WHERE organization_id = %s AND store_id = %s
            GROUP BY status
            """,
            [organization_id, store_id],
        )
    )
    ((counted, uncounted),) = sql.rows(
        """
        SELECT (count(*) FILTER (WHERE known))::integer, (count(*) FILTER (WHERE NOT known))::integer FROM (
            SELECT bool_and(EXISTS (SELECT 1 FROM inventory_stock k
                WHERE k.organization_id = %(org)s AND k.sku_id = p.sku_id)) AS known
            FROM catalog_listing l
            JOIN catalog_pairing p ON p.organization_id = %(org)s AND p.listing_id = l.id
            WHERE l.organization_id = %(org)s AND l.store_id = %(store)s GROUP BY l.id) listing
        """,
        {"org": organization_id, "store": store_id},
    )
    told, refused = by_status.get("told", 0), by_status.get("refused", 0)
    return {
        **in_words(found[0]),
        "ours": is_own(found[0]["message"]),
        "behind": [name for (name,) in behind],
        "told": told,
        "refused": refused,
        "waiting": max(counted - told - refused, 0),
        "uncounted": uncounted,
    }


def refusals_of(organization_id: int, store_id: int, most: int = 20) -> list[dict[str, Any]]:
    """Refused listings with the marketplace's words, or with ours (`ours`), the newest first. Call it inside the scope."""
    found = sql.dicts(
        """
        SELECT t.listing_id, l.code, l.title, t.asked, t.asked_at, t.code AS refusal, t.message, t.due_at
        FROM inventory_toldstock t
        JOIN catalog_listing l ON l.organization_id = %(org)s AND l.id = t.listing_id
        WHERE t.organization_id = %(org)s AND t.store_id = %(store)s AND t.status = 'refused'
        ORDER BY t.asked_at DESC, l.code LIMIT %(most)s
        """,
        {"org": organization_id, "store": store_id, "most": most},
    )
    return [in_words(one) | {"ours": is_own(one["message"])} for one in found]
