"""Notify: tell each marketplace which number its order travels under, once per order and parcel.

Shipping a parcel writes its notices in the same transaction; `notify_parcels` writes them before the goods leave (virtual
shipment). A worker tells them afterwards (`telling.py`); nothing here talks to anybody.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from entrepot.connections.own_words import NO_CORRECTION, WHOLE_ORDERS
from entrepot.core import locking, sql
from entrepot.core.batch import Work, verb
from entrepot.core.history import Change, Subject, record
from entrepot.core.permissions import Permission
from entrepot.core.queue import defer
from entrepot.core.report import Outcome, Refusal, Report
from entrepot.marketplaces.contract import ShipBy
from entrepot.marketplaces.registry import connector_of
from entrepot.parcels import lines
from entrepot.parcels.states import Stage

STILL_TOLD = "still_told"  # a note of a report: the marketplace keeps the number
TELL = "tell_notices"
TELL_STORE = "tell_notices_of_store"
TOLD = ("accepted", "sending", "unknown")  # the marketplace has the number, or may have it
TOLD_FROM = (Stage.WAYBILL, Stage.TO_PRINT, Stage.SHIPPED, Stage.IN_TRANSIT)
COLUMNS = {
    "organization_id": "bigint", "store_id": "bigint", "parcel_id": "bigint", "order_id": "bigint", "order_number": "text",
    "number": "text", "carrier": "text", "carrier_name": "text", "lines": "jsonb", "is_whole": "boolean",
    "is_virtual": "boolean", "replaces": "text", "replaces_carrier": "text", "is_current": "boolean", "status": "text",
    "why": "text", "code": "text", "message": "text", "remote_id": "text", "tries": "integer", "due_at": "timestamptz",
    "actor_id": "bigint", "created_at": "timestamptz",
}  # fmt: skip


def undo_notify(work: Work, ids: Sequence[int], _batch: Mapping[str, Any]) -> Report:
    """What was not told yet is not told any more; what was told stays told and says so."""
    locked = locking.lock(lines.TABLE, ("stage",), work.organization_id, ids)
    withdrawn = withdraw(work, list(locked.rows))
    answers = [
        Outcome(i, lines.name_of(i)) if i in withdrawn else Outcome(i, lines.name_of(i), Refusal.ALREADY_TOLD)
        for i in locked.rows
    ]
    return Report.answering(ids, [*answers, *lines.missing(ids, locked)])


@verb(name="notify_parcels", subject=Subject.PARCEL, permission=Permission.SHIP, undo=undo_notify)
def notify_parcels(work: Work, ids: Sequence[int]) -> Report:
    """Tells the marketplaces before the goods leave. Stock and stage stay as they are."""
    orders = lines.orders_in(work.organization_id, ids, lock=True)
    locked = locking.lock(
        lines.TABLE, ("stage", "waybill_number", "recipient_key", "shipped_at"), work.organization_id, ids
    )
    answers = {i: _answer(row, orders) for i, row in locked.rows.items()}
    made = write_notices(work, [i for i, outcome in answers.items() if outcome.refusal is None], is_virtual=True)
    for i, outcome in answers.items():
        if outcome.refusal is None and i not in made:
            answers[i] = Outcome(i, lines.name_of(i), Refusal.NOTHING_TO_TELL)
    return Report.answering(ids, [*answers.values(), *lines.missing(ids, locked)])


def _answer(row: Mapping[str, Any], orders: lines.Orders) -> Outcome:
    i, name = row["id"], lines.name_of(row["id"])
    if stop := orders.stop(i, has_left=row["shipped_at"] is not None):
        return Outcome(i, name, *stop)
    if not row["waybill_number"]:
        return Outcome(i, name, Refusal.NO_WAYBILL)
    if Stage(row["stage"]) not in TOLD_FROM:
        facts = {"stage": row["stage"], "expected": ", ".join(stage.value for stage in TOLD_FROM)}
        return Outcome(i, name, Refusal.WRONG_STAGE, facts)
    if stale := orders.misled(i, row["recipient_key"]):
        return Outcome(i, name, *stale)
    return Outcome(i, name)


def write_notices(work: Work, parcel_ids: Sequence[int], *, is_virtual: bool) -> set[int]:
    """Writes the notices that parcels still owe their marketplaces, and has them told. Returns those parcels.

    A parcel whose orders were told the same number owes nothing. One that got another number since owes a correction,
    where the marketplace takes corrections. The parcels must be locked.
    """
    owed = _owed(work.organization_id, parcel_ids)
    if not owed:
        return set()
    became: dict[int, str] = dict(  # not what we read: a worker may have begun to tell it since
        sql.rows(
            """
            UPDATE parcels_shippingnotice
            SET is_current = false, status = CASE WHEN status = 'due' THEN 'withdrawn' ELSE status END
            WHERE organization_id = %s AND id = ANY(%s) RETURNING id, status
            """,
            [work.organization_id, [row["before_id"] for row in owed if row["before_id"]]],
        )
    )
    values = [_notice(work, row, became.get(row["before_id"], ""), is_virtual) for row in owed]
    sql.insert("parcels_shippingnotice", COLUMNS, values, suffix="RETURNING id")
    told = sorted({row["parcel_id"] for row in owed})
    record(
        organization_id=work.organization_id,
        subject=Subject.PARCEL,
        verb="notify",
        changes=[
            Change(
                i, None, {"orders": [row["order_number"] for row in owed if row["parcel_id"] == i], "early": is_virtual}
            )
            for i in told
        ],
        actor_id=work.actor_id,
        batch_id=work.batch_id,
        at=work.at,
    )
    defer(TELL, queue="outside", once=f"tell-{work.organization_id}", organization_id=work.organization_id)
    return set(told)


def _owed(organization_id: int, parcel_ids: Sequence[int]) -> list[dict[str, Any]]:
    """One row per order of a connected store in these parcels that has not been told the parcel's number."""
    connected = sql.rows(
        """
        SELECT s.id FROM connections_store s JOIN connections_sync y ON y.organization_id = s.organization_id AND y.store_id = s.id
        WHERE s.organization_id = %s AND y.organization_id = %s AND s.is_enabled
        """,
        [organization_id, organization_id],
    )
    if not connected:
        return []
    found: list[dict[str, Any]] = sql.dicts(
        """
        SELECT p.id AS parcel_id, pl.order_id, max(o.external_id) AS order_number, max(o.store_id) AS store_id,
            max(s.marketplace) AS marketplace, max(p.waybill_number) AS number, max(v.name) AS carrier_name,
            coalesce(max(v.carrier_codes ->> s.marketplace), '') AS carrier,
            jsonb_agg(jsonb_build_array(l.external_id, pl.quantity) ORDER BY l.id)::text AS lines,
            sum(pl.quantity)::integer AS pieces, max(n.id) AS before_id, max(n.number) AS before_number,
            max(n.carrier) AS before_carrier, max(n.replaces) AS replaced_number,
            max(n.replaces_carrier) AS replaced_carrier
        FROM parcels_parcel p
        JOIN parcels_parcelline pl ON pl.organization_id = %(org)s AND pl.parcel_id = p.id
        JOIN orders_orderline l ON l.organization_id = %(org)s AND l.id = pl.order_line_id
        JOIN orders_order o ON o.organization_id = %(org)s AND o.id = pl.order_id
        JOIN connections_store s ON s.organization_id = %(org)s AND s.id = o.store_id
        LEFT JOIN connections_shippingservice v ON v.organization_id = %(org)s AND v.id = p.service_id
        LEFT JOIN parcels_shippingnotice n ON n.organization_id = %(org)s AND n.parcel_id = p.id
            AND n.order_id = pl.order_id AND n.is_current
        WHERE p.organization_id = %(org)s AND p.id = ANY(%(ids)s) AND s.id = ANY(%(connected)s)
        GROUP BY p.id, pl.order_id
        HAVING max(n.id) IS NULL OR max(n.number) <> max(p.waybill_number) OR max(n.status) = 'withdrawn'
        ORDER BY p.id, pl.order_id
        """,
        {"org": organization_id, "ids": list(parcel_ids), "connected": [row[0] for row in connected]},
    )
    _told_before(organization_id, [row for row in found if row["before_id"] is None])
    whole = _pieces_of(organization_id, [row["order_id"] for row in found])
    for row in found:
        row["is_whole"] = whole[row["order_id"]] == row["pieces"]
    return found


