"""What remains of orders once pieces of theirs were cancelled, or are wanted again.

The pieces of a line that nobody wants any more are two facts: `cancelled_there`, what its marketplace says in its newest
version, and `taken_back`, what documents took back. As many of them as lie in no parcel are `cancelled`. The others are a
surplus: their parcel is stopped, and unpacking it cancels them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from entrepot.core import sql, stages
from entrepot.core.batch import Work
from entrepot.core.history import Subject
from entrepot.core.queue import defer
from entrepot.core.stages import Move
from entrepot.orders.move import TABLE, count_key
from entrepot.orders.states import EndedBy, Stage

GREW = "grew_after_packing"
CLOSE = "close_orders"  # the task that ships orders of which the last piece here was cancelled
# Of a line `l`, in SQL.
UNWANTED = "greatest(l.cancelled_there, l.taken_back)"
CANCELLED = f"least({UNWANTED}, l.quantity - l.packed)"
SURPLUS = f"greatest(l.packed - greatest(l.quantity - {UNWANTED}, 0), 0)"  # packed pieces that nobody wants any more
# Stages in which an order waits for our hands.
WAITING = (Stage.UNPAID, Stage.TO_REVIEW, Stage.TO_PACK, Stage.ON_HOLD)


@dataclass(frozen=True, slots=True)
class _Rest:
    id: int
    stage: Stage
    is_ended: bool
    is_left: bool  # something is to be packed
    is_packed: bool  # something lies in a parcel, or left in one
    is_wanted: bool
    was_cancelled: bool  # some of it was cancelled: an order that never held a piece is none of ours
    surplus: Sequence[int]
    known_surplus: Sequence[int]


def settle(work: Work, order_ids: Sequence[int]) -> set[int]:
    """Has orders follow their lines, which have changed. They must be locked; their counts are in `work`.

    A packed or shipped order that has something left to pack goes back to review, with the reason. One that waits, though
    nothing is left of it, waits no longer: it is cancelled, or packed if goods of it lie in a parcel, or shipped once these
    have left. A packed one of which nothing is wanted any more is cancelled for good. Returns those that wait no longer.
    """
    found = _rests(work, order_ids)
    _keep_surplus(work, [rest for rest in found if list(rest.surplus) != list(rest.known_surplus)])
    grown = [rest for rest in found if rest.stage in (Stage.PACKED, Stage.SHIPPED) and rest.is_left]
    # One of which nothing was ever packed here was shipped elsewhere, before we knew it: it stays where it is.
    _look_again(work, [rest for rest in grown if rest.is_packed and not rest.is_ended])
    spent = [rest for rest in found if rest.stage in WAITING and not rest.is_left and rest.was_cancelled]
    _move(work, "nothing_left", [(rest, Stage.PACKED if rest.is_packed else Stage.CANCELLED) for rest in spent])
    here = {rest.id for rest in spent if rest.is_packed}
    _end(work, [r.id for r in found if (r.stage is Stage.PACKED or r.id in here) and not (r.is_wanted or r.is_ended)])
    if here:
        defer(CLOSE, queue="batches", organization_id=work.organization_id, order_ids=sorted(here))
    return {rest.id for rest in spent}


def _rests(work: Work, order_ids: Sequence[int]) -> list[_Rest]:
    found = sql.rows(
        f"""
        SELECT o.id, o.stage, o.ended_at IS NOT NULL, bool_or(l.quantity > l.packed + l.cancelled), bool_or(l.packed > 0),
            bool_or(l.quantity > {UNWANTED}), bool_or(l.packed + l.cancelled > 0),
            coalesce(array_agg(l.id ORDER BY l.id) FILTER (WHERE {SURPLUS} > 0), '{{}}'), o.surplus_lines
        FROM orders_order o JOIN orders_orderline l ON l.organization_id = o.organization_id AND l.order_id = o.id
        WHERE o.organization_id = %s AND l.organization_id = %s AND o.id = ANY(%s)
        GROUP BY o.organization_id, o.id ORDER BY o.id
        """,
        [work.organization_id, work.organization_id, list(order_ids)],
    )
    return [_Rest(i, Stage(stage), *facts) for i, stage, *facts in found]


def _keep_surplus(work: Work, rests: Sequence[_Rest]) -> None:
    if rests:
        sql.run(
            """
            UPDATE orders_order o SET surplus_lines = row.surplus
            FROM jsonb_to_recordset(%s::jsonb) AS row (id bigint, surplus bigint[])
            WHERE o.organization_id = %s AND o.id = ANY(%s) AND o.id = row.id
            """,
            [
                sql.dump([{"id": rest.id, "surplus": rest.surplus} for rest in rests]),
                work.organization_id,
                [rest.id for rest in rests],
            ],
        )


def _look_again(work: Work, rests: Sequence[_Rest]) -> None:
    if rests:
        _move(work, "look_again", [(rest, Stage.TO_REVIEW) for rest in rests], review=[GREW])
        sql.run(
            """
            UPDATE orders_order SET review_reasons = array_append(array_remove(review_reasons, %s), %s)
            WHERE organization_id = %s AND id = ANY(%s)
            """,
            [GREW, GREW, work.organization_id, [rest.id for rest in rests]],
        )


def _move(work: Work, verb: str, steps: Iterable[tuple[_Rest, Stage]], review: Sequence[str] = ()) -> None:
    why = {"review": review} if review else None
    stages.move(
        work,
        table=TABLE,
        subject=Subject.ORDER,
        verb=verb,
        moves=[Move(rest.id, {"stage": rest.stage.value}, {"stage": stage.value}, why) for rest, stage in steps],
        count_key=count_key,
        also=", updated_at = %s",
        also_params=[work.at],
    )


def _end(work: Work, order_ids: Sequence[int]) -> None:
    """There is nothing to answer: their parcels are to be unpacked."""
    if order_ids:
        sql.run(
            """
            UPDATE orders_order SET ended_at = %s, ended_by = %s, cancellation_asked_at = NULL, answer_by_at = NULL
            WHERE organization_id = %s AND id = ANY(%s)
            """,
            [work.at, EndedBy.MARKETPLACE, work.organization_id, list(order_ids)],
        )
