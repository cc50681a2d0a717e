"""Telling: notices go out to the marketplaces, each exactly once in effect.

Claim and commit; call with no open transaction; write each answer by itself. A call without an answer leaves its notices
unknown, and unknown ones are looked up before anything is told again. So is whatever a killed worker left behind.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import orjson

from entrepot.connections.calls import Line, broke_us, open_line, together
from entrepot.connections.grants import NotConnected
from entrepot.connections.lease import Lease, LostLease, renew_claims
from entrepot.connections.own_words import defect
from entrepot.connections.wire import SECONDS
from entrepot.core import history, sql
from entrepot.core.history import Change, Subject
from entrepot.core.scope import organization_scope, system_scope
from entrepot.marketplaces.contract import CallFailed, Done, Notice, NoticeLine, Result, Trouble, Why
from entrepot.parcels.collect import begin_collection, lock_to_collect
from entrepot.parcels.notify import TOLD_FROM
from entrepot.parcels.states import Stage

Clock = Callable[[], datetime]
log = logging.getLogger("entrepot.telling")
LEASE = 9 * timedelta(seconds=SECONDS)  # renewed before calls, however many one claim takes
MOST = 50
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
REFUSALS = (Trouble.INVALID_INPUT, Trouble.BUSINESS_STATE, Trouble.NOT_FOUND)  # of a call, for what is in it
READS_LAG = timedelta(minutes=5)  # the longest that a marketplace goes on showing an order as it was before we told


def stores_to_tell(at: datetime, organization_id: int | None = None) -> list[tuple[int, int, str]]:
    """(organization, store, marketplace) of the enabled stores with notices that are due."""
    query = """
        SELECT DISTINCT n.organization_id, n.store_id, s.marketplace FROM parcels_shippingnotice n
        JOIN connections_store s ON s.organization_id = n.organization_id AND s.id = n.store_id
        JOIN connections_grant g ON g.organization_id = n.organization_id AND g.store_id = n.store_id AND g.state = 'ok'
        WHERE n.status IN ('due', 'sending', 'unknown') AND n.due_at <= %(at)s AND s.is_enabled
            AND (n.lease_until IS NULL OR n.lease_until <= %(at)s) AND (n.is_current OR n.status <> 'due')
        """
    if organization_id is None:
        with system_scope():
            return [(row[0], row[1], row[2]) for row in sql.rows(query, {"at": at})]
    own = " AND n.organization_id = %(org)s AND s.organization_id = %(org)s AND g.organization_id = %(org)s"
    with organization_scope(organization_id):
        return [(row[0], row[1], row[2]) for row in sql.rows(query + own, {"at": at, "org": organization_id})]


def tell_store(
    organization_id: int, store_id: int, marketplace: str, *, clock: Clock, until_time: datetime | None = None
) -> int:
    """Tells what is due for one store; returns how many notices got an answer. Safe to run in several workers.

    `until_time`: no further call is begun when it has come; the next job goes on there.
    """
    answered = 0
    lease = Lease(clock, LEASE)
    try:
        line = open_line(organization_id, store_id, marketplace, clock, lease.keep)
    except (NotConnected, CallFailed):
        return 0  # the store's page says so; its notices stay due
    can = line.connector.can
    most = min(MOST, can.notices_per_call)
    while until_time is None or clock() < until_time:
        claimed = _claim(organization_id, store_id, clock(), most)
        if claimed is None:
            break
        waiting = list(claimed)  # those that have no answer yet
        if waiting:
            lease.take(
                waiting[0]["lease"], partial(renew_claims, "parcels_shippingnotice", "id", organization_id, waiting)
            )
        unknown = [row for row in claimed if row["was"] != "due"]
        fresh = [row for row in claimed if row["was"] == "due" and not row["replaces"]]
        corrections = [row for row in claimed if row["was"] == "due" and row["replaces"]]
        for rows, call in (
            (unknown, line.connector.look_up),
            *((rows, line.connector.ship) for rows in together(fresh)),
            *((rows, line.connector.renumber) for rows in together(corrections)),
        ):
            if not rows:
                continue
            try:
                answers = _ask(line, rows, call, clock, reads=call == line.connector.look_up)
            except LostLease:
                return answered  # another worker looks up what we told, and goes on
            answered += _write(organization_id, rows, answers, clock())
            waiting[:] = [row for row in waiting if row not in rows]
    return answered


def _claim(organization_id: int, store_id: int, at: datetime, most: int) -> list[dict[str, Any]] | None:
    """Takes notices for this worker alone, under a lease; None when none is due, or the store was switched off meanwhile.

    One whose lease ran out counts as unknown: it may have been told.
    """
    with organization_scope(organization_id):
        held = sql.dicts(
            """
            SELECT n.id, n.status AS was, n.parcel_id, n.order_id, n.order_number, n.number, n.carrier, n.carrier_name,
                n.lines::text AS lines, n.is_whole, n.replaces, n.replaces_carrier, n.tries, n.created_at, n.sent_at, n.message
            FROM parcels_shippingnotice n
            JOIN connections_store s ON s.organization_id = %s AND s.id = n.store_id AND s.is_enabled
            WHERE n.organization_id = %s AND n.store_id = %s AND n.status IN ('due', 'sending', 'unknown') AND n.due_at <= %s
                AND (n.lease_until IS NULL OR n.lease_until <= %s) AND (n.is_current OR n.status <> 'due')
                AND NOT EXISTS (SELECT 1 FROM parcels_shippingnotice b WHERE b.organization_id = %s
                    AND b.order_id = n.order_id AND b.id < n.id AND b.number = n.replaces AND b.status IN ('sending', 'unknown'))
            ORDER BY n.due_at, n.id LIMIT %s FOR NO KEY UPDATE OF n SKIP LOCKED
            """,
            [organization_id, organization_id, store_id, at, at, organization_id, most],
        )
        told: dict[int, list[dict[str, Any]]] = defaultdict(list)  # by order, newest first
        for one in sql.dicts(
            """
            SELECT order_id, id, number, carrier, status, replaces FROM parcels_shippingnotice
            WHERE organization_id = %s AND order_id = ANY(%s) ORDER BY id DESC
            """,
            [organization_id, sorted({row["order_id"] for row in held if row["replaces"]})],
        ):
            told[one["order_id"]].append(one)
        if not held:
            return None
        held = _still_true(organization_id, held, at)
        sql.run(
            """
            UPDATE parcels_shippingnotice SET status = 'sending', lease_until = %s, sent_at = coalesce(sent_at, %s),
                tries = tries + 1
            WHERE organization_id = %s AND id = ANY(%s)
            """,
            [at + LEASE, at, organization_id, [row["id"] for row in held]],
        )
        handles: dict[int, str] = dict(
            sql.rows(
                "SELECT id, handles::text FROM orders_order WHERE organization_id = %s AND id = ANY(%s)",
                [organization_id, sorted({row["order_id"] for row in held})],
            )
        )
    for row in held:
        row["replaces"], row["replaces_carrier"] = _standing(row, told[row["order_id"]])
        row["handles"] = orjson.loads(handles[row["order_id"]])
        row["shipped_at"] = row["shipped_at"] or row["created_at"]
        row["lease"] = at + LEASE
    return held


def _standing(row: Mapping[str, Any], told: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """The number that a notice corrects as things stand by now, and its carrier; empty where there is nothing to correct,
    only to tell. If the number was not taken after all, what that one was to correct stands.

    `told`: all notices of the order, newest first. Pure.
    """
    number = row["replaces"]
    for one in told:
        if one["id"] < row["id"] and number and one["number"] == number:
            if one["status"] == "accepted":
                return (number, one["carrier"]) if number != row["number"] else ("", "")
            number = one["replaces"]
    return "", ""


def _still_true(organization_id: int, rows: list[dict[str, Any]], at: datetime) -> list[dict[str, Any]]:
    """Notices that may still be told. What changed since they were written is withdrawn: another number on the parcel, a
    parcel that is no more, and an order that was cancelled, if only in part, asked to be, or put on hold there before its goods
    left.

    Those that may have been told already are looked up all the same.
    """
    facts = {
        row["id"]: row
        for row in sql.dicts(
            """
            SELECT n.id, p.waybill_number, p.stage, p.shipped_at, o.stage AS order_stage,
                coalesce(o.cancellation_asked_at, o.ended_at, o.held_there_at) IS NOT NULL
                    OR EXISTS (SELECT 1 FROM parcels_parcelline pl WHERE pl.organization_id = %(org)s
                        AND pl.parcel_id = n.parcel_id AND pl.order_line_id = ANY(o.surplus_lines)) AS is_stopped
            FROM parcels_shippingnotice n
            JOIN parcels_parcel p ON p.organization_id = %(org)s AND p.id = n.parcel_id
            JOIN orders_order o ON o.organization_id = %(org)s AND o.id = n.order_id
            WHERE n.organization_id = %(org)s AND n.id = ANY(%(ids)s)
            """,
            {"org": organization_id, "ids": [row["id"] for row in rows]},
        )
    }
    good: list[dict[str, Any]] = []
    over: list[dict[str, Any]] = []
    for row in rows:
        now = facts[row["id"]]
        row["shipped_at"] = now["shipped_at"]
        stopped = now["shipped_at"] is None and (now["order_stage"] == "cancelled" or now["is_stopped"])
        stale = now["waybill_number"] != row["number"] or Stage(now["stage"]) not in TOLD_FROM
        (over if row["was"] == "due" and (stopped or stale) else good).append(row)
    sql.run(
        """
        UPDATE parcels_shippingnotice SET status = 'withdrawn', answered_at = %s, lease_until = NULL
        WHERE organization_id = %s AND id = ANY(%s)
        """,
        [at, organization_id, [row["id"] for row in over]],
    )
    return good


def _notice(row: Mapping[str, Any]) -> Notice:
    return Notice(
        key=str(row["id"]),
        order_id=row["order_number"],
        lines=tuple(NoticeLine(line_id, pieces) for line_id, pieces in orjson.loads(row["lines"])),
        whole=row["is_whole"],
        number=row["number"],
        carrier=row["carrier"],
        carrier_name=row["carrier_name"],
        shipped_at=row["shipped_at"],
        replaces=row["replaces"],
        replaces_carrier=row["replaces_carrier"],
        handles=row["handles"],
    )


def _ask(
    line: Line, rows: Sequence[Mapping[str, Any]], call: Callable[..., Sequence[Done]], clock: Clock, *, reads: bool
) -> dict[str, Done]:
    """The answers by key. A call that failed as a whole answers for all: nothing was told, or nobody knows.

    So does one that breaks us. It may have told some of them: they are looked up before any is told again. A look-up that
    is refused says nothing about what was told, so nobody knows still.
    """
    notices = [_notice(row) for row in rows]
    try:
        found = line.ask(lambda wire, access: call(wire, access, notices, now=clock()), again=reads)
        answers = {done.key: done for done in found}
    except NotConnected as dead:
        return {n.key: Done(n.key, Result.RETRY_LATER, message=str(dead)) for n in notices}
    except LostLease:
        raise
    except CallFailed as failed:
        if reads and len(rows) > 1 and failed.trouble in REFUSALS:
            return _one_by_one(line, rows, call, clock)
        if not reads and failed.trouble in (*REFUSALS, Trouble.SCOPE_MISSING):
            why = Why.STATE_CHANGED if failed.trouble is Trouble.BUSINESS_STATE else Why.OTHER
            return {n.key: Done(n.key, Result.REJECTED, why, failed.code, failed.message) for n in notices}
        unsent = failed.trouble in (Trouble.THROTTLED, Trouble.QUOTA_EXHAUSTED, Trouble.CLOCK_SKEW)
        result = Result.UNKNOWN if reads or not unsent else Result.RETRY_LATER
        if reads and failed.trouble is Trouble.THROTTLED:
            return {n.key: Done(n.key, Result.UNKNOWN, retry_at=failed.retry_at) for n in notices}
        return {n.key: Done(n.key, result, None, failed.code, failed.message, failed.retry_at) for n in notices}
    except Exception as broken:
        # A defect of ours, or an answer nobody foresaw.
        if reads and len(rows) > 1:
            return _one_by_one(line, rows, call, clock)
        log.exception("telling notices %s", [row["id"] for row in rows])
        return {n.key: Done(n.key, Result.UNKNOWN, message=defect(broken)) for n in notices}
    return {n.key: answers.get(n.key) or Done(n.key, Result.UNKNOWN, message="no answer for it") for n in notices}


def _one_by_one(
    line: Line, rows: Sequence[Mapping[str, Any]], call: Callable[..., Sequence[Done]], clock: Clock
) -> dict[str, Done]:
    """One that cannot be looked up does not stop the others."""
    return {key: done for row in rows for key, done in _ask(line, [row], call, clock, reads=True).items()}


STATUS = {
    Result.OK: "accepted",
    Result.ALREADY_DONE: "accepted",
    Result.REJECTED: "refused",
    Result.RETRY_LATER: "due",
    Result.UNKNOWN: "unknown",
}


def _in_doubt(row: Mapping[str, Any], done: Done, at: datetime) -> bool:
    """Whether a refusal may only say that we did this already.

    The notice was told before, nobody heard the answer, and the look-up that did not find it may have read old data. It is
    looked up again until reads have caught up; a refusal that stands then is one.
    """
    told_before = row["was"] == "due" and row["sent_at"] is not None and at - row["sent_at"] < READS_LAG
    return told_before and done.result is Result.REJECTED and done.why not in (Why.BAD_NUMBER, Why.LATE)


def _write(organization_id: int, rows: Sequence[Mapping[str, Any]], answers: Mapping[str, Done], at: datetime) -> int:
    values = []
    for row in rows:
        done = answers[str(row["id"])]
        doubt = _in_doubt(row, done, at)
        status = "unknown" if doubt else STATUS[done.result]
        settled = status in ("accepted", "refused")
        # What broke us goes by itself once it has been looked up: that remains written until then.
        broken = row["message"] if row["was"] != "due" and not settled and broke_us(row) else ""
        wait = min(FIRST_WAIT * 2 ** min(row["tries"], 10), READS_LAG / 5 if doubt else LONGEST_WAIT)
        due = at if row["was"] != "due" and status == "due" else max(done.retry_at or at, at + wait)
        values.append(
            {
                "id": row["id"],
                "status": status,
                "why": (done.why or Why.OTHER).value if status == "refused" else "",
                "code": done.code[:80],
                "message": broken or done.message[:500],
                "remote_id": done.remote_id[:120],
                "due_at": due,
                "answered_at": at if settled else None,
                "lease": row["lease"],
            }
        )
    said = {
        status: sorted({row["order_id"] for row, value in zip(rows, values, strict=True) if value["status"] == status})
        for status in ("accepted", "unknown")
    }
    with organization_scope(organization_id):
        _mark_told(organization_id, said["accepted"] + said["unknown"], at)
        waiting = lock_to_collect(organization_id, said["accepted"])
        mine = {
            row[0]
            for row in sql.rows(
                """
                UPDATE parcels_shippingnotice n SET why = row.why, code = row.code, message = row.message,
                    status = CASE WHEN row.status = 'due' AND NOT n.is_current THEN 'withdrawn' ELSE row.status END,
                    remote_id = row.remote_id, due_at = row.due_at, answered_at = row.answered_at, lease_until = NULL
                FROM json_to_recordset(%s::json) AS row (id bigint, status text, why text, code text, message text,
                    remote_id text, due_at timestamptz, answered_at timestamptz, lease timestamptz)
                WHERE n.organization_id = %s AND n.id = ANY(%s) AND n.id = row.id AND n.status = 'sending'
                    AND n.lease_until = row.lease RETURNING n.id
                """,
                [sql.dump(values), organization_id, [row["id"] for row in rows]],
                bound=True,
            )
        }  # a claim that outlived its lease writes nothing: another worker is at it
        # "withdrawn": it did not happen, and another number is told by now, maybe since we claimed it.
        history.record(
            organization_id=organization_id,
            subject=Subject.PARCEL,
            verb="told",
            changes=[
                Change(
                    row["parcel_id"],
                    None,
                    {"order": row["order_number"], "number": row["number"], "notice": value["status"]},
                    {"code": value["code"], "message": value["message"]} if value["status"] == "refused" else None,
                )
                for row, value in zip(rows, values, strict=True)
                if value["answered_at"] and value["id"] in mine
            ],
            actor_id=None,
            batch_id=None,
            at=at,
        )
        if waiting:
            begin_collection(organization_id, waiting, at)
    return sum(value["answered_at"] is not None for value in values)


def _mark_told(organization_id: int, order_ids: Sequence[int], at: datetime) -> None:
    """The orders of which the marketplace has a number of ours, or may have: that it says "shipped" is our own echo.

    Not before: a notice that is still due, or was withdrawn or refused, made nothing ship. Locked by id, as everywhere.
    """
    if order_ids:
        sql.run(
            """
            UPDATE orders_order SET told_at = %(at)s WHERE organization_id = %(org)s AND told_at IS NULL
                AND id = ANY(ARRAY(SELECT o.id FROM orders_order o WHERE o.organization_id = %(org)s
                    AND o.id = ANY(%(ids)s) ORDER BY o.id FOR NO KEY UPDATE))
            """,
            {"org": organization_id, "ids": list(order_ids), "at": at},
        )
