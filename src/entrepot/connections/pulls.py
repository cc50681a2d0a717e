"""Where the pull of each store stands: who pulls now, how far we have seen, when the next run is, and the log."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from entrepot.connections.lease import LostLease
from entrepot.connections.own_words import OwnTrouble, is_own
from entrepot.connections.wire import SECONDS
from entrepot.core import sql
from entrepot.core.scope import organization_scope, system_scope
from entrepot.marketplaces.bounds import clean
from entrepot.marketplaces.contract import Trouble, Window

LEASE = 6 * timedelta(seconds=SECONDS)  # renewed before calls and with every page
FIRST_LOOK_BACK = timedelta(days=14)
LONGEST_BACKOFF = timedelta(hours=1)
MOST_NUMBER = 200  # characters of an order number
KEPT_PULLS = 200  # log rows per store


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to pull one store until `lease_until`. `started_at` is its name: the next turn has another one."""

    organization_id: int
    store_id: int
    watermark: datetime
    window: Window | None
    wanted: tuple[str, ...]
    lease_until: datetime
    started_at: datetime


class LostTurn(LostLease):
    """Another worker pulls this store now: ours took too long; or nobody does: it was switched off. What we had not
    written is pulled again by the next."""


def start(organization_id: int, store_id: int, at: datetime, every: timedelta = timedelta(minutes=5)) -> None:
    """Begins the pulls of a store that has just been connected. Call it inside the organization's scope."""
    sql.run(
        """
        INSERT INTO connections_sync (organization_id, store_id, watermark, window_page, wanted, every_seconds, next_run_at,
            failures, trouble, message)
        VALUES (%s, %s, %s, '', '{}', %s, %s, 0, '', '')
        ON CONFLICT (organization_id, store_id) DO UPDATE SET next_run_at = excluded.next_run_at, failures = 0,
            trouble = '', message = ''
        """,
        [organization_id, store_id, at - FIRST_LOOK_BACK, int(every.total_seconds()), at],
    )


def due(at: datetime) -> list[tuple[int, int]]:
    """(organization, store) of the enabled stores whose next run is due and that nobody pulls."""
    with system_scope():
        return [
            (row[0], row[1])
            for row in sql.rows(
                """
                SELECT y.organization_id, y.store_id FROM connections_sync y
                JOIN connections_store s ON s.organization_id = y.organization_id AND s.id = y.store_id
                WHERE y.next_run_at <= %s AND s.is_enabled AND (y.lease_until IS NULL OR y.lease_until <= %s)
                ORDER BY y.next_run_at LIMIT 1000
                """,
                [at, at],
            )
        ]


def take_turn(organization_id: int, store_id: int, at: datetime) -> Turn | None:
    """None when somebody else has it, or the store was switched off."""
    with organization_scope(organization_id):
        found = sql.dicts(
            """
            UPDATE connections_sync y SET lease_until = %s, started_at = %s
            FROM connections_store s
            WHERE y.organization_id = %s AND y.store_id = %s AND s.organization_id = %s AND s.id = y.store_id
                AND s.is_enabled AND (y.lease_until IS NULL OR y.lease_until <= %s)
            RETURNING y.watermark, y.window_since, y.window_until, y.window_page, y.wanted, y.lease_until
            """,
            [at + LEASE, at, organization_id, store_id, organization_id, at],
        )
    if not found:
        return None
    row = found[0]
    window = Window(row["window_since"], row["window_until"], row["window_page"]) if row["window_since"] else None
    return Turn(organization_id, store_id, row["watermark"], window, tuple(row["wanted"]), row["lease_until"], at)


# A turn is known by when it began: that does not change while it lasts, so whoever holds it can give it back, whatever
# became of the transaction in which the lease was last renewed.
MINE = "organization_id = %s AND store_id = %s AND started_at = %s AND lease_until IS NOT NULL"


def renew(turn: Turn, until: datetime) -> bool:
    """Holds the turn until then; False when another worker has the store by now."""
    with organization_scope(turn.organization_id):
        held = sql.run(
            f"UPDATE connections_sync SET lease_until = %s WHERE {MINE}",
            [until, turn.organization_id, turn.store_id, turn.started_at],
        )
    return held == 1


def move(turn: Turn, at: datetime, *, watermark: datetime, window: Window | None, got: Sequence[str] = ()) -> Turn:
    """Notes a page in the transaction that took its orders in. `got` are wanted orders that have been asked for.

    Raises:
        LostTurn: the lease passed to another worker; the transaction must roll back.
    """
    lease = at + LEASE
    moved = sql.rows(
        f"""
        UPDATE connections_sync SET watermark = %s, window_since = %s, window_until = %s, window_page = %s, lease_until = %s,
            wanted = ARRAY(SELECT unnest(wanted) EXCEPT SELECT unnest(%s::text[]))
        WHERE {MINE} RETURNING wanted
        """,
        [
            watermark,
            window.since if window else None,
            window.until if window else None,
            window.page if window else "",
            lease,
            list(got),
            turn.organization_id,
            turn.store_id,
            turn.started_at,
        ],
    )
    if not moved:
        raise LostTurn
    return replace(turn, watermark=watermark, window=window, wanted=tuple(moved[0][0]), lease_until=lease)