def _told_before(organization_id: int, rows: Sequence[dict[str, Any]]) -> None:
    """An order that was told the number of a parcel which was unpacked since: the new number corrects that one."""
    if not rows:
        return
    told = {
        row.pop("order_id"): row
        for row in sql.dicts(
            """
            SELECT n.order_id, n.id AS before_id, n.number AS before_number, n.carrier AS before_carrier,
                n.replaces AS replaced_number, n.replaces_carrier AS replaced_carrier
            FROM parcels_shippingnotice n
            JOIN parcels_parcel p ON p.organization_id = %(org)s AND p.id = n.parcel_id
            WHERE n.organization_id = %(org)s AND n.order_id = ANY(%(ids)s) AND n.is_current
                AND (n.status = ANY(%(told)s) OR n.replaces <> '') AND p.stage = 'unpacked' ORDER BY n.id
            """,
            {"org": organization_id, "ids": [row["order_id"] for row in rows], "told": list(TOLD)},
        )
    }
    for row in rows:
        row.update(told.pop(row["order_id"], {}))


def _pieces_of(organization_id: int, order_ids: Sequence[int]) -> dict[int, int]:
    """What an order holds that is not cancelled."""
    return dict(
        sql.rows(
            """
            SELECT order_id, sum(quantity - cancelled)::integer FROM orders_orderline
            WHERE organization_id = %s AND order_id = ANY(%s) GROUP BY order_id
            """,
            [organization_id, list(order_ids)],
        )
    )


