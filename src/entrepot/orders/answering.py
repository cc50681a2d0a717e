"""Answering: our answers to buyers' wishes go out. A second answer to a settled wish changes nothing over there."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import orjson

from entrepot.connections import pulls
from entrepot.connections.calls import Line, open_line, together
from entrepot.connections.grants import NotConnected
from entrepot.connections.lease import Lease, LostLease, renew_claims
from entrepot.connections.own_words import defect, in_words
from entrepot.connections.wire import SECONDS
from entrepot.core import history, sql
from entrepot.core.history import Change, Subject
from entrepot.core.scope import organization_scope, system_scope
from entrepot.marketplaces.contract import CallFailed, CancelAnswer, Done, Result

ANSWER = "answer_cancellations"
ANSWER_STORE = "answer_cancellations_of_store"
LEASE = 9 * timedelta(seconds=SECONDS)
SURE = 5
"""Tries after which a refusal is one. When it was answered before and nobody heard, a refusal may only say that it is done,
and what the marketplace shows may lag: it is answered again for about five minutes."""
Clock = Callable[[], datetime]
log = logging.getLogger("entrepot.answering")


def answer_of(organization_id: int, order_id: int) -> dict[str, Any] | None:
    """What we answer to the wish that stands, for the pages: `says` "yes" or "no", `on_its_way` (until it has come
    back with a sync), `refused`, and the marketplace's last words. None where nobody has answered it."""
    found = sql.dicts(
        """
        SELECT a.accept, CASE WHEN a.accept THEN 'yes' ELSE 'no' END AS says, a.message,
            a.status IN ('due', 'sending') OR a.accept AND a.status = 'done' AS on_its_way, a.status = 'refused' AS refused
        FROM orders_cancelanswer a
        JOIN orders_order o ON o.organization_id = a.organization_id AND o.id = a.order_id
        WHERE a.organization_id = %(org)s AND o.organization_id = %(org)s AND a.order_id = %(id)s
            AND a.asked_at = o.cancellation_asked_at
        """,
        {"org": organization_id, "id": order_id},
    )
    return in_words(found[0]) if found else None


def stores_to_answer(at: datetime, organization_id: int | None = None) -> list[tuple[int, int, str]]:
    """(organization, store, marketplace) of the enabled stores with answers that are due."""
    query = """
        SELECT DISTINCT a.organization_id, a.store_id, s.marketplace FROM orders_cancelanswer a
        JOIN connections_store s ON s.organization_id = a.organization_id AND s.id = a.store_id
        JOIN connections_grant g ON g.organization_id = a.organization_id AND g.store_id = a.store_id AND g.state = 'ok'
        WHERE a.status IN ('due', 'sending') AND a.due_at <= %(at)s AND s.is_enabled
            AND (a.lease_until IS NULL OR a.lease_until <= %(at)s)
        """
    if organization_id is None:
        with system_scope():
            return [(row[0], row[1], row[2]) for row in sql.rows(query, {"at": at})]
    own = " AND a.organization_id = %(org)s AND s.organization_id = %(org)s AND g.organization_id = %(org)s"
    with organization_scope(organization_id):
        return [(row[0], row[1], row[2]) for row in sql.rows(query + own, {"at": at, "org": organization_id})]


def answer_store(organization_id: int, store_id: int, marketplace: str, *, clock: Clock) -> int:
    """Gives the answers that are due; returns how many are settled."""
    lease = Lease(clock, LEASE)
    try:
        line = open_line(organization_id, store_id, marketplace, clock, lease.keep)
    except (NotConnected, CallFailed):
        return 0  # the store's page says so; its answers stay due
    rows = _claim(organization_id, store_id, clock())
    if not rows:
        return 0
    lease.take(rows[0]["lease"], partial(renew_claims, "orders_cancelanswer", "order_id", organization_id, rows))
    try:
        found = [done for call in together(rows) for done in _ask(line, call, clock)]
    except LostLease:
        return 0  # another worker gives these answers by now
    return _write(organization_id, store_id, rows, {done.key: done for done in found}, clock())


def _ask(line: Line, rows: Sequence[Mapping[str, Any]], clock: Clock) -> Sequence[Done]:
    """One call. A call that breaks us may have given some of the answers: all of them are given again later, by themselves."""
    asked = [_answer(row) for row in rows]
    try:
        return line.ask(
            lambda wire, access: line.connector.answer_cancellations(wire, access, asked, now=clock()), again=False
        )
    except NotConnected as dead:
        return [Done(one.key, Result.RETRY_LATER, message=str(dead)) for one in asked]
    except CallFailed as failed:
        return [Done(one.key, Result.RETRY_LATER, message=failed.message, retry_at=failed.retry_at) for one in asked]
    except LostLease:
        raise
    except Exception as broken:
        # A defect of ours, or an answer nobody foresaw.
        log.exception("answering orders %s", [row["order_id"] for row in rows])
        return [Done(one.key, Result.UNKNOWN, message=defect(broken)) for one in asked]