@dataclass(slots=True)
class Run:
    """What one run brought, for the log."""

    why: str
    started_at: datetime
    since: datetime
    until: datetime
    pages: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    unreadable: int = 0
    trouble: str = ""
    message: str = ""
    retry_at: datetime | None = None
    complete: bool = False  # everything up to now is here; without a trouble the run ended early, and the next goes on

    @property
    def waits(self) -> bool:
        """It stopped because it was not our turn: our own rate budget is spent, or another worker renews the token."""
        return self.trouble == Trouble.THROTTLED and self.retry_at is not None and is_own(self.message)


def finish(turn: Turn, run: Run, at: datetime) -> None:
    """Gives the turn back, sets the next run and writes the log.

    Only a run that came to its end is a success: until then sales may be missing here. One that gave its place to other
    stores goes on at once. Waiting for our turn is no failure: without a page the store stands as it did before. A
    marketplace that names the instant of the next call is called then; other troubles are tried again later and later. A
    run whose turn another worker has by now sets nothing, and what it brought stands in the log as a run that was broken
    off.
    """
    failed = bool(run.trouble) and not run.waits
    trouble, message = (run.trouble, clean(run.message)[:500]) if failed else ("", "")
    with organization_scope(turn.organization_id):
        held = sql.run(
            """
            UPDATE connections_sync SET lease_until = NULL,
                trouble = CASE WHEN %(same)s THEN trouble ELSE %(trouble)s END,
                message = CASE WHEN %(same)s THEN message ELSE %(message)s END,
                failures = CASE WHEN %(same)s THEN failures WHEN %(failed)s THEN failures + 1 ELSE 0 END,
                success_at = CASE WHEN %(stopped)s OR NOT %(complete)s THEN success_at ELSE %(at)s END,
                next_run_at = CASE WHEN %(named)s THEN greatest(%(at)s::timestamptz, %(retry_at)s::timestamptz)
                    WHEN %(stopped)s THEN greatest(%(at)s::timestamptz
                        + least(interval '15 seconds' * power(2, least(failures, 8)), %(most)s), %(retry_at)s::timestamptz)
                    WHEN cardinality(wanted) > 0 OR NOT %(complete)s THEN %(at)s
                    ELSE %(at)s::timestamptz + interval '1 second' * every_seconds END
            WHERE organization_id = %(org)s AND store_id = %(store)s AND started_at = %(started)s
                AND lease_until IS NOT NULL
            """,
            {
                "trouble": trouble,
                "message": message,
                "same": run.waits and not run.pages,
                "failed": failed,
                "stopped": bool(run.trouble),
                "complete": run.complete,
                "named": run.trouble == Trouble.THROTTLED and run.retry_at is not None,
                "at": at,
                "most": LONGEST_BACKOFF,
                "retry_at": run.retry_at or at,
                "org": turn.organization_id,
                "store": turn.store_id,
                "started": turn.started_at,
            },
        )
        if failed or run.pages:
            _log(turn, run, at, trouble or ("" if held else OwnTrouble.BUSY), message)


def _log(turn: Turn, run: Run, at: datetime, trouble: str, message: str) -> None:
    sql.run(
        """
        INSERT INTO connections_pull (organization_id, store_id, why, since, until, started_at, finished_at, pages, created,
            updated, unchanged, unreadable, trouble, message)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        [
            turn.organization_id, turn.store_id, run.why, run.since, run.until, run.started_at, at, run.pages, run.created,
            run.updated, run.unchanged, run.unreadable, trouble, message,
        ],
    )  # fmt: skip
    sql.run(
        """
        DELETE FROM connections_pull WHERE organization_id = %s AND store_id = %s AND id IN (
            SELECT p.id FROM connections_pull p WHERE p.organization_id = %s AND p.store_id = %s
            ORDER BY p.id DESC OFFSET %s)
        """,
        [turn.organization_id, turn.store_id, turn.organization_id, turn.store_id, KEPT_PULLS],
    )


def wake(organization_id: int, store_id: int, order_ids: Sequence[str], at: datetime) -> None:
    """A button: the store is pulled now, and these orders first. Call it inside the scope."""
    sql.run(
        """
        UPDATE connections_sync SET next_run_at = least(next_run_at, %s),
            wanted = ARRAY(SELECT unnest(wanted) UNION SELECT unnest(%s::text[]))
        WHERE organization_id = %s AND store_id = %s
        """,
        [at, [number for number in order_ids if 0 < len(number) <= MOST_NUMBER], organization_id, store_id],
    )


def hint(organization_id: int, store_id: int, order_ids: Sequence[str], at: datetime) -> bool:
    """A webhook: these orders come first in the next pull. True when that may be now; a store that is not connected, or
    whose pulls fail and wait for a later try, is not hurried: a marketplace in trouble sends more webhooks, not fewer.
    """
    found = sql.rows(
        """
        UPDATE connections_sync y SET wanted = ARRAY(SELECT unnest(y.wanted) UNION SELECT unnest(%s::text[])),
            next_run_at = CASE WHEN y.failures = 0 THEN least(y.next_run_at, %s) ELSE y.next_run_at END
        FROM connections_grant g
        WHERE y.organization_id = %s AND y.store_id = %s AND g.organization_id = %s AND g.store_id = y.store_id
            AND g.state = 'ok'
        RETURNING y.next_run_at <= %s
        """,
        [
            [number for number in order_ids if 0 < len(number) <= MOST_NUMBER],
            at,
            organization_id,
            store_id,
            organization_id,
            at,
        ],
    )
    return found == [(True,)]