def _notice(work: Work, row: Mapping[str, Any], before: str, is_virtual: bool) -> dict[str, Any]:
    """`before`: what became of the notice that this one follows."""
    can = connector_of(row["marketplace"]).can
    replaces, replaces_carrier = _corrects(row, before)
    status, why, message = "due", "", ""
    if replaces not in ("", row["number"]) and not can.renumber:
        status, why = "refused", "bad_number"
        message = NO_CORRECTION
    elif not row["is_whole"] and can.ship is ShipBy.ORDER:
        message = WHOLE_ORDERS
    return {
        "organization_id": work.organization_id,
        "store_id": row["store_id"],
        "parcel_id": row["parcel_id"],
        "order_id": row["order_id"],
        "order_number": row["order_number"],
        "number": row["number"],
        "carrier": row["carrier"],
        "carrier_name": row["carrier_name"] or "",
        "lines": orjson.loads(row["lines"]),
        "is_whole": row["is_whole"] or can.ship is ShipBy.ORDER,
        "is_virtual": is_virtual,
        "replaces": replaces,
        "replaces_carrier": replaces_carrier,
        "is_current": True,
        "status": status,
        "why": why,
        "code": "",
        "message": message,
        "remote_id": "",
        "tries": 0,
        "due_at": work.at,
        "actor_id": work.actor_id,
        "created_at": work.at,
    }


def _corrects(row: Mapping[str, Any], before: str) -> tuple[str, str]:
    """The number that the marketplace has for these goods, and its carrier; empty where it has none.

    A notice that was not taken leaves what it was to correct to the next one. Pure.
    """
    place = "before" if before in TOLD else "replaced"
    return row[f"{place}_number"] or "", row[f"{place}_carrier"] or ""


def withdraw(work: Work, parcel_ids: Sequence[int]) -> set[int]:
    """Notices of these parcels that were not told are not told any more. Returns the parcels they were of.

    "due" says for certain that it was not told; a notice that a worker is telling, or of unknown outcome, stays.
    """
    found = sql.rows(
        """
        UPDATE parcels_shippingnotice SET status = 'withdrawn', answered_at = %s
        WHERE organization_id = %s AND parcel_id = ANY(%s) AND is_current AND status = 'due'
        RETURNING parcel_id
        """,
        [work.at, work.organization_id, list(parcel_ids)],
    )
    return {row[0] for row in found}