def _answer(row: Mapping[str, Any]) -> CancelAnswer:
    return CancelAnswer(
        str(row["order_id"]),
        row["external_id"],
        row["request_id"],
        row["accept"],
        row["reason"],
        orjson.loads(row["handles"]),
    )


def _claim(organization_id: int, store_id: int, at: datetime) -> list[dict[str, Any]]:
    with organization_scope(organization_id):
        rows = sql.dicts(
            """
            SELECT a.order_id, o.external_id, a.request_id, a.accept, a.reason, o.handles::text AS handles, a.tries, a.message
            FROM orders_cancelanswer a
            JOIN orders_order o ON o.organization_id = %(org)s AND o.id = a.order_id
            JOIN connections_store s ON s.organization_id = %(org)s AND s.id = a.store_id AND s.is_enabled
            WHERE a.organization_id = %(org)s AND a.store_id = %(store)s AND a.status IN ('due', 'sending')
                AND a.due_at <= %(at)s AND (a.lease_until IS NULL OR a.lease_until <= %(at)s)
            ORDER BY a.due_at LIMIT 50 FOR NO KEY UPDATE OF a SKIP LOCKED
            """,
            {"org": organization_id, "store": store_id, "at": at},
        )
        sql.run(
            """
            UPDATE orders_cancelanswer SET status = 'sending', lease_until = %s, tries = tries + 1
            WHERE organization_id = %s AND order_id = ANY(%s)
            """,
            [at + LEASE, organization_id, [row["order_id"] for row in rows]],
        )
    for row in rows:
        row["lease"] = at + LEASE
    return rows


def _write(
    organization_id: int, store_id: int, rows: Sequence[Mapping[str, Any]], answers: Mapping[str, Done], at: datetime
) -> int:
    """Writes each answer's answer. A rejected wish is over; what the marketplace made of an accepted one is pulled at once.

    Orders are locked before answers, as a person's decision locks them. A worker that outlived its lease writes nothing.
    """
    values = []
    for row in rows:
        done = answers.get(str(row["order_id"]), Done(str(row["order_id"]), Result.UNKNOWN))
        good = done.result in (Result.OK, Result.ALREADY_DONE)
        refused = done.result is Result.REJECTED and not 0 < row["tries"] < SURE
        status = "done" if good else "refused" if refused else "due"
        wait = timedelta(seconds=10) * 2 ** min(row["tries"], 8)
        values.append(
            {
                "id": row["order_id"],
                "status": status,
                "message": done.message[:500],
                "due_at": max(done.retry_at or at, at + wait),
                "answered_at": None if status == "due" else at,
                "lease": row["lease"],
            }
        )
    ids = [row["order_id"] for row in rows]
    with organization_scope(organization_id):
        sql.rows(
            "SELECT id FROM orders_order WHERE organization_id = %s AND id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [organization_id, ids],
        )
        written = sql.rows(
            """
            UPDATE orders_cancelanswer a SET status = row.status, message = row.message, due_at = row.due_at,
                answered_at = row.answered_at, lease_until = NULL
            FROM json_to_recordset(%s::json) AS row (id bigint, status text, message text, due_at timestamptz,
                answered_at timestamptz, lease timestamptz)
            WHERE a.organization_id = %s AND a.order_id = ANY(%s) AND a.order_id = row.id AND a.status = 'sending'
                AND a.lease_until = row.lease RETURNING a.order_id
            """,
            [sql.dump(values), organization_id, ids],
        )
        mine = {row[0] for row in written}
        settled = [
            (row, value)
            for row, value in zip(rows, values, strict=True)
            if value["id"] in mine and value["status"] != "due"
        ]
        kept = [value["id"] for row, value in settled if value["status"] == "done" and not row["accept"]]
        settle_wishes(organization_id, kept, rejected=True)
        history.record(
            organization_id=organization_id,
            subject=Subject.ORDER,
            verb="answer_refused",
            changes=[
                Change(value["id"], None, None, {"message": value["message"]})
                for _row, value in settled
                if value["status"] == "refused"
            ],
            actor_id=None,
            batch_id=None,
            at=at,
        )
        pulls.wake(organization_id, store_id, [row["external_id"] for row, _value in settled], at)
    return len(settled)


def settle_wishes(organization_id: int, ids: Sequence[int], *, rejected: bool) -> None:
    """The wish is answered: the order is free again. A rejected one does not come back with the next version."""
    sql.run(
        """
        UPDATE orders_order SET answer_by_at = NULL, cancellation_asked_at = NULL,
            rejected_wish_at = CASE WHEN %s THEN cancellation_asked_at ELSE rejected_wish_at END
        WHERE organization_id = %s AND id = ANY(%s)
        """,
        [rejected, organization_id, list(ids)],
    )
