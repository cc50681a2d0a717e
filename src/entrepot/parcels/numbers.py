"""Where a parcel's number comes from: typed by a person, drawn from its service's pool, or of our own making."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from entrepot.core import sql
from entrepot.core.batch import Work
from entrepot.core.report import Outcome, Refusal
from entrepot.parcels import lines


def numbers_for(
    work: Work,
    wanted: Mapping[int, tuple[dict[str, Any], str]],
    attempts: Mapping[int, int],
    answers: dict[int, Outcome],
) -> dict[int, tuple[dict[str, Any], str]]:
    """Takes numbers out of the pools, oldest first; other workers skip what we hold, so none is drawn twice.

    Two statements: inside one UPDATE the planner may run the limited subselect again for every row of the pool, and each
    run would lock one number more.
    """
    _draw_typed(work, [(service["id"], typed) for service, typed in wanted.values() if typed])
    need = Counter(service["id"] for service, typed in wanted.values() if service["numbering"] == "pool" and not typed)
    drawn: dict[int, list[str]] = {service_id: [] for service_id in need}
    held = sql.rows(
        """
        SELECT want.service_id, free.id, free.number
        FROM unnest(%(services)s::bigint[], %(counts)s::integer[]) AS want (service_id, pieces),
        LATERAL (SELECT p.id, p.number FROM connections_poolednumber p
            WHERE p.organization_id = %(org)s AND p.service_id = want.service_id AND p.drawn_at IS NULL
            ORDER BY p.id LIMIT want.pieces FOR NO KEY UPDATE SKIP LOCKED) free
        """,
        {"org": work.organization_id, "services": list(need), "counts": list(need.values())},
    )
    sql.run(
        "UPDATE connections_poolednumber SET drawn_at = %s WHERE organization_id = %s AND id = ANY(%s)",
        [work.at, work.organization_id, [number_id for _, number_id, _ in held]],
    )
    for service_id, _, number in held:
        drawn[service_id].append(number)
    for numbers in drawn.values():
        numbers.sort(reverse=True)
    given: dict[int, tuple[dict[str, Any], str]] = {}
    for i, (service, typed) in wanted.items():
        if typed:
            given[i] = (service, typed)
        elif service["numbering"] == "own":
            given[i] = (service, own_number(i, attempts[i] + 1))
        elif drawn[service["id"]]:
            given[i] = (service, drawn[service["id"]].pop())
        else:
            answers[i] = Outcome(i, lines.name_of(i), Refusal.POOL_EMPTY, {"service": service["name"]})
    return given


def _draw_typed(work: Work, typed: Sequence[tuple[int, str]]) -> None:
    """A number typed by hand may lie in the pool of its service: nobody else draws it any more."""
    if not typed:
        return
    services, numbers = (list(column) for column in zip(*typed, strict=True))
    sql.run(
        """
        UPDATE connections_poolednumber p SET drawn_at = %s
        FROM unnest(%s::bigint[], %s::text[]) AS row (service_id, number)
        WHERE p.organization_id = %s AND p.number = ANY(%s) AND p.number = row.number AND p.service_id = row.service_id
            AND p.drawn_at IS NULL
        """,
        [work.at, services, numbers, work.organization_id, numbers],
    )


def own_number(parcel_id: int, attempt: int) -> str:
    """A number of our own making; a second attempt is told apart from the first, which may be on a label."""
    return f"EP{parcel_id:09d}" + (f"-{attempt}" if attempt > 1 else "")
