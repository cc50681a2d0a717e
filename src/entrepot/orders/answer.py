"""Answer a buyer's wish to cancel: accept or reject it. Where the marketplace takes answers, it is told; else it is ours to decide."""

from collections.abc import Mapping, Sequence
from typing import Any

from entrepot.core import history, locking, sql
from entrepot.core.batch import Work, verb
from entrepot.core.history import Change, Subject
from entrepot.core.permissions import Permission
from entrepot.core.queue import defer
from entrepot.core.report import Outcome, Refusal, Report
from entrepot.marketplaces.registry import connector_of
from entrepot.orders import move
from entrepot.orders.answering import ANSWER, settle_wishes
from entrepot.orders.cancel import holding_goods
from entrepot.orders.states import Act, EndedBy, Stage


@verb(name="accept_cancellations", subject=Subject.ORDER, permission=Permission.REVIEW)
def accept_cancellations(work: Work, ids: Sequence[int]) -> Report:
    """A marketplace that takes answers cancels the order itself; it comes back cancelled with the next sync.

    Elsewhere the order is cancelled here. One that is packed is cancelled by unpacking its parcel, which must not go.
    """
    return _answer(work, ids, accept=True, reason="")


@verb(name="reject_cancellations", subject=Subject.ORDER, permission=Permission.REVIEW)
def reject_cancellations(work: Work, ids: Sequence[int], reason: str = "") -> Report:
    """The order goes on. `reason` is the marketplace's own code, where it wants one."""
    return _answer(work, ids, accept=False, reason=reason)


def _answer(work: Work, ids: Sequence[int], *, accept: bool, reason: str) -> Report:
    columns = (*move.COLUMNS, "store_id", "cancel_request_id")
    locked = locking.lock(move.TABLE, columns, work.organization_id, ids)
    remote = _takes_answers(work.organization_id, {row["store_id"] for row in locked.rows.values()})
    answers: dict[int, Outcome] = {}
    for i, row in locked.rows.items():
        outcome = Outcome(i, row["shown"])
        if row["cancellation_asked_at"] is None:
            outcome = Outcome(i, row["shown"], Refusal.NOT_ASKED)
        elif accept and row["store_id"] not in remote and Stage(row["stage"]) is not Stage.PACKED:
            outcome = move.answer(row, Act.CANCEL)
        answers[i] = outcome
    asked = [locked.rows[i] for i, outcome in answers.items() if outcome.refusal is None]
    _write_answers(work, [row for row in asked if row["store_id"] in remote], accept, reason)
    here = [row for row in asked if row["store_id"] not in remote]
    if accept:
        _end(work, here)
    settle_wishes(work.organization_id, [row["id"] for row in here], rejected=not accept)
    history.record(
        organization_id=work.organization_id,
        subject=Subject.ORDER,
        verb="accept_cancellation" if accept else "reject_cancellation",
        changes=[Change(row["id"], {"asked_at": row["cancellation_asked_at"].isoformat()}, None) for row in asked],
        actor_id=work.actor_id,
        batch_id=work.batch_id,
        at=work.at,
    )
    result = {"told": True} if len(here) < len(asked) else {}
    return Report.answering(ids, [*answers.values(), *move.missing(ids, locked)], result)


def _end(work: Work, rows: Sequence[Mapping[str, Any]]) -> None:
    """Cancels what is not packed; what is packed, if only in part, is marked, and unpacking its parcel cancels it."""
    free = [row["id"] for row in rows if Stage(row["stage"]) is not Stage.PACKED]
    held = dict.fromkeys(holding_goods(work, free), Stage.PACKED)
    move.move_orders(work, free, Act.CANCEL, extra={"reason": "the buyer asked"}, instead=held)
    sql.run(
        "UPDATE orders_orderline SET cancelled = quantity - packed WHERE organization_id = %s AND order_id = ANY(%s)",
        [work.organization_id, free],
    )
    sql.run(
        "UPDATE orders_order SET ended_at = %s, ended_by = %s WHERE organization_id = %s AND id = ANY(%s)",
        [work.at, EndedBy.US, work.organization_id, [row["id"] for row in rows]],
    )


def _takes_answers(organization_id: int, store_ids: set[int]) -> set[int]:
    """The stores whose marketplace wants to be answered."""
    found = sql.rows(
        """
        SELECT s.id, s.marketplace FROM connections_store s
        JOIN connections_sync y ON y.organization_id = %(org)s AND y.store_id = s.id
        WHERE s.organization_id = %(org)s AND s.id = ANY(%(ids)s)
        """,
        {"org": organization_id, "ids": sorted(store_ids)},
    )
    return {store_id for store_id, marketplace in found if connector_of(marketplace).can.cancel_answers}


def _write_answers(work: Work, rows: Sequence[Mapping[str, Any]], accept: bool, reason: str) -> None:
    if not rows:
        return
    sql.insert(
        "orders_cancelanswer",
        {
            "organization_id": "bigint", "order_id": "bigint", "store_id": "bigint", "request_id": "text",
            "accept": "boolean", "reason": "text", "asked_at": "timestamptz", "status": "text", "message": "text",
            "tries": "integer", "due_at": "timestamptz", "actor_id": "bigint",
        },
        [
            {
                "organization_id": work.organization_id,
                "order_id": row["id"],
                "store_id": row["store_id"],
                "request_id": row["cancel_request_id"],
                "accept": accept,
                "reason": reason,
                "asked_at": row["cancellation_asked_at"],
                "status": "due",
                "message": "",
                "tries": 0,
                "due_at": work.at,
                "actor_id": work.actor_id,
            }
            for row in rows
        ],
        suffix="""
        ON CONFLICT (organization_id, order_id) DO UPDATE SET request_id = excluded.request_id, accept = excluded.accept,
            reason = excluded.reason, asked_at = excluded.asked_at, status = 'due', message = '', tries = 0,
            due_at = excluded.due_at, actor_id = excluded.actor_id, answered_at = NULL,
            lease_until = NULL
        """,
    )  # fmt: skip
    defer(ANSWER, queue="outside", once=f"answer-{work.organization_id}", organization_id=work.organization_id)
