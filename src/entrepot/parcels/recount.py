"""Recount: the open orders of a store get the deadlines and the place that its settings of now ask for.

A job, after its owner changed the hours, the time zone or who ships. Chunk by chunk, each a transaction with a fixed
number of statements; run twice it changes nothing the second time.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from entrepot.connections.edit_clocks import Fulfilment
from entrepot.core import history, sql, stages
from entrepot.core.batch import Work
from entrepot.core.history import Change, Subject
from entrepot.core.permissions import system_actor
from entrepot.core.scope import organization_scope
from entrepot.core.stages import Move
from entrepot.marketplaces.policy import Deadlines
from entrepot.orders import move as order_moves
from entrepot.orders.states import Stage
from entrepot.parcels.collect import CLOCK_COLUMNS, deadlines_of, follow_deadlines

RECOUNT = "recount_deadlines"
CHUNK = 2000
# Where an order waits for our hands; with another who ships, ours have nothing to do.
OURS = (Stage.TO_REVIEW, Stage.TO_PACK, Stage.ON_HOLD)
STAGES = (Stage.UNPAID, *OURS, Stage.FOLLOWED, Stage.PACKED)
COLUMNS = ("deadline_at", "collect_by_at", "pay_by_at", "answer_by_at")


def recount_store(organization_id: int, store_id: int, *, at: datetime) -> int:
    """Returns how many orders got another deadline or another place."""
    changed, last = 0, 0
    while True:
        with organization_scope(organization_id):
            rows = _chunk(organization_id, store_id, last)
            if not rows:
                return changed
            last = rows[-1]["id"]
            work = Work(organization_id, system_actor(organization_id), at, None, uuid4())
            changed += len(_write_deadlines(work, rows) | _write_places(work, rows))
            work.write_counts()


def _chunk(organization_id: int, store_id: int, last: int) -> list[dict[str, Any]]:
    """The next open orders by id, and shipped ones that await collection, locked."""
    return sql.dicts(
        f"""
        SELECT {CLOCK_COLUMNS}, s.fulfilment FROM orders_order o
        JOIN connections_store s ON s.organization_id = o.organization_id AND s.id = o.store_id
        WHERE o.organization_id = %(org)s AND s.organization_id = %(org)s AND o.store_id = %(store)s AND o.id > %(last)s
            AND (o.stage = ANY(%(stages)s) OR o.stage = 'shipped' AND o.collect_by_at IS NOT NULL)
        ORDER BY o.id LIMIT %(most)s FOR NO KEY UPDATE OF o
        """,
        {"org": organization_id, "store": store_id, "last": last, "stages": list(STAGES), "most": CHUNK},
    )


def _due(row: Mapping[str, Any], found: Deadlines) -> dict[str, datetime | None]:
    """The columns as they should be. A wish that was settled stays settled. Pure."""
    answer = found.answer_by if row["cancellation_asked_at"] else row["answer_by_at"]
    return dict(zip(COLUMNS, (found.nearest, found.collect, found.pay_by, answer), strict=True))


def _write_deadlines(work: Work, rows: Sequence[Mapping[str, Any]]) -> set[int]:
    wanted = {row["id"]: _due(row, deadlines_of(row)) for row in rows}
    other = [row for row in rows if any(row[name] != wanted[row["id"]][name] for name in COLUMNS)]
    if not other:
        return set()
    ids = [row["id"] for row in other]
    sql.run(
        f"""
        UPDATE orders_order o SET {", ".join(f"{name} = row.{name}" for name in COLUMNS)}
        FROM json_to_recordset(%s::json) AS row (id bigint, {", ".join(f"{name} timestamptz" for name in COLUMNS)})
        WHERE o.organization_id = %s AND o.id = ANY(%s) AND o.id = row.id
        """,
        [sql.dump([{"id": i, **wanted[i]} for i in ids]), work.organization_id, ids],
    )
    follow_deadlines(work.organization_id, ids)
    history.record(
        organization_id=work.organization_id,
        subject=Subject.ORDER,
        verb="recount",
        changes=[
            Change(row["id"], {"deadline": row["deadline_at"]}, {"deadline": wanted[row["id"]]["deadline_at"]})
            for row in other
        ],
        actor_id=None,
        batch_id=None,
        at=work.at,
    )
    return set(ids)


def _write_places(work: Work, rows: Sequence[Mapping[str, Any]]) -> set[int]:
    """Orders that somebody else ships leave the desk's path; those that are ours again come to review."""
    moves = [
        Move(row["id"], {"stage": row["stage"]}, {"stage": target.value})
        for row in rows
        if (target := place_of(Stage(row["stage"]), Fulfilment(row["fulfilment"]))) != row["stage"]
    ]
    stages.move(
        work,
        table=order_moves.TABLE,
        subject=Subject.ORDER,
        verb="follow",
        moves=moves,
        count_key=order_moves.count_key,
        also=", updated_at = %s, hold_reason = '', held_until = NULL",
        also_params=[work.at],
    )
    return {one.id for one in moves}


def place_of(stage: Stage, fulfilment: Fulfilment) -> Stage:
    """Where an order belongs, given who ships. What is packed or shipped here already stays. Pure."""
    if fulfilment is Fulfilment.OWN:
        return Stage.TO_REVIEW if stage is Stage.FOLLOWED else stage
    return Stage.FOLLOWED if stage in OURS else stage