def still_told(organization_id: int, numbers: Mapping[int, str]) -> list[int]:
    """Parcels (-> the number they go on with, "" where it is taken back whichever it is) of which a marketplace has another
    number, or may have it. It keeps it until it is told another one for these goods."""
    found = sql.rows(
        """
        SELECT DISTINCT parcel_id, number FROM parcels_shippingnotice
        WHERE organization_id = %s AND parcel_id = ANY(%s) AND is_current AND status = ANY(%s) ORDER BY parcel_id
        """,
        [organization_id, list(numbers), list(TOLD)],
    )
    return list(dict.fromkeys(parcel_id for parcel_id, number in found if number != numbers[parcel_id]))


def told_note(organization_id: int, numbers: Mapping[int, str]) -> dict[str, Any]:
    """The result of an act that takes a number back here but not there: `notes` names its parcels; {} for none.

    `numbers`: the one that each parcel goes on with. A marketplace that has just that one is right.
    """
    names = [lines.name_of(i) for i in still_told(organization_id, numbers)]
    return {"notes": [{"note": STILL_TOLD, "parcels": names}]} if names else {}


@verb(name="retry_notices", subject=Subject.PARCEL, permission=Permission.SHIP)
def retry_notices(work: Work, ids: Sequence[int], carrier: str = "") -> Report:
    """Tells refused notices of parcels again, with the parcel's number of now. `carrier` corrects the carrier's code."""
    return _settle_refused(
        work,
        ids,
        """
        UPDATE parcels_shippingnotice n SET status = 'due', due_at = %(at)s, sent_at = NULL, why = '', code = '',
            message = '', carrier = CASE WHEN %(carrier)s = '' THEN n.carrier ELSE %(carrier)s END, number = p.waybill_number
        FROM parcels_parcel p
        WHERE n.organization_id = %(org)s AND p.organization_id = %(org)s AND p.id = n.parcel_id AND n.parcel_id = ANY(%(ids)s)
            AND n.is_current AND n.status = 'refused' AND p.waybill_number <> '' RETURNING n.parcel_id
        """,
        {"carrier": carrier},
        "retry_notice",
    )


@verb(name="dismiss_notices", subject=Subject.PARCEL, permission=Permission.SHIP)
def dismiss_notices(work: Work, ids: Sequence[int], reason: str = "") -> Report:
    """Leaves refused notices as they are: the alert goes, the trace stays."""
    return _settle_refused(
        work,
        ids,
        """
        UPDATE parcels_shippingnotice n SET status = 'dismissed', answered_at = %(at)s
        WHERE n.organization_id = %(org)s AND n.parcel_id = ANY(%(ids)s) AND n.is_current AND n.status = 'refused'
        RETURNING n.parcel_id
        """,
        {},
        "dismiss_notice",
        why={"reason": reason} if reason else None,
    )


def _settle_refused(
    work: Work,
    ids: Sequence[int],
    statement: str,
    params: Mapping[str, Any],
    verb_name: str,
    why: Mapping[str, Any] | None = None,
) -> Report:
    locked = locking.lock(lines.TABLE, ("stage",), work.organization_id, ids)
    rows = sql.rows(statement, {"at": work.at, "org": work.organization_id, "ids": list(locked.rows), **params})
    settled: dict[int, int] = defaultdict(int)
    for (parcel_id,) in rows:
        settled[parcel_id] += 1
    record(
        organization_id=work.organization_id,
        subject=Subject.PARCEL,
        verb=verb_name,
        changes=[Change(i, None, {"notices": count}, why) for i, count in settled.items()],
        actor_id=work.actor_id,
        batch_id=work.batch_id,
        at=work.at,
    )
    if settled and verb_name == "retry_notice":
        defer(TELL, queue="outside", once=f"tell-{work.organization_id}", organization_id=work.organization_id)
    answers = [
        Outcome(i, lines.name_of(i)) if i in settled else Outcome(i, lines.name_of(i), Refusal.NOTHING_TO_TELL)
        for i in locked.rows
    ]
    return Report.answering(ids, [*answers, *lines.missing(ids, locked)])
