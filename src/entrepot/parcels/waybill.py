"""Get waybill: each parcel gets a number, typed by a person or drawn once from the service's pool.

Get a new waybill: one that has a number gives it up for another, and stays where it is with its stock.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from entrepot.carriers.registry import number_rule
from entrepot.core import history, locking, sql, stages
from entrepot.core.batch import Work, verb
from entrepot.core.history import Subject
from entrepot.core.permissions import Permission
from entrepot.core.report import Outcome, Refusal, Report
from entrepot.core.stages import Move
from entrepot.parcels import lines
from entrepot.parcels.notify import told_note, withdraw
from entrepot.parcels.numbers import numbers_for
from entrepot.parcels.states import TRANSITIONS, Act, Stage, allowed
from entrepot.parcels.void import undo_waybill, unmark, void

COLUMNS = (
    "stage", "supply", "service_id", "store_id", *lines.ADDRESS, lines.ADDRESS_HASH, "recipient_key", "line_count",
    "attempts", "waybill_number",
)  # fmt: skip


@verb(name="get_waybills", subject=Subject.PARCEL, permission=Permission.WAYBILL, undo=undo_waybill)
def get_waybills(
    work: Work, ids: Sequence[int], service_id: int | None = None, numbers: Mapping[str, str] | None = None
) -> Report:
    """`service_id` replaces the parcels' service; `numbers` maps a parcel id (as text) to a typed number.

    A parcel whose orders all go to another address by now follows them: the new label is for the new address. One that
    is cancelled or moves between our look and the number is stopped later: print and ship look again, ship under a lock.
    """
    return _give(work, ids, Act.WAYBILL, service_id, numbers or {})


def undo_renew(work: Work, ids: Sequence[int], batch: Mapping[str, Any]) -> Report:
    """Each parcel has its former number again, or none if it had none.

    A number that somebody else got meanwhile, or that was bound to another address, stays given up.
    """
    locked = locking.lock(lines.TABLE, COLUMNS, work.organization_id, ids)
    facts = (*history.PLACE, "number")
    before = history.moved_from(work.organization_id, Subject.PARCEL, list(locked.rows), batch["id"], facts=facts)
    numbers = {i: str(state["number"]) for i, state in before.items() if state.get("number")}
    former = _former(work, numbers)
    answers: dict[int, Outcome] = {}
    for i, row in locked.rows.items():
        stays = i not in before or (i in numbers and former.get(i, {}).get("input_hash") != row["recipient_key"])
        changed = (Refusal.CHANGED_SINCE, {"stage": row["stage"]})
        answers[i] = Outcome(i, lines.name_of(i), *(changed if stays else ()))
    back = [i for i, outcome in answers.items() if outcome.refusal is None]
    _exchange(work, {i: (former[i], numbers[i]) for i in back if i in numbers}, locked.rows, answers, Act.RENEW)
    if bare := [i for i in back if i not in numbers]:
        void(work, bare, only_from={Stage.WAYBILL})
    result = told_note(work.organization_id, {i: numbers.get(i, "") for i in back if answers[i].refusal is None})
    return Report.answering(ids, [*answers.values(), *lines.missing(ids, locked)], result)


def _former(work: Work, numbers: Mapping[int, str]) -> dict[int, dict[str, Any]]:
    """The service (`id`, `name`) that gave each parcel this number it gave up, and for which address (`input_hash`)."""
    found = sql.dicts(
        """
        SELECT DISTINCT ON (w.parcel_id) w.parcel_id, w.input_hash, s.id, s.name
        FROM unnest(%s::bigint[], %s::text[]) AS row (parcel_id, number)
        JOIN parcels_waybill w ON w.organization_id = %s AND w.parcel_id = ANY(%s) AND w.parcel_id = row.parcel_id
            AND w.number = row.number
        JOIN connections_shippingservice s ON s.organization_id = %s AND s.id = w.service_id
        ORDER BY w.parcel_id, w.attempt DESC
        """,
        [list(numbers), list(numbers.values()), work.organization_id, list(numbers), work.organization_id],
    )
    return {row["parcel_id"]: row for row in found}


@verb(name="renew_waybills", subject=Subject.PARCEL, permission=Permission.WAYBILL, undo=undo_renew)
def renew_waybills(
    work: Work, ids: Sequence[int], service_id: int | None = None, numbers: Mapping[str, str] | None = None
) -> Report:
    """The same for parcels that may have a number: it is given up, and so is the mark that their label was printed.

    They stay where they are and keep their stock. One that cannot get another number keeps its own, and its address.
    """
    return _give(work, ids, Act.RENEW, service_id, numbers or {})


def _give(work: Work, ids: Sequence[int], act: Act, service_id: int | None, numbers: Mapping[str, str]) -> Report:
    orders = lines.orders_in(work.organization_id, ids, lock=False)  # `ship` looks again, under a lock
    locked = locking.lock(lines.TABLE, COLUMNS, work.organization_id, ids)
    leading = _leading(locked.rows, orders, act)
    if act is Act.WAYBILL:
        for i, address in lines.follow_address(work.organization_id, leading).items():
            locked.rows[i].update(address)
    else:  # what keeps its number must keep its address as well, or the old number would be printed on the new one
        for i, address in _addresses(work, leading).items():
            locked.rows[i].update(address)
    stores = _stores(work, {row["store_id"] for row in locked.rows.values()})
    chosen = {
        i: service_id or row["service_id"] or stores[row["store_id"]][1]  # a default given since it was packed counts
        for i, row in locked.rows.items()
    }
    services = _services(work, {one for one in chosen.values() if one is not None})
    answers: dict[int, Outcome] = {}
    wanted: dict[int, tuple[dict[str, Any], str]] = {}  # parcel -> service, typed number ("" = draw one)
    for i, row in locked.rows.items():
        service = services.get(chosen[i] or 0)
        typed = numbers.get(str(i), "")
        refusal = _refuse(row, service, typed, orders, stores[row["store_id"]][0], act)
        answers[i] = Outcome(i, lines.name_of(i), *refusal) if refusal else Outcome(i, lines.name_of(i))
        if refusal is None and service is not None:
            wanted[i] = (service, number_rule(service["number_format"]).normalise(typed))
    given = numbers_for(work, wanted, {i: row["attempts"] for i, row in locked.rows.items()}, answers)
    _exchange(work, given, locked.rows, answers, act)
    result: dict[str, Any] = {}
    if act is Act.RENEW:
        result = told_note(work.organization_id, {i: number for i, (_, number) in given.items()})
        lines.follow_address(work.organization_id, {i: order for i, order in leading.items() if i in given})
    return Report.answering(ids, [*answers.values(), *lines.missing(ids, locked)], result)


def _exchange(
    work: Work,
    given: dict[int, tuple[dict[str, Any], str]],
    rows: Mapping[int, dict[str, Any]],
    answers: dict[int, Outcome],
    act: Act,
) -> None:
    """Gives parcels their (service, number) instead of what they have. Those whose number is in use keep that, leave
    `given`, and are answered so.
    """
    if act is Act.RENEW:
        _give_up(work, list(given))
    kept = _write_waybills(work, given, rows)
    if lost := _fallen(given, rows, kept):
        _take_back(work, lost)
        users = _users_of(work, [given[i][1] for i in lost])
        for i in lost:
            service, number = given.pop(i)
            facts = {"number": number, "parcel": users.get((service["id"], number), "?")}
            answers[i] = Outcome(i, lines.name_of(i), Refusal.NUMBER_IN_USE, facts)
    if act is Act.RENEW:
        withdraw(work, list(given))
        unmark(work, list(given))
    _move(work, rows, given, act)


def _move(
    work: Work, rows: Mapping[int, Mapping[str, Any]], given: Mapping[int, tuple[dict[str, Any], str]], act: Act
) -> None:
    moves = []
    for i, (service, number) in given.items():
        row = rows[i]
        before = {"stage": row["stage"], "supply": row["supply"], "service_id": row["service_id"]}
        if row["waybill_number"]:
            before["number"] = row["waybill_number"]
        stage = TRANSITIONS[act][Stage(row["stage"])].value
        moves.append(
            Move(i, before, {"stage": stage, "supply": row["supply"], "number": number, "service": service["name"]})
        )
    stages.move(
        work,
        table=lines.TABLE,
        subject=Subject.PARCEL,
        verb=act.value,
        moves=moves,
        count_key=lines.count_key,
        columns={
            "waybill_number": ("text", [number for _, number in given.values()]),
            "service_id": ("bigint", [service["id"] for service, _ in given.values()]),
        },
        also=", attempts = t.attempts + 1",
    )


def _give_up(work: Work, parcel_ids: Sequence[int]) -> None:
    """Before the new number is written: a parcel has one at a time."""
    sql.run(
        """
        UPDATE parcels_waybill SET status = 'voided', is_current = false, changed_at = %s
        WHERE organization_id = %s AND parcel_id = ANY(%s) AND is_current
        """,
        [work.at, work.organization_id, list(parcel_ids)],
    )


def _fallen(
    given: Mapping[int, tuple[dict[str, Any], str]], rows: Mapping[int, Mapping[str, Any]], kept: set[int]
) -> list[int]:
    """The parcels that keep what they have: those whose new number is in use, and in turn each one that was given the
    number that one of these does not give up after all. Pure.
    """
    taker = {(service["id"], number): i for i, (service, number) in given.items() if i in kept}
    fallen = [i for i in given if i not in kept]
    for i in fallen:  # grows on the way
        if (other := taker.pop((rows[i]["service_id"], rows[i]["waybill_number"]), None)) is not None:
            fallen.append(other)
    return fallen


def _take_back(work: Work, parcel_ids: Sequence[int]) -> None:
    """Each of them has the number again that it gave up a moment ago, if it had one."""
    sql.run(
        "DELETE FROM parcels_waybill WHERE organization_id = %s AND parcel_id = ANY(%s) AND is_current",
        [work.organization_id, list(parcel_ids)],
    )
    sql.run(
        """
        UPDATE parcels_waybill w SET status = 'obtained', is_current = true FROM parcels_parcel p
        WHERE w.organization_id = %s AND p.organization_id = %s AND w.parcel_id = ANY(%s) AND p.id = w.parcel_id
            AND w.attempt = p.attempts AND w.number = p.waybill_number AND p.waybill_number <> ''
        """,
        [work.organization_id, work.organization_id, list(parcel_ids)],
    )


def _refuse(
    row: Mapping[str, Any],
    service: Mapping[str, Any] | None,
    typed: str,
    orders: lines.Orders,
    store: str,
    act: Act,
) -> tuple[Refusal, dict[str, Any]] | None:
    number = number_rule(service["number_format"]).normalise(typed) if typed and service else ""
    if stop := orders.stop(row["id"], number=number):
        return stop
    if Stage(row["stage"]) not in TRANSITIONS[act]:
        return Refusal.WRONG_STAGE, {"stage": row["stage"], "expected": ", ".join(allowed(act))}
    if hidden := orders.hidden(row["id"]):
        return hidden
    if (
        service is not None
        and service["numbering"] != "own"
        and (part := next((name for name in lines.ADDRESS_PARTS if not row[name]), ""))
    ):
        return Refusal.NO_ADDRESS, {"field": lines.ADDRESS_PARTS[part]}
    if service is None:
        return Refusal.NO_SERVICE, {"store": store, "store_id": row["store_id"]}
    if service["max_lines"] and row["line_count"] > service["max_lines"]:
        return Refusal.TOO_MANY_LINES, {"count": row["line_count"], "limit": service["max_lines"]}
    if service["numbering"] == "typed" and not typed:
        return Refusal.NO_NUMBER, {}
    if typed:
        rule = number_rule(service["number_format"])
        number = rule.normalise(typed)
        if problem := rule.problem(number):
            return Refusal.BAD_NUMBER, {"number": number, "problem": problem}
    return orders.misled(row["id"], row["recipient_key"])


def _leading(rows: Mapping[int, Mapping[str, Any]], orders: lines.Orders, act: Act) -> dict[int, int]:
    """Parcels whose orders all go to another address by now -> the order that has it."""
    return {
        i: order
        for i, row in rows.items()
        if Stage(row["stage"]) in TRANSITIONS[act] and (order := orders.leading(i, row["recipient_hash"])) is not None
    }


def _addresses(work: Work, leading: Mapping[int, int]) -> dict[int, dict[str, Any]]:
    """The address that each parcel (parcel -> order) would take."""
    if not leading:
        return {}
    found = sql.dicts(
        f"SELECT id, {', '.join(lines.ADDRESS)}, recipient_key FROM orders_order WHERE organization_id = %s AND id = ANY(%s)",
        [work.organization_id, list(leading.values())],
    )
    by_order = {row.pop("id"): row for row in found}
    return {i: by_order[order] for i, order in leading.items()}


def _users_of(work: Work, numbers: Sequence[str]) -> dict[tuple[int, str], str]:
    """(service, number) -> the parcel that has it."""
    found = sql.rows(
        """
        SELECT service_id, number, parcel_id FROM parcels_waybill
        WHERE organization_id = %s AND number = ANY(%s) AND status = 'obtained'
        """,
        [work.organization_id, list(numbers)],
    )
    return {(service_id, number): lines.name_of(parcel_id) for service_id, number, parcel_id in found}


def _services(work: Work, ids: set[int]) -> dict[int, dict[str, Any]]:
    return {
        row["id"]: row
        for row in sql.dicts(
            """
            SELECT id, name, numbering, number_format, max_lines FROM connections_shippingservice
            WHERE organization_id = %s AND id = ANY(%s) AND is_enabled
            """,
            [work.organization_id, sorted(ids)],
        )
    }


def _stores(work: Work, ids: set[int]) -> dict[int, tuple[str, int | None]]:
    """store -> its alias and its default service."""
    found = sql.rows(
        "SELECT id, name, default_service_id FROM connections_store WHERE organization_id = %s AND id = ANY(%s)",
        [work.organization_id, sorted(ids)],
    )
    return {store_id: (name, service_id) for store_id, name, service_id in found}


def _write_waybills(
    work: Work, given: Mapping[int, tuple[dict[str, Any], str]], rows: Mapping[int, dict[str, Any]]
) -> set[int]:
    """Writes one current waybill per parcel; a number that is live elsewhere is refused by the database."""
    made = sql.insert(
        "parcels_waybill",
        {
            "organization_id": "bigint", "parcel_id": "bigint", "service_id": "bigint", "attempt": "integer",
            "status": "text", "is_current": "boolean", "number": "text", "input_hash": "text", "message": "text",
            "created_at": "timestamptz", "changed_at": "timestamptz",
        },
        [
            {
                "organization_id": work.organization_id,
                "parcel_id": i,
                "service_id": service["id"],
                "attempt": rows[i]["attempts"] + 1,
                "status": "obtained",
                "is_current": True,
                "number": number,
                "input_hash": rows[i]["recipient_key"],
                "message": "",
                "created_at": work.at,
                "changed_at": work.at,
            }
            for i, (service, number) in given.items()
        ],
        suffix="ON CONFLICT DO NOTHING RETURNING parcel_id",
    )  # fmt: skip
    return {row[0] for row in made}
