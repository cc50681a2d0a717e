"""How each store stands with its marketplace: authorized or not, synced when, behind by how much, in what trouble."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from entrepot.connections.own_words import in_words, is_own
from entrepot.core import sql
from entrepot.core.history import Subject

ENDS_SOON = timedelta(days=14)
BEHIND = timedelta(
    minutes=15
)  # more than this is worth a colour; in trouble for so long beyond its interval, a store has stopped


class Standing(StrEnum):
    """One word for the chip. When several apply, the first of this list is given."""

    FILE = "file"  # its orders come from files; nothing is connected
    OFF = "off"  # switched off
    PENDING = "pending"  # begun, not yet allowed at the marketplace
    REVOKED = "revoked"  # the seller or the marketplace took the authorization back
    EXPIRED = "expired"
    TROUBLE = "trouble"  # authorized, but the last run failed
    ENDING = "ending"  # works, and must be connected again soon
    OK = "ok"


def standing_of(row: Mapping[str, Any], at: datetime) -> Standing:
    """The state of a row of `standings`. Pure."""
    if row["marketplace"] == "file":
        return Standing.FILE if row["is_enabled"] else Standing.OFF
    ends = row["refresh_expires_at"]
    found = {
        Standing.OFF: not row["is_enabled"],
        Standing.PENDING: row["grant_state"] in (None, "pending"),
        Standing.REVOKED: row["grant_state"] == "revoked",
        Standing.EXPIRED: row["grant_state"] == "expired" or (ends is not None and ends <= at),
        Standing.TROUBLE: bool(row["trouble"]),
        Standing.ENDING: ends is not None and ends - at < ENDS_SOON,
    }
    return next((standing for standing, applies in found.items() if applies), Standing.OK)


def standings(organization_id: int, store_id: int | None = None) -> list[dict[str, Any]]:
    """All stores, those in use first, each with its grant and its sync as far as there are any. No secrets."""
    return _read(organization_id, "AND s.id = %(id)s" if store_id is not None else "", id=store_id)


def halted(organization_id: int, at: datetime) -> list[dict[str, Any]]:
    """The stores in use that have stopped: connected once, and no orders come in now, either because they are not authorized
    any more or because no run has gone through for `BEHIND` more than its interval. Rows as those of `standings`."""
    condition = "AND s.is_enabled AND (g.state <> 'ok' OR g.refresh_expires_at <= %(at)s OR y.trouble <> '')"
    found = _read(organization_id, condition, at=at)
    return [row for row in found if is_halted(row, at)]


def is_halted(row: Mapping[str, Any], at: datetime) -> bool:
    """Pure. A store that waits for its first authorization has not stopped: it has not begun."""
    standing = standing_of(row, at)
    if standing is Standing.PENDING:
        return row["success_at"] is not None
    if standing is Standing.TROUBLE:
        last = row["success_at"] or row["granted_at"]
        return bool(at - last > BEHIND + timedelta(seconds=row["every_seconds"]))
    return standing in (Standing.REVOKED, Standing.EXPIRED)


def _read(organization_id: int, condition: str, **values: object) -> list[dict[str, Any]]:
    found = sql.dicts(
        f"""
        SELECT s.id, s.name, s.marketplace, s.currency, s.time_zone, s.handling_hours, s.is_enabled, s.default_service_id,
            s.sender::text AS sender, v.name AS service, g.account, g.state AS grant_state, g.granted_at, g.expires_at,
            g.refresh_expires_at, y.watermark, y.success_at, y.next_run_at, y.started_at, y.lease_until, y.failures,
            y.trouble, y.message, y.every_seconds, coalesce(cardinality(y.wanted), 0) AS wanted
        FROM connections_store s
        LEFT JOIN connections_grant g ON g.organization_id = %(org)s AND g.store_id = s.id
        LEFT JOIN connections_sync y ON y.organization_id = %(org)s AND y.store_id = s.id
        LEFT JOIN connections_shippingservice v ON v.organization_id = %(org)s AND v.id = s.default_service_id
        WHERE s.organization_id = %(org)s {condition}
        ORDER BY s.is_enabled DESC, s.name
        """,
        {"org": organization_id, **values},
    )
    return list(map(_in_words, found))


def _in_words(row: dict[str, Any]) -> dict[str, Any]:
    """`ours`: the words are not the marketplace's. Asked before they are put into the reader's language."""
    return in_words(row) | {"ours": is_own(row["message"] or "")}


def pulls_of(organization_id: int, store_id: int, *, limit: int = 20) -> list[dict[str, Any]]:
    """The log of a store's runs, latest first."""
    found = sql.dicts(
        """
        SELECT id, why, since, until, started_at, finished_at, pages, created, updated, unchanged, unreadable, trouble, message
        FROM connections_pull WHERE organization_id = %s AND store_id = %s ORDER BY id DESC LIMIT %s
        """,
        [organization_id, store_id, limit],
    )
    return list(map(_in_words, found))


def set_interval(organization_id: int, store_id: int, seconds: int) -> None:
    """How often a store is pulled. Call it inside the organization's scope."""
    sql.run(
        "UPDATE connections_sync SET every_seconds = %s WHERE organization_id = %s AND store_id = %s",
        [seconds, organization_id, store_id],
    )


def is_reconnected(organization_id: int, store_id: int) -> bool:
    """Whether a store was connected more than once."""
    ((times,),) = sql.rows(
        """
        SELECT count(*) FROM (SELECT 1 FROM core_event WHERE organization_id = %s AND subject = %s AND subject_id = %s
            AND verb = 'connect_store' LIMIT 2) connected
        """,
        [organization_id, Subject.STORE.value, store_id],
    )
    return bool(times > 1)


def is_synced(organization_id: int, store_id: int) -> bool:
    """Whether a store was ever connected, so that its marketplace can be told things."""
    found = sql.rows(
        "SELECT 1 FROM connections_sync WHERE organization_id = %s AND store_id = %s", [organization_id, store_id]
    )
    return bool(found)
